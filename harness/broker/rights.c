// Ids, limits, capabilities.
#include "rights.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

bool rights_fail(char why[static REASON_BYTES], const char *step) {
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

bool rights_map_ids(unsigned user, unsigned group, char why[static REASON_BYTES]) {
  char map[64];
  if (!write_text("/proc/self/setgroups", "deny")) return rights_fail(why, "setgroups");
  snprintf(map, sizeof map, "%d %u 1", UNPRIVILEGED_ID, user);
  if (!write_text("/proc/self/uid_map", map)) return rights_fail(why, "uid_map");
  snprintf(map, sizeof map, "%d %u 1", UNPRIVILEGED_ID, group);
  return write_text("/proc/self/gid_map", map) || rights_fail(why, "gid_map");
}

bool rights_limit(int resource, uint64_t value) {
  struct rlimit now;
  if (getrlimit(resource, &now) != 0) return false;
  rlim_t hard = value < now.rlim_max ? value : now.rlim_max;
  return setrlimit(resource, &(struct rlimit){hard, hard}) == 0;
}

// Groups before ids, the bounding set before the capability that drops it goes. A user namespace already has the right ids.
bool rights_drop(bool user_namespace, char why[static REASON_BYTES]) {
  if (geteuid() == 0 || user_namespace)
    for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
      if (prctl(PR_CAPBSET_DROP, cap) != 0 && errno != EPERM) return rights_fail(why, "capability bounding set");
  if (geteuid() == 0) {
    if (setgroups(0, NULL) != 0) return rights_fail(why, "setgroups");
    if (setresgid(UNPRIVILEGED_ID, UNPRIVILEGED_ID, UNPRIVILEGED_ID) != 0) return rights_fail(why, "setresgid");
    if (setresuid(UNPRIVILEGED_ID, UNPRIVILEGED_ID, UNPRIVILEGED_ID) != 0) return rights_fail(why, "setresuid");
  }
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[2] = {{0}};
  if (syscall(SYS_capset, &header, none) != 0) return rights_fail(why, "capset");
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 || rights_fail(why, "no_new_privs");
}
