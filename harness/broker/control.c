// Datagrams with descriptors (SCM_RIGHTS) over a SOCK_SEQPACKET pair.
#include "control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef union {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int) * FD_COUNT)];
} rights;

bool control_send(int socket, const void *message, size_t bytes, const int *descriptors, int count) {
  rights control = {0};
  struct iovec part = {(void *)message, bytes};
  struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > 0) {
    header.msg_control = control.bytes;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
    struct cmsghdr *first = CMSG_FIRSTHDR(&header);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    memcpy(CMSG_DATA(first), descriptors, sizeof(int) * (size_t)count);
  }
  ssize_t sent;
  do sent = sendmsg(socket, &header, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == (ssize_t)bytes;
}

long control_receive(int socket, void *message, size_t bytes, int *descriptors, int count) {
  rights control = {0};
  struct iovec part = {message, bytes};
  struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t received;
  do received = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  for (int i = 0; i < count; i++) descriptors[i] = -1;
  struct cmsghdr *first = CMSG_FIRSTHDR(&header);
  if (received > 0 && first && first->cmsg_type == SCM_RIGHTS && first->cmsg_len <= CMSG_LEN(sizeof(int) * (size_t)count))
    memcpy(descriptors, CMSG_DATA(first), first->cmsg_len - CMSG_LEN(0));
  return received;
}

void control_close_from(int first) {
  if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0) return;
  // Linux before 5.9.
  for (long number = first, end = sysconf(_SC_OPEN_MAX); number < end; number++) close((int)number);
}
