// Work beside the call: late, hidden, or to slow others down. `resources: {threads: 2}` allows one more thread.
#include "attack.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <vector>

static std::atomic<const call*> job;

static bool start(void* (*run)(void*)) {
  pthread_t thread;
  return pthread_create(&thread, nullptr, run, nullptr) == 0 && pthread_detach(thread) == 0;
}

// Says that it is done and computes afterwards: the process is frozen before its output is read.
static void* late(void*) {
  for (;; usleep(20000))
    if (const call* next = job.load()) usleep(20000), honest(*next);
}
ATTACK(answers_late) {
  static bool running = start(late);
  static std::vector<call> kept;
  kept.reserve(64);
  kept.push_back(a);
  if (!running) return broken("no thread");
  return job = &kept.back(), 0;
}
// Returns while a thread still computes, as a kernel that forgets to join, or another stream, would.
static void* half(void*) {
  for (const call* seen = nullptr;; )
    if (const call* next = job.load(); next != seen) honest(*next, 0, next->count()), seen = next;
}
ATTACK(forgets_to_join) {
  static bool running = start(half);
  static std::vector<call> kept;
  kept.reserve(64);
  kept.push_back(a);
  return running ? (job = &kept.back(), 0) : broken("no thread");
}
// Right, but leaves a thread that spins for ever to slow whoever comes next. A child is frozen between calls, and dies with its case.
static void* spin(void*) {
  for (volatile unsigned long i = 0;; ++i) continue;
}
ATTACK(leaves_spinning_thread) {
  static bool running = start(spin);
  return running ? (honest(a), 0) : broken("no thread");
}
// More threads than it declared.
ATTACK(starts_many_threads) {
  int made = 0;
  for (int i = 0; i < 64; ++i) made += start(spin);
  if (made > 2) loot("more threads than it declared");
  return honest(a), 0;
}
// A thread where none was declared.
ATTACK(starts_undeclared_thread) {
  if (start(spin)) loot("a thread");
  return honest(a), 0;
}
// The thread goes on, the call does not.
static void* linger(void*) { return sleep(3600), nullptr; }
ATTACK(leaves_main_thread) {
  static bool running = start(linger);
  honest(a);
  if (running) pthread_exit(nullptr);
  return broken("no thread");
}
// A thread that ends the process once the call has returned.
static void* end(void*) { return usleep(2000), _exit(0), nullptr; }
ATTACK(exits_later) { return honest(a), start(end) ? 0 : broken("no thread"); }
