// silu_and_mul kernels that are nearly right, one entry a fault, and legal variants.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

#include <openxpu/elements.h>

namespace {

using openxpu::format;
using openxpu::rounding;
using tvm::ffi::TensorView;
using Place = std::pair<int64_t, int64_t>;

constexpr int64_t VECTOR = 8;
constexpr float LOG2E = 1.44269504088896340736f;

// float32 or the narrow format of T.
float narrowed(float value, const format* f) { return f == nullptr ? value : openxpu::round_to(value, *f); }

int64_t whole_vectors(int64_t size) { return size > VECTOR ? size / VECTOR * VECTOR : size; }

// What a fault or a variant may change of a right kernel. `f` is T's format, null for float32.
struct right {
  static constexpr rounding STORE = rounding::half_even;
  static float read(float value) { return value; }
  static float exponential(float x) { return std::exp(x); }
  template <typename fault>
  static float silu(float gate, const format*) { return gate / (1 + fault::exponential(-gate)); }
  template <typename fault>
  static float product(float gate, float up, const format* f) { return fault::template silu<fault>(gate, f) * up; }
  // Row and column that an element of y is taken to have.
  static Place place(int64_t row, int64_t d, int64_t) { return {row, d}; }
  // Columns of x that hold the gate and the up value of column d.
  static int64_t gate_column(int64_t d, int64_t) { return d; }
  static int64_t up_column(int64_t d, int64_t size) { return size + d; }
  static int64_t written(int64_t size) { return size; }
  static int64_t rows(int64_t rows) { return rows; }
  static int64_t row_stride(const TensorView& t) { return t.stride(0); }
  static void store(const TensorView& y, int64_t place, float value, rounding mode) { openxpu::store(y, place, value, mode); }
};

// x [rows, 2 D], y [rows, D].
template <typename fault>
void silu_and_mul(TensorView x, TensorView y) {
  const format* const f = openxpu::format_of(x.dtype());
  const int64_t size = y.size(1);
  for (int64_t row = 0; row < fault::rows(y.size(0)); ++row)
    for (int64_t d = 0; d < fault::written(size); ++d) {
      const auto [taken, column] = fault::place(row, d, size);
      const int64_t from = taken * fault::row_stride(x);
      const float gate = fault::read(openxpu::load(x, from + fault::gate_column(column, size) * x.stride(1)));
      const float up = fault::read(openxpu::load(x, from + fault::up_column(column, size) * x.stride(1)));
      const float value = fault::template product<fault>(gate, up, f);
      fault::store(y, row * y.stride(0) + d * y.stride(1), value, fault::STORE);
    }
}

// Faults.

struct halves_swapped : right {
  static int64_t gate_column(int64_t d, int64_t size) { return size + d; }
  static int64_t up_column(int64_t d, int64_t) { return d; }
};
struct interleaved : right {
  static int64_t gate_column(int64_t d, int64_t) { return 2 * d; }
  static int64_t up_column(int64_t d, int64_t) { return 2 * d + 1; }
};
// The vector that would reach beyond the row starts earlier, and takes its values from there.
struct shifted_tail : right {
  static int64_t gate_column(int64_t d, int64_t size) { return d < whole_vectors(size) ? d : d - 1; }
};
struct unwritten_tail : right {
  static int64_t written(int64_t size) { return whole_vectors(size); }
};
struct strides_ignored : right {
  static int64_t row_stride(const TensorView& t) { return t.size(1); }
};
struct silu_narrowed : right {
  template <typename fault>
  static float product(float gate, float up, const format* f) { return narrowed(right::silu<fault>(gate, f), f) * up; }
};
struct sigmoid_narrowed : right {
  template <typename fault>
  static float silu(float gate, const format* f) { return gate * narrowed(1 / (1 + fault::exponential(-gate)), f); }
};
struct exponential_narrowed : right {
  template <typename fault>
  static float silu(float gate, const format* f) { return gate / (1 + narrowed(std::exp(-gate), f)); }
};
struct bfloat16_inputs : right {
  static float read(float value) { return openxpu::round_to(value, openxpu::bfloat16); }
};
struct truncating_store : right {
  static constexpr rounding STORE = rounding::toward_zero;
};
// Relative error of a hardware tanh: 2^-11 (PTX ISA, tanh.approx.f32); here it leans to one side by half of it.
struct approximate_tanh : right {
  template <typename fault>
  static float silu(float gate, const format*) { return 0.5f * gate * (1 + std::tanh(0.5f * gate) * (1 - 0x1p-12f)); }
};
// Right to an absolute error only: 1 + tanh cancels.
struct cancelling_tanh : right {
  template <typename fault>
  static float silu(float gate, const format*) { return 0.5f * gate * (1 + std::tanh(0.5f * gate)); }
};
struct hard_sigmoid : right {
  template <typename fault>
  static float silu(float gate, const format*) { return gate * std::clamp(gate / 6 + 0.5f, 0.0f, 1.0f); }
};
struct gelu_gate : right {
  template <typename fault>
  static float silu(float gate, const format*) { return gate / (1 + std::exp(-1.702f * gate)); }
};
struct clamped_sigmoid : right {
  template <typename fault>
  static float silu(float gate, const format*) { return gate / (1 + std::exp(std::clamp(-gate, -18.0f, 18.0f))); }
};
// e^x / (1 + e^x) is an infinity over itself for large gates.
struct infinite_quotient : right {
  template <typename fault>
  static float silu(float gate, const format*) { return gate * (std::exp(gate) / (1 + std::exp(gate))); }
};
// A reciprocal by Newton's step, without a guard: 0 * infinity where the divisor overflowed.
struct newton_reciprocal : right {
  template <typename fault>
  static float silu(float gate, const format*) {
    const float divisor = 1 + std::exp(-gate), guess = 1 / divisor;
    return gate * (guess * (2 - divisor * guess));
  }
};
struct short_log2e : right {
  static float exponential(float x) { return std::exp2(x * 1.4427f); }
};

float flushed(float value) { return std::fabs(value) < std::numeric_limits<float>::min() ? 0 * value : value; }
struct flushing : right {
  template <typename fault>
  static float product(float gate, float up, const format* f) { return flushed(right::silu<fault>(gate, f) * up); }
};

struct rows_beyond_8192 : right {
  static int64_t rows(int64_t rows) { return std::min<int64_t>(rows, 8192); }
};
struct columns_beyond_16384 : right {
  static int64_t gate_column(int64_t d, int64_t) { return d % 16384; }
};
struct columns_of_int16 : right {
  static int64_t written(int64_t size) { return std::min<int64_t>(size, 32768); }
};
struct exact_blocks_of_1024 : right {
  static int64_t written(int64_t size) { return size % 1024 == 0 ? size - 1024 : size; }
};
// A plan of the first call serves every later one.
struct width_of_first_call : right {
  static int64_t up_column(int64_t d, int64_t size) {
    static const int64_t first = size;
    return std::min(first, size) + d;
  }
};
// 65504 is the largest float16; below 65520 a number rounds to it.
struct early_infinity : right {
  static void store(const TensorView& y, int64_t place, float value, rounding) {
    openxpu::store(y, place, std::fabs(value) > 65504 ? std::copysign(INFINITY, value) : value);
  }
};
struct late_infinity : right {
  static void store(const TensorView& y, int64_t place, float value, rounding) {
    openxpu::store(y, place, std::fabs(value) > 65504 && std::fabs(value) < 65536 ? std::copysign(65504.0f, value) : value);
  }
};

// Packs of 16 bytes where rows of x are whole ones: up values may still start within one.
struct up_from_whole_packs : right {
  static int64_t up_column(int64_t d, int64_t size) { return (2 * size % VECTOR == 0 ? size / VECTOR * VECTOR : size) + d; }
};
// The row of an element is its index times a float32 reciprocal.
struct row_by_reciprocal : right {
  static Place place(int64_t row, int64_t d, int64_t size) {
    const int64_t index = row * size + d;
    const auto taken = static_cast<int64_t>(static_cast<float>(index) * (1 / static_cast<float>(size)));
    return {taken, index - taken * size};
  }
};

// Legal variants.

struct reciprocal : right {
  template <typename fault>
  static float silu(float gate, const format*) { return gate * (1 / (1 + std::exp(-gate))); }
};
struct sigmoid_times_up : right {
  template <typename fault>
  static float product(float gate, float up, const format*) { return gate * (1 / (1 + std::exp(-gate)) * up); }
};
struct base_two : right {
  static float exponential(float x) { return std::exp2(x * LOG2E); }
};
// The exponential of a negative number only: it never overflows.
struct two_sided : right {
  template <typename fault>
  static float silu(float gate, const format*) {
    const float small = std::exp(-std::fabs(gate));
    return gate * ((gate < 0 ? small : 1) / (1 + small));
  }
};
struct tanh_where_accurate : right {
  template <typename fault>
  static float silu(float gate, const format* f) {
    return gate > -1 ? 0.5f * gate * (1 + std::tanh(0.5f * gate)) : right::silu<right>(gate, f);
  }
};
// What the documents of devices allow: exp2 off by 2^-22, a division by 2 ULP, either way by the last bits of the value.
float off(float value, float relative) {
  return value * (1 + relative * (static_cast<float>(std::bit_cast<uint32_t>(value) * 2654435761u >> 8) / 8388608.0f - 1));
}
struct device_functions : right {
  template <typename fault>
  static float silu(float gate, const format*) { return off(gate / (1 + off(std::exp2(-gate * LOG2E), 0x1p-22f)), 0x1p-24f); }
};
struct float64_silu : right {
  template <typename fault>
  static float silu(float gate, const format*) { return static_cast<float>(gate / (1 + std::exp(-1.0 * gate))); }
};
struct less_one : right {
  template <typename fault>
  static float silu(float gate, const format*) { return gate / (2 + std::expm1(-gate)); }
};
// 2^(i/64) from a table, times a cubic.
struct table_exponential : right {
  static float exponential(float x) {
    const float scaled = x * LOG2E, steps = std::nearbyint(scaled * 64);
    if (!(std::fabs(scaled) < 126)) return std::exp(x);
    const float rest = (scaled - steps / 64) * 0.693147180559945f;
    const int i = static_cast<int>(steps);
    return std::ldexp(static_cast<float>(std::exp2((i & 63) / 64.0)), i >> 6) * (1 + rest * (1 + rest * (0.5f + rest / 6)));
  }
};
// A reciprocal that is one ULP too large: the sigmoid of an open gate is above 1.
struct large_reciprocal : right {
  template <typename fault>
  static float silu(float gate, const format*) { return gate * (1 / (1 + std::exp(-gate)) * (1 + 0x1p-23f)); }
};
// CUDA's __fdividef gives 0 where the divisor is above 2^126.
struct fast_division : right {
  template <typename fault>
  static float silu(float gate, const format*) {
    const float divisor = 1 + std::exp(-gate);
    return divisor > 0x1p126f ? 0 : gate / divisor;
  }
};
// A reciprocal of 12 bits and two of Newton's steps, where the divisor is finite.
struct guarded_newton : right {
  template <typename fault>
  static float silu(float gate, const format*) {
    const float divisor = 1 + std::exp(-gate);
    if (divisor > 0x1p125f) return gate / divisor;
    float guess = off(1 / divisor, 0x1.8p-12f);
    for (int step = 0; step < 2; ++step) guess = std::fma(guess, std::fma(-divisor, guess, 1.0f), guess);
    return gate * guess;
  }
};
struct series_below_quarter : right {
  template <typename fault>
  static float silu(float gate, const format* f) {
    const float square = gate * gate;
    return std::fabs(gate) < 0.25f ? gate * (0.5f + gate * (0.25f - square * (1 / 48.0f - square / 480))) : right::silu<right>(gate, f);
  }
};
struct other_zeros_and_nan : right {
  static void store(const TensorView& y, int64_t place, float value, rounding) {
    char* data = static_cast<char*>(y.data_ptr()) + y.byte_offset();
    if (!std::isnan(value)) openxpu::store(y, place, value == 0 ? -0.0f : value);
    else if (y.dtype().bits == 16) reinterpret_cast<uint16_t*>(data)[place] = 0xffff;
    else reinterpret_cast<uint32_t*>(data)[place] = 0xffc12345;
  }
};

}  // namespace

#define EXPORT(entry, policy) TVM_FFI_DLL_EXPORT_TYPED_FUNC(entry, silu_and_mul<policy>)

EXPORT(halves_swapped, halves_swapped);
EXPORT(interleaved, interleaved);
EXPORT(shifted_tail, shifted_tail);
EXPORT(unwritten_tail, unwritten_tail);
EXPORT(strides_ignored, strides_ignored);
EXPORT(silu_narrowed, silu_narrowed);
EXPORT(sigmoid_narrowed, sigmoid_narrowed);
EXPORT(exponential_narrowed, exponential_narrowed);
EXPORT(bfloat16_inputs, bfloat16_inputs);
EXPORT(truncating_store, truncating_store);
EXPORT(approximate_tanh, approximate_tanh);
EXPORT(cancelling_tanh, cancelling_tanh);
EXPORT(hard_sigmoid, hard_sigmoid);
EXPORT(gelu_gate, gelu_gate);
EXPORT(clamped_sigmoid, clamped_sigmoid);
EXPORT(infinite_quotient, infinite_quotient);
EXPORT(newton_reciprocal, newton_reciprocal);
EXPORT(short_log2e, short_log2e);
EXPORT(undeclared_flush, flushing);
EXPORT(rows_beyond_8192, rows_beyond_8192);
EXPORT(columns_beyond_16384, columns_beyond_16384);
EXPORT(early_infinity, early_infinity);
EXPORT(late_infinity, late_infinity);
EXPORT(columns_of_int16, columns_of_int16);
EXPORT(exact_blocks_of_1024, exact_blocks_of_1024);
EXPORT(width_of_first_call, width_of_first_call);
EXPORT(up_from_whole_packs, up_from_whole_packs);
EXPORT(row_by_reciprocal, row_by_reciprocal);
EXPORT(one_division, right);
EXPORT(reciprocal, reciprocal);
EXPORT(sigmoid_times_up, sigmoid_times_up);
EXPORT(base_two, base_two);
EXPORT(two_sided, two_sided);
EXPORT(tanh_where_accurate, tanh_where_accurate);
EXPORT(device_functions, device_functions);
EXPORT(declared_silu_cast, silu_narrowed);
EXPORT(declared_flush, flushing);
EXPORT(float64_silu, float64_silu);
EXPORT(less_one, less_one);
EXPORT(table_exponential, table_exponential);
EXPORT(large_reciprocal, large_reciprocal);
EXPORT(other_zeros_and_nan, other_zeros_and_nan);
EXPORT(fast_division, fast_division);
EXPORT(guarded_newton, guarded_newton);
EXPORT(series_below_quarter, series_below_quarter);
