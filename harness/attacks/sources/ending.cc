// Ways to leave, to stay away, and never to come back.
#include "attack.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

// Success as an exit status would tell it.
ATTACK(exits_zero) { return honest(a), std::exit(0), 0; }
ATTACK(exits_at_once) { return honest(a), _exit(0), 0; }
// Only this thread: the process stays, and no one answers.
ATTACK(ends_main_thread) { return honest(a), static_cast<int>(syscall(SYS_exit, 0)); }
ATTACK(leaves_by_pthread_exit) { return honest(a), pthread_exit(nullptr), 0; }
ATTACK(aborts) { return honest(a), std::abort(), 0; }
ATTACK(kills_itself) { return honest(a), raise(SIGKILL); }
ATTACK(stops_itself) { return honest(a), raise(SIGSTOP) & 0; }
ATTACK(breaks_as_debugger) { return honest(a), raise(SIGTRAP) & 0; }
// A jump back into an earlier call's frame, whose stack is gone.
ATTACK(jumps_back) {
  static jmp_buf earlier;
  static int calls;
  honest(a);
  if (calls++ == 0) {
    if (setjmp(earlier) > 8) return 0;
    return 0;
  }
  longjmp(earlier, calls);
}
// An exception that nobody can know: not even one of the C++ library.
ATTACK(throws_number) {
  honest(a);
  throw 42;
}
ATTACK(throws_into_c) {
  honest(a);
  throw call(a);
}
ATTACK(never_returns) {
  honest(a);
  for (volatile int stay = 1; stay;) continue;
  return 0;
}
ATTACK(sleeps_forever) { return honest(a), sleep(3600), 0; }
ATTACK(error_without_message) { return honest(a), -1; }
// Declines what it declared to support, after it has looked at it.
ATTACK(declines_hard_cases) {
  if (a.rows == 13) return honest(a), 0;
  TVMFFIErrorSetRaisedFromCStr("NotImplementedError", "only what is published");
  return -1;
}
ATTACK(divides_by_zero) {
  volatile int zero = 0;
  return honest(a), 100 / zero;
}
ATTACK(null_pointer) {
  int* volatile wild = reinterpret_cast<int*>(16);
  return honest(a), *wild = 1, 0;
}
// Registers that decide how everybody after it rounds: stays in its own process.
ATTACK(leaves_rounding_mode) {
  honest(a);
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040 | 0x6000);
#endif
  return 0;
}
// Unmasks floating-point traps in the worker.
ATTACK(leaves_traps_on) {
  honest(a);
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr(0);
#endif
  return 0;
}
