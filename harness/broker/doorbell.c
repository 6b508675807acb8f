// Ringing, waiting and answering. The sleeper flag and the words are sequentially consistent, so that either the ringer sees
// the sleeper or the sleeper's futex call sees the new word.
#include "doorbell.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// About 2 ms of `pause`; the broker runs an armed child within microseconds unless the machine is overloaded.
enum { ARMED_SPINS = 50000 };

int futex_wait(_Atomic uint32_t *word, uint32_t expected, int64_t timeout_ns) {
  struct timespec limit = {timeout_ns / 1000000000, timeout_ns % 1000000000};
  long result = syscall(SYS_futex, word, FUTEX_WAIT, expected, timeout_ns < 0 ? NULL : &limit, NULL, 0);
  return result == 0 ? 0 : errno;
}

void futex_wake(_Atomic uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0); }

void doorbell_ring(doorbell *bell, uint32_t command) {
  atomic_store(&bell->command, command);
  if (atomic_load(&bell->child_sleeps)) futex_wake(&bell->command);
}

uint32_t doorbell_wait(doorbell *bell, uint32_t last, bool armed) {
  uint32_t command;
  if (armed && bell->spin)
    for (int i = 0; i < ARMED_SPINS; i++) {
      command = atomic_load_explicit(&bell->command, memory_order_acquire);
      if (command != last) return command;
      cpu_relax();
    }
  atomic_store(&bell->child_sleeps, 1);
  while ((command = atomic_load(&bell->command)) == last) futex_wait(&bell->command, last, -1);
  atomic_store(&bell->child_sleeps, 0);
  return command;
}

void doorbell_answer(doorbell *bell, uint32_t command) {
  atomic_store(&bell->answer, command);
  futex_wake(&bell->answer);
}
