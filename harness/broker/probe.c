// What this machine can do, found by doing it: a process is cloned, traced and sent into the sandbox at each level.
#include "requests.h"

#include "cgroup.h"
#include "tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void note(broker *self, const char *what, const char *why) {
  if (self->missing_count < 4) snprintf(self->missing[self->missing_count++], REASON_BYTES, "%.64s: %.180s", what, why);
}

// True when a process reached `level`; `traced` also attaches to it before it starts.
static bool try_level(isolation level, bool user_namespace, bool *traced, char why[static REASON_BYTES]) {
  int go[2], told[2];
  if (pipe2(go, O_CLOEXEC) != 0 || pipe2(told, O_CLOEXEC) != 0) return false;
  sandbox_spec spec = {.level = level, .user_namespace = user_namespace, .user = geteuid(), .group = getegid(), .threads = 1};
  long pid = syscall(SYS_clone, sandbox_clone_flags(level, user_namespace) | SIGCHLD, NULL, NULL, NULL, NULL);
  if (pid == 0) {
    char byte, reason[REASON_BYTES] = "";
    if (read(go[0], &byte, 1) != 1) _exit(1);
    bool entered = sandbox_enter(&spec, reason);
    _exit(write(told[1], reason, sizeof reason) < 0 || !entered);
  }
  close(told[1]);
  if (pid < 0) {
    snprintf(why, REASON_BYTES, "clone: %s", strerror(errno));
  } else {
    *traced = ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_EXITKILL) == 0;
    if (!*traced) snprintf(why, REASON_BYTES, "ptrace: %s", strerror(errno));
    if (write(go[1], "g", 1) != 1) kill((pid_t)pid, SIGKILL);
  }
  int status = 1;
  if (pid > 0) {
    char reason[REASON_BYTES] = "the process ended before it said why";
    bool told_us = read(told[0], reason, sizeof reason) > 0;
    while (waitpid((pid_t)pid, &status, __WALL) == (pid_t)pid && WIFSTOPPED(status))
      ptrace(PTRACE_CONT, pid, NULL, NULL);
    if (!told_us || reason[0]) snprintf(why, REASON_BYTES, "%s", reason);
  }
  close(go[0]), close(go[1]), close(told[0]);
  return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void probe_machine(broker *self) {
  char why[REASON_BYTES] = "";
  bool traced = false;
  self->probed = true;
  self->best = LEVEL_NONE;
  // Root enters namespaces directly; where that is refused, and for everybody else, a user namespace gives the right.
  for (int with_user = geteuid() != 0; with_user < 2 && self->best < LEVEL_USERNS; with_user++) {
    why[0] = 0;
    if (!try_level(LEVEL_USERNS, with_user, &traced, why)) {
      note(self, with_user ? "user namespace" : "namespaces as root", why);
      continue;
    }
    self->best = LEVEL_USERNS;
    self->user_namespace = with_user;
  }
  if (self->best == LEVEL_USERNS) {
    char refused[256] = "";
    if (cgroup_open(refused)) self->best = LEVEL_FULL;
    else note(self, "cgroup", refused);
  } else if (try_level(LEVEL_RLIMIT, false, &traced, why)) {
    self->best = LEVEL_RLIMIT;
  } else {
    note(self, "limits and filter", why);
  }
  self->tracer = traced;
  if (!traced) note(self, "tracer", why);
}

const char *request_hello(broker *self, json_writer *reply) {
  if (!self->probed) probe_machine(self);
  json_put_integer(reply, "version", 1);
  json_put_text(reply, "isolation", isolation_name(self->best));
  json_begin(reply, "why", '[');
  for (int i = 0; i < self->missing_count; i++) json_put_text(reply, NULL, self->missing[i]);
  json_end(reply, ']');
  json_put_integer(reply, "cores", self->cores);
  json_put_bool(reply, "tracer", self->tracer);
  return NULL;
}
