// The worker's side: what a zygote and its children call, from C or from Python through ctypes.
#ifndef OPENXPU_WORKER_H
#define OPENXPU_WORKER_H

#include "doorbell.h"
#include "layout.h"

typedef struct worker worker;

// Zygote: tells the broker that imports are done; `report` is a JSON object of at most 60 KiB.
bool openxpu_report(const char *report);
// Zygote: waits for a fork request, clones and replies. Returns 1 in the zygote, 0 in the child (with `child` set), -1
// when the broker has gone. The `prepare`, `parent` and `child_side` hooks stand around the clone; each may be NULL.
int openxpu_fork(worker **child, void (*prepare)(void), void (*parent)(void), void (*child_side)(void));

// Child: text of the open request, a JSON object.
const char *openxpu_request(worker *child, size_t *length);
// Child: maps the tensors, enters the sandbox and says so; ends the process when it cannot. `jit` allows generated code,
// `converts` says that trusted conversions of inputs and outputs surround the run phase.
void openxpu_enter(worker *child, bool converts, bool jit);
// Child: address of the first byte of a tensor, NULL where it has no memory.
void *openxpu_address(const worker *child, int index);
// Child: which of its signatures the current command is for.
int openxpu_signature(const worker *child);
// Child: answers the current command. `outcome` is one of OUTCOME_*; kind and message may be NULL.
void openxpu_answer(worker *child, int outcome, const char *kind, const char *message);
// Child: waits for the next command and returns its phase.
int openxpu_wait(worker *child);

// For workers in C: the layout that the child mapped, and the request that it parsed.
const layout *openxpu_layout(const worker *child);
const json *openxpu_document(const worker *child);

#endif
