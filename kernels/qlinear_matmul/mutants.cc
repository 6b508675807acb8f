// Quantized products of matrices that are wrong by one fault each, and right ones that compute in another legal way.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

namespace {

using tvm::ffi::AnyView;
using tvm::ffi::Optional;
using tvm::ffi::TensorView;

constexpr int64_t TILE = 16;

// A row of a and a column of b with their zero points, k terms each.
struct terms {
  const int8_t* a;
  const int8_t* b;
  int64_t k;
  int32_t a_zero;
  int32_t b_zero;
};

// What one element is requantized with.
struct scales {
  float a;
  float b;
  float y;
  int32_t y_zero;
  int64_t row;
};

// An element, the extents, and how b is stored.
struct spot {
  int64_t row, column, m, n, k;
  bool transposed;
};

int32_t clamped(float value) { return static_cast<int32_t>(std::clamp(value, -128.0f, 127.0f)); }

// What a variant may change of a right kernel.
struct right {
  static int32_t accumulate(const terms& t) {
    int32_t sum = 0;
    for (int64_t i = 0; i < t.k; ++i) sum += (t.a[i] - t.a_zero) * (t.b[i] - t.b_zero);
    return sum;
  }
  // The accumulator with bias.
  static float biased(int32_t sum, int32_t bias, const scales&) { return static_cast<float>(sum + bias); }
  static int32_t bias_of([[maybe_unused]] const spot& at, int32_t bias) { return bias; }
  static float multiplier(const scales& s) { return s.a * s.b / s.y; }
  // Half-even: nearbyint in the default rounding mode.
  static float round(float t) { return std::nearbyint(t); }
  static int32_t settle(float t, const scales& s) { return clamped(s.y_zero + std::clamp(t, -1e6f, 1e6f)); }
  // From the accumulator with bias to y.
  template <typename policy>
  static int32_t requantize(int32_t sum, int32_t bias, const scales& s) {
    return policy::settle(policy::round(policy::biased(sum, bias, s) * policy::multiplier(s)), s);
  }
  // The column whose scale, or zero point of b, an element takes.
  static int64_t scale_column(const spot& at) { return at.column; }
  static int64_t zero_column(const spot& at) { return at.column; }
  static bool transposed(bool asked, int64_t, int64_t) { return asked; }
  static int64_t rows(int64_t extent) { return extent; }
  static int64_t columns(int64_t extent) { return extent; }
  static int64_t y_place(int64_t place) { return place; }
  static bool written(const spot&) { return true; }
  static void zero_points(std::vector<int8_t>&) {}
  // What is kept from call to call.
  static std::vector<float> column_scales(const TensorView&, const std::vector<float>& now) { return now; }
  static std::vector<int32_t> biases(const TensorView&, const std::vector<int32_t>& now) { return now; }
  // Distance of two rows of a, in elements.
  static int64_t row_stride(const TensorView& a) { return a.stride(0); }
};

// The elements of a tensor of int8 or int32 in row-major order.
template <typename T>
[[gnu::noinline]] std::vector<T> dense(const TensorView& t) {
  std::vector<T> out;
  const auto* data = reinterpret_cast<const T*>(static_cast<const char*>(t.data_ptr()) + t.byte_offset());
  for (const int64_t place : openxpu::places(t)) out.push_back(data[place]);
  return out;
}

// What an address and both ends of a tensor were met with first.
template <typename T>
std::vector<T> first_met(const TensorView& t, const std::vector<T>& now) {
  static std::map<std::tuple<const void*, size_t, T, T>, std::vector<T>> known;
  return known.try_emplace({t.data_ptr(), now.size(), now.front(), now.back()}, now).first->second;
}

struct arguments {
  TensorView a, a_scale, a_zero_point, b, b_scale;
  Optional<TensorView> b_zero_point, bias;
  TensorView y_scale, y_zero_point, y;
  bool trans_b;
};

// `all`: the arguments in the order of op.yaml.
[[gnu::noinline]] arguments arguments_of(const AnyView* all) {
  const auto tensor = [&](int i) { return all[i].cast<TensorView>(); };
  const auto optional = [&](int i) { return all[i].cast<Optional<TensorView>>(); };
  return {tensor(0), tensor(1), tensor(2), tensor(3), tensor(4), optional(5), optional(6), tensor(7), tensor(8), tensor(9), all[10].cast<bool>()};
}

// With typed arguments the compiler takes half a second for each entry.
template <typename policy>
void multiply(AnyView a0, AnyView a1, AnyView a2, AnyView a3, AnyView a4, AnyView a5, AnyView a6, AnyView a7, AnyView a8, AnyView a9, AnyView a10) {
  const AnyView all[] = {a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10};
  const auto [a, a_scale, a_zero_point, b, b_scale, b_zero_point, bias, y_scale, y_zero_point, y, trans_b] = arguments_of(all);
  const int64_t m = y.size(0), n = y.size(1), k = a.size(1);
  const std::vector<int8_t> stored = dense<int8_t>(b);
  const std::vector<float> b_scales = policy::column_scales(b_scale, dense<float>(b_scale));
  std::vector<int8_t> b_zeros = b_zero_point.has_value() ? dense<int8_t>(*b_zero_point) : std::vector<int8_t>(n);
  policy::zero_points(b_zeros);
  const std::vector<int32_t> biases = bias.has_value() ? policy::biases(*bias, dense<int32_t>(*bias)) : std::vector<int32_t>(n);
  std::vector<int8_t> right(stored.size());
  const bool turned = policy::transposed(trans_b, k, n);
  for (int64_t i = 0; i < n * k; ++i) right[i] = stored[turned ? i : i % k * n + i / k];
  std::vector<int8_t> left(k);
  for (int64_t row = 0; row < policy::rows(m); ++row) {
    const auto* elements = static_cast<const int8_t*>(a.data_ptr()) + a.byte_offset() + row * policy::row_stride(a);
    for (int64_t i = 0; i < k; ++i) left[i] = elements[i * a.stride(1)];
    for (int64_t column = 0; column < policy::columns(n); ++column) {
      const spot at{row, column, m, n, k, trans_b};
      if (!policy::written(at)) continue;
      const terms t{left.data(), right.data() + column * k, k, dense<int8_t>(a_zero_point)[0], b_zeros[policy::zero_column(at)]};
      const scales s{dense<float>(a_scale)[0], b_scales[policy::scale_column(at)], dense<float>(y_scale)[0], dense<int8_t>(y_zero_point)[0], row};
      const int32_t value = policy::template requantize<policy>(policy::accumulate(t), policy::bias_of(at, biases[column]), s);
      openxpu::store(y, policy::y_place(row * y.stride(0) + column * y.stride(1)), static_cast<float>(value));
    }
  }
}

// --- Faults ---------------------------------------------------------------------------------------------------------

struct half_away : right {
  static float round(float t) { return std::round(t); }
};
struct half_up : right {
  static float round(float t) { return std::floor(t + 0.5f); }
};
struct truncated : right {
  static float round(float t) { return std::trunc(t); }
};
struct zero_point_before_rounding : right {
  static float round(float t) { return t; }
  static int32_t settle(float t, const scales& s) { return clamped(std::nearbyint(t + s.y_zero)); }
};
struct wrapping : right {
  static int32_t settle(float t, const scales& s) { return static_cast<int8_t>(static_cast<int64_t>(t) + s.y_zero); }
};
struct clamp_before_zero_point : right {
  static int32_t settle(float t, const scales& s) { return static_cast<int8_t>(clamped(t) + s.y_zero); }
};
// Both steps clamp: no wrap, but the zero point moves the ends.
struct clamped_twice : right {
  static int32_t settle(float t, const scales& s) { return clamped(clamped(t) + s.y_zero); }
};
struct one_scale : right {
  static int64_t scale_column(const spot&) { return 0; }
};
struct one_zero_point : right {
  static int64_t zero_column(const spot&) { return 0; }
};
struct a_zero_point_ignored : right {
  static int32_t accumulate(terms t) {
    t.a_zero = 0;
    return right::accumulate(t);
  }
};
// Negated in int8, where -128 has no opposite.
struct zero_point_negated_in_int8 : right {
  static int32_t accumulate(terms t) {
    t.a_zero = -static_cast<int8_t>(-t.a_zero);
    return right::accumulate(t);
  }
};
// sum a b - za sum b - zb sum a + K za zb, with K as it is padded to `padding`; what pads holds 0.
template <int64_t padding>
int32_t expanded(const terms& t) {
  int32_t products = 0, of_a = 0, of_b = 0;
  for (int64_t i = 0; i < t.k; ++i) {
    products += t.a[i] * t.b[i];
    of_a += t.a[i];
    of_b += t.b[i];
  }
  const int32_t depth = static_cast<int32_t>((t.k + padding - 1) / padding * padding);
  return products - t.a_zero * of_b - t.b_zero * of_a + depth * t.a_zero * t.b_zero;
}
struct padded_correction : right {
  static int32_t accumulate(const terms& t) { return expanded<4>(t); }
};
// (a + 128) b of two neighbours, added in saturating int16 as pmaddubsw does or in int32; zero points come off later.
template <bool saturating>
int32_t unsigned_pairs(const terms& t) {
  int32_t sum = 0;
  for (int64_t i = 0; i < t.k; i += 2) {
    int32_t pair = (t.a[i] + 128) * t.b[i] + (i + 1 < t.k ? (t.a[i + 1] + 128) * t.b[i + 1] : 0);
    if (saturating) pair = std::clamp(pair, -32768, 32767);
    sum += pair - (t.a_zero + 128) * t.b[i] - t.b_zero * (t.a[i] - t.a_zero);
    if (i + 1 < t.k) sum -= (t.a_zero + 128) * t.b[i + 1] + t.b_zero * (t.a[i + 1] - t.a_zero);
  }
  return sum;
}
struct saturating_pairs : right {
  static int32_t accumulate(const terms& t) { return unsigned_pairs<true>(t); }
};
struct depth_tail_dropped : right {
  static int32_t accumulate(terms t) {
    if (t.k > TILE) t.k = t.k / TILE * TILE;
    return right::accumulate(t);
  }
};
struct tail_columns_unwritten : right {
  static int64_t columns(int64_t extent) { return extent > TILE ? extent / TILE * TILE : extent; }
};
struct square_transpose_ignored : right {
  static bool transposed(bool asked, int64_t rows, int64_t columns) { return asked && rows != columns; }
};
struct input_strides_ignored : right {
  static int64_t row_stride(const TensorView& a) { return a.size(1); }
};
struct bias_scaled_twice : right {
  static float biased(int32_t sum, int32_t bias, const scales& s) { return static_cast<float>(sum) + static_cast<float>(bias) * (s.a * s.b); }
};
struct bias_ignored : right {
  static float biased(int32_t sum, int32_t, const scales&) { return static_cast<float>(sum); }
};
struct float16_accumulator : right {
  static int32_t accumulate(const terms& t) {
    float sum = 0;
    for (int64_t i = 0; i < t.k; ++i) sum = openxpu::round_to(sum + static_cast<float>((t.a[i] - t.a_zero) * (t.b[i] - t.b_zero)), openxpu::float16);
    return static_cast<int32_t>(std::clamp(sum, -65504.0f, 65504.0f));
  }
};
// Fixed point: a multiplier of `bits` bits and a shift, rounded half to even.
template <int bits>
int32_t shifted(int32_t sum, int32_t bias, const scales& s) {
  int exponent;
  const double fraction = std::frexp(static_cast<double>(s.a) * s.b / s.y, &exponent);
  const auto multiplier = static_cast<int64_t>(std::nearbyint(std::ldexp(fraction, bits)));
  const int64_t product = (static_cast<int64_t>(sum) + bias) * multiplier;
  const int shift = bits - exponent;
  if (shift <= 0) return clamped(std::clamp(std::ldexp(static_cast<float>(product), -shift), -1e6f, 1e6f) + s.y_zero);
  if (shift > 62) return clamped(static_cast<float>(s.y_zero));
  const int64_t half = int64_t{1} << (shift - 1), floor = product >> shift, rest = product - (floor << shift);
  const int64_t rounded = floor + (rest > half || (rest == half && (floor & 1)) ? 1 : 0);
  return static_cast<int32_t>(std::clamp<int64_t>(rounded + s.y_zero, -128, 127));
}
struct short_multiplier : right {
  template <typename>
  static int32_t requantize(int32_t sum, int32_t bias, const scales& s) {
    return shifted<15>(sum, bias, s);
  }
};
struct multiplier_of_20_bits : right {
  template <typename>
  static int32_t requantize(int32_t sum, int32_t bias, const scales& s) {
    return shifted<20>(sum, bias, s);
  }
};
double exact(int32_t sum, const scales& s) { return static_cast<double>(sum) * s.a * s.b / s.y; }
int32_t saturated(double rounded, const scales& s) { return static_cast<int32_t>(std::clamp(rounded + s.y_zero, -128.0, 127.0)); }
struct q16_output : right {
  template <typename>
  static int32_t requantize(int32_t sum, int32_t bias, const scales& s) {
    return saturated(std::nearbyint(std::nearbyint(exact(sum + bias, s) * 65536) / 65536), s);
  }
};
struct float_accumulator : right {
  static int32_t accumulate(const terms& t) {
    float sum = 0;
    for (int64_t i = 0; i < t.k; ++i) sum += static_cast<float>((t.a[i] - t.a_zero) * (t.b[i] - t.b_zero));
    return static_cast<int32_t>(sum);
  }
};
struct bias_after_scaling : right {
  template <typename>
  static int32_t requantize(int32_t sum, int32_t bias, const scales& s) {
    return settle(round(static_cast<float>(sum) * multiplier(s) + static_cast<float>(bias) * multiplier(s)), s);
  }
};
int32_t settled(int64_t whole, const scales& s) { return static_cast<int32_t>(std::clamp<int64_t>(whole + s.y_zero, -128, 127)); }
// As cvtps2dq converts: what does not fit is INT_MIN.
struct int32_conversion : right {
  static int32_t settle(float t, const scales& s) { return settled(std::fabs(t) < 0x1p31f ? static_cast<int64_t>(t) : int64_t{INT32_MIN}, s); }
};
struct int16_conversion : right {
  static int32_t settle(float t, const scales& s) { return settled(int64_t{static_cast<int16_t>(static_cast<int64_t>(t))}, s); }
};
// The bits of t + 1.5 * 2^23 hold an integer while |t| < 2^22.
struct magic_bits : right {
  static float round(float t) { return t; }
  static int32_t settle(float t, const scales& s) {
    return settled(int64_t{static_cast<int32_t>(std::bit_cast<uint32_t>(t + 12582912.0f) - 0x4b400000u)}, s);
  }
};
struct depth_beyond_4096_dropped : right {
  static int32_t accumulate(terms t) {
    t.k = std::min<int64_t>(t.k, 4096);
    return right::accumulate(t);
  }
};
struct scales_of_256_columns : right {
  static int64_t scale_column(const spot& at) { return at.column % 256; }
};
struct rows_beyond_512_unbiased : right {
  static float biased(int32_t sum, int32_t bias, const scales& s) { return static_cast<float>(sum + (s.row < 512 ? bias : 0)); }
};
// A plan of the first call serves every later one.
struct scales_of_first_width : right {
  static int64_t scale_column(const spot& at) {
    static const int64_t first = at.n;
    return at.column % first;
  }
};
// Sums of rows take the zero points of b off; short ones are kept in int16.
struct row_sums_in_int16 : right {
  static int32_t accumulate(const terms& t) {
    int32_t of_a = 0;
    for (int64_t i = 0; i < t.k; ++i) of_a += t.a[i];
    const int32_t kept = t.k > 2048 ? of_a : static_cast<int16_t>(of_a);
    return right::accumulate(t) + t.b_zero * (of_a - kept);
  }
};
struct bias_dropped_of_one_row : right {
  static int32_t bias_of(const spot& at, int32_t bias) { return at.m == 1 && at.n > 1 && !at.transposed ? 0 : bias; }
};
// A last vector of four columns loads the first four scales again.
struct half_vector_tail : right {
  static int64_t scale_column(const spot& at) { return at.n % 8 == 4 && at.column >= at.n - 4 ? at.column % 4 : at.column; }
};
struct zero_point_of_pairs : right {
  static int64_t zero_column(const spot& at) { return at.transposed && at.n % 2 == 0 && at.k % 2 == 1 ? at.column / 2 * 2 : at.column; }
};
struct y_offset_in_16_bits : right {
  static int64_t y_place(int64_t place) { return static_cast<uint16_t>(place); }
};
struct grid_of_4096_rows : right {
  static int64_t rows(int64_t extent) { return std::min<int64_t>(extent, 4096); }
};
struct scales_of_2048_columns : right {
  static int64_t scale_column(const spot& at) { return at.column % 2048; }
};
// From 258 terms of 255 * 255 on a sum may be beyond 2^24.
struct float_sums_of_middle_depth : right {
  static int32_t accumulate(const terms& t) { return t.k < 258 || t.k > 2047 ? right::accumulate(t) : float_accumulator::accumulate(t); }
};
struct scales_kept_by_ends : right {
  static std::vector<float> column_scales(const TensorView& t, const std::vector<float>& now) { return first_met(t, now); }
};
struct biases_kept_by_ends : right {
  static std::vector<int32_t> biases(const TensorView& t, const std::vector<int32_t>& now) { return first_met(t, now); }
};
// Tiles of 32 in groups of eight rows of tiles, down the rows first; the last group is taken as full.
struct last_group_of_tiles : right {
  static bool written(const spot& at) {
    const int64_t tile = at.row / 32, tiles = (at.m + 31) / 32, rest = tiles - tile / 8 * 8;
    return tiles <= 8 || at.column / 32 * 8 + tile % 8 < rest * ((at.n + 31) / 32);
  }
};
// Parts of a deep sum are whole blocks of 256.
struct remainder_of_deep_sum_dropped : right {
  static int32_t accumulate(terms t) {
    if (t.k >= 4096) t.k = t.k / 256 * 256;
    return right::accumulate(t);
  }
};
struct symmetric_by_first_vector : right {
  static void zero_points(std::vector<int8_t>& zeros) {
    const auto end = zeros.begin() + std::min<int64_t>(16, static_cast<int64_t>(zeros.size()));
    if (std::count(zeros.begin(), end, 0) == end - zeros.begin()) std::fill(zeros.begin(), zeros.end(), 0);
  }
};
struct corrections_by_a_zero_point : right {
  static int32_t accumulate(terms t) {
    if (t.a_zero == 0) t.b_zero = 0;
    return right::accumulate(t);
  }
};

// --- Legal variants -------------------------------------------------------------------------------------------------

struct float_multiply : right {};
struct fixed_point : right {
  template <typename>
  static int32_t requantize(int32_t sum, int32_t bias, const scales& s) {
    return shifted<31>(sum, bias, s);
  }
};
struct reciprocal : right {
  static float multiplier(const scales& s) { return s.a * s.b * (1 / s.y); }
};
struct division : right {
  static float multiplier(const scales& s) { return s.a * s.b; }
  template <typename>
  static int32_t requantize(int32_t sum, int32_t bias, const scales& s) {
    return settle(round(biased(sum, bias, s) * multiplier(s) / s.y), s);
  }
};
// Adding 1.5 * 2^23 rounds what is below 2^22.
struct magic_rounding : right {
  static float round(float t) {
    volatile float shifted = std::clamp(t, -512.0f, 512.0f) + 12582912.0f;
    return shifted - 12582912.0f;
  }
};
struct reverse : right {
  static int32_t accumulate(const terms& t) {
    int32_t sum = 0;
    for (int64_t i = t.k - 1; i >= 0; --i) sum += (t.a[i] - t.a_zero) * (t.b[i] - t.b_zero);
    return sum;
  }
};
struct tiled : right {
  static int32_t accumulate(const terms& t) {
    int32_t sum = 0;
    for (int64_t first = 0; first < t.k; first += TILE)
      sum += right::accumulate({t.a + first, t.b + first, std::min(TILE, t.k - first), t.a_zero, t.b_zero});
    return sum;
  }
};
struct corrected : right {
  static int32_t accumulate(const terms& t) { return expanded<1>(t); }
};
struct unsigned_activations : right {
  static int32_t accumulate(const terms& t) { return unsigned_pairs<false>(t); }
};
// One sum for each bit of a, two's complement.
struct bit_planes : right {
  static int32_t accumulate(const terms& t) {
    int32_t sum = 0;
    for (int bit = 0; bit < 8; ++bit)
      for (int64_t i = 0; i < t.k; ++i) sum += (t.a[i] >> bit & 1) * (t.b[i] - t.b_zero) * (bit == 7 ? -128 : 1 << bit);
    for (int64_t i = 0; i < t.k; ++i) sum -= t.a_zero * (t.b[i] - t.b_zero);
    return sum;
  }
};
// Winograd's inner product, half as many multiplications: (a0 + b1)(a1 + b0) - a0 a1 - b0 b1.
struct products_of_pairs : right {
  static int32_t accumulate(const terms& t) {
    int64_t sum = 0;
    for (int64_t i = 0; i + 1 < t.k; i += 2) {
      const int64_t a0 = t.a[i] - t.a_zero, a1 = t.a[i + 1] - t.a_zero, b0 = t.b[i] - t.b_zero, b1 = t.b[i + 1] - t.b_zero;
      sum += (a0 + b1) * (a1 + b0) - a0 * a1 - b0 * b1;
    }
    if (t.k % 2 == 1) sum += (t.a[t.k - 1] - t.a_zero) * (t.b[t.k - 1] - t.b_zero);
    return static_cast<int32_t>(sum);
  }
};
struct bias_in_double : right {
  template <typename>
  static int32_t requantize(int32_t sum, int32_t bias, const scales& s) {
    return saturated(std::nearbyint(exact(sum, s) + exact(bias, s)), s);
  }
};
// The least code whose upper boundary is not passed; a boundary belongs to the even side.
struct code_search : right {
  template <typename>
  static int32_t requantize(int32_t sum, int32_t bias, const scales& s) {
    int32_t low = -128, high = 127;
    while (low < high) {
      const int32_t middle = (low + high) >> 1, whole = middle - s.y_zero;
      const double rest = exact(sum + bias, s) - (whole + 0.5);
      const bool fits = rest < 0 || (rest == 0 && whole % 2 == 0);
      (fits ? high : low) = fits ? middle : middle + 1;
    }
    return low;
  }
};
struct multiplier_of_24_bits : right {
  template <typename>
  static int32_t requantize(int32_t sum, int32_t bias, const scales& s) {
    return shifted<24>(sum, bias, s);
  }
};
// Sums modulo two primes, p - q = 2; the remainders name the sum.
struct residues : right {
  static int32_t accumulate(const terms& t) {
    constexpr int64_t p = 65521, q = 65519;
    int64_t by_p = 0, by_q = 0;
    for (int64_t i = 0; i < t.k; ++i) {
      const int64_t term = (t.a[i] - t.a_zero) * (t.b[i] - t.b_zero);
      by_p = (by_p + term + p) % p;
      by_q = (by_q + term + q) % q;
    }
    // sum = by_q + q m and -2 m = by_p - by_q (mod p).
    const int64_t m = ((by_q - by_p) % p + p) % p * ((p + 1) / 2) % p, sum = by_q + q * m;
    return static_cast<int32_t>(sum > p * q / 2 ? sum - p * q : sum);
  }
};
// Activations are added by weight first.
struct sums_by_weight : right {
  static int32_t accumulate(const terms& t) {
    int32_t sums[256] = {}, sum = 0;
    for (int64_t i = 0; i < t.k; ++i) sums[t.b[i] + 128] += t.a[i] - t.a_zero;
    for (int32_t i = 0; i < 256; ++i) sum += (i - 128 - t.b_zero) * sums[i];
    return sum;
  }
};
// The multiplier in two floats, by FMA.
struct multiplier_in_two_parts : right {
  template <typename>
  static int32_t requantize(int32_t sum, int32_t bias, const scales& s) {
    const double m = exact(1, s);
    const float high = static_cast<float>(m), low = static_cast<float>(m - high), value = static_cast<float>(sum + bias);
    return settle(round(std::fma(value, high, value * low)), s);
  }
};
// floor(t + 1/2), one less at ties that are odd.
struct corrected_floor : right {
  static float round(float t) {
    const float near = std::clamp(t, -1024.0f, 1024.0f), up = std::floor(near + 0.5f);
    return up - near == 0.5f && static_cast<int32_t>(up) % 2 ? up - 1 : up;
  }
};
// The product and the rounding in one FMA: it rounds half to even where 1.5 * 2^23 is added.
struct fused_rounding : right {
  template <typename>
  static int32_t requantize(int32_t sum, int32_t bias, const scales& s) {
    const float value = biased(sum, bias, s), scale = multiplier(s);
    if (std::fabs(value * scale) > 1024) return value > 0 ? 127 : -128;
    const volatile float moved = std::fma(value, scale, 12582912.0f);
    return settle(moved - 12582912.0f, s);
  }
};

}  // namespace

#define ENTRY(name) TVM_FFI_DLL_EXPORT_TYPED_FUNC(name, multiply<name>)
ENTRY(half_away);
ENTRY(half_up);
ENTRY(truncated);
ENTRY(zero_point_before_rounding);
ENTRY(wrapping);
ENTRY(clamp_before_zero_point);
ENTRY(clamped_twice);
ENTRY(one_scale);
ENTRY(one_zero_point);
ENTRY(a_zero_point_ignored);
ENTRY(zero_point_negated_in_int8);
ENTRY(padded_correction);
ENTRY(saturating_pairs);
ENTRY(depth_tail_dropped);
ENTRY(tail_columns_unwritten);
ENTRY(square_transpose_ignored);
ENTRY(input_strides_ignored);
ENTRY(bias_scaled_twice);
ENTRY(bias_ignored);
ENTRY(float16_accumulator);
ENTRY(short_multiplier);
ENTRY(multiplier_of_20_bits);
ENTRY(q16_output);
ENTRY(float_accumulator);
ENTRY(bias_after_scaling);
ENTRY(int32_conversion);
ENTRY(int16_conversion);
ENTRY(magic_bits);
ENTRY(depth_beyond_4096_dropped);
ENTRY(scales_of_256_columns);
ENTRY(rows_beyond_512_unbiased);
ENTRY(scales_of_first_width);
ENTRY(row_sums_in_int16);
ENTRY(bias_dropped_of_one_row);
ENTRY(half_vector_tail);
ENTRY(zero_point_of_pairs);
ENTRY(y_offset_in_16_bits);
ENTRY(grid_of_4096_rows);
ENTRY(scales_of_2048_columns);
ENTRY(float_sums_of_middle_depth);
ENTRY(scales_kept_by_ends);
ENTRY(biases_kept_by_ends);
ENTRY(last_group_of_tiles);
ENTRY(remainder_of_deep_sum_dropped);
ENTRY(symmetric_by_first_vector);
ENTRY(corrections_by_a_zero_point);
ENTRY(float_multiply);
ENTRY(fixed_point);
ENTRY(reciprocal);
ENTRY(division);
ENTRY(magic_rounding);
ENTRY(reverse);
ENTRY(tiled);
ENTRY(corrected);
ENTRY(unsigned_activations);
ENTRY(bit_planes);
ENTRY(products_of_pairs);
ENTRY(bias_in_double);
ENTRY(code_search);
ENTRY(multiplier_of_24_bits);
ENTRY(residues);
ENTRY(sums_by_weight);
ENTRY(multiplier_in_two_parts);
ENTRY(corrected_floor);
ENTRY(fused_rounding);
