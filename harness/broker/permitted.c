// Memory, threads of its own, time, and files that its root shows: what a kernel, its C library and Python's need. Calls with conditions are in
// forbidden.c: the filter asks there first.
#include "permitted.h"

#include <sys/syscall.h>

const int permitted_calls[] = {
  // What a kernel does while the clock runs.
  SYS_futex, SYS_madvise, SYS_munmap, SYS_mmap, SYS_brk, SYS_write, SYS_read, SYS_sched_yield, SYS_clock_gettime, SYS_gettid,
  // Memory.
  SYS_mprotect, SYS_mremap, SYS_mincore, SYS_msync, SYS_mlock, SYS_munlock, SYS_get_mempolicy, SYS_set_mempolicy, SYS_mbind,
  // Its own process and threads.
  SYS_clone, SYS_exit, SYS_exit_group, SYS_wait4, SYS_waitid, SYS_set_tid_address, SYS_set_robust_list, SYS_get_robust_list, SYS_rseq,
  SYS_kill, SYS_tgkill, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigpending, SYS_rt_sigtimedwait, SYS_sigaltstack,
  SYS_restart_syscall, SYS_prctl, SYS_getpid, SYS_getppid, SYS_getpgid, SYS_getsid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
  SYS_getresuid, SYS_getresgid, SYS_getgroups, SYS_capget, SYS_getcpu, SYS_sched_getaffinity, SYS_sched_setaffinity,
  SYS_sched_getparam, SYS_sched_getscheduler, SYS_sched_get_priority_max, SYS_sched_get_priority_min, SYS_getpriority, SYS_getrlimit,
  SYS_prlimit64, SYS_getrusage, SYS_times, SYS_sysinfo, SYS_uname, SYS_getrandom,
  // Time.
  SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
  // Files and descriptors: the root is read-only but for /tmp, and holds only what was declared.
  SYS_openat, SYS_close, SYS_close_range, SYS_readv, SYS_pread64, SYS_preadv, SYS_writev, SYS_pwrite64, SYS_pwritev, SYS_lseek, SYS_fstat,
  SYS_newfstatat, SYS_statx, SYS_statfs, SYS_fstatfs, SYS_faccessat, SYS_faccessat2, SYS_readlinkat, SYS_getdents64, SYS_getcwd, SYS_chdir,
  SYS_fchdir, SYS_umask, SYS_dup, SYS_dup3, SYS_fcntl, SYS_ioctl, SYS_flock, SYS_ftruncate, SYS_fallocate, SYS_fsync, SYS_fdatasync,
  SYS_fadvise64, SYS_fchmod, SYS_fchown, SYS_utimensat, SYS_copy_file_range, SYS_sendfile, SYS_getxattr, SYS_lgetxattr, SYS_fgetxattr, SYS_listxattr,
  SYS_llistxattr, SYS_flistxattr, SYS_mkdirat, SYS_unlinkat, SYS_renameat2, SYS_linkat, SYS_symlinkat, SYS_fchmodat, SYS_fchownat, SYS_truncate,
  // The worker's last word to the broker before the load; its socket is closed then, and no other can be made.
  SYS_sendmsg,
  // Waiting for its own descriptors.
  SYS_pipe2, SYS_ppoll, SYS_pselect6, SYS_eventfd2, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait,
#if defined(__x86_64__)
  SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_dup2, SYS_pipe, SYS_poll, SYS_select, SYS_epoll_create, SYS_epoll_wait,
  SYS_eventfd, SYS_getdents, SYS_getpgrp, SYS_pause, SYS_time, SYS_arch_prctl, SYS_utime, SYS_utimes, SYS_creat, SYS_mkdir, SYS_rmdir,
  SYS_unlink, SYS_rename, SYS_renameat, SYS_link, SYS_symlink, SYS_chmod,
#endif
};

const int permitted_count = sizeof permitted_calls / sizeof *permitted_calls;
