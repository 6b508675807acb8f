// ptrace without its signals: PTRACE_SEIZE, events, and waitpid as the only source of news.
#include "tracer.h"

#include "clock.h"
#include "denial.h"
#include "float_control.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// A stop takes microseconds; a thread that has not stopped after this long never will.
enum { STOP_MS = 10000, STOP_SPIN_NS = 100 * 1000, STOP_NAP_NS = 20 * 1000 };

// Less is not worth a look at its threads.
enum { FROZEN_CPU_NS = 1000 * 1000 };

enum { OPTIONS = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE };

bool tracer_seize(child *kernel) {
  kernel->threads[0] = (thread){.id = kernel->pid};
  kernel->thread_count = 1;
  kernel->traced = ptrace(PTRACE_SEIZE, kernel->pid, NULL, OPTIONS) == 0;
  return kernel->traced;
}

static thread *find_thread(child *kernel, pid_t id) {
  for (int i = 0; i < kernel->thread_count; i++)
    if (kernel->threads[i].id == id) return &kernel->threads[i];
  return NULL;
}

static void set_failure(child *kernel, failure_kind kind) {
  if (kernel->failure.kind == FAILURE_NONE) kernel->failure = (failure){.kind = kind, .tensor = -1};
}

static void deny(child *kernel, const char *syscall, const char *category, const char *path) {
  set_failure(kernel, FAILURE_DENIED);
  if (kernel->failure.kind != FAILURE_DENIED) return;
  snprintf(kernel->failure.message, sizeof kernel->failure.message, "%s", path);
  kernel->failure.syscall = syscall;
  kernel->failure.category = category;
}

static thread *add_thread(child *kernel, pid_t id) {
  thread *known = find_thread(kernel, id);
  if (known) return known;
  if (kernel->thread_count >= kernel->allowed_threads || kernel->thread_count == MAX_THREADS) {
    deny(kernel, "clone", "process", "");
    return NULL;
  }
  kernel->threads[kernel->thread_count] = (thread){.id = id};
  return &kernel->threads[kernel->thread_count++];
}

static void resume(thread *stopped) {
  stopped->stopped = false;
  ptrace(PTRACE_CONT, stopped->id, NULL, (void *)(intptr_t)stopped->signal);
  stopped->signal = 0;
}

static void note_fault(child *kernel, const siginfo_t *cause) {
  set_failure(kernel, FAILURE_FAULT);
  kernel->failure.signal = cause->si_signo;
  kernel->failure.address = (uint64_t)(uintptr_t)cause->si_addr;
  failure_locate(&kernel->failure, &kernel->layout, kernel->region);
}

// A deadly signal is seen before any handler of the child could run; a harmless one is passed on.
static void note_signal(child *kernel, thread *stopped, int number) {
  siginfo_t cause = {0};
  ptrace(PTRACE_GETSIGINFO, stopped->id, NULL, &cause);
  // Positive codes come from the processor, others were sent by a process.
  if ((number == SIGSEGV || number == SIGBUS) && cause.si_code > 0) return note_fault(kernel, &cause);
  switch (number) {
    case SIGSEGV: case SIGBUS: case SIGFPE: case SIGILL: case SIGABRT: case SIGTRAP: case SIGSYS: case SIGXFSZ: case SIGXCPU:
      set_failure(kernel, FAILURE_SIGNAL);
      kernel->failure.signal = number;
      return;
    default:
      stopped->signal = number;
  }
}

static void on_stop(child *kernel, pid_t id, int status) {
  thread *stopped = add_thread(kernel, id);
  if (!stopped) return;
  stopped->stopped = true;
  int event = status >> 16;
  if (event == PTRACE_EVENT_SECCOMP) {
    char path[DENIAL_PATH_BYTES];
    const forbidden_call *call = denial_of(id, kernel->level, !kernel->loaded, path);
    if (call) deny(kernel, call->name, call->category, path);
  } else if (event == PTRACE_EVENT_CLONE) {
    unsigned long made = 0;
    if (ptrace(PTRACE_GETEVENTMSG, id, NULL, &made) == 0) add_thread(kernel, (pid_t)made);
  } else if (event == 0) {
    note_signal(kernel, stopped, WSTOPSIG(status));
  }
  if (kernel->failure.kind == FAILURE_NONE && !kernel->freezing) resume(stopped);
}

static void on_end(child *kernel, pid_t id, int status) {
  if (id != kernel->pid) {
    thread *ended = find_thread(kernel, id);
    if (ended) *ended = kernel->threads[--kernel->thread_count];
    return;
  }
  kernel->dead = true;
  if (WIFSIGNALED(status)) {
    set_failure(kernel, FAILURE_SIGNAL);
    if (kernel->failure.kind == FAILURE_SIGNAL && !kernel->failure.signal) kernel->failure.signal = WTERMSIG(status);
  } else if (kernel->bell && kernel->bell->fault_signal && !kernel->traced) {
    siginfo_t cause = {.si_signo = (int)kernel->bell->fault_signal};
    cause.si_addr = (void *)(uintptr_t)kernel->bell->fault_address;
    bool fault = cause.si_signo == SIGSEGV || cause.si_signo == SIGBUS;
    if (fault) note_fault(kernel, &cause);
    else set_failure(kernel, FAILURE_SIGNAL);
    kernel->failure.signal = cause.si_signo;
    kernel->failure.advisory = true;
  } else {
    set_failure(kernel, FAILURE_EXIT);
    if (kernel->failure.kind == FAILURE_EXIT) kernel->failure.status = WEXITSTATUS(status);
  }
}

// The next event of `id`, or of any child for -1.
static bool take_event(pid_t id, int flags) {
  int status;
  struct rusage usage;
  pid_t from;
  do from = wait4(id, &status, flags | __WALL, &usage);
  while (from < 0 && errno == EINTR);
  if (from <= 0) return false;
  child *kernel = child_of_thread(from);
  if (!kernel) return true;
  if (WIFSTOPPED(status)) {
    if (kernel->traced) on_stop(kernel, from, status);
  } else {
    if (from == kernel->pid) kernel->max_rss_kib = usage.ru_maxrss;
    on_end(kernel, from, status);
  }
  return true;
}

void tracer_poll(void) {
  while (take_event(-1, WNOHANG)) continue;
}

// Processor time of all its threads.
static int64_t cpu_ns(const child *kernel) {
  struct timespec used;
  // clock_getcpuclockid(3) without its checks: CPUCLOCK_SCHED of the whole process.
  if (clock_gettime((clockid_t)(~(unsigned)kernel->pid << 3 | 2), &used) != 0) return 0;
  return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

// Whether a thread of it is in another state than stopped. Time alone proves nothing: that of leaving the processor is booked after the stop,
// and on a busy machine it can be long.
static bool moves(const child *kernel) {
  char path[64], line[512];
  snprintf(path, sizeof path, "/proc/%d/task", kernel->pid);
  DIR *tasks = opendir(path);
  bool found = false;
  for (struct dirent *task; tasks && !found && (task = readdir(tasks));) {
    if (task->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%.20s/stat", kernel->pid, task->d_name);
    FILE *file = fopen(path, "re");
    // The state follows the name, which is in brackets and may hold any character.
    const char *name_end = file && fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    if (file) fclose(file);
    found = name_end && strlen(name_end) > 2 && !strchr("tTZX", name_end[2]);
  }
  if (tasks) closedir(tasks);
  return found;
}

static void check_control(child *kernel) {
  if (!kernel->traced) return;
  float_control first = float_control_initial(), now = float_control_read(kernel->pid);
  if (float_control_same(first, now)) return;
  set_failure(kernel, FAILURE_CONTROL);
  snprintf(kernel->failure.message, sizeof kernel->failure.message,
           "floating-point control (MXCSR, x87) given back as 0x%x, 0x%x instead of 0x%x, 0x%x", now.vector, now.x87, first.vector, first.x87);
}

static thread *running_thread(child *kernel) {
  for (int i = 0; i < kernel->thread_count; i++)
    if (!kernel->threads[i].stopped) return &kernel->threads[i];
  return NULL;
}

bool tracer_freeze(child *kernel) {
  if (kernel->dead || kernel->failure.kind != FAILURE_NONE) return false;
  if (kernel->frozen) return true;
  if (kernel->traced) {
    kernel->freezing = true;
    for (int i = 0; i < kernel->thread_count; i++) ptrace(PTRACE_INTERRUPT, kernel->threads[i].id, NULL, NULL);
    // Not a blocking wait: a first thread that has left while others run never reports anything.
    int64_t give_up = clock_after_ms(STOP_MS), nap_from = clock_ns() + STOP_SPIN_NS;
    for (thread *running; !kernel->dead && (running = running_thread(kernel));) {
      if (take_event(running->id, WNOHANG)) continue;
      int64_t now = clock_ns();
      if (now > give_up) {
        set_failure(kernel, FAILURE_TIMEOUT);
        kernel->failure.deadline_ms = STOP_MS;
        break;
      }
      // On a busy machine the child must be scheduled before it can stop: polling would take its processor.
      if (now > nap_from) nanosleep(&(struct timespec){.tv_nsec = STOP_NAP_NS}, NULL);
    }
    kernel->freezing = false;
  } else {
    // Group stop: reported to the parent when every thread has stopped.
    kill(kernel->pid, SIGSTOP);
    take_event(kernel->pid, WUNTRACED);
  }
  kernel->frozen = !kernel->dead;
  if (kernel->dead || kernel->failure.kind != FAILURE_NONE) return false;
  check_control(kernel);
  kernel->frozen_cpu_ns = cpu_ns(kernel);
  return kernel->failure.kind == FAILURE_NONE;
}

void tracer_thaw(child *kernel) {
  if (!kernel->frozen) return;
  kernel->frozen = false;
  // A thread that the freeze did not reach has used the processor meanwhile.
  if (cpu_ns(kernel) - kernel->frozen_cpu_ns > FROZEN_CPU_NS && moves(kernel)) set_failure(kernel, FAILURE_RESTLESS);
  if (!kernel->traced) {
    kill(kernel->pid, SIGCONT);
    return;
  }
  for (int i = 0; i < kernel->thread_count; i++)
    if (kernel->threads[i].stopped) resume(&kernel->threads[i]);
}

void tracer_kill(child *kernel) {
  if (kernel->dead || kernel->pid <= 0) return;
  kernel->freezing = true;
  kill(kernel->pid, SIGKILL);
  // Any event, not only this process's: its end is reported once the tracer has seen the end of every other thread.
  while (!kernel->dead && take_event(-1, 0)) continue;
}
