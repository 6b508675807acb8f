// open: memory, fork, trace, sandbox, load.
#include "requests.h"

#include "cgroup.h"
#include "clock.h"
#include "tracer.h"
#include "zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOG_PIPE_BYTES = 1 << 20 };

static child *new_child(broker *self) {
  for (int i = 0; i < MAX_CHILDREN; i++)
    if (!children[i].number) {
      // The request of the last child here is kept until now: failures name its tensors.
      json_release(children[i].request);
      children[i] = (child){.number = ++self->next_number, .log_file = -1, .memory = {.input_fd = -1, .output_fd = -1}};
      return &children[i];
    }
  return NULL;
}

// The doorbell page followed by the request, in one memfd.
static bool make_bell(child *kernel, const char *text, size_t length, int *file) {
  char *page = memory_create("doorbell", DOORBELL_BYTES + length, file);
  if (!page) return false;
  memcpy(page + DOORBELL_BYTES, text, length);
  munmap(page, DOORBELL_BYTES + length);
  page = mmap(NULL, DOORBELL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, *file, 0);
  if (page == MAP_FAILED) return false;
  kernel->bell = (doorbell *)page;
  atomic_store(&kernel->bell->answer, ANSWER_NONE);
  return true;
}

static const char *make_descriptors(child *kernel, const char *text, size_t length, int descriptors[FD_COUNT], int *socket) {
  int pipes[2], pair[2];
  if (!memory_open(&kernel->memory, &kernel->layout)) return "memory";
  descriptors[FD_INPUTS] = kernel->memory.input_fd;
  descriptors[FD_OUTPUTS] = kernel->memory.output_fd;
  if (!make_bell(kernel, text, length, &descriptors[FD_BELL])) return "memory";
  if (pipe2(pipes, O_CLOEXEC) != 0) return "system";
  fcntl(pipes[0], F_SETFL, O_NONBLOCK);
  fcntl(pipes[1], F_SETPIPE_SZ, LOG_PIPE_BYTES);
  kernel->log_file = pipes[0];
  descriptors[FD_LOG] = pipes[1];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return "system";
  *socket = pair[0];
  descriptors[FD_CHILD] = pair[1];
  return NULL;
}

// Waits for the word that the sandbox is entered, watching for the child's death meanwhile.
static bool await_entered(child *kernel, int socket, int64_t deadline_ns, child_entered *message) {
  while (clock_ns() < deadline_ns) {
    struct pollfd wait = {.fd = socket, .events = POLLIN};
    int ready = poll(&wait, 1, 20);
    tracer_poll();
    if (ready <= 0) continue;
    if (control_receive(socket, message, sizeof *message, NULL, 0) == sizeof *message) return true;
    break;
  }
  child_read_log(kernel);
  size_t end = kernel->log_total < LOG_BYTES ? kernel->log_total : LOG_BYTES - 1;
  kernel->log[end] = 0;
  snprintf(message->why, sizeof message->why, "the worker did not reach the sandbox: %.180s", kernel->log);
  return false;
}

static const char *start(broker *self, child *kernel, zygote *from, const int *descriptors, int socket, size_t length,
                         int64_t deadline_ns, char why[static REASON_BYTES]) {
  fork_request request = {.level = kernel->level, .user_namespace = self->user_namespace, .request_bytes = length};
  if (kernel->level < LEVEL_USERNS) request.user_namespace = 0;
  kernel->pid = zygote_fork(from, &request, descriptors, deadline_ns, why);
  if (kernel->pid <= 0) return "zygote";
  close(descriptors[FD_CHILD]);
  if (kernel->level == LEVEL_FULL && !cgroup_join(kernel->pid, kernel->charge)) kernel->level = LEVEL_USERNS;
  child_go go = {.traced = tracer_seize(kernel)};
  child_entered entered = {0};
  if (!control_send(socket, &go, sizeof go, NULL, 0)) return snprintf(why, REASON_BYTES, "the child died at once"), "sandbox";
  if (!await_entered(kernel, socket, deadline_ns, &entered) || !entered.entered)
    return snprintf(why, REASON_BYTES, "%.255s", entered.why), "sandbox";
  kernel->region = entered.region;
  // It may have crashed before its word was read.
  if (kernel->failure.kind == FAILURE_FAULT) failure_locate(&kernel->failure, &kernel->layout, kernel->region);
  kernel->converts = entered.converts;
  return NULL;
}

// What the child said with its answer: nothing, or its own failure.
static bool load_answered(child *kernel, int64_t deadline_ns) {
  if (!child_await(kernel, PHASE_LOAD, deadline_ns, 0, NULL)) return false;
  kernel->loaded = true;
  return tracer_freeze(kernel);
}

const char *request_open(broker *self, const json *request, const char *text, size_t length, json_writer *reply,
                         char why[static REASON_BYTES]) {
  const json *sandbox = json_get(request, "sandbox");
  zygote *from = zygote_find(json_text(request, "zygote", ""));
  if (!from) return snprintf(why, REASON_BYTES, "no such zygote"), "request";
  if (!self->probed) probe_machine(self);
  child *kernel = new_child(self);
  if (!kernel) return snprintf(why, REASON_BYTES, "at most %d children at once", MAX_CHILDREN), "request";
  const char *error = NULL;
  kernel->request = json_parse(text, length, &error);
  if (!layout_read(&kernel->layout, json_root(kernel->request), why)) return child_close(kernel), "request";
  isolation wanted = isolation_from_name(json_text(sandbox, "level", "full"), LEVEL_FULL);
  kernel->level = wanted < self->best ? wanted : self->best;
  kernel->allowed_threads = (int)json_integer(sandbox, "threads", 1);
  if (kernel->level == LEVEL_FULL)
    kernel->charge = (uint64_t)json_integer(sandbox, "memoryBytes", 0) + kernel->layout.region_bytes;
  kernel->deadline_ms = json_integer(request, "deadlineMs", 60000);
  int64_t deadline_ns = clock_after_ms(kernel->deadline_ms);
  int descriptors[FD_COUNT] = {-1, -1, -1, -1, -1}, socket = -1;
  const char *code = make_descriptors(kernel, text, length, descriptors, &socket);
  if (code) snprintf(why, REASON_BYTES, "no memory or descriptors for the child: %s", strerror(errno));
  else {
    kernel->bell->spin = self->cores > kernel->allowed_threads;
    code = start(self, kernel, from, descriptors, socket, length, deadline_ns, why);
  }
  memory_close_files(&kernel->memory);
  if (descriptors[FD_BELL] >= 0) close(descriptors[FD_BELL]);
  if (descriptors[FD_LOG] >= 0) close(descriptors[FD_LOG]);
  if (socket >= 0) close(socket);
  if (code) return child_close(kernel), code;
  json_put_integer(reply, "child", kernel->number);
  json_put_text(reply, "isolation", isolation_name(kernel->level));
  if (load_answered(kernel, deadline_ns) && kernel->bell->outcome == OUTCOME_OK) json_put_text(reply, "state", "ready");
  else write_failure(kernel, reply);
  return NULL;
}
