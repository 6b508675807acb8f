// Eight float32 lanes with AVX2, FMA and F16C.
#pragma once

#include <immintrin.h>

#include <cstdint>

#define FA_ISA avx2
#define FA_TARGET __attribute__((target("avx2,fma,f16c")))
#define FA_INLINE inline __attribute__((always_inline, target("avx2,fma,f16c")))

namespace x86_flash_attention_2::avx2 {

struct Vector {
  using Native = __m256;
  static constexpr int width = 8;
  static constexpr int panel = 2;  // vectors of B in a micro-tile: 6 x 2 sums + 3 fit 16 registers

  static FA_INLINE Native zero() { return _mm256_setzero_ps(); }
  static FA_INLINE Native broadcast(const float* p) { return _mm256_broadcast_ss(p); }
  static FA_INLINE Native load(const float* p) { return _mm256_loadu_ps(p); }
  static FA_INLINE void store(float* p, Native x) { _mm256_storeu_ps(p, x); }
  static FA_INLINE Native load_float16(const uint16_t* p) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static FA_INLINE Native load_bfloat16(const uint16_t* p) {
    const __m256i words = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    return _mm256_castsi256_ps(_mm256_slli_epi32(words, 16));
  }
  static FA_INLINE void store_float16(uint16_t* p, Native x) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
  static FA_INLINE void store_bfloat16(uint16_t* p, Native x) {
    const __m256i bits = _mm256_castps_si256(x);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i rounded = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd);
    const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
    const __m256i is_nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
    const __m256i high = _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, is_nan), 16);
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(high, high), 0x08);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(packed));
  }

  static FA_INLINE Native add(Native a, Native b) { return _mm256_add_ps(a, b); }
  static FA_INLINE Native subtract(Native a, Native b) { return _mm256_sub_ps(a, b); }
  static FA_INLINE Native multiply(Native a, Native b) { return _mm256_mul_ps(a, b); }
  static FA_INLINE Native divide(Native a, Native b) { return _mm256_div_ps(a, b); }
  static FA_INLINE Native fma(Native a, Native b, Native c) { return _mm256_fmadd_ps(a, b, c); }
  // b where a lane of it is NaN.
  static FA_INLINE Native maximum(Native a, Native b) { return _mm256_max_ps(a, b); }

  static FA_INLINE Native round(Native x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  // x * 2^n for integers -127 <= n <= 0; 2^-127 counts as zero.
  static FA_INLINE Native scale_by_power(Native x, Native n) {
    const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    return _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
  }
  static constexpr float lowest_power = -127.0f;

  static FA_INLINE float sum(Native x) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }
  static FA_INLINE float maximum_lane(Native x) {
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
  }

  // a0 b0 a1 b1 ... from the lower and from the upper halves of the lanes.
  static FA_INLINE Native zip_low(Native a, Native b) {
    return _mm256_permute2f128_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b), 0x20);
  }
  static FA_INLINE Native zip_high(Native a, Native b) {
    return _mm256_permute2f128_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b), 0x31);
  }
};

}  // namespace x86_flash_attention_2::avx2
