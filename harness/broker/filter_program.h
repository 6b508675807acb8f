// A seccomp filter as it is put together: its beginning and its end are the same for kernels and for builds.
#ifndef OPENXPU_FILTER_PROGRAM_H
#define OPENXPU_FILTER_PROGRAM_H

#include "sandbox.h"

#include <linux/filter.h>

enum { MAX_INSTRUCTIONS = 2048 };

typedef struct {
  struct sock_filter code[MAX_INSTRUCTIONS];
  unsigned short length;
  unsigned deny;            // what a forbidden call answers
} filter_program;

void filter_emit(filter_program *p, unsigned short code, unsigned char yes, unsigned char no, uint32_t k);
// One verdict for one call.
void filter_answer(filter_program *p, long number, uint32_t verdict);
// Another ABI than the machine's own ends the process; clone3 is not there, because its flags lie in memory that a filter cannot read: the C library
// falls back to clone. Leaves the call's number loaded.
void filter_begin(filter_program *p);
bool filter_install(const filter_program *p, char why[static REASON_BYTES]);

#endif
