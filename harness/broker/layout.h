// Where each tensor lies: the one computation that the broker and the child both do from the same request.
#ifndef OPENXPU_LAYOUT_H
#define OPENXPU_LAYOUT_H

#include "json.h"

enum { MAX_TENSORS = 64, MAX_SIGNATURES = 4, MAX_RANK = 16, PAGE_BYTES = 4096, GUARD_BYTES = 256 * 1024 };

typedef struct {
  const char *name;
  const char *dtype;
  bool output;
  bool absent;                  // an optional tensor that this case leaves out; it has no memory
  int rank;
  int64_t shape[MAX_RANK];
  int64_t strides[MAX_RANK];    // in elements
  uint64_t bytes;               // extent from the data pointer to the last byte, 0 for absent and empty tensors
  uint64_t offset;              // bytes from the data pointer to the first element
  uint64_t page_bytes;          // mapped bytes, whole pages; 0 where there is no memory
  uint64_t start;               // first byte of the tensor, from the start of its pages
  uint64_t file_offset;         // of its pages in the memfd of its role
  uint64_t region_offset;       // of its pages in the child's region, guards before and after not counted
} tensor;

typedef struct {
  tensor tensors[MAX_TENSORS];  // of all signatures, one after the other
  int count;
  int signatures;
  int first[MAX_SIGNATURES + 1]; // tensors of signature s: from first[s] to first[s + 1]
  uint64_t file_bytes[2];       // of the inputs' memfd [0] and the outputs' memfd [1]
  uint64_t region_bytes;        // address space of all pages and guards
} layout;

// The object with the `tensors` and `attributes` of a signature: the request itself, then each of its `others`. NULL beyond the last.
const json *layout_signature(const json *request, int signature);

// Reads the tensors of all signatures and the `placement` of an `open` request; the names point into the document. False with `error` set.
bool layout_read(layout *out, const json *request, char error[static 160]);

#endif
