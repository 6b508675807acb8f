// The broker's view of a child's tensors: sealed inputs, poisoned outputs, canaries, and the judge's staging area.
#ifndef OPENXPU_MEMORY_H
#define OPENXPU_MEMORY_H

#include "layout.h"

typedef struct {
  char *inputs, *outputs;       // the broker's writable mappings of the two memfds, in file order
  int input_fd, output_fd;      // closed once the child has them
  uint64_t bytes[2];
  uint64_t red_key;             // of the red zones' bytes: another for every call
} tensor_memory;

enum { MAX_POISON = 64 };

typedef struct {
  unsigned char bytes[MAX_POISON];
  size_t length;
} poison;

typedef struct {
  char *bytes;
  uint64_t size;
  int file;
} staging;

// A memfd that cannot change its size; NULL on failure, with errno.
char *memory_create(const char *name, uint64_t bytes, int *file);

bool memory_open(tensor_memory *memory, const layout *tensors);
void memory_close_files(tensor_memory *memory);
void memory_release(tensor_memory *memory);
// First byte of a tensor in the broker, NULL where it has no memory.
char *memory_at(const tensor_memory *memory, const tensor *t);

bool poison_read(poison *pattern, const char *hex);
// Fills the outputs: tensors with the pattern, the slack of their pages with canaries that nobody can foretell.
void memory_poison(tensor_memory *memory, const layout *tensors, const poison *pattern);
// Offset from the tensor's first byte of the changed canary nearest to the tensor, or 0 when all are whole.
int64_t memory_canary(const tensor_memory *memory, const tensor *t, bool after);

// Grows the staging area to at least `bytes`, keeping its content.
bool staging_grow(staging *area, uint64_t bytes);
// The bytes at `offset`, or NULL when they do not lie inside.
char *staging_at(const staging *area, int64_t offset, uint64_t bytes);

#endif
