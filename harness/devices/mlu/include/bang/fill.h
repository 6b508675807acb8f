// Filling memory with a value. The type of the value argument picks the element, so a cast matters; n counts such
// elements.
#pragma once

#include <concepts>
#include <string>

#include "checks.h"
#include "number_types.h"
#include "poison.h"

namespace openxpu::mlu {

// The value types that have an overload; double, long and bool have none.
template <class T>
concept fill_value = std::same_as<T, char> || std::same_as<T, signed char> || std::same_as<T, unsigned char> ||
                     std::same_as<T, short> || std::same_as<T, unsigned short> || std::same_as<T, int> ||
                     std::same_as<T, unsigned int> || std::same_as<T, float> || std::same_as<T, half>;

template <fill_value T>
void fill(const call& c, void* dst, int n, T value, space where, std::size_t strict_multiple) {
  if (n <= 0) c.fail("elem_count", n, "must be greater than 0");
  const std::size_t bytes = static_cast<std::size_t>(n) * sizeof(T);
  check_range(c, "dst", dst, bytes, where);
  if (strict_alignment && strict_multiple > 1) {
    check_pointer_alignment(c, "dst", dst, 64);
    check_multiple(c, "elem_count * sizeof(value)", static_cast<std::int64_t>(bytes),
                   static_cast<std::int64_t>(strict_multiple), std::string(" on ") + architecture);
  }
  // memcpy, because dst may be less aligned than T.
  for (int i = 0; i < n; ++i)
    std::memcpy(static_cast<char*>(dst) + static_cast<std::size_t>(i) * sizeof(T), &value, sizeof(T));
}

// Blocks of n elements: iter1 + 1 of them stride0 bytes apart, and iter2 + 1 such rows stride1 bytes apart.
template <fill_value T>
void fill_blocks(const call& c, void* dst, int n, T value, int stride0, int iter1, int stride1, int iter2,
                 space where) {
  if (n <= 0) c.fail("elem_count", n, "must be greater than 0");
  if (iter1 < 0) c.fail("iter1", iter1, "must not be negative");
  if (iter2 < 0) c.fail("iter2", iter2, "must not be negative");
  if (stride0 < n * static_cast<int>(sizeof(T)))
    c.fail("stride0", stride0, "must be at least elem_count * sizeof(value)");
  if (stride1 < stride0 * (iter1 + 1)) c.fail("stride1", stride1, "must be at least stride0 * (iter1 + 1)");
  for (int row = 0; row <= iter2; ++row) {
    for (int block = 0; block <= iter1; ++block) {
      fill(c, static_cast<char*>(dst) + std::ptrdiff_t{row} * stride1 + std::ptrdiff_t{block} * stride0, n, value,
           where, 1);
    }
  }
}

}  // namespace openxpu::mlu

#define OPENXPU_MLU_FILL(name, where, strict_multiple)                                           \
  template <openxpu::mlu::fill_value T>                                                          \
  inline void name(void* dst, int n, T value, OPENXPU_MLU_AT) {                                  \
    openxpu::mlu::fill({#name, at}, dst, n, value, openxpu::mlu::space::where, strict_multiple); \
  }

// The blocked forms exist from 3xx on.
#define OPENXPU_MLU_FILL_BLOCKS(name, where)                                                                           \
  template <openxpu::mlu::fill_value T>                                                                                \
    requires(!openxpu::mlu::strict_alignment)                                                                          \
  inline void name(void* dst, int n, T value, int stride0, int iter1, int stride1, int iter2, OPENXPU_MLU_AT) {        \
    openxpu::mlu::fill_blocks({#name, at}, dst, n, value, stride0, iter1, stride1, iter2, openxpu::mlu::space::where); \
  }

OPENXPU_MLU_FILL(__bang_write_value, nram, 64)
OPENXPU_MLU_FILL(__nramset, nram, 64)
OPENXPU_MLU_FILL(__memset_nram, nram, 1)
OPENXPU_MLU_FILL(__gdramset, gdram, 1)
OPENXPU_MLU_FILL_BLOCKS(__bang_write_value, nram)
OPENXPU_MLU_FILL_BLOCKS(__nramset, nram)
OPENXPU_MLU_FILL_BLOCKS(__gdramset, gdram)
#undef OPENXPU_MLU_FILL
#undef OPENXPU_MLU_FILL_BLOCKS

template <openxpu::mlu::fill_value T>
inline void __bang_write_zero(T* dst, int n, OPENXPU_MLU_AT) {
  openxpu::mlu::fill({"__bang_write_zero", at}, dst, n, T{}, openxpu::mlu::space::nram, 128);
}
