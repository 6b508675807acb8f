// Ringing, waiting and answering. The sleeper flag and the words are sequentially consistent, so that either the ringer sees
// the sleeper or the sleeper's futex call sees the new word.
#include "doorbell.h"

#include "clock.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// The broker runs an armed child within microseconds unless the machine is overloaded. By the clock: `pause` takes 40 to 140 cycles by
// processor. Between two looks at it lie microseconds; a longer gap is time in which the child was frozen or off its core, and does not count.
enum { ARMED_NS = 2 * 1000 * 1000, LOOKS_PER_CLOCK = 64, GAP_NS = 100 * 1000 };

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
  int64_t spun = armed && bell->spin ? 0 : ARMED_NS;
  for (int64_t now = clock_ns(), then; spun < ARMED_NS; spun += now - then < GAP_NS ? now - then : 0) {
    for (int i = 0; i < LOOKS_PER_CLOCK; i++) {
      command = atomic_load_explicit(&bell->command, memory_order_acquire);
      if (command != last) return command;
      cpu_relax();
    }
    // Where lanes share cores, the broker may wait for this one.
    sched_yield();
    then = now;
    now = clock_ns();
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
