// top_k that is wrong by one fault each, and right by other algorithms.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <queue>
#include <vector>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

namespace {

using tvm::ffi::TensorView;

constexpr int64_t TILE = 64;

// A chosen element.
struct element {
  float value;
  int64_t index;
};
using elements = std::vector<element>;

// What a variant may change of a right kernel.
struct right {
  // What is compared.
  static float key(float value) { return value; }
  // Which of two elements with equal keys comes first.
  static bool tie(const element& a, const element& b) { return a.index < b.index; }
  static bool largest(bool asked, [[maybe_unused]] int64_t n, [[maybe_unused]] int64_t k) { return asked; }
  // The row of x that is read for a row of the outputs.
  static int64_t row_read(int64_t row) { return row; }
  // The elements that are looked at.
  static void prepare(elements&, int64_t, bool) {}
  // After the K best are in front, in order; the rest is there too.
  static void finish(elements&, int64_t, bool) {}
  static int64_t rows(int64_t rows) { return rows; }
  static int64_t places(int64_t k) { return k; }
  static float value(float chosen) { return chosen; }
  static void index(int64_t* out, int64_t chosen) { *out = chosen; }
};

// The order of a policy: whether a comes before b.
template <typename policy>
struct before {
  bool largest;
  bool operator()(const element& a, const element& b) const {
    const auto x = policy::key(a.value), y = policy::key(b.value);
    return x == y ? policy::tie(a, b) : largest ? x > y : x < y;
  }
};

// How the K best come to the front.
struct by_partial_sort {
  template <typename order>
  static void select(elements& row, int64_t k, order first) {
    std::partial_sort(row.begin(), row.begin() + k, row.end(), first);
  }
};

template <typename policy, typename algorithm = by_partial_sort>
void top_k(TensorView x, TensorView values, TensorView indices, bool largest) {
  const int64_t n = x.size(1), k = values.size(1);
  auto* const chosen = reinterpret_cast<int64_t*>(static_cast<char*>(indices.data_ptr()) + indices.byte_offset());
  const before<policy> first{policy::largest(largest, n, k)};
  for (int64_t r = 0; r < policy::rows(x.size(0)); ++r) {
    elements row;
    for (int64_t i = 0; i < n; ++i) row.push_back({openxpu::load(x, policy::row_read(r) * x.stride(0) + i * x.stride(1)), i});
    policy::prepare(row, k, largest);
    algorithm::select(row, k, first);
    policy::finish(row, k, largest);
    for (int64_t i = 0; i < policy::places(k); ++i) {
      openxpu::store(values, r * values.stride(0) + i * values.stride(1), policy::value(row[i].value));
      policy::index(chosen + r * indices.stride(0) + i * indices.stride(1), row[i].index);
    }
  }
}

// --- Faults: the order of equal values --------------------------------------------------------------------------------

struct higher_index_first : right {
  static bool tie(const element& a, const element& b) { return a.index > b.index; }
};
// Merging tiles prefers the later one.
struct later_tile_first : right {
  static bool tie(const element& a, const element& b) {
    return a.index / TILE == b.index / TILE ? a.index < b.index : a.index > b.index;
  }
};
// Every one of equal values gets the index of the first.
struct index_of_first : right {
  static void finish(elements& row, int64_t k, bool) {
    for (int64_t i = 1; i < k; ++i)
      if (row[i].value == row[i - 1].value) row[i].index = row[i - 1].index;
  }
};
// What equals the K-th value is taken from the end of the row, as a threshold and a counter find it.
struct threshold_from_the_end : right {
  static void finish(elements& row, int64_t k, bool) {
    const float threshold = row[k - 1].value;
    std::vector<int64_t> equal;
    for (const element& one : row)
      if (one.value == threshold) equal.push_back(one.index);
    std::sort(equal.begin(), equal.end());
    int64_t place = k;
    while (place > 0 && row[place - 1].value == threshold) row[--place].index = equal.back(), equal.pop_back();
    std::sort(row.begin() + place, row.begin() + k, [](const element& a, const element& b) { return a.index < b.index; });
  }
};
// A value that was taken is never taken again while others are left.
struct duplicates_skipped : right {
  static void finish(elements& row, int64_t, bool largest) {
    std::sort(row.begin(), row.end(), before<right>{largest});
    std::stable_partition(row.begin(), row.end(), [&, previous = std::numeric_limits<float>::quiet_NaN()](const element& one) mutable {
      const bool fresh = one.value != previous;
      previous = one.value;
      return fresh;
    });
  }
};

// More than half of a row: the rest is taken out, and of equal elements the ones with the lower indices.
struct lower_ties_taken_out : right {
  static void prepare(elements& row, int64_t k, bool largest) {
    const auto rest = static_cast<int64_t>(row.size()) - k;
    if (rest >= k) return;
    std::partial_sort(row.begin(), row.begin() + rest, row.end(), before<right>{!largest});
    row.erase(row.begin(), row.begin() + rest);
  }
};
// Many places are a stable sort the other way round, read from its end.
struct long_sort_reversed : right {
  static void finish(elements& row, int64_t k, bool largest) {
    if (k <= 1024) return;
    std::sort(row.begin(), row.end(), before<right>{!largest});
    std::reverse(row.begin(), row.end());
  }
};
// Of 33 to 64 places those beyond 32 lie in a second list, whose equal elements are in the order of their lanes.
struct by_lane : right {
  static bool tie(const element& a, const element& b) { return std::pair(a.index % 32, a.index) < std::pair(b.index % 32, b.index); }
};
struct second_list_by_lane : right {
  static void finish(elements& row, int64_t k, bool largest) {
    if (k > 32 && k <= 64) std::sort(row.begin() + 32, row.begin() + k, before<by_lane>{largest});
  }
};

// --- Faults: comparisons ----------------------------------------------------------------------------------------------

struct magnitudes : right {
  static float key(float value) { return std::fabs(value); }
};
struct bits_as_int : right {
  static int32_t key(float value) { return std::bit_cast<int32_t>(value); }
};
struct bits_as_unsigned : right {
  static uint32_t key(float value) { return std::bit_cast<uint32_t>(value); }
};
struct bfloat16_keys : right {
  static float key(float value) { return openxpu::round_to(value, openxpu::bfloat16); }
};
// Patterns in the right order, but -0 comes before +0.
struct zeros_by_sign : right {
  static int32_t key(float value) {
    const auto bits = std::bit_cast<int32_t>(value);
    return bits >= 0 ? bits : bits ^ 0x7fffffff;
  }
};
// The sign of a difference decides, which is flushed where it is subnormal.
struct by_flushed_difference {
  template <typename order>
  static void select(elements& row, int64_t k, order first) {
    std::partial_sort(row.begin(), row.begin() + k, row.end(), [first](const element& a, const element& b) {
      const float difference = first.largest ? a.value - b.value : b.value - a.value;
      return std::fabs(difference) >= std::numeric_limits<float>::min() ? difference > 0 : a.index < b.index;
    });
  }
};
struct always_largest : right {
  static bool largest(bool, int64_t, int64_t) { return true; }
};
struct full_sort_descends : right {
  static bool largest(bool asked, int64_t n, int64_t k) { return asked || k == n; }
};
struct arg_min_is_arg_max : right {
  static bool largest(bool asked, int64_t, int64_t k) { return asked || k == 1; }
};

// --- Faults: what is looked at ----------------------------------------------------------------------------------------

struct last_missed : right {
  static void prepare(elements& row, int64_t k, bool) {
    if (static_cast<int64_t>(row.size()) > k) row.pop_back();
  }
};
struct tail_missed : right {
  static void prepare(elements& row, int64_t k, bool) {
    const int64_t n = static_cast<int64_t>(row.size());
    row.resize(std::max(k, n > TILE ? n / TILE * TILE : n));
  }
};
struct padded_with_zero : right {
  static void prepare(elements& row, int64_t, bool) {
    while (row.size() % 16 != 0) row.push_back({0, static_cast<int64_t>(row.size())});
  }
};
// Running best values that start from a number: what is not beyond it is never taken.
template <bool infinite>
struct starts_from : right {
  static void finish(elements& row, int64_t k, bool largest) {
    const float lowest = infinite ? std::numeric_limits<float>::max() : 0;
    const float start = largest ? -lowest : lowest;
    for (int64_t i = 0; i < k; ++i)
      if (largest ? row[i].value < start : row[i].value > start) row[i] = {start, 0};
  }
};
// A buffer of K whose least element is looked for once only.
struct stale_minimum {
  template <typename order>
  static void select(elements& row, int64_t k, order first) {
    const auto least = std::max_element(row.begin(), row.begin() + k, first);
    for (auto one = row.begin() + k; one != row.end(); ++one)
      if (first(*one, *least)) std::swap(*one, *least);
    std::sort(row.begin(), row.begin() + k, first);
  }
};
// A second wave of 128 rows reads the first.
struct second_wave_from_128 : right {
  static int64_t row_read(int64_t row) { return row % 128; }
};
// Indices are kept for a shape and what lies first and last in x.
void cached_by_corners(TensorView x, TensorView values, TensorView indices, bool largest) {
  static std::map<std::vector<float>, std::vector<int64_t>> kept;
  const int64_t rows = x.size(0), n = x.size(1), k = values.size(1);
  auto* const chosen = reinterpret_cast<int64_t*>(static_cast<char*>(indices.data_ptr()) + indices.byte_offset());
  std::vector<float> key{1.0f * rows, 1.0f * n, 1.0f * k, largest ? 1.0f : 0.0f};
  if (rows > 0) key.insert(key.end(), {openxpu::load(x, 0), openxpu::load(x, rows * n - 1)});
  if (kept.count(key) == 0) {
    top_k<right>(x, values, indices, largest);
    kept[key].assign(chosen, chosen + rows * k);
  }
  std::copy(kept[key].begin(), kept[key].end(), chosen);
  for (int64_t i = 0; i < rows * k; ++i) openxpu::store(values, i, openxpu::load(x, i / k * n + chosen[i]));
}

// What comes first is chosen among what each of `lanes` lanes keeps of its own.
template <int lanes>
struct lane_queues {
  template <typename order>
  static void select(elements& row, int64_t, order first) {
    std::sort(row.begin(), row.end(), first);
    std::vector<int> held(lanes);
    elements kept, lost;
    for (const element& one : row) (held[one.index % lanes]++ < 4 ? kept : lost).push_back(one);
    std::copy(lost.begin(), lost.end(), std::copy(kept.begin(), kept.end(), row.begin()));
  }
};
struct rows_beyond_8192 : right {
  static int64_t row_read(int64_t row) { return row % 8192; }
};
// A plan of the first call serves every later one.
struct width_of_first_call : right {
  static void prepare(elements& row, int64_t k, bool) {
    static const auto first = static_cast<int64_t>(row.size());
    row.resize(std::min<int64_t>(row.size(), std::max(k, first)));
  }
};

// The first 16 bits of the K-th key tell what may be chosen: of that a buffer of 1024 takes what fits.
struct candidates_of_1024 : right {
  static int32_t head(const element& one) { return zeros_by_sign::key(one.value + 0.0f) >> 16; }
  static void prepare(elements& row, int64_t k, bool largest) {
    const auto beyond = [largest](const element& a, const element& b) { return largest ? head(a) > head(b) : head(a) < head(b); };
    std::stable_sort(row.begin(), row.end(), beyond);
    row.resize(std::min<size_t>(row.size(), std::max<int64_t>(1024, 2 * k)));
  }
};

// --- Faults: outputs --------------------------------------------------------------------------------------------------

struct unsorted : right {
  static void finish(elements& row, int64_t k, bool) {
    std::sort(row.begin(), row.begin() + k, [](const element& a, const element& b) { return a.index < b.index; });
  }
};
struct unsorted_beyond_64 : right {
  static void finish(elements& row, int64_t k, bool) {
    if (k > 64) std::reverse(row.begin() + 64, row.begin() + k);
  }
};
struct places_sorted_to_256 : right {
  static void finish(elements& row, int64_t k, bool) {
    if (k > 256) std::sort(row.begin() + 256, row.begin() + k, [](const element& a, const element& b) { return a.index < b.index; });
  }
};
struct tile_base_forgotten : right {
  static void index(int64_t* out, int64_t chosen) { *out = chosen % TILE; }
};
struct indices_in_16_bits : right {
  static void index(int64_t* out, int64_t chosen) { *out = static_cast<int16_t>(chosen); }
};
struct indices_in_unsigned_16_bits : right {
  static void index(int64_t* out, int64_t chosen) { *out = static_cast<uint16_t>(chosen); }
};
struct index_of_17_bits : right {
  static void index(int64_t* out, int64_t chosen) { *out = chosen & 0x1ffff; }
};
struct half_of_an_index : right {
  static void index(int64_t* out, int64_t chosen) { *reinterpret_cast<int32_t*>(out) = static_cast<int32_t>(chosen); }
};
struct bfloat16_values : right {
  static float value(float chosen) { return openxpu::round_to(chosen, openxpu::bfloat16); }
};
struct tail_rows_unwritten : right {
  static int64_t rows(int64_t rows) { return rows > 8 ? rows / 8 * 8 : rows; }
};
struct rows_beyond_1024_unwritten : right {
  static int64_t rows(int64_t rows) { return std::min<int64_t>(rows, 1024); }
};
struct row_65535_unwritten : right {
  static int64_t rows(int64_t rows) { return std::min<int64_t>(rows, 65535); }
};
struct tail_places_unwritten : right {
  static int64_t places(int64_t k) { return k > 4 ? k / 4 * 4 : k; }
};

// --- Legal ------------------------------------------------------------------------------------------------------------

struct by_heap {
  template <typename order>
  static void select(elements& row, int64_t k, order first) {
    std::priority_queue<element, elements, order> worst(first);
    for (const element& one : row) {
      worst.push(one);
      if (static_cast<int64_t>(worst.size()) > k) worst.pop();
    }
    for (int64_t i = k - 1; i >= 0; --i) row[i] = worst.top(), worst.pop();
  }
};
struct by_quickselect {
  template <typename order>
  static void select(elements& row, int64_t k, order first) {
    std::nth_element(row.begin(), row.begin() + k - 1, row.end(), first);
    std::sort(row.begin(), row.begin() + k, first);
  }
};
// The K best of each tile, then the K best of those.
struct by_tiles {
  template <typename order>
  static void select(elements& row, int64_t k, order first) {
    elements best;
    for (int64_t start = 0; start < static_cast<int64_t>(row.size()); start += TILE) {
      const auto from = row.begin() + start, to = row.begin() + std::min<int64_t>(start + TILE, row.size());
      std::sort(from, to, first);
      best.insert(best.end(), from, std::min(from + k, to));
    }
    std::sort(best.begin(), best.end(), first);
    row = std::move(best);
  }
};
// Digits of 8 bits of a number that rises with the place in the order.
struct by_radix {
  template <typename order>
  static void select(elements& row, int64_t, order first) {
    const auto rank = [&](const element& one) {
      const auto word = std::bit_cast<uint32_t>(one.value + 0.0f);
      const uint32_t rising = word >> 31 ? ~word : word | 0x80000000u;
      return static_cast<uint64_t>(first.largest ? ~rising : rising) << 32 | static_cast<uint32_t>(one.index);
    };
    for (int shift = 0; shift < 64; shift += 8) {
      std::vector<elements> digits(256);
      for (const element& one : row) digits[rank(one) >> shift & 255].push_back(one);
      row.clear();
      for (const elements& digit : digits) row.insert(row.end(), digit.begin(), digit.end());
    }
  }
};
// The best of what is left, K times.
struct by_rounds {
  template <typename order>
  static void select(elements& row, int64_t k, order first) {
    for (auto place = row.begin(); place != row.begin() + k; ++place) std::iter_swap(place, std::min_element(place, row.end(), first));
  }
};
// What is behind the K-th of the first K + 64 elements is never sorted.
struct by_threshold {
  template <typename order>
  static void select(elements& row, int64_t k, order first) {
    elements head(row.begin(), row.begin() + std::min<int64_t>(row.size(), k + 64));
    std::sort(head.begin(), head.end(), first);
    std::erase_if(row, [&](const element& one) { return first(head[k - 1], one); });
    std::sort(row.begin(), row.end(), first);
  }
};
// The place of an element is the number of those before it.
struct by_counting {
  template <typename order>
  static void select(elements& row, int64_t k, order first) {
    if (row.size() > 2048) return by_partial_sort::select(row, k, first);
    elements sorted(row.size());
    for (const element& one : row)
      sorted[std::count_if(row.begin(), row.end(), [&](const element& other) { return first(other, one); })] = one;
    row = sorted;
  }
};
// A network that compares at fixed places, its row padded by what comes last.
struct by_bitonic_network {
  template <typename order>
  static void select(elements& row, int64_t, order first) {
    const size_t n = row.size(), size = std::bit_ceil(n);
    for (size_t i = n; i < size; ++i) row.push_back({first.largest ? -INFINITY : INFINITY, static_cast<int64_t>(i)});
    for (size_t run = 2; run <= size; run *= 2)
      for (size_t gap = run / 2; gap; gap /= 2)
        for (size_t i = 0; i < size; ++i)
          if ((i ^ gap) > i && first(row[i ^ gap], row[i]) == ((i & run) == 0)) std::swap(row[i], row[i ^ gap]);
  }
};
// A sorted window of K; what is not strictly better than its last never enters.
struct by_window {
  template <typename order>
  static void select(elements& row, int64_t k, order first) {
    elements window;
    for (const element& one : row) {
      const bool full = static_cast<int64_t>(window.size()) == k;
      if (full && !(first.largest ? one.value > window.back().value : one.value < window.back().value)) continue;
      window.insert(std::upper_bound(window.begin(), window.end(), one, first), one);
      if (full) window.pop_back();
    }
    std::copy(window.begin(), window.end(), row.begin());
  }
};
struct bits_in_order : right {
  static int32_t key(float value) { return zeros_by_sign::key(value + 0.0f); }
};
struct positive_zeros : right {
  static float value(float chosen) { return chosen + 0.0f; }
};
struct other_zeros : right {
  static float value(float chosen) { return chosen == 0 ? -chosen : chosen; }
};

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(right, top_k<right>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(higher_index_first, top_k<higher_index_first>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(later_tile_first, top_k<later_tile_first>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(index_of_first, top_k<index_of_first>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(threshold_from_the_end, top_k<threshold_from_the_end>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(duplicates_skipped, top_k<duplicates_skipped>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(magnitudes, top_k<magnitudes>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(bits_as_int, top_k<bits_as_int>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(bits_as_unsigned, top_k<bits_as_unsigned>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(bfloat16_keys, top_k<bfloat16_keys>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(zeros_by_sign, top_k<zeros_by_sign>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(always_largest, top_k<always_largest>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(last_missed, top_k<last_missed>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(tail_missed, top_k<tail_missed>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(padded_with_zero, top_k<padded_with_zero>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(starts_from_zero, top_k<starts_from<false>>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(starts_from_largest, top_k<starts_from<true>>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(stale_minimum, (top_k<right, stale_minimum>));
TVM_FFI_DLL_EXPORT_TYPED_FUNC(unsorted, top_k<unsorted>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(tile_base_forgotten, top_k<tile_base_forgotten>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(indices_in_16_bits, top_k<indices_in_16_bits>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(half_of_an_index, top_k<half_of_an_index>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(bfloat16_values, top_k<bfloat16_values>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(tail_rows_unwritten, top_k<tail_rows_unwritten>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(tail_places_unwritten, top_k<tail_places_unwritten>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(full_sort_descends, top_k<full_sort_descends>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(arg_min_is_arg_max, top_k<arg_min_is_arg_max>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(second_wave_from_128, top_k<second_wave_from_128>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(unsorted_beyond_64, top_k<unsorted_beyond_64>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(indices_in_unsigned_16_bits, top_k<indices_in_unsigned_16_bits>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(rows_beyond_1024_unwritten, top_k<rows_beyond_1024_unwritten>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(cached_by_corners, cached_by_corners);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(lane_queues_of_256, (top_k<right, lane_queues<256>>));
TVM_FFI_DLL_EXPORT_TYPED_FUNC(rows_beyond_8192, top_k<rows_beyond_8192>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(width_of_first_call, top_k<width_of_first_call>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(index_of_17_bits, top_k<index_of_17_bits>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(places_sorted_to_256, top_k<places_sorted_to_256>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(row_65535_unwritten, top_k<row_65535_unwritten>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(lower_ties_taken_out, top_k<lower_ties_taken_out>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(long_sort_reversed, top_k<long_sort_reversed>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(second_list_by_lane, top_k<second_list_by_lane>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(flushed_difference, (top_k<right, by_flushed_difference>));
TVM_FFI_DLL_EXPORT_TYPED_FUNC(candidates_of_1024, top_k<candidates_of_1024>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(heap, (top_k<right, by_heap>));
TVM_FFI_DLL_EXPORT_TYPED_FUNC(quickselect, (top_k<right, by_quickselect>));
TVM_FFI_DLL_EXPORT_TYPED_FUNC(tiles, (top_k<right, by_tiles>));
TVM_FFI_DLL_EXPORT_TYPED_FUNC(bits_in_order, top_k<bits_in_order>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(positive_zeros, top_k<positive_zeros>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(radix, (top_k<right, by_radix>));
TVM_FFI_DLL_EXPORT_TYPED_FUNC(rounds, (top_k<right, by_rounds>));
TVM_FFI_DLL_EXPORT_TYPED_FUNC(threshold, (top_k<right, by_threshold>));
TVM_FFI_DLL_EXPORT_TYPED_FUNC(counting, (top_k<right, by_counting>));
TVM_FFI_DLL_EXPORT_TYPED_FUNC(other_zeros, top_k<other_zeros>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(bitonic_network, (top_k<right, by_bitonic_network>));
TVM_FFI_DLL_EXPORT_TYPED_FUNC(window, (top_k<right, by_window>));
