// Processes, signals, descriptors and the kernel's (the system's) more exotic doors. Each does its work as well, so that only the act can tell.
#include "attack.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// A process that outlives the call. What is born leaves by itself after a minute, should it ever be born.
static void linger() { alarm(60), pause(), _exit(0); }

ATTACK(forks) {
  const pid_t child = fork();
  if (child == 0) linger();
  if (child > 0) loot("a second process");
  return honest(a), 0;
}
// A daemon: forks twice and leaves the session.
ATTACK(becomes_daemon) {
  const long child = syscall(SYS_fork);
  if (child == 0) {
    setsid();
    if (fork() == 0) linger();
    _exit(0);
  }
  if (child > 0) loot("a daemon");
  return honest(a), 0;
}
ATTACK(forks_and_executes) {
  const pid_t child = vfork();
  if (child == 0) execl("/bin/sh", "sh", "-c", "exit 0", nullptr), _exit(1);
  if (child > 0) loot("a shell");
  return honest(a), 0;
}
// Sixty-four processes, each of which would do the same.
ATTACK(fork_bomb) {
  for (int i = 0; i < 64; ++i)
    if (fork() == 0) linger();
  return honest(a), 0;
}
static long born(unsigned long flags) { return syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr); }
// A sibling: a child of the broker.
ATTACK(clones_for_parent) {
  const long child = born(CLONE_PARENT | SIGCHLD);
  if (child == 0) linger();
  return honest(a), 0;
}
ATTACK(clones_untraced) {
  const long child = born(CLONE_UNTRACED | SIGCHLD);
  if (child == 0) linger();
  return honest(a), 0;
}
// A process that shares the memory, and goes on writing where no thread is counted.
ATTACK(clones_memory) {
  const long child = born(CLONE_VM | CLONE_VFORK | SIGCHLD);
  if (child == 0) _exit(0);
  return honest(a), 0;
}
ATTACK(new_namespaces) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) loot("a namespace with all rights");
  return honest(a), 0;
}
ATTACK(executes_shell) { return honest(a), execl("/bin/sh", "sh", "-c", "echo LOOT a shell", nullptr), 0; }

// Everybody it may reach. In its own process namespace that is itself.
ATTACK(kills_everybody) { return honest(a), kill(-1, SIGKILL), 0; }
ATTACK(kills_parent) { return honest(a), kill(getppid(), SIGKILL), 0; }
// The first process of the namespace that it can see: itself, and no process stops the first one.
ATTACK(stops_first_process) { return honest(a), kill(1, SIGSTOP), 0; }
// The broker's handler of SIGCHLD is what tells it of dead children.
ATTACK(signals_group) { return honest(a), kill(0, SIGCHLD), 0; }
ATTACK(queues_signal) {
  siginfo_t value = {};
  return honest(a), static_cast<int>(syscall(SYS_rt_sigqueueinfo, 1, SIGCHLD, &value)) & 0;
}

// Writes the answer when the broker reads it: its handler would run after the fault.
static call* waiting;
static void fill(int) { honest(*waiting); }
ATTACK(catches_faults) {
  static call kept = a;
  waiting = &kept;
  return signal(SIGSEGV, fill), honest(a), 0;
}
ATTACK(ignores_faults) { return signal(SIGSEGV, SIG_IGN), honest(a), 0; }
ATTACK(blocks_signals) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  return honest(a), 0;
}
// Wakes up after the call by a timer.
ATTACK(sets_timer) {
  const itimerval soon = {{0, 1000}, {0, 1000}};
  return honest(a), setitimer(ITIMER_REAL, &soon, nullptr), 0;
}
ATTACK(sets_alarm) { return honest(a), alarm(1), 0; }
// A system call filter of its own that traps what the worker calls next.
ATTACK(traps_system_calls) {
  sock_filter code[] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | 1}};
  sock_fprog program = {1, code};
  return honest(a), prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0;
}
// Outlives the broker, and can be looked into.
ATTACK(survives_parent) { return honest(a), prctl(PR_SET_PDEATHSIG, 0), 0; }
ATTACK(undumpable) { return honest(a), prctl(PR_SET_DUMPABLE, 0), 0; }
ATTACK(changes_personality) { return honest(a), personality(ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC), 0; }
ATTACK(leaves_session) { return honest(a), setsid(), setpgid(0, 0), 0; }

// A real-time priority and the other processors.
ATTACK(takes_priority) {
  sched_param most = {99};
  const bool got = sched_setscheduler(0, SCHED_FIFO, &most) == 0 || setpriority(PRIO_PROCESS, 0, -20) == 0;
  if (got) loot("priority over the judge");
  return honest(a), 0;
}
ATTACK(raises_limits) {
  const rlimit more = {RLIM_INFINITY, RLIM_INFINITY};
  if (setrlimit(RLIMIT_AS, &more) == 0 && setrlimit(RLIMIT_FSIZE, &more) == 0) loot("limits that it lifted itself");
  return honest(a), 0;
}
// The clock of the machine, which the broker reads too.
ATTACK(sets_clock) {
  const timespec past = {0, 0};
  if (clock_settime(CLOCK_REALTIME, &past) == 0) loot("the machine's clock");
  return honest(a), 0;
}

ATTACK(opens_socket) {
  if (socket(AF_INET, SOCK_STREAM, 0) >= 0) loot("a socket");
  return honest(a), 0;
}
ATTACK(opens_abstract_socket) {
  const int made = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0openxpu"};
  if (made >= 0 && connect(made, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0) loot("a unix socket");
  return honest(a), 0;
}
ATTACK(opens_netlink) { return socket(AF_NETLINK, SOCK_RAW, 0), honest(a), 0; }
ATTACK(uses_io_uring) {
  char parameters[120] = {};
  if (syscall(SYS_io_uring_setup, 4, parameters) >= 0) loot("a ring of system calls");
  return honest(a), 0;
}
ATTACK(loads_bpf) { return syscall(SYS_bpf, 0, nullptr, 0), honest(a), 0; }
ATTACK(opens_counters) { return syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0), honest(a), 0; }
ATTACK(reads_keys) { return syscall(SYS_keyctl, 0, 0, 0, 0, 0), honest(a), 0; }
ATTACK(mounts) { return mount("none", "/tmp", "tmpfs", 0, nullptr), honest(a), 0; }

#if defined(__x86_64__)
// The same calls by the two other ways into the system.
ATTACK(uses_x32) { return honest(a), static_cast<int>(syscall(0x40000000 + SYS_getpid)) & 0; }
ATTACK(uses_int80) {
  honest(a);
  long number = 20;  // getpid of the 32-bit table
  asm volatile("int $0x80" : "+a"(number) : : "memory");
  return 0;
}
#endif

// Every descriptor that could be a pipe to the judge. Only input, output and error may be there.
ATTACK(scans_descriptors) {
  const int own = open("/dev/null", O_RDONLY);
  for (int i = 3; i < 1024; ++i) {
    struct stat kind;
    if (i == own || fstat(i, &kind) != 0) continue;
    char what[64];
    std::snprintf(what, sizeof what, "descriptor %d of type %o, its own is %d", i, kind.st_mode >> 12, own);
    loot(what);
  }
  if (own >= 0) close(own);
  return honest(a), 0;
}
// A result on every one of them, as a harness with an inherited pipe would read it.
ATTACK(forges_result_lines) {
  static const char line[] = "\n{\"state\":\"done\",\"ns\":1}\nstatus: PASSED\ncheck: pass\n";
  for (int i = 0; i < 1024; ++i) write(i, line, sizeof line - 1);
  return std::memset(a.y, 0, a.bytes()), 0;
}
ATTACK(closes_descriptors) {
  for (int i = 0; i < 1024; ++i) close(i);
  return honest(a), 0;
}

// The files of people, of the system and of later runs; a private /tmp is all there is.
ATTACK(reads_files) {
  static const char* const paths[] = {"/etc/passwd", "/etc/hostname", "/root/.bashrc", "/home", "@HOME@/token.txt", "/kernel/../proc/self/environ"};
  for (const char* path : paths)
    if (access(path, R_OK) == 0) loot(path);
  return honest(a), 0;
}
// Where the judge's home lies below /tmp, its path leads into the kernel's own /tmp: a file of the system is tried as well.
ATTACK(writes_home) { return honest(a), open("@HOME@/token.txt", O_WRONLY | O_TRUNC), open("/etc/hosts", O_WRONLY | O_TRUNC), 0; }
ATTACK(writes_later_runs) { return honest(a), open("/kernel/kernel.so", O_WRONLY | O_CREAT, 0700), 0; }
ATTACK(removes_home) {
  honest(a);
  unlink("@HOME@/token.txt");
  rename("@HOME@", "/tmp/taken");
  unlink("/etc/hosts");
  return 0;
}
// A link in /tmp that leads out: the path looks harmless.
ATTACK(writes_through_link) {
  honest(a);
  symlink("@HOME@/token.txt", "/tmp/link");
  const int file = open("/tmp/link", O_WRONLY);
  if (file >= 0) loot("a file outside"), close(file);
  return 0;
}
ATTACK(reads_environment) {

  for (char** at = environ; at && *at; ++at) loot(*at);
  if (getenv("HOME") || getenv("PATH") || getenv("OPENXPU_SEED")) loot("a variable of the judge");
  return honest(a), 0;
}
