// openxpu-confine: runs one command, a compiler on a stranger's source, without network, without the machine's files, within
// limits. It dies with its caller, nothing of the command outlives it, and the command's exit status is its own.
//
// openxpu-confine --level <l> --read <path>... --write <folder>... --memory <bytes> --seconds <s> [--env NAME=value]... -- <command>
// openxpu-confine --probe    the strongest level of this machine, then a line on why no stronger one
//
// Exit status: the command's; 128 + signal when one killed it; 127 when it is not there; 125 when it could not be confined.
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_CONFINED = 125, NOT_EXECUTABLE = 126, NOT_THERE = 127, MAX_WRITE = 8, STAGE_BYTES = 256 << 20 };

typedef struct {
  int read, write;
} channel;

static channel open_channel(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    perror("openxpu-confine: pipe");
    exit(NOT_CONFINED);
  }
  return (channel){ends[0], ends[1]};
}

static void __attribute__((noreturn)) give_up(int report, int status, const char *why) {
  if (write(report, why, strlen(why)) < 0) perror("openxpu-confine");
  _exit(status);
}

// The death signal goes with a change of identity, and comes too late when the parent is gone already.
static void die_with_parent(int life) {
  struct pollfd parent = {.fd = life};
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || (poll(&parent, 1, 0) > 0 && parent.revents & POLLHUP)) _exit(NOT_CONFINED);
}

static void __attribute__((noreturn)) run_command(const confinement *asked, int life, int report) {
  char why[REASON_BYTES] = "";
  static char *nothing[] = {NULL};
  // The report closes at exec, everything else that is open now.
  if (dup2(report, 3) < 0 || fcntl(3, F_SETFD, FD_CLOEXEC) != 0) _exit(NOT_CONFINED);
  if (asked->level < LEVEL_USERNS) die_with_parent(life);
  for (int file = 4; file < 1024; file++) close(file);
  if (!confine_drop(asked, why)) give_up(3, NOT_CONFINED, why);
  if (asked->level < LEVEL_USERNS) prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!asked->command) _exit(0);
  environ = asked->env[0] ? (char **)asked->env : nothing;
  execvp(asked->command[0], asked->command);
  snprintf(why, sizeof why, "%.128s: %s", asked->command[0], strerror(errno));
  give_up(3, errno == ENOENT ? NOT_THERE : NOT_EXECUTABLE, why);
}

// The first process of the namespaces: everything in them ends with it.
static void __attribute__((noreturn)) run_first(confinement *asked, channel life, channel report) {
  char why[REASON_BYTES] = "";
  int folders[MAX_WRITE], status = 0;
  close(life.write), close(report.read);
  die_with_parent(life.read);
  // Opened while the machine's own folders can be seen.
  for (int i = 0; i < asked->write_count; i++) {
    folders[i] = open(asked->write[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folders[i] < 0) give_up(report.write, NOT_CONFINED, "a folder to write to is not there");
    // Without namespaces the command writes there itself.
    if (asked->level == LEVEL_RLIMIT && geteuid() == 0 && fchown(folders[i], UNPRIVILEGED_ID, UNPRIVILEGED_ID) != 0)
      give_up(report.write, NOT_CONFINED, "a folder to write to cannot be given away");
  }
  if (!confine_enter(asked, why)) give_up(report.write, NOT_CONFINED, why);
  pid_t child = fork();
  if (child == 0) run_command(asked, life.read, report.write);
  close(report.write);
  if (child < 0) _exit(NOT_CONFINED);
  for (pid_t ended; (ended = wait(&status)) != child;)
    if (ended < 0 && errno != EINTR) _exit(NOT_CONFINED);
  // What it left behind must not change a file that is being copied.
  if (getpid() == 1) kill(-1, SIGKILL);
  else kill(-child, SIGKILL);
  while (wait(NULL) > 0) {}
  if (WIFSIGNALED(status)) _exit(128 + WTERMSIG(status));
  for (int i = 0; asked->level >= LEVEL_USERNS && WEXITSTATUS(status) == 0 && i < asked->write_count; i++)
    if (!confine_copy(asked->write[i], folders[i], why)) {
      fprintf(stderr, "openxpu-confine: %s\n", why);
      _exit(NOT_CONFINED);
    }
  _exit(WEXITSTATUS(status));
}

// The exit status; `why` says what went wrong before the command began.
static int attempt(confinement *asked, char why[static REASON_BYTES]) {
  channel life = open_channel(), report = open_channel();
  unsigned long flags = asked->level < LEVEL_USERNS ? 0 : CLONE_NEWPID | (asked->user_namespace ? CLONE_NEWUSER : 0);
  long pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
  if (pid == 0) run_first(asked, life, report);
  close(report.write), close(life.read);
  int status = NOT_CONFINED << 8;
  if (pid < 0) {
    snprintf(why, REASON_BYTES, "clone: %s", strerror(errno));
  } else {
    ssize_t length = read(report.read, why, REASON_BYTES - 1);
    why[length > 0 ? length : 0] = 0;
    while (waitpid((pid_t)pid, &status, 0) < 0 && errno == EINTR) {}
  }
  close(report.read), close(life.write);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Root enters namespaces directly; where that is refused, and for everybody else, a user namespace gives the right.
static int attempt_both(confinement *asked, char why[static REASON_BYTES]) {
  asked->user_namespace = asked->level >= LEVEL_USERNS && asked->user != 0;
  int status = attempt(asked, why);
  if (!why[0] || status != NOT_CONFINED || asked->user_namespace || asked->level < LEVEL_USERNS) return status;
  asked->user_namespace = true;
  return attempt(asked, why);
}

static int probe(confinement *asked) {
  char why[REASON_BYTES] = "", first[REASON_BYTES] = "";
  asked->command = NULL;
  asked->write_count = 0;
  for (asked->level = LEVEL_USERNS; asked->level > LEVEL_NONE; asked->level--) {
    if (attempt_both(asked, why) == 0 && !why[0]) break;
    if (!first[0]) memcpy(first, why, sizeof first);
  }
  printf("%s\n%s%s", asked->level == LEVEL_USERNS ? "userns" : asked->level == LEVEL_RLIMIT ? "rlimit" : "none", first,
         first[0] ? "\n" : "");
  return 0;
}

static int refuse(const char *what) {
  fprintf(stderr, "openxpu-confine: %s\n", what);
  return NOT_CONFINED;
}

static isolation level_of(const char *name) {
  if (strcmp(name, "full") == 0 || strcmp(name, "userns") == 0) return LEVEL_USERNS;
  return strcmp(name, "rlimit") == 0 ? LEVEL_RLIMIT : LEVEL_NONE;
}

static void put_bind(confinement *asked, const char *from, const char *to, int64_t scratch) {
  json_begin(&asked->binds, NULL, '{');
  if (from) json_put_text(&asked->binds, "from", from);
  json_put_text(&asked->binds, "to", to);
  if (scratch) json_put_integer(&asked->binds, "scratchBytes", scratch);
  json_end(&asked->binds, '}');
}

int main(int count, char **words) {
  static const char *write_folders[MAX_WRITE];
  char **env = calloc((size_t)count + 1, sizeof *env);
  confinement asked = {.level = LEVEL_USERNS, .user = geteuid(), .group = getegid(), .memory_bytes = 4ull << 30, .seconds = 180};
  char why[REASON_BYTES] = "";
  int variables = 0, at = 1;
  if (!env) return refuse("no memory");
  asked.env = env;
  asked.write = write_folders;
  json_begin(&asked.binds, NULL, '[');
  put_bind(&asked, NULL, "/tmp", STAGE_BYTES);
  for (; at < count && strcmp(words[at], "--") != 0; at++) {
    const char *option = words[at];
    if (strcmp(option, "--probe") == 0) {
      json_end(&asked.binds, ']');
      return probe(&asked);
    }
    if (++at == count) return refuse("an option without its value");
    char *value = words[at];
    if (strcmp(option, "--level") == 0) asked.level = level_of(value);
    else if (strcmp(option, "--memory") == 0) asked.memory_bytes = strtoull(value, NULL, 10);
    else if (strcmp(option, "--seconds") == 0) asked.seconds = strtoull(value, NULL, 10);
    else if (strcmp(option, "--env") == 0) env[variables++] = value;
    else if (strcmp(option, "--read") == 0) put_bind(&asked, value, value, 0);
    else if (strcmp(option, "--write") == 0 && asked.write_count < MAX_WRITE) write_folders[asked.write_count++] = value;
    else return refuse("an unknown option, or too many of one");
  }
  // Last, so that a folder to write to may lie in one to read.
  for (int i = 0; i < asked.write_count; i++) put_bind(&asked, NULL, write_folders[i], STAGE_BYTES);
  json_end(&asked.binds, ']');
  if (at + 1 >= count) return refuse("no command after --");
  if (!asked.memory_bytes || !asked.seconds) return refuse("no memory or no time");
  asked.command = words + at + 1;
  // Nobody is told how the caller died; its group is killed with it where it can be.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return refuse("no death signal");
  int status = attempt_both(&asked, why);
  if (why[0]) fprintf(stderr, "openxpu-confine: %s\n", why);
  return status;
}
