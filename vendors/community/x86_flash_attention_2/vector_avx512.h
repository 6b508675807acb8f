// Sixteen float32 lanes with AVX-512 F, BW, DQ and VL; with FA_BFLOAT16_PAIRS also the bfloat16 dot product.
#pragma once

// gcc 12 warns about its own _mm512_undefined_ps() (gcc bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

#include <cstdint>

#ifdef FA_BFLOAT16_PAIRS
#define FA_ISA avx512_bfloat16
#define FA_FEATURES "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16"
#else
#define FA_ISA avx512
#define FA_FEATURES "avx512f,avx512bw,avx512dq,avx512vl"
#endif
#define FA_TARGET __attribute__((target(FA_FEATURES)))
#define FA_INLINE inline __attribute__((always_inline, target(FA_FEATURES)))

namespace x86_flash_attention_2::FA_ISA {

struct Vector {
  using Native = __m512;
  static constexpr int width = 16;
  static constexpr int panel = 4;  // vectors of B in a micro-tile: 6 x 4 sums + 5 fit 32 registers

#ifdef FA_BFLOAT16_PAIRS
  // Each 32-bit lane of a and b holds two bfloat16; adds both exact products to c, each addition rounded to float32.
  static FA_INLINE Native dot_pairs(Native a, Native b, Native c) {
    return _mm512_dpbf16_ps(c, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }
#endif

  static FA_INLINE Native zero() { return _mm512_setzero_ps(); }
  static FA_INLINE Native broadcast(const float* p) { return _mm512_set1_ps(*p); }
  static FA_INLINE Native load(const float* p) { return _mm512_loadu_ps(p); }
  static FA_INLINE void store(float* p, Native x) { _mm512_storeu_ps(p, x); }
  static FA_INLINE Native load_float16(const uint16_t* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static FA_INLINE Native load_bfloat16(const uint16_t* p) {
    const __m512i words = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
    return _mm512_castsi512_ps(_mm512_slli_epi32(words, 16));
  }
  static FA_INLINE void store_float16(uint16_t* p, Native x) {
    const __m256i halves = _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), halves);
  }
  // Not vcvtneps2bf16: it flushes subnormals.
  static FA_INLINE void store_bfloat16(uint16_t* p, Native x) {
    const __m512i bits = _mm512_castps_si512(x);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);
    const __mmask16 is_nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
    const __m512i kept = _mm512_mask_or_epi32(rounded, is_nan, bits, _mm512_set1_epi32(0x400000));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(_mm512_srli_epi32(kept, 16)));
  }

  static FA_INLINE Native add(Native a, Native b) { return _mm512_add_ps(a, b); }
  static FA_INLINE Native subtract(Native a, Native b) { return _mm512_sub_ps(a, b); }
  static FA_INLINE Native multiply(Native a, Native b) { return _mm512_mul_ps(a, b); }
  static FA_INLINE Native divide(Native a, Native b) { return _mm512_div_ps(a, b); }
  static FA_INLINE Native fma(Native a, Native b, Native c) { return _mm512_fmadd_ps(a, b, c); }
  // b where a lane of it is NaN.
  static FA_INLINE Native maximum(Native a, Native b) { return _mm512_max_ps(a, b); }

  static FA_INLINE Native round(Native x) {
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static FA_INLINE Native scale_by_power(Native x, Native n) { return _mm512_scalef_ps(x, n); }
  static constexpr float lowest_power = -160.0f;  // far enough below 2^-149 that the result is zero

  static FA_INLINE float sum(Native x) { return _mm512_reduce_add_ps(x); }
  static FA_INLINE float maximum_lane(Native x) { return _mm512_reduce_max_ps(x); }

  // a0 b0 a1 b1 ... from the lower and from the upper halves of the lanes.
  static FA_INLINE Native zip_low(Native a, Native b) {
    const __m512i lanes = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    return _mm512_permutex2var_ps(a, lanes, b);
  }
  static FA_INLINE Native zip_high(Native a, Native b) {
    const __m512i lanes = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    return _mm512_permutex2var_ps(a, lanes, b);
  }
};

}  // namespace x86_flash_attention_2::FA_ISA
