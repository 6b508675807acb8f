// Naive rms_norm: one row at a time, all arithmetic in float32 (class fp32).
#include <cmath>
#include <cstdint>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

namespace {

using tvm::ffi::TensorView;

// x and y [rows, D], gamma [D].
void starter(TensorView x, TensorView gamma, TensorView y, double eps) {
  const int64_t features = x.size(1);
  for (int64_t row = 0; row < x.size(0); ++row) {
    const auto element = [&](int64_t d) { return openxpu::load(x, row * x.stride(0) + d * x.stride(1)); };
    float squares = 0;
    for (int64_t d = 0; d < features; ++d) squares += element(d) * element(d);
    const float rstd = 1 / std::sqrt(squares / static_cast<float>(features) + static_cast<float>(eps));
    for (int64_t d = 0; d < features; ++d) {
      const float gain = openxpu::load(gamma, d * gamma.stride(0));
      openxpu::store(y, row * y.stride(0) + d * y.stride(1), element(d) * rstd * gain);
    }
  }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
