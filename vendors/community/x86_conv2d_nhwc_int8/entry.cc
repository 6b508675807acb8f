// The TVM FFI entry point: reads the op's arguments, makes strided tensors contiguous, and calls the convolution.
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

#include <array>
#include <cstring>

#include "convolution.h"

namespace {

using tvm::ffi::Array;
using tvm::ffi::Optional;
using tvm::ffi::TensorView;

// First element: DLPack's `data` excludes the byte offset.
template <typename T>
T* elements(const TensorView& t) {
  return reinterpret_cast<T*>(static_cast<char*>(t.data_ptr()) + t.byte_offset());
}

void expect(bool holds, const char* what) {
  if (!holds) TVM_FFI_THROW(ValueError) << "x86_conv2d_nhwc_int8: " << what;
}

// Copies a tensor of rank 4 between its own strides and a contiguous array, in either direction.
enum class direction { gather, scatter };

void copy_strided(const TensorView& t, std::int8_t* contiguous, direction way) {
  auto* base = elements<std::int8_t>(t);
  for (std::int64_t a = 0; a < t.size(0); ++a)
    for (std::int64_t b = 0; b < t.size(1); ++b)
      for (std::int64_t c = 0; c < t.size(2); ++c)
        for (std::int64_t d = 0; d < t.size(3); ++d, ++contiguous) {
          std::int8_t& element = base[a * t.stride(0) + b * t.stride(1) + c * t.stride(2) + d * t.stride(3)];
          if (way == direction::gather) *contiguous = element;
          else element = *contiguous;
        }
}

// A contiguous view of an input: the tensor itself where it is contiguous, else a copy kept alive by `storage`.
const std::int8_t* contiguous_input(const TensorView& t, x86_conv2d::buffer<std::int8_t>& storage) {
  if (t.IsContiguous()) return elements<const std::int8_t>(t);
  storage = x86_conv2d::allocate<std::int8_t>(std::size_t(t.numel()));
  copy_strided(t, storage.get(), direction::gather);
  return storage.get();
}

x86_conv2d::shape read_shape(const TensorView& x, const TensorView& w, const TensorView& y,
                             const Array<int64_t>& strides, const Array<int64_t>& pads,
                             const Array<int64_t>& dilations, int64_t groups) {
  expect(x.ndim() == 4 && w.ndim() == 4 && y.ndim() == 4, "x, w and y have rank 4");
  expect(strides.size() == 2 && pads.size() == 4 && dilations.size() == 2, "strides[2], pads[4], dilations[2]");
  expect(groups >= 1 && x.size(3) == w.size(3) * groups && w.size(0) % groups == 0, "channels divide into the groups");
  expect(y.size(0) == x.size(0) && y.size(3) == w.size(0), "y is [N, OH, OW, Cout]");
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t kernel = w.size(1 + axis);
    const std::int64_t output = y.size(1 + axis);
    expect(strides[axis] >= 1 && dilations[axis] >= 1 && kernel >= 1, "strides, dilations and kernel are positive");
    const std::int64_t extent = x.size(1 + axis) + pads[axis] + pads[axis + 2] - dilations[axis] * (kernel - 1) - 1;
    expect(output == 0 || (extent >= 0 && output == extent / strides[axis] + 1), "y has the op's height and width");
  }
  return {.batch = x.size(0),
          .height = x.size(1),
          .width = x.size(2),
          .channels = x.size(3),
          .outputs = w.size(0),
          .kernel_height = w.size(1),
          .kernel_width = w.size(2),
          .groups = groups,
          .output_height = y.size(1),
          .output_width = y.size(2),
          .stride_height = strides[0],
          .stride_width = strides[1],
          .pad_top = pads[0],
          .pad_left = pads[1],
          .dilation_height = dilations[0],
          .dilation_width = dilations[1]};
}

void x86_conv2d_nhwc_int8(TensorView x, TensorView x_scale, TensorView x_zero_point, TensorView w, TensorView w_scale,
                          Optional<TensorView> bias, TensorView y_scale, TensorView y_zero_point, TensorView y,
                          Array<int64_t> strides, Array<int64_t> pads, Array<int64_t> dilations, int64_t groups) {
  const x86_conv2d::shape shape = read_shape(x, w, y, strides, pads, dilations, groups);
  expect(w_scale.ndim() == 1 && w_scale.size(0) == shape.outputs, "w_scale is [Cout]");
  x86_conv2d::buffer<std::int8_t> x_copy, w_copy, y_copy;
  x86_conv2d::operands o{};
  o.x = contiguous_input(x, x_copy);
  o.w = contiguous_input(w, w_copy);
  o.y = elements<std::int8_t>(y);
  o.q.x = *elements<const float>(x_scale);
  o.q.y = *elements<const float>(y_scale);
  o.q.x_zero_point = *elements<const std::int8_t>(x_zero_point);
  o.q.y_zero_point = *elements<const std::int8_t>(y_zero_point);
  o.q.w = elements<const float>(w_scale);
  o.q.w_stride = w_scale.stride(0);
  if (bias.has_value()) {
    expect(bias.value().ndim() == 1 && bias.value().size(0) == shape.outputs, "bias is [Cout]");
    o.q.bias = elements<const std::int32_t>(bias.value());
    o.q.bias_stride = bias.value().stride(0);
  }
  if (!y.IsContiguous()) {
    y_copy = x86_conv2d::allocate<std::int8_t>(std::size_t(y.numel()));
    o.y = y_copy.get();
  }
  x86_conv2d::convolve(shape, o);
  if (y_copy != nullptr) copy_strided(y, y_copy.get(), direction::scatter);
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(x86_conv2d_nhwc_int8, x86_conv2d_nhwc_int8);
