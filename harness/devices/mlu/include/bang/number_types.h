// The element types: half, bfloat16_t and the short integer names. float and the integers are the compiler's own.
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include "rounding.h"

namespace openxpu::mlu {

// The bits of v in a binary format of 16 bits with `mantissa` stored bits; one rounding, subnormals kept.
// assumption (open point 2): an overflow follows IEEE 754, to infinity in the nearest modes.
template <int mantissa>
std::uint16_t encode16(double v, rounding mode) {
  constexpr int exponent_bits = 15 - mantissa;
  constexpr int lowest_exponent = 2 - (1 << (exponent_bits - 1));
  constexpr int infinity = ((1 << exponent_bits) - 1) << mantissa;
  const bool negative = std::signbit(v);
  const int sign = negative ? 0x8000 : 0;
  if (std::isnan(v)) return static_cast<std::uint16_t>(sign | infinity | (1 << (mantissa - 1)));
  if (v == 0) return static_cast<std::uint16_t>(sign);
  if (std::isinf(v)) return static_cast<std::uint16_t>(sign | infinity);
  int exponent = 0;
  std::frexp(v, &exponent);
  exponent = exponent - 1 < lowest_exponent ? lowest_exponent : exponent - 1;
  // In units of the last place the value has an integer part of at most mantissa + 1 bits.
  const double places = std::fabs(round_to_integral(std::ldexp(v, mantissa - exponent), mode));
  const double bits = std::ldexp(exponent - lowest_exponent, mantissa) + places;
  if (bits < infinity) return static_cast<std::uint16_t>(sign | static_cast<int>(bits));
  return static_cast<std::uint16_t>(sign | (overflows_to_infinity(negative, mode) ? infinity : infinity - 1));
}

inline float decode_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int mantissa = bits & 1023;
  if (exponent == 0) return (bits & 0x8000) != 0 ? -0x1p-24F * mantissa : 0x1p-24F * mantissa;
  // The exponent is rebiased from 15 to 127; all ones stay all ones.
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16;
  const std::uint32_t wide = exponent == 31 ? 255 : static_cast<std::uint32_t>(exponent) + 112;
  return std::bit_cast<float>(sign | wide << 23 | static_cast<std::uint32_t>(mantissa) << 13);
}

}  // namespace openxpu::mlu

// IEEE binary16. Trivial, so that uninitialised NRAM arrays of it stay uninitialised; scalar arithmetic rounds every
// operation.
struct half {
  std::uint16_t bits;
  half() = default;
  half(float v) : bits(openxpu::mlu::encode16<10>(v, openxpu::mlu::rounding::rn)) {}
  operator float() const { return openxpu::mlu::decode_half(bits); }
  template <std::same_as<half> H> friend half operator+(H a, H b) { return half(float(a) + float(b)); }
  template <std::same_as<half> H> friend half operator-(H a, H b) { return half(float(a) - float(b)); }
  template <std::same_as<half> H> friend half operator*(H a, H b) { return half(float(a) * float(b)); }
  template <std::same_as<half> H> friend half operator/(H a, H b) { return half(float(a) / float(b)); }
};

// The upper half of a float. BANG C gives it no scalar arithmetic: the vector units and the conversions work on it.
struct bfloat16_t {
  std::uint16_t value;
};

using int8 = std::int8_t;
using int16 = std::int16_t;

namespace openxpu::mlu {

// The elements of the vector units.
template <class T>
concept vector_element = std::same_as<T, float> || std::same_as<T, half> || std::same_as<T, bfloat16_t>;

template <class T>
inline float to_float(T v) {
  if constexpr (std::same_as<T, bfloat16_t>) {
    return std::bit_cast<float>(std::uint32_t{v.value} << 16);
  } else {
    return static_cast<float>(v);
  }
}

// assumption (open point 15): the vector units round to nearest even. One operation of two 16-bit numbers done in float
// and rounded again is rounded once in effect, because 24 >= 2 * 11 + 2.
template <vector_element T>
inline T from_double(double v, rounding mode = rounding::rn) {
  if constexpr (std::same_as<T, float>) {
    return static_cast<float>(v);
  } else if constexpr (std::same_as<T, half>) {
    return std::bit_cast<half>(encode16<10>(v, mode));
  } else {
    return bfloat16_t{encode16<7>(v, mode)};
  }
}

}  // namespace openxpu::mlu
