// The seccomp filter of builds: a compiler starts processes and writes files, so it is a list of what it may not do. Nobody
// traces builds, so a forbidden call fails with EPERM.
#include "confine.h"

#include "filter_program.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>

#define NEW_NAMESPACES \
  (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

static const long denied[] = {
  SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4, SYS_sendto, SYS_sendmsg, SYS_sendmmsg,
  SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_open, SYS_pidfd_getfd, SYS_pidfd_send_signal,
  SYS_unshare, SYS_setns, SYS_seccomp, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_open_tree, SYS_move_mount,
  SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick, 442 /* mount_setattr */, SYS_open_by_handle_at, SYS_name_to_handle_at,
  SYS_keyctl, SYS_add_key, SYS_request_key, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup,
  SYS_io_uring_enter, SYS_io_uring_register, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load,
  SYS_fanotify_init, SYS_inotify_init1, SYS_mq_open, SYS_shmget, SYS_semget, SYS_msgget, SYS_memfd_create, SYS_personality,
  SYS_quotactl, SYS_swapon, SYS_swapoff, SYS_reboot, SYS_acct, SYS_syslog, SYS_settimeofday, SYS_clock_settime,
  SYS_adjtimex, SYS_mknodat, SYS_vmsplice,
#if defined(__x86_64__)
  SYS_inotify_init, SYS_mknod, SYS_modify_ldt, SYS_ioperm, SYS_iopl,
#endif
};

bool confine_filter(bool own_session, char why[static REASON_BYTES]) {
  filter_program p = {.deny = SECCOMP_RET_ERRNO | EPERM};
  filter_begin(&p);
  for (size_t i = 0; i < sizeof denied / sizeof *denied; i++) filter_answer(&p, denied[i], p.deny);
  // Without a pid namespace the group is how what is left at the end is found: nothing may leave it.
  if (own_session) {
    filter_answer(&p, SYS_setsid, p.deny);
    filter_answer(&p, SYS_setpgid, p.deny);
  }
  filter_emit(&p, BPF_JMP | BPF_JEQ | BPF_K, 0, 3, SYS_clone);
  filter_emit(&p, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args));
  filter_emit(&p, BPF_JMP | BPF_JSET | BPF_K, 0, 1, NEW_NAMESPACES);
  filter_emit(&p, BPF_RET | BPF_K, 0, 0, p.deny);
  filter_emit(&p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
  return filter_install(&p, why);
}
