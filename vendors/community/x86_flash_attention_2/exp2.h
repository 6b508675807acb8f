// 2^x for x <= 0 on one vector; included after the header of an instruction set.
#pragma once

namespace x86_flash_attention_2::FA_ISA {

// x = n + r with n an integer and |r| <= 1/2; 2^r is a polynomial of degree 6, minimax in relative error (3.0e-9) with
// the constant fixed to 1 so that 2^0 is exactly 1. Coefficients: our own Lawson iteration, rounded to float32 one by
// one. NaN stays NaN.
FA_INLINE Vector::Native exp2(Vector::Native x) {
  static constexpr float coefficients[7] = {0x1p+0f,       0x1.62e43p-1f,  0x1.ebfbdcp-3f, 0x1.c6af7cp-5f,
                                            0x1.3b2dep-7f, 0x1.5f083p-10f, 0x1.416b5ep-13f};
  static constexpr float lowest = Vector::lowest_power;
  const Vector::Native clamped = Vector::maximum(Vector::broadcast(&lowest), x);
  const Vector::Native n = Vector::round(clamped);
  const Vector::Native r = Vector::subtract(clamped, n);
  Vector::Native power = Vector::broadcast(&coefficients[6]);
  for (int i = 5; i >= 0; --i) power = Vector::fma(power, r, Vector::broadcast(&coefficients[i]));
  return Vector::scale_by_power(power, n);
}

}  // namespace x86_flash_attention_2::FA_ISA
