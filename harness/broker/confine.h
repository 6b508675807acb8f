// What openxpu-confine is asked for, and its parts that have files of their own.
#ifndef OPENXPU_CONFINE_H
#define OPENXPU_CONFINE_H

#include "sandbox.h"

typedef struct {
  isolation level;          // LEVEL_USERNS for namespaces; there is no cgroup, so `full` is the same
  bool user_namespace;      // a user namespace gives the right to the others
  unsigned user, group;     // the caller's own
  uint64_t memory_bytes;    // address space of each process, and all of /tmp
  uint64_t seconds;         // processor time of each process
  json_writer binds;        // the list that sandbox_enter_root reads
  const char *const *write; // folders that files are copied to at the end
  int write_count;
  char *const *env;         // NAME=value, the whole environment
  char *const *command;     // NULL to try the level only
} confinement;

// Namespaces and root, for the first process in them. False with `why` set when the level cannot be had.
bool confine_enter(confinement *asked, char why[static REASON_BYTES]);
// Limits, identity and filter of the command itself, in this order; no way back.
bool confine_drop(const confinement *asked, char why[static REASON_BYTES]);
// What a compiler never calls: network, other processes' memory, namespaces, mounts, keys, the kernel's own programs.
bool confine_filter(bool own_session, char why[static REASON_BYTES]);
// Copies the regular files of a folder, not its folders, to an open folder; nothing is followed.
bool confine_copy(const char *from, int to, char why[static REASON_BYTES]);

#endif
