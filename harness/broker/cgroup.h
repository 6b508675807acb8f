// One cgroup per broker for all its children: memory, number of processes, freezing. Best effort; it separates the
// levels `full` and `userns`.
#ifndef OPENXPU_CGROUP_H
#define OPENXPU_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// Creates the groups and tries a limit and a freeze. False with `why` set where one of them is refused.
bool cgroup_open(char why[static 256]);
// Moves a child in and raises the memory limit by `bytes`; cgroup_release lowers it again.
bool cgroup_join(pid_t pid, uint64_t bytes);
void cgroup_release(uint64_t bytes);
void cgroup_close(void);

#endif
