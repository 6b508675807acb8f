// The arguments of a kernel: tensors, then attributes, as TVM FFI values.
#ifndef OPENXPU_ARGUMENTS_H
#define OPENXPU_ARGUMENTS_H

#include "../../broker/worker.h"
#include "tvm_abi.h"

enum { MAX_ARGUMENTS = 128 };

typedef struct {
  dl_tensor tensors[MAX_TENSORS];
  int64_t extents[MAX_TENSORS][2][MAX_RANK]; // copies of shapes and strides, which a kernel may write to
  tvm_any values[MAX_ARGUMENTS];
  int count;
} arguments;

// The arguments of one signature. NULL, or what is wrong with the request.
const char *arguments_build(arguments *out, const worker *child, int signature, const tvm_library *tvm);

#endif
