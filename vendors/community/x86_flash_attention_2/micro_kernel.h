// The register-blocked product behind both S = Q K^T and O += P V. Included after the header of an instruction set.
#pragma once

#include <cstdint>

#include "load.h"

namespace x86_flash_attention_2::FA_ISA {

constexpr int tile_rows = 6;                                // query rows in a micro-tile
constexpr int panel_width = Vector::panel * Vector::width;  // keys, or elements of V's rows, in a packed panel
constexpr int key_tile = 256;                               // most keys in a tile, and the row stride of S and P

enum class Product { float32, bfloat16_pairs };

// Lanes is a parameter so that dot_pairs is looked up only where it is used: most instruction sets lack it.
template <Product product, class Lanes = Vector>
FA_INLINE Native multiply_add(Native a, Native b, Native c) {
  if constexpr (product == Product::bfloat16_pairs) {
    return Lanes::dot_pairs(a, b, c);
  } else {
    return Lanes::fma(a, b, c);
  }
}

// sum[r][c] = sum over `depth` of A[r][i] * B[i][c]. B is a packed panel [depth][panel_width]. A's strides are fixed
// when compiled, so that one address register serves all rows. Unrolling early keeps the sums in registers (gcc 12).
template <Product product, int rows, int vectors, int row_stride, int depth_stride>
FA_INLINE void multiply(const float* a, const float* b, int64_t depth, Native (&sum)[rows][vectors]) {
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < vectors; ++c) sum[r][c] = Vector::zero();
  for (; depth > 0; --depth, a += depth_stride, b += panel_width) {
    Native column[vectors];
#pragma GCC unroll 8
    for (int c = 0; c < vectors; ++c) column[c] = Vector::load(b + c * Vector::width);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      const Native row = Vector::broadcast(a + r * row_stride);
#pragma GCC unroll 8
      for (int c = 0; c < vectors; ++c) {
        sum[r][c] = multiply_add<product>(row, column[c], sum[r][c]);
      }
    }
  }
}

// scores[r][c] for one panel of keys; q is packed [depth][tile_rows]. Only the pairs product applies `factor`: float32
// rows carry it.
template <Product product, int rows, int vectors>
FA_TARGET void score_panel(const float* q, const float* keys, int64_t depth, const float* factor, float* scores) {
  Native sum[rows][vectors];
  multiply<product, rows, vectors, 1, tile_rows>(q, keys, depth, sum);
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 8
    for (int c = 0; c < vectors; ++c) {
      Native score = sum[r][c];
      if constexpr (product == Product::bfloat16_pairs) score = Vector::multiply(score, Vector::broadcast(factor));
      Vector::store(scores + r * key_tile + c * Vector::width, score);
    }
  }
}

// accumulator[r][c] = accumulator[r][c] * rescale[r] + sum over keys of p[r][key] * v[key][c], for one panel of V.
// The tile's sum is finished before it meets the accumulator: two short sums round less than one long one.
template <int rows, int vectors>
FA_TARGET void value_panel(const float* p, const float* values, int64_t keys, const float* rescale, float* accumulator,
                           int64_t accumulator_stride) {
  Native sum[rows][vectors];
  multiply<Product::float32, rows, vectors, key_tile, 1>(p, values, keys, sum);
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
    const Native factor = Vector::broadcast(rescale + r);
#pragma GCC unroll 8
    for (int c = 0; c < vectors; ++c) {
      float* place = accumulator + r * accumulator_stride + c * Vector::width;
      Vector::store(place, Vector::fma(Vector::load(place), factor, sum[r][c]));
    }
  }
}

// All scores of `rows` rows against `keys` keys (at most key_tile), rounded up to whole vectors.
template <Product product, int rows>
FA_TARGET void scores_of_rows(const float* q, const float* packed_keys, int64_t keys, int64_t depth,
                              const float* factor, float* scores) {
  for (int64_t key = 0; key < keys; key += panel_width) {
    const float* panel = packed_keys + key * depth;
    switch (keys - key < panel_width ? (keys - key + Vector::width - 1) / Vector::width : Vector::panel) {
      case 1: score_panel<product, rows, 1>(q, panel, depth, factor, scores + key); break;
      case 2: score_panel<product, rows, 2>(q, panel, depth, factor, scores + key); break;
      case 3: score_panel<product, rows, 3>(q, panel, depth, factor, scores + key); break;
      default: score_panel<product, rows, Vector::panel>(q, panel, depth, factor, scores + key);
    }
  }
}

// Adds `keys` keys to the accumulators [rows][head_width] of `rows` rows. V's panels are `panel_size` floats apart.
template <int rows>
FA_TARGET void values_of_rows(const float* p, const float* packed_values, int64_t panel_size, int64_t keys,
                              const float* rescale, float* accumulator, int64_t head_width) {
  for (int64_t column = 0; column < head_width; column += panel_width, packed_values += panel_size) {
    const int64_t rest = head_width - column;
    float* out = accumulator + column;
    switch (rest < panel_width ? rest / Vector::width : Vector::panel) {
      case 1: value_panel<rows, 1>(p, packed_values, keys, rescale, out, head_width); break;
      case 2: value_panel<rows, 2>(p, packed_values, keys, rescale, out, head_width); break;
      case 3: value_panel<rows, 3>(p, packed_values, keys, rescale, out, head_width); break;
      default: value_panel<rows, Vector::panel>(p, packed_values, keys, rescale, out, head_width);
    }
  }
}

}  // namespace x86_flash_attention_2::FA_ISA
