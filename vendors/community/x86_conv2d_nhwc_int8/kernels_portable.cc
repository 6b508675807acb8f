// Plain C++ for any x86-64: the layout of the AVX2 set, one pixel at a time.
#include <cstring>

#include "kernels.h"

namespace x86_conv2d {
namespace {

constexpr int columns = 16;

std::int16_t load_int16(const std::uint8_t* from) {
  std::int16_t value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

void convert(const std::int8_t* x, std::int64_t count, int zero_point, std::uint8_t* scratch) {
  auto* out = reinterpret_cast<std::int16_t*>(scratch);
  for (std::int64_t i = 0; i < count; ++i) out[i] = std::int16_t(x[i] - zero_point);
}

void pack(const weight_rows& rows, std::uint8_t* panel, std::int32_t*) {
  auto* out = reinterpret_cast<std::int16_t*>(panel);
  for (std::int64_t run = 0; run < rows.runs; ++run)
    for (std::int64_t k = 0; k < rows.run_length; k += 2)
      for (int column = 0; column < columns; ++column) {
        const int channel = channel_of(column, columns);
        const bool used = channel < rows.channels;
        const std::int64_t at = channel * rows.channel_stride + run * rows.run_length + k;
        *out++ = used ? rows.first[at] : 0;
        *out++ = used && k + 1 < rows.run_length ? rows.first[at + 1] : 0;
      }
}

void dense_tile(const tile& t) {
  for (int m = 0; m < t.pixels; ++m) {
    std::int32_t sums[columns];
    std::memcpy(sums, t.constants.start, sizeof sums);
    const auto* w = reinterpret_cast<const std::int16_t*>(t.panel);
    for (std::int64_t run = 0; run < t.runs; ++run) {
      const std::uint8_t* x = t.input + t.pixel[m] + t.run[run];
      for (std::int64_t step = 0; step < t.steps; ++step, x += step_bytes, w += 2 * columns) {
        const int x0 = load_int16(x);
        const int x1 = load_int16(x + 2);
        for (int column = 0; column < columns; ++column) sums[column] += x0 * w[2 * column] + x1 * w[2 * column + 1];
      }
    }
    requantize_wide(sums, t.constants, columns, t.channels, t.zero_point, t.output + m * t.output_stride);
  }
}

void depthwise_tile(const tile& t) {
  for (int m = 0; m < t.pixels; ++m) {
    std::int32_t sums[columns];
    std::memcpy(sums, t.constants.start, sizeof sums);
    const auto* w = reinterpret_cast<const std::int16_t*>(t.panel);
    for (std::int64_t run = 0; run < t.runs; run += 2, w += 2 * columns) {
      const std::uint8_t* x0 = t.input + t.pixel[m] + t.run[run];
      const std::uint8_t* x1 = t.input + t.pixel[m] + t.run[run + 1];
      for (int column = 0; column < columns; ++column) {
        const int byte = 2 * channel_of(column, columns);
        sums[column] += load_int16(x0 + byte) * w[2 * column] + load_int16(x1 + byte) * w[2 * column + 1];
      }
    }
    requantize_wide(sums, t.constants, columns, t.channels, t.zero_point, t.output + m * t.output_stride);
  }
}

}  // namespace

const kernel_set portable_kernels = {columns, 1, 2, convert, pack, dense_tile, depthwise_tile};

}  // namespace x86_conv2d
