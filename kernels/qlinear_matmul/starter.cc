// A naive qlinear_matmul to start from: three loops, exact int32 sums, float32 requantization.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

namespace {

using tvm::ffi::Optional;
using tvm::ffi::TensorView;

// The first element of a tensor.
template <typename T>
T* elements(const TensorView& tensor) {
  return reinterpret_cast<T*>(static_cast<char*>(tensor.data_ptr()) + tensor.byte_offset());
}

// a [M, K], b [K, N] or, with trans_b, [N, K], y [M, N]; b_scale, b_zero_point and bias have one element a column.
void starter(TensorView a, TensorView a_scale, TensorView a_zero_point, TensorView b, TensorView b_scale,
             Optional<TensorView> b_zero_point, Optional<TensorView> bias, TensorView y_scale, TensorView y_zero_point,
             TensorView y, bool trans_b) {
  const int64_t columns = y.size(1), b_depth = b.stride(trans_b ? 1 : 0), b_column = b.stride(trans_b ? 0 : 1);
  const int32_t a_zero = *elements<int8_t>(a_zero_point);
  const float y_zero = *elements<int8_t>(y_zero_point);
  std::vector<int32_t> b_zeros(columns), biases(columns), sums(columns);
  std::vector<float> scales(columns);
  for (int64_t n = 0; n < columns; ++n) {
    scales[n] = *elements<float>(a_scale) * elements<float>(b_scale)[n * b_scale.stride(0)] / *elements<float>(y_scale);
    if (b_zero_point.has_value()) b_zeros[n] = elements<int8_t>(*b_zero_point)[n * (*b_zero_point).stride(0)];
    if (bias.has_value()) biases[n] = elements<int32_t>(*bias)[n * (*bias).stride(0)];
  }
  for (int64_t row = 0; row < y.size(0); ++row) {
    sums = biases;
    for (int64_t k = 0; k < a.size(1); ++k) {
      const int32_t value = elements<int8_t>(a)[row * a.stride(0) + k * a.stride(1)] - a_zero;
      const int8_t* weights = elements<int8_t>(b) + k * b_depth;
      for (int64_t n = 0; n < columns; ++n) sums[n] += value * (weights[n * b_column] - b_zeros[n]);
    }
    for (int64_t n = 0; n < columns; ++n) {
      // nearbyint rounds half to even in the default rounding mode; the zero point comes after it.
      const float rounded = std::nearbyint(static_cast<float>(sums[n]) * scales[n]) + y_zero;
      elements<int8_t>(y)[row * y.stride(0) + n * y.stride(1)] =
          static_cast<int8_t>(std::clamp(rounded, -128.0f, 127.0f));
    }
  }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
