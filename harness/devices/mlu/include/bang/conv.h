// __bang_conv: one image, src [height][width][channel_input] in NRAM, filters in WRAM, and dst
// [out_height][out_width][channel_output]. No padding, no groups. Strides and dilations come W before H.
// assumption (open point 2): integers are summed exactly and rounded once to dst, nearest even; floats are summed in
// double.
// assumption (open point 12): dst = sum * 2^fix_position; the vendor's comments name the factor both ways round.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include "checks.h"
#include "conv_rules.h"
#include "number_types.h"

namespace openxpu::mlu {

template <class S, class K>
concept fixed_point_conv = (std::same_as<S, int8> && std::same_as<K, int8>) ||
                           (std::same_as<S, int16> && (std::same_as<K, int8> || std::same_as<K, int16>));

// Floating-point filters exist from 3xx on, with dst float.
template <class S, class K>
concept floating_conv = !strict_alignment && vector_element<S> && vector_element<K> &&
                        (std::same_as<S, K> || std::same_as<S, float> || std::same_as<K, float>);

template <class D>
concept fixed_point_result = std::same_as<D, float> || std::same_as<D, half>;

// Products of one filter row and one run of pixels, both contiguous. A block of 64 int8 products stays below 2^21.
inline std::int64_t dot(const int8* a, const int8* b, std::size_t n) {
  std::int64_t sum = 0;
  std::size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    std::int32_t block = 0;
    for (std::size_t j = 0; j < 64; ++j)
      block += static_cast<std::int16_t>(a[i + j]) * static_cast<std::int16_t>(b[i + j]);
    sum += block;
  }
  for (; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

template <class S, class K>
auto dot(const S* a, const K* b, std::size_t n) {
  if constexpr (std::is_integral_v<S>) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += std::int64_t{a[i]} * b[i];
    return sum;
  } else {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += double{to_float(a[i])} * to_float(b[i]);
    return sum;
  }
}

// The sum of one output element: `pixel` is the window's first pixel, `filter` is
// [kernel_height][kernel_width][channel].
template <class S, class K>
auto window_sum(const conv_shape& s, const S* pixel, const K* filter) {
  const auto channels = static_cast<std::size_t>(s.channel_input);
  const auto columns = static_cast<std::size_t>(s.kernel_width);
  decltype(dot(pixel, filter, 0)) sum = 0;
  for (int y = 0; y < s.kernel_height; ++y) {
    const S* line = pixel + std::ptrdiff_t{y} * s.dilation_height * s.width * s.channel_input;
    const K* weights = filter + static_cast<std::size_t>(y) * columns * channels;
    if (s.dilation_width == 1) {
      sum += dot(line, weights, columns * channels);
      continue;
    }
    for (std::size_t x = 0; x < columns; ++x) {
      sum += dot(line + static_cast<std::ptrdiff_t>(x) * s.dilation_width * s.channel_input, weights + x * channels,
                 channels);
    }
  }
  return sum;
}

template <class D, class S, class K>
void conv(const call& c, D* dst, S* src, K* kernel, D* bias, const conv_shape& s, int fix) {
  check_conv(c, s, dst, src, kernel, bias, fix);
  const task& t = this_task();
  const std::size_t base = wram_place_of(t, kernel).offset;
  const std::size_t row_bytes = s.filter_row_bytes(sizeof(K));
  const double scale = std::ldexp(1.0, fix);
  D* out = dst;
  for (int y = 0; y < s.out_height(); ++y) {
    for (int x = 0; x < s.out_width(); ++x) {
      const S* pixel =
          src + (std::ptrdiff_t{y} * s.stride_height * s.width + std::ptrdiff_t{x} * s.stride_width) * s.channel_input;
      for (int co = 0; co < s.channel_output; ++co) {
        const auto lane = static_cast<std::size_t>(co) % wram_lanes;
        const auto row = static_cast<std::size_t>(co) / wram_lanes;
        const auto* filter = reinterpret_cast<const K*>(t.wram->row(lane, base + row * row_bytes));
        const double offset = bias == nullptr ? 0.0 : double{to_float(bias[co])};
        *out++ = from_double<D>(static_cast<double>(window_sum(s, pixel, filter)) * scale + offset);
      }
    }
  }
}

}  // namespace openxpu::mlu

#define OPENXPU_MLU_CONV_DIMENSIONS                                                                                   \
  int channel_input, int height, int width, int kernel_height, int kernel_width, int stride_width, int stride_height, \
      int channel_output
#define OPENXPU_MLU_CONV_SHAPE(dilation_w, dilation_h)                        \
  {channel_input, height,        width,          kernel_height, kernel_width, \
   stride_width,  stride_height, channel_output, dilation_w,    dilation_h}

// Fixed point, without and with bias, without and with input dilation.
template <openxpu::mlu::fixed_point_result D, class S, class K>
  requires openxpu::mlu::fixed_point_conv<S, K>
inline void __bang_conv(D* dst, S* src, K* kernel, OPENXPU_MLU_CONV_DIMENSIONS, int fix_position, OPENXPU_MLU_AT) {
  openxpu::mlu::conv<D, S, K>({"__bang_conv", at}, dst, src, kernel, nullptr, OPENXPU_MLU_CONV_SHAPE(1, 1),
                              fix_position);
}

template <openxpu::mlu::fixed_point_result D, class S, class K>
  requires openxpu::mlu::fixed_point_conv<S, K>
inline void __bang_conv(D* dst, S* src, K* kernel, OPENXPU_MLU_CONV_DIMENSIONS, int fix_position, int indilation_width,
                        int indilation_height, OPENXPU_MLU_AT) {
  openxpu::mlu::conv<D, S, K>({"__bang_conv", at}, dst, src, kernel, nullptr,
                              OPENXPU_MLU_CONV_SHAPE(indilation_width, indilation_height), fix_position);
}

template <openxpu::mlu::fixed_point_result D, class S, class K>
  requires openxpu::mlu::fixed_point_conv<S, K>
inline void __bang_conv(D* dst, S* src, K* kernel, D* bias, OPENXPU_MLU_CONV_DIMENSIONS, int fix_position,
                        OPENXPU_MLU_AT) {
  openxpu::mlu::conv<D, S, K>({"__bang_conv", at}, dst, src, kernel, bias, OPENXPU_MLU_CONV_SHAPE(1, 1), fix_position);
}

template <openxpu::mlu::fixed_point_result D, class S, class K>
  requires openxpu::mlu::fixed_point_conv<S, K>
inline void __bang_conv(D* dst, S* src, K* kernel, D* bias, OPENXPU_MLU_CONV_DIMENSIONS, int fix_position,
                        int indilation_width, int indilation_height, OPENXPU_MLU_AT) {
  openxpu::mlu::conv<D, S, K>({"__bang_conv", at}, dst, src, kernel, bias,
                              OPENXPU_MLU_CONV_SHAPE(indilation_width, indilation_height), fix_position);
}

// Floating point: no fix_position and no bias.
template <class S, class K>
  requires openxpu::mlu::floating_conv<S, K>
inline void __bang_conv(float* dst, S* src, K* kernel, OPENXPU_MLU_CONV_DIMENSIONS, OPENXPU_MLU_AT) {
  openxpu::mlu::conv<float, S, K>({"__bang_conv", at}, dst, src, kernel, nullptr, OPENXPU_MLU_CONV_SHAPE(1, 1), 0);
}

template <class S, class K>
  requires openxpu::mlu::floating_conv<S, K>
inline void __bang_conv(float* dst, S* src, K* kernel, OPENXPU_MLU_CONV_DIMENSIONS, int indilation_width,
                        int indilation_height, OPENXPU_MLU_AT) {
  openxpu::mlu::conv<float, S, K>({"__bang_conv", at}, dst, src, kernel, nullptr,
                                  OPENXPU_MLU_CONV_SHAPE(indilation_width, indilation_height), 0);
}
#undef OPENXPU_MLU_CONV_DIMENSIONS
#undef OPENXPU_MLU_CONV_SHAPE
