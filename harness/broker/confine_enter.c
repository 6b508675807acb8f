// How a build is walled in: namespaces and root by its first process, then limits, identity and filter by the command's own.
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// One file of a build, and how many processes and open files it may have. Objects of shipped kernels are below 4 MiB.
enum { FILE_BYTES = 256 << 20, STACK_BYTES = 64 << 20, PROCESSES = 512, OPEN_FILES = 256 };

static bool fail(char why[static REASON_BYTES], const char *step) {
  snprintf(why, REASON_BYTES, "%s: %s", step, strerror(errno));
  return false;
}

static bool write_text(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  bool done = write(file, text, strlen(text)) == (ssize_t)strlen(text);
  close(file);
  return done;
}

// An ordinary user may map only itself: the unprivileged id inside is the user's own id outside.
static bool write_maps(const confinement *asked, char why[static REASON_BYTES]) {
  char map[64];
  if (!write_text("/proc/self/setgroups", "deny")) return fail(why, "setgroups");
  snprintf(map, sizeof map, "%d %u 1", UNPRIVILEGED_ID, asked->user);
  if (!write_text("/proc/self/uid_map", map)) return fail(why, "uid_map");
  snprintf(map, sizeof map, "%d %u 1", UNPRIVILEGED_ID, asked->group);
  return write_text("/proc/self/gid_map", map) || fail(why, "gid_map");
}

bool confine_enter(confinement *asked, char why[static REASON_BYTES]) {
  const char *error = NULL;
  if (asked->level < LEVEL_USERNS) return true;
  if (asked->user_namespace && !write_maps(asked, why)) return false;
  if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP) != 0) return fail(why, "unshare");
  if (sethostname("build", 5) != 0) return fail(why, "sethostname");
  json_document *binds = json_parse(asked->binds.bytes, asked->binds.length, &error);
  if (!binds) {
    snprintf(why, REASON_BYTES, "list of folders: %s", error);
    return false;
  }
  sandbox_spec spec = {.level = asked->level, .binds = json_root(binds)};
  return sandbox_enter_root(&spec, why);
}

static bool limit(int resource, uint64_t value) {
  struct rlimit now;
  if (getrlimit(resource, &now) != 0) return false;
  rlim_t hard = value < now.rlim_max ? value : now.rlim_max;
  return setrlimit(resource, &(struct rlimit){hard, hard}) == 0;
}

static bool set_limits(const confinement *asked, char why[static REASON_BYTES]) {
  // A second between the limits: the signal at the first one lets a compiler's driver say why it ended.
  bool done = limit(RLIMIT_CPU, asked->seconds + 1) &&
              setrlimit(RLIMIT_CPU, &(struct rlimit){asked->seconds, asked->seconds + 1}) == 0;
  done = done && limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, FILE_BYTES) && limit(RLIMIT_STACK, STACK_BYTES) &&
         limit(RLIMIT_NOFILE, OPEN_FILES) && limit(RLIMIT_NPROC, PROCESSES) && limit(RLIMIT_MEMLOCK, 0) &&
         limit(RLIMIT_MSGQUEUE, 0) && limit(RLIMIT_AS, asked->memory_bytes);
  return done || fail(why, "setrlimit");
}

// Groups before ids, the bounding set before the capability that drops it goes.
static bool drop_rights(const confinement *asked, char why[static REASON_BYTES]) {
  if (geteuid() == 0 || asked->user_namespace)
    for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
      if (prctl(PR_CAPBSET_DROP, cap) != 0 && errno != EPERM) return fail(why, "capability bounding set");
  if (geteuid() == 0) {
    if (setgroups(0, NULL) != 0) return fail(why, "setgroups");
    if (setresgid(UNPRIVILEGED_ID, UNPRIVILEGED_ID, UNPRIVILEGED_ID) != 0) return fail(why, "setresgid");
    if (setresuid(UNPRIVILEGED_ID, UNPRIVILEGED_ID, UNPRIVILEGED_ID) != 0) return fail(why, "setresuid");
  }
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[2] = {{0}};
  if (syscall(SYS_capset, &header, none) != 0) return fail(why, "capset");
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 || fail(why, "no_new_privs");
}

bool confine_drop(const confinement *asked, char why[static REASON_BYTES]) {
  setsid();
  if (asked->level == LEVEL_NONE) return true;
  if (!set_limits(asked, why) || !drop_rights(asked, why)) return false;
  return confine_filter(asked->level < LEVEL_USERNS, why);
}
