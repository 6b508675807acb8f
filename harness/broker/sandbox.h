// The sandbox: one function that a process calls on itself before it loads a submission.
#ifndef OPENXPU_SANDBOX_H
#define OPENXPU_SANDBOX_H

#include "json.h"

// From weak to strong; `full` is userns plus a cgroup that limits and freezes, which the broker adds from outside.
typedef enum { LEVEL_NONE, LEVEL_RLIMIT, LEVEL_USERNS, LEVEL_FULL } isolation;

enum { UNPRIVILEGED_ID = 65534, REASON_BYTES = 256 };

typedef struct {
  isolation level;
  bool user_namespace;      // the process was cloned into a user namespace of its own and must write its maps,
  unsigned user, group;     // for these ids, its own before the clone
  bool apart;               // its network, ipc and host name are already those of an empty namespace, which the zygote made
  bool traced;              // a tracer names denied system calls; without one they fail with EPERM
  bool jit;                 // may map executable memory (oneDNN's and FBGEMM's generated code)
  int threads;              // 1 denies every clone, more allows threads only
  uint64_t memory_bytes;    // allowed on top of the address space in use at entry; 0 for no limit
  const json *binds;        // [{from, to}], read-only
  const json *env;          // the whole environment from here on
} sandbox_spec;

const char *isolation_name(isolation level);
isolation isolation_from_name(const char *name, isolation fallback);

// Flags that the clone of a child needs for `level`; a pid namespace begins only at a clone.
unsigned long sandbox_clone_flags(isolation level, bool user_namespace);

// Moves the caller into empty network, ipc and host name namespaces, which its children inherit: making them anew for each child costs milliseconds, and
// taking them down holds the kernel's lock. What the children could share there needs sockets or keys, which the filter forbids.
bool sandbox_set_apart(void);

// False with `why` set when the level could not be reached: the process must then end.
bool sandbox_enter(const sandbox_spec *spec, char why[static REASON_BYTES]);

// The parts of sandbox_enter that have files of their own.
bool sandbox_enter_root(const sandbox_spec *spec, char why[static REASON_BYTES]);
bool sandbox_install_filter(const sandbox_spec *spec, char why[static REASON_BYTES]);

#endif
