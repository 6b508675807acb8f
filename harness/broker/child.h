// A child: one kernel, one case, one placement, from fork to death.
#ifndef OPENXPU_CHILD_H
#define OPENXPU_CHILD_H

#include "doorbell.h"
#include "failure.h"
#include "memory.h"
#include "sandbox.h"

#include <sys/types.h>

enum { MAX_CHILDREN = 64, MAX_THREADS = 64, LOG_BYTES = 16 * 1024, DOORBELL_PAGE = 4096 };

typedef struct {
  pid_t id;
  bool stopped;
  int signal;                 // held back at its stop, delivered when the thread goes on
} thread;

typedef struct {
  int number;                 // the judge's name for it, 0 for a free place
  pid_t pid;
  bool traced, frozen, freezing, dead;
  bool converts;              // trusted conversions of inputs and outputs surround the run phase
  bool called;                // before, so that a collect phase is due
  bool loaded;                // the submission's code has run: from here on it may map no more code
  int64_t frozen_cpu_ns;      // processor time it had used when it was frozen
  isolation level;
  int allowed_threads;
  thread threads[MAX_THREADS];
  int thread_count;
  json_document *request;     // the layout's names point into it
  layout layout;
  tensor_memory memory;
  uint64_t region;            // the child's address of the layout
  doorbell *bell;
  uint32_t sequence;
  int64_t deadline_ms;        // of the request in progress, as the judge gave it
  uint64_t charge;            // bytes counted in the cgroup's limit
  long max_rss_kib;
  failure failure;
  int log_file;
  char log[LOG_BYTES];        // ring buffer
  size_t log_total;           // bytes ever read
} child;

extern child children[MAX_CHILDREN];

child *child_find(int number);
child *child_of_thread(pid_t id);
void child_read_log(child *kernel);
// Kills, reaps and frees. The log and max_rss_kib stay readable until the place is used again.
void child_close(child *kernel);
void child_write_log(const child *kernel, json_writer *out);

// Once, before the first child.
void child_watch_signals(void);

// Waits until the child has answered `command`, spinning for the first `spin_ns`; `stamp`, if not NULL, is the time at which the answer was seen. False when
// it failed instead: then `failure` says how and the child is dead.
bool child_await(child *kernel, uint32_t command, int64_t deadline_ns, int64_t spin_ns, int64_t *stamp);

#endif
