// One head: tiles of queries times tiles of keys. Included after the header of an instruction set.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "pack.h"
#include "scratch.h"
#include "softmax.h"

namespace x86_flash_attention_2::FA_ISA {

// A key tile that will be needed next. Its rows are asked for a few at a time while the current tile is computed: they
// lie a token apart, which hardware prefetchers do not follow.
struct Upcoming {
  const char* k = nullptr;
  int64_t k_token_bytes = 0;
  const char* v = nullptr;
  int64_t v_token_bytes = 0;
  int64_t rows = 0;

  void prefetch_rows(int64_t count, int64_t row_bytes) {
    for (; count > 0 && rows > 0; --count, --rows) {
      prefetch(k, row_bytes);
      prefetch(v, row_bytes);
      k += k_token_bytes;
      v += v_token_bytes;
    }
  }
};

// One key/value head with the query heads that share it. Row r is query r / group of head kv_head * group + r % group:
// neighbours in a tile see nearly the same keys, and a tile of K and V serves the whole group.
template <Element element, Product product>
struct HeadGroup {
  const Problem& problem;
  Scratch& scratch;
  int64_t batch;
  int64_t kv_head;
  float factor;  // scale * log2(e): scores in units of log2

  int64_t row_bytes() const { return problem.head_size * element_bytes<element>; }

  int64_t visible(int64_t row) const { return problem.visible(row / problem.group()); }

  int64_t offset(const TokenTensor& tensor, int64_t row) const {
    return tensor.offset(batch, row / problem.group(), kv_head * problem.group() + row % problem.group());
  }

  FA_TARGET const char* query_row(int64_t row) const { return at<element>(problem.q, offset(problem.q, row)); }

  char* output_row(int64_t row) const {
    return static_cast<char*>(problem.o.first) + offset(problem.o, row) * element_bytes<element>;
  }

  // Query rows [index, index + count) of the tile that starts at row `first`, one micro-tile at most.
  FA_TARGET void load_queries(int64_t first, int64_t index, int64_t count) const {
    const int64_t depth = score_depth<product>(problem.head_size);
    float* tile = scratch.q + index * depth;
    for (int64_t i = 0; i < count; ++i) {
      pack_query<element, product>(query_row(first + index + i), problem.head_size, &factor, tile, i);
    }
  }

  FA_TARGET void load_keys(int64_t first, int64_t count) const {
    constexpr int64_t bytes = element_bytes<element>;
    const char* k = at<element>(problem.k, problem.k.offset(batch, first, kv_head));
    const char* v = at<element>(problem.v, problem.v.offset(batch, first, kv_head));
    pack_keys<element, product>(k, problem.k.token_stride * bytes, count, problem.head_size, scratch.k);
    pack_values<element>(v, problem.v.token_stride * bytes, count, problem.head_size, scratch.panel_size, scratch.v);
  }

  // `rows` rows of the tile from row `index` (problem row `first`) meet the loaded keys [key, key + count).
  template <int rows>
  FA_TARGET void meet_rows(int64_t first, int64_t index, int64_t key, int64_t count) const {
    const int64_t depth = score_depth<product>(problem.head_size);
    int64_t seen[rows];  // visible keys of the tile, growing with the row
    for (int r = 0; r < rows; ++r) seen[r] = std::clamp<int64_t>(visible(first + r) - key, 0, count);
    if (seen[rows - 1] == 0) return;
    scores_of_rows<product, rows>(scratch.q + index * depth, scratch.k, seen[rows - 1], depth, &factor, scratch.scores);

    alignas(64) float rescale[tile_rows + Vector::width];
    soften<rows>(scratch.scores, seen, {scratch.states.highest + index, scratch.states.sum + index}, rescale);
    const int64_t width = scratch.head_width;
    float* accumulator = scratch.accumulator + index * width;
    values_of_rows<rows>(scratch.scores, scratch.v, scratch.panel_size, seen[0], rescale, accumulator, width);

    // Hidden keys are skipped, not multiplied by zero: V may hold Inf or NaN there.
    static constexpr float unchanged = 1.0f;
    for (int r = 1; r < rows; ++r) {
      if (seen[r] == seen[0]) continue;
      values_of_rows<1>(scratch.scores + r * key_tile + seen[0], scratch.v + seen[0] * panel_width, scratch.panel_size,
                        seen[r] - seen[0], &unchanged, accumulator + r * width, width);
    }
  }

  FA_TARGET void meet(int64_t count, int64_t first, int64_t index, int64_t key, int64_t keys) const {
    switch (count) {
      case 1: return meet_rows<1>(first, index, key, keys);
      case 2: return meet_rows<2>(first, index, key, keys);
      case 3: return meet_rows<3>(first, index, key, keys);
      case 4: return meet_rows<4>(first, index, key, keys);
      case 5: return meet_rows<5>(first, index, key, keys);
      default: return meet_rows<tile_rows>(first, index, key, keys);
    }
  }

  FA_TARGET void store_row(int64_t row, int64_t index) const {
    const bool hidden = visible(row) == 0;
    const float divisor = hidden ? 1.0f : scratch.states.sum[index];  // a fully masked row's accumulator is still zero
    char* o = output_row(row);
    for (int64_t column = 0; column < problem.head_size; column += Vector::width) {
      const Native sum = Vector::load(scratch.accumulator + index * scratch.head_width + column);
      const Native mean = Vector::divide(sum, Vector::broadcast(&divisor));
      store<element>(o + column * element_bytes<element>, mean, problem.head_size - column);
    }
    if (problem.lse.first == nullptr) return;
    constexpr double ln_2 = 0.6931471805599453;
    const double natural = double{scratch.states.highest[index]} * ln_2 + std::log(double{divisor});
    const int64_t head = kv_head * problem.group() + row % problem.group();
    const int64_t place = batch * problem.lse.batch_stride + head * problem.lse.head_stride +
                          row / problem.group() * problem.lse.query_stride;
    problem.lse.first[place] = hidden ? minus_infinity : static_cast<float>(natural);
  }

  // Rows [first, first + count) meet keys [key, key + keys), a micro-tile at a time. Its queries are read before its
  // first keys and its outputs are written after its last, so that memory is busy while the registers are.
  FA_TARGET void meet_tile(int64_t first, int64_t count, int64_t key, int64_t keys, Upcoming upcoming) const {
    int64_t index = 0;
    while (key > 0 && visible(first + std::min(index + tile_rows, count) - 1) <= key) index += tile_rows;
    const int64_t share = (upcoming.rows * tile_rows + count - index - 1) / (count - index);
    for (; index < count; index += tile_rows) {
      const int64_t rows = std::min<int64_t>(tile_rows, count - index);
      if (key == 0) load_queries(first, index, rows);
      for (int64_t i = index + tile_rows; key == 0 && i < std::min(index + 2 * tile_rows, count); ++i) {
        prefetch(query_row(first + i), row_bytes());
      }
      upcoming.prefetch_rows(share, row_bytes());
      const bool finishes = visible(first + index + rows - 1) <= key + keys;
      for (int64_t i = index; finishes && i < index + rows; ++i) prefetch(output_row(first + i), row_bytes());
      meet(rows, first + index, index, key, keys);
      for (int64_t i = index; finishes && i < index + rows; ++i) store_row(first + i, i);
    }
  }

  // The key tile that follows [key, key + keys) of a query tile that sees `last` keys; `next` comes after this head.
  FA_TARGET Upcoming after(int64_t first, int64_t key, int64_t last, const HeadGroup* next) const {
    if (key + scratch.keys < last) return tile_at(key + scratch.keys);
    if (first + scratch.rows < problem.queries * problem.group()) return tile_at(0);
    return next == nullptr ? Upcoming{} : next->tile_at(0);
  }

  FA_TARGET Upcoming tile_at(int64_t key) const {
    constexpr int64_t bytes = element_bytes<element>;
    return {at<element>(problem.k, problem.k.offset(batch, key, kv_head)), problem.k.token_stride * bytes,
            at<element>(problem.v, problem.v.offset(batch, key, kv_head)), problem.v.token_stride * bytes,
            std::min(scratch.keys, problem.keys - key)};
  }

  FA_TARGET void run(const HeadGroup* next) const {
    const int64_t all = problem.queries * problem.group();
    for (int64_t first = 0; first < all; first += scratch.rows) {
      const int64_t count = std::min(scratch.rows, all - first);
      const int64_t last = visible(first + count - 1);  // tiles beyond are hidden from every row
      scratch.forget();
      int64_t key = 0;
      do {  // once even without keys: fully masked rows are written too
        const int64_t keys = std::min(scratch.keys, last - key);
        load_keys(key, keys);
        meet_tile(first, count, key, keys, after(first, key, last, next));
        key += scratch.keys;
      } while (key < last);
    }
  }
};

}  // namespace x86_flash_attention_2::FA_ISA
