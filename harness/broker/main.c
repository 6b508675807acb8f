// The broker: reads requests from standard input, one JSON object a line, and answers each before it reads the next.
#include "requests.h"

#include "cgroup.h"
#include "zygote.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

typedef struct {
  char *bytes;
  size_t length, capacity, line; // `line` bytes at the front were the last line
} line_reader;

// The next line without its end, NULL when the input is over.
static const char *read_line(line_reader *in, size_t *length) {
  if (in->line) memmove(in->bytes, in->bytes + in->line, in->length - in->line);
  in->length -= in->line;
  in->line = 0;
  for (size_t searched = 0;;) {
    char *end = in->length > searched ? memchr(in->bytes + searched, '\n', in->length - searched) : NULL;
    if (end) {
      *length = (size_t)(end - in->bytes);
      in->line = *length + 1;
      return in->bytes;
    }
    searched = in->length;
    if (in->capacity - in->length < 65536) {
      in->capacity = in->capacity * 2 + 65536;
      in->bytes = realloc(in->bytes, in->capacity);
      if (!in->bytes) abort();
    }
    ssize_t count = read(0, in->bytes + in->length, in->capacity - in->length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return NULL;
    in->length += (size_t)count;
  }
}

static void write_all(const char *bytes, size_t length) {
  while (length) {
    ssize_t count = write(1, bytes, length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) exit(3);
    bytes += count;
    length -= (size_t)count;
  }
}

static const char *request_staging(broker *self, const json *request, json_writer *reply, char why[static REASON_BYTES]) {
  int64_t bytes = json_integer(request, "bytes", -1);
  if (bytes < 0) return snprintf(why, REASON_BYTES, "bytes must be a positive integer"), "request";
  if (!staging_grow(&self->staging, (uint64_t)bytes)) return snprintf(why, REASON_BYTES, "staging: %s", strerror(errno)), "memory";
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd/%d", getpid(), self->staging.file);
  json_put_text(reply, "path", path);
  return NULL;
}

static const char *request_close(const json *request, json_writer *reply, char why[static REASON_BYTES]) {
  child *kernel = child_find((int)json_integer(request, "child", 0));
  if (!kernel) return snprintf(why, REASON_BYTES, "no such child"), "child";
  child_close(kernel);
  child_write_log(kernel, reply);
  return NULL;
}

static const char *dispatch(broker *self, const json *request, const char *text, size_t length, json_writer *reply,
                            char why[static REASON_BYTES]) {
  const char *op = json_text(request, "op", "");
  if (strcmp(op, "hello") == 0) return request_hello(self, reply);
  if (strcmp(op, "staging") == 0) return request_staging(self, request, reply, why);
  if (strcmp(op, "zygote") == 0) return zygote_start(request, reply, why) ? NULL : "zygote";
  if (strcmp(op, "report") == 0) return zygote_report(request, reply, why) ? NULL : "zygote";
  if (strcmp(op, "open") == 0) return request_open(self, request, text, length, reply, why);
  if (strcmp(op, "call") == 0) return request_call(self, request, reply, why);
  if (strcmp(op, "time") == 0) return request_time(self, request, reply, why);
  if (strcmp(op, "compose") == 0) return request_compose(self, request, reply, why);
  if (strcmp(op, "close") == 0) return request_close(request, reply, why);
  if (strcmp(op, "quit") == 0) return NULL;
  snprintf(why, REASON_BYTES, "unknown op");
  return "request";
}

// A reply is either the members that the operation wrote or its error, never both.
static void answer(broker *self, const char *text, size_t length, bool *quit) {
  const char *error = NULL;
  json_writer members = {0}, reply = {0};
  char why[REASON_BYTES] = "";
  json_document *document = json_parse(text, length, &error);
  const json *request = document ? json_root(document) : NULL;
  const char *code = document ? dispatch(self, request, text, length, &members, why) : "request";
  if (!document) snprintf(why, sizeof why, "not JSON: %s", error);
  json_begin(&reply, NULL, '{');
  const json *id = json_get(request, "id");
  if (id && id->kind == JSON_STRING) json_put_text(&reply, "id", id->text);
  else json_put_integer(&reply, "id", json_integer(request, "id", 0));
  json_put_bool(&reply, "ok", !code);
  if (code) {
    json_begin(&reply, "error", '{');
    json_put_text(&reply, "code", code);
    json_put_text(&reply, "message", why);
    json_end(&reply, '}');
  } else if (members.length) {
    json_put_raw(&reply, NULL, members.bytes, members.length);
  }
  json_end(&reply, '}');
  reply.bytes[reply.length++] = '\n';
  write_all(reply.bytes, reply.length);
  *quit = strcmp(json_text(request, "op", ""), "quit") == 0;
  json_clear(&members);
  json_clear(&reply);
  json_release(document);
}

int main(void) {
  broker self = {.staging = {.file = -1}};
  cpu_set_t cores;
  self.cores = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
  signal(SIGPIPE, SIG_IGN);
  // A judge that was killed cannot close the input of a broker that waits for a kernel's answer.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  child_watch_signals();
  line_reader in = {0};
  size_t length;
  const char *line;
  for (bool quit = false; !quit && (line = read_line(&in, &length));) answer(&self, line, length, &quit);
  for (int i = 0; i < MAX_CHILDREN; i++)
    if (children[i].number) child_close(&children[i]);
  zygote_close_all();
  cgroup_close();
  free(in.bytes);
  return 0;
}
