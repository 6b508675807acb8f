// time: many calls in the order the judge drew, each on inputs that no child has seen, compared with what another child wrote for the same.
// compose: the same inputs once more, for the judge.
#include "requests.h"

#include "clock.h"
#include "cores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Beyond 50 ms the wake-up of a futex (tens of microseconds) is below 0.1 % and a spinning core is wasted.
enum { RACE_SPIN_NS = 50 * 1000 * 1000 };

// Beyond this many the judge knows enough.
enum { MAX_REPORTS = 256, MAX_VERIFIED = 4 };

// Two children of one kernel: what the first of them wrote for an input waits here for the second one's call on it.
typedef struct {
  int children[2];
  int holds;                  // child whose outputs are kept, 0 for none
  int64_t entry, set, variant;
  char *bytes;
} verified;

// The fastest call of a child among the entries [from, to): the one that a sample is made of.
typedef struct {
  const json *outputs;
  int64_t child, from, to, entry, ns;
} keeper;

typedef struct {
  broker *self;
  const json *sets, *expected, *evidence;
  uint64_t seed;
  poison pattern;
  json_writer times, exposed, mismatches, canaries;
  int mismatch_count, canary_count;
  int64_t verified_count;
  verified pairs[MAX_VERIFIED];
  int pair_count;
  keeper kept;
} schedule;

static const json *nth(const json *array, int64_t index) {
  const json *item = array ? array->first : NULL;
  while (item && index-- > 0) item = item->next;
  return index < 0 ? item : NULL;
}

static const json *inputs_of(const json *sets, int64_t set) { return json_get(nth(sets, set), "inputs"); }

// The mix of a set with the next one; false where there is no such set.
static bool read_mix(const json *sets, int64_t set, int64_t variant, uint64_t seed, input_mix *mix) {
  if (set < 0 || variant < 0 || !nth(sets, set)) return false;
  const json *next = set + 1 < (int64_t)sets->length ? inputs_of(sets, set + 1) : inputs_of(sets, 0);
  *mix = (input_mix){.set = inputs_of(sets, set), .next = next, .seed = seed, .variant = variant};
  return true;
}

static bool read_seed(const json *request, uint64_t *seed) {
  const char *text = json_text(request, "mix", "0");
  char *end;
  *seed = strtoull(text, &end, 16);
  return *text && !*end && strlen(text) <= 16;
}

static const json *expected_outputs(const schedule *plan, int64_t number, int64_t set) {
  for (const json *item = plan->expected ? plan->expected->first : NULL; item; item = item->next)
    if (json_integer(item, "child", -1) == number && json_integer(item, "set", -1) == set) return json_get(item, "outputs");
  return NULL;
}

// First byte in which an output differs, -1 when equal.
static int64_t first_difference(const char *got, const char *want, uint64_t bytes) {
  if (memcmp(got, want, bytes) == 0) return -1;
  uint64_t i = 0;
  while (got[i] == want[i]) i++;
  return (int64_t)i;
}

static void report_mismatch(schedule *plan, int64_t entry, int64_t index, int64_t byte) {
  if (plan->mismatch_count++ >= MAX_REPORTS) return;
  json_begin(&plan->mismatches, NULL, '{');
  json_put_integer(&plan->mismatches, "entry", entry);
  json_put_integer(&plan->mismatches, "index", index);
  json_put_integer(&plan->mismatches, "byte", byte);
  json_end(&plan->mismatches, '}');
}

static const char *check_expected(schedule *plan, const child *kernel, int64_t entry, int64_t set) {
  const json *outputs = expected_outputs(plan, kernel->number, set);
  for (const json *item = outputs ? outputs->first : NULL; item; item = item->next) {
    char *want;
    const tensor *t = staged_tensor(plan->self, kernel, item, true, &want);
    if (!t) return "an expected output's index is wrong or its bytes do not lie in staging";
    int64_t byte = t->bytes ? first_difference(memory_at(&kernel->memory, t), want, t->bytes) : -1;
    if (byte >= 0) report_mismatch(plan, entry, json_integer(item, "index", 0), byte);
  }
  return NULL;
}

static uint64_t output_bytes(const child *kernel) {
  uint64_t bytes = 0;
  for (int i = 0; i < kernel->layout.count; i++)
    if (kernel->layout.tensors[i].output) bytes += kernel->layout.tensors[i].bytes;
  return bytes;
}

// The bytes that wait against those just written; each output's first difference is reported, and the judge gets both versions of the first entry.
static const char *compare_pair(schedule *plan, const child *kernel, const verified *pair, int64_t entry) {
  const char *held = pair->bytes;
  bool first = plan->mismatch_count == 0;
  for (int i = 0; i < kernel->layout.count; i++) {
    const tensor *t = &kernel->layout.tensors[i];
    if (!t->output || !t->bytes) continue;
    int64_t byte = first_difference(memory_at(&kernel->memory, t), held, t->bytes);
    if (byte >= 0) report_mismatch(plan, entry, i, byte);
    held += t->bytes;
  }
  if (!first || plan->mismatch_count == 0 || !plan->evidence) return NULL;
  copy_outputs(plan->self, kernel, json_get(plan->evidence, "second"));
  const json *places = json_get(plan->evidence, "first");
  for (const json *item = places ? places->first : NULL; item; item = item->next) {
    char *to;
    const tensor *wanted = staged_tensor(plan->self, kernel, item, true, &to);
    if (!wanted) return "a place for evidence is wrong or does not lie in staging";
    held = pair->bytes;
    for (const tensor *t = kernel->layout.tensors; t < wanted; t++) held += t->output ? t->bytes : 0;
    if (wanted->bytes) memcpy(to, held, wanted->bytes);
  }
  return NULL;
}

static const char *hold(verified *pair, const child *kernel) {
  uint64_t bytes = output_bytes(kernel), at = 0;
  char *room = realloc(pair->bytes, bytes + 1);
  if (!room) return "no memory for the outputs of a call";
  pair->bytes = room;
  for (int i = 0; i < kernel->layout.count; i++) {
    const tensor *t = &kernel->layout.tensors[i];
    if (!t->output || !t->bytes) continue;
    memcpy(room + at, memory_at(&kernel->memory, t), t->bytes);
    at += t->bytes;
  }
  return NULL;
}

static const char *verify(schedule *plan, const child *kernel, int64_t entry, const input_mix *mix, int64_t set) {
  for (int i = 0; i < plan->pair_count; i++) {
    verified *pair = &plan->pairs[i];
    if (pair->children[0] != kernel->number && pair->children[1] != kernel->number) continue;
    const char *wrong = NULL;
    if (pair->holds && pair->holds != kernel->number && pair->set == set && pair->variant == mix->variant) {
      pair->holds = 0;
      plan->verified_count++;
      wrong = compare_pair(plan, kernel, pair, entry);
    } else {
      wrong = hold(pair, kernel);
      pair->holds = kernel->number, pair->entry = entry, pair->set = set, pair->variant = mix->variant;
    }
    if (wrong) return wrong;
  }
  return NULL;
}

static void keep(schedule *plan, const child *kernel, int64_t entry, int64_t ns) {
  keeper *kept = &plan->kept;
  bool wanted = kept->outputs && kernel->number == kept->child && entry >= kept->from && entry < kept->to;
  if (!wanted || (kept->entry >= 0 && ns >= kept->ns)) return;
  kept->entry = entry;
  kept->ns = ns;
  copy_outputs(plan->self, kernel, kept->outputs);
}

// One entry: NULL when it ran, else what is wrong; `failed` gets the child where the kernel failed.
static const char *run_entry(schedule *plan, const json *entry, int64_t number, int64_t deadline_ms, child **failed) {
  bool shaped = entry->length == 2 || entry->length == 3;
  child *kernel = shaped ? child_find((int)nth(entry, 0)->integer) : NULL;
  int64_t set = shaped ? nth(entry, 1)->integer : -1;
  call_plan call = {.pattern = &plan->pattern, .deadline_ms = deadline_ms, .spin_ns = RACE_SPIN_NS};
  bool mixed = read_mix(plan->sets, set, shaped && entry->length == 3 ? nth(entry, 2)->integer : 0, plan->seed, &call.inputs);
  if (!kernel || !mixed) return "a schedule entry names no child or no input set";
  const char *wrong = places_check(plan->self, kernel, call.inputs.set, false);
  if (!wrong) wrong = places_check(plan->self, kernel, call.inputs.next, false);
  if (wrong) return wrong;
  call_times times;
  if (!kernel_call(plan->self, kernel, &call, &times)) {
    *failed = kernel;
    return NULL;
  }
  json_put_integer(&plan->times, NULL, times.ns);
  json_put_integer(&plan->exposed, NULL, times.exposed_ns);
  keep(plan, kernel, number, times.ns);
  if (plan->canary_count < MAX_REPORTS)
    plan->canary_count += write_canaries(kernel, number, &plan->canaries);
  wrong = call.inputs.variant ? NULL : check_expected(plan, kernel, number, set);
  return wrong ? wrong : verify(plan, kernel, number, &call.inputs, set);
}

static void put_list(json_writer *reply, const char *key, json_writer *list) {
  json_begin(reply, key, '[');
  if (list->length) json_put_raw(reply, NULL, list->bytes, list->length);
  json_end(reply, ']');
}

static void release(schedule *plan) {
  json_clear(&plan->times), json_clear(&plan->exposed), json_clear(&plan->mismatches), json_clear(&plan->canaries);
  for (int i = 0; i < plan->pair_count; i++) free(plan->pairs[i].bytes);
}

// Pairs of children that are verified, of one layout of outputs, and the entries of which one call is kept.
static const char *read_checks(schedule *plan, const json *request) {
  const json *pairs = json_get(request, "verify"), *kept = json_get(request, "keep");
  for (const json *item = pairs ? pairs->first : NULL; item; item = item->next) {
    if (item->length != 2 || plan->pair_count == MAX_VERIFIED) return "verify must be at most 4 pairs of children";
    verified *pair = &plan->pairs[plan->pair_count++];
    child *both[2];
    for (int i = 0; i < 2; i++) both[i] = child_find(pair->children[i] = (int)nth(item, i)->integer);
    if (!both[0] || !both[1] || both[0] == both[1] || output_bytes(both[0]) != output_bytes(both[1]))
      return "verify names a child that is not there, or two that differ in their outputs";
  }
  plan->kept = (keeper){.outputs = json_get(kept, "outputs"), .child = json_integer(kept, "child", 0), .entry = -1};
  plan->kept.from = json_integer(kept, "from", 0);
  plan->kept.to = json_integer(kept, "to", 0);
  child *keeps = child_find((int)plan->kept.child);
  if (kept && !keeps) return "keep names no child";
  return kept ? places_check(plan->self, keeps, plan->kept.outputs, true) : NULL;
}

static void write_reply(schedule *plan, json_writer *reply) {
  put_list(reply, "ns", &plan->times);
  put_list(reply, "exposedNs", &plan->exposed);
  put_list(reply, "mismatches", &plan->mismatches);
  put_list(reply, "canaries", &plan->canaries);
  json_put_integer(reply, "verified", plan->verified_count);
  if (plan->kept.entry >= 0) json_put_integer(reply, "kept", plan->kept.entry);
}

// The kernels of a schedule, each once.
static int kernels_of(const json *entries, child *found[MAX_CHILDREN]) {
  int count = 0;
  for (const json *entry = entries->first; entry; entry = entry->next) {
    child *kernel = entry->first ? child_find((int)entry->first->integer) : NULL;
    bool known = !kernel || count == MAX_CHILDREN;
    for (int i = 0; i < count && !known; i++) known = found[i] == kernel;
    if (!known) found[count++] = kernel;
  }
  return count;
}

const char *request_time(broker *self, const json *request, json_writer *reply, char why[static REASON_BYTES]) {
  const json *entries = json_get(request, "schedule");
  schedule plan = {.self = self, .sets = json_get(request, "sets"), .expected = json_get(request, "expected"),
                   .evidence = json_get(request, "evidence")};
  if (!entries || entries->kind != JSON_ARRAY) return snprintf(why, REASON_BYTES, "schedule must be a list"), "request";
  if (!poison_read(&plan.pattern, json_text(request, "poison", NULL)))
    return snprintf(why, REASON_BYTES, "poison must be an even number of hex digits, at most %d", 2 * MAX_POISON), "request";
  if (!read_seed(request, &plan.seed)) return snprintf(why, REASON_BYTES, "mix must be at most 16 hex digits"), "request";
  int64_t deadline_ms = json_integer(request, "deadlineMs", 60000), number = 0;
  int64_t end_ns = clock_after_ms(json_integer(request, "budgetMs", 600000));
  child *failed = NULL;
  const char *wrong = read_checks(&plan, request);
  bool over_budget = false;
  child *kernels[MAX_CHILDREN];
  cores_part(kernels, kernels_of(entries, kernels));
  for (const json *entry = entries->first; entry && !failed && !wrong; entry = entry->next, number++) {
    over_budget = clock_ns() > end_ns;
    if (over_budget) break;
    wrong = run_entry(&plan, entry, number, deadline_ms, &failed);
  }
  cores_rejoin();
  if (!wrong) write_reply(&plan, reply);
  release(&plan);
  if (wrong) return snprintf(why, REASON_BYTES, "%s", wrong), "request";
  if (!failed) return json_put_text(reply, "state", over_budget ? "budget" : "done"), NULL;
  json_put_integer(reply, "entry", number - 1);
  json_put_integer(reply, "child", failed->number);
  write_failure(failed, reply);
  return NULL;
}

const char *request_compose(broker *self, const json *request, json_writer *reply, char why[static REASON_BYTES]) {
  (void)reply;
  const child *kernel = child_find((int)json_integer(request, "child", 0));
  if (!kernel) return snprintf(why, REASON_BYTES, "no such child"), "child";
  input_mix mix;
  uint64_t seed;
  const char *wrong = read_seed(request, &seed) ? NULL : "mix must be at most 16 hex digits";
  if (!wrong && !read_mix(json_get(request, "sets"), json_integer(request, "set", -1), json_integer(request, "variant", 0), seed, &mix))
    wrong = "there is no such input set";
  const json *places = json_get(request, "inputs");
  if (!wrong) wrong = places_check(self, kernel, places, false);
  if (!wrong) wrong = places_check(self, kernel, mix.set, false);
  if (!wrong) wrong = places_check(self, kernel, mix.next, false);
  if (wrong) return snprintf(why, REASON_BYTES, "%s", wrong), "request";
  for (const json *item = mix.set ? mix.set->first : NULL; item; item = item->next)
    for (const json *place = places ? places->first : NULL; place; place = place->next) {
      char *to;
      bool same = json_integer(place, "index", -1) == json_integer(item, "index", -2);
      if (same && staged_tensor(self, kernel, place, false, &to)) write_input(self, kernel, &mix, item, to);
    }
  return NULL;
}
