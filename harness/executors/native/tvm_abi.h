// The part of the TVM FFI C ABI (tvm/ffi/c_api.h) and of DLPack (dlpack.h, 1.x) that a call needs, so that the worker
// builds before the Python environment exists. Both ABIs are declared stable; the version found at run time is reported.
#ifndef OPENXPU_TVM_ABI_H
#define OPENXPU_TVM_ABI_H

#include <stddef.h>
#include <stdint.h>

enum { DL_INT = 0, DL_UINT = 1, DL_FLOAT = 2, DL_BFLOAT = 4, DL_COMPLEX = 5, DL_BOOL = 6, DL_CPU = 1 };

typedef struct {
  uint8_t code, bits;
  uint16_t lanes;
} dl_type;

typedef struct {
  int32_t kind, number;
} dl_device;

typedef struct {
  void *data;
  dl_device device;
  int32_t ndim;
  dl_type dtype;
  int64_t *shape;
  int64_t *strides;       // in elements
  uint64_t byte_offset;
} dl_tensor;

enum { TVM_NONE = 0, TVM_INT = 1, TVM_BOOL = 2, TVM_FLOAT = 3, TVM_DLTENSOR = 7 };

typedef struct {
  int32_t type;
  uint32_t padding;       // 0
  union {
    int64_t integer;
    double number;
    void *pointer;
  };
} tvm_any;

typedef struct {
  const char *bytes;
  size_t length;
} tvm_bytes;

// Header of every reference-counted object; an error's cell follows it.
typedef struct {
  uint64_t references;
  int32_t type;
  uint32_t padding;
  void *deleter;
} tvm_object;

typedef struct {
  tvm_object object;
  tvm_bytes kind, message;
} tvm_error;

typedef struct {
  uint32_t major, minor, patch;
} tvm_version;

// 0 on success; otherwise the error is fetched from the thread.
typedef int tvm_function(void *self, const tvm_any *arguments, int32_t count, tvm_any *result);

typedef struct {
  void (*get_version)(tvm_version *version);
  int (*get_global)(const tvm_bytes *name, void **function);
  int (*call)(void *function, tvm_any *arguments, int32_t count, tvm_any *result);
  void (*take_error)(void **error);
  int (*release)(void *object);
} tvm_library;

#endif
