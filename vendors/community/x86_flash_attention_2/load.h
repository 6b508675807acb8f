// Rows of the tensors as float32 vectors; nothing outside a row's `count` elements is touched.
// Included after the header of an instruction set.
#pragma once

#include <cstring>

#include "problem.h"

namespace x86_flash_attention_2::FA_ISA {

using Native = Vector::Native;

template <Element element>
constexpr int64_t element_bytes = element == Element::float32 ? 4 : 2;

// Address of element `index` of a tensor.
template <Element element>
FA_INLINE const char* at(const TokenTensor& tensor, int64_t index) {
  return static_cast<const char*>(tensor.first) + index * element_bytes<element>;
}

template <Element element>
FA_INLINE Native load_full(const char* p) {
  if constexpr (element == Element::float16) return Vector::load_float16(reinterpret_cast<const uint16_t*>(p));
  if constexpr (element == Element::bfloat16) return Vector::load_bfloat16(reinterpret_cast<const uint16_t*>(p));
  if constexpr (element == Element::float32) return Vector::load(reinterpret_cast<const float*>(p));
}

// The first `count` lanes; lanes beyond are zero.
template <Element element>
FA_INLINE Native load(const char* p, int64_t count) {
  if (count >= Vector::width) return load_full<element>(p);
  alignas(64) char lanes[Vector::width * 4] = {};
  std::memcpy(lanes, p, static_cast<size_t>(count * element_bytes<element>));
  return load_full<element>(lanes);
}

// Into the second level cache.
inline void prefetch(const char* row, int64_t bytes) {
  for (int64_t i = 0; i < bytes; i += 64) __builtin_prefetch(row + i, 0, 2);
}

template <Element element>
FA_INLINE void store_full(char* p, Native x) {
  if constexpr (element == Element::float16) Vector::store_float16(reinterpret_cast<uint16_t*>(p), x);
  if constexpr (element == Element::bfloat16) Vector::store_bfloat16(reinterpret_cast<uint16_t*>(p), x);
  if constexpr (element == Element::float32) Vector::store(reinterpret_cast<float*>(p), x);
}

template <Element element>
FA_INLINE void store(char* p, Native x, int64_t count) {
  if (count >= Vector::width) return store_full<element>(p, x);
  alignas(64) char lanes[Vector::width * 4];
  store_full<element>(lanes, x);
  std::memcpy(p, lanes, static_cast<size_t>(count * element_bytes<element>));
}

}  // namespace x86_flash_attention_2::FA_ISA
