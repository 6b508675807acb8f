// A kernel that takes over the doorbell: from its second call on it never returns to the worker, answers by itself, and
// looks for the inputs while the broker waits for its answer to the prepare phase, when no clock runs.
// y[0] = x[0] + 1; y[1] = 1 where the new x[0] was there before the prepare phase was answered.
#include "doorbell.h"

#include <tvm/ffi/c_api.h>

#include <errno.h>
#include <time.h>
#include <unistd.h>

// A system call that reads from `at` says EFAULT where a load would end the process.
static int readable(const void *at) { return access(at, F_OK) == 0 || errno != EFAULT; }

// The page where the command is a RUN and the answer is still the PREPARE before it.
static doorbell *as_bell(uintptr_t word) {
  doorbell *bell = (doorbell *)word;
  if (word == 0 || word % 4096 != 0 || !readable(bell)) return NULL;
  uint32_t command = bell->command;
  return (command & 3) == PHASE_RUN && bell->answer == command - 1 ? bell : NULL;
}

// The worker's frame holds a pointer to its own struct, and that one to the page.
static doorbell *find_bell(const uintptr_t *stack) {
  for (int i = 0; i < 512; i++) {
    const uintptr_t *object = (const uintptr_t *)stack[i];
    if (stack[i] % 8 != 0 || stack[i] < 4096) continue;
    for (int j = 0; j < 8192 && readable(&object[j]); j++) {
      doorbell *bell = as_bell(object[j]);
      if (bell) return bell;
    }
  }
  return NULL;
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000ll + now.tv_nsec;
}

int __tvm_ffi_thief(void *self, const TVMFFIAny *args, int32_t count, TVMFFIAny *result) {
  (void)self, (void)count, (void)result;
  volatile float *in = ((DLTensor *)args[0].v_ptr)->data, *out = ((DLTensor *)args[1].v_ptr)->data;
  doorbell *bell = find_bell(__builtin_frame_address(0));
  out[0] = in[0] + 1;
  out[1] = bell == NULL ? -1 : 0;
  if (!bell) return 0;
  uint32_t command = bell->command;
  float last = in[0], stolen = 0;
  for (;;) {
    bell->answer = command;
    while (bell->command == command) continue;
    command = bell->command;
    if ((command & 3) == PHASE_PREPARE) {
      int64_t end = now_ns() + 50000000;
      while (in[0] == last && now_ns() < end) continue;
      stolen = in[0] != last;
    } else if ((command & 3) == PHASE_RUN) {
      last = in[0];
      out[0] = last + 1;
      out[1] = stolen;
    }
  }
}
