// cgroup v1 (memory, pids and freezer hierarchies) or v2 (one group), found in /proc/self/cgroup and mountinfo.
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_GROUPS = 3, MAX_PROCESSES = 512 };

// Page tables, stacks and pages of the zygote that a child copies.
static const uint64_t OVERHEAD_BYTES = 512u << 20;

static char groups[MAX_GROUPS][PATH_MAX];
static int group_count;
static bool available;
static const char *limit_file;
static uint64_t limit_bytes;

static bool write_file(const char *folder, const char *name, const char *text) {
  char path[PATH_MAX + 64];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  bool done = write(file, text, strlen(text)) == (ssize_t)strlen(text);
  int reason = errno;
  close(file);
  errno = reason;
  return done;
}

static bool write_number(const char *folder, const char *name, uint64_t value) {
  char text[32];
  snprintf(text, sizeof text, "%llu", (unsigned long long)value);
  return write_file(folder, name, text);
}

// The broker's own path in the hierarchy of `controller`, "" for v2.
static bool own_path(const char *controller, char path[static PATH_MAX]) {
  FILE *file = fopen("/proc/self/cgroup", "re");
  char line[PATH_MAX], names[256];
  bool found = false;
  while (file && !found && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    char *first = strchr(line, ':'), *second = first ? strchr(first + 1, ':') : NULL;
    if (!second) continue;
    snprintf(names, sizeof names, ",%.*s,", (int)(second - first - 1), first + 1);
    char wanted[64];
    snprintf(wanted, sizeof wanted, ",%s,", controller);
    found = strstr(names, wanted) != NULL;
    if (found) snprintf(path, PATH_MAX, "%s", second + 1);
  }
  if (file) fclose(file);
  return found;
}

// Groups of brokers that were killed: their names end in a process id that is gone.
static void remove_stale(const char *folder) {
  DIR *listing = opendir(folder);
  for (struct dirent *entry; listing && (entry = readdir(listing));) {
    int pid;
    if (sscanf(entry->d_name, "openxpu-%d", &pid) != 1 || kill(pid, 0) == 0 || errno != ESRCH) continue;
    char path[PATH_MAX + 300];
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    rmdir(path);
  }
  if (listing) closedir(listing);
}

// Makes this broker's group below `mount` + own path, or below the mount where the own path is not visible.
static bool make_group(const char *mount, const char *path) {
  char folder[PATH_MAX];
  struct stat there;
  snprintf(folder, sizeof folder, "%s%s", mount, strcmp(path, "/") == 0 ? "" : path);
  if (stat(folder, &there) != 0) snprintf(folder, sizeof folder, "%s", mount);
  remove_stale(folder);
  int length = snprintf(groups[group_count], PATH_MAX, "%s/openxpu-%d", folder, getpid());
  if (length >= PATH_MAX || (mkdir(groups[group_count], 0755) != 0 && errno != EEXIST)) return false;
  group_count++;
  return true;
}

static bool open_v1(void) {
  static const char *const controllers[] = {"memory", "pids", "freezer"};
  for (int i = 0; i < 3; i++) {
    char path[PATH_MAX], mount[64];
    snprintf(mount, sizeof mount, "/sys/fs/cgroup/%s", controllers[i]);
    if (!own_path(controllers[i], path) || !make_group(mount, path)) return false;
  }
  limit_file = "memory.limit_in_bytes";
  return write_number(groups[0], limit_file, OVERHEAD_BYTES) && write_number(groups[1], "pids.max", MAX_PROCESSES) &&
         write_file(groups[2], "freezer.state", "FROZEN") && write_file(groups[2], "freezer.state", "THAWED");
}

// Where v2 allows a group to limit its children, it holds no processes itself: those that are here move one floor down.
static const char *const LEAF = "openxpu-rest";

static void move_down(const char *folder) {
  char leaf[PATH_MAX + 32], procs[PATH_MAX + 32], line[32];
  snprintf(leaf, sizeof leaf, "%s/%s", folder, LEAF);
  snprintf(procs, sizeof procs, "%s/cgroup.procs", folder);
  if (mkdir(leaf, 0755) != 0 && errno != EEXIST) return;
  FILE *listing = fopen(procs, "re");
  while (listing && fgets(line, sizeof line, listing)) {
    line[strcspn(line, "\n")] = 0;
    write_file(leaf, "cgroup.procs", line);
  }
  if (listing) fclose(listing);
}

static bool open_v2(void) {
  static const char mount[] = "/sys/fs/cgroup", controllers[] = "+memory +pids";
  char path[PATH_MAX], folder[PATH_MAX + sizeof mount];
  if (!own_path("", path)) return false;
  // A broker that was started after another one is in the leaf already.
  char *last = strrchr(path, '/');
  if (last && strcmp(last + 1, LEAF) == 0) *(last == path ? last + 1 : last) = 0;
  snprintf(folder, sizeof folder, "%s%s", mount, strcmp(path, "/") == 0 ? "" : path);
  // EBUSY where it holds processes. A delegated group is ours to arrange (systemd: Delegate=yes).
  if (!write_file(folder, "cgroup.subtree_control", controllers) && errno == EBUSY) {
    move_down(folder);
    write_file(folder, "cgroup.subtree_control", controllers);
  }
  if (!make_group(mount, path)) return false;
  limit_file = "memory.max";
  return write_number(groups[0], limit_file, OVERHEAD_BYTES) && write_number(groups[0], "pids.max", MAX_PROCESSES) &&
         write_file(groups[0], "cgroup.freeze", "1") && write_file(groups[0], "cgroup.freeze", "0");
}

bool cgroup_open(char why[static 256]) {
  struct stat there;
  bool unified = stat("/sys/fs/cgroup/cgroup.controllers", &there) == 0;
  limit_bytes = OVERHEAD_BYTES;
  available = unified ? open_v2() : open_v1();
  if (available) return true;
  snprintf(why, 256, "cgroup %s is not writable: %s", unified ? "v2" : "v1", strerror(errno));
  cgroup_close();
  return false;
}

bool cgroup_join(pid_t pid, uint64_t bytes) {
  if (!available) return true;
  limit_bytes += bytes;
  bool done = write_number(groups[0], limit_file, limit_bytes);
  for (int i = 0; i < group_count; i++) done = write_number(groups[i], "cgroup.procs", (uint64_t)pid) && done;
  return done;
}

void cgroup_release(uint64_t bytes) {
  if (!available || !bytes) return;
  limit_bytes -= bytes;
  write_number(groups[0], limit_file, limit_bytes);
}

void cgroup_close(void) {
  for (int i = 0; i < group_count; i++) rmdir(groups[i]);
  group_count = 0;
  available = false;
}
