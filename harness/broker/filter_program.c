// Instructions of classic BPF, one after the other.
#include "filter_program.h"

#include "rights.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

// Numbers from here on belong to the x32 ABI of x86-64.
#define X32_NUMBERS 0x40000000u

void filter_emit(filter_program *p, unsigned short code, unsigned char yes, unsigned char no, uint32_t k) {
  p->code[p->length++] = (struct sock_filter){code, yes, no, k};
}

void filter_answer(filter_program *p, long number, uint32_t verdict) {
  filter_emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (uint32_t)number);
  filter_emit(p, BPF_RET | BPF_K, 0, 0, verdict);
}

void filter_begin(filter_program *p) {
  filter_emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
  filter_emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, NATIVE_ARCHITECTURE);
  filter_emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
  filter_emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
  filter_emit(p, BPF_JMP | BPF_JGE | BPF_K, 0, 1, X32_NUMBERS);
  filter_emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
  filter_answer(p, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
}

bool filter_install(const filter_program *p, char why[static REASON_BYTES]) {
  struct sock_fprog filter = {p->length, (struct sock_filter *)p->code};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 || rights_fail(why, "seccomp filter");
}
