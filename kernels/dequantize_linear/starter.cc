// A naive dequantize_linear to start from: one element after the other, in float32.
#include <algorithm>
#include <cstdint>

#include <openxpu/elements.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

namespace {

using tvm::ffi::Array;
using tvm::ffi::Optional;
using tvm::ffi::TensorView;

// Element (o, c, i).
float at(const TensorView& t, int64_t o, int64_t c, int64_t i) {
  return openxpu::load(t, o * t.stride(0) + c * t.stride(1) + i * t.stride(2));
}

// x and y [outer, C, inner]; x_scale and x_zero_point have one element for each block.
void starter(TensorView x, TensorView x_scale, Optional<TensorView> x_zero_point, TensorView y, Array<int64_t> block) {
  // 0 stands for the whole axis.
  const auto extent = [&](int axis) { return block[axis] > 0 ? block[axis] : std::max<int64_t>(1, x.size(axis)); };
  const int64_t outer_block = extent(0), c_block = extent(1), inner_block = extent(2);
  for (int64_t o = 0; o < x.size(0); ++o)
    for (int64_t c = 0; c < x.size(1); ++c)
      for (int64_t i = 0; i < x.size(2); ++i) {
        const int64_t scale_o = o / outer_block, scale_c = c / c_block, scale_i = i / inner_block;
        // The difference is exact: only the product rounds, once. A float16 product is exact in float32 and rounds when it is stored.
        float difference = at(x, o, c, i);
        if (x_zero_point.has_value()) difference -= at(*x_zero_point, scale_o, scale_c, scale_i);
        const float value = difference * at(x_scale, scale_o, scale_c, scale_i);
        openxpu::store(y, o * y.stride(0) + c * y.stride(1) + i * y.stride(2), value);
      }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
