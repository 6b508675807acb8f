// Sizes of one convolution, and how they map onto padded scratch rows and contiguous runs of weights.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace x86_conv2d {

// The op's sizes in elements. Pads are those before the first row and column; those after only decide the output size.
struct shape {
  std::int64_t batch, height, width, channels;
  std::int64_t outputs, kernel_height, kernel_width, groups;
  std::int64_t output_height, output_width;
  std::int64_t stride_height, stride_width, pad_top, pad_left, dilation_height, dilation_width;

  bool depthwise() const { return groups > 1 && groups == channels && groups == outputs; }
  std::int64_t group_channels() const { return channels / groups; }
  std::int64_t group_outputs() const { return outputs / groups; }
  std::int64_t taps() const { return kernel_height * kernel_width; }
};

// The sum over (kh, kw, channel) as `runs` stretches of `run_length` elements, contiguous in a weight row and in the
// scratch alike. Scratch: rows of `row_pixels` pixels of all channels, with the padding written out, so that no
// kernel tests a border.
struct geometry {
  std::int64_t row_pixels;
  std::int64_t input_row_stride;           // elements of x between the rows that become neighbouring scratch rows
  std::int64_t input_pixel_stride;         // the same for pixels
  std::int64_t input_rows, input_columns;  // rows and columns of x in those steps
  std::int64_t stride_height, stride_width;
  std::int64_t runs, run_length;
  std::vector<std::int64_t> run_offset;  // elements from a pixel's first tap; the last one twice, for pairs of taps
};

geometry make_geometry(const shape& s);

}  // namespace x86_conv2d
