// How a build is walled in: namespaces and root by its first process, then limits, identity and filter by the command's own.
#include "confine.h"

#include "rights.h"

#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

// One file of a build, and how many processes and open files it may have. Objects of shipped kernels are below 4 MiB.
enum { FILE_BYTES = 256 << 20, STACK_BYTES = 64 << 20, PROCESSES = 512, OPEN_FILES = 256 };

bool confine_enter(confinement *asked, char why[static REASON_BYTES]) {
  const char *error = NULL;
  if (asked->level < LEVEL_USERNS) return true;
  if (asked->user_namespace && !rights_map_ids(asked->user, asked->group, why)) return false;
  if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP) != 0) return rights_fail(why, "unshare");
  if (sethostname("build", 5) != 0) return rights_fail(why, "sethostname");
  json_document *binds = json_parse(asked->binds.bytes, asked->binds.length, &error);
  if (!binds) {
    snprintf(why, REASON_BYTES, "list of folders: %s", error);
    return false;
  }
  sandbox_spec spec = {.level = asked->level, .binds = json_root(binds)};
  return sandbox_enter_root(&spec, why);
}

static bool set_limits(const confinement *asked, char why[static REASON_BYTES]) {
  // A second between the limits: the signal at the first one lets a compiler's driver say why it ended.
  bool done = rights_limit(RLIMIT_CPU, asked->seconds + 1) &&
              setrlimit(RLIMIT_CPU, &(struct rlimit){asked->seconds, asked->seconds + 1}) == 0;
  done = done && rights_limit(RLIMIT_CORE, 0) && rights_limit(RLIMIT_FSIZE, FILE_BYTES) && rights_limit(RLIMIT_STACK, STACK_BYTES) &&
         rights_limit(RLIMIT_NOFILE, OPEN_FILES) && rights_limit(RLIMIT_NPROC, PROCESSES) && rights_limit(RLIMIT_MEMLOCK, 0) &&
         rights_limit(RLIMIT_MSGQUEUE, 0) && rights_limit(RLIMIT_AS, asked->memory_bytes);
  return done || rights_fail(why, "setrlimit");
}

bool confine_drop(const confinement *asked, char why[static REASON_BYTES]) {
  setsid();
  if (asked->level == LEVEL_NONE) return true;
  if (!set_limits(asked, why) || !rights_drop(asked->user_namespace, why)) return false;
  return confine_filter(asked->level < LEVEL_USERNS, why);
}
