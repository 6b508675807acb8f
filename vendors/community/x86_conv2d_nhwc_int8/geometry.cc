// Derives scratch rows and weight runs from the op's sizes.
#include "geometry.h"

namespace x86_conv2d {
namespace {

// With one tap and no padding a strided axis reads every stride-th row only: drop the others before the copy.
bool collapses(std::int64_t kernel, std::int64_t pad) { return kernel == 1 && pad == 0; }

std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

geometry make_geometry(const shape& s) {
  geometry g{};
  const bool rows = collapses(s.kernel_height, s.pad_top);
  const bool columns = collapses(s.kernel_width, s.pad_left);
  const std::int64_t row_step = rows ? s.stride_height : 1;
  const std::int64_t column_step = columns ? s.stride_width : 1;
  g.input_row_stride = row_step * s.width * s.channels;
  g.input_pixel_stride = column_step * s.channels;
  g.input_rows = ceil_divide(s.height, row_step);
  g.input_columns = ceil_divide(s.width, column_step);
  g.stride_height = rows ? 1 : s.stride_height;
  g.stride_width = columns ? 1 : s.stride_width;
  g.row_pixels = (s.output_width - 1) * g.stride_width + (s.kernel_width - 1) * s.dilation_width + 1;

  // Neighbouring taps of a row join into one run where every channel takes part; a depthwise kernel wants single taps.
  const bool join = s.groups == 1 && s.dilation_width == 1;
  g.run_length = join ? s.kernel_width * s.channels : s.group_channels();
  const std::int64_t per_row = join ? 1 : s.kernel_width;
  g.runs = s.kernel_height * per_row;
  for (std::int64_t h = 0; h < s.kernel_height; ++h)
    for (std::int64_t w = 0; w < per_row; ++w)
      g.run_offset.push_back((h * s.dilation_height * g.row_pixels + w * s.dilation_width) * s.channels);
  if (!g.run_offset.empty()) g.run_offset.push_back(g.run_offset.back());
  return g;
}

}  // namespace x86_conv2d
