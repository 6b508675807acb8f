// Kernels for the broker's own tests: one honest, the others each with the one fault that their name says.
// All take x and y, float32 of rank 1, unless they say otherwise.
#include <tvm/ffi/c_api.h>

#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define KERNEL(name)                                                                                  \
  static int name##_body(const TVMFFIAny *args, int32_t count, DLTensor *x, float *in, float *out, int64_t n); \
  int __tvm_ffi_##name(void *self, const TVMFFIAny *args, int32_t count, TVMFFIAny *result) {         \
    (void)self, (void)result;                                                                         \
    DLTensor *x = args[0].v_ptr, *y = args[1].v_ptr;                                                  \
    return name##_body(args, count, x, x->data, y->data, y->shape[0]);                                \
  }                                                                                                   \
  static int name##_body(__attribute__((unused)) const TVMFFIAny *args, __attribute__((unused)) int32_t count, \
                         __attribute__((unused)) DLTensor *x, __attribute__((unused)) float *in,      \
                         __attribute__((unused)) float *out, __attribute__((unused)) int64_t n)

KERNEL(add) {
  for (int64_t i = 0; i < n; i++) out[i] = in[i] + 1;
  return 0;
}
KERNEL(nothing) { return 0; }
KERNEL(over) { return out[n] = 1, 0; }
KERNEL(under) { return out[-1] = 1, 0; }
// Writes the poison where a red zone lies.
KERNEL(beyond) { return memcpy(&out[n], "\xde", 1), 0; }
KERNEL(read_over) { return out[0] = ((volatile float *)in)[n], 0; }
KERNEL(sealed) { return in[3] = 1, 0; }
KERNEL(unseal) {
  mprotect((void *)((uintptr_t)in & ~4095ul), 4096, PROT_READ | PROT_WRITE);
  return in[3] = 1, 0;
}
KERNEL(null_pointer) {
  int *volatile wild = (int *)16;
  return *wild = 1, 0;
}
KERNEL(leave) { exit(0); }
KERNEL(hang) {
  volatile int stay = 1;
  while (stay) continue;
  return 0;
}
KERNEL(aborts) { abort(); }
KERNEL(divide) {
  volatile int zero = 0;
  return 100 / zero;
}
KERNEL(decline) { return TVMFFIErrorSetRaisedFromCStr("NotImplementedError", "only even sizes"), -1; }
KERNEL(raises) { return TVMFFIErrorSetRaisedFromCStr("ValueError", "x must be sorted \xff"), -1; }
KERNEL(silent_error) { return -1; }

// y = 1 where the output held the poison deadbeef before the call.
KERNEL(see_poison) {
  for (int64_t i = 0; i < n; i++) out[i] = memcmp(&out[i], "\xde\xad\xbe\xef", 4) == 0 ? 1 : 0;
  return 0;
}
// y = number of calls so far in this process.
KERNEL(counts) {
  static float calls;
  calls++;
  for (int64_t i = 0; i < n; i++) out[i] = calls;
  return 0;
}
// y = the size of this process's first call, and at its end the size of this one.
KERNEL(first_size) {
  static float first;
  if (!first) first = n;
  for (int64_t i = 0; i < n; i++) out[i] = i < n - 1 ? first : n;
  return 0;
}
// Arguments x, y, absent, int 7, bool true, float 0.5, tuple (3, 4): y[i] = 1 where argument i is right.
KERNEL(arguments) {
  const TVMFFIObject *array = args[6].v_obj;
  const TVMFFISeqCell *cell = (const TVMFFISeqCell *)(array + 1);
  const TVMFFIAny *items = args[6].type_index == kTVMFFIArray ? cell->data : NULL;
  out[0] = args[0].type_index == kTVMFFIDLTensorPtr && x->ndim == 1 && x->dtype.code == kDLFloat && x->dtype.bits == 32;
  out[1] = count == 7 && x->device.device_type == kDLCPU && x->strides[0] == 1 && x->byte_offset == 0;
  out[2] = args[2].type_index == kTVMFFINone;
  out[3] = args[3].type_index == kTVMFFIInt && args[3].v_int64 == 7;
  out[4] = args[4].type_index == kTVMFFIBool && args[4].v_int64 == 1;
  out[5] = args[5].type_index == kTVMFFIFloat && args[5].v_float64 == 0.5;
  out[6] = items && cell->size == 2 && items[0].v_int64 == 3 && items[1].v_int64 == 4;
  return 0;
}

KERNEL(forks) { return fork() == 0 ? (_exit(0), 0) : 0; }
KERNEL(sockets) { return socket(AF_INET, SOCK_STREAM, 0), 0; }
KERNEL(executes) { return execl("/bin/true", "true", (char *)NULL), 0; }
KERNEL(traces) { return ptrace(PTRACE_ATTACH, 1, NULL, NULL), 0; }
KERNEL(kills) { return kill(-1, SIGKILL), 0; }
KERNEL(writes_file) { return open("/kernel/left.txt", O_CREAT | O_WRONLY, 0600), 0; }
KERNEL(catches) { return signal(SIGSEGV, SIG_IGN), 0; }
KERNEL(restores) { return signal(SIGSEGV, SIG_DFL) == SIG_ERR; }
KERNEL(timers) { return setitimer(ITIMER_REAL, &(struct itimerval){{0, 1}, {0, 1}}, NULL), 0; }
KERNEL(makes_code) { return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 0; }
// Code of a file, which only the load may map.
KERNEL(maps_code) {
  void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, open("/kernel/k.so", O_RDONLY), 0);
  return out[0] = code == MAP_FAILED, 0;
}
// y = [a call on no list answers ENOSYS, so does an option of prctl on no list].
KERNEL(asks) {
  out[0] = syscall(SYS_timerfd_create, 0, 0) < 0 && errno == ENOSYS;
  out[1] = prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 && errno == EINVAL;
  return 0;
}
static void *pinned(void *out) {
  *(float *)out = 1;
  return NULL;
}
// What an honest thread pool does: names and pins a thread of its own.
KERNEL(pins) {
  pthread_t thread;
  cpu_set_t all;
  sched_getaffinity(0, sizeof all, &all);
  if (pthread_create(&thread, NULL, pinned, out) != 0) return 1;
  out[1] = pthread_setaffinity_np(thread, sizeof all, &all) == 0;
  pthread_join(thread, NULL);
  return 0;
}
KERNEL(rounds) { return fesetround(FE_UPWARD), add_body(args, count, x, in, out, n); }
KERNEL(rounds_and_restores) {
  fesetround(FE_UPWARD);
  add_body(args, count, x, in, out, n);
  return fesetround(FE_TONEAREST), 0;
}

static int spin(void *unused) {
  (void)unused;
  for (volatile int stay = 1; stay;) continue;
  return 0;
}
// A thread that no tracer is told of.
KERNEL(hides_thread) {
  static char stack[65536] __attribute__((aligned(16)));
  int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_UNTRACED;
  if (clone(spin, stack + sizeof stack, flags, NULL) < 0) return 1;
  return add_body(args, count, x, in, out, n);
}
KERNEL(wide_abi) { return (int)syscall(0x40000000 + SYS_getpid) * 0; }

// y = what the sandbox lets a kernel find: [pid, uid, /proc, home, environment, private /tmp, other descriptors].
KERNEL(looks) {
  extern char **environ;
  int others = 0, file = open("/tmp/own.txt", O_CREAT | O_WRONLY, 0600);
  for (int i = 3; i < 256; i++) others += i != file && fcntl(i, F_GETFD) >= 0;
  out[0] = (float)getpid();
  out[1] = (float)getuid();
  out[2] = access("/proc/self/status", F_OK) == 0;
  out[3] = access("/root", F_OK) == 0 || access("/etc/passwd", F_OK) == 0;
  out[4] = environ[0] != NULL;
  out[5] = file >= 0;
  out[6] = (float)others;
  return 0;
}
// y = 1 where an allocation of 1 GiB failed.
KERNEL(allocates) {
  char *big = malloc(1u << 30);
  if (big) memset(big, 1, 1u << 30);
  return out[0] = big == NULL, 0;
}
// Prints 4 MiB, more than any pipe holds, and ends with a mark.
KERNEL(prints) {
  static char line[1024];
  memset(line, '.', sizeof line - 1);
  for (int i = 0; i < 4096; i++) puts(line);
  puts("the end");
  return 0;
}

static volatile float *late_target;
static volatile int ticks, go, ticks_since;

// Milliseconds after the answer: more than an overloaded machine needs to stop the process.
enum { LATE_MS = 60 };

static void *late_thread(void *unused) {
  (void)unused;
  while (!go) continue;
  while (late_target) {
    usleep(1000);
    ticks++;
    if (++ticks_since > LATE_MS) late_target[0] = 99;
  }
  return NULL;
}
// Answers at once and writes its output afterwards from a thread. y[1] = how often the thread has run until now.
KERNEL(late) {
  pthread_t thread;
  go = 0;
  if (!late_target && pthread_create(&thread, NULL, late_thread, NULL) != 0) return 1;
  out[1] = (float)ticks;
  out[0] = 1;
  late_target = out;
  ticks_since = 0;
  go = 1;
  return 0;
}
