// Naive reduce_sum: one output at a time, terms added in order in float32 (class fp32).
#include <cstdint>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

namespace {

using tvm::ffi::TensorView;

// x [outer, K, inner], y [outer, inner].
void starter(TensorView x, TensorView y) {
  for (int64_t o = 0; o < x.size(0); ++o) {
    for (int64_t i = 0; i < x.size(2); ++i) {
      float sum = 0;
      for (int64_t k = 0; k < x.size(1); ++k) {
        sum += openxpu::load(x, o * x.stride(0) + k * x.stride(1) + i * x.stride(2));
      }
      openxpu::store(y, o * y.stride(0) + i * y.stride(1), sum);
    }
  }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
