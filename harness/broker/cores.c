// Two processes that run on different cores have different neighbours: beside two busy ones on two cores, identical kernels read 6 % apart,
// on one core they do not.
#include "cores.h"

#include <sched.h>

static cpu_set_t everywhere;
static bool parted;

void cores_part(child *const *kernels, int count) {
  cpu_set_t one, rest;
  if (parted || sched_getaffinity(0, sizeof everywhere, &everywhere) != 0 || CPU_COUNT(&everywhere) < 2) return;
  for (int i = 0; i < count; i++)
    if (kernels[i]->allowed_threads != 1) return;
  int last = CPU_SETSIZE - 1;
  while (!CPU_ISSET(last, &everywhere)) last--;
  CPU_ZERO(&one);
  CPU_SET(last, &one);
  rest = everywhere;
  CPU_CLR(last, &rest);
  // A frozen thread moves when it goes on. One that refuses stays where it is: that costs precision, not truth.
  for (int i = 0; i < count; i++)
    for (int t = 0; t < kernels[i]->thread_count; t++) sched_setaffinity(kernels[i]->threads[t].id, sizeof one, &one);
  parted = sched_setaffinity(0, sizeof rest, &rest) == 0;
}

void cores_rejoin(void) {
  if (parted) sched_setaffinity(0, sizeof everywhere, &everywhere);
  parted = false;
}
