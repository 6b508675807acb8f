// A naive dequant_gemm_int4 to start from: three loops, weights dequantized in float32, one rounding to y (class fp32).
#include <cstdint>
#include <vector>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

namespace {

using tvm::ffi::Optional;
using tvm::ffi::TensorView;

// y[m,n] = sum over k of x[m,k] (code[n,k] - zero[n,g]) scale[n,g], g = k / group. w holds two codes a byte, the even k low.
void starter(TensorView x, TensorView w, TensorView scales, Optional<TensorView> zero_points, TensorView y, int64_t group) {
  const int64_t tokens = x.size(0), depth = x.size(1);
  const std::vector<float> activations = openxpu::widen(x);
  std::vector<float> weights(depth);
  for (int64_t n = 0; n < y.size(1); ++n) {
    float scale = 0, zero = 0;
    for (int64_t k = 0; k < depth; ++k) {
      if (k % group == 0) {
        const int64_t g = k / group;
        scale = openxpu::load(scales, n * scales.stride(0) + g * scales.stride(1));
        if (zero_points.has_value()) zero = openxpu::load(*zero_points, n * (*zero_points).stride(0) + g * (*zero_points).stride(1));
      }
      const int byte = static_cast<int>(openxpu::load(w, n * w.stride(0) + k / 2 * w.stride(1)));
      const int nibble = byte >> (4 * (k % 2)) & 15;
      weights[k] = (static_cast<float>((nibble ^ 8) - 8) - zero) * scale;
    }
    for (int64_t m = 0; m < tokens; ++m) {
      float sum = 0;
      for (int64_t k = 0; k < depth; ++k) sum += activations[m * depth + k] * weights[k];
      openxpu::store(y, m * y.stride(0) + n * y.stride(1), sum);
    }
  }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
