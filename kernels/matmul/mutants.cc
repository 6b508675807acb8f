// Products of matrices that are wrong by one fault each, and right ones that compute in another legal way.
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

using openxpu::rounding;
using tvm::ffi::TensorView;

constexpr int64_t TILE = 16;

// What is asked for. `narrow` is the format of T, nullptr for float32.
struct product {
  int64_t batch, batch_b, m, n, k;
  bool trans_a, trans_b;
  const openxpu::format* narrow;
};

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
  // Whether a and b are taken as transposed.
  static bool trans_a(const product& p) { return p.trans_a; }
  static bool trans_b(const product& p) { return p.trans_b; }
  // First element of matrix i of b, of `matrices`; a matrix of a has `other` elements.
  static int64_t matrix(int64_t i, int64_t matrices, int64_t size, int64_t) { return matrices == 1 ? 0 : i * size; }
  // The column of b that a column of c takes.
  static int64_t column_of_b(int64_t column) { return column; }
  // How many rows and columns are written.
  static int64_t rows(const product& p) { return p.m; }
  static int64_t columns(const product& p) { return p.n; }
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

product shape_of(const TensorView& a, const TensorView& b, const TensorView& c, bool trans_a, bool trans_b) {
  return {c.size(0), b.size(0), c.size(1), c.size(2), a.size(trans_a ? 1 : 2), trans_a, trans_b, openxpu::format_of(c.dtype())};
}

template <typename policy>
void multiply(TensorView a, TensorView b, TensorView c, bool trans_a, bool trans_b) {
  const product p = shape_of(a, b, c, trans_a, trans_b);
  const int64_t m = p.m, n = p.n, k = p.k;
  const std::vector<float> left = runs<policy>(a, policy::trans_a(p), m, k);
  const std::vector<float> right = runs<policy>(b, !policy::trans_b(p), n, k);
  for (int64_t matrix = 0; matrix < p.batch; ++matrix)
    for (int64_t row = 0; row < policy::rows(p); ++row)
      for (int64_t column = 0; column < policy::columns(p); ++column) {
        const int64_t of_b = policy::matrix(matrix, p.batch_b, n * k, m * k) + policy::column_of_b(column) * k;
        const float sum = policy::dot(left.data() + (matrix * m + row) * k, right.data() + of_b, k);
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
float flushed(float value) { return std::fabs(value) < 0x1p-126f ? 0 : value; }
// Each number as a sum of bfloat16 parts; products of parts beyond `order` together are left out. Those of one order share a sum.
template <int parts, int order, bool flush = false>
float emulated_dot(const float* a, const float* b, int64_t k) {
  const auto split = [](float value, float* part) {
    for (int p = 0; p < parts; ++p) {
      // Near the largest float32 the nearest bfloat16 is infinite.
      const bool large = std::fabs(value) > 3.38e38f;
      part[p] = shorten(value, 8, large ? rounding::toward_zero : rounding::half_even);
      const float rest = std::isfinite(value) ? value - part[p] : 0;
      value = flush ? flushed(rest) : rest;
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
  static int64_t rows(const product& p) { return p.m > TILE ? p.m / TILE * TILE : p.m; }
};
struct tail_columns_unwritten : right {
  static int64_t columns(const product& p) { return p.n > TILE ? p.n / TILE * TILE : p.n; }
};
struct adds_to_output : right {
  static void store(const TensorView& c, int64_t place, float value) { openxpu::store(c, place, openxpu::load(c, place) + value); }
};
struct square_transpose_ignored : right {
  static bool trans_a(const product& p) { return p.trans_a && p.m != p.k; }
  static bool trans_b(const product& p) { return p.trans_b && p.n != p.k; }
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
// The path for one matrix of b has it as [K, N].
struct shared_transpose_ignored : right {
  static bool trans_b(const product& p) { return p.trans_b && (p.batch_b > 1 || p.batch == 1); }
};
struct one_row_assumes_trans_b : right {
  static bool trans_b(const product& p) { return p.trans_b || p.m == 1; }
};
struct one_column_assumes_trans_a : right {
  static bool trans_a(const product& p) { return p.trans_a || p.n == 1; }
};
struct offsets_of_16_bits : right {
  static int64_t place(const TensorView& c, int64_t matrix, int64_t row, int64_t column) {
    return static_cast<uint16_t>(right::place(c, matrix, row, column));
  }
};
struct second_column_block : right {
  static int64_t column_of_b(int64_t column) { return column % 128; }
};
struct depth_beyond_256 : right {
  static float dot(const float* a, const float* b, int64_t k) { return right::dot(a, b, std::min<int64_t>(k, 256)); }
};
struct partials_beyond_256 : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float sum = 0;
    for (int64_t first = 0; first < k; first += 256)
      sum = openxpu::round_to(sum + right::dot(a + first, b + first, std::min<int64_t>(256, k - first)), openxpu::float16);
    return sum;
  }
};
struct empty_sum_unwritten_in_halves : right {
  static int64_t rows(const product& p) { return p.k == 0 && p.narrow != nullptr ? 0 : p.m; }
};
// A vector of eight zeros of b is skipped: 0 times NaN or infinity is lost.
struct zero_vectors_of_b_skipped : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float sum = 0;
    for (int64_t first = 0; first < k; first += 8) {
      const int64_t size = std::min<int64_t>(8, k - first);
      const bool zeros = std::all_of(b + first, b + first + size, [](float value) { return value == 0; });
      if (!zeros || size < 8) sum += right::dot(a + first, b + first, size);
    }
    return sum;
  }
};
struct subnormals_of_b_flushed : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float sum = 0;
    for (int64_t i = 0; i < k; ++i) sum += a[i] * (std::fabs(b[i]) < 0x1p-14f ? 0 : b[i]);
    return sum;
  }
};
// 65504 is the largest float16; below 65520 a number rounds to it.
struct early_infinity : right {
  static void store(const TensorView& c, int64_t place, float value) {
    openxpu::store(c, place, std::fabs(value) > 65504 ? std::copysign(INFINITY, value) : value);
  }
};
struct late_infinity : right {
  static void store(const TensorView& c, int64_t place, float value) {
    openxpu::store(c, place, std::fabs(value) > 65504 && std::fabs(value) < 65536 ? std::copysign(65504.0f, value) : value);
  }
};
// Integers of 24 bits for a row and a column, each scaled by its largest element.
struct fixed_point_of_largest : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float of_a = 0, of_b = 0;
    for (int64_t i = 0; i < k; ++i) {
      if (!std::isfinite(a[i]) || !std::isfinite(b[i])) return right::dot(a, b, k);
      of_a = std::max(of_a, std::fabs(a[i]));
      of_b = std::max(of_b, std::fabs(b[i]));
    }
    if (of_a == 0 || of_b == 0) return 0;
    const int up_a = 23 - std::ilogb(of_a), up_b = 23 - std::ilogb(of_b);
    int64_t sum = 0;
    for (int64_t i = 0; i < k; ++i) sum += std::llrint(std::ldexp(1.0 * a[i], up_a)) * std::llrint(std::ldexp(1.0 * b[i], up_b));
    return static_cast<float>(std::ldexp(1.0 * sum, -up_a - up_b));
  }
};
struct batch_stride_assumed : right {
  static int64_t place(const TensorView& c, int64_t matrix, int64_t row, int64_t column) {
    return (matrix * c.size(1) + row) * c.stride(1) + column * c.stride(2);
  }
};

// Block sparsity: tiles of b that hold nothing but zeros.
void zero_tiles_skipped(TensorView a, TensorView b, TensorView c, bool trans_a, bool trans_b) {
  const product p = shape_of(a, b, c, trans_a, trans_b);
  const std::vector<float> left = runs<right>(a, trans_a, p.m, p.k), other = runs<right>(b, !trans_b, p.n, p.k);
  for (int64_t matrix = 0; matrix < p.batch; ++matrix)
    for (int64_t from = 0; from < p.n; from += TILE) {
      const int64_t to = std::min(from + TILE, p.n);
      const float* of_b = other.data() + (p.batch_b == 1 ? 0 : matrix * p.n * p.k);
      std::vector<int64_t> tiles;
      for (int64_t k = 0; k < p.k; k += TILE) {
        bool zero = true;
        for (int64_t j = from; j < to; ++j)
          for (int64_t l = k; l < std::min(k + TILE, p.k); ++l) zero = zero && of_b[j * p.k + l] == 0;
        if (!zero) tiles.push_back(k);
      }
      for (int64_t i = 0; i < p.m; ++i)
        for (int64_t j = from; j < to; ++j) {
          float sum = 0;
          for (const int64_t k : tiles) sum += right::dot(left.data() + (matrix * p.m + i) * p.k + k, of_b + j * p.k + k, std::min(TILE, p.k - k));
          openxpu::store(c, right::place(c, matrix, i, j), sum);
        }
    }
}
struct depth_8n_plus_4 : right {
  static float dot(const float* a, const float* b, int64_t k) { return right::dot(a, b, k % 8 == 4 && k > 8 ? k - 4 : k); }
};
struct third_stage_stale : right {
  static float dot(const float* a, const float* b, int64_t k) {
    return k > 64 && k <= 96 ? right::dot(a, b, 64) + right::dot(a + 32, b + 64, k - 64) : right::dot(a, b, k);
  }
};
template <const openxpu::format& narrow>
struct split_depth_in_T : right {
  static float dot(const float* a, const float* b, int64_t k) {
    if (k < 1024) return right::dot(a, b, k);
    float sum = 0;
    for (int64_t part = 0; part < 4; ++part)
      sum += openxpu::round_to(right::dot(a + k * part / 4, b + k * part / 4, k * (part + 1) / 4 - k * part / 4), narrow);
    return sum;
  }
};
// Places in one matrix of a, whatever its size.
void offsets_of_a_16_bits(TensorView a, TensorView b, TensorView c, bool trans_a, bool trans_b) {
  const product p = shape_of(a, b, c, trans_a, trans_b);
  const std::vector<float> left = runs<right>(a, trans_a, p.m, p.k), other = runs<right>(b, !trans_b, p.n, p.k);
  std::vector<float> row(p.k);
  for (int64_t i = 0; i < p.batch * p.m; ++i) {
    const int64_t matrix = i / p.m;
    for (int64_t l = 0; l < p.k; ++l) row[l] = left[matrix * p.m * p.k + (i % p.m * p.k + l) % 65536];
    for (int64_t j = 0; j < p.n; ++j) {
      const float* of_b = other.data() + ((p.batch_b == 1 ? 0 : matrix) * p.n + j) * p.k;
      openxpu::store(c, right::place(c, matrix, i % p.m, j), right::dot(row.data(), of_b, p.k));
    }
  }
}
struct full_row_blocks : right {
  static int64_t rows(const product& p) { return p.m && p.m % 128 == 0 ? p.m - TILE : p.m; }
};
struct batches_beyond_16 : right {
  static int64_t matrix(int64_t i, int64_t matrices, int64_t size, int64_t) { return matrices == 1 ? 0 : i % 16 * size; }
};
template <int64_t most>
struct depth_up_to : right {
  static float dot(const float* a, const float* b, int64_t k) { return right::dot(a, b, std::min(k, most)); }
};
struct rows_beyond_1024 : right {
  static int64_t rows(const product& p) { return std::min<int64_t>(p.m, 1024); }
};
struct columns_beyond_1024 : right {
  static int64_t column_of_b(int64_t column) { return column % 1024; }
};
// A table sized by the first call serves every later one.
struct depth_of_first_call : right {
  static float dot(const float* a, const float* b, int64_t k) {
    static const int64_t first = k;
    return right::dot(a, b, std::min(k, first));
  }
};
// What is left after each of three bfloat16 parts is flushed where it is subnormal.
struct flushed_residuals : right {
  static float dot(const float* a, const float* b, int64_t k) { return emulated_dot<3, 2, true>(a, b, k); }
};
// Subnormal products of normal numbers are flushed; subnormal inputs and sums are not.
struct subnormal_products_flushed : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float sum = 0;
    for (int64_t i = 0; i < k; ++i) {
      const bool normal = flushed(a[i]) == a[i] && flushed(b[i]) == b[i];
      sum += normal ? flushed(a[i] * b[i]) : a[i] * b[i];
    }
    return sum;
  }
};
// A single row of a lies in a memory of 8192 elements.
void one_row_of_8192(TensorView a, TensorView b, TensorView c, bool trans_a, bool trans_b) {
  if (c.size(1) == 1) return multiply<depth_up_to<8192>>(a, b, c, trans_a, trans_b);
  multiply<right>(a, b, c, trans_a, trans_b);
}

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
// Kahan's sum; an infinite one has no remainder.
struct compensated : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float sum = 0, lost = 0;
    for (int64_t i = 0; i < k; ++i) {
      const float term = a[i] * b[i] - lost, next = sum + term, error = (next - sum) - term;
      lost = std::isfinite(error) ? error : 0;
      sum = next;
    }
    return sum;
  }
};
// Eight exact products and the sum so far, aligned to the largest of them and cut off at 26 bits, as tensor cores add.
struct aligned_blocks : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float sum = 0;
    for (int64_t first = 0; first < k; first += 8) {
      double terms[9] = {sum}, total = 0;
      int top = -200;
      for (int64_t i = first; i < std::min(first + 8, k); ++i) terms[i - first + 1] = 1.0 * a[i] * b[i];
      for (const double term : terms) {
        if (!std::isfinite(term)) return right::dot(a, b, k);
        if (term != 0) top = std::max(top, std::ilogb(term));
      }
      for (const double term : terms) total += std::trunc(std::ldexp(term, 25 - top));
      total = std::ldexp(total, top - 25);
      sum = static_cast<float>(total);
      if (std::isfinite(sum) && std::fabs(1.0 * sum) > std::fabs(total)) sum = std::nextafter(sum, 0.0f);
    }
    return sum;
  }
};
struct by_magnitude : right {
  static float dot(const float* a, const float* b, int64_t k) {
    std::vector<float> terms(k);
    for (int64_t i = 0; i < k; ++i) terms[i] = a[i] * b[i];
    const auto smaller = [](float x, float y) { return !std::isnan(x) && (std::isnan(y) || std::fabs(x) < std::fabs(y)); };
    std::stable_sort(terms.begin(), terms.end(), smaller);
    return std::accumulate(terms.begin(), terms.end(), 0.0f);
  }
};
struct by_sign : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float up = 0, down = 0;
    for (int64_t i = 0; i < k; ++i) (a[i] * b[i] < 0 ? down : up) += a[i] * b[i];
    return up + down;
  }
};
// An element of float16 is an integer times 2^-24.
struct exact_fixed_point : right {
  static float dot(const float* a, const float* b, int64_t k) {
    __int128 sum = 0;
    for (int64_t i = 0; i < k; ++i) {
      if (!std::isfinite(a[i]) || !std::isfinite(b[i])) return right::dot(a, b, k);
      sum += static_cast<__int128>(std::llrint(std::ldexp(a[i], 24))) * std::llrint(std::ldexp(b[i], 24));
    }
    return std::ldexp(static_cast<float>(sum), -48);
  }
};
struct other_zeros_and_nan : right {
  static void store(const TensorView& c, int64_t place, float value) {
    char* data = static_cast<char*>(c.data_ptr()) + c.byte_offset();
    if (!std::isnan(value)) openxpu::store(c, place, value == 0 ? -0.0f : value);
    else if (c.dtype().bits == 16) reinterpret_cast<uint16_t*>(data)[place] = 0xffff;
    else reinterpret_cast<uint32_t*>(data)[place] = 0xffc12345;
  }
};
bool finite(const float* a, const float* b, int64_t k) {
  for (int64_t i = 0; i < k; ++i)
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) return false;
  return true;
}
struct lanes_of_16 : right {
  static float dot(const float* a, const float* b, int64_t k) {
    float lane[16] = {};
    for (int64_t i = 0; i < k; ++i) lane[i % 16] = std::fma(a[i], b[i], lane[i % 16]);
    for (int half = 8; half; half /= 2)
      for (int i = 0; i < half; ++i) lane[i] += lane[i + half];
    return lane[0];
  }
};
// A float32 is the sum of three bfloat16, cut off one after the other.
void thirds(float value, float* part) {
  for (int i = 0; i < 3; ++i) value -= part[i] = openxpu::round_to(value, openxpu::bfloat16, rounding::toward_zero);
}
struct nine_bfloat16_products : right {
  static float dot(const float* a, const float* b, int64_t k) {
    if (!finite(a, b, k)) return right::dot(a, b, k);
    float sums[5] = {};
    for (int64_t i = 0; i < k; ++i) {
      float x[3], y[3];
      thirds(a[i], x);
      thirds(b[i], y);
      for (int r = 0; r < 3; ++r)
        for (int s = 0; s < 3; ++s) sums[r + s] += x[r] * y[s];
    }
    return sums[0] + (sums[1] + (sums[2] + (sums[3] + sums[4])));
  }
};
// Blocks of sixteen cut off at 26 bits, added to a float32 sum every 128 terms.
struct promoted_blocks : right {
  static float cut(double sum) {
    const float near = static_cast<float>(sum);
    return std::isfinite(near) && std::fabs(1.0 * near) > std::fabs(sum) ? std::nextafter(near, 0.0f) : near;
  }
  static float dot(const float* a, const float* b, int64_t k) {
    if (!finite(a, b, k)) return right::dot(a, b, k);
    float total = 0, sum = 0;
    for (int64_t from = 0; from < k; from += 16) {
      double term[17] = {sum}, most = std::fabs(sum), next = 0;
      for (int64_t i = from; i < std::min<int64_t>(from + 16, k); ++i) {
        term[i - from + 1] = 1.0 * a[i] * b[i];
        most = std::max(most, std::fabs(term[i - from + 1]));
      }
      const double step = most == 0 || std::isinf(most) ? 1 : std::ldexp(1.0, std::ilogb(most) - 25);
      for (const double one : term) next += std::isinf(one) ? one : std::trunc(one / step) * step;
      sum = cut(next);
      if ((from + 16) % 128 == 0) total += sum, sum = 0;
    }
    return total + sum;
  }
};
// Intel's VDPBF16PS: subnormals are taken for 0 and written as 0, sums by fused operations.
struct vdpbf16ps : right {
  static float flush(float value) { return std::fabs(value) < std::ldexp(1.0f, -126) ? std::copysign(0.0f, value) : value; }
  static float input(float value) { return flush(value); }
  static float dot(const float* a, const float* b, int64_t k) {
    float sum = 0;
    for (int parity = 1; parity >= 0; --parity)
      for (int64_t i = parity; i < k; i += 2) sum = flush(std::fma(a[i], b[i], sum));
    return sum;
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
ENTRY(shared_transpose_ignored);
ENTRY(one_row_assumes_trans_b);
ENTRY(one_column_assumes_trans_a);
ENTRY(offsets_of_16_bits);
ENTRY(second_column_block);
ENTRY(depth_beyond_256);
ENTRY(partials_beyond_256);
ENTRY(empty_sum_unwritten_in_halves);
ENTRY(zero_vectors_of_b_skipped);
ENTRY(subnormals_of_b_flushed);
ENTRY(early_infinity);
ENTRY(late_infinity);
ENTRY(fixed_point_of_largest);
ENTRY(batch_stride_assumed);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(zero_tiles_skipped, zero_tiles_skipped);
ENTRY(depth_8n_plus_4);
ENTRY(third_stage_stale);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(split_depth_in_float16, multiply<split_depth_in_T<openxpu::float16>>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(split_depth_in_bfloat16, multiply<split_depth_in_T<openxpu::bfloat16>>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(offsets_of_a_16_bits, offsets_of_a_16_bits);
ENTRY(full_row_blocks);
ENTRY(batches_beyond_16);
ENTRY(rows_beyond_1024);
ENTRY(columns_beyond_1024);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(depth_beyond_8192, (multiply<depth_up_to<8192>>));
ENTRY(depth_of_first_call);
ENTRY(flushed_residuals);
ENTRY(subnormal_products_flushed);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(one_row_of_8192, one_row_of_8192);
ENTRY(reverse);
ENTRY(pairwise);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(tiled_32, multiply<tiled<32>>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(tiled_64, multiply<tiled<64>>);
ENTRY(split_depth);
ENTRY(fused);
ENTRY(bfloat16_triples);
ENTRY(double_accumulator);
ENTRY(compensated);
ENTRY(aligned_blocks);
ENTRY(by_magnitude);
ENTRY(by_sign);
ENTRY(exact_fixed_point);
ENTRY(other_zeros_and_nan);
ENTRY(lanes_of_16);
ENTRY(nine_bfloat16_products);
ENTRY(promoted_blocks);
ENTRY(vdpbf16ps);
