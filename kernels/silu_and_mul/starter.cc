// Naive silu_and_mul: one element at a time in float32 (class fp32).
#include <cmath>
#include <cstdint>

#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

#include <openxpu/elements.h>

namespace {

using tvm::ffi::TensorView;

// x [rows, 2 D] holds the gate in its first D columns and what it scales behind; y is [rows, D].
void starter(TensorView x, TensorView y) {
  const int64_t rows = y.size(0), size = y.size(1);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t d = 0; d < size; ++d) {
      const float gate = openxpu::load(x, row * x.stride(0) + d * x.stride(1));
      const float up = openxpu::load(x, row * x.stride(0) + (size + d) * x.stride(1));
      openxpu::store(y, row * y.stride(0) + d * y.stride(1), gate / (1 + std::exp(-gate)) * up);
    }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
