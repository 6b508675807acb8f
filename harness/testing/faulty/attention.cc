// FlashAttention in float32 that is wrong on purpose, one entry a fault.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

namespace {

using tvm::ffi::Optional;
using tvm::ffi::TensorView;

constexpr int64_t TILE = 16;
constexpr float INFINITE = std::numeric_limits<float>::infinity();

// What a fault may change of a right online softmax over tiles of keys.
struct right {
  static float rescale(float factor) { return factor; }
  static int64_t keys(int64_t visible) { return visible; }
  static float divide(float sum) { return sum == 0 ? 0 : 1 / sum; }
  // Last key that query i sees, exclusive.
  static int64_t horizon(int64_t i, int64_t queries, int64_t keys) { return i + keys - queries + 1; }
  static float settle(float lse) { return lse; }
};

template <typename fault>
void attend(TensorView q, TensorView k, TensorView v, TensorView o, Optional<TensorView> lse, bool causal, double scale) {
  if (q.dtype().bits != 32) TVM_FFI_THROW(NotImplementedError) << "float32 only";
  const int64_t batch = q.size(0), tq = q.size(1), heads = q.size(2), d = q.size(3), tk = k.size(1), kv_heads = k.size(2);
  const auto *qs = static_cast<const float*>(q.data_ptr()), *ks = static_cast<const float*>(k.data_ptr()), *vs = static_cast<const float*>(v.data_ptr());
  std::vector<float> accumulator(d), scores(TILE);
  for (int64_t row = 0; row < batch * heads * tq; ++row) {
    const int64_t i = row % tq, h = row / tq % heads, b = row / tq / heads, g = h / (heads / kv_heads);
    const int64_t visible = causal ? std::clamp<int64_t>(fault::horizon(i, tq, tk), 0, tk) : tk;
    float top = -INFINITE, sum = 0;
    std::fill(accumulator.begin(), accumulator.end(), 0.0f);
    for (int64_t first = 0; first < fault::keys(visible); first += TILE) {
      const int64_t last = std::min(first + TILE, visible);
      float tile_top = top;
      for (int64_t j = first; j < last; ++j) {
        float dot = 0;
        for (int64_t c = 0; c < d; ++c) dot += qs[((b * tq + i) * heads + h) * d + c] * ks[((b * tk + j) * kv_heads + g) * d + c];
        scores[j - first] = dot * static_cast<float>(scale);
        tile_top = std::max(tile_top, scores[j - first]);
      }
      const float factor = fault::rescale(std::exp(top - tile_top));
      sum *= factor;
      for (float& value : accumulator) value *= factor;
      for (int64_t j = first; j < last; ++j) {
        const float p = std::exp(scores[j - first] - tile_top);
        sum += p;
        for (int64_t c = 0; c < d; ++c) accumulator[c] += p * vs[((b * tk + j) * kv_heads + g) * d + c];
      }
      top = tile_top;
    }
    const float inverse = fault::divide(sum);
    for (int64_t c = 0; c < d; ++c) static_cast<float*>(o.data_ptr())[((b * tq + i) * heads + h) * d + c] = accumulator[c] * inverse;
    if (lse.has_value()) static_cast<float*>((*lse).data_ptr())[(b * heads + h) * tq + i] = sum == 0 ? -INFINITE : fault::settle(top + std::log(sum));
  }
}

struct missing_rescale : right {
  static float rescale(float factor) { return factor > 0 ? 1 : 0; }
};
struct wrong_tail_tile : right {
  static int64_t keys(int64_t visible) { return visible > TILE ? visible / TILE * TILE : visible; }
};
struct nan_when_masked : right {
  static float divide(float sum) { return 1 / sum; }
};
struct top_left_mask : right {
  static int64_t horizon(int64_t i, int64_t, int64_t) { return i + 1; }
};
// Differs from call to call by one rounding, as often up as down: no tolerance sees it.
struct jittering : right {
  static float settle(float lse) {
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return std::nextafter(lse, state >> 31 ? INFINITE : -INFINITE);
  }
};

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(right, attend<right>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(missing_rescale, attend<missing_rescale>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(wrong_tail_tile, attend<wrong_tail_tile>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(nan_when_masked, attend<nan_when_masked>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(top_left_mask, attend<top_left_mask>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(jittering, attend<jittering>);
