// Naive softmax: one row at a time, exponentials and their sum in float32, one division each (class fp32).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

#include <openxpu/elements.h>

namespace {

using tvm::ffi::TensorView;

// x and y are [outer, K, inner]; a row runs along K.
void starter(TensorView x, TensorView y) {
  const int64_t outer = x.size(0), size = x.size(1), inner = x.size(2);
  std::vector<float> weights(size);
  for (int64_t row = 0; row < outer * inner; ++row) {
    const int64_t o = row / inner, i = row % inner;
    float maximum = -std::numeric_limits<float>::infinity(), sum = 0;
    for (int64_t k = 0; k < size; ++k) {
      weights[k] = openxpu::load(x, o * x.stride(0) + k * x.stride(1) + i * x.stride(2));
      maximum = std::max(maximum, weights[k]);
    }
    for (float& weight : weights) sum += weight = std::exp(weight - maximum);
    for (int64_t k = 0; k < size; ++k) {
      openxpu::store(y, o * y.stride(0) + k * y.stride(1) + i * y.stride(2), weights[k] / sum);
    }
  }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
