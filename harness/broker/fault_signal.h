// Stand-in for a missing tracer: a handler in the child that writes the fault's address into the doorbell page.
#ifndef OPENXPU_FAULT_HANDLER_H
#define OPENXPU_FAULT_HANDLER_H

#include "doorbell.h"

// What it reports is advisory: it runs in the submission's own process.
void fault_signal_install(doorbell *bell);

#endif
