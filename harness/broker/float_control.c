// Registers through ptrace: nothing that runs in the child has a word in it.
#include "float_control.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#if defined(__x86_64__)
typedef struct user_fpregs_struct float_registers;
// The low six bits of MXCSR say what has happened, not what shall happen.
enum { STATUS_BITS = 0x3F };
static float_control control_of(const float_registers *registers) {
  return (float_control){true, registers->mxcsr & ~(uint32_t)STATUS_BITS, registers->cwd};
}
float_control float_control_initial(void) { return (float_control){true, 0x1F80, 0x37F}; }
#elif defined(__aarch64__)
typedef struct user_fpsimd_struct float_registers;
static float_control control_of(const float_registers *registers) { return (float_control){true, registers->fpcr, 0}; }
float_control float_control_initial(void) { return (float_control){true, 0, 0}; }
#endif

float_control float_control_read(pid_t thread) {
  float_registers registers;
  struct iovec part = {&registers, sizeof registers};
  if (ptrace(PTRACE_GETREGSET, thread, (void *)NT_PRFPREG, &part) != 0) return (float_control){0};
  return control_of(&registers);
}

bool float_control_same(float_control one, float_control other) {
  return !one.known || !other.known || (one.vector == other.vector && one.x87 == other.x87);
}
