// Naive flash_attention: one query row at a time, all scores in float32, one division at the end (class fp32).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

namespace {

using tvm::ffi::Optional;
using tvm::ffi::TensorView;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// float16 or bfloat16: stored bits of the fraction, and the exponent of the smallest normal number.
struct Format {
  int fraction;
  int min_exponent;
};
constexpr Format kHalf{10, -14};
constexpr Format kBfloat{7, -126};

Format format_of(const TensorView& t) { return t.dtype().code == kDLBfloat ? kBfloat : kHalf; }

// Of finite numbers, subnormals included.
float decode(uint16_t bits, Format f) {
  const int magnitude = bits & 0x7fff;
  const int exponent = magnitude >> f.fraction;
  const int implicit = exponent == 0 ? 0 : 1 << f.fraction;
  const int significand = (magnitude & ((1 << f.fraction) - 1)) + implicit;
  const int shift = std::max(exponent, 1) - 1 + f.min_exponent - f.fraction;
  const float value = std::ldexp(static_cast<float>(significand), shift);
  return bits & 0x8000 ? -value : value;
}

// Ties to even, as nearbyint rounds. A significand that rounds up carries into the exponent by plain addition.
uint16_t encode(float value, Format f) {
  if (std::isnan(value)) return 0x7fff;
  const float magnitude = std::fabs(value);
  const int exponent = std::max(magnitude == 0 ? f.min_exponent : std::ilogb(magnitude), f.min_exponent);
  const float steps = std::nearbyint(std::ldexp(magnitude, f.fraction - exponent));
  const int bits = static_cast<int>(steps) + ((exponent - f.min_exponent) << f.fraction);
  const int infinity = 0x7fff & ~((1 << f.fraction) - 1);
  return static_cast<uint16_t>(std::min(bits, infinity) | (std::signbit(value) ? 0x8000 : 0));
}

// Offset of element [a, b, c, 0] from the tensor's data, in elements; strides count elements.
int64_t at(const TensorView& t, int64_t a, int64_t b, int64_t c) {
  const int64_t offset = static_cast<int64_t>(t.byte_offset()) / (t.dtype().bits / 8);
  return offset + a * t.stride(0) + b * t.stride(1) + c * t.stride(2);
}

// One head of a [B, T, H, D] tensor as contiguous float32 [T, D].
std::vector<float> widen(const TensorView& t, int64_t batch, int64_t head) {
  std::vector<float> wide;
  for (int64_t i = 0; i < t.size(1); ++i) {
    for (int64_t d = 0; d < t.size(3); ++d) {
      const int64_t index = at(t, batch, i, head) + d * t.stride(3);
      const bool narrow = t.dtype().bits == 16;
      wide.push_back(narrow ? decode(static_cast<const uint16_t*>(t.data_ptr())[index], format_of(t))
                            : static_cast<const float*>(t.data_ptr())[index]);
    }
  }
  return wide;
}

void store(const TensorView& t, int64_t index, float value) {
  if (t.dtype().bits == 32) static_cast<float*>(t.data_ptr())[index] = value;
  if (t.dtype().bits == 16) static_cast<uint16_t*>(t.data_ptr())[index] = encode(value, format_of(t));
}

void starter(TensorView q, TensorView k, TensorView v, TensorView o, Optional<TensorView> lse, bool causal,
             double scale) {
  const int64_t queries = q.size(1), heads = q.size(2), size = q.size(3);
  const int64_t keys = k.size(1), group = heads / k.size(2);
  std::vector<float> weights(keys), mixed(size);
  for (int64_t head = 0; head < q.size(0) * heads; ++head) {
    const int64_t b = head / heads, h = head % heads;
    const std::vector<float> qh = widen(q, b, h), kh = widen(k, b, h / group), vh = widen(v, b, h / group);
    for (int64_t i = 0; i < queries; ++i) {
      // Bottom-right causal mask: key j is visible iff j <= i + keys - queries.
      const int64_t visible = causal ? std::clamp<int64_t>(i + keys - queries + 1, 0, keys) : keys;
      float maximum = -kInfinity, sum = 0;
      for (int64_t j = 0; j < visible; ++j) {
        float dot = 0;
        for (int64_t d = 0; d < size; ++d) dot += qh[i * size + d] * kh[j * size + d];
        weights[j] = dot * static_cast<float>(scale);
        maximum = std::max(maximum, weights[j]);
      }
      std::fill(mixed.begin(), mixed.end(), 0.0f);
      for (int64_t j = 0; j < visible; ++j) {
        const float weight = std::exp(weights[j] - maximum);
        sum += weight;
        for (int64_t d = 0; d < size; ++d) mixed[d] += weight * vh[j * size + d];
      }
      const bool seen = visible > 0;
      for (int64_t d = 0; d < size; ++d) store(o, at(o, b, i, h) + d * o.stride(3), seen ? mixed[d] / sum : 0.0f);
      if (lse.has_value()) store(*lse, at(*lse, b, h, i), seen ? maximum + std::log(sum) : -kInfinity);
    }
  }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
