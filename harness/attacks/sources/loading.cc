// Code that runs while the library is loaded or left, before the kernel is called. One of these a library: the layout defines which.
#include "attack.h"

#include <fenv.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(CONSTRUCTOR_HANGS)
__attribute__((constructor)) static void load() { for (volatile int stay = 1; stay;) continue; }
#elif defined(CONSTRUCTOR_CRASHES)
__attribute__((constructor)) static void load() { *reinterpret_cast<volatile int*>(16) = 1; }
#elif defined(CONSTRUCTOR_EXITS)
__attribute__((constructor)) static void load() { _exit(0); }
#elif defined(CONSTRUCTOR_FORKS)
__attribute__((constructor)) static void load() { if (fork() == 0) alarm(60), pause(), _exit(0); }
#elif defined(CONSTRUCTOR_CONNECTS)
__attribute__((constructor)) static void load() { if (socket(AF_INET, SOCK_STREAM, 0) >= 0) loot("a socket"); }
#elif defined(CONSTRUCTOR_FLUSHES)
// What -ffast-math's start-up code does: everything subnormal becomes zero, for good.
__attribute__((constructor)) static void load() {
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#endif
}
#elif defined(CONSTRUCTOR_ROUNDS)
__attribute__((constructor)) static void load() { fesetround(FE_UPWARD); }
#elif defined(CONSTRUCTOR_THROWS)
__attribute__((constructor)) static void load() { throw 42; }
#elif defined(RESOLVER_FORKS)
// An indirect function: its resolver runs while symbols are bound.
extern "C" {
static void chosen() {}
static void (*resolve())() {
#if defined(__x86_64__)
  // Nothing is bound yet: fork without the C library.
  long number = 57;
  asm volatile("syscall" : "+a"(number) : : "rcx", "r11", "memory");
#endif
  return chosen;
}
void indirect() __attribute__((ifunc("resolve"), visibility("default")));
}
void (*volatile used)() = indirect;
#elif defined(DESTRUCTOR_PRINTS)
// Runs where a harness ends its children politely, with its result still in a pipe.
__attribute__((destructor)) static void leave() { loot("code after the last call"); }
static const int registered = std::atexit([] { loot("code at exit"); });
#elif defined(MISSING_REFERENCE)
extern "C" void nobody_has_this();
__attribute__((constructor)) static void load() { nobody_has_this(); }
#endif

// Every one of them is honest when it is called.
#define ENTRY(name) ATTACK(name) { return honest(a), 0; }
ENTRY(constructor_hangs)
ENTRY(constructor_crashes)
ENTRY(constructor_exits)
ENTRY(constructor_forks)
ENTRY(constructor_connects)
ENTRY(constructor_flushes)
ENTRY(constructor_rounds)
ENTRY(constructor_throws)
ENTRY(resolver_forks)
ENTRY(destructor_prints)
ENTRY(missing_reference)
