// Requantization in double, and the test that says when float would not do.
#include "requantize.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "kernels.h"

namespace x86_conv2d {

bool needs_double(const scales& q, std::int64_t channels, std::int64_t depth) {
  const double largest_x = std::max(127 - q.x_zero_point, 128 + q.x_zero_point);
  const double largest_sum = largest_x * 128.0 * double(depth);
  for (std::int64_t c = 0; c < channels; ++c) {
    const double bound = largest_sum + std::abs(double(q.bias_of(c)));
    const double multiplier = std::abs(q.multiplier(c));
    int exponent = 0;
    const bool power_of_two = std::frexp(multiplier, &exponent) == 0.5;
    if (bound >= 0x1p31 || bound * multiplier >= 0x1p30 || (power_of_two && bound > 0x1p24)) return true;
  }
  return false;
}

void requantize_wide(const std::int32_t* sums, const column_constants& constants, int columns, int channels,
                     int zero_point, std::int8_t* y) {
  // Adding and subtracting 1.5 * 2^52 rounds half to even under the default rounding mode, without a library call.
  const double round = 0x1.8p52;
  const double low = -128 - zero_point;
  const double high = 127 - zero_point;
  for (int column = 0; column < columns; ++column) {
    const int channel = channel_of(column, columns);
    if (channel >= channels) continue;
    const double t = (double(sums[column]) + constants.wide_bias[column]) * constants.wide_multiplier[column];
    const double bounded = std::min(std::max(t, low), high);
    y[channel] = std::int8_t(int((bounded + round) - round) + zero_point);
  }
}

}  // namespace x86_conv2d
