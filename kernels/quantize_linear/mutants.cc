// quantize_linear that is wrong by one fault each, and right in other legal ways.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include <openxpu/elements.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

namespace {

using openxpu::format;
using openxpu::rounding;
using tvm::ffi::Array;
using tvm::ffi::Optional;
using tvm::ffi::TensorView;

// What Q holds.
struct limits {
  float low, high;
};

limits limits_of(DLDataType type) {
  if (const format* narrow = openxpu::format_of(type)) {
    const float largest = openxpu::decode(narrow->largest, *narrow);
    return {-largest, largest};
  }
  const float codes = static_cast<float>(1 << type.bits);
  return type.code == kDLInt ? limits{-codes / 2, codes / 2 - 1} : limits{0, codes - 1};
}

// One axis of x: its extent, the extent of a block and the number of blocks.
struct axis {
  int64_t extent, block, count;
};

// The place of an element and of its scale along outer, C and inner.
struct place {
  int64_t o, c, i;
};

// What a variant may change of a right kernel.
struct right {
  static float read(const TensorView& x, int64_t at) { return openxpu::load(x, at); }
  static float quotient(float x, float scale) { return x / scale; }
  // An integer of Q.
  static float settle(float t, float zero_point, limits q) { return std::clamp(std::nearbyint(t) + zero_point, q.low, q.high); }
  // What is stored as an 8-bit float.
  static float saturate(float t, limits q, const format&) { return std::clamp(t, q.low, q.high); }
  static rounding mode() { return rounding::half_even; }
  static place scale_of(place p, const axis& outer, const axis& c, const axis& inner) {
    return {p.o / outer.block, p.c / c.block, p.i / inner.block};
  }
  static place zero_point_of(place scale) { return scale; }
  static float zero_point(float value, DLDataType) { return value; }
  static int64_t rows(int64_t outer) { return outer; }
  // How many elements of a row are written.
  static int64_t columns(int64_t inner) { return inner; }
  // Where an element goes in y.
  static int64_t target(int64_t at, DLDataType) { return at; }
  // Behind an odd number of 4-bit elements.
  static float padding() { return 0; }
  // A single 4-bit zero point is not read.
  static constexpr bool lone_nibble_ignored = false;
};

int64_t at(const TensorView& t, place p) { return p.o * t.stride(0) + p.c * t.stride(1) + p.i * t.stride(2); }

template <typename policy>
void quantize(TensorView x, TensorView y_scale, Optional<TensorView> y_zero_point, TensorView y, Array<int64_t> block) {
  const auto along = [&](int i) {
    return axis{x.size(i), block[i] > 0 ? block[i] : std::max<int64_t>(1, x.size(i)), y_scale.size(i)};
  };
  const axis outer = along(0), c = along(1), inner = along(2);
  const bool read = y_zero_point.has_value() && !(policy::lone_nibble_ignored && y.dtype().bits == 4 && (*y_zero_point).numel() == 1);
  const limits q = limits_of(y.dtype());
  const format* const narrow = openxpu::format_of(y.dtype());
  for (place p{0, 0, 0}; p.o < policy::rows(outer.extent); ++p.o)
    for (p.c = 0; p.c < c.extent; ++p.c)
      for (p.i = 0; p.i < policy::columns(inner.extent); ++p.i) {
        const place scale = policy::scale_of(p, outer, c, inner);
        const float t = policy::quotient(policy::read(x, at(x, p)), openxpu::load(y_scale, at(y_scale, scale)));
        const int64_t target = policy::target(at(y, p), y.dtype());
        if (narrow != nullptr) {
          openxpu::store(y, target, policy::saturate(t, q, *narrow), policy::mode());
          continue;
        }
        float zero_point = 0;
        if (read) {
          const int64_t shift = at(*y_zero_point, policy::zero_point_of(scale));
          zero_point = policy::zero_point(openxpu::load(*y_zero_point, shift), y.dtype());
        }
        openxpu::store(y, target, policy::settle(t, zero_point, q));
      }
  const int64_t count = outer.extent * c.extent * inner.extent;
  if (y.dtype().bits == 4 && count % 2 == 1 && policy::target(0, y.dtype()) == 0) openxpu::store(y, count, policy::padding());
}

// --- Faults: rounding and limits of integers --------------------------------------------------------------------------

struct half_away : right {
  static float settle(float t, float zero_point, limits q) { return std::clamp(std::round(t) + zero_point, q.low, q.high); }
};
struct floor_half : right {
  static float settle(float t, float zero_point, limits q) { return std::clamp(std::floor(t + 0.5f) + zero_point, q.low, q.high); }
};
struct truncation : right {
  static float settle(float t, float zero_point, limits q) { return std::clamp(std::trunc(t) + zero_point, q.low, q.high); }
};
struct wraps : right {
  static float settle(float t, float zero_point, limits) { return std::nearbyint(std::clamp(t, -0x1p30f, 0x1p30f)) + zero_point; }
};
struct clamp_before_zero_point : right {
  static float settle(float t, float zero_point, limits q) {
    return std::clamp(std::clamp(std::nearbyint(t), q.low, q.high) + zero_point, q.low, q.high);
  }
};
struct zero_point_before_rounding : right {
  static float settle(float t, float zero_point, limits q) { return std::nearbyint(std::clamp(t + zero_point, q.low, q.high)); }
};
struct zero_point_forgotten : right {
  static float zero_point(float, DLDataType) { return 0; }
};
// 0.49999997 + 1/2 is 1; ties are mended afterwards.
struct almost_half : right {
  static float settle(float t, float zero_point, limits q) {
    const float whole = std::floor(t + 0.5f);
    const bool tie = t - std::floor(t) == 0.5f && std::fmod(whole, 2.0f) != 0;
    return std::clamp(whole - static_cast<float>(tie) + zero_point, q.low, q.high);
  }
};
// cvtps2dq gives the smallest int32 for what does not fit.
struct int32_before_limits : right {
  static float settle(float t, float zero_point, limits q) {
    return right::settle(std::fabs(t) < 0x1p31f ? t : -0x1p31f, zero_point, q);
  }
};
struct symmetric_range : right {
  static float settle(float t, float zero_point, limits q) { return right::settle(t, zero_point, {q.low + 1, q.high}); }
};
struct rounded_through_half : right {
  static float quotient(float x, float scale) {
    return openxpu::round_to(std::clamp(x / scale, -65504.0f, 65504.0f), openxpu::float16);
  }
};

// --- Faults: scales ---------------------------------------------------------------------------------------------------

struct short_reciprocal : right {
  // 12 bits, as rcpps gives before a Newton step.
  static float quotient(float x, float scale) {
    int exponent;
    const float fraction = std::frexp(1 / scale, &exponent);
    return x * std::ldexp(std::nearbyint(fraction * 4096) / 4096, exponent);
  }
};
// Its lowest 3 bits are cut off.
struct reciprocal_of_21_bits : right {
  static float quotient(float x, float scale) { return x * std::bit_cast<float>(std::bit_cast<uint32_t>(1 / scale) & ~7u); }
};
struct half_scale : right {
  static float quotient(float x, float scale) { return x / openxpu::round_to(scale, openxpu::float16); }
};
struct first_scale : right {
  static place scale_of(place, const axis&, const axis&, const axis&) { return {0, 0, 0}; }
};
struct first_zero_point : right {
  static place zero_point_of(place) { return {0, 0, 0}; }
};
struct channel_of_wrong_axis : right {
  static place scale_of(place p, const axis& outer, const axis& c, const axis& inner) {
    return right::scale_of({p.o, p.i % c.extent, p.i}, outer, c, inner);
  }
};
struct outer_ignored : right {
  static place scale_of(place p, const axis& outer, const axis& c, const axis& inner) {
    return right::scale_of({0, p.c, p.i}, outer, c, inner);
  }
};
struct boundary_off_by_one : right {
  static place scale_of(place p, const axis& outer, const axis& c, const axis& inner) {
    return right::scale_of({p.o, p.c, std::min(p.i + 1, inner.extent - 1)}, outer, c, inner);
  }
};
// The number of blocks is rounded down: a short one takes the scale before it.
struct short_block : right {
  static place scale_of(place p, const axis& outer, const axis& c, const axis& inner) {
    const auto last = [](const axis& a, int64_t i) { return std::min(i / a.block, std::max<int64_t>(1, a.extent / a.block) - 1); };
    return {last(outer, p.o), last(c, p.c), last(inner, p.i)};
  }
};
struct short_outer_block : right {
  static place scale_of(place p, const axis& outer, const axis& c, const axis& inner) {
    p.o = std::min(p.o, std::max(outer.block, outer.extent / outer.block * outer.block) - 1);
    return right::scale_of(p, outer, c, inner);
  }
};
// A table of scales with so many places.
template <int64_t places>
struct scales_wrap : right {
  static place scale_of(place p, const axis& outer, const axis& c, const axis& inner) {
    const place s = right::scale_of(p, outer, c, inner);
    const int64_t flat = ((s.o * c.count + s.c) * inner.count + s.i) % places;
    return {flat / inner.count / c.count, flat / inner.count % c.count, flat % inner.count};
  }
};
struct scales_beyond_256_wrap : scales_wrap<256> {};
struct scales_beyond_4096_wrap : scales_wrap<4096> {};
// 48 KiB of them.
struct scales_beyond_12288_wrap : scales_wrap<12288> {};
// A shift where log2 of the scale looks like an integer.
struct near_power_is_shift : right {
  static float quotient(float x, float scale) {
    const uint32_t bits = std::bit_cast<uint32_t>(scale);
    return x / std::bit_cast<float>((bits & 0x7ffff8) == 0 ? bits & ~7u : bits);
  }
};
// A plan of the first call serves every later one.
struct block_of_first_call : right {
  static place scale_of(place p, const axis& outer, const axis& c, const axis& inner) {
    static const int64_t first = inner.block;
    return {p.o / outer.block, p.c / c.block, std::min(p.i / first, inner.count - 1)};
  }
};

// --- Faults: nibbles, signs, tails ------------------------------------------------------------------------------------

struct nibbles_swapped : right {
  static int64_t target(int64_t at, DLDataType type) { return type.bits == 4 ? at ^ 1 : at; }
};
struct unsigned_zero_point : right {
  static float zero_point(float value, DLDataType type) { return value < 0 ? value + static_cast<float>(1 << type.bits) : value; }
};
struct signed_zero_point : right {
  static float zero_point(float value, DLDataType type) {
    const float codes = static_cast<float>(1 << type.bits);
    return value >= codes / 2 ? value - codes : value;
  }
};
struct lone_nibble : right {
  static constexpr bool lone_nibble_ignored = true;
};
struct tail_unwritten : right {
  static int64_t columns(int64_t inner) { return inner > 16 ? inner / 16 * 16 : inner; }
};
struct columns_in_int16 : right {
  static int64_t columns(int64_t inner) { return std::min<int64_t>(inner, 32768); }
};
// gridDim.y ends at 65535.
struct rows_beyond_grid : right {
  static int64_t rows(int64_t outer) { return std::min<int64_t>(outer, 65535); }
};

// --- Faults: 8-bit floats ---------------------------------------------------------------------------------------------

struct unsaturated : right {
  static float saturate(float t, limits, const format&) { return t; }
};
struct truncating : right {
  static rounding mode() { return rounding::toward_zero; }
};
struct subnormals_flushed : right {
  static float saturate(float t, limits q, const format& f) {
    return std::fabs(t) < std::ldexp(1.0f, f.min_exponent) ? 0 : right::saturate(t, q, f);
  }
};
struct nan_saturates : right {
  static float saturate(float t, limits q, const format&) { return std::fmax(q.low, std::fmin(q.high, t)); }
};
struct infinity_unsaturated : right {
  static float saturate(float t, limits q, const format& f) { return std::isinf(t) ? t : right::saturate(t, q, f); }
};

struct signalling_nan_as_infinity : right {
  static float read(const TensorView& x, int64_t at) {
    const float value = right::read(x, at);
    if (!std::isnan(value)) return value;
    const auto* data = static_cast<const char*>(x.data_ptr()) + x.byte_offset();
    const uint32_t quiet = x.dtype().bits == 16 ? reinterpret_cast<const uint16_t*>(data)[at] >> 9 : reinterpret_cast<const uint32_t*>(data)[at] >> 22;
    return quiet % 2 == 1 ? value : INFINITY;
  }
};

// --- Legal ------------------------------------------------------------------------------------------------------------

struct reciprocal : right {
  static float quotient(float x, float scale) { return x * (1 / scale); }
};
struct double_division : right {
  static float quotient(float x, float scale) { return static_cast<float>(static_cast<double>(x) / scale); }
};
// Adding 1.5 * 2^23 leaves no bits behind the point.
struct magic_rounding : right {
  static float settle(float t, float zero_point, limits q) {
    volatile float shifted = std::clamp(t, -1024.0f, 1024.0f) + 0x1.8p23f;
    return std::clamp(shifted - 0x1.8p23f + zero_point, q.low, q.high);
  }
};
struct limits_first : right {
  static float settle(float t, float zero_point, limits q) {
    return std::nearbyint(std::clamp(t, q.low - zero_point, q.high - zero_point)) + zero_point;
  }
};
// The nearest number of the format by search; of two as near, the one with the even code.
struct nearest_code : right {
  static float saturate(float t, limits q, const format& f) {
    if (std::isnan(t)) return t;
    const double magnitude = std::min<double>(std::fabs(t), q.high);
    int best = 0;
    for (int code = 1; code <= f.largest; ++code) {
      const double error = std::fabs(openxpu::decode(code, f) - magnitude), least = std::fabs(openxpu::decode(best, f) - magnitude);
      if (error < least || (error == least && code % 2 == 0)) best = code;
    }
    return std::copysign(openxpu::decode(best, f), t);
  }
};
// A product with the reciprocal and one Newton step: a correctly rounded division.
struct newton : right {
  static float quotient(float x, float scale) {
    const float reciprocal = 1 / scale, t = x * reciprocal, better = std::fma(std::fma(-t, scale, x), reciprocal, t);
    return std::isfinite(better) ? better : t;
  }
};
// Long division of significands; what remains is a sticky bit.
struct significands : right {
  static float quotient(float x, float scale) {
    if (x == 0 || !std::isfinite(x)) return x / scale;
    int a, b;
    const double dividend = std::frexp(std::fabs(static_cast<double>(x)), &a), divisor = std::frexp(static_cast<double>(scale), &b);
    const auto top = static_cast<int64_t>(std::ldexp(dividend, 60)), below = static_cast<int64_t>(std::ldexp(divisor, 26));
    const int64_t whole = (top / below) | static_cast<int64_t>(top % below != 0);
    return static_cast<float>(std::copysign(std::ldexp(static_cast<double>(whole), a - b - 34), x));
  }
};
struct bits_of_magic : right {
  static float settle(float t, float zero_point, limits q) {
    const float shifted = std::clamp(t, q.low - zero_point, q.high - zero_point) + 0x1.8p23f;
    return static_cast<float>(std::bit_cast<int32_t>(shifted) - 0x4b400000) + zero_point;
  }
};
// Within 1.5 ULP, to either side.
struct two_ulps : right {
  static float quotient(float x, float scale) {
    const float t = x / scale;
    const bool exact = (std::bit_cast<uint32_t>(scale) & 0x7fffff) == 0 || t == 0 || !std::isfinite(t);
    return exact ? t : std::nextafter(t, std::bit_cast<uint32_t>(x) >> 16 & 1 ? INFINITY : -INFINITY);
  }
};
// Saturates to int16, adds in int16 and saturates again.
struct through_int16 : right {
  static float settle(float t, float zero_point, limits q) {
    const float narrow = std::clamp(std::nearbyint(t), -32768.0f, 32767.0f);
    return std::clamp(std::clamp(narrow + zero_point, -32768.0f, 32767.0f), q.low, q.high);
  }
};
// Through float16 rounded to odd: no tie is made.
struct half_round_to_odd : right {
  static float saturate(float t, limits q, const format& f) {
    if (std::isnan(t)) return t;
    const float limited = right::saturate(t, q, f);
    const int bits = openxpu::encode(limited, openxpu::float16, rounding::toward_zero);
    return openxpu::decode(bits, openxpu::float16) == limited ? limited : openxpu::decode(bits | 1, openxpu::float16);
  }
};
struct either_zero : right {
  static float saturate(float t, limits q, const format& f) { return openxpu::round_to(t, f) == 0 ? 0 : right::saturate(t, q, f); }
};
struct padding_of_sevens : right {
  static float padding() { return 7; }
};

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(right, quantize<right>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(half_away, quantize<half_away>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(floor_half, quantize<floor_half>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(truncation, quantize<truncation>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(wraps, quantize<wraps>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(clamp_before_zero_point, quantize<clamp_before_zero_point>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(zero_point_before_rounding, quantize<zero_point_before_rounding>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(zero_point_forgotten, quantize<zero_point_forgotten>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(int32_before_limits, quantize<int32_before_limits>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(symmetric_range, quantize<symmetric_range>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(rounded_through_half, quantize<rounded_through_half>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(short_reciprocal, quantize<short_reciprocal>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(half_scale, quantize<half_scale>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(first_scale, quantize<first_scale>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(first_zero_point, quantize<first_zero_point>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(channel_of_wrong_axis, quantize<channel_of_wrong_axis>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(outer_ignored, quantize<outer_ignored>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(boundary_off_by_one, quantize<boundary_off_by_one>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(short_block, quantize<short_block>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(nibbles_swapped, quantize<nibbles_swapped>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(unsigned_zero_point, quantize<unsigned_zero_point>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(signed_zero_point, quantize<signed_zero_point>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(tail_unwritten, quantize<tail_unwritten>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(unsaturated, quantize<unsaturated>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(truncating, quantize<truncating>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(subnormals_flushed, quantize<subnormals_flushed>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(nan_saturates, quantize<nan_saturates>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(infinity_unsaturated, quantize<infinity_unsaturated>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(reciprocal_of_21_bits, quantize<reciprocal_of_21_bits>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(short_outer_block, quantize<short_outer_block>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(scales_beyond_256_wrap, quantize<scales_beyond_256_wrap>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(scales_beyond_4096_wrap, quantize<scales_beyond_4096_wrap>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(lone_nibble, quantize<lone_nibble>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(reciprocal, quantize<reciprocal>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(double_division, quantize<double_division>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(magic_rounding, quantize<magic_rounding>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(limits_first, quantize<limits_first>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(nearest_code, quantize<nearest_code>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(newton, quantize<newton>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(significands, quantize<significands>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(bits_of_magic, quantize<bits_of_magic>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(either_zero, quantize<either_zero>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(padding_of_sevens, quantize<padding_of_sevens>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(almost_half, quantize<almost_half>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(near_power_is_shift, quantize<near_power_is_shift>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(block_of_first_call, quantize<block_of_first_call>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(scales_beyond_12288_wrap, quantize<scales_beyond_12288_wrap>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(columns_in_int16, quantize<columns_in_int16>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(rows_beyond_grid, quantize<rows_beyond_grid>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(signalling_nan_as_infinity, quantize<signalling_nan_as_infinity>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(two_ulps, quantize<two_ulps>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(through_int16, quantize<through_int16>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(half_round_to_odd, quantize<half_round_to_odd>);
