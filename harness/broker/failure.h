// What a kernel did instead of finishing, as the judge reads it.
#ifndef OPENXPU_FAILURE_H
#define OPENXPU_FAILURE_H

#include "json.h"
#include "layout.h"

typedef enum {
  FAILURE_NONE,
  FAILURE_DECLINED,
  FAILURE_RAISED,
  FAILURE_LOAD,
  FAILURE_FAULT,
  FAILURE_SIGNAL,
  FAILURE_EXIT,
  FAILURE_DENIED,
  FAILURE_TIMEOUT,
  FAILURE_CONTROL,            // gave the processor's floating-point control back changed
  FAILURE_RESTLESS,           // a thread of it ran while it was frozen
} failure_kind;

typedef struct {
  failure_kind kind;
  int signal;
  int status;                 // of an exit
  uint64_t address;           // of a fault
  bool advisory;              // the address comes from the child itself
  int tensor;                 // that the address belongs to, -1 for none
  const char *region;         // guard_before, guard_after, sealed
  int64_t byte;               // of the fault, from the tensor's first byte
  const char *syscall;
  const char *category;
  int64_t deadline_ms;
  char error_kind[64];
  char message[2048];         // the worker's words, or the path of a denied file call
} failure;

// Finds the tensor that `address` of a fault belongs to; `region` is the child's address of the layout.
void failure_locate(failure *fault, const layout *tensors, uint64_t region);
void failure_write(const failure *fault, const layout *tensors, json_writer *out);

#endif
