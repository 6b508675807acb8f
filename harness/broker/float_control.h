// The floating-point control of a thread: rounding, flushing, exceptions. A function gives it back as it found it (System V ABI for x86-64, 3.2.1).
#ifndef OPENXPU_FLOAT_CONTROL_H
#define OPENXPU_FLOAT_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
  bool known;               // false where the processor's registers cannot be read
  uint32_t vector;          // MXCSR without its status bits; FPCR on aarch64
  uint32_t x87;             // control word, 0 elsewhere
} float_control;

// Reads it from a stopped, traced thread.
float_control float_control_read(pid_t thread);
// What a new process has.
float_control float_control_initial(void);
bool float_control_same(float_control one, float_control other);

#endif
