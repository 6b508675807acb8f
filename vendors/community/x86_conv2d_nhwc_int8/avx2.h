// Shared by the two AVX2 files: the register tile and how it becomes int8.
#pragma once
#include <immintrin.h>

#include <cstring>

#include "kernels.h"

// Functions carry their instruction set, since the compiler is given none: nothing else in the library may use it.
#define AVX2 __attribute__((target("avx2")))

namespace x86_conv2d::avx2 {

constexpr int columns = 16;    // two vectors of 8 int32
constexpr int max_pixels = 6;  // 12 accumulators of 16 registers

AVX2 inline __m256i load(const void* from) { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }

// One pixel of 16 sums. cvtps_epi32 rounds half to even; needs_double has made sure that nothing leaves int32 here.
AVX2 inline void store_pixel(const tile& t, int m, __m256i low, __m256i high) {
  std::int8_t* y = t.output + m * t.output_stride;
  if (t.wide) {
    alignas(32) std::int32_t sums[columns];
    _mm256_store_si256(reinterpret_cast<__m256i*>(sums), low);
    _mm256_store_si256(reinterpret_cast<__m256i*>(sums + 8), high);
    requantize_wide(sums, t.constants, columns, t.channels, t.zero_point, y);
    return;
  }
  const __m256 x0 = _mm256_mul_ps(_mm256_cvtepi32_ps(low), _mm256_loadu_ps(t.constants.multiplier));
  const __m256 x1 = _mm256_mul_ps(_mm256_cvtepi32_ps(high), _mm256_loadu_ps(t.constants.multiplier + 8));
  const __m256i r0 = _mm256_cvtps_epi32(x0);
  const __m256i r1 = _mm256_cvtps_epi32(x1);
  const __m256i words = _mm256_adds_epi16(_mm256_packs_epi32(r0, r1), _mm256_set1_epi16(std::int16_t(t.zero_point)));
  // The first 8 bytes of each half.
  const __m256i bytes = _mm256_permute4x64_epi64(_mm256_packs_epi16(words, words), 0x08);
  const __m128i result = _mm256_castsi256_si128(bytes);
  if (t.channels == columns) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y), result);
  } else {
    alignas(16) std::int8_t some[columns];
    _mm_store_si128(reinterpret_cast<__m128i*>(some), result);
    std::memcpy(y, some, std::size_t(t.channels));
  }
}

void depthwise_tile(const tile& t);

}  // namespace x86_conv2d::avx2
