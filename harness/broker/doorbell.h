// The doorbell page: two futex words between broker and child, and what the child says with its answer.
#ifndef OPENXPU_DOORBELL_H
#define OPENXPU_DOORBELL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

// The low two bits of a command are its phase, the rest count calls. LOAD is the command the page is born with.
enum { PHASE_LOAD = 0, PHASE_PREPARE = 1, PHASE_RUN = 2, PHASE_COLLECT = 3 };

// Bit of `answer` that the broker's SIGCHLD handler sets, so that a wait ends at once when a child stops or dies.
static const uint32_t ANSWER_ALARM = 0x80000000u;
static const uint32_t ANSWER_NONE = 0x7FFFFFFFu;

enum { OUTCOME_OK = 0, OUTCOME_DECLINED = 1, OUTCOME_RAISED = 2, OUTCOME_LOAD = 3 };

typedef struct {
  _Alignas(64) _Atomic uint32_t command;   // written by the broker
  _Atomic uint32_t child_sleeps;           // the child waits in the futex, not in a spin
  uint32_t spin;                           // the child may spin when armed: a core is free for the broker
  uint32_t signature;                      // whose arguments the call has
  _Alignas(64) _Atomic uint32_t answer;    // the command that the child finished
  // Everything below is the child's word: the broker reads it after an answer, bounded, and trusts none of it.
  _Alignas(64) uint32_t outcome;
  uint32_t fault_signal;                   // of the handler that stands in for a missing tracer, 0 when none ran
  uint64_t fault_address;
  char error_kind[64];
  char message[2048];
} doorbell;

int futex_wait(_Atomic uint32_t *word, uint32_t expected, int64_t timeout_ns);
void futex_wake(_Atomic uint32_t *word);

// Broker: rings `command`, waking the child if it sleeps.
void doorbell_ring(doorbell *bell, uint32_t command);
// Child: waits for a command other than `last`. `armed` asks for a spin first, where the page allows it.
uint32_t doorbell_wait(doorbell *bell, uint32_t last, bool armed);
// Child: answers, and always wakes: whether the broker sleeps would tell it a judged call from a timed one.
void doorbell_answer(doorbell *bell, uint32_t command);

static inline void cpu_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif
