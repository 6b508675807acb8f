// What a process gives away for good before it runs a stranger's code: the same for kernels and for builds.
#ifndef OPENXPU_RIGHTS_H
#define OPENXPU_RIGHTS_H

#include "sandbox.h"

// In a new user namespace: the unprivileged id inside is the user's own id outside, all that an ordinary user may map.
bool rights_map_ids(unsigned user, unsigned group, char why[static REASON_BYTES]);
// Lowers a limit for good; one that is lower already stays.
bool rights_limit(int resource, uint64_t value);
// Identity, capabilities and the way back to them.
bool rights_drop(bool user_namespace, char why[static REASON_BYTES]);
// Writes "<step>: <errno>" to `why`; always false.
bool rights_fail(char why[static REASON_BYTES], const char *step);

#endif
