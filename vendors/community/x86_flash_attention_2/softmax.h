// The online softmax of FlashAttention-2 on the rows of one micro-tile.
// Included after the header of an instruction set.
#pragma once

#include <cstdint>
#include <limits>

#include "exp2.h"
#include "micro_kernel.h"

namespace x86_flash_attention_2::FA_ISA {

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

// What the rows of a query tile remember between key tiles: the highest score so far, in units of log2, and the sum of
// 2^(score - highest). Both arrays are readable one vector beyond the tile.
struct RowStates {
  float* highest;
  float* sum;
};

// Highest of a row's scores. `whole` is a multiple of the vector width, at least one vector.
FA_INLINE float highest_score(const float* scores, int64_t whole) {
  // Two chains, so that the comparison's latency is not the loop's.
  Native even = Vector::load(scores);
  Native odd = even;
  int64_t key = Vector::width;
  for (; key + Vector::width < whole; key += 2 * Vector::width) {
    even = Vector::maximum(even, Vector::load(scores + key));
    odd = Vector::maximum(odd, Vector::load(scores + key + Vector::width));
  }
  if (key < whole) even = Vector::maximum(even, Vector::load(scores + key));
  return Vector::maximum_lane(Vector::maximum(even, odd));
}

// Replaces the first seen[r] scores of each row by p = 2^(score - highest) and writes the factors that rescale what the
// rows gathered before: 1 for a row that sees nothing. Scores from seen[r] to the end of their vector are hidden and
// overwritten.
template <int rows>
FA_INLINE void soften(float* scores, const int64_t (&seen)[rows], RowStates states, float* rescale) {
  constexpr int vectors = (rows + Vector::width - 1) / Vector::width;
  alignas(64) float highest[vectors * Vector::width] = {};
  int64_t whole[rows];
  for (int r = 0; r < rows; ++r) {
    float* row = scores + r * key_tile;
    whole[r] = (seen[r] + Vector::width - 1) / Vector::width * Vector::width;
    for (int64_t key = seen[r]; key < whole[r]; ++key) row[key] = minus_infinity;
    const float before = states.highest[r];
    const float now = seen[r] == 0 ? before : highest_score(row, whole[r]);
    highest[r] = now < before ? before : now;
  }

  for (int i = 0; i < vectors * Vector::width; i += Vector::width) {
    const Native change = Vector::subtract(Vector::load(states.highest + i), Vector::load(highest + i));
    Vector::store(rescale + i, exp2(change));
  }

  for (int r = 0; r < rows; ++r) {
    if (seen[r] == 0) {
      rescale[r] = 1.0f;
      continue;
    }
    float* row = scores + r * key_tile;
    const Native shift = Vector::broadcast(&highest[r]);
    Native sum = Vector::zero();
    for (int64_t key = 0; key < whole[r]; key += Vector::width) {
      const Native p = exp2(Vector::subtract(Vector::load(row + key), shift));
      Vector::store(row + key, p);
      sum = Vector::add(sum, p);
    }
    states.sum[r] = states.sum[r] * rescale[r] + Vector::sum(sum);
    states.highest[r] = highest[r];
  }
}

}  // namespace x86_flash_attention_2::FA_ISA
