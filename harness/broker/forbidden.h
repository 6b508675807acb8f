// The system calls that no kernel needs, and the conditions of permitted ones, with the category under which a denial is reported.
#ifndef OPENXPU_FORBIDDEN_H
#define OPENXPU_FORBIDDEN_H

#include <stdbool.h>
#include <stdint.h>

// When a listed call is forbidden. ARGUMENT conditions look at one argument, counted from 0.
typedef enum {
  ALWAYS,
  UNLESS_SELF,          // a process id other than the caller's own
  UNLESS_OWN,           // the same, but 0 is the caller too
  IF_HANDLER,           // a new action for a signal
  IF_WRITING,           // open flags that write or create; the tracer then looks at the path
  PATH_WRITE,           // always changes a path; the tracer looks at which
  IF_EXECUTABLE,        // PROT_EXEC, unless the worker needs generated code
  IF_CODE,              // PROT_EXEC on memory without a file, and of a file after the load: that is the second phase
  UNLESS_THREAD,        // clone for anything but a thread as the C library makes it, or any clone when one thread is allowed
  IF_PROCESS_OPTION,    // prctl options that loosen the sandbox
} forbidden_when;

typedef struct {
  long number;
  const char *name;
  const char *category; // process, network, file, memory, system
  forbidden_when when;
  int argument;         // that the condition looks at: the flags of an open, the path of a PATH_WRITE
} forbidden_call;

extern const forbidden_call forbidden_calls[];
extern const int forbidden_count;

const forbidden_call *forbidden_find(long number);
// The argument that holds the path of a file call, or -1.
int forbidden_path_argument(const forbidden_call *call);

#endif
