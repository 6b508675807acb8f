// AVX2: products of int16 pairs (vpmaddwd is exact, vpmaddubsw would saturate); 6 pixels by 16 channels in registers.
#include <algorithm>

#include "avx2.h"

namespace x86_conv2d::avx2 {
namespace {

AVX2 void convert(const std::int8_t* x, std::int64_t count, int zero_point, std::uint8_t* scratch) {
  const __m256i shift = _mm256_set1_epi16(std::int16_t(zero_point));
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const __m256i wide = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x + i)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(scratch + 2 * i), _mm256_sub_epi16(wide, shift));
  }
  for (; i < count; ++i) {
    const auto value = std::int16_t(x[i] - zero_point);
    std::memcpy(scratch + 2 * i, &value, sizeof value);
  }
}

// Turns 8 vectors of 8 int32 on their diagonal.
AVX2 inline void transpose(__m256i (&r)[8]) {
  __m256i s[8];
  for (int i = 0; i < 4; ++i) {
    s[2 * i] = _mm256_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    s[2 * i + 1] = _mm256_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
  for (int i = 0; i < 8; i += 4)
    for (int j = 0; j < 2; ++j) {
      r[i + 2 * j] = _mm256_unpacklo_epi64(s[i + j], s[i + j + 2]);
      r[i + 2 * j + 1] = _mm256_unpackhi_epi64(s[i + j], s[i + j + 2]);
    }
  for (int i = 0; i < 4; ++i) {
    s[i] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x20);
    s[i + 4] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x31);
  }
  for (int i = 0; i < 8; ++i) r[i] = s[i];
}

// 16 weights of one row as int16; what lies past `count` is zero and not read.
AVX2 inline __m256i load_weights(const std::int8_t* w, std::int64_t count) {
  if (count >= 16) return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(w)));
  alignas(16) std::int8_t some[16] = {};
  std::memcpy(some, w, std::size_t(count));
  return _mm256_cvtepi8_epi16(_mm_load_si128(reinterpret_cast<const __m128i*>(some)));
}

AVX2 void pack(const weight_rows& rows, std::uint8_t* panel, std::int32_t*) {
  for (std::int64_t run = 0; run < rows.runs; ++run)
    for (std::int64_t k = 0; k < rows.run_length; k += 16) {
      const std::int64_t count = std::min<std::int64_t>(16, rows.run_length - k);
      const std::int64_t steps = (count + 1) / 2;
      for (int vector = 0; vector < 2; ++vector) {
        __m256i r[8];
        for (int lane = 0; lane < 8; ++lane) {
          const int channel = channel_of(8 * vector + lane, columns);
          const std::int8_t* w = rows.first + run * rows.run_length + k;
          const bool used = channel < rows.channels;
          r[lane] = used ? load_weights(w + channel * rows.channel_stride, count) : _mm256_setzero_si256();
        }
        transpose(r);
        for (std::int64_t step = 0; step < steps; ++step)
          _mm256_storeu_si256(reinterpret_cast<__m256i*>(panel + step * columns * step_bytes + vector * 32), r[step]);
      }
      panel += steps * columns * step_bytes;
    }
}

template <int M>
AVX2 void pixels(const tile& t) {
  __m256i low[M], high[M];
  for (int m = 0; m < M; ++m) {
    low[m] = load(t.constants.start);
    high[m] = load(t.constants.start + 8);
  }
  const std::uint8_t* x[M];
  for (int m = 0; m < M; ++m) x[m] = t.input + t.pixel[m];
  const std::uint8_t* w = t.panel;
  const std::int64_t run_bytes = t.steps * step_bytes;
  for (std::int64_t run = 0; run < t.runs; ++run) {
    const std::int64_t end = t.run[run] + run_bytes;
    for (std::int64_t k = t.run[run]; k < end; k += step_bytes, w += columns * step_bytes) {
      const __m256i w0 = load(w);
      const __m256i w1 = load(w + 32);
#pragma GCC unroll 8
      for (int m = 0; m < M; ++m) {
        std::int32_t pair;
        std::memcpy(&pair, x[m] + k, sizeof pair);
        const __m256i both = _mm256_set1_epi32(pair);
        low[m] = _mm256_add_epi32(low[m], _mm256_madd_epi16(both, w0));
        high[m] = _mm256_add_epi32(high[m], _mm256_madd_epi16(both, w1));
      }
    }
  }
#pragma GCC unroll 8
  for (int m = 0; m < M; ++m)
    if (m < t.pixels) store_pixel(t, m, low[m], high[m]);
}

AVX2 void dense_tile(const tile& t) {
  if (t.pixels > 2) pixels<max_pixels>(t);
  else pixels<2>(t);
}

}  // namespace
}  // namespace x86_conv2d::avx2

namespace x86_conv2d {
const kernel_set avx2_kernels = {avx2::columns, avx2::max_pixels, 2, avx2::convert, avx2::pack, avx2::dense_tile,
                                 avx2::depthwise_tile};
}  // namespace x86_conv2d
