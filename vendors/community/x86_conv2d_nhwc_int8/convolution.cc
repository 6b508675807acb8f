// The driver: for each band of output rows, converts the rows of x it needs and runs tiles of every panel of weights.
#include "convolution.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels.h"

namespace x86_conv2d {
namespace {

constexpr std::int64_t band_bytes = 128 * 1024;  // scratch and output of a band: both stay in the second-level cache
constexpr std::int64_t overread = 256;           // tiles load whole vectors; what lies beyond meets zero weights

std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

class convolution {
 public:
  convolution(const shape& s, const operands& o);
  void run();

 private:
  void pack(std::int64_t panel);
  void allocate_all();
  void set_constants(std::int64_t panel, std::int64_t first_channel, int channels, const std::int32_t* sums);
  void fill(std::int64_t image, std::int64_t first_row, std::int64_t rows);
  void run_panel(std::int64_t panel, std::int64_t pixels, std::int8_t* y);
  std::int64_t scratch_rows(std::int64_t output_rows) const {
    return (output_rows - 1) * geometry_.stride_height + (shape_.kernel_height - 1) * shape_.dilation_height + 1;
  }
  std::int64_t band_size(std::int64_t output_rows) const {
    return scratch_rows(output_rows) * row_bytes_ + output_rows * shape_.output_width * shape_.outputs;
  }
  // Panels never cross groups, except that a depthwise panel holds one channel of each of its groups.
  std::int64_t panel_channels() const { return shape_.depthwise() ? shape_.outputs : shape_.group_outputs(); }
  std::int64_t panel_bytes() const { return packed_runs_ * steps_ * kernels_.columns * step_bytes; }
  // Where a panel is used once only, its memory is used again for the next one and stays in the cache.
  bool one_band() const { return shape_.batch == 1 && band_rows_ >= shape_.output_height; }
  std::uint8_t* panel_memory(std::int64_t panel) const {
    return packed_.get() + (one_band() ? 0 : panel * panel_bytes());
  }

  const shape& shape_;
  const operands& operands_;
  const kernel_set& kernels_;
  geometry geometry_;
  std::int64_t packed_runs_, run_length_, steps_, group_panels_, panels_, row_bytes_, band_rows_;
  bool wide_;
  buffer<std::uint8_t> packed_, scratch_;
  buffer<std::int32_t> start_;
  buffer<float> multiplier_;
  buffer<double> wide_multiplier_, wide_bias_;
  std::vector<std::ptrdiff_t> pixel_, run_;  // byte offsets into the scratch of a band
};

convolution::convolution(const shape& s, const operands& o)
    : shape_(s), operands_(o), kernels_(select_kernels(s.depthwise())), geometry_(make_geometry(s)) {
  packed_runs_ = s.depthwise() ? 1 : geometry_.runs;
  run_length_ = s.depthwise() ? s.taps() : geometry_.run_length;
  steps_ = kernels_.steps(run_length_);
  group_panels_ = ceil_divide(panel_channels(), kernels_.columns);
  panels_ = group_panels_ * (s.depthwise() ? 1 : s.groups);
  wide_ = needs_double(o.q, s.outputs, s.taps() * s.group_channels());

  row_bytes_ = geometry_.row_pixels * s.channels * kernels_.element;
  band_rows_ = 1;
  while (band_rows_ < s.output_height && band_size(band_rows_ + 1) <= band_bytes) ++band_rows_;
  const std::int64_t pixel_bytes = s.channels * kernels_.element;
  pixel_.reserve(std::size_t(band_rows_ * s.output_width + kernels_.max_pixels));
  for (std::int64_t row = 0; row < band_rows_; ++row)
    for (std::int64_t column = 0; column < s.output_width; ++column)
      pixel_.push_back(row * geometry_.stride_height * row_bytes_ + column * geometry_.stride_width * pixel_bytes);
  // A tile may compute, but never store, pixels past the end.
  pixel_.resize(pixel_.size() + std::size_t(kernels_.max_pixels), 0);
  for (const std::int64_t offset : geometry_.run_offset) run_.push_back(offset * kernels_.element);
}

void convolution::set_constants(std::int64_t panel, std::int64_t first_channel, int channels,
                                const std::int32_t* sums) {
  const scales& q = operands_.q;
  // The sum of x - zero_point times w is the sum of what the scratch holds times w, minus this times the sum of w.
  const std::int32_t shift = kernels_.element == 1 ? 128 + q.x_zero_point : 0;
  for (int column = 0; column < kernels_.columns; ++column) {
    const int channel = channel_of(column, kernels_.columns);
    const std::int64_t at = panel * kernels_.columns + column;
    const bool used = channel < channels;
    const double multiplier = used ? q.multiplier(first_channel + channel) : 0.0;
    const std::int32_t bias = used ? q.bias_of(first_channel + channel) : 0;
    // Unsigned: only the whole sum has to fit int32, its parts may wrap.
    start_[at] = std::int32_t((wide_ ? 0U : std::uint32_t(bias)) - std::uint32_t(shift) * std::uint32_t(sums[column]));
    multiplier_[at] = float(multiplier);
    wide_multiplier_[at] = multiplier;
    wide_bias_[at] = wide_ ? bias : 0;
  }
}

void convolution::pack(std::int64_t panel) {
  const std::int64_t channel_stride = packed_runs_ * run_length_;
  const std::int64_t in_group = panel % group_panels_ * kernels_.columns;
  const std::int64_t first = panel / group_panels_ * panel_channels() + in_group;
  const int channels = int(std::min<std::int64_t>(kernels_.columns, panel_channels() - in_group));
  std::int32_t sums[64] = {};
  const weight_rows rows{operands_.w + first * channel_stride, channel_stride, channels, packed_runs_, run_length_};
  kernels_.pack(rows, panel_memory(panel), sums);
  set_constants(panel, first, channels, sums);
}

// Scratch rows `rows` from row `first_row` of the padded image.
void convolution::fill(std::int64_t image, std::int64_t first_row, std::int64_t rows) {
  const geometry& g = geometry_;
  const std::int64_t pixel_bytes = shape_.channels * kernels_.element;
  const int zero_point = operands_.q.x_zero_point;
  const int padding = kernels_.element == 1 ? zero_point + 128 : 0;
  const std::int64_t left = std::clamp<std::int64_t>(shape_.pad_left, 0, g.row_pixels);
  const std::int64_t right = std::clamp<std::int64_t>(g.input_columns + shape_.pad_left, left, g.row_pixels);
  const std::int8_t* x = operands_.x + image * shape_.height * shape_.width * shape_.channels;
  for (std::int64_t row = 0; row < rows; ++row) {
    std::uint8_t* out = scratch_.get() + row * row_bytes_;
    const std::int64_t input_row = first_row + row - shape_.pad_top;
    if (input_row < 0 || input_row >= g.input_rows || left == right) {
      std::memset(out, padding, std::size_t(row_bytes_));
      continue;
    }
    std::memset(out, padding, std::size_t(left * pixel_bytes));
    const std::int8_t* in = x + input_row * g.input_row_stride + (left - shape_.pad_left) * g.input_pixel_stride;
    if (g.input_pixel_stride == shape_.channels) {
      kernels_.convert(in, (right - left) * shape_.channels, zero_point, out + left * pixel_bytes);
    } else {
      for (std::int64_t pixel = left; pixel < right; ++pixel, in += g.input_pixel_stride)
        kernels_.convert(in, shape_.channels, zero_point, out + pixel * pixel_bytes);
    }
    std::memset(out + right * pixel_bytes, padding, std::size_t((g.row_pixels - right) * pixel_bytes));
  }
}

// All tiles of one panel over the band's pixels; `y` is the band's first output pixel.
void convolution::run_panel(std::int64_t panel, std::int64_t pixels, std::int8_t* y) {
  const std::int64_t group = panel / group_panels_;
  const std::int64_t in_group = panel % group_panels_ * kernels_.columns;
  const std::int64_t first_input = shape_.depthwise() ? in_group : group * shape_.group_channels();
  tile t{};
  t.input = scratch_.get() + first_input * kernels_.element;
  t.run = run_.data();
  t.runs = geometry_.runs;
  t.steps = steps_;
  t.panel = panel_memory(panel);
  const column_constants constants{start_.get(), multiplier_.get(), wide_multiplier_.get(), wide_bias_.get()};
  t.constants = constants.at(panel * kernels_.columns);
  t.output_stride = shape_.outputs;
  t.channels = int(std::min<std::int64_t>(kernels_.columns, panel_channels() - in_group));
  t.zero_point = operands_.q.y_zero_point;
  t.wide = wide_;
  const auto run_tile = shape_.depthwise() ? kernels_.depthwise_tile : kernels_.dense_tile;
  std::int8_t* out = y + group * panel_channels() + in_group;
  for (std::int64_t pixel = 0; pixel < pixels; pixel += kernels_.max_pixels) {
    t.pixel = pixel_.data() + pixel;
    t.output = out + pixel * shape_.outputs;
    t.pixels = int(std::min<std::int64_t>(kernels_.max_pixels, pixels - pixel));
    run_tile(t);
  }
}

void convolution::allocate_all() {
  const std::size_t columns = std::size_t(panels_ * kernels_.columns);
  packed_ = allocate<std::uint8_t>(std::size_t((one_band() ? 1 : panels_) * panel_bytes()));
  start_ = allocate<std::int32_t>(columns);
  multiplier_ = allocate<float>(columns);
  wide_multiplier_ = allocate<double>(columns);
  wide_bias_ = allocate<double>(columns);
  const std::size_t scratch_bytes = std::size_t(scratch_rows(band_rows_) * row_bytes_);
  scratch_ = allocate<std::uint8_t>(scratch_bytes + overread);
  std::memset(scratch_.get() + scratch_bytes, 0, overread);
}

void convolution::run() {
  allocate_all();
  for (std::int64_t image = 0; image < shape_.batch; ++image)
    for (std::int64_t row = 0; row < shape_.output_height; row += band_rows_) {
      const std::int64_t rows = std::min(band_rows_, shape_.output_height - row);
      fill(image, row * geometry_.stride_height, scratch_rows(rows));
      const std::int64_t first_pixel = (image * shape_.output_height + row) * shape_.output_width;
      for (std::int64_t panel = 0; panel < panels_; ++panel) {
        if (image == 0 && row == 0) pack(panel);
        run_panel(panel, rows * shape_.output_width, operands_.y + first_pixel * shape_.outputs);
      }
    }
}

}  // namespace

void convolve(const shape& s, const operands& o) {
  if (s.batch == 0 || s.output_height <= 0 || s.output_width <= 0 || s.outputs == 0) return;
  convolution(s, o).run();
}

}  // namespace x86_conv2d
