// rotary_embedding kernels that are nearly right, one entry a fault, and legal variants.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

#include <openxpu/elements.h>

namespace {

using openxpu::format;
using openxpu::rounding;
using tvm::ffi::TensorView;
using Two = std::pair<float, float>;
using Place = std::pair<int64_t, int64_t>;

constexpr int64_t VECTOR = 8;

// float32 or the narrow format of T.
float narrowed(float value, const format* f) { return f == nullptr ? value : openxpu::round_to(value, *f); }
float flushed(float value) { return std::fabs(value) < std::numeric_limits<float>::min() ? 0 * value : value; }

// Where a pair is: of `pairs` pairs in a head of `size` features.
struct Pair {
  int64_t index;
  int64_t pairs;
  int64_t size;
};
// Which token of which sequence a row belongs to.
struct Token {
  int64_t batch;
  int64_t index;
  int64_t head;
};

// What is called: some kernels are instances for layouts and types.
struct Call {
  int64_t tokens;
  bool interleaved;
  const format* f;
};
Call call;

// What a fault or a variant may change of a right kernel. `f` is T's format, null for float32.
struct right {
  static constexpr rounding STORE = rounding::half_even;
  // Whether features behind the turned ones are copied, set to 0, or left alone.
  enum class rest { copied, zero, unwritten };
  static constexpr rest REST = rest::copied;
  static bool kept(Token, Pair) { return false; }  // pairs that are copied
  static float copied(float value) { return value; }  // a feature behind the turned ones
  // The tensors whose strides sin_cache is read with and y is written with.
  static const TensorView& sine_like(const TensorView&, const TensorView& sines) { return sines; }
  static const TensorView& like(const TensorView&, const TensorView& y) { return y; }
  static Place features(bool interleaved, Pair pair) {
    return interleaved ? Place{2 * pair.index, 2 * pair.index + 1} : Place{pair.index, pair.index + pair.pairs};
  }
  static Place results(bool interleaved, Pair pair) { return right::features(interleaved, pair); }
  static int64_t position(const int64_t* ids, const TensorView& t, Token token, int64_t) {
    return ids[token.batch * t.stride(0) + token.index * t.stride(1)];
  }
  static int64_t angle(int64_t position, Pair pair, int64_t) { return position * pair.pairs + pair.index; }
  static Token token(int64_t row, int64_t tokens, int64_t heads) { return {row / heads / tokens, row / heads % tokens, row % heads}; }
  static Two turn(float cosine, float sine, const format*) { return {cosine, sine}; }
  static Two rotate(Two x, Two turn, const format*) {
    return {x.first * turn.first - x.second * turn.second, x.first * turn.second + x.second * turn.first};
  }
};

// The element of a cache for an angle; angles count row-major.
template <typename fault>
float cached(const TensorView& cache, const TensorView& like, int64_t position, Pair pair) {
  const int64_t angle = fault::angle(position, pair, cache.numel());
  return openxpu::load(cache, angle / pair.pairs * like.stride(0) + angle % pair.pairs * like.stride(1));
}

// x and y are [B, S, H, D], the caches [P, pairs], position_ids [B, S].
template <typename fault>
void rotary_embedding(TensorView x, TensorView cos_cache, TensorView sin_cache, TensorView position_ids, TensorView y, bool interleaved,
                      int64_t rotary_dim) {
  const format* const f = openxpu::format_of(x.dtype());
  const int64_t tokens = x.size(1), heads = x.size(2), size = x.size(3), turned = rotary_dim > 0 ? rotary_dim : size;
  call = {tokens, interleaved, f};
  const auto* ids = reinterpret_cast<const int64_t*>(static_cast<const char*>(position_ids.data_ptr()) + position_ids.byte_offset());
  const TensorView& like = fault::like(x, y);
  const TensorView& sine_like = fault::sine_like(cos_cache, sin_cache);
  for (int64_t row = 0; row < x.size(0) * tokens * heads; ++row) {
    const Token place = right::token(row, tokens, heads);
    const int64_t from = place.batch * x.stride(0) + place.index * x.stride(1) + place.head * x.stride(2);
    const int64_t to = place.batch * like.stride(0) + place.index * like.stride(1) + place.head * like.stride(2);
    const int64_t position = fault::position(ids, position_ids, fault::token(row, tokens, heads), cos_cache.size(0));
    for (int64_t index = 0; index < turned / 2; ++index) {
      const Pair pair{index, turned / 2, size};
      const Place in = fault::features(interleaved, pair), out = fault::results(interleaved, pair);
      const Two turn = fault::turn(cached<fault>(cos_cache, cos_cache, position, pair), cached<fault>(sin_cache, sine_like, position, pair), f);
      const Two features{openxpu::load(x, from + in.first * x.stride(3)), openxpu::load(x, from + in.second * x.stride(3))};
      const Two result = fault::kept(place, pair) ? features : fault::rotate(features, turn, f);
      openxpu::store(y, to + out.first * like.stride(3), result.first, fault::STORE);
      openxpu::store(y, to + out.second * like.stride(3), result.second, fault::STORE);
    }
    for (int64_t d = turned; d < size && fault::REST != right::rest::unwritten; ++d) {
      const float value = fault::REST == right::rest::zero ? 0 : openxpu::load(x, from + d * x.stride(3));
      openxpu::store(y, to + d * like.stride(3), fault::copied(value));
    }
  }
}

// Faults.

struct pairing_swapped : right {
  static Place features(bool interleaved, Pair pair) { return right::features(!interleaved, pair); }
  static Place results(bool interleaved, Pair pair) { return right::features(!interleaved, pair); }
};
struct results_in_halves : right {
  static Place results(bool, Pair pair) { return right::features(false, pair); }
};
// Partners are D / 2 apart though only rotary_dim features are turned.
struct partner_across_head : right {
  static Place features(bool interleaved, Pair pair) {
    return interleaved ? right::features(true, pair) : Place{pair.index, std::min(pair.index + pair.size / 2, pair.size - 1)};
  }
};
struct sine_flipped : right {
  static Two turn(float cosine, float sine, const format*) { return {cosine, -sine}; }
};
struct caches_swapped : right {
  static Two turn(float cosine, float sine, const format*) { return {sine, cosine}; }
};
struct next_position : right {
  static int64_t position(const int64_t* ids, const TensorView& t, Token token, int64_t positions) {
    return (right::position(ids, t, token, positions) + 1) % positions;
  }
};
struct first_batch_positions : right {
  static int64_t position(const int64_t* ids, const TensorView& t, Token token, int64_t positions) {
    return right::position(ids, t, {0, token.index, token.head}, positions);
  }
};
struct token_index : right {
  static int64_t position(const int64_t*, const TensorView&, Token token, int64_t positions) { return token.index % positions; }
};
struct id_strides_ignored : right {
  static int64_t position(const int64_t* ids, const TensorView& t, Token token, int64_t positions) {
    return std::clamp<int64_t>(ids[token.batch * t.size(1) + token.index], 0, positions - 1);
  }
};
struct bfloat16_positions : right {
  static int64_t position(const int64_t* ids, const TensorView& t, Token token, int64_t positions) {
    const float exact = static_cast<float>(right::position(ids, t, token, positions));
    return std::min(static_cast<int64_t>(openxpu::round_to(exact, openxpu::bfloat16)), positions - 1);
  }
};
struct float16_positions : right {
  static int64_t position(const int64_t* ids, const TensorView& t, Token token, int64_t positions) {
    const float exact = static_cast<float>(right::position(ids, t, token, positions));
    return std::min(static_cast<int64_t>(openxpu::round_to(exact, openxpu::float16)), positions - 1);
  }
};
struct positions_modulo_4096 : right {
  static int64_t position(const int64_t* ids, const TensorView& t, Token token, int64_t positions) {
    return right::position(ids, t, token, positions) % 4096;
  }
};
// Rows are taken as [B, H, S, D].
struct heads_first : right {
  static Token token(int64_t row, int64_t tokens, int64_t heads) { return {row / heads / tokens, row % tokens, row / tokens % heads}; }
};
struct head_size_angles : right {
  static int64_t angle(int64_t position, Pair pair, int64_t count) { return (position * (pair.size / 2) + pair.index) % count; }
};
struct bfloat16_caches : right {
  static Two turn(float cosine, float sine, const format*) {
    return {openxpu::round_to(cosine, openxpu::bfloat16), openxpu::round_to(sine, openxpu::bfloat16)};
  }
};
struct float16_caches : right {
  static Two turn(float cosine, float sine, const format*) {
    return {openxpu::round_to(cosine, openxpu::float16), openxpu::round_to(sine, openxpu::float16)};
  }
};
struct product_cast : right {
  static Two rotate(Two x, Two turn, const format* f) {
    return {narrowed(x.first * turn.first, f) - narrowed(x.second * turn.second, f),
            narrowed(x.first * turn.second, f) + narrowed(x.second * turn.first, f)};
  }
};
// The second result is made from the first one: an update in place.
struct overwritten : right {
  static Two rotate(Two x, Two turn, const format* f) {
    const float first = narrowed(x.first * turn.first - x.second * turn.second, f);
    return {first, first * turn.second + x.second * turn.first};
  }
};
struct truncating_store : right {
  static constexpr rounding STORE = rounding::toward_zero;
};
struct tail_not_turned : right {
  static bool kept(Token, Pair pair) { return pair.pairs > VECTOR && pair.index >= pair.pairs / VECTOR * VECTOR; }
};
struct pairs_beyond_96 : right {
  static bool kept(Token, Pair pair) { return pair.index >= 96; }
};
struct tokens_beyond_256 : right {
  static bool kept(Token token, Pair) { return token.index >= 256; }
};
struct heads_beyond_32 : right {
  static bool kept(Token token, Pair) { return token.head >= 32; }
};
struct batches_beyond_8 : right {
  static bool kept(Token token, Pair) { return token.batch >= 8; }
};
struct tokens_beyond_512 : right {
  static bool kept(Token token, Pair) { return token.index >= 512; }
};
struct heads_beyond_40 : right {
  static bool kept(Token token, Pair) { return token.head >= 40; }
};
struct batches_beyond_16 : right {
  static bool kept(Token token, Pair) { return token.batch >= 16; }
};
struct tokens_of_all_beyond_1024 : right {
  static bool kept(Token token, Pair) { return token.batch * call.tokens + token.index >= 1024; }
};
struct interleaved_beyond_96 : right {
  static bool kept(Token, Pair pair) { return call.interleaved && pair.index >= 96; }
};
struct float32_beyond_96 : right {
  static bool kept(Token, Pair pair) { return call.f == nullptr && pair.index >= 96; }
};
struct decoding_in_halves : right {
  static Place features(bool interleaved, Pair pair) { return right::features(interleaved && call.tokens > 1, pair); }
  static Place results(bool interleaved, Pair pair) { return features(interleaved, pair); }
};
struct decoding_first_position : right {
  static int64_t position(const int64_t* ids, const TensorView& t, Token token, int64_t positions) {
    return right::position(ids, t, {call.tokens == 1 && call.f == nullptr ? 0 : token.batch, token.index, token.head}, positions);
  }
};
struct angles_of_16_bits : right {
  static int64_t angle(int64_t position, Pair pair, int64_t count) {
    const int64_t angle = right::angle(position, pair, count);
    return call.f == nullptr ? angle % 65536 : angle;
  }
};
// A plan of the first call serves every later one.
struct angles_of_first_call : right {
  static int64_t angle(int64_t position, Pair pair, int64_t count) {
    static const int64_t first = pair.pairs;
    return (position * first + pair.index) % count;
  }
};
struct sine_by_cosine_strides : right {
  static const TensorView& sine_like(const TensorView& cosines, const TensorView&) { return cosines; }
};
struct output_by_input_strides : right {
  static const TensorView& like(const TensorView& x, const TensorView&) { return x; }
};
struct rest_zero : right {
  static constexpr rest REST = rest::zero;
};
struct rest_unwritten : right {
  static constexpr rest REST = rest::unwritten;
};
struct flushing : right {
  static Two rotate(Two x, Two turn, const format* f) {
    const Two result = right::rotate(x, turn, f);
    return {flushed(result.first), flushed(result.second)};
  }
};

// Where the positions of the first sequence follow one another, the others are taken to do so from their start.
struct in_order_as_the_first : right {
  static int64_t position(const int64_t* ids, const TensorView& t, Token token, int64_t positions) {
    const auto at = [&](int64_t batch, int64_t index) { return right::position(ids, t, {batch, index, 0}, positions); };
    for (int64_t index = 1; index < call.tokens; ++index)
      if (at(0, index) != at(0, 0) + index) return at(token.batch, token.index);
    return std::min(at(token.batch, 0) + token.index, positions - 1);
  }
};
// A block of 1024 threads steps over heads by those that it covers, rounded up.
struct heads_of_a_block : right {
  static bool kept(Token token, Pair pair) {
    const int64_t step = (1024 + pair.pairs - 1) / pair.pairs;
    return token.head % step * pair.pairs + pair.index >= 1024;
  }
};
// bfloat16 caches are widened by way of float16.
struct range_of_float16 : right {
  static Two turn(float cosine, float sine, const format* f) {
    if (f == nullptr || f->fraction != openxpu::bfloat16.fraction) return {cosine, sine};
    return {openxpu::round_to(cosine, openxpu::float16), openxpu::round_to(sine, openxpu::float16)};
  }
};
// Tokens are the second axis of a grid, which has 65535.
struct tokens_of_16_bits : right {
  static bool kept(Token token, Pair) { return token.batch * call.tokens + token.index >= 65535; }
};
struct ties_away : right {
  static float away(float value, const format* f) {
    if (f == nullptr || !std::isfinite(value)) return value;
    const float magnitude = std::fabs(value);
    const int below = openxpu::encode(magnitude, *f, rounding::toward_zero);
    if (below >= f->largest) return value;
    const double low = openxpu::decode(below, *f), high = openxpu::decode(below + 1, *f);
    return magnitude - low == high - magnitude ? std::copysign(static_cast<float>(high), value) : value;
  }
  static Two rotate(Two x, Two turn, const format* f) {
    const Two sums = right::rotate(x, turn, f);
    return {away(sums.first, f), away(sums.second, f)};
  }
};

// Legal variants.

struct fused : right {
  static Two rotate(Two x, Two turn, const format*) {
    return {std::fma(x.first, turn.first, -(x.second * turn.second)), std::fma(x.second, turn.first, x.first * turn.second)};
  }
};
struct other_order : right {
  static Two rotate(Two x, Two turn, const format*) {
    return {-x.second * turn.second + x.first * turn.first, x.second * turn.first + x.first * turn.second};
  }
};
// One product is rounded to T, a fused multiply-add takes the other.
struct half_fused : right {
  static Two rotate(Two x, Two turn, const format* f) {
    return {std::fma(x.first, turn.first, -narrowed(x.second * turn.second, f)), std::fma(x.first, turn.second, narrowed(x.second * turn.first, f))};
  }
};
// a b + c d with the rounding error of c d added again; overflow and NaN are those of plain arithmetic.
float compensated(float a, float b, float c, float d) {
  const float product = c * d, error = std::fma(c, d, -product);
  return std::isfinite(error) ? std::fma(a, b, product) + error : a * b + product;
}
struct error_added : right {
  static Two rotate(Two x, Two turn, const format*) {
    return {compensated(x.first, turn.first, -x.second, turn.second), compensated(x.first, turn.second, x.second, turn.first)};
  }
};
struct flushed_inputs : flushing {
  static Two rotate(Two x, Two turn, const format* f) {
    return flushing::rotate({flushed(x.first), flushed(x.second)}, {flushed(turn.first), flushed(turn.second)}, f);
  }
};
struct fused_second : right {
  static Two rotate(Two x, Two turn, const format*) {
    return {std::fma(-x.second, turn.second, x.first * turn.first), std::fma(x.first, turn.second, x.second * turn.first)};
  }
};
// A product by three bfloat16 parts of each number, small ones first. What they would make subnormal is multiplied as it is.
float tripled(float a, float b) {
  const bool plain = std::isfinite(a * b) && std::min({std::fabs(a), std::fabs(b), std::fabs(a * b)}) > 0x1p-90f && std::fabs(a) < 0x1p126f;
  if (!plain) return a * b;
  float x[3], y[3];
  for (int part = 0; part < 3; ++part) {
    a -= x[part] = openxpu::round_to(a, openxpu::bfloat16);
    b -= y[part] = openxpu::round_to(b, openxpu::bfloat16);
  }
  return ((x[2] * y[0] + x[1] * y[1] + x[0] * y[2]) + (x[1] * y[0] + x[0] * y[1])) + x[0] * y[0];
}
struct bfloat16_triples : right {
  static Two rotate(Two x, Two turn, const format*) {
    return {tripled(x.first, turn.first) - tripled(x.second, turn.second), tripled(x.first, turn.second) + tripled(x.second, turn.first)};
  }
};
// NaN with a sign and a payload, and the other zero behind the turned features.
float other(float value) { return std::isnan(value) ? std::bit_cast<float>(0xffc12345u) : value; }
struct other_nan : right {
  static float copied(float value) { return value == 0 ? -value : other(value); }
  static Two rotate(Two x, Two turn, const format* f) {
    const Two result = right::rotate(x, turn, f);
    return {other(result.first), other(result.second)};
  }
};
struct in_float64 : right {
  static Two rotate(Two x, Two turn, const format*) {
    const double c = turn.first, s = turn.second;
    return {static_cast<float>(x.first * c - x.second * s), static_cast<float>(x.first * s + x.second * c)};
  }
};

}  // namespace

#define EXPORT(entry, policy) TVM_FFI_DLL_EXPORT_TYPED_FUNC(entry, rotary_embedding<policy>)

EXPORT(pairing_swapped, pairing_swapped);
EXPORT(results_in_halves, results_in_halves);
EXPORT(partner_across_head, partner_across_head);
EXPORT(sine_flipped, sine_flipped);
EXPORT(caches_swapped, caches_swapped);
EXPORT(next_position, next_position);
EXPORT(first_batch_positions, first_batch_positions);
EXPORT(token_index, token_index);
EXPORT(id_strides_ignored, id_strides_ignored);
EXPORT(sine_by_cosine_strides, sine_by_cosine_strides);
EXPORT(output_by_input_strides, output_by_input_strides);
EXPORT(bfloat16_positions, bfloat16_positions);
EXPORT(float16_positions, float16_positions);
EXPORT(positions_modulo_4096, positions_modulo_4096);
EXPORT(heads_first, heads_first);
EXPORT(head_size_angles, head_size_angles);
EXPORT(bfloat16_caches, bfloat16_caches);
EXPORT(float16_caches, float16_caches);
EXPORT(product_cast, product_cast);
EXPORT(overwritten, overwritten);
EXPORT(truncating_store, truncating_store);
EXPORT(tail_not_turned, tail_not_turned);
EXPORT(pairs_beyond_96, pairs_beyond_96);
EXPORT(tokens_beyond_256, tokens_beyond_256);
EXPORT(heads_beyond_32, heads_beyond_32);
EXPORT(batches_beyond_8, batches_beyond_8);
EXPORT(tokens_beyond_512, tokens_beyond_512);
EXPORT(heads_beyond_40, heads_beyond_40);
EXPORT(batches_beyond_16, batches_beyond_16);
EXPORT(tokens_of_all_beyond_1024, tokens_of_all_beyond_1024);
EXPORT(interleaved_beyond_96, interleaved_beyond_96);
EXPORT(float32_beyond_96, float32_beyond_96);
EXPORT(decoding_in_halves, decoding_in_halves);
EXPORT(decoding_first_position, decoding_first_position);
EXPORT(angles_of_16_bits, angles_of_16_bits);
EXPORT(angles_of_first_call, angles_of_first_call);
EXPORT(rest_zero, rest_zero);
EXPORT(rest_unwritten, rest_unwritten);
EXPORT(undeclared_flush, flushing);
EXPORT(in_order_as_the_first, in_order_as_the_first);
EXPORT(heads_of_a_block, heads_of_a_block);
EXPORT(range_of_float16, range_of_float16);
EXPORT(tokens_of_16_bits, tokens_of_16_bits);
EXPORT(ties_away, ties_away);
EXPORT(two_products, right);
EXPORT(fused, fused);
EXPORT(other_order, other_order);
EXPORT(error_added, error_added);
EXPORT(fused_second, fused_second);
EXPORT(bfloat16_triples, bfloat16_triples);
EXPORT(other_nan, other_nan);
EXPORT(in_float64, in_float64);
EXPORT(declared_product_cast, product_cast);
EXPORT(half_fused, half_fused);
EXPORT(declared_flush, flushing);
EXPORT(flushed_inputs, flushed_inputs);
