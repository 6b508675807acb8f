// Copies of Q, K and V tiles in the order in which the micro-kernels read them.
// Included after the header of an instruction set.
#pragma once

#include <cstdint>

#include "micro_kernel.h"

namespace x86_flash_attention_2::FA_ISA {

// Entries of the score product's depth: elements of a head, or pairs of bfloat16 (an odd last one is padded with zero).
template <Product product>
constexpr int64_t score_depth(int64_t head_size) {
  return product == Product::bfloat16_pairs ? (head_size + 1) / 2 : head_size;
}

// `Vector::width` entries from entry `first` of a row; the rest of the vector is zero when the row ends before.
template <Element element, Product product>
FA_INLINE Native load_entries(const char* row, int64_t first, int64_t head_size) {
  if constexpr (product == Product::bfloat16_pairs) {
    const int64_t bytes = head_size * 2 - first * 4;  // a pair is moved as the bits of one float
    if (bytes >= Vector::width * 4) return load_full<Element::float32>(row + first * 4);
    alignas(64) char lanes[Vector::width * 4] = {};
    std::memcpy(lanes, row + first * 4, static_cast<size_t>(bytes));
    return load_full<Element::float32>(lanes);
  } else {
    return load<element>(row + first * element_bytes<element>, head_size - first);
  }
}

// Turns width vectors of width lanes into their transpose: log2(width) perfect shuffles.
FA_INLINE void transpose(Native (&x)[Vector::width]) {
  constexpr int half = Vector::width / 2;
  for (int stage = 1; stage < Vector::width; stage *= 2) {
    Native y[Vector::width];
    for (int i = 0; i < half; ++i) {
      y[2 * i] = Vector::zip_low(x[i], x[i + half]);
      y[2 * i + 1] = Vector::zip_high(x[i], x[i + half]);
    }
    for (int i = 0; i < Vector::width; ++i) x[i] = y[i];
  }
}

// Keys [0, keys) as panels [depth][panel_width], key fastest; missing keys of the last panel are zero.
template <Element element, Product product>
FA_TARGET void pack_keys(const char* first, int64_t token_bytes, int64_t keys, int64_t head_size, float* packed) {
  const int64_t depth = score_depth<product>(head_size);
  for (int64_t key = 0; key < keys; key += Vector::width) {
    float* column = packed + key / panel_width * panel_width * depth + key % panel_width;
    for (int64_t entry = 0; entry < depth; entry += Vector::width) {
      Native block[Vector::width];
      for (int i = 0; i < Vector::width; ++i) {
        const char* row = first + (key + i) * token_bytes;
        block[i] = key + i < keys ? load_entries<element, product>(row, entry, head_size) : Vector::zero();
      }
      transpose(block);
      const int64_t entries = depth - entry < Vector::width ? depth - entry : Vector::width;
      if (entries == Vector::width) {
        for (int i = 0; i < Vector::width; ++i) Vector::store(column + (entry + i) * panel_width, block[i]);
      } else {
        for (int i = 0; i < entries; ++i) Vector::store(column + (entry + i) * panel_width, block[i]);
      }
    }
  }
}

// Keys [0, keys) of V as panels [keys][panel_width], `panel_size` floats apart; elements beyond the head are zero.
template <Element element>
FA_TARGET void pack_values(const char* first, int64_t token_bytes, int64_t keys, int64_t head_size, int64_t panel_size,
                           float* packed) {
  for (int64_t key = 0; key < keys; ++key) {
    const char* row = first + key * token_bytes;
    for (int64_t column = 0; column < head_size; column += Vector::width) {
      float* place = packed + column / panel_width * panel_size + key * panel_width + column % panel_width;
      Vector::store(place, load<element>(row + column * element_bytes<element>, head_size - column));
    }
  }
}

// One row of Q into lane `lane` of its micro-tile [depth][tile_rows]; float32 products carry `factor` already.
template <Element element, Product product>
FA_TARGET void pack_query(const char* row, int64_t head_size, const float* factor, float* packed, int64_t lane) {
  const int64_t depth = score_depth<product>(head_size);
  for (int64_t entry = 0; entry < depth; entry += Vector::width) {
    Native x = load_entries<element, product>(row, entry, head_size);
    if constexpr (product == Product::float32) x = Vector::multiply(x, Vector::broadcast(factor));
    alignas(64) float lanes[Vector::width];
    Vector::store(lanes, x);
    const int64_t entries = depth - entry < Vector::width ? depth - entry : Vector::width;
    for (int64_t i = 0; i < entries; ++i) packed[(entry + i) * tile_rows + lane] = lanes[i];
  }
}

}  // namespace x86_flash_attention_2::FA_ISA
