// The tracer: stops, signals and forbidden system calls of children, and the freeze.
#ifndef OPENXPU_TRACER_H
#define OPENXPU_TRACER_H

#include "child.h"

// Attaches to a child that waits for it. False where tracing is refused; the child is then watched as its parent only.
bool tracer_seize(child *kernel);
// Handles everything that has happened to any child, without waiting.
void tracer_poll(void);
// Stops every thread, and lets all go on again. False when the child failed before it stopped.
bool tracer_freeze(child *kernel);
void tracer_thaw(child *kernel);
// Kills and reaps; afterwards `dead` is set.
void tracer_kill(child *kernel);

#endif
