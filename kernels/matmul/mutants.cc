// Products of matrices that are wrong by one fault each, and right ones that compute in another legal way.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

namespace {

using openxpu::rounding;
using tvm::ffi::TensorView;

constexpr int64_t TILE = 16;

// What a variant may change of a right product.
struct right {
  // An element of a or b as it enters the products.
  static float input(float value) { return value; }
  // The sum of products of a row of a and a column of b, k terms each.
  static float dot(const float* a, const float* b, int64_t k) {
    float sum = 0;
    for (int64_t i = 0; i < k; ++i) sum += a[i] * b[i];
    return sum;
  }
  // Whether a transpose holds that is asked for of a matrix with this many rows and columns.
  static bool transposed(bool asked, int64_t, int64_t) { return asked; }
  // First element of matrix i of b, of `matrices`; a matrix of a has `other` elements.
  static int64_t matrix(int64_t i, int64_t matrices, int64_t size, int64_t) { return matrices == 1 ? 0 : i * size; }
  // How many rows and columns are written.
  static int64_t rows(int64_t extent) { return extent; }
  static int64_t columns(int64_t extent) { return extent; }
  static void store(const TensorView& c, int64_t place, float value) { openxpu::store(c, place, value); }
  // Where an element of c lies, in elements.
  static int64_t place(const TensorView& c, int64_t matrix, int64_t row, int64_t column) {
    return matrix * c.stride(0) + row * c.stride(1) + column * c.stride(2);
  }
};

// The logical matrices [count, depth] one after the other, whatever the storage.
template <typename policy>
std::vector<float> runs(const TensorView& t, bool depth_first, int64_t count, int64_t depth) {
  const std::vector<float> wide = openxpu::widen(t);
  std::vector<float> out(wide.size());
  for (size_t place = 0; place < wide.size(); ++place) {
    const int64_t size = count * depth, base = static_cast<int64_t>(place) / size * size, i = static_cast<int64_t>(place) % size;
    const int64_t to = depth_first ? i % count * depth + i / count : i;
    out[base + to] = policy::input(wide[place]);
  }
  return out;
}

template <typename policy>
void multiply(TensorView a, TensorView b, TensorView c, bool trans_a, bool trans_b) {
  const int64_t m = c.size(1), n = c.size(2), k = a.size(trans_a ? 1 : 2);
  const std::vector<float> left = runs<policy>(a, policy::transposed(trans_a, k, m), m, k);
  const std::vector<float> right = runs<policy>(b, !policy::transposed(trans_b, n, k), n, k);
  for (int64_t matrix = 0; matrix < c.size(0); ++matrix)
    for (int64_t row = 0; row < policy::rows(m); ++row)
      for (int64_t column = 0; column < policy::columns(n); ++column) {
        const int64_t b_matrix = policy::matrix(matrix, b.size(0), n * k, m * k);
        const float sum = policy::dot(left.data() + (matrix * m + row) * k, right.data() + b_matrix + column * k, k);
        policy::store(c, policy::place(c, matrix, row, column), sum);
      }
}

// Rounds to `bits` bits of the significand by way of the bits of a float32: to nearest, ties to even, or toward zero.
float shorten(float value, int bits, rounding mode) {
  if (!std::isfinite(value)) return value;
  uint32_t word;
  std::memcpy(&word, &value, sizeof word);
  const int dropped = 24 - bits;
  if (mode == rounding::half_even) word += (1u << (dropped - 1)) - 1 + (word >> dropped & 1);
  word = word >> dropped << dropped;
  std::memcpy(&value, &word, sizeof word);
  return value;
}

// --- Faults ---------------------------------------------------------------------------------------------------------

struct half_accumulator : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float sum = 0;
    for (int64_t i = 0; i < k; ++i) sum = openxpu::round_to(sum + a[i] * b[i], openxpu::float16);
    return sum;
  }
};
struct bfloat16_accumulator : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float sum = 0;
    for (int64_t i = 0; i < k; ++i) sum = shorten(sum + a[i] * b[i], 8, rounding::half_even);
    return sum;
  }
};
struct truncating_store : right {
  static void store(const TensorView& c, int64_t place, float value) { openxpu::store(c, place, value, rounding::toward_zero); }
};
// Adds half a step to the magnitude and truncates: ties go away from zero.
struct half_away_store : right {
  static void store(const TensorView& c, int64_t place, float value) {
    uint32_t word;
    std::memcpy(&word, &value, sizeof word);
    const float up = openxpu::decode(openxpu::encode(value, *openxpu::format_of(c.dtype()), rounding::toward_zero) + 1, *openxpu::format_of(c.dtype()));
    const float down = openxpu::round_to(value, *openxpu::format_of(c.dtype()), rounding::toward_zero);
    const bool tie = std::isfinite(up) && std::fabs(up - value) == std::fabs(value - down) && up != value;
    openxpu::store(c, place, tie ? up : value);
  }
};
struct tf32_inputs : right {
  static float input(float value) { return shorten(value, 11, rounding::half_even); }
};
struct bfloat16_inputs : right {
  static float input(float value) { return shorten(value, 8, rounding::half_even); }
};
// Each number as a sum of bfloat16 parts; products of parts beyond `order` together are left out. Those of one order share a sum.
template <int parts, int order>
float emulated_dot(const float* a, const float* b, int64_t k) {
  const auto split = [](float value, float* part) {
    for (int p = 0; p < parts; ++p) {
      // Near the largest float32 the nearest bfloat16 is infinite.
      const bool large = std::fabs(value) > 3.38e38f;
      part[p] = shorten(value, 8, large ? rounding::toward_zero : rounding::half_even);
      value = std::isfinite(value) ? value - part[p] : 0;
    }
  };
  float sums[order + 1] = {};
  for (int64_t i = 0; i < k; ++i) {
    float x[parts], y[parts];
    split(a[i], x);
    split(b[i], y);
    // The largest product alone where a factor is no finite number: infinity times a zero part would be NaN.
    const bool special = !std::isfinite(a[i]) || !std::isfinite(b[i]);
    for (int rank = special ? 0 : order; rank >= 0; --rank)
      for (int p = 0; p <= rank; ++p) sums[rank] += x[p] * y[rank - p];
  }
  float sum = 0;
  for (int rank = order; rank >= 0; --rank) sum += sums[rank];
  return sum;
}
struct bfloat16_pairs : right {
  static float dot(const float* a, const float* b, int64_t k) { return emulated_dot<2, 1>(a, b, k); }
};
struct depth_tail_dropped : right {
  static float dot(const float* a, const float* b, int64_t k) { return right::dot(a, b, k > TILE ? k / TILE * TILE : k); }
};
struct last_term_twice : right {
  static float dot(const float* a, const float* b, int64_t k) {
    // The last, partial tile is moved back to be whole, and so takes one term again.
    const bool again = k > TILE && k % TILE == TILE - 1;
    return right::dot(a, b, k) + (again ? a[k - TILE] * b[k - TILE] : 0);
  }
};
struct tail_rows_unwritten : right {
  static int64_t rows(int64_t extent) { return extent > TILE ? extent / TILE * TILE : extent; }
};
struct tail_columns_unwritten : right {
  static int64_t columns(int64_t extent) { return extent > TILE ? extent / TILE * TILE : extent; }
};
struct adds_to_output : right {
  static void store(const TensorView& c, int64_t place, float value) { openxpu::store(c, place, openxpu::load(c, place) + value); }
};
struct square_transpose_ignored : right {
  static bool transposed(bool asked, int64_t rows, int64_t columns) { return asked && rows != columns; }
};
struct first_matrix_for_all : right {
  static int64_t matrix(int64_t, int64_t, int64_t, int64_t) { return 0; }
};
// Steps through b by the size of a matrix of a: right where M = N.
struct batch_stride_of_a : right {
  static int64_t matrix(int64_t i, int64_t matrices, int64_t size, int64_t other) {
    return matrices == 1 ? 0 : std::min(i * other, (matrices - 1) * size);
  }
};
// Four parts of K, each summed in float32, their sums kept in a narrow type.
template <typename rounded>
float split_dot(const float* a, const float* b, int64_t k, rounded round) {
  float sum = 0;
  for (int64_t part = 0; part < 4; ++part) sum += round(right::dot(a + k * part / 4, b + k * part / 4, k * (part + 1) / 4 - k * part / 4));
  return sum;
}
struct half_partials : right {
  static float dot(const float* a, const float* b, int64_t k) {
    return split_dot(a, b, k, [](float value) { return openxpu::round_to(value, openxpu::float16); });
  }
};
struct bfloat16_partials : right {
  static float dot(const float* a, const float* b, int64_t k) {
    return split_dot(a, b, k, [](float value) { return shorten(value, 8, rounding::half_even); });
  }
};
struct subnormals_flushed : right {
  static void store(const TensorView& c, int64_t place, float value) {
    const openxpu::format* narrow = openxpu::format_of(c.dtype());
    openxpu::store(c, place, std::fabs(value) < std::ldexp(1.0f, narrow != nullptr ? narrow->min_exponent : -126) ? 0 : value);
  }
};
struct saturating_store : right {
  static void store(const TensorView& c, int64_t place, float value) {
    const openxpu::format* narrow = openxpu::format_of(c.dtype());
    const float largest = narrow != nullptr ? openxpu::decode(narrow->largest, *narrow) : 3.402823466e38f;
    openxpu::store(c, place, std::isnan(value) ? value : std::clamp(value, -largest, largest));
  }
};
struct output_strides_ignored : right {
  static int64_t place(const TensorView& c, int64_t matrix, int64_t row, int64_t column) { return (matrix * c.size(1) + row) * c.size(2) + column; }
};
// A sparse shortcut: 0 times NaN or infinity is lost.
struct zeros_skipped : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float sum = 0;
    for (int64_t i = 0; i < k; ++i) sum += a[i] == 0 ? 0 : a[i] * b[i];
    return sum;
  }
};

// --- Legal variants -------------------------------------------------------------------------------------------------

struct reverse : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float sum = 0;
    for (int64_t i = k - 1; i >= 0; --i) sum += a[i] * b[i];
    return sum;
  }
};
struct pairwise : right {
  static float dot(const float* a, const float* b, int64_t k) {
    return k <= 2 ? right::dot(a, b, k) : dot(a, b, k / 2) + dot(a + k / 2, b + k / 2, k - k / 2);
  }
};
template <int64_t tile>
struct tiled : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float sum = 0;
    for (int64_t first = 0; first < k; first += tile) sum += right::dot(a + first, b + first, std::min(tile, k - first));
    return sum;
  }
};
struct split_depth : right {
  static float dot(const float* a, const float* b, int64_t k) {
    return split_dot(a, b, k, [](float value) { return value; });
  }
};
struct fused : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float sum = 0;
    for (int64_t i = 0; i < k; ++i) sum = std::fma(a[i], b[i], sum);
    return sum;
  }
};
struct bfloat16_triples : right {
  static float dot(const float* a, const float* b, int64_t k) { return emulated_dot<3, 2>(a, b, k); }
};
struct double_accumulator : right {
  static float dot(const float* a, const float* b, int64_t k) {
    double sum = 0;
    for (int64_t i = 0; i < k; ++i) sum += static_cast<double>(a[i]) * b[i];
    return static_cast<float>(sum);
  }
};

}  // namespace

#define ENTRY(name) TVM_FFI_DLL_EXPORT_TYPED_FUNC(name, multiply<name>)
ENTRY(half_accumulator);
ENTRY(bfloat16_accumulator);
ENTRY(truncating_store);
ENTRY(half_away_store);
ENTRY(tf32_inputs);
ENTRY(bfloat16_inputs);
ENTRY(bfloat16_pairs);
ENTRY(depth_tail_dropped);
ENTRY(last_term_twice);
ENTRY(tail_rows_unwritten);
ENTRY(tail_columns_unwritten);
ENTRY(adds_to_output);
ENTRY(square_transpose_ignored);
ENTRY(first_matrix_for_all);
ENTRY(batch_stride_of_a);
ENTRY(half_partials);
ENTRY(bfloat16_partials);
ENTRY(subnormals_flushed);
ENTRY(saturating_store);
ENTRY(output_strides_ignored);
ENTRY(zeros_skipped);
ENTRY(reverse);
ENTRY(pairwise);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(tiled_32, multiply<tiled<32>>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(tiled_64, multiply<tiled<64>>);
ENTRY(split_depth);
ENTRY(fused);
ENTRY(bfloat16_triples);
ENTRY(double_accumulator);
