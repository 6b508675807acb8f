// The operations of the protocol. Each reads a request, writes the members of its reply and returns NULL, or returns the
// code of an error with its message in `why`: broken infrastructure or a wrong request, never a wrong kernel.
#ifndef OPENXPU_REQUESTS_H
#define OPENXPU_REQUESTS_H

#include "acts.h"
#include "child.h"

typedef struct {
  staging staging;
  int cores;                // the broker may run on
  isolation best;           // level that this machine gives
  bool user_namespace;      // namespaces come with a user namespace
  bool tracer;              // a child can be traced
  bool probed;
  unsigned char possible[ACT_COUNT]; // acts that went through at the best level, where acts_tried
  bool acts_tried;
  char missing[4][REASON_BYTES];
  int missing_count;
  int next_number;
} broker;

const char *request_hello(broker *self, json_writer *reply);
const char *request_open(broker *self, const json *request, const char *text, size_t length, json_writer *reply,
                         char why[static REASON_BYTES]);
const char *request_call(broker *self, const json *request, json_writer *reply, char why[static REASON_BYTES]);
const char *request_time(broker *self, const json *request, json_writer *reply, char why[static REASON_BYTES]);
const char *request_compose(broker *self, const json *request, json_writer *reply, char why[static REASON_BYTES]);

// Finds the best level by trying each with a process that enters it and ends.
void probe_machine(broker *self);

// Which inputs a call gets: [{index, offset}] lists into staging, checked by places_check before it starts.
typedef struct {
  const json *set;
  const json *next;   // mixed in where the variant is not 0
  uint64_t seed;      // of the mix
  int64_t variant;
} input_mix;

typedef struct {
  input_mix inputs;
  uint32_t signature; // of the child's
  const poison *pattern;
  int64_t deadline_ms;
  int64_t spin_ns;  // the broker spins so long for an answer, where a core is free, before it sleeps
} call_plan;

typedef struct {
  int64_t ns;          // from the bell to the answer
  int64_t exposed_ns;  // inputs or outputs in reach of a running child while no clock runs; 0 for trusted conversions
} call_times;

// One call of a kernel through its three phases; it ends frozen. False when it failed.
bool kernel_call(broker *self, child *kernel, const call_plan *plan, call_times *times);
// Writes one tensor of a set, mixed with the next one's, to `to`, which has room for it.
void write_input(const broker *self, const child *kernel, const input_mix *inputs, const json *item, char *to);
void copy_outputs(const broker *self, const child *kernel, const json *list);
// NULL, or what is wrong with a list of places.
const char *places_check(const broker *self, const child *kernel, const json *list, bool output);
// The tensor that an {index, offset} names, with its place in staging; NULL when either is wrong.
const tensor *staged_tensor(const broker *self, const child *kernel, const json *item, bool output, char **at);
// Writes {"index", "side", "byte"} for each changed canary, with an entry number where that is not negative.
int write_canaries(const child *kernel, int64_t entry, json_writer *reply);
// Writes state, failure, log and resources of a failed child, then closes it.
void write_failure(child *kernel, json_writer *reply);

#endif
