// Synchronisation within a task: waiting for its copy queues. Barriers between tasks are in not_emulated.h.
#pragma once

#include <algorithm>
#include <vector>

#include "copy_segments.h"
#include "tasks.h"

namespace openxpu::mlu {

// Completes the copies of the chosen queues, in the order they were issued; sources are read now.
template <class Chosen>
void complete_copies(const Chosen& chosen) {
  task& t = this_task();
  for (const pending_copy& copy : t.pending) {
    if (chosen(copy)) perform(t, copy);
  }
  std::erase_if(t.pending, chosen);
}

}  // namespace openxpu::mlu

// All queues of this core.
inline void __sync() {
  openxpu::mlu::complete_copies([](const openxpu::mlu::pending_copy&) { return true; });
}

inline void __sync_io_move_compute() { __sync(); }

// assumption (open point 13): the io queue carries copies that touch GDRAM, the move queue those between on-chip
// memories.
inline void __sync_io() {
  openxpu::mlu::complete_copies([](const openxpu::mlu::pending_copy& copy) { return copy.off_chip; });
}

inline void __sync_move() {
  openxpu::mlu::complete_copies([](const openxpu::mlu::pending_copy& copy) { return !copy.off_chip; });
}

// Vector and matrix intrinsics are done when they return, so the compute queue is always empty.
inline void __sync_compute() { openxpu::mlu::this_task(); }
