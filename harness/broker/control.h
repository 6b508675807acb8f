// Messages on the sockets between broker, zygote and child. They carry no case tensors; memory travels as descriptors.
#ifndef OPENXPU_CONTROL_H
#define OPENXPU_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Environment variable that tells a zygote the number of its socket.
#define CONTROL_VARIABLE "OPENXPU_CONTROL"

enum { DOORBELL_BYTES = 4096, REPORT_BYTES = 60 * 1024 };

// Descriptors of a fork request, in this order. BELL holds the doorbell page and, after it, the text of the open request.
enum { FD_INPUTS, FD_OUTPUTS, FD_BELL, FD_LOG, FD_CHILD, FD_COUNT };

// Broker to zygote: fork.
typedef struct {
  uint32_t level;           // isolation
  uint32_t user_namespace;
  uint64_t request_bytes;
} fork_request;

// Zygote to broker: the child's process id, or the error of the clone.
typedef struct {
  int32_t pid;
  int32_t error;
} fork_reply;

// Broker to child, once it is traced and in its cgroup.
typedef struct {
  uint32_t traced;
} child_go;

// Child to broker, inside the sandbox and before it reads the submission; afterwards the socket is closed.
typedef struct {
  uint32_t entered;
  uint32_t converts;        // trusted conversions of inputs and outputs surround the run phase
  uint64_t region;          // address of the tensors' region
  char why[256];
} child_entered;

// One datagram with up to FD_COUNT descriptors. The receiver gets the number of bytes, 0 at the end, -1 on error.
bool control_send(int socket, const void *message, size_t bytes, const int *descriptors, int count);
long control_receive(int socket, void *message, size_t bytes, int *descriptors, int count);

// Closes every descriptor from `first` on.
void control_close_from(int first);

#endif
