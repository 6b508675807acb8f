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
  bool reported;            // no child before that: its report would be taken for the answer
} zygote;

zygote *zygote_find(const char *name);
// Starts a zygote as the request says and, unless that says `wait: false`, puts its report into `reply`. False with `why` set.
bool zygote_start(const json *request, json_writer *reply, char why[static 256]);
// Puts the report of a zygote that was not waited for into `reply`. False with `why` set: then it is gone.
bool zygote_report(const json *request, json_writer *reply, char why[static 256]);
// Asks for a child; the descriptors go with the request. Returns its process id, or -1 with `why` set.
pid_t zygote_fork(zygote *from, const fork_request *request, const int *descriptors, int64_t deadline_ns, char why[static 256]);
void zygote_close_all(void);

#endif
