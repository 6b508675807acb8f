// Each act is tried as a submission would try it, and made harmless: signals that are not sent, a victim instead of the broker, a file
// that is removed again.
#include "acts.h"

#include "control.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TELL = 3, SEALED = 4, SEALED_BYTES = 4096, LAST_DESCRIPTOR = 1024 };

// More than a probe's memory limit allows.
static const size_t TOO_MUCH = (size_t)4 << 30;

static const void *sealed_view;

static bool opens(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file >= 0) close(file);
  return file >= 0;
}

static bool opens_socket(const acts_scene *scene) {
  (void)scene;
  int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (one >= 0) close(one);
  return one >= 0;
}

static bool reaches_loopback(const acts_scene *scene) {
  int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (one < 0) return false;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)scene->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  bool reached = connect(one, (struct sockaddr *)&to, sizeof to) == 0;
  close(one);
  return reached;
}

static bool forks(const acts_scene *scene) {
  (void)scene;
  pid_t pid = fork();
  if (pid == 0) _exit(0);
  if (pid > 0) waitpid(pid, NULL, 0);
  return pid > 0;
}

static bool traces(const acts_scene *scene) {
  // Seized, not attached: it goes on, and is let go when this process ends.
  return ptrace(PTRACE_SEIZE, scene->victim, NULL, NULL) == 0;
}

static bool kills(const acts_scene *scene) { return kill(scene->victim, 0) == 0; }

static bool reads_memory(const acts_scene *scene) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", scene->victim);
  return opens("/proc/1/mem") || opens(path);
}

static bool reads_proc(const acts_scene *scene) {
  (void)scene;
  return opens("/proc/self/status") || opens("/proc/cpuinfo");
}

static bool reads_passwd(const acts_scene *scene) {
  (void)scene;
  return opens("/etc/passwd");
}

static bool reads_home(const acts_scene *scene) {
  (void)scene;
  return opens("/root") || opens("/home");
}

static bool writes_outside(const acts_scene *scene) {
  static const char *const folders[] = {"/", "/var/tmp/", "/dev/shm/", "/run/"};
  bool written = false;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    char path[64];
    snprintf(path, sizeof path, "%s.openxpu-probe-%d", folders[i], scene->victim);
    int file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) continue;
    written = true;
    close(file);
    unlink(path);
  }
  return written;
}

static bool takes_memory(const acts_scene *scene) {
  (void)scene;
  void *much = mmap(NULL, TOO_MUCH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (much == MAP_FAILED) return false;
  munmap(much, TOO_MUCH);
  return true;
}

static bool survives(const acts_scene *scene) {
  (void)scene;
  int death = 0;
  return prctl(PR_GET_PDEATHSIG, &death) != 0 || death != SIGKILL || prctl(PR_SET_PDEATHSIG, 0) == 0;
}

static bool sees_descriptors(const acts_scene *scene) {
  (void)scene;
  for (int number = SEALED + 1; number < LAST_DESCRIPTOR; number++)
    if (fcntl(number, F_GETFD) >= 0) return true;
  return false;
}

static bool writes_sealed(const acts_scene *scene) {
  (void)scene;
  void *again = mmap(NULL, SEALED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, SEALED, 0);
  if (again != MAP_FAILED) return true;
  return pwrite(SEALED, "x", 1, 0) == 1 || mprotect((void *)sealed_view, SEALED_BYTES, PROT_READ | PROT_WRITE) == 0;
}

static const struct {
  const char *name;
  bool (*done)(const acts_scene *scene);
  isolation from;           // the weakest level that denies it
} acts[ACT_COUNT] = {
  {"open a socket", opens_socket, LEVEL_RLIMIT},
  {"reach loopback", reaches_loopback, LEVEL_RLIMIT},
  {"start a process", forks, LEVEL_RLIMIT},
  {"trace its parent", traces, LEVEL_RLIMIT},
  {"signal its parent", kills, LEVEL_RLIMIT},
  {"read another process's memory", reads_memory, LEVEL_USERNS},
  {"read /proc", reads_proc, LEVEL_USERNS},
  {"read /etc/passwd", reads_passwd, LEVEL_USERNS},
  {"read home folders", reads_home, LEVEL_USERNS},
  {"write outside /tmp", writes_outside, LEVEL_RLIMIT},
  {"take more memory than allowed", takes_memory, LEVEL_RLIMIT},
  {"survive its parent", survives, LEVEL_RLIMIT},
  {"see other descriptors", sees_descriptors, LEVEL_RLIMIT},
  {"write a sealed input", writes_sealed, LEVEL_RLIMIT},
};

const char *act_name(int act) { return acts[act].name; }
bool act_promised(int act, isolation level) { return level >= acts[act].from; }

void acts_try(const acts_scene *scene, unsigned char possible[static ACT_COUNT]) {
  for (int i = 0; i < ACT_COUNT; i++)
    possible[i] = acts[i].done(scene);
}

void acts_keep(const acts_scene *scene, int tell) {
  int high_tell = fcntl(tell, F_DUPFD, 8), high_sealed = fcntl(scene->sealed, F_DUPFD, 8);
  dup2(high_tell, TELL);
  dup2(high_sealed, SEALED);
  control_close_from(SEALED + 1);
  sealed_view = mmap(NULL, SEALED_BYTES, PROT_READ, MAP_SHARED, SEALED, 0);
}

static bool make_sealed(acts_scene *scene) {
  scene->sealed = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (scene->sealed < 0 || ftruncate(scene->sealed, SEALED_BYTES) != 0) return false;
  scene->writable = mmap(NULL, SEALED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, scene->sealed, 0);
  // Where the seal is refused the act will show it.
  fcntl(scene->sealed, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  return scene->writable != MAP_FAILED;
}

static void make_listener(acts_scene *scene) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof at;
  scene->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // A machine without loopback has nothing to reach.
  if (scene->listener < 0 || bind(scene->listener, (struct sockaddr *)&at, length) != 0 || listen(scene->listener, 4) != 0) return;
  if (getsockname(scene->listener, (struct sockaddr *)&at, &length) == 0) scene->port = ntohs(at.sin_port);
}

bool acts_begin(acts_scene *scene) {
  *scene = (acts_scene){.listener = -1, .sealed = -1, .writable = MAP_FAILED};
  make_listener(scene);
  pid_t broker = getpid();
  scene->victim = fork();
  if (scene->victim == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // A broker that died before this line must leave nobody who holds the judge's pipes.
    control_close_from(0);
    while (getppid() == broker) pause();
    _exit(0);
  }
  bool made = make_sealed(scene) && scene->victim > 0;
  if (!made) acts_end(scene);
  return made;
}

void acts_end(acts_scene *scene) {
  if (scene->victim > 0 && kill(scene->victim, SIGKILL) == 0) waitpid(scene->victim, NULL, __WALL);
  if (scene->listener >= 0) close(scene->listener);
  if (scene->writable != MAP_FAILED) munmap(scene->writable, SEALED_BYTES);
  if (scene->sealed >= 0) close(scene->sealed);
}
