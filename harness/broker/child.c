// The table of children, their logs, the wait for an answer, and the end.
#include "child.h"

#include "cgroup.h"
#include "clock.h"
#include "tracer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

child children[MAX_CHILDREN];

enum { SPINS_PER_CLOCK = 512, SLICE_NS = 5 * 1000 * 1000, LOG_READS = 512 };

child *child_find(int number) {
  for (int i = 0; i < MAX_CHILDREN; i++)
    if (number > 0 && children[i].number == number) return &children[i];
  return NULL;
}

child *child_of_thread(pid_t id) {
  for (int i = 0; i < MAX_CHILDREN; i++) {
    child *kernel = &children[i];
    if (!kernel->number) continue;
    if (kernel->pid == id) return kernel;
    for (int t = 0; t < kernel->thread_count; t++)
      if (kernel->threads[t].id == id) return kernel;
    // A new thread's first stop may come before the event of the clone that made it.
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d", kernel->pid, id);
    struct stat there;
    if (stat(path, &there) == 0) return kernel;
  }
  return NULL;
}

void child_read_log(child *kernel) {
  char text[4096];
  ssize_t count;
  // Bounded by twice the pipe's size: a child that prints without end must not hold the broker.
  for (int i = 0; i < LOG_READS && kernel->log_file >= 0 && (count = read(kernel->log_file, text, sizeof text)) > 0; i++)
    for (size_t done = 0, step; done < (size_t)count; done += step, kernel->log_total += step) {
      size_t at = kernel->log_total % LOG_BYTES, left = (size_t)count - done;
      step = left < LOG_BYTES - at ? left : LOG_BYTES - at;
      memcpy(kernel->log + at, text + done, step);
    }
}

void child_write_log(const child *kernel, json_writer *out) {
  char text[64 + LOG_BYTES];
  size_t length = kernel->log_total < LOG_BYTES ? kernel->log_total : LOG_BYTES, begin = kernel->log_total - length;
  // The rest of a character whose first byte was overwritten is not shown either.
  for (int i = 0; begin > 0 && i < 3 && length > 0 && (kernel->log[begin % LOG_BYTES] & 0xC0) == 0x80; i++) begin++, length--;
  int said = begin > 0 ? snprintf(text, 64, "[%zu bytes before this were cut]\n", begin) : 0;
  for (size_t i = 0; i < length; i++) text[(size_t)said + i] = kernel->log[(begin + i) % LOG_BYTES];
  json_put_bytes(out, "log", text, (size_t)said + length);
  json_put_integer(out, "maxRssBytes", (int64_t)kernel->max_rss_kib * 1024);
}

void child_close(child *kernel) {
  tracer_kill(kernel);
  child_read_log(kernel);
  if (kernel->log_file >= 0) close(kernel->log_file);
  kernel->log_file = -1;
  memory_release(&kernel->memory);
  if (kernel->bell) munmap(kernel->bell, DOORBELL_PAGE);
  kernel->bell = NULL;
  cgroup_release(kernel->charge);
  kernel->charge = 0;
  kernel->number = 0;
}

static _Atomic uint32_t *volatile alarm_word;

// Rings the broker's own bell, so that a stop or death of the child cannot be missed between the look and the wait.
static void on_child_event(int signal) {
  (void)signal;
  _Atomic uint32_t *word = alarm_word;
  if (word) atomic_fetch_or(word, ANSWER_ALARM);
}

void child_watch_signals(void) {
  struct sigaction action = {.sa_handler = on_child_event};
  sigaction(SIGCHLD, &action, NULL);
}

// One look at the answer; sleeps for at most a slice where it is not there yet and `sleep` allows it.
static bool answered(child *kernel, uint32_t command, bool sleep) {
  doorbell *bell = kernel->bell;
  uint32_t seen = atomic_load_explicit(&bell->answer, memory_order_acquire);
  if ((seen & ~ANSWER_ALARM) == command) return true;
  if (!sleep) return false;
  futex_wait(&bell->answer, seen & ~ANSWER_ALARM, SLICE_NS);
  return false;
}

bool child_await(child *kernel, uint32_t command, int64_t deadline_ns, int64_t spin_ns, int64_t *stamp) {
  int64_t begin = clock_ns(), now = begin;
  alarm_word = &kernel->bell->answer;
  for (;;) {
    int looks = now - begin < spin_ns ? SPINS_PER_CLOCK : 1;
    for (int i = 0; i < looks; i++) {
      if (answered(kernel, command, looks == 1)) {
        if (stamp) *stamp = clock_ns();
        alarm_word = NULL;
        return true;
      }
      if (atomic_load_explicit(&kernel->bell->answer, memory_order_relaxed) & ANSWER_ALARM) break;
      cpu_relax();
    }
    atomic_fetch_and(&kernel->bell->answer, ~ANSWER_ALARM);
    tracer_poll();
    child_read_log(kernel);
    now = clock_ns();
    if (kernel->dead || kernel->failure.kind != FAILURE_NONE) break;
    if (now > deadline_ns) {
      kernel->failure = (failure){.kind = FAILURE_TIMEOUT, .tensor = -1, .deadline_ms = kernel->deadline_ms};
      break;
    }
  }
  alarm_word = NULL;
  tracer_kill(kernel);
  return false;
}
