// Which forbidden call a thread was stopped at, if it was forbidden after all.
#ifndef OPENXPU_DENIAL_H
#define OPENXPU_DENIAL_H

#include "forbidden.h"
#include "sandbox.h"

#include <sys/types.h>

enum { DENIAL_PATH_BYTES = 256 };

// NULL for a call that may go on: a file call on the sandbox's own /tmp or /dev/null, a signal's default action, and the code of a library that is mapped while the kernel
// is `loading`. `path` gets the path of a file call, else it is empty.
const forbidden_call *denial_of(pid_t thread, isolation level, bool loading, char path[static DENIAL_PATH_BYTES]);

#endif
