// sparse_gemm_int4 wrong on purpose, one entry a fault, and right in unusual ways: what the judge must reject and accept.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

namespace {

using openxpu::round_to;
using openxpu::rounding;
using tvm::ffi::TensorView;

// Extents of a case.
struct shape {
  int64_t m, n, k, group, groups;
  int64_t fours() const { return k / 4; }
  int64_t metadata_bytes() const { return (k + 7) / 8; }
};

// A kept value of a row of a: what it is, the input feature and the group it belongs to.
struct kept {
  int value;
  int64_t k, g;
};

// A right kernel; what derives from it changes one thing.
struct right {
  static int nibble(int pair, int which) { return pair >> (4 * which) & 15; }
  static int value(int nibble) { return (nibble ^ 8) - 8; }
  // The four bits of metadata of one four.
  static int indices(const uint8_t* row, int64_t four, const shape&) { return row[four / 2] >> (4 * (four % 2)) & 15; }
  static int64_t metadata_stride(const shape& s) { return s.metadata_bytes(); }
  static int place(int indices, int which) { return indices >> (2 * which) & 3; }
  // Of kept value j at input feature k.
  static int64_t group_of(int64_t k, int64_t, const shape& s) { return k / s.group; }
  static int64_t scale_at(int64_t m, int64_t g, const shape& s) { return m * s.groups + g; }
  static float scale(float value) { return value; }
  static int64_t token_scale_at(int64_t n) { return n; }
  static int activation(int value) { return value; }
  static int64_t fours(const shape& s) { return s.fours(); }
  static int64_t rows(const shape& s) { return s.m; }
  static int64_t tokens(const shape& s) { return s.n; }
  static float before(float) { return 0; }
  // Of row m and token n.
  static float finish(float sum, int64_t, int64_t, const shape&) { return sum; }
  static int add(int sum, int product) { return sum + product; }
  static constexpr rounding store = rounding::half_even;

  // From the sums of the groups [groups] to y.
  static float combine(const std::vector<int>& sums, const float* scales, float token_scale) {
    float total = 0;
    for (size_t g = 0; g < sums.size(); ++g) total += static_cast<float>(sums[g]) * scales[g];
    return total * token_scale;
  }
  template <typename kernel>
  static float dot(const std::vector<kept>& row, const int* b, const float* scales, float token_scale, const shape& s) {
    std::vector<int> sums(s.groups);
    for (const kept& one : row) sums[one.g] = kernel::add(sums[one.g], one.value * kernel::activation(b[one.k]));
    return kernel::combine(sums, scales, token_scale);
  }
};

template <typename kernel>
std::vector<kept> row_of(const uint8_t* values, const uint8_t* metadata, const shape& s) {
  std::vector<kept> row;
  for (int64_t four = 0; four < kernel::fours(s); ++four) {
    const int indices = kernel::indices(metadata, four, s);
    for (int which = 0; which < 2; ++which) {
      const int64_t k = 4 * four + kernel::place(indices, which);
      row.push_back({kernel::value(kernel::nibble(values[four], which)), k, kernel::group_of(k, 2 * four + which, s)});
    }
  }
  return row;
}

template <typename kernel>
void gemm(TensorView a, TensorView metadata, TensorView a_scales, TensorView b, TensorView b_scales, TensorView y, int64_t group) {
  const shape s{a.size(0), b.size(0), b.size(1), group, a_scales.size(1)};
  const std::vector<float> wide_a = openxpu::widen(a), wide_metadata = openxpu::widen(metadata), wide_b = openxpu::widen(b);
  const std::vector<uint8_t> values(wide_a.begin(), wide_a.end()), bits(wide_metadata.begin(), wide_metadata.end());
  const std::vector<int> activations(wide_b.begin(), wide_b.end());
  const std::vector<float> all_scales = openxpu::widen(a_scales), token_scales = openxpu::widen(b_scales);
  std::vector<float> scales(s.groups);
  for (int64_t m = 0; m < kernel::rows(s); ++m) {
    const std::vector<kept> row = row_of<kernel>(values.data() + m * s.fours(), bits.data() + m * kernel::metadata_stride(s), s);
    for (int64_t g = 0; g < s.groups; ++g) scales[g] = kernel::scale(all_scales[kernel::scale_at(m, g, s)]);
    for (int64_t n = 0; n < kernel::tokens(s); ++n) {
      const int64_t place = m * y.stride(0) + n * y.stride(1);
      const float token_scale = token_scales[kernel::token_scale_at(n)];
      const float sum = kernel::template dot<kernel>(row, activations.data() + n * s.k, scales.data(), token_scale, s);
      openxpu::store(y, place, kernel::before(openxpu::load(y, place)) + kernel::finish(sum, m, n, s), kernel::store);
    }
  }
}

struct nibble_order : right { static int nibble(int pair, int which) { return right::nibble(pair, 1 - which); } };
struct unsigned_values : right { static int value(int nibble) { return nibble; } };
struct unsigned_activations : right { static int activation(int value) { return value & 255; } };
// The value of the first index goes to the second, as if indices were stored in descending order.
struct pair_order : right { static int place(int indices, int which) { return right::place(indices, 1 - which); } };
struct metadata_nibbles_swapped : right {
  static int indices(const uint8_t* row, int64_t four, const shape& s) {
    return (four ^ 1) < s.fours() ? right::indices(row, four ^ 1, s) : right::indices(row, four, s);
  }
};
struct metadata_of_next_four : right {
  static int indices(const uint8_t* row, int64_t four, const shape& s) { return right::indices(row, std::min(four + 1, s.fours() - 1), s); }
};
struct metadata_ignored : right { static int place(int, int which) { return which; } };
// Four bits as a mask of the kept places.
struct metadata_as_mask : right {
  static int place(int indices, int which) {
    const int mask = indices;
    int found = 0;
    for (int place = 0; place < 4; ++place)
      if (mask >> place & 1 && found++ == which) return place;
    return which;
  }
};
struct metadata_rows_too_short : right { static int64_t metadata_stride(const shape& s) { return s.k / 8; } };
struct group_off_by_one : right {
  static int64_t group_of(int64_t k, int64_t, const shape& s) { return std::min((k + 4) / s.group, s.groups - 1); }
};
// Counts kept values where the scale counts input features.
struct group_of_kept : right { static int64_t group_of(int64_t, int64_t j, const shape& s) { return j / s.group; } };
struct short_group_takes_previous : right {
  static int64_t group_of(int64_t k, int64_t, const shape& s) {
    const int64_t g = k / s.group;
    return g > 0 && (g + 1) * s.group > s.k ? g - 1 : g;
  }
};
struct always_groups_of_128 : right { static int64_t group_of(int64_t k, int64_t, const shape&) { return k / 128; } };
struct scale_of_first_row : right { static int64_t scale_at(int64_t, int64_t g, const shape&) { return g; } };
struct scale_of_first_group : right { static int64_t scale_at(int64_t m, int64_t, const shape& s) { return m * s.groups; } };
struct scales_transposed : right { static int64_t scale_at(int64_t m, int64_t g, const shape& s) { return g * s.m + m; } };
struct scale_of_first_token : right { static int64_t token_scale_at(int64_t) { return 0; } };
struct half_scales : right { static float scale(float value) { return round_to(value, openxpu::float16); } };
struct int16_group_sums : right { static int add(int sum, int product) { return std::clamp(sum + product, -32768, 32767); } };
struct wrapping_group_sums : right { static int add(int sum, int product) { return static_cast<int16_t>(sum + product); } };
struct tail_depth_dropped : right { static int64_t fours(const shape& s) { return s.k > 16 ? s.k / 16 * 4 : s.fours(); } };
struct tail_rows_unwritten : right { static int64_t rows(const shape& s) { return s.m > 16 ? s.m / 16 * 16 : s.m; } };
struct tail_tokens_unwritten : right { static int64_t tokens(const shape& s) { return s.n > 8 ? s.n / 8 * 8 : s.n; } };
struct adds_to_output : right { static float before(float old) { return old; } };
struct truncating_store : right { static constexpr rounding store = rounding::toward_zero; };
struct half_accumulator : right {
  static float combine(const std::vector<int>& sums, const float* scales, float token_scale) {
    float total = 0;
    for (size_t g = 0; g < sums.size(); ++g) total = round_to(total + static_cast<float>(sums[g]) * scales[g], openxpu::float16);
    return total * token_scale;
  }
};
struct half_group_sums : right {
  static float combine(const std::vector<int>& sums, const float* scales, float token_scale) {
    float total = 0;
    for (size_t g = 0; g < sums.size(); ++g) total += round_to(static_cast<float>(sums[g]), openxpu::float16) * scales[g];
    return total * token_scale;
  }
};
// Weights are scaled before the sum, which the class does not say.
struct scaled_weights : right {
  template <typename kernel>
  static float dot(const std::vector<kept>& row, const int* b, const float* scales, float token_scale, const shape&) {
    float total = 0;
    for (const kept& one : row) total += static_cast<float>(one.value) * scales[one.g] * static_cast<float>(b[one.k]);
    return total * token_scale;
  }
};
// A table of a row's scales with so many places.
template <int64_t places>
struct groups_wrap : right {
  static int64_t scale_at(int64_t m, int64_t g, const shape& s) { return m * s.groups + g % places; }
};
struct groups_beyond_32_wrap : groups_wrap<32> {};
struct groups_beyond_64_wrap : groups_wrap<64> {};
struct half_groups_beyond_32_wrap : groups_wrap<32> {};
struct tokens_beyond_128_zero : right { static float finish(float sum, int64_t, int64_t n, const shape&) { return n < 128 ? sum : 0; } };
struct outputs_beyond_128_zero : right { static float finish(float sum, int64_t m, int64_t, const shape&) { return m < 128 ? sum : 0; } };
struct tokens_beyond_1024_zero : right { static float finish(float sum, int64_t, int64_t n, const shape&) { return n < 1024 ? sum : 0; } };
struct outputs_beyond_4096_zero : right { static float finish(float sum, int64_t m, int64_t, const shape&) { return m < 4096 ? sum : 0; } };
struct y_index_in_int16 : right {
  static float finish(float sum, int64_t m, int64_t n, const shape& s) { return m * s.n + n < 32768 ? sum : 0; }
};
// A plan of the first call serves every later one.
struct group_of_first_call : right {
  static int64_t group_of(int64_t k, int64_t, const shape& s) {
    static const int64_t first = s.group;
    return std::min(k / first, s.groups - 1);
  }
};
struct zero_sums_skipped : right {
  static float combine(const std::vector<int>& sums, const float* scales, float token_scale) {
    float total = 0;
    for (size_t g = 0; g < sums.size(); ++g)
      if (sums[g] != 0) total += static_cast<float>(sums[g]) * scales[g];
    return total * token_scale;
  }
};
// Below 2^-8 of the largest of a row.
struct small_scales_dropped : right {
  static float combine(const std::vector<int>& sums, const float* scales, float token_scale) {
    float total = 0, largest = 0;
    for (size_t g = 0; g < sums.size(); ++g)
      if (std::isfinite(scales[g])) largest = std::max(largest, std::fabs(scales[g]));
    for (size_t g = 0; g < sums.size(); ++g)
      if (!(std::fabs(scales[g]) < largest / 256)) total += static_cast<float>(sums[g]) * scales[g];
    return total * token_scale;
  }
};
struct depth_beyond_4096_dropped : right { static int64_t fours(const shape& s) { return std::min<int64_t>(s.fours(), 1024); } };

struct reverse : right {
  static float combine(const std::vector<int>& sums, const float* scales, float token_scale) {
    float total = 0;
    for (size_t g = sums.size(); g-- > 0;) total += static_cast<float>(sums[g]) * scales[g];
    return total * token_scale;
  }
};
struct pairwise : right {
  static float half_of(const std::vector<int>& sums, const float* scales, size_t from, size_t to) {
    if (to - from == 1) return static_cast<float>(sums[from]) * scales[from];
    return half_of(sums, scales, from, (from + to) / 2) + half_of(sums, scales, (from + to) / 2, to);
  }
  static float combine(const std::vector<int>& sums, const float* scales, float token_scale) {
    return half_of(sums, scales, 0, sums.size()) * token_scale;
  }
};
// Even groups and odd groups, each summed and scaled by itself.
struct split_k : right {
  static float combine(const std::vector<int>& sums, const float* scales, float token_scale) {
    float parts[2] = {};
    for (size_t g = 0; g < sums.size(); ++g) parts[g % 2] += static_cast<float>(sums[g]) * scales[g];
    return parts[0] * token_scale + parts[1] * token_scale;
  }
};
struct fused : right {
  static float combine(const std::vector<int>& sums, const float* scales, float token_scale) {
    float total = 0;
    for (size_t g = 0; g < sums.size(); ++g) total = std::fma(static_cast<float>(sums[g]), scales[g], total);
    return total * token_scale;
  }
};
struct token_scale_first : right {
  static float combine(const std::vector<int>& sums, const float* scales, float token_scale) {
    float total = 0;
    for (size_t g = 0; g < sums.size(); ++g) total += static_cast<float>(sums[g]) * (scales[g] * token_scale);
    return total;
  }
};
// Exact too: a sum of at most 64 products of at most 1024.
struct float_group_sums : right {
  template <typename kernel>
  static float dot(const std::vector<kept>& row, const int* b, const float* scales, float token_scale, const shape& s) {
    std::vector<float> sums(s.groups);
    for (const kept& one : row) sums[one.g] += static_cast<float>(one.value) * static_cast<float>(b[one.k]);
    float total = 0;
    for (int64_t g = 0; g < s.groups; ++g) total += sums[g] * scales[g];
    return total * token_scale;
  }
};
struct double_sums : right {
  static float combine(const std::vector<int>& sums, const float* scales, float token_scale) {
    double total = 0;
    for (size_t g = 0; g < sums.size(); ++g) total += sums[g] * static_cast<double>(scales[g]);
    return static_cast<float>(total * token_scale);
  }
};
// What a sum loses is added to the next term.
struct compensated : right {
  static float combine(const std::vector<int>& sums, const float* scales, float token_scale) {
    float total = 0, lost = 0;
    for (size_t g = 0; g < sums.size(); ++g) {
      const float term = static_cast<float>(sums[g]) * scales[g] - lost, next = total + term, rest = (next - total) - term;
      lost = std::isfinite(rest) ? rest : 0;
      total = next;
    }
    return total * token_scale;
  }
};
// A sum for each bit of the values, two's complement.
struct bit_planes : right {
  template <typename kernel>
  static float dot(const std::vector<kept>& row, const int* b, const float* scales, float token_scale, const shape& s) {
    std::vector<int> sums(s.groups);
    for (int bit = 0; bit < 4; ++bit)
      for (const kept& one : row) sums[one.g] += (one.value >> bit & 1) * b[one.k] * (bit == 3 ? -8 : 1 << bit);
    return combine(sums, scales, token_scale);
  }
};
// A sum of b for each value of a group, then a product for each value.
struct value_buckets : right {
  template <typename kernel>
  static float dot(const std::vector<kept>& row, const int* b, const float* scales, float token_scale, const shape& s) {
    std::vector<int> buckets(16 * s.groups), sums(s.groups);
    for (const kept& one : row) buckets[16 * one.g + one.value + 8] += b[one.k];
    for (int64_t g = 0; g < s.groups; ++g)
      for (int value = -8; value < 8; ++value) sums[g] += value * buckets[16 * g + value + 8];
    return combine(sums, scales, token_scale);
  }
};
// Values as unsigned numbers; their offset times the sum of b is taken off.
struct offset_values : right {
  template <typename kernel>
  static float dot(const std::vector<kept>& row, const int* b, const float* scales, float token_scale, const shape& s) {
    std::vector<int> sums(s.groups), of_b(s.groups);
    for (const kept& one : row) {
      sums[one.g] += (one.value + 8) * b[one.k];
      of_b[one.g] += b[one.k];
    }
    for (int64_t g = 0; g < s.groups; ++g) sums[g] -= 8 * of_b[g];
    return combine(sums, scales, token_scale);
  }
};
// The same for b, as instructions of unsigned times signed bytes need it.
struct offset_activations : right {
  template <typename kernel>
  static float dot(const std::vector<kept>& row, const int* b, const float* scales, float token_scale, const shape& s) {
    std::vector<int> sums(s.groups), of_a(s.groups);
    for (const kept& one : row) {
      sums[one.g] += one.value * (b[one.k] + 128);
      of_a[one.g] += one.value;
    }
    for (int64_t g = 0; g < s.groups; ++g) sums[g] -= 128 * of_a[g];
    return combine(sums, scales, token_scale);
  }
};
// Sixteen products are at most 16384.
struct int16_of_16 : right {
  template <typename kernel>
  static float dot(const std::vector<kept>& row, const int* b, const float* scales, float token_scale, const shape& s) {
    std::vector<int> sums(s.groups), terms(s.groups);
    std::vector<int16_t> parts(s.groups);
    for (const kept& one : row) {
      int16_t& part = parts[one.g];
      part = static_cast<int16_t>(part + one.value * b[one.k]);
      if (++terms[one.g] % 16 == 0) sums[one.g] += std::exchange(part, int16_t{0});
    }
    for (int64_t g = 0; g < s.groups; ++g) sums[g] += parts[g];
    return combine(sums, scales, token_scale);
  }
};
// A sum is an integer: times 0 it is 0.
struct zero_scales_skipped : right {
  static float combine(const std::vector<int>& sums, const float* scales, float token_scale) {
    float total = 0;
    for (size_t g = 0; g < sums.size(); ++g)
      if (scales[g] != 0) total += static_cast<float>(sums[g]) * scales[g];
    return total * token_scale;
  }
};

}  // namespace

#define EXPORT(name) TVM_FFI_DLL_EXPORT_TYPED_FUNC(name, gemm<name>)
EXPORT(nibble_order); EXPORT(unsigned_values); EXPORT(unsigned_activations); EXPORT(pair_order); EXPORT(metadata_nibbles_swapped);
EXPORT(metadata_of_next_four); EXPORT(metadata_ignored); EXPORT(metadata_as_mask); EXPORT(metadata_rows_too_short); EXPORT(group_off_by_one);
EXPORT(group_of_kept); EXPORT(short_group_takes_previous); EXPORT(always_groups_of_128); EXPORT(scale_of_first_row);
EXPORT(scale_of_first_group); EXPORT(scales_transposed); EXPORT(scale_of_first_token); EXPORT(half_scales); EXPORT(int16_group_sums);
EXPORT(wrapping_group_sums); EXPORT(tail_depth_dropped); EXPORT(tail_rows_unwritten); EXPORT(tail_tokens_unwritten);
EXPORT(adds_to_output); EXPORT(truncating_store); EXPORT(half_accumulator); EXPORT(half_group_sums); EXPORT(scaled_weights);
EXPORT(right); EXPORT(reverse); EXPORT(pairwise); EXPORT(split_k); EXPORT(fused); EXPORT(token_scale_first); EXPORT(float_group_sums);
EXPORT(groups_beyond_32_wrap); EXPORT(groups_beyond_64_wrap); EXPORT(tokens_beyond_128_zero); EXPORT(outputs_beyond_128_zero); EXPORT(depth_beyond_4096_dropped);
EXPORT(tokens_beyond_1024_zero); EXPORT(outputs_beyond_4096_zero); EXPORT(y_index_in_int16); EXPORT(half_groups_beyond_32_wrap); EXPORT(group_of_first_call);
EXPORT(zero_sums_skipped); EXPORT(small_scales_dropped);
EXPORT(double_sums); EXPORT(compensated); EXPORT(bit_planes); EXPORT(value_buckets);
EXPORT(offset_values); EXPORT(offset_activations); EXPORT(int16_of_16); EXPORT(zero_scales_skipped);
