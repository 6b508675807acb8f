// The convolution on contiguous tensors; which instruction set does it is decided inside.
#pragma once
#include <cstdint>

#include "geometry.h"
#include "requantize.h"

namespace x86_conv2d {

struct operands {
  const std::int8_t* x;  // [batch, height, width, channels]
  const std::int8_t* w;  // [outputs, kernel_height, kernel_width, channels / groups]
  std::int8_t* y;        // [batch, output_height, output_width, outputs]
  scales q;
};

void convolve(const shape& s, const operands& o);

}  // namespace x86_conv2d
