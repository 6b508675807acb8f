// Naive flash_attention: one query row at a time, all scores in float32, one division at the end (class fp32).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

namespace {

using openxpu::store;
using tvm::ffi::Optional;
using tvm::ffi::TensorView;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Place of element [a, b, c, 0] counted from the tensor's first; strides count elements.
int64_t at(const TensorView& t, int64_t a, int64_t b, int64_t c) { return a * t.stride(0) + b * t.stride(1) + c * t.stride(2); }

void starter(TensorView q, TensorView k, TensorView v, TensorView o, Optional<TensorView> lse, bool causal,
             double scale) {
  const int64_t queries = q.size(1), heads = q.size(2), size = q.size(3);
  const int64_t keys = k.size(1), kv_heads = k.size(2), group = heads / kv_heads;
  // Row-major, whatever the strides are.
  const std::vector<float> qs = openxpu::widen(q), ks = openxpu::widen(k), vs = openxpu::widen(v);
  std::vector<float> weights(keys), mixed(size);
  for (int64_t row = 0; row < q.size(0) * queries * heads; ++row) {
    const int64_t h = row % heads, i = row / heads % queries, b = row / heads / queries;
    const float* query = qs.data() + row * size;
    const int64_t first = (b * keys * kv_heads + h / group) * size, step = kv_heads * size;
    // Bottom-right causal mask: key j is visible iff j <= i + keys - queries.
    const int64_t visible = causal ? std::clamp<int64_t>(i + keys - queries + 1, 0, keys) : keys;
    float maximum = -kInfinity, sum = 0;
    for (int64_t j = 0; j < visible; ++j) {
      float dot = 0;
      for (int64_t d = 0; d < size; ++d) dot += query[d] * ks[first + j * step + d];
      weights[j] = dot * static_cast<float>(scale);
      maximum = std::max(maximum, weights[j]);
    }
    std::fill(mixed.begin(), mixed.end(), 0.0f);
    for (int64_t j = 0; j < visible; ++j) {
      const float weight = std::exp(weights[j] - maximum);
      sum += weight;
      for (int64_t d = 0; d < size; ++d) mixed[d] += weight * vs[first + j * step + d];
    }
    const bool seen = visible > 0;
    for (int64_t d = 0; d < size; ++d) store(o, at(o, b, i, h) + d * o.stride(3), seen ? mixed[d] / sum : 0.0f);
    if (lse.has_value()) store(*lse, at(*lse, b, h, i), seen ? maximum + std::log(sum) : -kInfinity);
  }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
