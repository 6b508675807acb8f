// AVX-512 VNNI: x + 128 as uint8 times int8 weights, four products a lane; 14 pixels by 32 channels in registers.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // gcc 12's own header: _mm512_undefined_* (gcc bug 105593)
#include <immintrin.h>

#include <algorithm>
#include <cstring>

#include "kernels.h"

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

namespace x86_conv2d::avx512 {
namespace {

constexpr int columns = 32;     // two vectors of 16 int32
constexpr int max_pixels = 14;  // 28 accumulators of 32 registers
constexpr int panel_step = columns * step_bytes;

// Adding 128 to a byte is flipping its top bit.
AVX512 void convert(const std::int8_t* x, std::int64_t count, int, std::uint8_t* scratch) {
  const __m512i top = _mm512_set1_epi8(std::int8_t(0x80));
  for (std::int64_t i = 0; i < count; i += 64) {
    const __mmask64 mask = count - i >= 64 ? ~0ULL : (1ULL << (count - i)) - 1;
    _mm512_mask_storeu_epi8(scratch + i, mask, _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, x + i), top));
  }
}

// Turns 16 vectors of 16 int32 on their diagonal.
AVX512 inline void transpose(__m512i (&r)[16]) {
  __m512i s[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    s[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    s[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 4)
    for (int j = 0; j < 2; ++j) {
      r[i + 2 * j] = _mm512_unpacklo_epi64(s[i + j], s[i + j + 2]);
      r[i + 2 * j + 1] = _mm512_unpackhi_epi64(s[i + j], s[i + j + 2]);
    }
  // r[4 b + j], lane l: step 4 l + j of columns 4 b .. 4 b + 3.
#pragma GCC unroll 8
  for (int j = 0; j < 4; ++j) {
    s[j] = _mm512_shuffle_i32x4(r[j], r[4 + j], 0x88);
    s[4 + j] = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0x88);
    s[8 + j] = _mm512_shuffle_i32x4(r[j], r[4 + j], 0xdd);
    s[12 + j] = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0xdd);
  }
#pragma GCC unroll 8
  for (int j = 0; j < 4; ++j) {
    r[j] = _mm512_shuffle_i32x4(s[j], s[4 + j], 0x88);
    r[8 + j] = _mm512_shuffle_i32x4(s[j], s[4 + j], 0xdd);
    r[4 + j] = _mm512_shuffle_i32x4(s[8 + j], s[12 + j], 0x88);
    r[12 + j] = _mm512_shuffle_i32x4(s[8 + j], s[12 + j], 0xdd);
  }
}

// One vector of a panel's columns; returns the sum of each column.
AVX512 __m512i pack_vector(const weight_rows& rows, int vector, std::uint8_t* panel) {
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i total = _mm512_setzero_si512();
  for (std::int64_t run = 0; run < rows.runs; ++run)
    for (std::int64_t k = 0; k < rows.run_length; k += 64) {
      const std::int64_t count = std::min<std::int64_t>(64, rows.run_length - k);
      const __mmask64 mask = ~0ULL >> (64 - count);
      const std::int64_t steps = (count + step_bytes - 1) / step_bytes;
      const std::int8_t* w = rows.first + run * rows.run_length + k;
      __m512i r[16];
#pragma GCC unroll 16
      for (int lane = 0; lane < 16; ++lane) {
        const int channel = channel_of(16 * vector + lane, columns);
        const __mmask64 used = channel < rows.channels ? mask : 0;
        r[lane] = _mm512_maskz_loadu_epi8(used, w + channel * rows.channel_stride);
      }
      transpose(r);
#pragma GCC unroll 16
      for (int step = 0; step < 16; ++step)
        if (step < steps) {
          total = _mm512_dpbusd_epi32(total, ones, r[step]);
          _mm512_storeu_si512(panel + step * panel_step, r[step]);
        }
      panel += steps * panel_step;
    }
  return total;
}

AVX512 void pack(const weight_rows& rows, std::uint8_t* panel, std::int32_t* sums) {
  for (int vector = 0; vector < 2; ++vector)
    _mm512_storeu_si512(sums + 16 * vector, pack_vector(rows, vector, panel + 64 * vector));
}

// As assembly because gcc 12 copies the accumulator around the intrinsic.
AVX512 inline void dot(__m512i& sum, __m512i x, __m512i w) { asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w)); }

// One pixel of 32 sums. cvtps_epi32 rounds half to even; needs_double has made sure that nothing leaves int32 here.
AVX512 inline void store_pixel(const tile& t, int m, __m512i low, __m512i high) {
  std::int8_t* y = t.output + m * t.output_stride;
  if (t.wide) {
    alignas(64) std::int32_t sums[columns];
    _mm512_store_si512(sums, low);
    _mm512_store_si512(sums + 16, high);
    requantize_wide(sums, t.constants, columns, t.channels, t.zero_point, y);
    return;
  }
  const __m512 x0 = _mm512_mul_ps(_mm512_cvtepi32_ps(low), _mm512_loadu_ps(t.constants.multiplier));
  const __m512 x1 = _mm512_mul_ps(_mm512_cvtepi32_ps(high), _mm512_loadu_ps(t.constants.multiplier + 16));
  const __m512i r0 = _mm512_cvtps_epi32(x0);
  const __m512i r1 = _mm512_cvtps_epi32(x1);
  const __m512i words = _mm512_adds_epi16(_mm512_packs_epi32(r0, r1), _mm512_set1_epi16(std::int16_t(t.zero_point)));
  const __m256i bytes = _mm512_cvtsepi16_epi8(words);
  if (t.channels == columns) _mm256_storeu_si256(reinterpret_cast<__m256i*>(y), bytes);
  else _mm256_mask_storeu_epi8(y, (1U << t.channels) - 1, bytes);
}

template <int M>
AVX512 void pixels(const tile& t) {
  __m512i low[M], high[M];
#pragma GCC unroll 16
  for (int m = 0; m < M; ++m) {
    low[m] = _mm512_loadu_si512(t.constants.start);
    high[m] = _mm512_loadu_si512(t.constants.start + 16);
  }
  const std::uint8_t* x[M];
#pragma GCC unroll 16
  for (int m = 0; m < M; ++m) x[m] = t.input + t.pixel[m];
  const std::uint8_t* w = t.panel;
  const std::int64_t run_bytes = t.steps * step_bytes;
  for (std::int64_t run = 0; run < t.runs; ++run) {
    const std::int64_t end = t.run[run] + run_bytes;
    for (std::int64_t k = t.run[run]; k < end; k += step_bytes, w += panel_step) {
      const __m512i w0 = _mm512_loadu_si512(w);
      const __m512i w1 = _mm512_loadu_si512(w + 64);
#pragma GCC unroll 16
      for (int m = 0; m < M; ++m) {
        std::int32_t four;
        std::memcpy(&four, x[m] + k, sizeof four);
        const __m512i all = _mm512_set1_epi32(four);
        dot(low[m], all, w0);
        dot(high[m], all, w1);
      }
    }
  }
#pragma GCC unroll 16
  for (int m = 0; m < M; ++m)
    if (m < t.pixels) store_pixel(t, m, low[m], high[m]);
}

AVX512 void dense_tile(const tile& t) {
  if (t.pixels > 8) pixels<max_pixels>(t);
  else if (t.pixels > 4) pixels<8>(t);
  else pixels<4>(t);
}

}  // namespace
}  // namespace x86_conv2d::avx512

namespace x86_conv2d {
// No depthwise tile: dispatch sends those to AVX2.
const kernel_set avx512_kernels = {avx512::columns, avx512::max_pixels, 1, avx512::convert, avx512::pack,
                                   avx512::dense_tile, nullptr};
}  // namespace x86_conv2d
