// Zygote loop, clone, and the child's way into the sandbox.
#include "worker.h"

#include "control.h"
#include "fault_signal.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct worker {
  fork_request request;
  uid_t user;               // before the clone: a new user namespace has no ids yet
  gid_t group;
  int descriptors[FD_COUNT];
  bool apart;
  char *text;
  json_document *document;
  layout layout;
  char *region;
  doorbell *bell;
  uint32_t command;
};

static int control_socket(void) {
  const char *number = getenv(CONTROL_VARIABLE);
  return number ? atoi(number) : -1;
}

bool openxpu_report(const char *report) {
  // A zygote must not outlive the broker, not even where it is busy and cannot see the socket close.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return control_send(control_socket(), report, strlen(report), NULL, 0);
}

int openxpu_fork(worker **child, void (*prepare)(void), void (*parent)(void), void (*child_side)(void)) {
  worker *made = calloc(1, sizeof *made);
  if (!made) abort();
  int control = control_socket();
  if (control_receive(control, &made->request, sizeof made->request, made->descriptors, FD_COUNT) != sizeof made->request)
    return free(made), -1;
  unsigned long flags = sandbox_clone_flags((isolation)made->request.level, made->request.user_namespace);
  // Children in a user namespace of their own have no right to leave one that they inherited.
  static bool apart;
  bool privileged = made->request.level >= LEVEL_USERNS && !made->request.user_namespace;
  if (privileged && !apart) apart = sandbox_set_apart();
  made->apart = privileged && apart;
  made->user = geteuid();
  made->group = getegid();
  if (prepare) prepare();
  // The broker becomes the parent (CLONE_PARENT): it reaps the child and needs no report of its end from the zygote.
  long pid = syscall(SYS_clone, flags | CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
  if (pid == 0) {
    if (child_side) child_side();
    close(control);
    *child = made;
    return 0;
  }
  fork_reply reply = {.pid = (int32_t)pid, .error = pid < 0 ? errno : 0};
  if (parent) parent();
  for (int i = 0; i < FD_COUNT; i++) close(made->descriptors[i]);
  free(made);
  control_send(control, &reply, sizeof reply, NULL, 0);
  return 1;
}

static void __attribute__((noreturn)) give_up(const worker *child, const char *why) {
  child_entered message = {0};
  snprintf(message.why, sizeof message.why, "%s", why);
  control_send(child->descriptors[FD_CHILD], &message, sizeof message, NULL, 0);
  _exit(1);
}

static void map_bell(worker *child) {
  size_t bytes = DOORBELL_BYTES + child->request.request_bytes;
  char *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, child->descriptors[FD_BELL], 0);
  if (page == MAP_FAILED) give_up(child, "the doorbell page could not be mapped");
  child->bell = (doorbell *)page;
  // A private copy: the page stays writable for the submission.
  child->text = strndup(page + DOORBELL_BYTES, child->request.request_bytes);
  munmap(page + DOORBELL_BYTES, child->request.request_bytes);
}

static void map_tensors(worker *child) {
  char *region = mmap(NULL, child->layout.region_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (region == MAP_FAILED) give_up(child, "no address space for the tensors");
  child->region = region;
  for (int i = 0; i < child->layout.count; i++) {
    const tensor *t = &child->layout.tensors[i];
    if (!t->page_bytes) continue;
    int protection = t->output ? PROT_READ | PROT_WRITE : PROT_READ;
    int file = child->descriptors[t->output ? FD_OUTPUTS : FD_INPUTS];
    void *at = mmap(region + t->region_offset, t->page_bytes, protection, MAP_SHARED | MAP_FIXED | MAP_POPULATE, file,
                    (off_t)t->file_offset);
    if (at == MAP_FAILED) give_up(child, "a tensor could not be mapped");
  }
}

// Output goes to the log, input is empty, and of the other descriptors only the socket stays, as number 3.
static void keep_descriptors(worker *child) {
  int null = open("/dev/null", O_RDONLY);
  dup2(null, 0);
  dup2(child->descriptors[FD_LOG], 1);
  dup2(child->descriptors[FD_LOG], 2);
  int socket = fcntl(child->descriptors[FD_CHILD], F_DUPFD, 4);
  dup2(socket, 3);
  child->descriptors[FD_CHILD] = 3;
  control_close_from(4);
}

static void parse_request(worker *child) {
  const char *error = NULL;
  char wrong[160];
  child->document = json_parse(child->text, strlen(child->text), &error);
  if (!child->document) give_up(child, error);
  if (!layout_read(&child->layout, json_root(child->document), wrong)) give_up(child, wrong);
}

const char *openxpu_request(worker *child, size_t *length) {
  if (!child->bell) map_bell(child);
  *length = strlen(child->text);
  return child->text;
}

void openxpu_enter(worker *child, bool converts, bool jit) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!child->bell) map_bell(child);
  parse_request(child);
  child_go go;
  if (control_receive(child->descriptors[FD_CHILD], &go, sizeof go, NULL, 0) != sizeof go) _exit(1);
  map_tensors(child);
  keep_descriptors(child);
  const json *sandbox = json_get(json_root(child->document), "sandbox");
  sandbox_spec spec = {
    .level = (isolation)child->request.level,
    .user_namespace = child->request.user_namespace,
    .user = child->user,
    .group = child->group,
    .apart = child->apart,
    .traced = go.traced,
    .jit = jit,
    .threads = (int)json_integer(sandbox, "threads", 1),
    .memory_bytes = (uint64_t)json_integer(sandbox, "memoryBytes", 0),
    .binds = json_get(sandbox, "binds"),
    .env = json_get(sandbox, "env"),
  };
  if (!go.traced) fault_signal_install(child->bell);
  child_entered message = {.entered = 1, .converts = converts, .region = (uint64_t)(uintptr_t)child->region};
  if (!sandbox_enter(&spec, message.why)) give_up(child, message.why);
  control_send(child->descriptors[FD_CHILD], &message, sizeof message, NULL, 0);
  close(child->descriptors[FD_CHILD]);
}

void *openxpu_address(const worker *child, int index) {
  const tensor *t = &child->layout.tensors[index];
  return t->page_bytes ? child->region + t->region_offset + t->start : NULL;
}

int openxpu_signature(const worker *child) {
  // The page is the submission's to write on: a number that it forged is its own loss.
  uint32_t signature = child->bell->signature;
  return signature < (uint32_t)child->layout.signatures ? (int)signature : 0;
}

void openxpu_answer(worker *child, int outcome, const char *kind, const char *message) {
  doorbell *bell = child->bell;
  bell->outcome = (uint32_t)outcome;
  if (outcome != OUTCOME_OK) {
    snprintf(bell->error_kind, sizeof bell->error_kind, "%s", kind ? kind : "");
    snprintf(bell->message, sizeof bell->message, "%s", message ? message : "");
  }
  doorbell_answer(bell, child->command);
}

int openxpu_wait(worker *child) {
  bool armed = (child->command & 3) == PHASE_PREPARE;
  child->command = doorbell_wait(child->bell, child->command, armed);
  return (int)(child->command & 3);
}

const layout *openxpu_layout(const worker *child) { return &child->layout; }
const json *openxpu_document(const worker *child) { return json_root(child->document); }
