// Who runs where while calls are timed: the kernels that are compared share one core, the broker takes the others.
#ifndef OPENXPU_CORES_H
#define OPENXPU_CORES_H

#include "child.h"

// Puts each kernel of a list on the same core. Nothing happens where one of them has more threads than one, or there is one core only.
void cores_part(child *const *kernels, int count);
// The broker may run anywhere again; the kernels stay, frozen.
void cores_rejoin(void);

#endif
