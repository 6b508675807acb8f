// dequantize_linear that is wrong by one fault each, and right in other legal ways.
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
using tvm::ffi::Array;
using tvm::ffi::Optional;
using tvm::ffi::TensorView;

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
  static float decode(float value, int, DLDataType) { return value; }
  static float zero_point(float value) { return value; }
  static float difference(float x, float zero_point, DLDataType) { return x - zero_point; }
  static float scale(float value) { return value; }
  // What is stored, with one rounding: a product of floats is exact in double.
  static double value(float x, float zero_point, float scale, DLDataType code) {
    return static_cast<double>(right::difference(x, zero_point, code)) * scale;
  }
  static void store(const TensorView& y, int64_t at, double value) { openxpu::store(y, at, static_cast<float>(value)); }
  static place scale_of(place p, const axis& outer, const axis& c, const axis& inner) {
    return {p.o / outer.block, p.c / c.block, p.i / inner.block};
  }
  static place zero_point_of(place scale) { return scale; }
  // Where an element of x is.
  static int64_t source(int64_t at, DLDataType) { return at; }
  static int64_t rows(int64_t outer) { return outer; }
  // How many elements of a row are written.
  static int64_t columns(int64_t inner) { return inner; }
  // A single 4-bit zero point is not read.
  static constexpr bool lone_nibble_ignored = false;
};

int64_t at(const TensorView& t, place p) { return p.o * t.stride(0) + p.c * t.stride(1) + p.i * t.stride(2); }

// The bits of an 8-bit code.
int code_at(const TensorView& t, int64_t at) {
  if (t.dtype().bits != 8) return 0;
  return static_cast<const uint8_t*>(t.data_ptr())[t.byte_offset() + at];
}

template <typename policy>
void dequantize(TensorView x, TensorView x_scale, Optional<TensorView> x_zero_point, TensorView y, Array<int64_t> block) {
  const auto along = [&](int i) {
    return axis{x.size(i), block[i] > 0 ? block[i] : std::max<int64_t>(1, x.size(i)), x_scale.size(i)};
  };
  const axis outer = along(0), c = along(1), inner = along(2);
  const bool read = x_zero_point.has_value() && !(policy::lone_nibble_ignored && x.dtype().bits == 4 && (*x_zero_point).numel() == 1);
  for (place p{0, 0, 0}; p.o < policy::rows(outer.extent); ++p.o)
    for (p.c = 0; p.c < c.extent; ++p.c)
      for (p.i = 0; p.i < policy::columns(inner.extent); ++p.i) {
        const place block_of = policy::scale_of(p, outer, c, inner);
        const int64_t source = policy::source(at(x, p), x.dtype());
        const float number = policy::decode(openxpu::load(x, source), code_at(x, source), x.dtype());
        float zero_point = 0;
        if (read)
          zero_point = policy::zero_point(openxpu::load(*x_zero_point, at(*x_zero_point, policy::zero_point_of(block_of))));
        const float scale = policy::scale(openxpu::load(x_scale, at(x_scale, block_of)));
        policy::store(y, at(y, p), policy::value(number, zero_point, scale, x.dtype()));
      }
}

// The same with a difference that is a policy of its own.
template <typename policy>
struct with_difference : right {
  static double value(float x, float zero_point, float scale, DLDataType code) {
    return static_cast<double>(policy::difference(x, zero_point, code)) * scale;
  }
};

// --- Faults: arithmetic -----------------------------------------------------------------------------------------------

struct zero_point_forgotten : right {
  static float zero_point(float) { return 0; }
};
// The difference of two codes in a type as narrow as theirs.
struct wrapping_difference {
  static float difference(float x, float zero_point, DLDataType code) {
    const int codes = 1 << code.bits, kept = (static_cast<int>(x) - static_cast<int>(zero_point)) & (codes - 1);
    return static_cast<float>(code.code == kDLInt && kept >= codes / 2 ? kept - codes : kept);
  }
};
// Saturates where the difference needs one bit more than its operands.
struct saturating_difference {
  static float difference(float x, float zero_point, DLDataType code) {
    const float codes = static_cast<float>(1 << code.bits);
    return code.code == kDLInt ? std::clamp(x - zero_point, -codes / 2, codes / 2 - 1) : std::clamp(x - zero_point, 0.0f, codes - 1);
  }
};
struct scaled_zero_point : right {
  static double value(float x, float zero_point, float scale, DLDataType) {
    volatile float product = x * scale, shift = zero_point * scale;
    return product - shift;
  }
};
struct fused_zero_point : right {
  static double value(float x, float zero_point, float scale, DLDataType) {
    volatile float shift = zero_point * scale;
    return std::fma(x, scale, -shift);
  }
};
struct half_zero_point : right {
  static double value(float x, float zero_point, float scale, DLDataType) {
    return openxpu::round_to(x * scale, openxpu::float16) - openxpu::round_to(zero_point * scale, openxpu::float16);
  }
};
struct inverse_scale : right {
  static double value(float x, float zero_point, float scale, DLDataType) {
    volatile float inverse = 1 / scale;
    return (x - zero_point) / inverse;
  }
};
struct tf32_scale : right {
  static float scale(float value) {
    int exponent;
    const float fraction = std::frexp(value, &exponent);
    return std::ldexp(std::nearbyint(fraction * 2048) / 2048, exponent);
  }
};

// A shift where log2 of the scale looks like an integer.
struct near_power_is_shift : right {
  static float scale(float value) {
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    return std::bit_cast<float>((bits & 0x7ffff8) == 0 ? bits & ~7u : bits);
  }
};
// e4m3fn bits as a float16 are 2^8 too small; the scale makes up for it and overflows.
struct bias_in_half_scale : right {
  static double value(float x, float, float scale, DLDataType) {
    return std::isnan(x) ? x : x / 256 * openxpu::round_to(scale * 256, openxpu::float16);
  }
};

// Rounds to a type of `bits` bits with the given rounding of the scaled significand.
template <double (*rounded)(double)>
double round_significand(double value, int bits) {
  if (value == 0 || !std::isfinite(value)) return value;
  const int exponent = std::max(std::ilogb(value), bits == 11 ? -14 : -126);
  return std::ldexp(rounded(std::ldexp(value, bits - 1 - exponent)), exponent - bits + 1);
}
struct truncating_store : right {
  static void store(const TensorView& y, int64_t at, double value) {
    right::store(y, at, round_significand<std::trunc>(value, y.dtype().bits == 16 ? 11 : 24));
  }
};
struct half_away_store : right {
  static void store(const TensorView& y, int64_t at, double value) {
    right::store(y, at, round_significand<std::round>(value, y.dtype().bits == 16 ? 11 : 24));
  }
};
struct bfloat16_store : right {
  static void store(const TensorView& y, int64_t at, double value) {
    right::store(y, at, openxpu::round_to(static_cast<float>(value), openxpu::bfloat16));
  }
};
struct subnormals_flushed : right {
  static void store(const TensorView& y, int64_t at, double value) { right::store(y, at, std::fabs(value) < 0x1p-14 ? 0 : value); }
};
struct adds_to_output : right {
  static void store(const TensorView& y, int64_t at, double value) { right::store(y, at, openxpu::load(y, at) + value); }
};

// --- Faults: scales ---------------------------------------------------------------------------------------------------

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
struct outer_blocks_ignored : right {
  static place scale_of(place p, const axis& outer, const axis& c, const axis& inner) {
    const place s = right::scale_of(p, outer, c, inner);
    return {outer.block > 1 ? 0 : s.o, s.c, s.i};
  }
};
// A plan of the first call serves every later one.
struct block_of_first_call : right {
  static place scale_of(place p, const axis& outer, const axis& c, const axis& inner) {
    static const int64_t first = inner.block;
    return {p.o / outer.block, p.c / c.block, std::min(p.i / first, inner.count - 1)};
  }
};

// --- Faults: codes and tails ------------------------------------------------------------------------------------------

struct nibbles_swapped : right {
  static int64_t source(int64_t at, DLDataType type) { return type.bits == 4 ? at ^ 1 : at; }
};
struct lone_nibble : right {
  static constexpr bool lone_nibble_ignored = true;
};
struct sign_extension_missing : right {
  static float decode(float value, int, DLDataType type) { return value < 0 ? value + static_cast<float>(1 << type.bits) : value; }
};
struct unsigned_read_as_signed : right {
  static float decode(float value, int, DLDataType type) {
    const float codes = static_cast<float>(1 << type.bits);
    return value >= codes / 2 ? value - codes : value;
  }
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
// Exponent bias 8 for 7, as float8_e4m3fnuz has it.
struct bias_of_fnuz : right {
  static float decode(float value, int, DLDataType) { return value / 2; }
};
struct other_float : right {
  static float decode(float, int code, DLDataType type) {
    return openxpu::decode(code, type.code == kDLFloat8_e5m2 ? openxpu::float8_e4m3fn : openxpu::float8_e5m2);
  }
};
struct subnormal_codes_flushed : right {
  static float decode(float value, int, DLDataType type) {
    return std::fabs(value) < std::ldexp(1.0f, openxpu::format_of(type)->min_exponent) ? 0 : value;
  }
};
// No code is NaN or an infinity: the largest exponent is one like the others.
struct specials_are_numbers : right {
  static float decode(float value, int code, DLDataType type) {
    if (std::isfinite(value)) return value;
    const format& f = *openxpu::format_of(type);
    const int magnitude = code & (f.sign - 1), fraction = magnitude & ((1 << f.fraction) - 1);
    const float number = std::ldexp(static_cast<float>(fraction + (1 << f.fraction)), (magnitude >> f.fraction) - 1 + f.min_exponent - f.fraction);
    return code & f.sign ? -number : number;
  }
};

// --- Legal ------------------------------------------------------------------------------------------------------------

struct float_product : right {
  static double value(float x, float zero_point, float scale, DLDataType) { return (x - zero_point) * scale; }
};
// A float16 product as hardware multiplies two float16 numbers: one rounding.
struct half_product : right {
  static double value(float x, float zero_point, float scale, DLDataType) {
    const float difference = openxpu::round_to(x - zero_point, openxpu::float16);
    return openxpu::round_to(difference * scale, openxpu::float16);
  }
};
struct doubled_scale : right {
  static double value(float x, float zero_point, float scale, DLDataType) { return (x / 2 - zero_point / 2) * (2.0 * scale); }
};
// The product of float64 with the scaled zero point is exact.
struct double_fma : right {
  static double value(float x, float zero_point, float scale, DLDataType) {
    const double wide = scale;
    return std::fma(static_cast<double>(x), wide, -zero_point * wide);
  }
};
// 2^23 + code has the code in its last bits.
struct magic_codes : right {
  static double value(float x, float zero_point, float scale, DLDataType) {
    const auto number = [](float code) { return std::bit_cast<float>(0x4b000080 + static_cast<int>(code)); };
    return static_cast<double>(number(x) - number(zero_point)) * scale;
  }
};
// The bits of a code as those of a float16, times what the biases of both exponents differ by.
struct code_as_half : right {
  static float decode(float value, int code, DLDataType type) {
    if (type.code == kDLFloat8_e5m2) return openxpu::decode(code << 8, openxpu::float16);
    return std::isnan(value) ? value : openxpu::decode((code & 0x80) << 8 | (code & 0x7f) << 7, openxpu::float16) * 256;
  }
};
struct shifted_scales : right {
  static double value(float x, float zero_point, float scale, DLDataType) {
    const int difference = static_cast<int>(x - zero_point);
    double sum = 0;
    for (int bit = 0; bit < 9; ++bit) sum += (std::abs(difference) >> bit & 1) * std::ldexp(static_cast<double>(scale), bit);
    return difference < 0 ? -sum : sum;
  }
};
struct minus_zero : right {
  static void store(const TensorView& y, int64_t at, double value) { right::store(y, at, value == 0 ? -0.0 : value); }
};
// Two pieces of the scale: both products are exact in float32 and their sum rounds once.
struct exact_pieces : right {
  static double value(float x, float zero_point, float scale, DLDataType) {
    const float difference = x - zero_point, high = std::bit_cast<float>(std::bit_cast<uint32_t>(scale) & ~0xfffu);
    const float product = high * difference;
    return std::isfinite(product) ? std::fma(scale - high, difference, product) : product;
  }
};
// Significands as integers, rounded by hand.
struct integer_product : right {
  static double value(float x, float zero_point, float scale, DLDataType code) {
    const float difference = x - zero_point;
    if (difference == 0 || !std::isfinite(difference)) return right::value(x, zero_point, scale, code);
    int a, b;
    const auto first = static_cast<uint64_t>(std::ldexp(std::frexp(std::fabs(difference), &a), 24));
    const auto second = static_cast<uint64_t>(std::ldexp(std::frexp(scale, &b), 24));
    uint64_t product = first * second;
    const int drop = std::bit_width(product) - 24;
    const uint64_t half = uint64_t{1} << (drop - 1), rest = product & (2 * half - 1);
    product >>= drop;
    if (rest > half || (rest == half && product % 2 == 1)) ++product;
    return std::copysign(std::ldexp(static_cast<double>(product), a + b - 48 + drop), difference);
  }
};
struct either_zero : right {
  static void store(const TensorView& y, int64_t at, double value) { right::store(y, at, value == 0 ? 0 : value); }
};

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(right, dequantize<right>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(zero_point_forgotten, dequantize<zero_point_forgotten>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(wrapping_difference, dequantize<with_difference<wrapping_difference>>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(saturating_difference, dequantize<with_difference<saturating_difference>>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(scaled_zero_point, dequantize<scaled_zero_point>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(fused_zero_point, dequantize<fused_zero_point>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(half_zero_point, dequantize<half_zero_point>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(inverse_scale, dequantize<inverse_scale>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(tf32_scale, dequantize<tf32_scale>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(truncating_store, dequantize<truncating_store>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(half_away_store, dequantize<half_away_store>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(bfloat16_store, dequantize<bfloat16_store>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(subnormals_flushed, dequantize<subnormals_flushed>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(adds_to_output, dequantize<adds_to_output>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(first_scale, dequantize<first_scale>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(first_zero_point, dequantize<first_zero_point>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(channel_of_wrong_axis, dequantize<channel_of_wrong_axis>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(outer_ignored, dequantize<outer_ignored>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(boundary_off_by_one, dequantize<boundary_off_by_one>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(short_block, dequantize<short_block>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(nibbles_swapped, dequantize<nibbles_swapped>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(sign_extension_missing, dequantize<sign_extension_missing>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(unsigned_read_as_signed, dequantize<unsigned_read_as_signed>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(tail_unwritten, dequantize<tail_unwritten>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(bias_of_fnuz, dequantize<bias_of_fnuz>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(other_float, dequantize<other_float>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(subnormal_codes_flushed, dequantize<subnormal_codes_flushed>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(specials_are_numbers, dequantize<specials_are_numbers>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(short_outer_block, dequantize<short_outer_block>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(scales_beyond_256_wrap, dequantize<scales_beyond_256_wrap>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(scales_beyond_4096_wrap, dequantize<scales_beyond_4096_wrap>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(lone_nibble, dequantize<lone_nibble>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(float_product, dequantize<float_product>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(half_product, dequantize<half_product>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(doubled_scale, dequantize<doubled_scale>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(exact_zero_point, dequantize<scaled_zero_point>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(double_fma, dequantize<double_fma>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(magic_codes, dequantize<magic_codes>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(code_as_half, dequantize<code_as_half>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(shifted_scales, dequantize<shifted_scales>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(either_zero, dequantize<either_zero>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(near_power_is_shift, dequantize<near_power_is_shift>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(bias_in_half_scale, dequantize<bias_in_half_scale>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(outer_blocks_ignored, dequantize<outer_blocks_ignored>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(block_of_first_call, dequantize<block_of_first_call>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(scales_beyond_12288_wrap, dequantize<scales_beyond_12288_wrap>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(columns_in_int16, dequantize<columns_in_int16>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(rows_beyond_grid, dequantize<rows_beyond_grid>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(minus_zero, dequantize<minus_zero>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(exact_pieces, dequantize<exact_pieces>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(integer_product, dequantize<integer_product>);
