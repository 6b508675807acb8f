// Tile sizes, and the memory of one call. Included after the header of an instruction set.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>

#include "micro_kernel.h"
#include "problem.h"
#include "softmax.h"

namespace x86_flash_attention_2::FA_ISA {

constexpr int64_t ceil_to(int64_t count, int64_t unit) { return (count + unit - 1) / unit * unit; }

// All sizes count floats. A query tile, its accumulators, a packed key tile and the next one as it lies in memory fit
// in 1 MiB of second level cache.
struct Scratch {
  int64_t rows;        // query rows in a tile, a multiple of tile_rows
  int64_t keys;        // keys in a tile, a multiple of panel_width
  int64_t head_width;  // head_size rounded up to whole vectors
  int64_t panel_size;  // floats in a panel of V
  std::unique_ptr<float[], void (*)(float*)> storage{nullptr, release};
  float* q;            // micro-tiles [depth][tile_rows]
  float* k;            // panels [depth][panel_width]
  float* v;            // panels [keys][panel_width]
  float* accumulator;  // [rows][head_width]
  float* scores;       // [tile_rows][key_tile]
  RowStates states;    // [rows] each

  explicit Scratch(const Problem& problem) {
    constexpr int64_t query_floats = 49152;  // 192 KiB each for Q and the accumulators
    constexpr int64_t key_floats = 32768;    // 128 KiB each for K and V
    const int64_t size = std::max<int64_t>(problem.head_size, 1);
    head_width = ceil_to(problem.head_size, Vector::width);
    rows = std::clamp<int64_t>(query_floats / size, 8 * tile_rows, 1024);
    rows = ceil_to(std::min(rows, problem.queries * problem.group()), tile_rows);
    keys = std::clamp<int64_t>(key_floats / size / panel_width * panel_width, 64, key_tile);
    keys = std::min(keys, ceil_to(problem.keys, panel_width));
    panel_size = keys * panel_width;

    const int64_t counts[7] = {rows * size,
                               keys * size,
                               ceil_to(head_width, panel_width) * keys,
                               rows * head_width,
                               int64_t{tile_rows} * key_tile,
                               rows + Vector::width,
                               rows + Vector::width};
    int64_t total = 0;
    for (const int64_t count : counts) total += ceil_to(count, 16);
    storage.reset(static_cast<float*>(::operator new[](static_cast<size_t>(total) * 4, std::align_val_t{64})));
    float* next = storage.get();
    float** const parts[7] = {&q, &k, &v, &accumulator, &scores, &states.highest, &states.sum};
    for (int i = 0; i < 7; ++i) {
      *parts[i] = next;
      next += ceil_to(counts[i], 16);
    }
  }

  // Before the first key tile of a query tile.
  void forget() const {
    std::fill_n(states.highest, rows + Vector::width, minus_infinity);
    std::fill_n(states.sum, rows, 0.0f);
    std::fill_n(accumulator, rows * head_width, 0.0f);
  }

  static void release(float* p) { ::operator delete[](p, std::align_val_t{64}); }
};

}  // namespace x86_flash_attention_2::FA_ISA
