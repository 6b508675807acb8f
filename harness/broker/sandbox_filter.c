// The seccomp filter: a BPF program built from the list of forbidden calls. With a tracer a denial stops the child there,
// so that it can be named; without one the call fails with EPERM.
#include "forbidden.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

// Numbers from here on belong to the x32 ABI of x86-64.
#define X32_NUMBERS 0x40000000u

enum { MAX_INSTRUCTIONS = 768 };

typedef struct {
  struct sock_filter code[MAX_INSTRUCTIONS];
  unsigned short length;
  unsigned deny;
} program;

static void emit(program *p, unsigned short code, unsigned char yes, unsigned char no, uint32_t k) {
  p->code[p->length++] = (struct sock_filter){code, yes, no, k};
}

static void load_argument(program *p, int index) {
  emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)(offsetof(struct seccomp_data, args) + 8 * (size_t)index));
}

// Each condition ends with the verdict "deny" by falling into `deny`, or with "allow".
static void emit_verdicts(program *p) {
  emit(p, BPF_RET | BPF_K, 0, 0, p->deny);
  emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
}

static void deny_if_bits(program *p, uint32_t bits) {
  emit(p, BPF_JMP | BPF_JSET | BPF_K, 0, 1, bits);
  emit_verdicts(p);
}

static void deny_unless_equal(program *p, uint32_t value) {
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, value);
  emit_verdicts(p);
}

static void emit_options(program *p) {
  static const uint32_t options[] = {PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_MM, PR_SET_DUMPABLE, 59 /* syscall dispatch */};
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, options[i]);
    emit(p, BPF_RET | BPF_K, 0, 0, p->deny);
  }
  emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
}

// Asking for the current action (a null pointer) is harmless, and so are the two signals that the C library keeps for
// itself and catches when it makes its first thread.
static void emit_handler(program *p) {
  const uint32_t pointer = offsetof(struct seccomp_data, args) + 8;
  load_argument(p, 0);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 32);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 33);
  emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
  emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, pointer);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0);
  emit(p, BPF_RET | BPF_K, 0, 0, p->deny);
  // An object can lie at a multiple of 4 GiB, so the high half counts too.
  emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, pointer + 4);
  deny_unless_equal(p, 0);
}

static void emit_condition(program *p, const forbidden_call *call, const sandbox_spec *spec) {
  load_argument(p, call->argument);
  switch (call->when) {
    case UNLESS_SELF: deny_unless_equal(p, (uint32_t)getpid()); return;
    case IF_HANDLER: emit_handler(p); return;
    case IF_WRITING: deny_if_bits(p, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC); return;
    case IF_EXECUTABLE: deny_if_bits(p, PROT_EXEC); return;
    case IF_ANONYMOUS_CODE:
      emit(p, BPF_JMP | BPF_JSET | BPF_K, 1, 0, PROT_EXEC);
      emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
      load_argument(p, call->argument + 1);
      deny_if_bits(p, MAP_ANONYMOUS);
      return;
    case UNLESS_THREAD:
      emit(p, BPF_JMP | BPF_JSET | BPF_K, spec->threads > 1, 0, CLONE_THREAD);
      emit_verdicts(p);
      return;
    case IF_PROCESS_OPTION: emit_options(p); return;
    case ALWAYS:
    case PATH_WRITE: emit(p, BPF_RET | BPF_K, 0, 0, p->deny); return;
  }
}

static void emit_call(program *p, const forbidden_call *call, const sandbox_spec *spec) {
  if (spec->jit && (call->when == IF_EXECUTABLE || call->when == IF_ANONYMOUS_CODE)) return;
  unsigned short jump = p->length;
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, (uint32_t)call->number);
  emit_condition(p, call, spec);
  p->code[jump].jf = (unsigned char)(p->length - jump - 1);
}

bool sandbox_install_filter(const sandbox_spec *spec, char why[static REASON_BYTES]) {
  program p = {.deny = spec->traced ? SECCOMP_RET_TRACE : SECCOMP_RET_ERRNO | EPERM};
  emit(&p, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
  emit(&p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, NATIVE_ARCHITECTURE);
  emit(&p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
  emit(&p, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
  emit(&p, BPF_JMP | BPF_JGE | BPF_K, 0, 1, X32_NUMBERS);
  emit(&p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
  emit(&p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_clone3);
  emit(&p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS);
  for (int i = 0; i < forbidden_count; i++) emit_call(&p, &forbidden_calls[i], spec);
  emit(&p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
  struct sock_fprog filter = {p.length, p.code};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0) return true;
  snprintf(why, REASON_BYTES, "seccomp filter: %s", strerror(errno));
  return false;
}
