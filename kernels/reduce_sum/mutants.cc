// Sums over an axis that are wrong by one fault each, and right ones that add in another legal way.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <vector>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

namespace {

using openxpu::format;
using openxpu::rounding;
using tvm::ffi::TensorView;

constexpr int64_t BLOCK = 16;

using terms_of_sum = std::vector<float>;

float add_all(const terms_of_sum& terms) {
  float sum = 0;
  for (const float term : terms) sum += term;
  return sum;
}

std::vector<int64_t> first_terms(int64_t k) {
  std::vector<int64_t> all(k);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

// What a variant may change of a right sum.
struct right {
  // A term as it enters the sum.
  static float input(float value, const format*) { return value; }
  // `narrow` is the format of T, nullptr for float32.
  static float sum(const terms_of_sum& terms, const format*) { return add_all(terms); }
  // Positions along K whose terms are added; outer and inner are the extents of y.
  static std::vector<int64_t> positions(int64_t k, [[maybe_unused]] int64_t outer, [[maybe_unused]] int64_t inner) { return first_terms(k); }
  // Place of x[o, k, i].
  static int64_t place(const TensorView& x, int64_t o, int64_t k, int64_t i) {
    return o * x.stride(0) + k * x.stride(1) + i * x.stride(2);
  }
  static bool writes(int64_t, int64_t, int64_t) { return true; }
  static void store(const TensorView& y, int64_t place, float value) { openxpu::store(y, place, value); }
};

template <typename policy>
void reduce(TensorView x, TensorView y) {
  const format* narrow = openxpu::format_of(x.dtype());
  const std::vector<int64_t> positions = policy::positions(x.size(1), x.size(0), x.size(2));
  terms_of_sum terms(positions.size());
  for (int64_t o = 0; o < x.size(0); ++o)
    for (int64_t i = 0; i < x.size(2); ++i) {
      if (!policy::writes(x.size(1), i, x.size(2))) continue;
      for (size_t k = 0; k < terms.size(); ++k)
        terms[k] = policy::input(openxpu::load(x, policy::place(x, o, positions[k], i)), narrow);
      policy::store(y, o * y.stride(0) + i * y.stride(1), policy::sum(terms, narrow));
    }
}

// Keeps `bits` bits of the significand of a float32. By bits alone: behind std::isfinite gcc 12 drops the mask of 8 bits.
float truncated(float value, int bits) {
  uint32_t word;
  std::memcpy(&word, &value, sizeof word);
  const bool finite = ~word & 0x7f800000;
  if (finite) word &= ~0u << (24 - bits);
  std::memcpy(&value, &word, sizeof word);
  return value;
}

// Sums of neighbouring blocks of `size` terms.
std::vector<float> block_sums(const terms_of_sum& terms, size_t size) {
  std::vector<float> sums;
  for (size_t first = 0; first < terms.size(); first += size) {
    const auto begin = terms.begin() + static_cast<int64_t>(first);
    sums.push_back(add_all(terms_of_sum(begin, begin + static_cast<int64_t>(std::min(size, terms.size() - first)))));
  }
  return sums;
}

// --- Faults ---------------------------------------------------------------------------------------------------------

struct half_accumulator : right {
  static float sum(const terms_of_sum& terms, const format* narrow) {
    float sum = 0;
    for (const float term : terms) sum = openxpu::round_to(sum + term, *narrow);
    return sum;
  }
};
struct half_partials : right {
  static float sum(const terms_of_sum& terms, const format* narrow) {
    float sum = 0;
    for (const float part : block_sums(terms, BLOCK)) sum += openxpu::round_to(part, *narrow);
    return sum;
  }
};
// Neighbours are added in T before they are widened, as packed additions do.
struct packed_pairs : right {
  static float sum(const terms_of_sum& terms, const format* narrow) {
    float sum = 0;
    for (const float pair : block_sums(terms, 2)) sum += openxpu::round_to(pair, *narrow);
    return sum;
  }
};
// Each addition truncates, as some matrix units do.
struct truncating_adds : right {
  static float sum(const terms_of_sum& terms, const format*) {
    float sum = 0;
    for (const float term : terms) {
      const double exact = static_cast<double>(sum) + term;
      const float nearest = static_cast<float>(exact);
      sum = std::fabs(nearest) > std::fabs(exact) && std::isfinite(nearest) ? std::nextafter(nearest, 0.0f) : nearest;
    }
    return sum;
  }
};
struct tf32_inputs : right {
  static float input(float value, const format*) { return truncated(value, 11); }
};
struct dropped_tail : right {
  static std::vector<int64_t> positions(int64_t k, int64_t, int64_t) { return first_terms(k > BLOCK ? k / BLOCK * BLOCK : k); }
};
// The last block is moved back to be a whole one: its first terms count twice.
struct last_block_overlaps : right {
  static std::vector<int64_t> positions(int64_t k, int64_t, int64_t) {
    std::vector<int64_t> all = first_terms(k);
    for (int64_t twice = k - BLOCK; k > BLOCK && twice < k / BLOCK * BLOCK; ++twice) all.push_back(twice);
    return all;
  }
};
// A tree over neighbours that leaves out the last of an odd number.
struct odd_element_dropped : right {
  static float sum(const terms_of_sum& terms, const format*) {
    terms_of_sum level = terms;
    while (level.size() > 1) {
      for (size_t pair = 0; pair < level.size() / 2; ++pair) level[pair] = level[2 * pair] + level[2 * pair + 1];
      level.resize(level.size() / 2);
    }
    return level.empty() ? 0 : level[0];
  }
};
// Right but where all axes are equally long: there it adds along the last one.
struct wrong_axis : right {
  static int64_t place(const TensorView& x, int64_t o, int64_t k, int64_t i) {
    const bool cube = x.size(0) == x.size(1) && x.size(1) == x.size(2);
    return cube ? right::place(x, o, i, k) : right::place(x, o, k, i);
  }
};
struct inner_tile_repeats : right {
  static int64_t place(const TensorView& x, int64_t o, int64_t k, int64_t i) { return right::place(x, o, k, i % 32); }
};
struct index_of_16_bits : right {
  static int64_t place(const TensorView& x, int64_t o, int64_t k, int64_t i) { return right::place(x, o, k, i) & 0xffff; }
};
// Takes x for dense whatever its strides are.
struct strides_ignored : right {
  static int64_t place(const TensorView& x, int64_t o, int64_t k, int64_t i) {
    return (o * x.size(1) + k) * x.size(2) + i;
  }
};
struct empty_sum_unwritten : right {
  static bool writes(int64_t k, int64_t, int64_t) { return k > 0; }
};
struct tail_unwritten : right {
  static bool writes(int64_t, int64_t i, int64_t inner) { return i < BLOCK || i < inner / BLOCK * BLOCK; }
};
struct adds_to_output : right {
  static void store(const TensorView& y, int64_t place, float value) {
    openxpu::store(y, place, openxpu::load(y, place) + value);
  }
};
struct truncating_store : right {
  static void store(const TensorView& y, int64_t place, float value) {
    openxpu::store(y, place, value, rounding::toward_zero);
  }
};
// Adds half a step to the magnitude and truncates: ties go away from zero.
struct half_away_store : right {
  static void store(const TensorView& y, int64_t place, float value) {
    const format& narrow = *openxpu::format_of(y.dtype());
    const float up = openxpu::decode(openxpu::encode(value, narrow, rounding::toward_zero) + 1, narrow);
    const float down = openxpu::round_to(value, narrow, rounding::toward_zero);
    const bool tie = std::isfinite(up) && up - value == value - down;
    openxpu::store(y, place, tie ? up : value);
  }
};
struct saturating_store : right {
  static void store(const TensorView& y, int64_t place, float value) {
    const format* narrow = openxpu::format_of(y.dtype());
    const float largest = narrow == nullptr ? 3.40282347e38f : openxpu::decode(narrow->largest, *narrow);
    openxpu::store(y, place, std::isnan(value) ? value : std::clamp(value, -largest, largest));
  }
};
// Terms that are no numbers count as 0.
struct nan_skipped : right {
  static float input(float value, const format*) { return std::isnan(value) ? 0 : value; }
};
struct subnormals_flushed : right {
  static float input(float value, const format* narrow) {
    return std::fabs(value) < std::ldexp(1.0f, narrow == nullptr ? -126 : narrow->min_exponent) ? 0 : value;
  }
};

struct empty_rows_unwritten : right {
  static bool writes(int64_t k, int64_t, int64_t inner) { return k > 0 || inner > 1; }
};
// Stages of 8192 terms, and no stage for the rest.
struct rest_beyond_8192_dropped : right {
  static std::vector<int64_t> positions(int64_t k, int64_t, int64_t) { return first_terms(k > 8192 ? k / 8192 * 8192 : k); }
};
struct one_output_of_1024 : right {
  static std::vector<int64_t> positions(int64_t k, int64_t outer, int64_t inner) {
    return first_terms(outer * inner == 1 ? std::min<int64_t>(k, 1024) : k);
  }
};
struct few_columns_of_64 : right {
  static std::vector<int64_t> positions(int64_t k, int64_t, int64_t inner) {
    return first_terms(inner == 2 || inner == 3 ? std::min<int64_t>(k, 64) : k);
  }
};
struct outputs_in_16_bits : right {
  static void store(const TensorView& y, int64_t place, float value) { openxpu::store(y, place & 0xffff, value); }
};
// 65504 is the largest float16; below 65520 a number rounds to it.
struct early_infinity : right {
  static void store(const TensorView& y, int64_t place, float value) {
    openxpu::store(y, place, std::fabs(value) > 65504 ? std::copysign(INFINITY, value) : value);
  }
};
struct late_infinity : right {
  static void store(const TensorView& y, int64_t place, float value) {
    openxpu::store(y, place, std::fabs(value) > 65504 && std::fabs(value) < 65536 ? std::copysign(65504.0f, value) : value);
  }
};
// An addition of normal numbers whose result is subnormal gives 0.
struct subnormal_sums_flushed : right {
  static float sum(const terms_of_sum& terms, const format*) {
    float sum = 0;
    for (const float term : terms) {
      const bool subnormal = std::fpclassify(term) == FP_SUBNORMAL || std::fpclassify(sum) == FP_SUBNORMAL;
      sum += term;
      if (!subnormal && std::fpclassify(sum) == FP_SUBNORMAL) sum = 0;
    }
    return sum;
  }
};

struct count_of_16_bits : right {
  static std::vector<int64_t> positions(int64_t k, int64_t, int64_t) { return first_terms(static_cast<uint16_t>(k)); }
};
struct exact_blocks_of_1024 : right {
  static std::vector<int64_t> positions(int64_t k, int64_t, int64_t) { return first_terms(k && k % 1024 == 0 ? k - 1024 : k); }
};
struct third_stage_in_T : right {
  static float sum(const terms_of_sum& terms, const format* narrow) {
    if (terms.size() <= 32768) return add_all(terms);
    std::vector<float> sums = block_sums(terms, 4096);
    for (float& one : sums) one = openxpu::round_to(one, *narrow);
    return add_all(sums);
  }
};
// A wave has 132 blocks, each of which keeps its sum from one row to the next.
void persistent_rows(TensorView x, TensorView y) {
  reduce<right>(x, y);
  for (int64_t o = 132; o < x.size(0) && x.size(2) == 1; ++o) {
    float sum = 0;
    for (const int64_t row : {o - 132, o})
      for (int64_t k = 0; k < x.size(1); ++k) sum += openxpu::load(x, right::place(x, row, k, 0));
    openxpu::store(y, o * y.stride(0), sum);
  }
}
struct outer_beyond_2048 : right {
  static int64_t place(const TensorView& x, int64_t o, int64_t k, int64_t i) { return right::place(x, o % 2048, k, i); }
};
struct columns_beyond_1024 : right {
  static bool writes(int64_t, int64_t i, int64_t) { return i < 1024; }
};
// A plan of the first call serves every later one.
struct depth_of_first_call : right {
  static std::vector<int64_t> positions(int64_t k, int64_t, int64_t) {
    static const int64_t first = k;
    return first_terms(std::min(k, first));
  }
};

// Rows of 9 to 16 terms share a warp in pairs, and the shuffles run over all of it.
struct two_rows_of_a_warp : right {
  static std::vector<int64_t> positions(int64_t k, int64_t, int64_t inner) { return first_terms(inner == 1 && k > 8 && k <= 16 ? 2 * k : k); }
  static int64_t place(const TensorView& x, int64_t o, int64_t k, int64_t i) {
    const int64_t terms = x.size(1);
    return k < terms ? right::place(x, o, k, i) : right::place(x, std::min(o ^ 1, x.size(0) - 1), k - terms, i);
  }
};
// After every block of 1024 terms an infinity is taken for the sum.
struct infinity_ends_the_sum : right {
  static float sum(const terms_of_sum& terms, const format*) {
    float sum = 0;
    for (const float part : block_sums(terms, 1024))
      if (!std::isinf(sum)) sum += part;
    return sum;
  }
};
// Whole vectors of 4 are taken to start at one.
struct rows_aligned_down : right {
  static int64_t place(const TensorView& x, int64_t o, int64_t k, int64_t i) {
    const bool vectors = x.size(2) == 1 && x.stride(1) == 1 && x.size(1) % 4 == 0;
    return vectors ? x.stride(0) * o / 4 * 4 + k : right::place(x, o, k, i);
  }
};
// Columns have two parts of 8192 terms.
struct two_parts_of_columns : right {
  static std::vector<int64_t> positions(int64_t k, int64_t, int64_t inner) { return first_terms(inner > 1 ? std::min<int64_t>(k, 16384) : k); }
};

// --- Legal variants -------------------------------------------------------------------------------------------------

struct reverse : right {
  static float sum(const terms_of_sum& terms, const format*) {
    return add_all(terms_of_sum(terms.rbegin(), terms.rend()));
  }
};
struct pairwise : right {
  static float sum(const terms_of_sum& terms, const format*) {
    terms_of_sum level = terms;
    while (level.size() > 1) level = block_sums(level, 2);
    return level.empty() ? 0 : level[0];
  }
};
template <size_t size>
struct tiled : right {
  static float sum(const terms_of_sum& terms, const format*) { return add_all(block_sums(terms, size)); }
};
// Parts that take every `count`-th term, as the lanes of a vector or the threads of a block do.
template <size_t count>
struct lanes : right {
  static float sum(const terms_of_sum& terms, const format* narrow) {
    std::vector<float> parts(count);
    for (size_t k = 0; k < terms.size(); ++k) parts[k % count] += terms[k];
    return pairwise::sum(parts, narrow);
  }
};
struct fused : right {
  static float sum(const terms_of_sum& terms, const format*) {
    float sum = 0;
    for (const float term : terms) sum = std::fma(term, 1.0f, sum);
    return sum;
  }
};
struct compensated : right {
  static float sum(const terms_of_sum& terms, const format*) {
    float sum = 0, lost = 0;
    for (const float term : terms) {
      const float next = term - lost, total = sum + next;
      // An infinity loses nothing.
      lost = std::isfinite(total) ? (total - sum) - next : 0;
      sum = total;
    }
    return sum;
  }
};
struct double_accumulator : right {
  static float sum(const terms_of_sum& terms, const format*) {
    double sum = 0;
    for (const float term : terms) sum += term;
    return static_cast<float>(sum);
  }
};
struct by_magnitude : right {
  static float sum(const terms_of_sum& terms, const format*) {
    terms_of_sum sorted = terms;
    const auto smaller = [](float x, float y) { return !std::isnan(x) && (std::isnan(y) || std::fabs(x) < std::fabs(y)); };
    std::stable_sort(sorted.begin(), sorted.end(), smaller);
    return std::accumulate(sorted.begin(), sorted.end(), 0.0f);
  }
};
struct by_sign : right {
  static float sum(const terms_of_sum& terms, const format*) {
    float up = 0, down = 0;
    for (const float term : terms) (term < 0 ? down : up) += term;
    return up + down;
  }
};
// The last of all partial sums of a scan.
struct scan : right {
  static float sum(const terms_of_sum& terms, const format*) {
    terms_of_sum sums = terms;
    for (size_t reach = 1; reach < sums.size(); reach *= 2)
      for (size_t i = sums.size(); i-- > reach;) sums[i] += sums[i - reach];
    return sums.empty() ? 0 : sums.back();
  }
};
// Eight terms and the sum so far, aligned to the largest of them and cut off at 26 bits, as tensor cores add.
struct aligned_blocks : right {
  static float sum(const terms_of_sum& terms, const format*) {
    float sum = 0;
    for (size_t first = 0; first < terms.size(); first += 8) {
      float block[9] = {sum};
      std::copy(terms.begin() + first, terms.begin() + std::min(first + 8, terms.size()), block + 1);
      int top = -200;
      double total = 0;
      for (const float term : block) {
        if (!std::isfinite(term)) return add_all(terms);
        if (term != 0) top = std::max(top, std::ilogb(term));
      }
      for (const float term : block) total += std::trunc(std::ldexp(1.0 * term, 25 - top));
      sum = static_cast<float>(std::ldexp(total, top - 25));
    }
    return sum;
  }
};
// A term of float16 is an integer times 2^-24.
struct exact_fixed_point : right {
  static float sum(const terms_of_sum& terms, const format*) {
    __int128 sum = 0;
    for (const float term : terms) {
      if (!std::isfinite(term)) return add_all(terms);
      sum += std::llrint(std::ldexp(term, 24));
    }
    return std::ldexp(static_cast<float>(sum), -24);
  }
};
struct other_zeros_and_nan : right {
  static void store(const TensorView& y, int64_t place, float value) {
    char* data = static_cast<char*>(y.data_ptr()) + y.byte_offset();
    if (!std::isnan(value)) openxpu::store(y, place, value == 0 ? -0.0f : value);
    else if (y.dtype().bits == 16) reinterpret_cast<uint16_t*>(data)[place] = 0xffff;
    else reinterpret_cast<uint32_t*>(data)[place] = 0xffc12345;
  }
};

// A product with ones on tensor cores: the accumulator is cut off as well.
struct products_with_ones : right {
  static float sum(const terms_of_sum& terms, const format*) {
    float sum = 0;
    for (size_t from = 0; from < terms.size(); from += 8) {
      const size_t to = std::min(terms.size(), from + 8);
      double most = std::fabs(sum), next = 0;
      for (size_t k = from; k < to; ++k) {
        if (!std::isfinite(terms[k])) return add_all(terms);
        most = std::max<double>(most, std::fabs(terms[k]));
      }
      if (most == 0) continue;
      const double step = std::ldexp(1.0, std::ilogb(most) - 25);
      for (size_t k = from; k < to; ++k) next += std::trunc(terms[k] / step) * step;
      next += std::trunc(sum / step) * step;
      sum = static_cast<float>(next);
      if (!std::isfinite(sum)) return add_all(terms);
      if (std::fabs(1.0 * sum) > std::fabs(next)) sum = std::nextafter(sum, 0.0f);
    }
    return sum;
  }
};
// The second half is added to the first.
struct folded_in_place : right {
  static float sum(terms_of_sum terms, const format*) {
    while (terms.size() > 1) {
      const size_t half = (terms.size() + 1) / 2;
      for (size_t k = half; k < terms.size(); ++k) terms[k - half] += terms[k];
      terms.resize(half);
    }
    return terms.empty() ? 0 : terms[0];
  }
};
// Two terms added in T are rounded once.
struct two_terms_in_T : right {
  static float sum(const terms_of_sum& terms, const format* narrow) {
    return terms.size() == 2 && narrow != nullptr ? openxpu::round_to(terms[0] + terms[1], *narrow) : add_all(terms);
  }
};

}  // namespace

#define EXPORT(name) TVM_FFI_DLL_EXPORT_TYPED_FUNC(name, reduce<name>)
EXPORT(half_accumulator);
EXPORT(half_partials);
EXPORT(packed_pairs);
EXPORT(truncating_adds);
EXPORT(tf32_inputs);
EXPORT(dropped_tail);
EXPORT(last_block_overlaps);
EXPORT(odd_element_dropped);
EXPORT(wrong_axis);
EXPORT(inner_tile_repeats);
EXPORT(index_of_16_bits);
EXPORT(strides_ignored);
EXPORT(empty_sum_unwritten);
EXPORT(tail_unwritten);
EXPORT(adds_to_output);
EXPORT(truncating_store);
EXPORT(half_away_store);
EXPORT(saturating_store);
EXPORT(nan_skipped);
EXPORT(subnormals_flushed);
EXPORT(empty_rows_unwritten);
EXPORT(rest_beyond_8192_dropped);
EXPORT(one_output_of_1024);
EXPORT(few_columns_of_64);
EXPORT(outputs_in_16_bits);
EXPORT(early_infinity);
EXPORT(late_infinity);
EXPORT(subnormal_sums_flushed);
EXPORT(count_of_16_bits);
EXPORT(exact_blocks_of_1024);
EXPORT(third_stage_in_T);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(persistent_rows, persistent_rows);
EXPORT(outer_beyond_2048);
EXPORT(columns_beyond_1024);
EXPORT(depth_of_first_call);
EXPORT(two_rows_of_a_warp);
EXPORT(infinity_ends_the_sum);
EXPORT(rows_aligned_down);
EXPORT(two_parts_of_columns);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(forward, reduce<right>);
EXPORT(reverse);
EXPORT(pairwise);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(tiled_32, reduce<tiled<32>>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(tiled_128, reduce<tiled<128>>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(split_4, reduce<lanes<4>>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(lanes_32, reduce<lanes<32>>);
EXPORT(fused);
EXPORT(compensated);
EXPORT(double_accumulator);
EXPORT(by_magnitude);
EXPORT(by_sign);
EXPORT(scan);
EXPORT(aligned_blocks);
EXPORT(exact_fixed_point);
EXPORT(other_zeros_and_nan);
EXPORT(products_with_ones);
EXPORT(folded_in_place);
EXPORT(two_terms_in_T);
