// Building TVM FFI values from the request.
#include "arguments.h"

#include <string.h>

typedef struct {
  const char *name;
  uint8_t code, bits;
} dtype_code;

// Names as PyTorch and TVM FFI write them; codes from dlpack.h 1.1.
static const dtype_code dtypes[] = {
  {"int8", DL_INT, 8},         {"int16", DL_INT, 16},       {"int32", DL_INT, 32},       {"int64", DL_INT, 64},
  {"uint8", DL_UINT, 8},       {"uint16", DL_UINT, 16},     {"uint32", DL_UINT, 32},     {"uint64", DL_UINT, 64},
  {"float16", DL_FLOAT, 16},   {"float32", DL_FLOAT, 32},   {"float64", DL_FLOAT, 64},   {"bfloat16", DL_BFLOAT, 16},
  {"bool", DL_BOOL, 8},        {"complex64", DL_COMPLEX, 64}, {"complex128", DL_COMPLEX, 128},
  {"float8_e3m4", 7, 8},       {"float8_e4m3", 8, 8},       {"float8_e4m3b11fnuz", 9, 8}, {"float8_e4m3fn", 10, 8},
  {"float8_e4m3fnuz", 11, 8},  {"float8_e5m2", 12, 8},      {"float8_e5m2fnuz", 13, 8},  {"float8_e8m0fnu", 14, 8},
  {"int4", DL_INT, 4},         {"uint4", DL_UINT, 4},       {"float4_e2m1fn", 17, 4},
};

static const dtype_code *find_dtype(const char *name) {
  for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
    if (strcmp(dtypes[i].name, name) == 0) return &dtypes[i];
  return NULL;
}

static const char *add_tensor(arguments *out, const worker *child, int index) {
  const tensor *t = &openxpu_layout(child)->tensors[index];
  tvm_any *value = &out->values[out->count++];
  *value = (tvm_any){.type = TVM_NONE};
  if (t->absent) return NULL;
  const dtype_code *dtype = find_dtype(t->dtype);
  if (!dtype) return "a tensor's dtype is not known to this worker";
  int64_t *shape = out->extents[index][0], *strides = out->extents[index][1];
  memcpy(shape, t->shape, sizeof t->shape);
  memcpy(strides, t->strides, sizeof t->strides);
  out->tensors[index] = (dl_tensor){
    .data = openxpu_address(child, index),
    .device = {DL_CPU, 0},
    .ndim = t->rank,
    .dtype = {dtype->code, dtype->bits, 1},
    .shape = shape,
    .strides = strides,
    .byte_offset = t->offset,
  };
  *value = (tvm_any){.type = TVM_DLTENSOR, .pointer = &out->tensors[index]};
  return NULL;
}

static tvm_any scalar(const char *kind, const json *value) {
  if (strcmp(kind, "float") == 0) return (tvm_any){.type = TVM_FLOAT, .number = value->number};
  int64_t integer = value->kind == JSON_TRUE ? 1 : value->integer;
  if (strcmp(kind, "bool") == 0) return (tvm_any){.type = TVM_BOOL, .integer = integer != 0};
  return (tvm_any){.type = TVM_INT, .integer = integer};
}

static const char *make_array(const tvm_library *tvm, tvm_any *items, int32_t count, tvm_any *result) {
  void *make = NULL;
  tvm_bytes name = {"ffi.Array", 9};
  if (tvm->get_global(&name, &make) != 0 || !make) return "the global function ffi.Array is missing";
  *result = (tvm_any){.type = TVM_NONE};
  int failed = tvm->call(make, items, count, result);
  tvm->release(make);
  return failed ? "ffi.Array refused an attribute's values" : NULL;
}

static const char *add_attribute(arguments *out, const tvm_library *tvm, const json *attribute) {
  const char *kind = json_text(attribute, "kind", "int");
  const json *values = json_get(attribute, "values"), *tuple = json_get(attribute, "tuple");
  tvm_any items[MAX_RANK];
  int32_t count = 0;
  if (!values || values->kind != JSON_ARRAY || values->length > MAX_RANK) return "an attribute needs a list of at most 16 values";
  if (out->count == MAX_ARGUMENTS) return "too many arguments";
  for (const json *item = values->first; item; item = item->next) items[count++] = scalar(kind, item);
  if (tuple && tuple->kind == JSON_TRUE) return make_array(tvm, items, count, &out->values[out->count++]);
  if (count != 1) return "an attribute that is no tuple needs exactly one value";
  out->values[out->count++] = items[0];
  return NULL;
}

const char *arguments_build(arguments *out, const worker *child, int signature, const tvm_library *tvm) {
  out->count = 0;
  const char *wrong = NULL;
  const int *first = &openxpu_layout(child)->first[signature];
  for (int i = first[0]; i < first[1] && !wrong; i++) wrong = add_tensor(out, child, i);
  const json *attributes = json_get(layout_signature(openxpu_document(child), signature), "attributes");
  for (const json *item = attributes ? attributes->first : NULL; item && !wrong; item = item->next)
    wrong = add_attribute(out, tvm, item);
  return wrong;
}
