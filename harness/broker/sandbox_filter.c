// The seccomp filter: a BPF program built from the lists of permitted and forbidden calls. With a tracer a denial stops the child there,
// so that it can be named, and the tracer knows whether the kernel is still being loaded; without one the call fails with EPERM.
#include "filter_program.h"
#include "forbidden.h"
#include "permitted.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// The flags of a thread as the C library makes it. More of them would hide it from the tracer (CLONE_UNTRACED) or make another kind of process.
#define THREAD_FLAGS                                                                                                              \
  (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | \
   CLONE_CHILD_CLEARTID)

static void load_argument(filter_program *p, int index) {
  filter_emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)(offsetof(struct seccomp_data, args) + 8 * (size_t)index));
}

// Each condition ends with the verdict "deny" by falling into `deny`, or with "allow".
static void emit_verdicts(filter_program *p) {
  filter_emit(p, BPF_RET | BPF_K, 0, 0, p->deny);
  filter_emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
}

static void deny_if_bits(filter_program *p, uint32_t bits) {
  filter_emit(p, BPF_JMP | BPF_JSET | BPF_K, 0, 1, bits);
  emit_verdicts(p);
}

static void deny_unless_equal(filter_program *p, uint32_t value) {
  filter_emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, value);
  emit_verdicts(p);
}

static void emit_options(filter_program *p) {
  static const uint32_t denied[] = {PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_MM, PR_SET_DUMPABLE, 59 /* syscall dispatch */};
  static const uint32_t harmless[] = {PR_SET_NAME, PR_GET_NAME, PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_GET_SECCOMP, PR_CAPBSET_READ,
                                      PR_SET_TIMERSLACK, PR_GET_TIMERSLACK, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS,
                                      PR_SET_THP_DISABLE, PR_GET_THP_DISABLE, 0x53564d41 /* PR_SET_VMA: names for memory */};
  for (size_t i = 0; i < sizeof denied / sizeof *denied; i++) {
    filter_emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, denied[i]);
    filter_emit(p, BPF_RET | BPF_K, 0, 0, p->deny);
  }
  for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
    filter_emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, harmless[i]);
    filter_emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
  }
  filter_emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EINVAL);
}

// Asking for the current action (a null pointer) is harmless, and so are the two signals that the C library keeps for
// itself and catches when it makes its first thread.
static void emit_handler(filter_program *p) {
  const uint32_t pointer = offsetof(struct seccomp_data, args) + 8;
  load_argument(p, 0);
  filter_emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 32);
  filter_emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 33);
  filter_emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
  filter_emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, pointer);
  filter_emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0);
  filter_emit(p, BPF_RET | BPF_K, 0, 0, p->deny);
  // An object can lie at a multiple of 4 GiB, so the high half counts too.
  filter_emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, pointer + 4);
  deny_unless_equal(p, 0);
}

static void emit_condition(filter_program *p, const forbidden_call *call, const sandbox_spec *spec) {
  load_argument(p, call->argument);
  switch (call->when) {
    case UNLESS_OWN:
      filter_emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
      filter_emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
      deny_unless_equal(p, (uint32_t)getpid());
      return;
    case UNLESS_SELF: deny_unless_equal(p, (uint32_t)getpid()); return;
    case IF_HANDLER: emit_handler(p); return;
    case IF_WRITING: deny_if_bits(p, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC); return;
    case IF_EXECUTABLE: deny_if_bits(p, PROT_EXEC); return;
    case IF_CODE:
      filter_emit(p, BPF_JMP | BPF_JSET | BPF_K, 1, 0, PROT_EXEC);
      filter_emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
      // A tracer tells code of a file during the load from later; without one only the first phase is kept.
      if (spec->traced) filter_emit(p, BPF_RET | BPF_K, 0, 0, p->deny);
      load_argument(p, call->argument + 1);
      deny_if_bits(p, MAP_ANONYMOUS);
      return;
    case UNLESS_THREAD:
      if (spec->threads > 1) deny_unless_equal(p, THREAD_FLAGS);
      else filter_emit(p, BPF_RET | BPF_K, 0, 0, p->deny);
      return;
    case IF_PROCESS_OPTION: emit_options(p); return;
    case ALWAYS:
    case PATH_WRITE: filter_emit(p, BPF_RET | BPF_K, 0, 0, p->deny); return;
  }
}

static void emit_call(filter_program *p, const forbidden_call *call, const sandbox_spec *spec) {
  if (spec->jit && (call->when == IF_EXECUTABLE || call->when == IF_CODE)) return;
  unsigned short jump = p->length;
  filter_emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, (uint32_t)call->number);
  emit_condition(p, call, spec);
  p->code[jump].jf = (unsigned char)(p->length - jump - 1);
}

// Calls at the front of the list that have no conditions: futex, madvise, munmap.
enum { HOT_CALLS = 3 };

static void emit_permitted(filter_program *p, int from, int to) {
  for (int i = from; i < to; i++) filter_answer(p, permitted_calls[i], SECCOMP_RET_ALLOW);
}

bool sandbox_install_filter(const sandbox_spec *spec, char why[static REASON_BYTES]) {
  filter_program p = {.deny = spec->traced ? SECCOMP_RET_TRACE : SECCOMP_RET_ERRNO | EPERM};
  filter_begin(&p);
  emit_permitted(&p, 0, HOT_CALLS);
  for (int i = 0; i < forbidden_count; i++) emit_call(&p, &forbidden_calls[i], spec);
  emit_permitted(&p, HOT_CALLS, permitted_count);
  filter_emit(&p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS);
  return filter_install(&p, why);
}
