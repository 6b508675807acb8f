// What one instruction set offers the driver. All share one scheme: the sum runs in steps of 4 bytes of scratch, a
// panel holds the weights of `columns` output channels as [step][column] with the same 4 bytes, and a tile is a few
// pixels of one panel.
#pragma once
#include <cstddef>
#include <cstdint>

#include "requantize.h"

namespace x86_conv2d {

constexpr int step_bytes = 4;

// A panel is two vectors of columns. The narrowing instructions interleave two vectors by groups of four 32-bit lanes,
// so the columns are stored in the order that this interleaving turns back into the order of the channels.
constexpr int channel_of(int column, int columns) {
  const int lanes = columns / 2;
  const int vector = column / lanes;
  const int lane = column % lanes;
  return 8 * (lane / 4) + 4 * vector + lane % 4;
}

// Weights of the channels of one panel; strides and lengths in bytes (= elements of w).
struct weight_rows {
  const std::int8_t* first;
  std::int64_t channel_stride;
  int channels;  // valid ones, at most `columns`; the others become zeros
  std::int64_t runs, run_length;
};

struct tile {
  const std::uint8_t* input;     // scratch
  const std::ptrdiff_t* pixel;   // byte offset of each pixel's first tap; readable up to the largest tile
  const std::ptrdiff_t* run;     // byte offset of each run
  std::int64_t runs, steps;      // steps in each run
  const std::uint8_t* panel;
  column_constants constants;
  std::int8_t* output;
  std::ptrdiff_t output_stride;  // bytes between pixels
  int pixels, channels;          // valid ones
  int zero_point;
  bool wide;                     // requantize in double
};

struct kernel_set {
  int columns;     // output channels of a panel
  int max_pixels;  // of a tile
  int element;     // bytes of a scratch element: 1 = x + 128 as uint8, 2 = x - x_zero_point as int16
  void (*convert)(const std::int8_t* x, std::int64_t count, int zero_point, std::uint8_t* scratch);
  // Writes one panel; `sums` (columns) receives the sum of each column's weights where element is 1.
  void (*pack)(const weight_rows& rows, std::uint8_t* panel, std::int32_t* sums);
  void (*dense_tile)(const tile& t);
  // Each column reads its own channel; a run is one tap, a step two taps. Only with element 2.
  void (*depthwise_tile)(const tile& t);

  std::int64_t steps(std::int64_t run_length) const { return (run_length * element + step_bytes - 1) / step_bytes; }
};

extern const kernel_set portable_kernels, avx2_kernels, avx512_kernels;

// The best set this processor and operating system can run.
const kernel_set& select_kernels(bool depthwise);

}  // namespace x86_conv2d
