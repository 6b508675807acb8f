// What this machine can do, found by doing it: a process is cloned, traced and sent into the sandbox at each level, and tries every forbidden act there.
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

// Allowed to a probe on top of what it has.
static const uint64_t PROBE_BYTES = 64 << 20;

static void note(broker *self, const char *what, const char *why) {
  if (self->missing_count < 4) snprintf(self->missing[self->missing_count++], REASON_BYTES, "%.64s: %.180s", what, why);
}

// What a process that was sent into the sandbox found: why it is not in, or which acts went through.
typedef struct {
  char why[REASON_BYTES];
  unsigned char possible[ACT_COUNT];
} found;

static void __attribute__((noreturn)) try_acts(const sandbox_spec *spec, const acts_scene *scene, const int go[2], int tell) {
  found result = {0};
  char byte;
  // Its own end of the pipe would keep it waiting for a broker that has died.
  close(go[1]);
  if (read(go[0], &byte, 1) != 1) _exit(1);
  acts_keep(scene, tell);
  bool entered = sandbox_enter(spec, result.why);
  if (entered) acts_try(scene, result.possible);
  _exit(write(3, &result, sizeof result) != sizeof result || !entered);
}

// The wait status of a process, which goes on after each of its stops.
static int await_end(pid_t pid) {
  for (int status = 1;;) {
    pid_t seen = waitpid(pid, &status, __WALL);
    if (seen < 0 && errno == EINTR) continue;
    if (seen != pid || !WIFSTOPPED(status)) return seen == pid ? status : 1;
    ptrace(PTRACE_CONT, pid, NULL, NULL);
  }
}

// True when a process reached `level`; `traced` also attaches to it before it starts. `possible` are the acts that went through.
static bool try_level(isolation level, bool user_namespace, const acts_scene *scene, bool *traced, found *result) {
  int go[2], told[2];
  if (pipe2(go, O_CLOEXEC) != 0 || pipe2(told, O_CLOEXEC) != 0) return false;
  sandbox_spec spec = {.level = level, .user_namespace = user_namespace, .user = geteuid(), .group = getegid(), .threads = 1,
                       .memory_bytes = PROBE_BYTES};
  long pid = syscall(SYS_clone, sandbox_clone_flags(level, user_namespace) | SIGCHLD, NULL, NULL, NULL, NULL);
  if (pid == 0) try_acts(&spec, scene, go, told[1]);
  *result = (found){.why = "the process ended before it said why"};
  int status = 1;
  if (pid < 0) {
    snprintf(result->why, REASON_BYTES, "clone: %s", strerror(errno));
  } else {
    char untraced[REASON_BYTES] = "";
    *traced = ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_EXITKILL) == 0;
    if (!*traced) snprintf(untraced, sizeof untraced, "ptrace: %s", strerror(errno));
    if (write(go[1], "g", 1) != 1) kill((pid_t)pid, SIGKILL);
    // It is waited for first: a traced process stops at its signals. What it tells fits into the pipe.
    status = await_end((pid_t)pid);
    found told_us;
    close(told[1]), told[1] = -1;
    if (read(told[0], &told_us, sizeof told_us) == sizeof told_us) *result = told_us;
    if (!*traced && !result->why[0]) snprintf(result->why, REASON_BYTES, "%s", untraced);
  }
  close(go[0]), close(go[1]), close(told[0]);
  if (told[1] >= 0) close(told[1]);
  return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// True when nothing goes through that `level` is to deny; else the first act that does is noted.
static bool keeps_promise(broker *self, isolation level, const found *result) {
  memcpy(self->possible, result->possible, sizeof self->possible);
  self->acts_tried = true;
  for (int i = 0; i < ACT_COUNT; i++) {
    if (!result->possible[i] || !act_promised(i, level)) continue;
    note(self, isolation_name(level), act_name(i));
    return false;
  }
  return true;
}

static void probe_levels(broker *self, const acts_scene *scene) {
  found result = {0};
  bool traced = false;
  // Root enters namespaces directly; where that is refused, and for everybody else, a user namespace gives the right.
  for (int with_user = geteuid() != 0; with_user < 2 && self->best < LEVEL_USERNS; with_user++) {
    if (!try_level(LEVEL_USERNS, with_user, scene, &traced, &result)) {
      note(self, with_user ? "user namespace" : "namespaces as root", result.why);
    } else if (keeps_promise(self, LEVEL_USERNS, &result)) {
      self->best = LEVEL_USERNS;
      self->user_namespace = with_user;
    }
  }
  if (self->best == LEVEL_USERNS) {
    char refused[256] = "";
    if (cgroup_open(refused)) self->best = LEVEL_FULL;
    else note(self, "cgroup", refused);
  } else if (!try_level(LEVEL_RLIMIT, false, scene, &traced, &result)) {
    note(self, "limits and filter", result.why);
  } else if (keeps_promise(self, LEVEL_RLIMIT, &result)) {
    self->best = LEVEL_RLIMIT;
  }
  // The table is of the level that children will really be at.
  if (self->best == LEVEL_NONE && try_level(LEVEL_NONE, false, scene, &traced, &result)) keeps_promise(self, LEVEL_NONE, &result);
  self->tracer = traced;
  if (!traced) note(self, "tracer", result.why);
}

void probe_machine(broker *self) {
  acts_scene scene;
  self->probed = true;
  self->best = LEVEL_NONE;
  if (!acts_begin(&scene)) {
    note(self, "probe", strerror(errno));
    return;
  }
  probe_levels(self, &scene);
  acts_end(&scene);
}

const char *request_hello(broker *self, json_writer *reply) {
  if (!self->probed) probe_machine(self);
  json_put_integer(reply, "version", 1);
  json_put_text(reply, "isolation", isolation_name(self->best));
  json_begin(reply, "why", '[');
  for (int i = 0; i < self->missing_count; i++) json_put_text(reply, NULL, self->missing[i]);
  json_end(reply, ']');
  json_begin(reply, "acts", '[');
  for (int i = 0; i < ACT_COUNT && self->acts_tried; i++) {
    json_begin(reply, NULL, '{');
    json_put_text(reply, "act", act_name(i));
    json_put_bool(reply, "denied", !self->possible[i]);
    json_end(reply, '}');
  }
  json_end(reply, ']');
  json_put_integer(reply, "cores", self->cores);
  json_put_bool(reply, "tracer", self->tracer);
  return NULL;
}
