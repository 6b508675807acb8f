// Reads the system call at a seccomp stop. What it lets pass is still up to the kernel: the root is read-only, so a path
// that changes under our eyes gains nothing.
#include "denial.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

static const forbidden_call unknown_call = {.number = -1, .name = "unknown", .category = "system"};

static bool read_path(pid_t thread, uint64_t address, char path[static DENIAL_PATH_BYTES]) {
  // In two parts, because the path may end just before an unmapped page.
  const size_t most = DENIAL_PATH_BYTES - 1, page = 4096 - address % 4096, first = page < most ? page : most;
  struct iovec local = {path, most};
  struct iovec remote[2] = {{(void *)(uintptr_t)address, first}, {(void *)(uintptr_t)(address + first), most - first}};
  ssize_t length = process_vm_readv(thread, &local, 1, remote, 2, 0);
  path[length > 0 ? length : 0] = 0;
  return length > 0;
}

// Back to the default action, as abort does: it hides nothing.
static bool restores_default(pid_t thread, uint64_t action) {
  uint64_t handler = 1;
  struct iovec local = {&handler, sizeof handler}, remote = {(void *)(uintptr_t)action, sizeof handler};
  return process_vm_readv(thread, &local, 1, &remote, 1, 0) == (ssize_t)sizeof handler && handler == 0;
}

static bool own_path(const char *path) {
  if (strcmp(path, "/dev/null") == 0) return true;
  if (strcmp(path, "/tmp") == 0) return true; // a file without a name, or the folder itself
  if (strstr(path, "..")) return false;
  // Relative paths start in /tmp, the child's working directory; elsewhere the root is read-only anyway.
  return path[0] != '/' || strncmp(path, "/tmp/", 5) == 0;
}

const forbidden_call *denial_of(pid_t thread, isolation level, bool loading, char path[static DENIAL_PATH_BYTES]) {
  path[0] = 0;
  struct __ptrace_syscall_info call = {0};
  if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, (void *)sizeof call, &call) < 0 || call.op != PTRACE_SYSCALL_INFO_SECCOMP)
    return &unknown_call;
  const forbidden_call *found = forbidden_find((long)call.seccomp.nr);
  if (!found) return &unknown_call;
  if (found->when == IF_CODE && loading && !(call.seccomp.args[found->argument + 1] & MAP_ANONYMOUS)) return NULL;
  if (found->when == IF_HANDLER && restores_default(thread, call.seccomp.args[found->argument])) return NULL;
  int argument = forbidden_path_argument(found);
  if (argument < 0 || !read_path(thread, call.seccomp.args[argument], path)) return found;
  // Below the namespaces /tmp belongs to everybody.
  return level >= LEVEL_USERNS && own_path(path) ? NULL : found;
}
