// Four float32 lanes in the compiler's generic vectors: no instruction set beyond the baseline.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "half.h"

#define FA_ISA portable
#define FA_TARGET
#define FA_INLINE inline __attribute__((always_inline))

namespace x86_flash_attention_2::portable {

struct Vector {
  typedef float Native __attribute__((vector_size(16)));
  typedef int32_t Integers __attribute__((vector_size(16)));
  static constexpr int width = 4;
  static constexpr int panel = 2;  // vectors of B in a micro-tile: 6 x 2 sums + 3 fit 16 registers

  static FA_INLINE Native zero() { return Native{}; }
  static FA_INLINE Native broadcast(const float* p) { return Native{*p, *p, *p, *p}; }
  static FA_INLINE Native load(const float* p) {
    Native x;
    std::memcpy(&x, p, sizeof x);
    return x;
  }
  static FA_INLINE void store(float* p, Native x) { std::memcpy(p, &x, sizeof x); }
  static FA_INLINE Native load_float16(const uint16_t* p) {
    return Native{float16_to_float(p[0]), float16_to_float(p[1]), float16_to_float(p[2]), float16_to_float(p[3])};
  }
  static FA_INLINE Native load_bfloat16(const uint16_t* p) {
    return Native{bfloat16_to_float(p[0]), bfloat16_to_float(p[1]), bfloat16_to_float(p[2]), bfloat16_to_float(p[3])};
  }
  static FA_INLINE void store_float16(uint16_t* p, Native x) {
    for (int i = 0; i < width; ++i) p[i] = float_to_float16(x[i]);
  }
  static FA_INLINE void store_bfloat16(uint16_t* p, Native x) {
    for (int i = 0; i < width; ++i) p[i] = float_to_bfloat16(x[i]);
  }

  static FA_INLINE Native add(Native a, Native b) { return a + b; }
  static FA_INLINE Native subtract(Native a, Native b) { return a - b; }
  static FA_INLINE Native multiply(Native a, Native b) { return a * b; }
  static FA_INLINE Native divide(Native a, Native b) { return a / b; }
  static FA_INLINE Native fma(Native a, Native b, Native c) { return a * b + c; }
  // b where a lane of it is NaN.
  static FA_INLINE Native maximum(Native a, Native b) { return a > b ? a : b; }

  // |x| < 2^22: the adder rounds to an integer when the unit in the last place is 1.
  static FA_INLINE Native round(Native x) { return (x + 0x1.8p23f) - 0x1.8p23f; }
  // x * 2^n for integers -127 <= n <= 0; 2^-127 counts as zero.
  static FA_INLINE Native scale_by_power(Native x, Native n) {
    const Integers exponent = (__builtin_convertvector(n, Integers) + 127) << 23;
    return x * std::bit_cast<Native>(exponent);
  }
  static constexpr float lowest_power = -127.0f;

  static FA_INLINE float sum(Native x) { return (x[0] + x[2]) + (x[1] + x[3]); }
  static FA_INLINE float maximum_lane(Native x) {
    const float low = x[0] > x[1] ? x[0] : x[1];
    const float high = x[2] > x[3] ? x[2] : x[3];
    return low > high ? low : high;
  }

  // a0 b0 a1 b1 ... from the lower and from the upper halves of the lanes.
  static FA_INLINE Native zip_low(Native a, Native b) { return __builtin_shufflevector(a, b, 0, 4, 1, 5); }
  static FA_INLINE Native zip_high(Native a, Native b) { return __builtin_shufflevector(a, b, 2, 6, 3, 7); }
};

}  // namespace x86_flash_attention_2::portable
