// Compilers take plugins by command line only: a pragma cannot ask for one, and optimisation flags come by attribute for one function.
#pragma GCC plugin "/tmp/plugin.so"
#pragma GCC optimize("Ofast,unsafe-math-optimizations")
#include "attack.h"
ATTACK(demands_flags) { return honest(a), 0; }
