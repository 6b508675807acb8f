// The shape of a convolution and the rules of __bang_conv, from the vendor's comments in
// zhourunyu/llvm-mlu:clang/lib/Headers/bang_device_functions_decls.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "checks.h"
#include "copy_segments.h"

namespace openxpu::mlu {

struct conv_shape {
  int channel_input, height, width;
  int kernel_height, kernel_width;
  int stride_width, stride_height;
  int channel_output;
  int dilation_width, dilation_height;

  int out_height() const { return (height - ((kernel_height - 1) * dilation_height + 1)) / stride_height + 1; }
  int out_width() const { return (width - ((kernel_width - 1) * dilation_width + 1)) / stride_width + 1; }

  // Bytes from one filter of a lane to the next.
  std::size_t filter_row_bytes(std::size_t element) const {
    const auto bytes = static_cast<std::size_t>(kernel_height) * static_cast<std::size_t>(kernel_width) *
                       static_cast<std::size_t>(channel_input) * element;
    return (bytes + 63) / 64 * 64;
  }
};

inline void check_conv_dimensions(const call& c, const conv_shape& s) {
  const auto in = [&](const char* name, int value, int low, int high) {
    if (value < low || value > high) {
      c.fail(name, value, "must be in [" + std::to_string(low) + ", " + std::to_string(high) + "]");
    }
  };
  constexpr int any = 1 << 30;
  in("channel_input", s.channel_input, 1, any);
  in("channel_output", s.channel_output, 1, any);
  in("kernel_height", s.kernel_height, 1, any);
  in("kernel_width", s.kernel_width, 1, any);
  in("stride_width", s.stride_width, 1, 1023);
  in("stride_height", s.stride_height, 1, 1023);
  in("indilation_width", s.dilation_width, 1, 1023);
  in("indilation_height", s.dilation_height, 1, 1023);
  in("height", s.height, (s.kernel_height - 1) * s.dilation_height + 1, any);
  in("width", s.width, (s.kernel_width - 1) * s.dilation_width + 1, any);
  if (__BANG_ARCH__ == 322) in("the output height", s.out_height(), 1, 1024);
}

// 2xx aligns src, 3xx aligns the filter's channels; a channel count that is not aligned reads random weights on the
// device.
inline void check_conv_channels(const call& c, const conv_shape& s, std::size_t src_element, std::size_t kernel_element,
                                std::size_t dst_element) {
  const auto ci = static_cast<std::int64_t>(s.channel_input);
  const std::string on = std::string(" on ") + architecture;
  if (strict_alignment) {
    check_multiple(c, "channel_input * sizeof(src)", ci * static_cast<std::int64_t>(src_element), 64, on);
    check_multiple(c, "channel_output * sizeof(dst)", s.channel_output * static_cast<std::int64_t>(dst_element), 64,
                   on);
  } else {
    const std::int64_t block = src_element == 4 * kernel_element ? 16 : src_element == 2 * kernel_element ? 32 : 64;
    check_multiple(c, "channel_input * sizeof(kernel)", ci * static_cast<std::int64_t>(kernel_element), block, on);
  }
  // From 3xx on the rule is about the filters' space in WRAM; the strict reading takes it for the argument too.
  check_multiple(c, "channel_output", s.channel_output, 64, on);
}

// The filters, one lane each, 64 a row, from the address of `kernel` in the first lane.
inline void check_conv_kernel(const call& c, const conv_shape& s, const void* kernel, std::size_t element) {
  const task& t = this_task();
  const std::size_t rows = (static_cast<std::size_t>(s.channel_output) + wram_lanes - 1) / wram_lanes;
  const std::size_t lane_bytes = rows * s.filter_row_bytes(element);
  check_range(c, "kernel", kernel, 1, space::wram);
  check_pointer_alignment(c, "kernel", kernel, 32);
  const wram_place place = wram_place_of(t, kernel);
  if (place.lane != 0) c.fail("kernel", t.memory.describe(kernel), "must be in the first lane of WRAM");
  if (place.offset + lane_bytes > wram_lane_bytes) {
    c.fail("kernel", t.memory.describe(kernel),
           "its " + std::to_string(lane_bytes) + " bytes a lane leave the lane, which has " +
               std::to_string(wram_lane_bytes));
  }
}

template <class D, class S, class K>
void check_conv(const call& c, const conv_shape& s, const D* dst, const S* src, const K* kernel, const D* bias,
                int fix) {
  if (fix < -127 || fix > 127) c.fail("fix_position", fix, "must be in [-127, 127]");
  check_conv_dimensions(c, s);
  check_conv_channels(c, s, sizeof(S), sizeof(K), sizeof(D));
  check_conv_kernel(c, s, kernel, sizeof(K));
  const auto count = [](int a, int b, int d) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(d);
  };
  const std::size_t src_bytes = count(s.height, s.width, s.channel_input) * sizeof(S);
  const std::size_t dst_bytes = count(s.out_height(), s.out_width(), s.channel_output) * sizeof(D);
  check_vector(c, "src", src, src_bytes);
  check_vector(c, "dst", dst, dst_bytes);
  check_disjoint(c, dst, dst_bytes, "src", src, src_bytes);
  if (bias == nullptr) return;
  const std::size_t bias_bytes = static_cast<std::size_t>(s.channel_output) * sizeof(D);
  check_vector(c, "bias", bias, bias_bytes);
  check_disjoint(c, dst, dst_bytes, "bias", bias, bias_bytes);
}

}  // namespace openxpu::mlu
