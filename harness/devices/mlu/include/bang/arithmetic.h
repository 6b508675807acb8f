// Element-wise arithmetic of the vector unit: T is half, bfloat16_t or float, n counts elements, operands are in NRAM.
// Which operands may be the same vector ("homologous") is documented per intrinsic and enforced as documented.
#pragma once

#include <algorithm>
#include <cmath>

#include "checks.h"
#include "number_types.h"

namespace openxpu::mlu {

template <class T>
using identity = std::type_identity_t<T>;

// op works on float; its result is rounded once to T.
template <class T, class Op>
void unary(const call& c, T* dst, T* src, int n, const Op& op) {
  check_count(c, "elem_count", n, sizeof(T));
  const std::size_t bytes = static_cast<std::size_t>(n) * sizeof(T);
  check_vector(c, "dst", dst, bytes);
  check_vector(c, "src", src, bytes);
  check_same_or_disjoint(c, dst, "src", src, bytes);
  for (int i = 0; i < n; ++i) dst[i] = from_double<T>(op(to_float(src[i])));
}

// The operand after the first that dst may be: src0 only, or either.
enum class in_place { src0, either };

template <class T, class Op>
void binary(const call& c, T* dst, T* src0, T* src1, int n, in_place allowed, const Op& op) {
  check_count(c, "elem_count", n, sizeof(T));
  const std::size_t bytes = static_cast<std::size_t>(n) * sizeof(T);
  check_vector(c, "dst", dst, bytes);
  check_vector(c, "src0", src0, bytes);
  check_vector(c, "src1", src1, bytes);
  check_same_or_disjoint(c, dst, "src0", src0, bytes);
  if (allowed == in_place::either) {
    check_same_or_disjoint(c, dst, "src1", src1, bytes);
  } else if (src1 != src0) {
    check_disjoint(c, dst, bytes, "src1", src1, bytes);
  }
  for (int i = 0; i < n; ++i) dst[i] = from_double<T>(op(to_float(src0[i]), to_float(src1[i])));
}

// src is cut into parts of seg_n elements; each meets the same seg.
template <class T, class Op>
void cycle(const call& c, T* dst, T* src, T* seg, int src_n, int seg_n, const Op& op) {
  check_count(c, "src_elem_count", src_n, sizeof(T));
  check_count(c, "seg_elem_count", seg_n, sizeof(T));
  check_multiple(c, "src_elem_count", src_n, seg_n, ", the seg_elem_count");
  const std::size_t bytes = static_cast<std::size_t>(src_n) * sizeof(T);
  const std::size_t seg_bytes = static_cast<std::size_t>(seg_n) * sizeof(T);
  check_vector(c, "dst", dst, bytes);
  check_vector(c, "src", src, bytes);
  check_vector(c, "seg", seg, seg_bytes);
  check_same_or_disjoint(c, dst, "src", src, bytes);
  check_disjoint(c, dst, bytes, "seg", seg, seg_bytes);
  for (int start = 0; start < src_n; start += seg_n) {
    for (int i = 0; i < seg_n; ++i) dst[start + i] = from_double<T>(op(to_float(src[start + i]), to_float(seg[i])));
  }
}

}  // namespace openxpu::mlu

#define OPENXPU_MLU_UNARY(name, expression)                                            \
  template <openxpu::mlu::vector_element T>                                            \
  inline void name(T* dst, T* src, int n, OPENXPU_MLU_AT) {                            \
    openxpu::mlu::unary({#name, at}, dst, src, n, [](float a) { return expression; }); \
  }

#define OPENXPU_MLU_BINARY(name, allowed, expression)                                      \
  template <openxpu::mlu::vector_element T>                                                \
  inline void name(T* dst, T* src0, T* src1, int n, OPENXPU_MLU_AT) {                      \
    openxpu::mlu::binary({#name, at}, dst, src0, src1, n, openxpu::mlu::in_place::allowed, \
                         [](float a, float b) { return expression; });                     \
  }

#define OPENXPU_MLU_SCALAR(name, expression)                                                  \
  template <openxpu::mlu::vector_element T>                                                   \
  inline void name(T* dst, T* src, openxpu::mlu::identity<T> value, int n, OPENXPU_MLU_AT) {  \
    openxpu::mlu::unary({#name, at}, dst, src, n,                                             \
                        [b = openxpu::mlu::to_float(value)](float a) { return expression; }); \
  }

#define OPENXPU_MLU_CYCLE(name, expression)                                                                     \
  template <openxpu::mlu::vector_element T>                                                                     \
  inline void name(T* dst, T* src, T* seg, int src_n, int seg_n, OPENXPU_MLU_AT) {                              \
    openxpu::mlu::cycle({#name, at}, dst, src, seg, src_n, seg_n, [](float a, float b) { return expression; }); \
  }

OPENXPU_MLU_BINARY(__bang_add, either, a + b)
OPENXPU_MLU_BINARY(__bang_sub, either, a - b)
OPENXPU_MLU_BINARY(__bang_mul, either, a * b)
OPENXPU_MLU_BINARY(__bang_maxequal, src0, a > b ? a : b)
OPENXPU_MLU_BINARY(__bang_minequal, src0, a < b ? a : b)

OPENXPU_MLU_SCALAR(__bang_add_scalar, a + b)
OPENXPU_MLU_SCALAR(__bang_sub_scalar, a - b)
OPENXPU_MLU_SCALAR(__bang_mul_scalar, a * b)
OPENXPU_MLU_SCALAR(__bang_maxeq_scalar, a > b ? a : b)
OPENXPU_MLU_SCALAR(__bang_mineq_scalar, a < b ? a : b)

OPENXPU_MLU_CYCLE(__bang_cycle_add, a + b)
OPENXPU_MLU_CYCLE(__bang_cycle_sub, a - b)
OPENXPU_MLU_CYCLE(__bang_cycle_mul, a * b)
OPENXPU_MLU_CYCLE(__bang_cycle_maxequal, a > b ? a : b)
OPENXPU_MLU_CYCLE(__bang_cycle_minequal, a < b ? a : b)

OPENXPU_MLU_UNARY(__bang_square, a * a)
OPENXPU_MLU_UNARY(__bang_relu, a > 0.0F ? a : 0.0F)
OPENXPU_MLU_UNARY(__bang_abs, std::fabs(a))
// assumption (open point 11): the accurate set is rounded once here; the device may differ by a few ULP.
inline void __bang_recip(float* dst, float* src, int n, OPENXPU_MLU_AT) {
  openxpu::mlu::unary({"__bang_recip", at}, dst, src, n, [](float a) { return 1.0F / a; });
}
inline void __bang_sqrt(float* dst, float* src, int n, OPENXPU_MLU_AT) {
  openxpu::mlu::unary({"__bang_sqrt", at}, dst, src, n, [](float a) { return std::sqrt(a); });
}
