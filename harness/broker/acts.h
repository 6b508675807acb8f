// The forbidden acts that the probe tries from inside a sandbox: a level is what it holds back, not what it was asked for.
#ifndef OPENXPU_ACTS_H
#define OPENXPU_ACTS_H

#include "sandbox.h"

#include <sys/types.h>

enum { ACT_COUNT = 14 };

// What a probe needs outside the sandbox: a victim, a port that listens on loopback, a sealed input.
typedef struct {
  pid_t victim;             // a process of the broker's own rights that only sleeps, in the broker's place
  int listener, port;
  int sealed;
  void *writable;           // the broker's own mapping, made before the seal
} acts_scene;

// False, with everything taken down, where the machine has no process, socket or memory left for it.
bool acts_begin(acts_scene *scene);
void acts_end(acts_scene *scene);

// In the process that will be tried, before it enters: leaves it descriptor 3 to tell the result, made from `tell`, and 4, the sealed input.
void acts_keep(const acts_scene *scene, int tell);
// Inside the sandbox: tries every act. possible[i] says that act i went through.
void acts_try(const acts_scene *scene, unsigned char possible[static ACT_COUNT]);

const char *act_name(int act);
// Whether a level is to deny the act.
bool act_promised(int act, isolation level);

#endif
