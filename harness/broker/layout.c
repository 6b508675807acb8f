// Tensor layout: guard pages around each tensor, its end (right) or its start (left) at a guard.
#include "layout.h"

#include <stdio.h>
#include <string.h>

static uint64_t round_up(uint64_t value, uint64_t to) { return (value + to - 1) / to * to; }

static bool read_extents(const json *array, int64_t out[MAX_RANK], int *rank) {
  if (!array || array->kind != JSON_ARRAY || array->length > MAX_RANK) return false;
  *rank = 0;
  for (const json *item = array->first; item; item = item->next) {
    if (item->kind != JSON_NUMBER || !item->is_integer) return false;
    out[(*rank)++] = item->integer;
  }
  return true;
}

// Dense row-major strides, the meaning of an absent `strides`.
static void dense_strides(tensor *t) {
  int64_t step = 1;
  for (int i = t->rank; i-- > 0;) {
    t->strides[i] = step;
    step *= t->shape[i];
  }
}

static const char *read_tensor(tensor *t, const json *item, bool right) {
  t->name = json_text(item, "name", NULL);
  t->dtype = json_text(item, "dtype", NULL);
  const char *role = json_text(item, "role", "");
  if (!t->name || !t->dtype) return "name and dtype must be strings";
  t->output = strcmp(role, "output") == 0;
  if (!t->output && strcmp(role, "input") != 0) return "role must be input or output";
  const json *absent = json_get(item, "absent");
  t->absent = absent && absent->kind == JSON_TRUE;
  if (t->absent) return NULL;
  int rank;
  if (!read_extents(json_get(item, "shape"), t->shape, &t->rank)) return "shape must be at most 16 integers";
  const json *strides = json_get(item, "strides");
  if (!strides || strides->kind == JSON_NULL) dense_strides(t);
  else if (!read_extents(strides, t->strides, &rank) || rank != t->rank) return "strides must match shape";
  for (int i = 0; i < t->rank; i++)
    if (t->shape[i] < 0) return "shape must not be negative";
  int64_t bytes = json_integer(item, "bytes", -1), alignment = json_integer(item, "align", 256);
  if (bytes < 0 || bytes > (int64_t)1 << 40) return "bytes out of range";
  if (alignment < 1 || alignment > PAGE_BYTES || (alignment & (alignment - 1))) return "align must be a power of two up to 4096";
  int64_t offset = json_integer(item, "offset", 0);
  if (offset < 0 || offset > bytes) return "offset out of range";
  t->bytes = (uint64_t)bytes;
  t->offset = (uint64_t)offset;
  if (!bytes) return NULL;
  t->page_bytes = round_up(t->bytes, PAGE_BYTES);
  t->start = right ? (t->page_bytes - t->bytes) & ~((uint64_t)alignment - 1) : 0;
  return NULL;
}

const json *layout_signature(const json *request, int signature) {
  const json *others = json_get(request, "others");
  const json *at = signature ? others ? others->first : NULL : request;
  for (int i = 1; i < signature && at; i++) at = at->next;
  return at;
}

// One signature's tensors, behind those before it.
static bool read_signature(layout *out, const json *tensors, bool right, char error[static 160]) {
  if (!tensors || tensors->kind != JSON_ARRAY || tensors->length > (size_t)(MAX_TENSORS - out->count))
    return snprintf(error, 160, "tensors must be a list, at most 64 in all"), false;
  for (const json *item = tensors->first; item; item = item->next) {
    tensor *t = &out->tensors[out->count++];
    const char *wrong = read_tensor(t, item, right);
    if (wrong) return snprintf(error, 160, "tensor %d: %s", out->count - 1, wrong), false;
    if (!t->page_bytes) continue;
    t->file_offset = out->file_bytes[t->output];
    t->region_offset = out->region_bytes;
    out->file_bytes[t->output] += t->page_bytes;
    out->region_bytes += t->page_bytes + GUARD_BYTES;
  }
  out->first[++out->signatures] = out->count;
  return true;
}

bool layout_read(layout *out, const json *request, char error[static 160]) {
  const char *placement = json_text(request, "placement", "");
  bool right = strcmp(placement, "right") == 0;
  *out = (layout){.region_bytes = GUARD_BYTES};
  if (!right && strcmp(placement, "left") != 0) return snprintf(error, 160, "placement must be left or right"), false;
  const json *others = json_get(request, "others");
  if (others && (others->kind != JSON_ARRAY || others->length >= MAX_SIGNATURES))
    return snprintf(error, 160, "others must be a list of at most %d signatures", MAX_SIGNATURES - 1), false;
  for (const json *at = request; at; at = layout_signature(request, out->signatures))
    if (!read_signature(out, json_get(at, "tensors"), right, error)) return false;
  return true;
}
