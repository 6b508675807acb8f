// From int32 sums to int8: per-channel constants, and the exact path in double.
#pragma once
#include <cstdint>

#include "buffer.h"

namespace x86_conv2d {

// Constants of the panels' columns, in column order (kernels.h), padded with zeros to whole panels.
struct column_constants {
  const std::int32_t* start;      // accumulators begin here: bias (unless wide) minus what the shift of x by 128 adds
  const float* multiplier;        // x_scale * w_scale / y_scale, rounded once
  const double* wide_multiplier;
  const double* wide_bias;        // bias when wide, else 0

  column_constants at(std::int64_t column) const {
    return {start + column, multiplier + column, wide_multiplier + column, wide_bias + column};
  }
};

// Quantization parameters as the op passes them; strides in elements.
struct scales {
  float x, y;
  std::int32_t x_zero_point, y_zero_point;
  const float* w;
  std::int64_t w_stride;
  const std::int32_t* bias;  // null when absent
  std::int64_t bias_stride;

  double multiplier(std::int64_t channel) const { return double(x) * double(w[channel * w_stride]) / double(y); }
  std::int32_t bias_of(std::int64_t channel) const { return bias == nullptr ? 0 : bias[channel * bias_stride]; }
};

// True when float arithmetic could change a result: a sum above 2^24 under a power-of-two multiplier, whose product has
// no other rounding error; a sum that leaves int32 once the bias is added; or a product that leaves int32.
// `depth` is the number of products in a sum.
bool needs_double(const scales& q, std::int64_t channels, std::int64_t depth);

// One pixel in double, rounded half to even: y[channel] from the sum of its column. `columns` is the panel width.
void requantize_wide(const std::int32_t* sums, const column_constants& constants, int columns, int channels,
                     int zero_point, std::int8_t* y);

}  // namespace x86_conv2d
