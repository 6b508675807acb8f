// Depthwise tiles with AVX2: each column reads its own channel, and one multiply-add takes two taps.
#include "avx2.h"

namespace x86_conv2d::avx2 {
namespace {

template <int M>
AVX2 void pixels(const tile& t) {
  __m256i low[M], high[M];
  for (int m = 0; m < M; ++m) {
    low[m] = load(t.constants.start);
    high[m] = load(t.constants.start + 8);
  }
  const std::uint8_t* w = t.panel;
  for (std::int64_t run = 0; run < t.runs; run += 2, w += columns * step_bytes) {
    const __m256i w0 = load(w);
    const __m256i w1 = load(w + 32);
#pragma GCC unroll 8
    for (int m = 0; m < M; ++m) {
      const std::uint8_t* x = t.input + t.pixel[m];
      const __m256i x0 = load(x + t.run[run]);
      const __m256i x1 = load(x + t.run[run + 1]);
      low[m] = _mm256_add_epi32(low[m], _mm256_madd_epi16(_mm256_unpacklo_epi16(x0, x1), w0));
      high[m] = _mm256_add_epi32(high[m], _mm256_madd_epi16(_mm256_unpackhi_epi16(x0, x1), w1));
    }
  }
#pragma GCC unroll 8
  for (int m = 0; m < M; ++m)
    if (m < t.pixels) store_pixel(t, m, low[m], high[m]);
}

}  // namespace

AVX2 void depthwise_tile(const tile& t) {
  if (t.pixels > 2) pixels<max_pixels>(t);
  else pixels<2>(t);
}

}  // namespace x86_conv2d::avx2
