// The one clock of a run: CLOCK_MONOTONIC of the broker, in nanoseconds.
#ifndef OPENXPU_CLOCK_H
#define OPENXPU_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t clock_after_ms(int64_t milliseconds) { return clock_ns() + milliseconds * 1000000; }

#endif
