// Reordering in NRAM: transpose, padding, and the weight order that __bang_conv expects. dst and src never overlap.
#pragma once

#include <cstring>
#include <string>

#include "checks.h"
#include "number_types.h"

namespace openxpu::mlu {

inline void check_dimension(const call& c, const char* argument, int value) {
  if (value <= 0) c.fail(argument, value, "must be greater than 0");
}

// 2xx: this many bytes come in blocks of 128.
inline void check_strict_block(const call& c, const char* what, std::size_t bytes) {
  if (strict_alignment)
    check_multiple(c, what, static_cast<std::int64_t>(bytes), 128, std::string(" on ") + architecture);
}

}  // namespace openxpu::mlu

// src[height][width] -> dst[width][height]
template <class T>
inline void __bang_transpose(T* dst, T* src, int height, int width, OPENXPU_MLU_AT) {
  using namespace openxpu::mlu;
  const call c{"__bang_transpose", at};
  check_dimension(c, "height", height);
  check_dimension(c, "width", width);
  check_strict_block(c, "height * sizeof(type)", static_cast<std::size_t>(height) * sizeof(T));
  check_strict_block(c, "width * sizeof(type)", static_cast<std::size_t>(width) * sizeof(T));
  const std::size_t bytes = static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * sizeof(T);
  check_vector(c, "dst", dst, bytes);
  check_vector(c, "src", src, bytes);
  check_disjoint(c, dst, bytes, "src", src, bytes);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) dst[x * height + y] = src[y * width + x];
  }
}

// src[height][width][channel], with `value` around it
template <class T>
inline void __bang_pad(T* dst, T* src, int channel, int height, int width, int pad_top, int pad_bottom, int pad_left,
                       int pad_right, std::type_identity_t<T> value, OPENXPU_MLU_AT) {
  using namespace openxpu::mlu;
  const call c{"__bang_pad", at};
  check_dimension(c, "channel", channel);
  check_dimension(c, "height", height);
  check_dimension(c, "width", width);
  const int padded_width = pad_left + width + pad_right;
  const int padded_height = pad_top + height + pad_bottom;
  const std::size_t pixel = static_cast<std::size_t>(channel) * sizeof(T);
  check_strict_block(c, "channel * width * sizeof(type)", pixel * static_cast<std::size_t>(width));
  check_strict_block(c, "(pad_left + pad_right) * channel * sizeof(type)",
                     pixel * static_cast<std::size_t>(pad_left + pad_right));
  check_strict_block(c, "the bytes above src", pixel * static_cast<std::size_t>(pad_top * padded_width + pad_left));
  check_strict_block(c, "the bytes below src", pixel * static_cast<std::size_t>(pad_bottom * padded_width + pad_right));
  if (!strict_alignment && height == 1 && pixel * static_cast<std::size_t>(pad_left + pad_right) >= 64) {
    c.fail("(pad_left + pad_right) * channel * sizeof(type)", pixel * static_cast<std::size_t>(pad_left + pad_right),
           "must be less than 64 where height is 1");
  }
  const std::size_t src_bytes = pixel * static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  const std::size_t dst_bytes =
      pixel * static_cast<std::size_t>(padded_height) * static_cast<std::size_t>(padded_width);
  check_vector(c, "dst", dst, dst_bytes);
  check_vector(c, "src", src, src_bytes);
  check_disjoint(c, dst, dst_bytes, "src", src, src_bytes);
  for (int i = 0; i < padded_height * padded_width * channel; ++i) dst[i] = value;
  for (int y = 0; y < height; ++y) {
    std::memcpy(dst + ((pad_top + y) * padded_width + pad_left) * channel, src + y * width * channel,
                pixel * static_cast<std::size_t>(width));
  }
}

// The form without a value pads with zeros.
template <class T>
inline void __bang_pad(T* dst, T* src, int channel, int height, int width, int pad_top, int pad_bottom, int pad_left,
                       int pad_right, OPENXPU_MLU_AT) {
  __bang_pad(dst, src, channel, height, width, pad_top, pad_bottom, pad_left, pad_right, T{}, at);
}

// src[n][h][w][c] -> dst[64][n / 64][h][w][c]: row r of lane l is filter r * 64 + l, so that a contiguous copy into
// WRAM puts every filter into its lane.
template <class T>
inline void __bang_reshape_filter(T* dst, T* src, int n, int h, int w, int c, OPENXPU_MLU_AT) {
  using namespace openxpu::mlu;
  const call site{"__bang_reshape_filter", at};
  check_dimension(site, "n", n);
  check_dimension(site, "h", h);
  check_dimension(site, "w", w);
  check_dimension(site, "c", c);
  check_multiple(site, "n", n, 64, "");
  const std::size_t filter = static_cast<std::size_t>(h) * static_cast<std::size_t>(w) * static_cast<std::size_t>(c);
  check_multiple(site, "h * w * c * sizeof(type)", static_cast<std::int64_t>(filter * sizeof(T)), 128, "");
  const std::size_t bytes = static_cast<std::size_t>(n) * filter * sizeof(T);
  check_vector(site, "dst", dst, bytes);
  check_vector(site, "src", src, bytes);
  check_disjoint(site, dst, bytes, "src", src, bytes);
  const int rows = n / 64;
  for (int f = 0; f < n; ++f) {
    std::memcpy(dst + static_cast<std::size_t>(f % 64 * rows + f / 64) * filter,
                src + static_cast<std::size_t>(f) * filter, filter * sizeof(T));
  }
}
