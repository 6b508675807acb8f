// Memfds, seals, poison and canaries.
#include "memory.h"

#include "clock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010 // Linux 5.1
#endif

char *memory_create(const char *name, uint64_t bytes, int *file) {
  *file = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (*file < 0) return NULL;
  char *memory = MAP_FAILED;
  if (ftruncate(*file, (off_t)bytes) == 0 && fcntl(*file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0)
    memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, *file, 0);
  if (memory != MAP_FAILED) return memory;
  close(*file);
  *file = -1;
  return NULL;
}

bool memory_open(tensor_memory *memory, const layout *tensors) {
  for (int role = 0; role < 2; role++) memory->bytes[role] = tensors->file_bytes[role] ? tensors->file_bytes[role] : PAGE_BYTES;
  memory->input_fd = memory->output_fd = -1;
  memory->inputs = memory_create("inputs", memory->bytes[0], &memory->input_fd);
  memory->outputs = memory_create("outputs", memory->bytes[1], &memory->output_fd);
  // Our own writable mapping was made before the seal and stays writable; nobody can make another.
  bool sealed = memory->inputs && fcntl(memory->input_fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) == 0;
  if (sealed && memory->outputs) return true;
  memory_release(memory);
  return false;
}

void memory_close_files(tensor_memory *memory) {
  if (memory->input_fd >= 0) close(memory->input_fd);
  if (memory->output_fd >= 0) close(memory->output_fd);
  memory->input_fd = memory->output_fd = -1;
}

void memory_release(tensor_memory *memory) {
  memory_close_files(memory);
  if (memory->inputs) munmap(memory->inputs, memory->bytes[0]);
  if (memory->outputs) munmap(memory->outputs, memory->bytes[1]);
  memory->inputs = memory->outputs = NULL;
}

char *memory_at(const tensor_memory *memory, const tensor *t) {
  if (!t->page_bytes) return NULL;
  return (t->output ? memory->outputs : memory->inputs) + t->file_offset + t->start;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool poison_read(poison *pattern, const char *hex) {
  size_t digits = hex ? strlen(hex) : 0;
  if (!digits || digits % 2 || digits > 2 * MAX_POISON) return false;
  pattern->length = digits / 2;
  for (size_t i = 0; i < pattern->length; i++) {
    int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    pattern->bytes[i] = (unsigned char)(high * 16 + low);
  }
  return true;
}

// Red zones are random, so that a kernel cannot put back what it overwrote: splitmix64 (Steele, Lea, Flood 2014) over the place.
static unsigned char red_byte(uint64_t key, uint64_t place) {
  uint64_t z = key + (place / 8 + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return (unsigned char)((z ^ z >> 31) >> 8 * (place % 8));
}

static void new_red_key(tensor_memory *memory) {
  uint64_t fresh;
  // Without entropy the key still changes with every call.
  if (getrandom(&fresh, sizeof fresh, GRND_NONBLOCK) != (ssize_t)sizeof fresh) fresh = (uint64_t)clock_ns();
  memory->red_key ^= fresh + (memory->red_key << 1 | 1);
}

void memory_poison(tensor_memory *memory, const layout *tensors, const poison *pattern) {
  new_red_key(memory);
  for (int i = 0; i < tensors->count; i++) {
    const tensor *t = &tensors->tensors[i];
    if (!t->output || !t->page_bytes) continue;
    char *first = memory_at(memory, t), *pages = first - t->start;
    uint64_t filled = pattern->length < t->bytes ? pattern->length : t->bytes, end = t->start + t->bytes;
    memcpy(first, pattern->bytes, filled);
    for (; filled < t->bytes; filled *= 2) memcpy(first + filled, first, filled < t->bytes - filled ? filled : t->bytes - filled);
    for (uint64_t j = 0; j < t->start; j++) pages[j] = (char)red_byte(memory->red_key, t->file_offset + j);
    for (uint64_t j = end; j < t->page_bytes; j++) pages[j] = (char)red_byte(memory->red_key, t->file_offset + j);
  }
}

int64_t memory_canary(const tensor_memory *memory, const tensor *t, bool after) {
  const char *pages = memory_at(memory, t) - t->start;
  uint64_t end = t->start + t->bytes;
  if (after) {
    for (uint64_t j = end; j < t->page_bytes; j++)
      if ((unsigned char)pages[j] != red_byte(memory->red_key, t->file_offset + j)) return (int64_t)(j - t->start);
  } else {
    for (uint64_t j = t->start; j-- > 0;)
      if ((unsigned char)pages[j] != red_byte(memory->red_key, t->file_offset + j)) return (int64_t)j - (int64_t)t->start;
  }
  return 0;
}

bool staging_grow(staging *area, uint64_t bytes) {
  if (!area->size) area->file = memfd_create("staging", MFD_CLOEXEC);
  if (area->file < 0) return false;
  uint64_t size = (bytes / PAGE_BYTES + 1) * PAGE_BYTES;
  if (size <= area->size) return true;
  if (ftruncate(area->file, (off_t)size) != 0) return false;
  void *grown = area->size ? mremap(area->bytes, area->size, size, MREMAP_MAYMOVE)
                           : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, area->file, 0);
  if (grown == MAP_FAILED) return false;
  area->bytes = grown;
  area->size = size;
  return true;
}

char *staging_at(const staging *area, int64_t offset, uint64_t bytes) {
  if (offset < 0 || (uint64_t)offset > area->size || bytes > area->size - (uint64_t)offset) return NULL;
  return area->bytes ? area->bytes + offset : NULL;
}
