// A naive sparse_gemm_int4 to start from: exact group sums, scaled and added in float32, one rounding to y (class int32_groups).
#include <algorithm>
#include <cstdint>
#include <vector>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

namespace {

using tvm::ffi::TensorView;

// A signed 4-bit value.
int value_of(int nibble) { return ((nibble & 15) ^ 8) - 8; }

// y[m,n] = b_scales[n] * sum over g of a_scales[m,g] * (sum over kept k of group g of a[m,k] b[n,k]).
void starter(TensorView a, TensorView metadata, TensorView a_scales, TensorView b, TensorView b_scales, TensorView y, int64_t group) {
  const int64_t depth = b.size(1), groups = a_scales.size(1);
  const std::vector<float> activations = openxpu::widen(b);
  std::vector<int32_t> row(depth);
  for (int64_t m = 0; m < y.size(0); ++m) {
    // The row of a with its zeros.
    std::fill(row.begin(), row.end(), 0);
    for (int64_t four = 0; four < depth / 4; ++four) {
      const int pair = static_cast<int>(openxpu::load(a, m * a.stride(0) + four * a.stride(1)));
      const int byte = static_cast<int>(openxpu::load(metadata, m * metadata.stride(0) + four / 2 * metadata.stride(1)));
      const int indices = byte >> (4 * (four % 2));
      row[4 * four + (indices & 3)] = value_of(pair);
      row[4 * four + (indices >> 2 & 3)] = value_of(pair >> 4);
    }
    for (int64_t n = 0; n < y.size(1); ++n) {
      float sum = 0;
      for (int64_t g = 0; g < groups; ++g) {
        int32_t inner = 0;
        for (int64_t k = g * group; k < std::min(depth, (g + 1) * group); ++k) {
          inner += row[k] * static_cast<int32_t>(activations[n * depth + k]);
        }
        sum += static_cast<float>(inner) * openxpu::load(a_scales, m * a_scales.stride(0) + g * a_scales.stride(1));
      }
      openxpu::store(y, m * y.stride(0) + n * y.stride(1), sum * openxpu::load(b_scales, n * b_scales.stride(0)));
    }
  }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
