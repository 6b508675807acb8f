// A naive top_k to start from: a stable sort of each row's indices.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

namespace {

using tvm::ffi::TensorView;

// x [rows, N], values and indices [rows, K].
void starter(TensorView x, TensorView values, TensorView indices, bool largest) {
  const int64_t n = x.size(1), k = values.size(1);
  auto* const chosen = reinterpret_cast<int64_t*>(static_cast<char*>(indices.data_ptr()) + indices.byte_offset());
  std::vector<float> row(n);
  std::vector<int64_t> order(n);
  for (int64_t r = 0; r < x.size(0); ++r) {
    for (int64_t i = 0; i < n; ++i) row[i] = openxpu::load(x, r * x.stride(0) + i * x.stride(1));
    std::iota(order.begin(), order.end(), 0);
    // Stable: of equal values the one with the lower index stays first.
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return largest ? row[a] > row[b] : row[a] < row[b]; });
    for (int64_t i = 0; i < k; ++i) {
      openxpu::store(values, r * values.stride(0) + i * values.stride(1), row[order[i]]);
      chosen[r * indices.stride(0) + i * indices.stride(1)] = order[i];
    }
  }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
