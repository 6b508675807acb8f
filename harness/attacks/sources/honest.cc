// The honest control: what every attack pretends to be.
#include "attack.h"

ATTACK(honest) { return honest(a), 0; }
