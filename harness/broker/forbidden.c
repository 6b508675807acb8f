// The list itself. clone3 is missing on purpose: its flags lie in memory that a filter cannot read, so it is answered
// with ENOSYS and the C library falls back to clone.
#include "forbidden.h"

#include <sys/syscall.h>

#define CALL(name, category, when, argument) {SYS_##name, #name, category, when, argument}

const forbidden_call forbidden_calls[] = {
  CALL(clone, "process", UNLESS_THREAD, 0),
  CALL(execve, "process", ALWAYS, 0),
  CALL(execveat, "process", ALWAYS, 0),
  CALL(ptrace, "process", ALWAYS, 0),
  CALL(process_vm_readv, "process", ALWAYS, 0),
  CALL(process_vm_writev, "process", ALWAYS, 0),
  CALL(kcmp, "process", ALWAYS, 0),
  CALL(kill, "process", UNLESS_SELF, 0),
  CALL(tkill, "process", ALWAYS, 0),
  CALL(tgkill, "process", UNLESS_SELF, 0),
  CALL(rt_sigqueueinfo, "process", ALWAYS, 0),
  CALL(rt_tgsigqueueinfo, "process", ALWAYS, 0),
  CALL(pidfd_open, "process", ALWAYS, 0),
  CALL(pidfd_send_signal, "process", ALWAYS, 0),
  CALL(pidfd_getfd, "process", ALWAYS, 0),
  CALL(unshare, "process", ALWAYS, 0),
  CALL(setns, "process", ALWAYS, 0),
  // A signal handler or a timer could run after the answer, or hide a fault.
  CALL(rt_sigaction, "process", IF_HANDLER, 1),
  CALL(setitimer, "process", ALWAYS, 0),
  CALL(timer_create, "process", ALWAYS, 0),
  CALL(prctl, "process", IF_PROCESS_OPTION, 0),
  CALL(seccomp, "process", ALWAYS, 0),
  CALL(socket, "network", ALWAYS, 0),
  CALL(socketpair, "network", ALWAYS, 0),
  CALL(connect, "network", ALWAYS, 0),
  CALL(bind, "network", ALWAYS, 0),
  CALL(listen, "network", ALWAYS, 0),
  CALL(accept, "network", ALWAYS, 0),
  CALL(accept4, "network", ALWAYS, 0),
  CALL(openat, "file", IF_WRITING, 2),
  CALL(openat2, "file", ALWAYS, 0),
  CALL(mkdirat, "file", PATH_WRITE, 1),
  CALL(unlinkat, "file", PATH_WRITE, 1),
  CALL(renameat2, "file", PATH_WRITE, 3),
  CALL(linkat, "file", PATH_WRITE, 3),
  CALL(symlinkat, "file", PATH_WRITE, 2),
  CALL(fchmodat, "file", PATH_WRITE, 1),
  CALL(fchownat, "file", PATH_WRITE, 1),
  CALL(truncate, "file", PATH_WRITE, 0),
  CALL(mknodat, "file", ALWAYS, 0),
  CALL(mmap, "memory", IF_ANONYMOUS_CODE, 2),
  CALL(mprotect, "memory", IF_EXECUTABLE, 2),
  CALL(pkey_mprotect, "memory", ALWAYS, 0),
  CALL(remap_file_pages, "memory", ALWAYS, 0),
  CALL(userfaultfd, "memory", ALWAYS, 0),
  CALL(memfd_create, "memory", ALWAYS, 0),
  CALL(vmsplice, "memory", ALWAYS, 0),
  CALL(io_uring_setup, "system", ALWAYS, 0),
  CALL(io_uring_enter, "system", ALWAYS, 0),
  CALL(io_uring_register, "system", ALWAYS, 0),
  CALL(bpf, "system", ALWAYS, 0),
  CALL(perf_event_open, "system", ALWAYS, 0),
  CALL(mount, "system", ALWAYS, 0),
  CALL(umount2, "system", ALWAYS, 0),
  CALL(pivot_root, "system", ALWAYS, 0),
  CALL(chroot, "system", ALWAYS, 0),
  CALL(open_tree, "system", ALWAYS, 0),
  CALL(move_mount, "system", ALWAYS, 0),
  CALL(fsopen, "system", ALWAYS, 0),
  CALL(fsmount, "system", ALWAYS, 0),
  CALL(fspick, "system", ALWAYS, 0),
  CALL(open_by_handle_at, "system", ALWAYS, 0),
  CALL(keyctl, "system", ALWAYS, 0),
  CALL(add_key, "system", ALWAYS, 0),
  CALL(request_key, "system", ALWAYS, 0),
  CALL(init_module, "system", ALWAYS, 0),
  CALL(finit_module, "system", ALWAYS, 0),
  CALL(fanotify_init, "system", ALWAYS, 0),
  CALL(personality, "system", ALWAYS, 0),
  CALL(mq_open, "system", ALWAYS, 0),
#if defined(__x86_64__)
  CALL(fork, "process", ALWAYS, 0),
  CALL(vfork, "process", ALWAYS, 0),
  CALL(alarm, "process", ALWAYS, 0),
  CALL(open, "file", IF_WRITING, 1),
  CALL(creat, "file", PATH_WRITE, 0),
  CALL(mkdir, "file", PATH_WRITE, 0),
  CALL(rmdir, "file", PATH_WRITE, 0),
  CALL(unlink, "file", PATH_WRITE, 0),
  CALL(rename, "file", PATH_WRITE, 1),
  CALL(renameat, "file", PATH_WRITE, 3),
  CALL(link, "file", PATH_WRITE, 1),
  CALL(symlink, "file", PATH_WRITE, 1),
  CALL(chmod, "file", PATH_WRITE, 0),
  CALL(mknod, "file", ALWAYS, 0),
  CALL(modify_ldt, "system", ALWAYS, 0),
  CALL(ioperm, "system", ALWAYS, 0),
  CALL(iopl, "system", ALWAYS, 0),
#endif
};

const int forbidden_count = sizeof forbidden_calls / sizeof *forbidden_calls;

const forbidden_call *forbidden_find(long number) {
  for (int i = 0; i < forbidden_count; i++)
    if (forbidden_calls[i].number == number) return &forbidden_calls[i];
  return 0;
}

int forbidden_path_argument(const forbidden_call *call) {
  if (call->when == PATH_WRITE) return call->argument;
  if (call->when != IF_WRITING) return -1;
  return call->argument - 1;
}
