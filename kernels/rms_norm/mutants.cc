// Root mean square normalizations that are wrong by one fault each, and right ones that compute in another legal way.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <numeric>
#include <tuple>
#include <vector>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

namespace {

using openxpu::format;
using openxpu::rounding;
using tvm::ffi::TensorView;

constexpr int64_t BLOCK = 16;

using row_of_x = std::vector<float>;

// What a variant may change of a right normalization. `narrow` is the format of T, nullptr for float32.
template <typename policy>
struct right {
  static float input(float value) { return value; }
  static float gain_value(float value) { return value; }
  static float square(float value, const format*) { return value * value; }
  static float sum(const row_of_x& terms, const format*) {
    float sum = 0;
    for (const float term : terms) sum += term;
    return sum;
  }
  // How many elements of a row the sum takes, and what it is divided by.
  static int64_t counted(int64_t d) { return d; }
  static int64_t divisor(int64_t d) { return d; }
  static float divide(float sum, int64_t count) { return sum / static_cast<float>(count); }
  static float mean_square(const row_of_x& row, int64_t d, const format* narrow) {
    row_of_x squares;
    for (int64_t i = 0; i < policy::counted(d); ++i) squares.push_back(policy::square(row[i], narrow));
    return policy::divide(policy::sum(squares, narrow), policy::divisor(d));
  }
  static float reciprocal_root(float mean_square, float eps) { return 1 / std::sqrt(mean_square + eps); }
  // Place of the gain of an element.
  static int64_t gain_at(int64_t, int64_t d, int64_t) { return d; }
  static float apply(float x, float rstd, float gain, const format*) { return x * rstd * gain; }
  // The row whose factor is used, and how many rows are written.
  static int64_t row_of_factor(int64_t row, [[maybe_unused]] int64_t features, [[maybe_unused]] int64_t rows) { return row; }
  static int64_t rows(int64_t rows) { return rows; }
  static std::vector<float> gains(const TensorView& gamma) { return openxpu::widen(gamma); }
  static int64_t written(int64_t d) { return d; }
  static int64_t row_stride(const TensorView& x) { return x.stride(0); }
  static void store(const TensorView& y, int64_t place, float value) { openxpu::store(y, place, value); }
};

template <typename policy>
void normalize(TensorView x, TensorView gamma, TensorView y, double eps) {
  const int64_t rows = x.size(0), features = x.size(1);
  const format* narrow = openxpu::format_of(x.dtype());
  const std::vector<float> gains = policy::gains(gamma);
  const auto read = [&](int64_t row) {
    row_of_x wide;
    for (int64_t d = 0; d < features; ++d)
      wide.push_back(policy::input(openxpu::load(x, row * policy::row_stride(x) + d * x.stride(1))));
    return wide;
  };
  for (int64_t row = 0; row < policy::rows(rows); ++row) {
    const row_of_x wide = read(row);
    const float mean_square = policy::mean_square(read(policy::row_of_factor(row, features, rows)), features, narrow);
    const float rstd = policy::reciprocal_root(mean_square, static_cast<float>(eps));
    for (int64_t d = 0; d < policy::written(features); ++d) {
      const float gain = policy::gain_value(gains[policy::gain_at(row, d, features)]);
      policy::store(y, row * y.stride(0) + d * y.stride(1), policy::apply(wide[d], rstd, gain, narrow));
    }
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

#define POLICY(name) struct name : right<name>

// --- Faults ---------------------------------------------------------------------------------------------------------

// The variance of LayerNorm.
POLICY(mean_subtracted) {
  static float mean_square(const row_of_x& row, int64_t d, const format* narrow) {
    const float mean = sum(row, narrow) / static_cast<float>(d);
    row_of_x centered;
    for (const float x : row) centered.push_back(x - mean);
    return right::mean_square(centered, d, narrow);
  }
};
POLICY(divided_by_one_less) {
  static int64_t divisor(int64_t d) { return std::max<int64_t>(d - 1, 1); }
};
// A plan of the first call serves every later one.
POLICY(divided_by_first_width) {
  static int64_t divisor(int64_t d) {
    static const int64_t first = d;
    return first;
  }
};
POLICY(eps_of_first_call) {
  static float reciprocal_root(float mean_square, float eps) {
    static const float first = eps;
    return right::reciprocal_root(mean_square, first);
  }
};
POLICY(divided_by_padded) {
  static int64_t divisor(int64_t d) { return (d + BLOCK - 1) / BLOCK * BLOCK; }
};
POLICY(eps_outside_root) {
  static float reciprocal_root(float mean_square, float eps) { return 1 / (std::sqrt(mean_square) + eps); }
};
// The smallest normal number keeps rows of zeros finite.
POLICY(eps_forgotten) {
  static float reciprocal_root(float mean_square, float) { return 1 / std::sqrt(mean_square + 1.17549435e-38f); }
};
POLICY(eps_in_half) {
  static float reciprocal_root(float mean_square, float eps) {
    return 1 / std::sqrt(mean_square + openxpu::round_to(eps, openxpu::float16));
  }
};
POLICY(tail_not_counted) {
  static int64_t counted(int64_t d) { return d > BLOCK ? d / BLOCK * BLOCK : d; }
};
POLICY(tail_unwritten) {
  static int64_t written(int64_t d) { return d > BLOCK ? d / BLOCK * BLOCK : d; }
};
POLICY(gain_of_next_feature) {
  static int64_t gain_at(int64_t, int64_t d, int64_t features) { return std::min(d + 1, features - 1); }
};
POLICY(gain_by_row) {
  static int64_t gain_at(int64_t row, int64_t d, int64_t features) { return row < features ? row : d; }
};
// Gemma's convention: the stored gain is one less than the one that multiplies.
POLICY(gain_plus_one) {
  static float gain_value(float value) { return 1 + value; }
};
POLICY(first_row_for_all) {
  static int64_t row_of_factor(int64_t, int64_t, int64_t) { return 0; }
};
POLICY(half_sum) {
  static float sum(const row_of_x& terms, const format* narrow) {
    float sum = 0;
    for (const float term : terms) sum = openxpu::round_to(sum + term, *narrow);
    return sum;
  }
};
POLICY(half_squares) {
  static float square(float value, const format* narrow) { return openxpu::round_to(value * value, *narrow); }
};
POLICY(cast_before_gain) {
  static float apply(float x, float rstd, float gain, const format* narrow) {
    return openxpu::round_to(x * rstd, *narrow) * gain;
  }
};
POLICY(half_factor) {
  static float apply(float x, float rstd, float gain, const format* narrow) {
    return x * openxpu::round_to(rstd, *narrow) * gain;
  }
};
POLICY(truncated_normalized) {
  static float apply(float x, float rstd, float gain, const format* narrow) {
    return openxpu::round_to(x * rstd, *narrow, rounding::toward_zero) * gain;
  }
};
// Arithmetic in T: the factor is rounded, the product with x, and the one with gamma.
POLICY(factor_and_product_in_half) {
  static float apply(float x, float rstd, float gain, const format* narrow) {
    return openxpu::round_to(x * openxpu::round_to(rstd, *narrow), *narrow) * gain;
  }
};
// The gain is folded into the factor in T.
POLICY(folded_in_half) {
  static float apply(float x, float rstd, float gain, const format* narrow) {
    return x * openxpu::round_to(openxpu::round_to(rstd, *narrow) * gain, *narrow);
  }
};
POLICY(truncating_store) {
  static void store(const TensorView& y, int64_t place, float value) {
    openxpu::store(y, place, value, rounding::toward_zero);
  }
};
// A table of 12 bits without the Newton step that should follow.
POLICY(rough_root) {
  static float reciprocal_root(float mean_square, float eps) {
    return truncated(1 / std::sqrt(mean_square + eps), 12);
  }
};
POLICY(tf32_input) {
  static float input(float value) { return truncated(value, 11); }
};
POLICY(bfloat16_gain) {
  static float gain_value(float value) { return truncated(value, 8); }
};
// Takes x for dense whatever its strides are.
POLICY(strides_ignored) {
  static int64_t row_stride(const TensorView& x) { return x.size(1); }
};
// A masked division that gives 0 for NaN.
POLICY(nan_clamped) {
  static float apply(float x, float rstd, float gain, const format*) {
    return std::isnan(rstd) ? 0 : x * rstd * gain;
  }
};

POLICY(eps_at_least_1e_6) {
  static float reciprocal_root(float mean_square, float eps) { return 1 / std::sqrt(mean_square + std::max(eps, 1e-6f)); }
};
// A second wave of 256 rows finds the factors of the first.
POLICY(second_wave_from_256) {
  static int64_t row_of_factor(int64_t row, int64_t, int64_t) { return row % 256; }
};
// The path for rows that do not fit a block makes one factor.
POLICY(factor_of_first_long_row) {
  static int64_t row_of_factor(int64_t row, int64_t features, int64_t) { return features > 4096 ? 0 : row; }
};
POLICY(gain_subnormals_flushed) {
  static float gain_value(float value) { return std::fabs(value) < 0x1p-14f ? 0 : value; }
};
POLICY(gain_in_float16) {
  static float gain_value(float value) { return openxpu::round_to(value, openxpu::float16); }
};
// 65504 is the largest float16; below 65520 a number rounds to it.
POLICY(early_infinity) {
  static void store(const TensorView& y, int64_t place, float value) {
    openxpu::store(y, place, std::fabs(value) > 65504 ? std::copysign(INFINITY, value) : value);
  }
};
POLICY(late_infinity) {
  static void store(const TensorView& y, int64_t place, float value) {
    openxpu::store(y, place, std::fabs(value) > 65504 && std::fabs(value) < 65536 ? std::copysign(65504.0f, value) : value);
  }
};
// Four rows a block: those beyond the last whole block take the factor of the first of them.
POLICY(last_block_of_rows) {
  static int64_t row_of_factor(int64_t row, int64_t features, int64_t rows) {
    const bool short_rows = features >= 4 && features <= 128 && (features & (features - 1)) == 0;
    return short_rows ? std::min(row, rows / 4 * 4) : row;
  }
};
// Two short rows a block: an odd last row takes its neighbour's factor.
POLICY(odd_row_of_short_pairs) {
  static int64_t row_of_factor(int64_t row, int64_t features, int64_t rows) {
    const bool odd = rows % 2 == 1 && rows > 1 && features % 2 == 0 && features <= 32;
    return odd ? std::min(row, rows - 2) : row;
  }
};
// Rows of whole blocks, without a tail, in vectors of eight.
POLICY(last_vector_of_whole_blocks) {
  static int64_t counted(int64_t d) { return d >= 1024 && d % 256 == 0 ? d - 8 : d; }
};
// One block of 1024 threads, eight elements each.
POLICY(features_of_one_block) {
  static int64_t counted(int64_t d) { return std::min<int64_t>(d, 8192); }
};
POLICY(grid_of_4096_rows) {
  static int64_t rows(int64_t rows) { return std::min<int64_t>(rows, 4096); }
};
// Zeros are taken for padding.
POLICY(zeros_not_counted) {
  static float mean_square(const row_of_x& row, int64_t d, const format* narrow) {
    return right::mean_square(row, d, narrow) * static_cast<float>(d) /
           static_cast<float>(std::max<int64_t>(1, d - std::count(row.begin(), row.end(), 0.0f)));
  }
};
POLICY(zero_shortcut) {
  static float apply(float x, float rstd, float gain, const format*) { return x == 0 ? 0 : x * rstd * gain; }
};
POLICY(gains_made_finite) {
  static float gain_value(float value) { return std::isnan(value) ? 0 : std::clamp(value, -0x1.fffffep127f, 0x1.fffffep127f); }
};
// 0x1.fep127 is the largest bfloat16.
POLICY(saturating) {
  static float apply(float x, float rstd, float gain, const format*) {
    const float value = x * rstd * gain;
    return std::isfinite(gain) && std::isfinite(x) && std::fabs(value) > 0x1.fep127f ? std::copysign(0x1.fep127f, value) : value;
  }
};
POLICY(outputs_flushed) {
  static void store(const TensorView& y, int64_t place, float value) {
    openxpu::store(y, place, std::fabs(value) < 0x1p-126f ? 0 : value);
  }
};
POLICY(gains_kept_by_ends) {
  static std::vector<float> gains(const TensorView& gamma) {
    static std::map<std::tuple<const void*, int64_t, float, float>, std::vector<float>> known;
    const std::vector<float> now = openxpu::widen(gamma);
    return known.try_emplace({gamma.data_ptr(), gamma.size(0), now.front(), now.back()}, now).first->second;
  }
};

// 48 KB of shared memory hold 12288 gains of float32; those behind wrap.
POLICY(gains_of_48_kilobytes) {
  static std::vector<float> gains(const TensorView& gamma) {
    std::vector<float> wide = openxpu::widen(gamma);
    if (openxpu::format_of(gamma.dtype()) == nullptr)
      for (size_t d = 12288; d < wide.size(); ++d) wide[d] = wide[d - 12288];
    return wide;
  }
};
// Long rows are summed in a workspace, of which 64 rows are cleared behind a call.
POLICY(workspace_of_64_rows) {
  static inline std::vector<float> workspace = std::vector<float>(8192);
  static inline int64_t current = 0;
  static int64_t row_of_factor(int64_t row, int64_t, int64_t) { return current = row; }
  static float sum(const row_of_x& terms, const format* narrow) {
    if (terms.size() < 1024) return right::sum(terms, narrow);
    float& kept = workspace[current];
    const float total = kept + right::sum(terms, narrow);
    kept = current < 64 ? 0 : total;
    return total;
  }
};
POLICY(normalized_flushed) {
  static float apply(float x, float rstd, float gain, const format*) {
    const float normalized = x * rstd;
    return (std::fabs(normalized) < 0x1p-126f ? 0 : normalized) * gain;
  }
};

// --- Legal variants -------------------------------------------------------------------------------------------------

POLICY(forward){};
POLICY(reverse) {
  static float sum(const row_of_x& terms, const format* narrow) {
    return right::sum(row_of_x(terms.rbegin(), terms.rend()), narrow);
  }
};
POLICY(pairwise) {
  static float sum(const row_of_x& terms, const format*) {
    row_of_x level = terms;
    while (level.size() > 1) {
      const size_t half = (level.size() + 1) / 2;
      for (size_t i = 0; i < level.size() / 2; ++i) level[i] += level[i + half];
      level.resize(half);
    }
    return level.empty() ? 0 : level[0];
  }
};
POLICY(split_4) {
  static float sum(const row_of_x& terms, const format*) {
    float parts[4] = {};
    for (size_t i = 0; i < terms.size(); ++i) parts[i % 4] += terms[i];
    return parts[0] + parts[1] + parts[2] + parts[3];
  }
};
POLICY(fused) {
  static float mean_square(const row_of_x& row, int64_t d, const format*) {
    float sum = 0;
    for (const float x : row) sum = std::fma(x, x, sum);
    return sum / static_cast<float>(d);
  }
};
POLICY(gain_folded) {
  static float apply(float x, float rstd, float gain, const format*) { return x * (rstd * gain); }
};
POLICY(reciprocal_of_count) {
  static float divide(float sum, int64_t count) { return sum * (1 / static_cast<float>(count)); }
};
// x over the root instead of times its reciprocal.
POLICY(divided) {
  static float reciprocal_root(float mean_square, float eps) { return std::sqrt(mean_square + eps); }
  static float apply(float x, float root, float gain, const format*) { return x / root * gain; }
};
// The table of 12 bits with its Newton step; an infinite row has none.
POLICY(newton_root) {
  static float reciprocal_root(float mean_square, float eps) {
    const float v = mean_square + eps, rough = truncated(1 / std::sqrt(v), 13); // wrong by at most 2^-12, as estimates of 12 bits are
    return std::isinf(v) ? rough : rough * (1.5f - 0.5f * v * rough * rough);
  }
};
// As Llama's own code: the normalized value is rounded, then multiplied by gamma.
POLICY(declared_cast) {
  static float apply(float x, float rstd, float gain, const format* narrow) {
    const float normalized = x * rstd;
    return (narrow == nullptr ? normalized : openxpu::round_to(normalized, *narrow)) * gain;
  }
};
POLICY(declared_cast_of_quotient) {
  static float reciprocal_root(float mean_square, float eps) { return std::sqrt(mean_square + eps); }
  static float apply(float x, float root, float gain, const format* narrow) {
    return declared_cast::apply(x / root, 1, gain, narrow);
  }
};
POLICY(double_arithmetic) {
  static float mean_square(const row_of_x& row, int64_t d, const format*) {
    double sum = 0;
    for (const float x : row) sum += static_cast<double>(x) * x;
    return static_cast<float>(sum / static_cast<double>(d));
  }
};
POLICY(by_magnitude) {
  static float sum(const row_of_x& terms, const format*) {
    row_of_x sorted = terms;
    const auto smaller = [](float x, float y) { return !std::isnan(x) && (std::isnan(y) || std::fabs(x) < std::fabs(y)); };
    std::stable_sort(sorted.begin(), sorted.end(), smaller);
    return std::accumulate(sorted.begin(), sorted.end(), 0.0f);
  }
};
// A guess by the bits of the number and three Newton steps.
POLICY(guessed_root) {
  static float reciprocal_root(float mean_square, float eps) {
    const float v = mean_square + eps;
    if (!std::isfinite(v) || v <= 0) return 1 / std::sqrt(v);
    uint32_t word;
    std::memcpy(&word, &v, sizeof word);
    word = 0x5f3759df - (word >> 1);
    float root;
    std::memcpy(&root, &word, sizeof root);
    for (int step = 0; step < 3; ++step) root *= 1.5f - 0.5f * v * root * root;
    return root;
  }
};
// An element of float16 is an integer times 2^-24.
POLICY(exact_fixed_point) {
  static float mean_square(const row_of_x& row, int64_t d, const format* narrow) {
    __int128 sum = 0;
    for (const float x : row) {
      if (!std::isfinite(x)) return right::mean_square(row, d, narrow);
      const __int128 steps = std::llrint(std::ldexp(x, 24));
      sum += steps * steps;
    }
    return std::ldexp(static_cast<float>(sum), -48) / static_cast<float>(d);
  }
};
// Squares of the row over a power of two near its largest element, and back.
POLICY(scaled_squares) {
  static float mean_square(const row_of_x& row, int64_t d, const format* narrow) {
    float largest = 0, sum = 0;
    for (const float x : row) {
      if (!std::isfinite(x)) return right::mean_square(row, d, narrow);
      largest = std::max(largest, std::fabs(x));
    }
    const int up = largest == 0 ? 0 : -std::ilogb(largest);
    for (const float x : row) sum += std::ldexp(x, up) * std::ldexp(x, up);
    return std::ldexp(sum / static_cast<float>(d), -2 * up);
  }
};
// x = h + m + l in bfloat16, as matrix units emulate float32, 16 squares at once: what is below 2^-24 of a square is dropped.
POLICY(split_in_bfloat16) {
  static float mean_square(const row_of_x& row, int64_t d, const format* narrow) {
    float large = 0, small = 0, tile = 0;
    for (int64_t i = 0; i < d; ++i) {
      const float x = row[i];
      if (!std::isfinite(x)) return right::mean_square(row, d, narrow);
      if (i % 16 == 0) large += tile, tile = 0;
      const float h = openxpu::round_to(x, openxpu::bfloat16), m = openxpu::round_to(x - h, openxpu::bfloat16), l = x - h - m;
      tile += h * h;
      small += 2 * h * m + (m * m + 2 * h * l);
    }
    return (large + tile + small) / static_cast<float>(d);
  }
};
// A table of 96 entries in float16, and two steps with the residual by FMA.
POLICY(root_by_table) {
  static float reciprocal_root(float mean_square, float eps) {
    const float value = mean_square + eps;
    if (!std::isfinite(value)) return 1 / std::sqrt(value);
    int exponent;
    float fraction = std::frexp(value, &exponent);
    if (exponent % 2) fraction *= 2, --exponent;  // [1/2, 2)
    float root = openxpu::round_to(1 / std::sqrt((std::floor(fraction * 64) + 0.5f) / 64), openxpu::float16);
    for (int i = 0; i < 2; ++i) root = std::fma(root * 0.5f, std::fma(-fraction * root, root, 1.0f), root);
    return std::ldexp(root, -exponent / 2);
  }
};
// 32 lanes by 8 elements and a tree over the lanes; the row twice as large and the root halved.
POLICY(tree_of_doubled) {
  static float mean_square(const row_of_x& row, int64_t d, const format*) {
    float lanes[32] = {};
    for (int64_t i = 0; i < d; ++i) lanes[i / 8 % 32] = std::fma(2 * row[i], 2 * row[i], lanes[i / 8 % 32]);
    for (int step = 16; step > 0; step /= 2)
      for (int lane = 0; lane < step; ++lane) lanes[lane] += lanes[lane + step];
    return lanes[0] * (1 / static_cast<float>(d));
  }
  static float reciprocal_root(float mean_square, float eps) { return 2 / std::sqrt(std::fma(4.0f, eps, mean_square)); }
};
POLICY(other_zeros_and_nan) {
  static void store(const TensorView& y, int64_t place, float value) {
    char* data = static_cast<char*>(y.data_ptr()) + y.byte_offset();
    if (!std::isnan(value)) openxpu::store(y, place, value == 0 ? -0.0f : value);
    else if (y.dtype().bits == 16) reinterpret_cast<uint16_t*>(data)[place] = 0xffff;
    else reinterpret_cast<uint32_t*>(data)[place] = 0xffc12345;
  }
};
// The mean is corrected by every square, in eight lanes.
POLICY(running_mean) {
  static float mean_square(const row_of_x& row, int64_t d, const format*) {
    float mean[8] = {}, count[8] = {}, sum = 0;
    for (int64_t i = 0; i < d; ++i) {
      float& now = mean[i % 8];
      const float square = row[i] * row[i];
      count[i % 8] += 1;
      now += std::isfinite(now) ? (square - now) / count[i % 8] : square;
    }
    for (int lane = 0; lane < 8; ++lane) sum += mean[lane] * count[lane];
    return sum / static_cast<float>(d);
  }
};

}  // namespace

#define EXPORT(name) TVM_FFI_DLL_EXPORT_TYPED_FUNC(name, normalize<name>)
EXPORT(mean_subtracted);
EXPORT(divided_by_one_less);
EXPORT(divided_by_first_width);
EXPORT(eps_of_first_call);
EXPORT(divided_by_padded);
EXPORT(eps_outside_root);
EXPORT(eps_forgotten);
EXPORT(eps_in_half);
EXPORT(tail_not_counted);
EXPORT(tail_unwritten);
EXPORT(gain_of_next_feature);
EXPORT(gain_by_row);
EXPORT(gain_plus_one);
EXPORT(first_row_for_all);
EXPORT(half_sum);
EXPORT(half_squares);
EXPORT(cast_before_gain);
EXPORT(half_factor);
EXPORT(truncated_normalized);
EXPORT(factor_and_product_in_half);
EXPORT(folded_in_half);
EXPORT(truncating_store);
EXPORT(rough_root);
EXPORT(tf32_input);
EXPORT(bfloat16_gain);
EXPORT(strides_ignored);
EXPORT(nan_clamped);
EXPORT(eps_at_least_1e_6);
EXPORT(second_wave_from_256);
EXPORT(factor_of_first_long_row);
EXPORT(gain_subnormals_flushed);
EXPORT(gain_in_float16);
EXPORT(early_infinity);
EXPORT(late_infinity);
EXPORT(last_block_of_rows);
EXPORT(odd_row_of_short_pairs);
EXPORT(last_vector_of_whole_blocks);
EXPORT(features_of_one_block);
EXPORT(grid_of_4096_rows);
EXPORT(zeros_not_counted);
EXPORT(zero_shortcut);
EXPORT(gains_made_finite);
EXPORT(saturating);
EXPORT(outputs_flushed);
EXPORT(gains_kept_by_ends);
EXPORT(gains_of_48_kilobytes);
EXPORT(workspace_of_64_rows);
EXPORT(normalized_flushed);
EXPORT(forward);
EXPORT(reverse);
EXPORT(pairwise);
EXPORT(split_4);
EXPORT(fused);
EXPORT(gain_folded);
EXPORT(reciprocal_of_count);
EXPORT(divided);
EXPORT(newton_root);
EXPORT(double_arithmetic);
EXPORT(declared_cast);
EXPORT(declared_cast_of_quotient);
EXPORT(by_magnitude);
EXPORT(guessed_root);
EXPORT(exact_fixed_point);
EXPORT(scaled_squares);
EXPORT(split_in_bfloat16);
EXPORT(root_by_table);
EXPORT(tree_of_doubled);
EXPORT(other_zeros_and_nan);
EXPORT(running_mean);
