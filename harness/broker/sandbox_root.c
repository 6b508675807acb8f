// The root a submission sees: an empty read-only tmpfs with the wanted folders bound read-only, three devices and a small
// private /tmp. No /proc, no /sys. A build's folders to write to are private, too: {"to", "scratchBytes"} instead of {"from", "to"}.
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// mount_setattr(2) by number: the headers that declare it clash with each other in some C libraries.
enum { SYSCALL_MOUNT_SETATTR = 442, ATTR_RDONLY = 1, ATTR_NOSUID = 2, ATTR_NODEV = 4, WHOLE_TREE = 0x8000 };
typedef struct {
  uint64_t set, clear, propagation, user_namespace;
} mount_attributes;

static bool fail(char why[static REASON_BYTES], const char *step, const char *path) {
  snprintf(why, REASON_BYTES, "%s %s: %s", step, path, strerror(errno));
  return false;
}

// Creates the folders above `path`, and `path` itself as a folder or an empty file.
static bool make_target(const char *path, bool folder) {
  char partial[PATH_MAX];
  if (snprintf(partial, sizeof partial, "%s", path) >= (int)sizeof partial) return false;
  for (char *at = partial + 1; (at = strchr(at, '/')); at++) {
    *at = 0;
    if (mkdir(partial, 0755) != 0 && errno != EEXIST) return false;
    *at = '/';
  }
  if (folder) return mkdir(path, 0755) == 0 || errno == EEXIST;
  int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0444);
  if (file >= 0) close(file);
  return file >= 0;
}

// Read-only for every mount below `path`; kernels before 5.12 can only do the topmost one.
static bool make_read_only(const char *path, bool devices) {
  mount_attributes attributes = {.set = ATTR_RDONLY | ATTR_NOSUID | (devices ? 0 : ATTR_NODEV)};
  if (syscall(SYSCALL_MOUNT_SETATTR, AT_FDCWD, path, WHOLE_TREE, &attributes, sizeof attributes) == 0) return true;
  if (errno != ENOSYS) return false;
  unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | (devices ? 0 : MS_NODEV);
  return mount(NULL, path, NULL, flags, NULL) == 0;
}

static bool bind_path(const char *from, const char *to, bool devices, char why[static REASON_BYTES]) {
  char old[PATH_MAX + 8];
  struct stat kind;
  snprintf(old, sizeof old, "/.old%s", from);
  if (stat(old, &kind) != 0) return fail(why, "bind source", from);
  if (!make_target(to, S_ISDIR(kind.st_mode))) return fail(why, "bind target", to);
  if (mount(old, to, NULL, MS_BIND | MS_REC, NULL) != 0) return fail(why, "bind", from);
  // A writable device node on a read-only mount still takes writes; only the node itself is protected.
  return make_read_only(to, devices) || fail(why, "read-only", to);
}

static bool make_scratch(const char *path, int64_t bytes, char why[static REASON_BYTES]) {
  char options[64];
  snprintf(options, sizeof options, "mode=1777,size=%lld", (long long)bytes);
  if (!make_target(path, true)) return fail(why, "scratch", path);
  return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) == 0 || fail(why, "scratch", path);
}

static bool bind_all(const json *binds, char **sources, char why[static REASON_BYTES]) {
  int i = 0;
  for (const json *bind = binds ? binds->first : NULL; bind; bind = bind->next, i++) {
    const char *to = json_text(bind, "to", NULL);
    int64_t scratch = json_integer(bind, "scratchBytes", 0);
    if (scratch > 0 && to && to[0] == '/' && !strstr(to, "..")) {
      if (!make_scratch(to, scratch, why)) return false;
      continue;
    }
    if (!sources[i] || !to || to[0] != '/' || strstr(to, "..")) {
      snprintf(why, REASON_BYTES, "bind %d: no such source or a bad target: %s", i, json_text(bind, "from", "?"));
      return false;
    }
    if (!bind_path(sources[i], to, false, why)) return false;
  }
  static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/urandom"};
  char ignored[REASON_BYTES];
  for (size_t d = 0; d < sizeof devices / sizeof *devices; d++) bind_path(devices[d], devices[d], true, ignored);
  return true;
}

bool sandbox_enter_root(const sandbox_spec *spec, char why[static REASON_BYTES]) {
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return fail(why, "private", "/");
  // Sources are resolved in the old root: an absolute link on the way would lead into the new one later.
  size_t count = spec->binds ? spec->binds->length : 0, i = 0;
  char **sources = calloc(count + 1, sizeof *sources);
  if (!sources) abort();
  for (const json *bind = count ? spec->binds->first : NULL; bind; bind = bind->next)
    sources[i++] = realpath(json_text(bind, "from", ""), NULL);
  if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m") != 0) return fail(why, "tmpfs", "/tmp");
  if (mkdir("/tmp/.old", 0700) != 0) return fail(why, "mkdir", "/.old");
  if (syscall(SYS_pivot_root, "/tmp", "/tmp/.old") != 0) return fail(why, "pivot_root", "/tmp");
  if (chdir("/") != 0) return fail(why, "chdir", "/");
  if (mkdir("/tmp", 0755) != 0) return fail(why, "mkdir", "/tmp");
  unsigned long own = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (mount("tmpfs", "/tmp", "tmpfs", own, "mode=1777,size=64m") != 0) return fail(why, "tmpfs", "/tmp");
  if (!bind_all(spec->binds, sources, why)) return false;
  for (i = 0; i < count; i++) free(sources[i]);
  free(sources);
  if (umount2("/.old", MNT_DETACH) != 0) return fail(why, "umount", "/.old");
  if (rmdir("/.old") != 0) return fail(why, "rmdir", "/.old");
  unsigned long read_only = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV;
  if (mount(NULL, "/", NULL, read_only, NULL) != 0) return fail(why, "read-only", "/");
  return chdir("/tmp") == 0 || fail(why, "chdir", "/tmp");
}
