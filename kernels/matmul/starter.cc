// A naive matmul to start from: three loops, float32 sums, one rounding to the output (class fp32).
#include <algorithm>
#include <cstdint>
#include <vector>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

namespace {

using tvm::ffi::TensorView;

// c[i,m,n] = sum over k of a[i,m,k] b[i,k,n]; trans_a stores a as [batch, K, M], trans_b b as [batch, N, K].
void starter(TensorView a, TensorView b, TensorView c, bool trans_a, bool trans_b) {
  const int64_t rows = c.size(1), columns = c.size(2), depth = a.size(trans_a ? 1 : 2);
  // Dense copies in float32, whatever the strides and the dtype.
  const std::vector<float> left = openxpu::widen(a), right = openxpu::widen(b);
  const int64_t a_row = trans_a ? 1 : depth, a_depth = trans_a ? rows : 1;
  const int64_t b_column = trans_b ? depth : 1, b_depth = trans_b ? 1 : columns;
  std::vector<float> sums(columns);
  for (int64_t matrix = 0; matrix < c.size(0); ++matrix) {
    // One matrix of b may serve all of a.
    const float* b_matrix = right.data() + (b.size(0) == 1 ? 0 : matrix) * depth * columns;
    for (int64_t row = 0; row < rows; ++row) {
      std::fill(sums.begin(), sums.end(), 0.0f);
      for (int64_t k = 0; k < depth; ++k) {
        const float value = left[matrix * rows * depth + row * a_row + k * a_depth];
        for (int64_t n = 0; n < columns; ++n) sums[n] += value * b_matrix[k * b_depth + n * b_column];
      }
      const int64_t to = matrix * c.stride(0) + row * c.stride(1);
      for (int64_t n = 0; n < columns; ++n) openxpu::store(c, to + n * c.stride(2), sums[n]);
    }
  }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
