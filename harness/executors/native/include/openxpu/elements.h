// Elements of tensors as float for kernels in portable C++: conversion to and from the narrow floats, strided access.
// Optional: a kernel may bring its own. Namespace openxpu; needs <tvm/ffi/container/tensor.h>.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <tvm/ffi/container/tensor.h>

namespace openxpu {

using tvm::ffi::TensorView;

enum class rounding { half_even, toward_zero };

// A narrow float: stored bits of the fraction, exponent of the smallest normal number, bits of the largest finite number,
// bits of what overflows (an infinity, or NaN where the format has none).
struct format {
  int fraction;
  int min_exponent;
  int largest;
  int overflow;
  int nan;
  int sign;
};
inline constexpr format float16{10, -14, 0x7bff, 0x7c00, 0x7e00, 0x8000};
inline constexpr format bfloat16{7, -126, 0x7f7f, 0x7f80, 0x7fc0, 0x8000};
inline constexpr format float8_e4m3fn{3, -6, 0x7e, 0x7f, 0x7f, 0x80};
inline constexpr format float8_e5m2{2, -14, 0x7b, 0x7c, 0x7e, 0x80};

inline float decode(int bits, const format& f) {
  const int magnitude = bits & (f.sign - 1);
  const float sign = bits & f.sign ? -1.0f : 1.0f;
  if (magnitude > f.largest) return magnitude == f.overflow && f.overflow != f.nan ? sign * INFINITY : NAN;
  const int exponent = magnitude >> f.fraction;
  const int implicit = exponent == 0 ? 0 : 1 << f.fraction;
  const int significand = (magnitude & ((1 << f.fraction) - 1)) + implicit;
  return sign * std::ldexp(static_cast<float>(significand), std::max(exponent, 1) - 1 + f.min_exponent - f.fraction);
}

// A significand that rounds up carries into the exponent by plain addition.
inline int encode(float value, const format& f, rounding mode = rounding::half_even) {
  const int sign = std::signbit(value) ? f.sign : 0;
  if (std::isnan(value)) return sign | f.nan;
  if (std::isinf(value)) return sign | f.overflow;
  const float magnitude = std::fabs(value);
  const int exponent = std::max(magnitude == 0 ? f.min_exponent : std::ilogb(magnitude), f.min_exponent);
  const float scaled = std::ldexp(magnitude, f.fraction - exponent);
  const float steps = mode == rounding::half_even ? std::nearbyint(scaled) : std::trunc(scaled);
  const int64_t bits = static_cast<int64_t>(steps) + (static_cast<int64_t>(exponent - f.min_exponent) << f.fraction);
  if (bits > f.largest) return sign | (mode == rounding::half_even ? f.overflow : f.largest);
  return sign | static_cast<int>(bits);
}

// Rounds to a narrow float and back: an intermediate kept in that type.
inline float round_to(float value, const format& f, rounding mode = rounding::half_even) {
  return decode(encode(value, f, mode), f);
}

// The format of a dtype, nullptr where it is no narrow float.
inline const format* format_of(DLDataType type) {
  if (type.code == kDLBfloat) return &bfloat16;
  if (type.code == kDLFloat && type.bits == 16) return &float16;
  if (type.code == kDLFloat8_e4m3fn) return &float8_e4m3fn;
  if (type.code == kDLFloat8_e5m2) return &float8_e5m2;
  return nullptr;
}

// The element at a place counted from the data pointer, in elements.
inline float load(const TensorView& t, int64_t place) {
  const auto* data = static_cast<const char*>(t.data_ptr()) + t.byte_offset();
  const DLDataType type = t.dtype();
  if (const format* narrow = format_of(type)) {
    const int bits = type.bits == 16 ? reinterpret_cast<const uint16_t*>(data)[place] : static_cast<uint8_t>(data[place]);
    return decode(bits, *narrow);
  }
  if (type.code == kDLFloat) return reinterpret_cast<const float*>(data)[place];
  if (type.bits == 4) {
    const int nibble = static_cast<uint8_t>(data[place / 2]) >> (4 * (place % 2)) & 15;
    return static_cast<float>(type.code == kDLInt && nibble > 7 ? nibble - 16 : nibble);
  }
  if (type.bits == 8) return static_cast<float>(type.code == kDLInt ? static_cast<int8_t>(data[place]) : static_cast<uint8_t>(data[place]));
  return static_cast<float>(reinterpret_cast<const int32_t*>(data)[place]);
}

// Stores a value; integer dtypes want one in their range. Both nibbles of a byte of int4 must be stored by the same thread.
inline void store(const TensorView& t, int64_t place, float value, rounding mode = rounding::half_even) {
  auto* data = static_cast<char*>(t.data_ptr()) + t.byte_offset();
  const DLDataType type = t.dtype();
  if (const format* narrow = format_of(type)) {
    const int bits = encode(value, *narrow, mode);
    if (type.bits == 16) reinterpret_cast<uint16_t*>(data)[place] = static_cast<uint16_t>(bits);
    else data[place] = static_cast<char>(bits);
  } else if (type.code == kDLFloat) {
    reinterpret_cast<float*>(data)[place] = value;
  } else if (type.bits == 4) {
    const int shift = 4 * static_cast<int>(place % 2);
    const int kept = static_cast<uint8_t>(data[place / 2]) & ~(15 << shift);
    data[place / 2] = static_cast<char>(kept | (static_cast<int>(value) & 15) << shift);
  } else if (type.bits == 8) {
    data[place] = static_cast<char>(static_cast<int>(value));
  } else {
    reinterpret_cast<int32_t*>(data)[place] = static_cast<int32_t>(value);
  }
}

// The place of each element, in row-major order of the indices: what strides are for.
inline std::vector<int64_t> places(const TensorView& t) {
  std::vector<int64_t> all{0};
  for (int axis = 0; axis < t.ndim(); ++axis) {
    std::vector<int64_t> next;
    next.reserve(all.size() * static_cast<size_t>(t.size(axis)));
    for (const int64_t base : all)
      for (int64_t i = 0; i < t.size(axis); ++i) next.push_back(base + i * t.stride(axis));
    all = std::move(next);
  }
  return all;
}

// All elements as float, row-major.
inline std::vector<float> widen(const TensorView& t) {
  std::vector<float> wide;
  for (const int64_t place : places(t)) wide.push_back(load(t, place));
  return wide;
}

// Writes all elements, row-major.
inline void narrow(const TensorView& t, const std::vector<float>& wide, rounding mode = rounding::half_even) {
  size_t next = 0;
  for (const int64_t place : places(t)) store(t, place, wide[next++], mode);
}

}  // namespace openxpu
