// The page between worker and broker: everything on it that the worker may write, an attack may write too.
#include "attack.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

// As harness/broker/doorbell.h lays it out.
struct page {
  alignas(64) volatile uint32_t command;
  volatile uint32_t child_sleeps, spin;
  alignas(64) volatile uint32_t answer;
  alignas(64) volatile uint32_t outcome;
  volatile uint32_t fault_signal;
  volatile uint64_t fault_address;
  volatile char error_kind[64], message[2048];
};

// The worker's stack holds a pointer to its own struct on the heap, in which the addresses of the tensors and of the page
// stand side by side, with the current command behind them.
static page* find(const void* frame) {
  const auto end = reinterpret_cast<uintptr_t>(sbrk(0)), begin = end - (64u << 20);
  const auto* stack = static_cast<const uintptr_t*>(frame);
  for (int i = 0; i < 512; ++i) {
    if (stack[i] % 16 != 0 || stack[i] < begin || stack[i] >= end) continue;
    const auto* object = reinterpret_cast<const uintptr_t*>(stack[i]);
    for (int j = 0; j < 8192 && reinterpret_cast<uintptr_t>(object + j + 2) < end; ++j) {
      const uintptr_t region = object[j], bell = object[j + 1];
      if (region % 4096 || bell % 4096 || region >> 40 == 0 || bell >> 40 == 0 || bell >> 47) continue;
      if ((object[j + 2] & 3) != 2 || (object[j + 2] & 0xFFFFFFFF) >> 30) continue;
      return reinterpret_cast<page*>(bell);
    }
  }
  return nullptr;
}

#define BELL_ATTACK(name)                                                       \
  static int name##_bell(const call& a, page* bell);                           \
  ATTACK(name) {                                                               \
    page* bell = find(__builtin_frame_address(0));                             \
    return bell && (bell->command & 3) == 2 ? name##_bell(a, bell) : broken("the doorbell was not found"); \
  }                                                                            \
  static int name##_bell([[maybe_unused]] const call& a, [[maybe_unused]] page* bell)

static void wake(page* bell) { syscall(SYS_futex, &bell->answer, FUTEX_WAKE, 1, nullptr, nullptr, 0); }

// Answers before it has done anything, then does nothing.
BELL_ATTACK(answers_early) { return bell->answer = bell->command, wake(bell), 0; }
// Answers early and computes then: the process is frozen once the answer is seen.
BELL_ATTACK(computes_after_answer) {
  bell->answer = bell->command, wake(bell);
  usleep(20000);
  return honest(a), 0;
}
// Answers all phases of all calls to come, and never returns.
BELL_ATTACK(answers_for_ever) {
  for (;;) bell->answer = bell->command;
}
// Answers calls that were not asked for yet.
BELL_ATTACK(answers_the_future) {
  for (uint32_t i = 0; i < 64; ++i) bell->answer = bell->command + i, wake(bell);
  return 0;
}
// The broker's own alarm bit, and the value that says that nothing was answered.
BELL_ATTACK(sets_alarm_bit) {
  for (int i = 0; i < 200; ++i) bell->answer = bell->answer | 0x80000000u, wake(bell), usleep(1000);
  return honest(a), 0;
}
BELL_ATTACK(answers_none) { return bell->answer = 0x7FFFFFFFu, wake(bell), honest(a), 0; }
// Outcomes that there are not, and texts without an end.
BELL_ATTACK(forges_outcome) {
  for (volatile char* at = bell->error_kind; at < bell->message + sizeof bell->message; ++at) *at = 'A';
  bell->outcome = 77;
  bell->answer = bell->command, wake(bell);
  for (;;) usleep(1000);
}
BELL_ATTACK(forges_raise) {
  static const char markup[] = "</td><script>window.pwned=1</script>\x1b[2J\n::error::pwned\xff\xfe";
  for (volatile char* at = bell->error_kind; at < bell->message + sizeof bell->message; ++at) *at = markup[(at - bell->error_kind) % sizeof markup];
  bell->outcome = 2;
  bell->answer = bell->command, wake(bell);
  for (;;) usleep(1000);
}
// Declines by the page where no error was raised.
BELL_ATTACK(forges_decline) {
  bell->outcome = 1;
  bell->answer = bell->command, wake(bell);
  for (;;) usleep(1000);
}
// A fault that nobody had, in somebody else's tensor.
BELL_ATTACK(forges_fault) {
  bell->fault_signal = 11;
  bell->fault_address = reinterpret_cast<uint64_t>(a.x);
  return honest(a), 0;
}
// What the broker says on the page: its command, and where to sleep.
BELL_ATTACK(overwrites_command) { return bell->command = 0xFFFFFFFD, honest(a), 0; }
BELL_ATTACK(pretends_to_be_awake) {
  bell->child_sleeps = 0;
  bell->spin = 0;
  return honest(a), 0;
}
