// call: inputs in, poison, three phases, freeze, outputs out.
#include "requests.h"

#include "clock.h"
#include "tracer.h"

#include <stdio.h>
#include <string.h>

const tensor *staged_tensor(const broker *self, const child *kernel, const json *item, bool output, char **at) {
  int64_t index = json_integer(item, "index", -1);
  if (index < 0 || index >= kernel->layout.count) return NULL;
  const tensor *t = &kernel->layout.tensors[index];
  *at = staging_at(&self->staging, json_integer(item, "offset", -1), t->bytes);
  return t->output == output && (*at || !t->bytes) ? t : NULL;
}

const char *copy_inputs(const broker *self, const child *kernel, const json *list) {
  for (const json *item = list ? list->first : NULL; item; item = item->next) {
    char *from;
    const tensor *t = staged_tensor(self, kernel, item, false, &from);
    if (!t) return "an input's index is wrong or its bytes do not lie in staging";
    if (t->bytes) memcpy(memory_at(&kernel->memory, t), from, t->bytes);
  }
  return NULL;
}

const char *copy_outputs(const broker *self, const child *kernel, const json *list) {
  for (const json *item = list ? list->first : NULL; item; item = item->next) {
    char *to;
    const tensor *t = staged_tensor(self, kernel, item, true, &to);
    if (!t) return "an output's index is wrong or its bytes do not lie in staging";
    if (t->bytes) memcpy(to, memory_at(&kernel->memory, t), t->bytes);
  }
  return NULL;
}

int write_canaries(const child *kernel, const poison *pattern, int64_t entry, json_writer *reply) {
  int changed = 0;
  for (int i = 0; i < kernel->layout.count; i++) {
    const tensor *t = &kernel->layout.tensors[i];
    for (int after = 0; t->output && t->page_bytes && after < 2; after++) {
      int64_t byte = memory_canary(&kernel->memory, t, pattern, after);
      if (!byte) continue;
      json_begin(reply, NULL, '{');
      if (entry >= 0) json_put_integer(reply, "entry", entry);
      json_put_integer(reply, "index", i);
      json_put_text(reply, "side", after ? "after" : "before");
      json_put_integer(reply, "byte", byte);
      json_end(reply, '}');
      changed++;
    }
  }
  return changed;
}

// The child's own word for its failure, copied out of the shared page with its end made sure.
static void take_outcome(child *kernel) {
  static const failure_kind kinds[] = {FAILURE_NONE, FAILURE_DECLINED, FAILURE_RAISED, FAILURE_LOAD};
  uint32_t outcome = kernel->bell->outcome;
  if (kernel->failure.kind != FAILURE_NONE || outcome == OUTCOME_OK) return;
  failure *own = &kernel->failure;
  *own = (failure){.kind = outcome < 4 ? kinds[outcome] : FAILURE_RAISED, .tensor = -1};
  memcpy(own->error_kind, kernel->bell->error_kind, sizeof own->error_kind - 1);
  memcpy(own->message, kernel->bell->message, sizeof own->message - 1);
}

void write_failure(child *kernel, json_writer *reply) {
  take_outcome(kernel);
  tracer_kill(kernel);
  child_read_log(kernel);
  failure_write(&kernel->failure, &kernel->layout, reply);
  child_write_log(kernel, reply);
  child_close(kernel);
}

static uint32_t next_command(child *kernel, int phase) {
  if (phase == PHASE_PREPARE) kernel->sequence = (kernel->sequence + 1) & 0x0FFFFFFF;
  return kernel->sequence << 2 | (uint32_t)phase;
}

static bool ring_and_wait(child *kernel, int phase, int64_t deadline_ns, bool spin) {
  uint32_t command = next_command(kernel, phase);
  doorbell_ring(kernel->bell, command);
  return child_await(kernel, command, deadline_ns, spin, NULL) && kernel->bell->outcome == OUTCOME_OK;
}

bool kernel_call(broker *self, child *kernel, int64_t deadline_ms, int64_t *ns) {
  bool spin = self->cores > kernel->allowed_threads;
  int64_t deadline_ns = clock_after_ms(deadline_ms), end;
  kernel->deadline_ms = deadline_ms;
  tracer_thaw(kernel);
  if (kernel->collect_pending) {
    kernel->collect_pending = false;
    if (!child_await(kernel, next_command(kernel, PHASE_COLLECT), deadline_ns, spin, NULL)) return false;
  }
  if (!ring_and_wait(kernel, PHASE_PREPARE, deadline_ns, spin)) return false;
  uint32_t command = next_command(kernel, PHASE_RUN);
  int64_t begin = clock_ns();
  doorbell_ring(kernel->bell, command);
  if (!child_await(kernel, command, deadline_ns, spin, &end)) return false;
  *ns = end - begin;
  if (kernel->collects && kernel->bell->outcome == OUTCOME_OK && !ring_and_wait(kernel, PHASE_COLLECT, deadline_ns, spin)) return false;
  if (!tracer_freeze(kernel) || kernel->bell->outcome != OUTCOME_OK) return false;
  if (!kernel->collects) {
    // Rung while the child cannot move: whatever it does on hearing it comes too late for the outputs.
    doorbell_ring(kernel->bell, next_command(kernel, PHASE_COLLECT));
    kernel->collect_pending = true;
  }
  return true;
}

const char *request_call(broker *self, const json *request, json_writer *reply, char why[static REASON_BYTES]) {
  poison pattern;
  child *kernel = child_find((int)json_integer(request, "child", 0));
  if (!kernel) return snprintf(why, REASON_BYTES, "no such child"), "child";
  if (!poison_read(&pattern, json_text(request, "poison", NULL)))
    return snprintf(why, REASON_BYTES, "poison must be an even number of hex digits, at most %d", 2 * MAX_POISON), "request";
  const char *wrong = copy_inputs(self, kernel, json_get(request, "inputs"));
  if (wrong) return snprintf(why, REASON_BYTES, "%s", wrong), "request";
  memory_poison(&kernel->memory, &kernel->layout, &pattern);
  int64_t ns;
  if (!kernel_call(self, kernel, json_integer(request, "deadlineMs", 60000), &ns)) return write_failure(kernel, reply), NULL;
  wrong = copy_outputs(self, kernel, json_get(request, "outputs"));
  if (wrong) return snprintf(why, REASON_BYTES, "%s", wrong), "request";
  json_put_text(reply, "state", "done");
  json_put_integer(reply, "ns", ns);
  json_begin(reply, "canaries", '[');
  write_canaries(kernel, &pattern, -1, reply);
  json_end(reply, ']');
  return NULL;
}
