// time: many calls in the order the judge drew, each checked against the bytes its child gave for the same input set.
#include "requests.h"

#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Beyond 50 ms the wake-up of a futex (tens of microseconds) is below 0.1 % and a spinning core is wasted.
enum { RACE_SPIN_NS = 50 * 1000 * 1000 };

// Beyond this many the judge knows enough.
enum { MAX_REPORTS = 256 };

typedef struct {
  broker *self;
  const json *sets, *expected;
  poison pattern;
  json_writer times, mismatches, canaries;
  int mismatch_count, canary_count;
} schedule;

static const json *nth(const json *array, int64_t index) {
  const json *item = array ? array->first : NULL;
  while (item && index-- > 0) item = item->next;
  return index < 0 ? item : NULL;
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

static const char *check_outputs(schedule *plan, const child *kernel, int64_t entry, int64_t set) {
  const json *outputs = expected_outputs(plan, kernel->number, set);
  for (const json *item = outputs ? outputs->first : NULL; item; item = item->next) {
    char *want;
    const tensor *t = staged_tensor(plan->self, kernel, item, true, &want);
    if (!t) return "an expected output's index is wrong or its bytes do not lie in staging";
    int64_t byte = t->bytes ? first_difference(memory_at(&kernel->memory, t), want, t->bytes) : -1;
    if (byte < 0 || plan->mismatch_count >= MAX_REPORTS) continue;
    plan->mismatch_count++;
    json_begin(&plan->mismatches, NULL, '{');
    json_put_integer(&plan->mismatches, "entry", entry);
    json_put_integer(&plan->mismatches, "index", json_integer(item, "index", 0));
    json_put_integer(&plan->mismatches, "byte", byte);
    json_end(&plan->mismatches, '}');
  }
  if (plan->canary_count < MAX_REPORTS)
    plan->canary_count += write_canaries(kernel, entry, &plan->canaries);
  return NULL;
}

// One entry: NULL when it ran, else what is wrong; `failed` gets the child where the kernel failed.
static const char *run_entry(schedule *plan, const json *entry, int64_t number, int64_t deadline_ms, child **failed) {
  int64_t set = entry->length == 2 ? nth(entry, 1)->integer : -1;
  child *kernel = entry->length == 2 ? child_find((int)nth(entry, 0)->integer) : NULL;
  const json *inputs = nth(plan->sets, set);
  if (!kernel || set < 0 || !inputs) return "a schedule entry names no child or no input set";
  call_plan call = {.inputs = json_get(inputs, "inputs"), .pattern = &plan->pattern, .deadline_ms = deadline_ms, .spin_ns = RACE_SPIN_NS};
  const char *wrong = places_check(plan->self, kernel, call.inputs, false);
  if (wrong) return wrong;
  int64_t ns;
  if (!kernel_call(plan->self, kernel, &call, &ns)) {
    *failed = kernel;
    return NULL;
  }
  json_put_integer(&plan->times, NULL, ns);
  return check_outputs(plan, kernel, number, set);
}

static void put_list(json_writer *reply, const char *key, json_writer *list) {
  json_begin(reply, key, '[');
  if (list->length) json_put_raw(reply, NULL, list->bytes, list->length);
  json_end(reply, ']');
  json_clear(list);
}

const char *request_time(broker *self, const json *request, json_writer *reply, char why[static REASON_BYTES]) {
  const json *entries = json_get(request, "schedule");
  schedule plan = {.self = self, .sets = json_get(request, "sets"), .expected = json_get(request, "expected")};
  if (!entries || entries->kind != JSON_ARRAY) return snprintf(why, REASON_BYTES, "schedule must be a list"), "request";
  if (!poison_read(&plan.pattern, json_text(request, "poison", NULL)))
    return snprintf(why, REASON_BYTES, "poison must be an even number of hex digits, at most %d", 2 * MAX_POISON), "request";
  int64_t deadline_ms = json_integer(request, "deadlineMs", 60000), number = 0;
  int64_t end_ns = clock_after_ms(json_integer(request, "budgetMs", 600000));
  child *failed = NULL;
  const char *wrong = NULL;
  bool over_budget = false;
  for (const json *entry = entries->first; entry && !failed && !wrong; entry = entry->next, number++) {
    over_budget = clock_ns() > end_ns;
    if (over_budget) break;
    wrong = run_entry(&plan, entry, number, deadline_ms, &failed);
  }
  if (wrong) {
    json_clear(&plan.times), json_clear(&plan.mismatches), json_clear(&plan.canaries);
    return snprintf(why, REASON_BYTES, "%s", wrong), "request";
  }
  put_list(reply, "ns", &plan.times);
  put_list(reply, "mismatches", &plan.mismatches);
  put_list(reply, "canaries", &plan.canaries);
  if (!failed) return json_put_text(reply, "state", over_budget ? "budget" : "done"), NULL;
  json_put_integer(reply, "entry", number - 1);
  json_put_integer(reply, "child", failed->number);
  write_failure(failed, reply);
  return NULL;
}
