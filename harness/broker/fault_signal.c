// Handlers on a stack of their own. They end the process themselves: the first process of a pid namespace ignores a
// deadly signal that it sends to itself.
#include "fault_signal.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static doorbell *page;
static char alternate_stack[16 * 1024];

static void on_fault(int signal, siginfo_t *cause, void *context) {
  (void)context;
  page->fault_address = (uint64_t)(uintptr_t)cause->si_addr;
  page->fault_signal = (uint32_t)signal;
  _exit(128 + signal);
}

void fault_signal_install(doorbell *bell) {
  static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
  page = bell;
  sigaltstack(&(stack_t){.ss_sp = alternate_stack, .ss_size = sizeof alternate_stack}, NULL);
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) sigaction(deadly[i], &action, NULL);
}
