// Naive layer_norm: one row at a time, two passes, all arithmetic in float32 (class fp32).
#include <cmath>
#include <cstdint>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

namespace {

using tvm::ffi::Optional;
using tvm::ffi::TensorView;

// x and y [rows, D], gamma and beta [D], mean and rstd [rows].
void starter(TensorView x, TensorView gamma, Optional<TensorView> beta, TensorView y, Optional<TensorView> mean,
             Optional<TensorView> rstd, double eps) {
  const int64_t features = x.size(1);
  const auto count = static_cast<float>(features);
  for (int64_t row = 0; row < x.size(0); ++row) {
    const auto element = [&](int64_t d) { return openxpu::load(x, row * x.stride(0) + d * x.stride(1)); };
    float sum = 0, squares = 0;
    for (int64_t d = 0; d < features; ++d) sum += element(d);
    const float center = sum / count;
    for (int64_t d = 0; d < features; ++d) squares += (element(d) - center) * (element(d) - center);
    const float factor = 1 / std::sqrt(squares / count + static_cast<float>(eps));
    for (int64_t d = 0; d < features; ++d) {
      const float gain = openxpu::load(gamma, d * gamma.stride(0));
      const float bias = beta.has_value() ? openxpu::load(*beta, d * (*beta).stride(0)) : 0.0f;
      openxpu::store(y, row * y.stride(0) + d * y.stride(1), (element(d) - center) * factor * gain + bias);
    }
    if (mean.has_value()) openxpu::store(*mean, row * (*mean).stride(0), center);
    if (rstd.has_value()) openxpu::store(*rstd, row * (*rstd).stride(0), factor);
  }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
