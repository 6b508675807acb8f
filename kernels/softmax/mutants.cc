// Softmax kernels that are nearly right, one entry a fault, and legal variants that differ from the starter in every way they may.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

#include <openxpu/elements.h>

namespace {

using openxpu::format;
using openxpu::rounding;
using tvm::ffi::TensorView;
using Row = std::vector<float>;

constexpr int64_t TILE = 16;
constexpr float INFINITE = std::numeric_limits<float>::infinity();
constexpr float LOG2E = 1.44269504088896340736f;

// Largest score and sum of exponentials of a row.
struct Total {
  float maximum;
  float sum;
};

// Full tiles of a row that is longer than one.
int64_t whole_tiles(int64_t size) { return size > TILE ? size / TILE * TILE : size; }
float largest(const Row& row, int64_t end) { return *std::max_element(row.begin(), row.begin() + end); }
// float32 or the narrow format of T.
float narrowed(float value, const format* f) { return f == nullptr ? value : openxpu::round_to(value, *f); }

// What is called: some kernels are instances for lengths, layouts and types.
struct Call {
  int64_t outer, size, inner;
  const format* f;
  bool last_axis(int64_t from, int64_t to) const { return inner == 1 && size >= from && size <= to; }
};
Call call;

// What a fault or a variant may change of a right kernel. `f` is T's format, null for float32.
struct right {
  static constexpr rounding STORE = rounding::half_even;
  static float exponential(float x, float maximum) { return std::exp(x - maximum); }
  static float add(float sum, float weight, const format*) { return sum + weight; }
  static float divide(float weight, float sum, const format*) { return weight / sum; }
  // Elements of the row that are written.
  static int64_t written(int64_t size) { return size; }
  static bool computed(int64_t, int64_t) { return true; }  // of an outer and an inner index
  // The tensor whose strides y is written with.
  static const TensorView& like(const TensorView&, const TensorView& y) { return y; }
  // The axis of [outer, K, inner] that sums to 1.
  static int axis(const TensorView&) { return 1; }
  static int64_t stride(const TensorView& t, int axis) { return t.stride(axis); }
};

// The sum of a row whose maximum is known, from first to last.
template <typename fault>
float sum_of(const Row& row, float maximum, const format* f, int64_t end) {
  float sum = 0;
  for (int64_t k = 0; k < end; ++k) sum = fault::add(sum, fault::exponential(row[k], maximum), f);
  return sum;
}

struct two_pass : right {
  template <typename fault>
  static Total total(const Row& row, const format* f) {
    const int64_t size = static_cast<int64_t>(row.size());
    const float maximum = largest(row, size);
    return {maximum, sum_of<fault>(row, maximum, f, size)};
  }
};

// One pass over tiles: the sum is rescaled where the running maximum rises.
struct online : right {
  static float rescale(float sum, float before, float now) { return before == -INFINITE ? 0 : sum * std::exp(before - now); }
  // A tile without a finite score has nothing to add.
  static bool skips(float maximum) { return maximum == -INFINITE; }
  template <typename fault>
  static Total total(const Row& row, const format* f) {
    Total running{-INFINITE, 0};
    const int64_t size = static_cast<int64_t>(row.size());
    for (int64_t first = 0; first < size; first += TILE) {
      const int64_t last = std::min(first + TILE, size);
      float maximum = running.maximum;
      for (int64_t k = first; k < last; ++k) maximum = std::max(maximum, row[k]);
      const bool blank = last < size && fault::skips(maximum);
      if (blank && std::none_of(row.begin() + first, row.begin() + last, [](float x) { return std::isnan(x); })) continue;
      running.sum = fault::rescale(running.sum, running.maximum, maximum);
      for (int64_t k = first; k < last; ++k) running.sum = fault::add(running.sum, fault::exponential(row[k], maximum), f);
      running.maximum = maximum;
    }
    return running;
  }
};

// y = softmax(x) along one axis.
template <typename fault>
void softmax(TensorView x, TensorView y) {
  const format* const f = openxpu::format_of(x.dtype());
  const int axis = fault::axis(x), first = axis == 0 ? 1 : 0, second = axis == 2 ? 1 : 2;
  const TensorView& like = fault::like(x, y);
  call = {x.size(0), x.size(1), x.size(2), f};
  Row row(x.size(axis));
  if (x.numel() == 0) return;
  for (int64_t a = 0; a < x.size(first); ++a)
    for (int64_t b = 0; b < x.size(second); ++b) {
      if (!fault::computed(a, b)) continue;
      const int64_t from = a * fault::stride(x, first) + b * fault::stride(x, second);
      const int64_t to = a * like.stride(first) + b * like.stride(second);
      for (int64_t k = 0; k < x.size(axis); ++k) row[k] = openxpu::load(x, from + k * fault::stride(x, axis));
      const Total total = fault::template total<fault>(row, f);
      for (int64_t k = 0; k < fault::written(x.size(axis)); ++k) {
        const float weight = fault::exponential(row[k], total.maximum);
        openxpu::store(y, to + k * like.stride(axis), fault::divide(weight, total.sum, f), fault::STORE);
      }
    }
}

// Faults.
struct no_maximum : two_pass {
  static float exponential(float x, float) { return std::exp(x); }
};
struct first_tile_maximum : two_pass {
  template <typename fault>
  static Total total(const Row& row, const format* f) {
    const int64_t size = static_cast<int64_t>(row.size());
    const float maximum = largest(row, std::min(TILE, size));
    return {maximum, sum_of<fault>(row, maximum, f, size)};
  }
};
struct maximum_from_minus_10000 : two_pass {
  template <typename fault>
  static Total total(const Row& row, const format* f) {
    const int64_t size = static_cast<int64_t>(row.size());
    const float maximum = std::max(-10000.0f, largest(row, size));
    return {maximum, sum_of<fault>(row, maximum, f, size)};
  }
};
// The sum ends early.
template <typename fault>
struct ends_early : two_pass {
  template <typename>
  static Total total(const Row& row, const format* f) {
    const int64_t size = static_cast<int64_t>(row.size());
    const float maximum = largest(row, size);
    return {maximum, sum_of<two_pass>(row, maximum, f, fault::end(size))};
  }
};
struct dropped_tail : ends_early<dropped_tail> {
  static int64_t end(int64_t size) { return whole_tiles(size); }
};
struct beyond_65536 : ends_early<beyond_65536> {
  static int64_t end(int64_t size) { return std::min<int64_t>(size, 65536); }
};
struct beyond_65536_float32 : ends_early<beyond_65536_float32> {
  static int64_t end(int64_t size) { return call.f == nullptr ? std::min<int64_t>(size, 65536) : size; }
};
struct beyond_8192_float16 : ends_early<beyond_8192_float16> {
  static int64_t end(int64_t size) { return call.f == &openxpu::float16 ? std::min<int64_t>(size, 8192) : size; }
};
// One of the instances for a power of two of scores, as PyTorch's for short rows are.
template <int64_t from, int64_t to>
struct one_instance : ends_early<one_instance<from, to>> {
  static int64_t end(int64_t size) { return call.last_axis(from, to) ? size - 1 : size; }
};
// A plan of the first call serves every later one.
struct length_of_first_call : ends_early<length_of_first_call> {
  static int64_t end(int64_t size) {
    static const int64_t first = size;
    return std::min(size, first);
  }
};
// The last axis has a kernel of its own; this is the other one.
struct middle_axis_tail : ends_early<middle_axis_tail> {
  static int64_t end(int64_t size) { return call.inner > 1 && size > 1024 ? size / 16 * 16 : size; }
};
// Eight blocks share a single row.
struct equal_parts : ends_early<equal_parts> {
  static int64_t end(int64_t size) { return call.outer * call.inner == 1 && size > 1024 ? size / 8 * 8 : size; }
};
// Idle lanes hold a maximum of 0.
struct short_rows_from_zero : two_pass {
  template <typename fault>
  static Total total(const Row& row, const format* f) {
    const int64_t size = static_cast<int64_t>(row.size());
    const bool idle = call.last_axis(2, 31) && f != &openxpu::float16;
    const float maximum = std::max(largest(row, size), idle ? 0 : -INFINITE);
    return {maximum, sum_of<fault>(row, maximum, f, size)};
  }
};
struct padding_counted : two_pass {
  template <typename fault>
  static Total total(Row row, const format* f) {
    row.resize((row.size() + TILE - 1) / TILE * TILE, 0.0f);
    return two_pass::total<fault>(row, f);
  }
};
struct unwritten_tail : two_pass {
  static int64_t written(int64_t size) { return whole_tiles(size); }
};
struct outer_beyond_65535 : two_pass {
  static bool computed(int64_t outer, int64_t) { return outer < 65535; }
};
struct inner_beyond_4096 : two_pass {
  static bool computed(int64_t, int64_t inner) { return inner < 4096; }
};
struct outer_beyond_65535_float32 : two_pass {
  static bool computed(int64_t outer, int64_t) { return outer < 65535 || call.f != nullptr; }
};
// An instruction repeats 255 times at most, on 128 elements of a half type; float32 is looped over.
struct half_columns_beyond_32640 : two_pass {
  static bool computed(int64_t, int64_t inner) { return inner < 255 * 128 || call.f == nullptr; }
};
// Two short rows a block.
struct odd_row_unwritten : two_pass {
  static bool computed(int64_t outer, int64_t) { return !call.last_axis(2, 32) || call.outer % 2 == 0 || outer + 1 < call.outer; }
};
struct wrong_axis : two_pass {
  static int axis(const TensorView& x) { return x.size(2) > 1 ? 2 : 0; }
};
struct strides_ignored : two_pass {
  static int64_t stride(const TensorView& t, int axis) { return axis == 0 ? t.size(1) * t.size(2) : axis == 1 ? t.size(2) : 1; }
};
struct output_by_input_strides : two_pass {
  static const TensorView& like(const TensorView& x, const TensorView&) { return x; }
};
struct narrow_sum : two_pass {
  static float add(float sum, float weight, const format* f) { return narrowed(sum + weight, f); }
};
struct bfloat16_sum : two_pass {
  static float add(float sum, float weight, const format*) { return openxpu::round_to(sum + weight, openxpu::bfloat16); }
};
// Blocks of a long row exchange their sums in float16.
struct float16_exchange : two_pass {
  template <typename fault>
  static Total total(const Row& row, const format* f) {
    const float maximum = largest(row, static_cast<int64_t>(row.size()));
    const bool narrows = f == &openxpu::float16 && row.size() > 1024;
    float sum = 0;
    for (auto at = row.begin(); at < row.end();) {
      const auto end = at + std::min<int64_t>(1024, row.end() - at);
      const float part = sum_of<fault>(Row(at, end), maximum, f, end - at);
      sum += narrows ? openxpu::round_to(part, *f) : part;
      at = end;
    }
    return {maximum, sum};
  }
};
struct clamped_at_65504 : two_pass {
  static float clamped(float x) { return std::isfinite(x) ? std::clamp(x, -65504.0f, 65504.0f) : x; }
  static float exponential(float x, float maximum) { return std::exp(clamped(x) - clamped(maximum)); }
};
struct narrow_weights : two_pass {
  static float divide(float weight, float sum, const format* f) { return narrowed(weight, f) / sum; }
};
struct narrow_reciprocal : two_pass {
  static float divide(float weight, float sum, const format* f) { return weight * narrowed(1 / sum, f); }
};
struct sum_plus_epsilon : two_pass {
  static float divide(float weight, float sum, const format*) { return weight / (sum + 1e-6f); }
};
struct truncating_store : two_pass {
  static constexpr rounding STORE = rounding::toward_zero;
};
struct short_log2e : two_pass {
  static float exponential(float x, float maximum) { return std::exp2((x - maximum) * 1.4427f); }
};
// exp2 of the fraction by a cubic: 1e-4 off at most.
struct cubic_exponential : two_pass {
  static float exponential(float x, float maximum) {
    const float exponent = (x - maximum) * LOG2E;
    if (!(exponent > -150)) return std::exp2(exponent);
    const float whole = std::floor(exponent), rest = exponent - whole;
    const float power = 1 + rest * (0.695556856f + rest * (0.226173572f + rest * 0.0781455737f));
    return std::ldexp(power, static_cast<int>(whole));
  }
};
struct missing_rescale : online {
  static float rescale(float sum, float, float) { return sum; }
};
struct masked_tile_nan : online {
  static float rescale(float sum, float before, float now) { return sum * std::exp(before - now); }
  static bool skips(float) { return false; }
};
struct masked_row_zero : two_pass {
  static float divide(float weight, float sum, const format*) { return std::isnan(weight) && std::isnan(sum) ? 0 : weight / sum; }
};
struct nan_skipped : two_pass {
  static float exponential(float x, float maximum) { return std::isnan(x) ? 0 : std::exp(x - maximum); }
};
float flushed(float value) { return std::fabs(value) < std::numeric_limits<float>::min() ? 0 : value; }
struct flushing : two_pass {
  static float exponential(float x, float maximum) { return flushed(std::exp(x - maximum)); }
  static float divide(float weight, float sum, const format*) { return flushed(weight / sum); }
};

// Legal variants.
struct from_the_end : two_pass {
  template <typename fault>
  static Total total(const Row& row, const format* f) {
    return two_pass::total<fault>(Row(row.rbegin(), row.rend()), f);
  }
};
struct tiled : two_pass {
  template <typename fault>
  static Total total(const Row& row, const format* f) {
    const int64_t size = static_cast<int64_t>(row.size());
    const float maximum = largest(row, size);
    float lanes[TILE] = {};
    for (int64_t k = 0; k < size; ++k) lanes[k % TILE] += fault::exponential(row[k], maximum);
    for (int64_t width = TILE / 2; width > 0; width /= 2)
      for (int64_t lane = 0; lane < width; ++lane) lanes[lane] += lanes[lane + width];
    return {maximum, lanes[0]};
  }
};
// Eight lanes with a running maximum each. A lane of -inf has nothing to add.
struct lanes_merged : online {
  template <typename fault>
  static Total total(const Row& row, const format* f) {
    Total all{largest(row, static_cast<int64_t>(row.size())), 0};
    for (size_t lane = 0; lane < 8; ++lane) {
      Row part;
      for (size_t k = lane; k < row.size(); k += 8) part.push_back(row[k]);
      if (std::all_of(part.begin(), part.end(), [](float x) { return x == -INFINITE; })) continue;
      const Total one = online::total<fault>(part, f);
      all.sum += one.sum * std::exp(one.maximum - all.maximum);
    }
    return all;
  }
};
// The reference follows the maximum where that is more than 8 ahead.
struct lazy_maximum : two_pass {
  template <typename fault>
  static Total total(const Row& row, const format*) {
    Total running{-INFINITE, 0};
    for (const float x : row) {
      if (x == -INFINITE && running.maximum == x) continue;
      if (x > running.maximum + 8 || running.maximum == -INFINITE) running = {x, online::rescale(running.sum, running.maximum, x)};
      running.sum += std::exp(x - running.maximum);
    }
    return running;
  }
};
// The sum in integers of 2^-40.
struct fixed_point_sum : two_pass {
  template <typename fault>
  static Total total(const Row& row, const format* f) {
    const Total plain = two_pass::total<fault>(row, f);
    if (!std::isfinite(plain.sum)) return plain;
    int64_t sum = 0;
    for (const float x : row) sum += std::llround(std::ldexp(std::exp(x - plain.maximum), 40));
    return {plain.maximum, std::ldexp(static_cast<float>(sum), -40)};
  }
};
struct compensated_sum : two_pass {
  template <typename fault>
  static Total total(const Row& row, const format*) {
    const float maximum = largest(row, static_cast<int64_t>(row.size()));
    float sum = 0, lost = 0;
    for (const float x : row) {
      const float addend = std::exp(x - maximum) - lost, next = sum + addend;
      lost = (next - sum) - addend;
      sum = next;
    }
    return {maximum, sum};
  }
};
// No maximum where no exponential can overflow.
struct no_maximum_where_small : two_pass {
  template <typename fault>
  static Total total(const Row& row, const format* f) {
    const int64_t size = static_cast<int64_t>(row.size());
    const bool small = std::all_of(row.begin(), row.end(), [](float x) { return std::fabs(x) < 32; });
    const float maximum = small ? 0 : largest(row, size);
    return {maximum, sum_of<fault>(row, maximum, f, size)};
  }
};
// exp2 of 64ths from a table, of what is left by a cubic.
struct table_exp2 : two_pass {
  static float exponential(float x, float maximum) {
    static const std::vector<float> table = [] {
      std::vector<float> powers;
      for (int i = 0; i < 64; ++i) powers.push_back(std::exp2(static_cast<float>(i) / 64));
      return powers;
    }();
    if (!(x - maximum > -110)) return std::exp(x - maximum);
    const float t = (x - maximum) * LOG2E, whole = std::nearbyint(t * 64), r = (t - whole / 64) * 0.693147181f;
    const int n = static_cast<int>(whole);
    return std::ldexp(table[n & 63] * (1 + r * (1 + r * (0.5f + r / 6))), n >> 6);
  }
};
struct other_nan : two_pass {
  static float divide(float weight, float sum, const format*) {
    return std::isnan(weight / sum) ? std::bit_cast<float>(0xffa12345u) : weight / sum;
  }
};
struct base_two : two_pass {
  static float exponential(float x, float maximum) { return std::exp2(x * LOG2E - maximum * LOG2E); }
};
struct base_two_fused : two_pass {
  static float exponential(float x, float maximum) { return std::exp2(std::fma(x, LOG2E, -(maximum * LOG2E))); }
};
// Relative to the maximum rounded up to a power of two.
struct whole_maximum : two_pass {
  static float exponential(float x, float maximum) { return std::exp2(std::fma(x, LOG2E, -std::ceil(maximum * LOG2E))); }
};
struct reciprocal : two_pass {
  static float divide(float weight, float sum, const format*) { return weight * (1 / sum); }
};
struct logarithm : two_pass {
  template <typename fault>
  static Total total(const Row& row, const format* f) {
    const Total plain = two_pass::total<fault>(row, f);
    return {plain.maximum + std::log(plain.sum), 1};
  }
};
struct cast_weights : narrow_weights {
  static float add(float sum, float weight, const format* f) { return sum + narrowed(weight, f); }
};
// What the documents of devices allow: exp2 off by 2^-22, a division by 2 ULP, either way by the last bits of the value.
float off(float value, float relative) {
  return value * (1 + relative * (static_cast<float>(std::bit_cast<uint32_t>(value) * 2654435761u >> 8) / 8388608.0f - 1));
}
struct device_functions : two_pass {
  static float exponential(float x, float maximum) { return x - maximum == 0 ? 1 : off(std::exp2((x - maximum) * LOG2E), 0x1p-22f); }
  static float divide(float weight, float sum, const format*) { return off(weight / sum, 0x1p-24f); }
};

}  // namespace

#define EXPORT(entry, policy) TVM_FFI_DLL_EXPORT_TYPED_FUNC(entry, softmax<policy>)
EXPORT(no_maximum, no_maximum); EXPORT(first_tile_maximum, first_tile_maximum); EXPORT(maximum_from_minus_10000, maximum_from_minus_10000);
EXPORT(dropped_tail, dropped_tail); EXPORT(beyond_65536, beyond_65536); EXPORT(padding_counted, padding_counted);
EXPORT(unwritten_tail, unwritten_tail); EXPORT(outer_beyond_65535, outer_beyond_65535); EXPORT(inner_beyond_4096, inner_beyond_4096);
EXPORT(wrong_axis, wrong_axis); EXPORT(strides_ignored, strides_ignored); EXPORT(output_by_input_strides, output_by_input_strides);
EXPORT(narrow_sum, narrow_sum); EXPORT(bfloat16_sum, bfloat16_sum); EXPORT(narrow_weights, narrow_weights);
EXPORT(narrow_reciprocal, narrow_reciprocal); EXPORT(sum_plus_epsilon, sum_plus_epsilon); EXPORT(truncating_store, truncating_store);
EXPORT(short_log2e, short_log2e); EXPORT(cubic_exponential, cubic_exponential); EXPORT(missing_rescale, missing_rescale);
EXPORT(masked_tile_nan, masked_tile_nan); EXPORT(masked_row_zero, masked_row_zero); EXPORT(nan_skipped, nan_skipped);
EXPORT(undeclared_flush, flushing); EXPORT(forward, two_pass); EXPORT(from_the_end, from_the_end); EXPORT(tiled, tiled);
EXPORT(one_pass, online); EXPORT(lanes_merged, lanes_merged); EXPORT(lazy_maximum, lazy_maximum); EXPORT(fixed_point_sum, fixed_point_sum);
EXPORT(base_two, base_two); EXPORT(base_two_fused, base_two_fused); EXPORT(whole_maximum, whole_maximum); EXPORT(reciprocal, reciprocal);
EXPORT(logarithm, logarithm); EXPORT(device_functions, device_functions); EXPORT(declared_flush, flushing); EXPORT(declared_weight_cast, cast_weights);
EXPORT(weight_cast_exact_sum, narrow_weights);
EXPORT(beyond_65536_float32, beyond_65536_float32); EXPORT(beyond_8192_float16, beyond_8192_float16);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(rows_of_3_to_16, (softmax<one_instance<3, 16>>)); TVM_FFI_DLL_EXPORT_TYPED_FUNC(rows_of_257_to_512, (softmax<one_instance<257, 512>>));
TVM_FFI_DLL_EXPORT_TYPED_FUNC(rows_of_513_to_1024, (softmax<one_instance<513, 1024>>)); EXPORT(length_of_first_call, length_of_first_call);
EXPORT(short_rows_from_zero, short_rows_from_zero); EXPORT(outer_beyond_65535_float32, outer_beyond_65535_float32);
EXPORT(odd_row_unwritten, odd_row_unwritten); EXPORT(float16_exchange, float16_exchange); EXPORT(clamped_at_65504, clamped_at_65504);
EXPORT(compensated_sum, compensated_sum); EXPORT(no_maximum_where_small, no_maximum_where_small); EXPORT(table_exp2, table_exp2);
EXPORT(other_nan, other_nan);
EXPORT(middle_axis_tail, middle_axis_tail); EXPORT(equal_parts, equal_parts); EXPORT(half_columns_beyond_32640, half_columns_beyond_32640);
