// Starting zygotes and asking them for children.
#include "zygote.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static zygote zygotes[MAX_ZYGOTES];

zygote *zygote_find(const char *name) {
  for (int i = 0; i < MAX_ZYGOTES; i++)
    if (zygotes[i].pid && strcmp(zygotes[i].name, name) == 0) return &zygotes[i];
  return NULL;
}

static void zygote_close(zygote *old) {
  // One that has ended is reaped with the children's events, and its number may be another process's by now.
  if (waitpid(old->pid, NULL, WNOHANG) == 0) {
    kill(old->pid, SIGKILL);
    waitpid(old->pid, NULL, 0);
  }
  close(old->control);
  *old = (zygote){0};
}

void zygote_close_all(void) {
  for (int i = 0; i < MAX_ZYGOTES; i++)
    if (zygotes[i].pid) zygote_close(&zygotes[i]);
}

static char **text_list(const json *list, bool pairs) {
  size_t count = list ? list->length : 0, i = 0;
  char **texts = calloc(count + 2, sizeof *texts);
  if (!texts) abort();
  for (const json *item = count ? list->first : NULL; item; item = item->next) {
    if (item->kind != JSON_STRING) continue;
    if (!pairs) texts[i++] = strdup(item->text);
    else if (asprintf(&texts[i++], "%s=%s", item->key, item->text) < 0) abort();
  }
  // The control socket is always descriptor 3 of a zygote.
  if (pairs) texts[i] = strdup(CONTROL_VARIABLE "=3");
  return texts;
}

static void free_list(char **texts) {
  for (char **at = texts; *at; at++) free(*at);
  free(texts);
}

// Standard output belongs to the protocol, so a zygote's goes to the broker's standard error.
static void __attribute__((noreturn)) become_zygote(int control, const char *cwd, char **argv, char **env) {
  int null = open("/dev/null", O_RDONLY);
  dup2(null, 0);
  dup2(2, 1);
  int high = fcntl(control, F_DUPFD, 4);
  dup2(high, 3);
  control_close_from(4);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (cwd && chdir(cwd) != 0) _exit(126);
  execve(argv[0], argv, env);
  _exit(127);
}

// One message before the deadline; 0 at the end of the peer, -1 otherwise.
static long receive_before(int socket, void *message, size_t bytes, int64_t deadline_ns) {
  for (;;) {
    int64_t left = (deadline_ns - clock_ns()) / 1000000;
    struct pollfd wait = {.fd = socket, .events = POLLIN};
    int ready = poll(&wait, 1, left > 0 ? (int)left : 0);
    if (ready > 0) return control_receive(socket, message, bytes, NULL, 0);
    if (ready == 0 || errno != EINTR) return -1;
  }
}

static bool read_report(zygote *started, json_writer *reply, int64_t deadline_ns, char why[static 256]) {
  static char report[REPORT_BYTES];
  long length = receive_before(started->control, report, sizeof report, deadline_ns);
  const char *error = "no report before the deadline";
  json_document *document = length > 0 ? json_parse(report, (size_t)length, &error) : NULL;
  if (document) {
    json_put_raw(reply, "report", report, (size_t)length);
    json_release(document);
    return started->reported = true;
  }
  int status = 0;
  if (length == 0 && waitpid(started->pid, &status, 0) == started->pid)
    snprintf(why, 256, "the zygote ended with wait status 0x%x before its report", status);
  else snprintf(why, 256, "zygote: %s", error);
  zygote_close(started);
  return false;
}

static zygote *free_place(void) {
  for (int i = 0; i < MAX_ZYGOTES; i++)
    if (!zygotes[i].pid) return &zygotes[i];
  return NULL;
}

static const char *check_request(const char *name, const json *argv) {
  if (!*name || strlen(name) >= sizeof zygotes[0].name || zygote_find(name)) return "the name is missing, too long or taken";
  bool texts = argv && argv->kind == JSON_ARRAY && argv->length;
  for (const json *item = texts ? argv->first : NULL; item; item = item->next) texts = texts && item->kind == JSON_STRING;
  return texts ? NULL : "argv must be a list of strings";
}

bool zygote_start(const json *request, json_writer *reply, char why[static 256]) {
  const char *name = json_text(request, "name", ""), *wrong = check_request(name, json_get(request, "argv"));
  zygote *place = free_place();
  int pair[2];
  if (wrong || !place) return snprintf(why, 256, "zygote: %s", wrong ? wrong : "there are too many"), false;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return snprintf(why, 256, "socketpair: %s", strerror(errno)), false;
  char **arguments = text_list(json_get(request, "argv"), false), **env = text_list(json_get(request, "env"), true);
  pid_t pid = fork();
  if (pid == 0) become_zygote(pair[1], json_text(request, "cwd", NULL), arguments, env);
  close(pair[1]);
  free_list(arguments);
  free_list(env);
  if (pid < 0) return close(pair[0]), snprintf(why, 256, "fork: %s", strerror(errno)), false;
  *place = (zygote){.pid = pid, .control = pair[0]};
  snprintf(place->name, sizeof place->name, "%s", name);
  const json *wait = json_get(request, "wait");
  return (wait && wait->kind == JSON_FALSE) || zygote_report(request, reply, why);
}

bool zygote_report(const json *request, json_writer *reply, char why[static 256]) {
  zygote *started = zygote_find(json_text(request, "name", ""));
  if (!started || started->reported) return snprintf(why, 256, "no zygote of that name owes a report"), false;
  return read_report(started, reply, clock_after_ms(json_integer(request, "deadlineMs", 60000)), why);
}

// Clones are made with CLONE_PARENT: whoever is not the broker's own child was never forked, and must not be traced or killed.
static bool is_own_child(pid_t pid) {
  siginfo_t ignored;
  return waitid(P_PID, (id_t)pid, &ignored, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

pid_t zygote_fork(zygote *from, const fork_request *request, const int *descriptors, int64_t deadline_ns, char why[static 256]) {
  fork_reply reply = {0};
  if (!from->reported) return snprintf(why, 256, "the zygote has not reported yet"), -1;
  if (!control_send(from->control, request, sizeof *request, descriptors, FD_COUNT)) {
    snprintf(why, 256, "the zygote has gone: %s", strerror(errno));
  } else if (receive_before(from->control, &reply, sizeof reply, deadline_ns) != sizeof reply) {
    snprintf(why, 256, "the zygote did not fork before the deadline");
  } else if (reply.pid <= 0) {
    snprintf(why, 256, "clone: %s", strerror(reply.error));
  } else if (reply.pid == from->pid || !is_own_child(reply.pid)) {
    snprintf(why, 256, "the zygote named a process that it did not fork");
    reply.pid = 0;
  } else {
    return reply.pid;
  }
  // A late reply would be taken for that of a later request.
  if (reply.pid == 0) zygote_close(from);
  return -1;
}
