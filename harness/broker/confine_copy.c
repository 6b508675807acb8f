// What a build made leaves its private folder: regular files at the top, by name, into a folder that was opened before. Each
// arrives whole or not at all, since two builds of the same sources may hand over at the same time.
#include "confine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool fail(char why[static REASON_BYTES], const char *step, const char *name) {
  snprintf(why, REASON_BYTES, "%s %.128s: %s", step, name, strerror(errno));
  return false;
}

// All files of a build together; holes in them cost a private folder nothing, and the disk their whole size.
enum { ALL_BYTES = 256 << 20 };

static bool copy_file(int from, int to, const char *name, off_t *room, char why[static REASON_BYTES]) {
  struct stat kind;
  // Nonblocking: opening a pipe must not wait for a writer.
  int source = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (source < 0) return errno == ELOOP || errno == ENXIO || fail(why, "open", name);
  bool done = fstat(source, &kind) == 0;
  if (done && S_ISREG(kind.st_mode)) {
    char half[64];
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(half, sizeof half, ".half-%llx%09lx", (unsigned long long)now.tv_sec, now.tv_nsec);
    int target = openat(to, half, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    off_t left = kind.st_size;
    *room -= left;
    if (*room < 0) errno = EFBIG;
    done = target >= 0 && *room >= 0;
    while (done && left > 0) {
      ssize_t moved = sendfile(target, source, NULL, (size_t)left);
      if (moved == 0) errno = EIO;
      done = moved > 0;
      left -= done ? moved : 0;
    }
    if (!done) fail(why, "copy", name);
    // A file system can report a full disk as late as here.
    if (target >= 0 && close(target) != 0 && done) done = fail(why, "close", name);
    // A link of that name is replaced, not followed.
    if (done && renameat(to, half, to, name) != 0) done = fail(why, "rename", name);
    if (!done && target >= 0) unlinkat(to, half, 0);
  }
  close(source);
  return done;
}

bool confine_copy(const char *from, int to, char why[static REASON_BYTES]) {
  DIR *folder = opendir(from);
  if (!folder) return fail(why, "open", from);
  bool done = true;
  off_t room = ALL_BYTES;
  for (struct dirent *entry; done && (entry = readdir(folder));)
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) done = copy_file(dirfd(folder), to, entry->d_name, &room, why);
  closedir(folder);
  return done;
}
