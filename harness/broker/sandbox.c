// sandbox_enter: namespaces, root, limits, identity, filter, in the order in which each still has the rights it needs.
#include "sandbox.h"

#include "rights.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

static uint64_t address_space_bytes(void) {
  unsigned long long pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (!file) return 0;
  if (fscanf(file, "%llu", &pages) != 1) pages = 0;
  fclose(file);
  return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool set_limits(uint64_t address_space, char why[static REASON_BYTES]) {
  bool done = rights_limit(RLIMIT_CORE, 0) && rights_limit(RLIMIT_STACK, STACK_BYTES) && rights_limit(RLIMIT_FSIZE, FILE_BYTES) &&
              rights_limit(RLIMIT_NOFILE, OPEN_FILES) && rights_limit(RLIMIT_MEMLOCK, 0) && rights_limit(RLIMIT_MSGQUEUE, 0);
  if (done && address_space) done = rights_limit(RLIMIT_AS, address_space);
  return done || rights_fail(why, "setrlimit");
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
  if (spec->user_namespace && !rights_map_ids(spec->user, spec->group, why)) return false;
  if (spec->level >= LEVEL_USERNS) {
    if (unshare(CLONE_NEWNS | CLONE_NEWCGROUP) != 0) return rights_fail(why, "unshare");
    if (!spec->apart && !sandbox_set_apart()) return rights_fail(why, "unshare of network, ipc and host name");
    if (!sandbox_enter_root(spec, why)) return false;
  }
  if (!set_limits(address_space, why) || !rights_drop(spec->user_namespace, why)) return false;
  // A change of identity clears the death signal.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return rights_fail(why, "death signal");
  return sandbox_install_filter(spec, why);
}
