// Warm processes that fork children.
#ifndef OPENXPU_ZYGOTE_H
#define OPENXPU_ZYGOTE_H

#include "control.h"
#include "json.h"

#include <sys/types.h>

enum { MAX_ZYGOTES = 8 };

typedef struct {
  char name[64];
  pid_t pid;                // 0 for a free place
  int control;
} zygote;

zygote *zygote_find(const char *name);
// Starts a zygote as the request says and waits for its report, which it puts into `reply`. False with `why` set.
bool zygote_start(const json *request, json_writer *reply, char why[static 256]);
// Asks for a child; the descriptors go with the request. Returns its process id, or -1 with `why` set.
pid_t zygote_fork(zygote *from, const fork_request *request, const int *descriptors, int64_t deadline_ns, char why[static 256]);
void zygote_close_all(void);

#endif
