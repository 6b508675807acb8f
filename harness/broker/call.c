// call: inputs in, poison, three phases, freeze, outputs out.
#include "requests.h"

#include "clock.h"
#include "mix.h"
#include "tracer.h"

#include <stdio.h>
#include <string.h>

// Also the head start of a child that watches its inputs instead of the bell: measured in every call (`exposed_ns`), and no speedup rests on it.
enum { SETTLE_NS = 20 * 1000 };

// A judged call runs beside another lane: a core that spins is taken from it. Its time is recorded and is never a speedup.
enum { CALL_SPIN_NS = 100 * 1000 };

const tensor *staged_tensor(const broker *self, const child *kernel, const json *item, bool output, char **at) {
  int64_t index = json_integer(item, "index", -1);
  if (index < 0 || index >= kernel->layout.count) return NULL;
  const tensor *t = &kernel->layout.tensors[index];
  *at = staging_at(&self->staging, json_integer(item, "offset", -1), t->bytes);
  return t->output == output && (*at || !t->bytes) ? t : NULL;
}

const char *places_check(const broker *self, const child *kernel, const json *list, bool output) {
  char *at;
  for (const json *item = list ? list->first : NULL; item; item = item->next)
    if (!staged_tensor(self, kernel, item, output, &at))
      return "an index is of no such input or output, or its bytes do not lie in staging";
  return NULL;
}

// The place of the same tensor in another set, NULL where that set leaves it out.
static const char *place_of(const broker *self, const child *kernel, const json *list, int64_t index) {
  for (const json *item = list ? list->first : NULL; item; item = item->next) {
    char *at;
    if (json_integer(item, "index", -1) == index && staged_tensor(self, kernel, item, false, &at)) return at;
  }
  return NULL;
}

void write_input(const broker *self, const child *kernel, const input_mix *inputs, const json *item, char *to) {
  char *from;
  const tensor *t = staged_tensor(self, kernel, item, false, &from);
  if (!t || !t->bytes) return;
  int index = (int)(t - kernel->layout.tensors);
  const char *other = inputs->variant ? place_of(self, kernel, inputs->next, index) : NULL;
  if (other) mix_tensors(to, from, other, t->bytes, inputs->seed, inputs->variant, index);
  else memcpy(to, from, t->bytes);
}

static void copy_inputs(const broker *self, const child *kernel, const input_mix *inputs) {
  for (const json *item = inputs->set ? inputs->set->first : NULL; item; item = item->next) {
    char *from;
    const tensor *t = staged_tensor(self, kernel, item, false, &from);
    if (t) write_input(self, kernel, inputs, item, memory_at(&kernel->memory, t));
  }
}

void copy_outputs(const broker *self, const child *kernel, const json *list) {
  for (const json *item = list ? list->first : NULL; item; item = item->next) {
    char *to;
    const tensor *t = staged_tensor(self, kernel, item, true, &to);
    if (t && t->bytes) memcpy(to, memory_at(&kernel->memory, t), t->bytes);
  }
}

int write_canaries(const child *kernel, int64_t entry, json_writer *reply) {
  int changed = 0;
  for (int i = 0; i < kernel->layout.count; i++) {
    const tensor *t = &kernel->layout.tensors[i];
    for (int after = 0; t->output && t->page_bytes && after < 2; after++) {
      int64_t byte = memory_canary(&kernel->memory, t, after);
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

static bool answer_is_good(const child *kernel) { return kernel->bell->outcome == OUTCOME_OK; }

static bool ring_and_wait(child *kernel, int phase, int64_t deadline_ns, int64_t spin_ns, int64_t *stamp) {
  if (phase == PHASE_PREPARE) kernel->sequence = (kernel->sequence + 1) & 0x0FFFFFFF;
  uint32_t command = kernel->sequence << 2 | (uint32_t)phase;
  doorbell_ring(kernel->bell, command);
  return child_await(kernel, command, deadline_ns, spin_ns, stamp);
}

static void load(const broker *self, child *kernel, const call_plan *plan) {
  copy_inputs(self, kernel, &plan->inputs);
  memory_poison(&kernel->memory, &kernel->layout, plan->pattern);
}

// A thawed child needs some microseconds until it spins again.
static void settle(void) {
  int64_t end = clock_ns() + SETTLE_NS;
  while (clock_ns() < end) cpu_relax();
}

// Trusted conversions need the inputs before the prepare phase. Anybody else gets them after it, frozen, so that nothing
// can be computed before the clock runs.
static bool prepare(broker *self, child *kernel, const call_plan *plan, int64_t deadline_ns, int64_t spin_ns, int64_t *thawed) {
  if (kernel->converts) load(self, kernel, plan);
  tracer_thaw(kernel);
  if (kernel->called && !kernel->converts && !ring_and_wait(kernel, PHASE_COLLECT, deadline_ns, spin_ns, NULL)) return false;
  kernel->called = true;
  kernel->bell->signature = plan->signature;
  if (!ring_and_wait(kernel, PHASE_PREPARE, deadline_ns, spin_ns, NULL) || !answer_is_good(kernel)) return false;
  if (kernel->converts) return true;
  if (!tracer_freeze(kernel)) return false;
  load(self, kernel, plan);
  *thawed = clock_ns();
  tracer_thaw(kernel);
  settle();
  return true;
}

bool kernel_call(broker *self, child *kernel, const call_plan *plan, call_times *times) {
  int64_t spin_ns = self->cores > kernel->allowed_threads ? plan->spin_ns : 0;
  int64_t deadline_ns = clock_after_ms(plan->deadline_ms), thawed = 0, end;
  kernel->deadline_ms = plan->deadline_ms;
  if (!prepare(self, kernel, plan, deadline_ns, spin_ns, &thawed)) return false;
  int64_t begin = clock_ns();
  if (!ring_and_wait(kernel, PHASE_RUN, deadline_ns, spin_ns, &end) || !answer_is_good(kernel)) return false;
  times->ns = end - begin;
  // Without conversions the outputs are final now, and the collect phase waits for the next call.
  if (kernel->converts && !ring_and_wait(kernel, PHASE_COLLECT, deadline_ns, spin_ns, NULL)) return false;
  bool frozen = tracer_freeze(kernel) && answer_is_good(kernel);
  // A child that runs its kernel outside the clock has from the thaw to the bell, and from its answer to the freeze.
  times->exposed_ns = kernel->converts ? 0 : begin - thawed + clock_ns() - end;
  return frozen;
}

const char *request_call(broker *self, const json *request, json_writer *reply, char why[static REASON_BYTES]) {
  poison pattern;
  child *kernel = child_find((int)json_integer(request, "child", 0));
  if (!kernel) return snprintf(why, REASON_BYTES, "no such child"), "child";
  if (!poison_read(&pattern, json_text(request, "poison", NULL)))
    return snprintf(why, REASON_BYTES, "poison must be an even number of hex digits, at most %d", 2 * MAX_POISON), "request";
  int64_t signature = json_integer(request, "signature", 0);
  if (signature < 0 || signature >= kernel->layout.signatures) return snprintf(why, REASON_BYTES, "the child has no such signature"), "request";
  const json *inputs = json_get(request, "inputs"), *outputs = json_get(request, "outputs");
  const char *wrong = places_check(self, kernel, inputs, false);
  if (!wrong) wrong = places_check(self, kernel, outputs, true);
  if (wrong) return snprintf(why, REASON_BYTES, "%s", wrong), "request";
  call_plan plan = {.inputs = {.set = inputs}, .signature = (uint32_t)signature, .pattern = &pattern, .deadline_ms = json_integer(request, "deadlineMs", 60000), .spin_ns = CALL_SPIN_NS};
  call_times times;
  if (!kernel_call(self, kernel, &plan, &times)) return write_failure(kernel, reply), NULL;
  copy_outputs(self, kernel, outputs);
  json_put_text(reply, "state", "done");
  json_put_integer(reply, "ns", times.ns);
  json_begin(reply, "canaries", '[');
  write_canaries(kernel, -1, reply);
  json_end(reply, ']');
  return NULL;
}
