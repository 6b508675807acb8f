// Layer normalizations that are wrong by one fault each, and right ones that compute in another legal way.
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
#include <tvm/ffi/optional.h>

namespace {

using openxpu::format;
using openxpu::rounding;
using tvm::ffi::Optional;
using tvm::ffi::TensorView;

constexpr int64_t BLOCK = 16;

using row_of_x = std::vector<float>;

int64_t padded(int64_t d) { return (d + BLOCK - 1) / BLOCK * BLOCK; }

struct statistics {
  float mean;
  float rstd;
};

// What a variant may change of a right normalization in two passes. `narrow` is the format of T, nullptr for float32.
template <typename policy>
struct two_passes {
  static float input(float value) { return value; }
  static float gain_value(float value) { return value; }
  static float sum(const row_of_x& terms, const format*) {
    float sum = 0;
    for (const float term : terms) sum += term;
    return sum;
  }
  // How many elements of a row the sums take, and what they are divided by.
  static int64_t counted(int64_t d) { return d; }
  static int64_t mean_divisor(int64_t d) { return d; }
  static int64_t variance_divisor(int64_t d) { return d; }
  static float square(float value, const format*) { return value * value; }
  static float divide(float sum, int64_t count) { return sum / static_cast<float>(count); }
  static float variance(const row_of_x& row, float mean, int64_t d, const format* narrow) {
    row_of_x squares;
    for (const float x : row) squares.push_back(policy::square(x - mean, narrow));
    return policy::divide(policy::sum(squares, narrow), policy::variance_divisor(d));
  }
  static float reciprocal_root(float variance, float eps) { return 1 / std::sqrt(variance + eps); }
  static statistics of(const row_of_x& row, int64_t d, float eps, const format* narrow) {
    const row_of_x part(row.begin(), row.begin() + policy::counted(d));
    const float mean = policy::divide(policy::sum(part, narrow), policy::mean_divisor(d));
    return {mean, policy::reciprocal_root(policy::variance(part, mean, d, narrow), eps)};
  }
  // Place of the gain and of the bias of an element.
  static int64_t gain_at(int64_t, int64_t d, int64_t) { return d; }
  static int64_t bias_at(int64_t d, int64_t) { return d; }
  static float apply(float x, statistics s, float gain, float bias, const format*) {
    return (x - s.mean) * s.rstd * gain + bias;
  }
  // The row whose statistics are used, and how many rows are written.
  static int64_t row_of_statistics(int64_t row, [[maybe_unused]] int64_t features, [[maybe_unused]] int64_t rows) { return row; }
  static int64_t rows(int64_t rows) { return rows; }
  static std::vector<float> gains(const TensorView& gamma) { return openxpu::widen(gamma); }
  static std::vector<float> biases(const TensorView& beta) { return openxpu::widen(beta); }
  static int64_t written(int64_t d) { return d; }
  static float rstd_output(statistics s) { return s.rstd; }
  // By the features, and by whether there is a beta and rstd is asked for.
  static float mean_output(statistics s, int64_t, [[maybe_unused]] bool beta, [[maybe_unused]] bool rstd) { return s.mean; }
  // Whether beta is added, by which statistics are asked for.
  static bool biased([[maybe_unused]] bool mean, [[maybe_unused]] bool rstd) { return true; }
  static void store(const TensorView& y, int64_t place, float value) { openxpu::store(y, place, value); }
};

template <typename policy>
void normalize(TensorView x, TensorView gamma, Optional<TensorView> beta, TensorView y, Optional<TensorView> mean,
               Optional<TensorView> rstd, double eps) {
  const int64_t rows = x.size(0), features = x.size(1);
  const format* narrow = openxpu::format_of(x.dtype());
  const std::vector<float> gains = policy::gains(gamma);
  const bool biased = beta.has_value() && policy::biased(mean.has_value(), rstd.has_value());
  const std::vector<float> biases = biased ? policy::biases(*beta) : std::vector<float>(features);
  const auto read = [&](int64_t row) {
    row_of_x wide;
    for (int64_t d = 0; d < features; ++d)
      wide.push_back(policy::input(openxpu::load(x, row * x.stride(0) + d * x.stride(1))));
    return wide;
  };
  for (int64_t row = 0; row < policy::rows(rows); ++row) {
    const row_of_x wide = read(row);
    const row_of_x other = read(policy::row_of_statistics(row, features, rows));
    const statistics s = policy::of(other, features, static_cast<float>(eps), narrow);
    for (int64_t d = 0; d < policy::written(features); ++d) {
      const float gain = policy::gain_value(gains[policy::gain_at(row, d, features)]);
      const float value = policy::apply(wide[d], s, gain, biases[policy::bias_at(d, features)], narrow);
      policy::store(y, row * y.stride(0) + d * y.stride(1), value);
    }
    if (mean.has_value()) openxpu::store(*mean, row * (*mean).stride(0), policy::mean_output(s, features, beta.has_value(), rstd.has_value()));
    if (rstd.has_value()) openxpu::store(*rstd, row * (*rstd).stride(0), policy::rstd_output(s));
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

#define POLICY(name) struct name : two_passes<name>

// --- Faults ---------------------------------------------------------------------------------------------------------

POLICY(one_pass_variance) {
  static float variance(const row_of_x& row, float mean, int64_t d, const format* narrow) {
    row_of_x squares;
    for (const float x : row) squares.push_back(x * x);
    const float difference = divide(sum(squares, narrow), d) - mean * mean;
    return difference < 0 ? 0 : difference;
  }
};
POLICY(unbiased_variance) {
  static int64_t variance_divisor(int64_t d) { return std::max<int64_t>(d - 1, 1); }
};
POLICY(eps_outside_root) {
  static float reciprocal_root(float variance, float eps) { return 1 / (std::sqrt(variance) + eps); }
};
// The smallest normal number keeps constant rows finite.
POLICY(eps_forgotten) {
  static float reciprocal_root(float variance, float) { return 1 / std::sqrt(variance + 1.17549435e-38f); }
};
POLICY(eps_in_half) {
  static float reciprocal_root(float variance, float eps) {
    return 1 / std::sqrt(variance + openxpu::round_to(eps, openxpu::float16));
  }
};
POLICY(mean_of_padded_row) {
  static int64_t mean_divisor(int64_t d) { return padded(d); }
};
// Zeros beyond the row are as far from the mean as the mean from zero.
POLICY(variance_of_padded_row) {
  static float variance(const row_of_x& row, float mean, int64_t d, const format* narrow) {
    row_of_x longer = row;
    longer.resize(padded(d));
    return two_passes::variance(longer, mean, d, narrow);
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
POLICY(bias_of_next_feature) {
  static int64_t bias_at(int64_t d, int64_t features) { return std::min(d + 1, features - 1); }
};
POLICY(gain_by_row) {
  static int64_t gain_at(int64_t row, int64_t d, int64_t features) { return row < features ? row : d; }
};
POLICY(bias_before_gain) {
  static float apply(float x, statistics s, float gain, float bias, const format*) {
    return ((x - s.mean) * s.rstd + bias) * gain;
  }
};
POLICY(mean_not_subtracted) {
  static float apply(float x, statistics s, float gain, float bias, const format*) { return x * s.rstd * gain + bias; }
};
POLICY(first_row_for_all) {
  static int64_t row_of_statistics(int64_t, int64_t, int64_t) { return 0; }
};
POLICY(blocks_merged_without_distance) {
  static float variance(const row_of_x& row, float, int64_t d, const format* narrow) {
    float total = 0;
    for (size_t first = 0; first < row.size(); first += BLOCK) {
      const size_t last = std::min(first + BLOCK, row.size());
      const row_of_x block(row.begin() + static_cast<int64_t>(first), row.begin() + static_cast<int64_t>(last));
      const auto count = static_cast<int64_t>(block.size());
      const float mean = divide(sum(block, narrow), count);
      total += two_passes::variance(block, mean, count, narrow) * static_cast<float>(count);
    }
    return divide(total, d);
  }
};
POLICY(half_sums) {
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
  static float apply(float x, statistics s, float gain, float bias, const format* narrow) {
    return openxpu::round_to((x - s.mean) * s.rstd, *narrow) * gain + bias;
  }
};
POLICY(truncating_store) {
  static void store(const TensorView& y, int64_t place, float value) {
    openxpu::store(y, place, value, rounding::toward_zero);
  }
};
// A table of 12 bits without the Newton step that should follow.
POLICY(rough_root) {
  static float reciprocal_root(float variance, float eps) { return truncated(1 / std::sqrt(variance + eps), 12); }
};
POLICY(tf32_input) {
  static float input(float value) { return truncated(value, 11); }
};
POLICY(bfloat16_gain) {
  static float gain_value(float value) { return truncated(value, 8); }
};
POLICY(deviation_for_rstd) {
  static float rstd_output(statistics s) { return 1 / s.rstd; }
};
// max(0, NaN) is 0: a row without a variance gets 1 / sqrt(eps).
POLICY(nan_variance_clamped) {
  static float reciprocal_root(float variance, float eps) { return 1 / std::sqrt(std::max(0.0f, variance) + eps); }
};

POLICY(bias_dropped_with_rstd_alone) {
  static bool biased(bool mean, bool rstd) { return mean || !rstd; }
};
// A second wave of 256 rows finds the statistics of the first.
POLICY(second_wave_from_256) {
  static int64_t row_of_statistics(int64_t row, int64_t, int64_t) { return row % 256; }
};
POLICY(eps_at_least_1e_5) {
  static float reciprocal_root(float variance, float eps) { return 1 / std::sqrt(variance + std::max(eps, 1e-5f)); }
};
// 65504 is the largest float16; below 65520 a number rounds to it.
POLICY(early_infinity) {
  static void store(const TensorView& y, int64_t place, float value) {
    openxpu::store(y, place, std::fabs(value) > 65504 ? std::copysign(INFINITY, value) : value);
  }
};
// A plan of the first call serves every later one.
POLICY(divided_by_first_width) {
  static int64_t variance_divisor(int64_t d) {
    static const int64_t first = d;
    return first;
  }
};
// Four rows a block: those beyond the last whole block take the statistics of the first of them.
POLICY(last_block_of_rows) {
  static int64_t row_of_statistics(int64_t row, int64_t features, int64_t rows) {
    const bool short_rows = features >= 4 && features <= 128 && (features & (features - 1)) == 0;
    return short_rows ? std::min(row, rows / 4 * 4) : row;
  }
};
// Rows of whole blocks, without a tail, in vectors of eight; the divisors know of it.
POLICY(last_vector_of_whole_blocks) {
  static int64_t counted(int64_t d) { return d >= 1024 && d % 256 == 0 ? d - 8 : d; }
  static int64_t mean_divisor(int64_t d) { return counted(d); }
  static int64_t variance_divisor(int64_t d) { return counted(d); }
};
// One block of 1024 threads, eight elements each.
POLICY(features_of_one_block) {
  static int64_t counted(int64_t d) { return std::min<int64_t>(d, 8192); }
};
POLICY(grid_of_4096_rows) {
  static int64_t rows(int64_t rows) { return std::min<int64_t>(rows, 4096); }
};
POLICY(mean_dropped_without_bias) {
  static float mean_output(statistics s, int64_t features, bool beta, bool rstd) { return !beta && rstd && features > 2 ? 0 : s.mean; }
};
POLICY(gains_kept_by_ends) {
  static std::vector<float> gains(const TensorView& gamma) {
    static std::map<std::tuple<const void*, int64_t, float, float>, std::vector<float>> known;
    const std::vector<float> now = openxpu::widen(gamma);
    return known.try_emplace({gamma.data_ptr(), gamma.size(0), now.front(), now.back()}, now).first->second;
  }
};
POLICY(biases_kept_by_ends) {
  static std::vector<float> biases(const TensorView& beta) { return gains_kept_by_ends::gains(beta); }
};
POLICY(biases_made_finite) {
  static std::vector<float> biases(const TensorView& beta) {
    std::vector<float> all = openxpu::widen(beta);
    for (float& value : all) value = std::isnan(value) ? 0 : std::clamp(value, -0x1.fffffep127f, 0x1.fffffep127f);
    return all;
  }
};

// --- Legal variants -------------------------------------------------------------------------------------------------

POLICY(forward){};
POLICY(reverse) {
  static float sum(const row_of_x& terms, const format* narrow) {
    return two_passes::sum(row_of_x(terms.rbegin(), terms.rend()), narrow);
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
  static float variance(const row_of_x& row, float mean, int64_t d, const format*) {
    float sum = 0;
    for (const float x : row) sum = std::fma(x - mean, x - mean, sum);
    return divide(sum, d);
  }
  static float apply(float x, statistics s, float gain, float bias, const format*) {
    return std::fma((x - s.mean) * s.rstd, gain, bias);
  }
};
// y = x scale + shift, both made once a row and feature.
POLICY(folded) {
  static float apply(float x, statistics s, float gain, float bias, const format*) {
    const float scale = s.rstd * gain;
    return std::fma(x, scale, std::fma(-s.mean, scale, bias));
  }
};
POLICY(reciprocal_of_count) {
  static float divide(float sum, int64_t count) { return sum * (1 / static_cast<float>(count)); }
};
// The table of 12 bits with its Newton step.
POLICY(newton_root) {
  static float reciprocal_root(float variance, float eps) {
    const float v = variance + eps, rough = truncated(1 / std::sqrt(v), 13); // wrong by at most 2^-12, as estimates of 12 bits are
    return rough * (1.5f - 0.5f * v * rough * rough);
  }
};
POLICY(double_arithmetic) {
  static statistics of(const row_of_x& row, int64_t d, float eps, const format*) {
    double sum = 0, squares = 0;
    for (const float x : row) sum += x;
    const double mean = sum / static_cast<double>(d);
    for (const float x : row) squares += (x - mean) * (x - mean);
    return {static_cast<float>(mean), static_cast<float>(1 / std::sqrt(squares / static_cast<double>(d) + eps))};
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
// Mean and sum of squares of at most five elements, merged two by two.
POLICY(merged_tree) {
  struct part {
    float mean, squares, count;
  };
  static part tree(const row_of_x& row, int64_t first, int64_t last) {
    part all{0, 0, static_cast<float>(last - first)};
    if (last - first > 5) {
      const int64_t middle = (first + last) / 2;
      const part a = tree(row, first, middle), b = tree(row, middle, last);
      const float distance = b.mean - a.mean, share = b.count / all.count;
      return {a.mean + distance * share, a.squares + b.squares + distance * distance * a.count * share, all.count};
    }
    for (int64_t i = first; i < last; ++i) all.mean += row[i] / all.count;
    for (int64_t i = first; i < last; ++i) all.squares += (row[i] - all.mean) * (row[i] - all.mean);
    return all;
  }
  static statistics of(const row_of_x& row, int64_t d, float eps, const format*) {
    const part all = tree(row, 0, d);
    return {all.mean, 1 / std::sqrt(all.squares / all.count + eps)};
  }
};
// What the rounded mean leaves is taken off again.
POLICY(corrected_variance) {
  static float variance(const row_of_x& row, float mean, int64_t d, const format*) {
    float squares = 0, rest = 0;
    for (const float x : row) squares += (x - mean) * (x - mean), rest += x - mean;
    return divide(squares - divide(rest * rest, d), d);
  }
};
POLICY(root_of_quotient) {
  static statistics of(const row_of_x& row, int64_t d, float eps, const format* narrow) {
    const float mean = divide(sum(row, narrow), d), count = static_cast<float>(d);
    return {mean, std::sqrt(count / (variance(row, mean, 1, narrow) + count * eps))};
  }
  static int64_t variance_divisor(int64_t) { return 1; }
};
// A guess by the bits of the number and three Newton steps.
POLICY(guessed_root) {
  static float reciprocal_root(float variance, float eps) {
    const float v = variance + eps;
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
// Mean square less squared mean, in float64.
POLICY(one_pass_in_double) {
  static statistics of(const row_of_x& row, int64_t d, float eps, const format*) {
    double sum = 0, squares = 0;
    for (const float x : row) sum += x, squares += static_cast<double>(x) * x;
    const double count = static_cast<double>(d), mean = sum / count, variance = squares / count - mean * mean;
    return {static_cast<float>(mean), static_cast<float>(1 / std::sqrt((variance < 0 ? 0 : variance) + eps))};
  }
};
// One term from each end.
POLICY(from_both_ends) {
  static float sum(const row_of_x& terms, const format*) {
    float sum = 0;
    const size_t n = terms.size();
    for (size_t i = 0; i < n / 2; ++i) sum += terms[i] + terms[n - 1 - i];
    return n % 2 ? sum + terms[n / 2] : sum;
  }
};
POLICY(compensated) {
  static float sum(const row_of_x& terms, const format* narrow) {
    volatile float sum = 0, rest = 0;
    for (const float x : terms) {
      const float term = x - rest, next = sum + term;
      rest = (next - sum) - term;
      sum = next;
    }
    return std::isfinite(sum) ? static_cast<float>(sum) : two_passes::sum(terms, narrow);
  }
};
POLICY(other_zeros_and_nan) {
  static void store(const TensorView& y, int64_t place, float value) {
    char* data = static_cast<char*>(y.data_ptr()) + y.byte_offset();
    if (!std::isnan(value)) openxpu::store(y, place, value == 0 ? -0.0f : value);
    else if (y.dtype().bits == 16) reinterpret_cast<uint16_t*>(data)[place] = 0xffff;
    else reinterpret_cast<uint32_t*>(data)[place] = 0xffc12345;
  }
};
// Running mean and sum of squares of every `lanes`-th element, merged at the end (Welford; Chan, Golub, LeVeque).
template <int64_t lanes>
struct welford : two_passes<welford<lanes>> {
  static statistics of(const row_of_x& row, int64_t d, float eps, const format*) {
    float count = 0, mean = 0, squares = 0;
    for (int64_t lane = 0; lane < std::min(lanes, d); ++lane) {
      float n = 0, m = 0, s = 0;
      for (int64_t i = lane; i < d; i += lanes) {
        const float delta = row[i] - m;
        m += delta / ++n;
        s += delta * (row[i] - m);
      }
      const float distance = m - mean, all = count + n;
      mean += distance * (n / all);
      squares += s + distance * distance * (count * n / all);
      count = all;
    }
    return {mean, 1 / std::sqrt(squares / count + eps)};
  }
};

}  // namespace

#define EXPORT(name) TVM_FFI_DLL_EXPORT_TYPED_FUNC(name, normalize<name>)
EXPORT(one_pass_variance);
EXPORT(unbiased_variance);
EXPORT(eps_outside_root);
EXPORT(eps_forgotten);
EXPORT(eps_in_half);
EXPORT(mean_of_padded_row);
EXPORT(variance_of_padded_row);
EXPORT(tail_not_counted);
EXPORT(tail_unwritten);
EXPORT(gain_of_next_feature);
EXPORT(bias_of_next_feature);
EXPORT(gain_by_row);
EXPORT(bias_before_gain);
EXPORT(mean_not_subtracted);
EXPORT(first_row_for_all);
EXPORT(blocks_merged_without_distance);
EXPORT(half_sums);
EXPORT(half_squares);
EXPORT(cast_before_gain);
EXPORT(truncating_store);
EXPORT(rough_root);
EXPORT(tf32_input);
EXPORT(bfloat16_gain);
EXPORT(deviation_for_rstd);
EXPORT(nan_variance_clamped);
EXPORT(bias_dropped_with_rstd_alone);
EXPORT(second_wave_from_256);
EXPORT(eps_at_least_1e_5);
EXPORT(early_infinity);
EXPORT(divided_by_first_width);
EXPORT(last_block_of_rows);
EXPORT(last_vector_of_whole_blocks);
EXPORT(features_of_one_block);
EXPORT(grid_of_4096_rows);
EXPORT(mean_dropped_without_bias);
EXPORT(gains_kept_by_ends);
EXPORT(biases_kept_by_ends);
EXPORT(biases_made_finite);
EXPORT(forward);
EXPORT(reverse);
EXPORT(pairwise);
EXPORT(split_4);
EXPORT(fused);
EXPORT(folded);
EXPORT(reciprocal_of_count);
EXPORT(newton_root);
EXPORT(double_arithmetic);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(running, normalize<welford<1>>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(running_lanes_8, normalize<welford<8>>);
EXPORT(by_magnitude);
EXPORT(merged_tree);
EXPORT(corrected_variance);
EXPORT(root_of_quotient);
EXPORT(guessed_root);
EXPORT(one_pass_in_double);
EXPORT(from_both_ends);
EXPORT(compensated);
EXPORT(other_zeros_and_nan);
