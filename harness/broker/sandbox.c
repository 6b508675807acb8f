// sandbox_enter: namespaces, root, limits, identity, filter, in the order in which each still has the rights it needs.
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const level_names[] = {"none", "rlimit", "userns", "full"};

// Files a submission writes into its /tmp, and its stack.
enum { FILE_BYTES = 64 << 20, STACK_BYTES = 8 << 20, OPEN_FILES = 256 };

const char *isolation_name(isolation level) { return level_names[level]; }

isolation isolation_from_name(const char *name, isolation fallback) {
  for (int i = 0; i < 4; i++)
    if (strcmp(name, level_names[i]) == 0) return (isolation)i;
  return fallback;
}

unsigned long sandbox_clone_flags(isolation level, bool user_namespace) {
  if (level < LEVEL_USERNS) return 0;
  return CLONE_NEWPID | (user_namespace ? CLONE_NEWUSER : 0);
}

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
static bool write_maps(const sandbox_spec *spec, char why[static REASON_BYTES]) {
  char map[64];
  if (!write_text("/proc/self/setgroups", "deny")) return fail(why, "setgroups");
  snprintf(map, sizeof map, "%d %u 1", UNPRIVILEGED_ID, spec->user);
  if (!write_text("/proc/self/uid_map", map)) return fail(why, "uid_map");
  snprintf(map, sizeof map, "%d %u 1", UNPRIVILEGED_ID, spec->group);
  return write_text("/proc/self/gid_map", map) || fail(why, "gid_map");
}

static uint64_t address_space_bytes(void) {
  unsigned long long pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (!file) return 0;
  if (fscanf(file, "%llu", &pages) != 1) pages = 0;
  fclose(file);
  return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool limit(int resource, uint64_t value) {
  struct rlimit now;
  if (getrlimit(resource, &now) != 0) return false;
  rlim_t hard = value < now.rlim_max ? value : now.rlim_max;
  return setrlimit(resource, &(struct rlimit){hard, hard}) == 0;
}

static bool set_limits(uint64_t address_space, char why[static REASON_BYTES]) {
  bool done = limit(RLIMIT_CORE, 0) && limit(RLIMIT_STACK, STACK_BYTES) && limit(RLIMIT_FSIZE, FILE_BYTES) &&
              limit(RLIMIT_NOFILE, OPEN_FILES) && limit(RLIMIT_MEMLOCK, 0) && limit(RLIMIT_MSGQUEUE, 0);
  if (done && address_space) done = limit(RLIMIT_AS, address_space);
  return done || fail(why, "setrlimit");
}

// Groups before ids, the bounding set before the capability that drops it goes. A user namespace already has the right ids.
static bool drop_rights(const sandbox_spec *spec, char why[static REASON_BYTES]) {
  bool privileged = geteuid() == 0 || spec->user_namespace;
  if (privileged)
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
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail(why, "no_new_privs");
  return true;
}

static void set_environment(const json *env) {
  // clearenv leaves a null pointer, which a program that walks the environment does not expect.
  static char *nothing[] = {NULL};
  clearenv();
  environ = nothing;
  for (const json *item = env ? env->first : NULL; item; item = item->next)
    if (item->key && item->kind == JSON_STRING) setenv(item->key, item->text, 1);
}

static const int APART = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;

bool sandbox_set_apart(void) { return unshare(APART) == 0 && sethostname("kernel", 6) == 0; }

bool sandbox_enter(const sandbox_spec *spec, char why[static REASON_BYTES]) {
  set_environment(spec->env);
  setsid();
  if (spec->level == LEVEL_NONE) return true;
  // Read while /proc can still be seen.
  uint64_t address_space = spec->memory_bytes ? address_space_bytes() + spec->memory_bytes : 0;
  if (spec->user_namespace && !write_maps(spec, why)) return false;
  if (spec->level >= LEVEL_USERNS) {
    if (unshare(CLONE_NEWNS | CLONE_NEWCGROUP) != 0) return fail(why, "unshare");
    if (!spec->apart && !sandbox_set_apart()) return fail(why, "unshare of network, ipc and host name");
    if (!sandbox_enter_root(spec, why)) return false;
  }
  if (!set_limits(address_space, why) || !drop_rights(spec, why)) return false;
  // A change of identity clears the death signal.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail(why, "death signal");
  return sandbox_install_filter(spec, why);
}
