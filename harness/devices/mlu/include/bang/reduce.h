// Sums within a vector.
#pragma once

#include <algorithm>

#include "checks.h"
#include "number_types.h"

// One sum for every 128 bytes, in the first element of the block; the rest becomes 0 on 2xx and stays as it was from
// 3xx on.
// assumption (open point 11): summed in double and rounded once; the device's order is not documented.
template <openxpu::mlu::vector_element T>
inline void __bang_reduce_sum(T* dst, T* src, int n, OPENXPU_MLU_AT) {
  using namespace openxpu::mlu;
  const call c{"__bang_reduce_sum", at};
  check_count(c, "elem_count", n, sizeof(T));
  const std::size_t bytes = static_cast<std::size_t>(n) * sizeof(T);
  check_vector(c, "src", src, bytes);
  check_vector(c, "dst", dst, std::max<std::size_t>(bytes, 128));
  check_same_or_disjoint(c, dst, "src", src, bytes);
  constexpr int block = 128 / static_cast<int>(sizeof(T));
  for (int start = 0; start < n; start += block) {
    const int end = std::min(start + block, n);
    double sum = 0;
    for (int i = start; i < end; ++i) sum += to_float(src[i]);
    if (strict_alignment) std::fill(dst + start, dst + end, T{});
    dst[start] = from_double<T>(sum);
  }
}
