// Naive rotary_embedding: one pair of features at a time in float32 (class fp32).
#include <cstdint>

#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

#include <openxpu/elements.h>

namespace {

using tvm::ffi::TensorView;

// x and y are [B, S, H, D], the caches [P, rotary_dim / 2], position_ids [B, S].
void starter(TensorView x, TensorView cos_cache, TensorView sin_cache, TensorView position_ids, TensorView y,
             bool interleaved, int64_t rotary_dim) {
  const int64_t tokens = x.size(1), heads = x.size(2), size = x.size(3), pairs = (rotary_dim > 0 ? rotary_dim : size) / 2;
  const auto* ids = reinterpret_cast<const int64_t*>(static_cast<const char*>(position_ids.data_ptr()) + position_ids.byte_offset());
  for (int64_t row = 0; row < x.size(0) * tokens * heads; ++row) {
    const int64_t b = row / heads / tokens, s = row / heads % tokens, h = row % heads;
    const int64_t from = b * x.stride(0) + s * x.stride(1) + h * x.stride(2);
    const int64_t to = b * y.stride(0) + s * y.stride(1) + h * y.stride(2);
    const int64_t position = ids[b * position_ids.stride(0) + s * position_ids.stride(1)];
    for (int64_t pair = 0; pair < pairs; ++pair) {
      const int64_t first = interleaved ? 2 * pair : pair, second = interleaved ? first + 1 : first + pairs;
      const float cosine = openxpu::load(cos_cache, position * cos_cache.stride(0) + pair * cos_cache.stride(1));
      const float sine = openxpu::load(sin_cache, position * sin_cache.stride(0) + pair * sin_cache.stride(1));
      const float a1 = openxpu::load(x, from + first * x.stride(3)), a2 = openxpu::load(x, from + second * x.stride(3));
      openxpu::store(y, to + first * y.stride(3), a1 * cosine - a2 * sine);
      openxpu::store(y, to + second * y.stride(3), a1 * sine + a2 * cosine);
    }
    for (int64_t d = 2 * pairs; d < size; ++d) openxpu::store(y, to + d * y.stride(3), openxpu::load(x, from + d * x.stride(3)));
  }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
