// A library of 4 GiB from two lines.
#include "attack.h"
static volatile char bomb[4ull << 30] = {1};
ATTACK(fills_library) { return bomb[a.rows], honest(a), 0; }
