// FlashAttention forward with one fault each, and right kernels that compute in another legal way.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

namespace {

using openxpu::format;
using openxpu::rounding;
using tvm::ffi::AnyView;
using tvm::ffi::Optional;
using tvm::ffi::TensorView;

constexpr float INFINITE = std::numeric_limits<float>::infinity();
constexpr float LOG2E = 1.44269504f;
constexpr float LN2 = 0.693147181f;
constexpr int64_t TILE = 16;

// Rounds to `bits` bits of the significand by way of the bits of a float32. The largest numbers stay finite.
float shorten(float value, int bits, rounding mode = rounding::half_even) {
  if (!std::isfinite(value)) return value;
  uint32_t word;
  std::memcpy(&word, &value, sizeof word);
  const int dropped = 24 - bits;
  const uint32_t up = mode == rounding::half_even ? (1u << (dropped - 1)) - 1 + (word >> dropped & 1) : 0;
  word = ((word + up) & 0x7fffffff) < 0x7f800000 ? word + up : word;
  word = word >> dropped << dropped;
  std::memcpy(&value, &word, sizeof word);
  return value;
}

// openxpu::round_to for inner loops.
float to_half(float value) {
  // Below 2^-14 the numbers are 2^-24 apart, as those of float32 are around 0.75 * 2^0.
  if (std::fabs(value) < 0x1p-14f) return (value + 0.75f) - 0.75f;
  const float rounded = shorten(value, 11);
  return std::fabs(rounded) > 65504 ? std::copysign(INFINITE, value) : rounded;
}
float to_bfloat16(float value) { return shorten(value, 8); }
float to_type(float value, const format* narrow) {
  if (narrow == nullptr) return value;
  return narrow == &openxpu::float16 ? to_half(value) : to_bfloat16(value);
}

// What a variant may change of the arithmetic of a row. `narrow` is T's format, nullptr for float32.
struct right {
  static constexpr int64_t parts = 1;        // runs of keys that are summed on their own
  static constexpr bool merges_lse = false;  // and merged by their lse
  static constexpr bool reverse = false;     // keys from the last to the first
  static constexpr bool normalized = false;  // weights are divided by their sum before they meet the values
  static float score_term(float sum, float a, float b) { return sum + a * b; }
  static float block(float dot, const format*) { return dot; }  // what the next 128 features are added to
  static float start() { return -INFINITE; }
  static float peak(float, float highest) { return highest; }
  static float power(float x) { return std::exp(x); }
  static float rescale(float factor) { return factor; }
  static float rescale_sum(float factor) { return factor; }
  static float count(float sum, float weight, const format*) { return sum + weight; }
  static float weight(float p, const format*) { return p; }
  static float value_term(float sum, float p, float v) { return sum + p * v; }
};

// One query row of one head.
struct row_of {
  const float* q;
  const float* k;  // the head's first key; the next one is `stride` further
  const float* v;
  int64_t stride, d;
  int64_t depth;           // features that count in a score
  int64_t visible, swept;  // keys that are seen; keys that are looked at: between them the score is `hidden`
  int64_t keys;
  int64_t tile, first_part;
  float scale, hidden;
  bool all_hidden, causal, has_lse;
  const format* narrow;
  int64_t batch, queries;  // which batch it is of; queries of a head
  int64_t index;           // of the row in [B, H, Tq]
  int64_t member, group;   // which query head of its group it is of; how many those are
  const float* end;        // of all keys
};

struct state {
  float top, sum;
  std::vector<float> mixed;
};

template <typename policy>
float score(const row_of& row, int64_t key) {
  if (row.all_hidden) return -10000;
  if (key >= row.visible) return row.hidden;
  const float* k = row.k + key * row.stride;
  float dot = 0;
  for (int64_t first = 0; first < row.depth; first += 128) {
    dot = policy::block(dot, row.narrow);
    for (int64_t c = first; c < std::min(first + 128, row.depth); ++c) dot = policy::score_term(dot, row.q[c], k[c]);
  }
  return dot * row.scale;
}

// Folds keys [first, last) into the state, a tile at a time.
template <typename policy>
void fold(state& at, const row_of& row, int64_t first, int64_t last) {
  std::vector<float> scores(row.tile);
  const auto key_at = [&](int64_t j) { return policy::reverse ? last - 1 - (j - first) : j; };
  for (int64_t start = first; start < last; start += row.tile) {
    const int64_t end = std::min(start + row.tile, last);
    float highest = at.top;
    for (int64_t j = start; j < end; ++j) {
      scores[j - start] = score<policy>(row, key_at(j));
      highest = std::max(highest, scores[j - start]);
    }
    const float top = policy::peak(at.top, highest);
    const float factor = policy::power(at.top - top);
    at.top = top;
    at.sum *= policy::rescale_sum(factor);
    for (float& value : at.mixed) value *= policy::rescale(factor);
    for (int64_t j = start; j < end; ++j) {
      const float p = policy::power(scores[j - start] - top);
      at.sum = policy::count(at.sum, p, row.narrow);
      const float weight = policy::weight(p, row.narrow);
      const float* v = row.v + key_at(j) * row.stride;
      for (int64_t c = 0; c < row.d; ++c) at.mixed[c] = policy::value_term(at.mixed[c], weight, v[c]);
    }
  }
}

// Weights divided by their sum, then their product with the values.
template <typename policy>
void mix_normalized(state& at, const row_of& row) {
  std::fill(at.mixed.begin(), at.mixed.end(), 0.0f);
  for (int64_t j = 0; j < row.visible; ++j) {
    const float weight = policy::power(score<policy>(row, j) - at.top) / at.sum;
    for (int64_t c = 0; c < row.d; ++c) at.mixed[c] = policy::value_term(at.mixed[c], weight, row.v[j * row.stride + c]);
  }
  at.top += std::log(at.sum);
  at.sum = 1;
}

// Parts that are normalised already, weighted by exp(lse of the part - lse of all).
void merge_by_lse(const std::vector<state>& parts, state& all) {
  float highest = -INFINITE, weights = 0;
  for (const state& part : parts) highest = std::max(highest, part.top + std::log(part.sum));
  for (const state& part : parts) weights += std::exp(part.top + std::log(part.sum) - highest);
  all.top = highest + std::log(weights);
  all.sum = 1;
  for (const state& part : parts) {
    const float weight = std::exp(part.top + std::log(part.sum) - all.top);
    for (size_t c = 0; c < all.mixed.size(); ++c) all.mixed[c] += part.mixed[c] / part.sum * weight;
  }
}

template <typename policy>
state softmax(const row_of& row) {
  state all{policy::start(), 0, std::vector<float>(row.d)};
  if (policy::parts == 1) fold<policy>(all, row, 0, row.swept);
  if (policy::normalized && row.visible > 0) mix_normalized<policy>(all, row);
  if (policy::parts == 1) return all;
  std::vector<state> parts;
  for (int64_t part = 0; part < policy::parts; ++part) {
    const int64_t first = row.swept * part / policy::parts, last = row.swept * (part + 1) / policy::parts;
    if (first == last) continue;
    parts.push_back({policy::start(), 0, std::vector<float>(row.d)});
    fold<policy>(parts.back(), row, first, last);
    all.top = std::max(all.top, parts.back().top);
  }
  if (policy::merges_lse) {
    merge_by_lse(parts, all);
    return all;
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    const state& part = parts[(i + row.first_part) % parts.size()];
    const float factor = policy::power(part.top - all.top);
    all.sum += part.sum * factor;
    for (int64_t c = 0; c < row.d; ++c) all.mixed[c] += part.mixed[c] * factor;
  }
  return all;
}

float unchanged(float value, float, const format*) { return value; }
int64_t of_group(int64_t h, int64_t heads, int64_t kv_heads) { return h / (heads / kv_heads); }
int64_t modulo(int64_t h, int64_t, int64_t kv_heads) { return h % kv_heads; }
int64_t whole_tiles(int64_t extent) { return extent > TILE ? extent / TILE * TILE : extent; }
int64_t all(int64_t extent) { return extent; }

struct arguments {
  TensorView q, k, v, o;
  Optional<TensorView> lse;
  bool causal;
  double scale;
};

int64_t place_in(const TensorView& t, int64_t b, int64_t i, int64_t h, int64_t c) {
  return b * t.stride(0) + i * t.stride(1) + h * t.stride(2) + c * t.stride(3);
}

// What a variant may change around it. Functions of elements get the scale and T's format.
struct plan {
  state (*softmax)(const row_of&) = ::softmax<right>;
  float (*query)(float, float, const format*) = unchanged;
  float (*key)(float, float, const format*) = unchanged;
  float (*value)(float, float, const format*) = unchanged;
  int64_t (*tile)(int64_t launch) = [](int64_t) { return TILE; };
  // The query whose mask the query i of head h has; the first key that it does not see.
  int64_t (*mask_row)(int64_t i, int64_t h, int64_t group) = [](int64_t i, int64_t, int64_t) { return i; };
  int64_t (*horizon)(int64_t i, int64_t queries, int64_t keys) = [](int64_t i, int64_t queries, int64_t keys) { return i + keys - queries + 1; };
  int64_t (*swept)(int64_t visible, int64_t keys) = [](int64_t visible, int64_t) { return visible; };
  // Keys beyond the end that count with a score of 0.
  int64_t (*padding)(int64_t keys, bool causal) = [](int64_t, bool) { return int64_t{0}; };
  int64_t (*key_head)(int64_t h, int64_t heads, int64_t kv_heads) = of_group;
  int64_t (*value_head)(int64_t h, int64_t heads, int64_t kv_heads) = of_group;
  int64_t (*key_batch)(int64_t b) = all;
  bool rotates = false;  // parts are added in an order that differs from launch to launch
  int64_t (*rows)(int64_t queries) = all;
  int64_t (*depth)(int64_t d) = all;
  float (*scale)(float scale, int64_t d) = [](float scale, int64_t) { return scale; };
  float hidden = -INFINITE;  // score of the hidden keys that are looked at
  bool finite_mask = false;  // all keys of a row that sees none have the score -10000
  bool guards_empty = true;  // a row without keys is not divided by its sum
  float (*divide)(float mixed, float sum) = [](float mixed, float sum) { return mixed / sum; };
  float (*log_sum)(float top, float sum) = [](float top, float sum) { return top + std::log(sum); };
  float empty_lse = -INFINITE;
  void (*store)(const TensorView& o, int64_t place, float value) = [](const TensorView& o, int64_t place, float value) { openxpu::store(o, place, value); };
  bool queries_first = false;  // lse is stored as [B, Tq, H]
  int64_t (*place)(const arguments& in, int64_t b, int64_t i, int64_t h, int64_t c) =
      [](const arguments& in, int64_t b, int64_t i, int64_t h, int64_t c) { return place_in(in.o, b, i, h, c); };
  bool values_as_keys = false;  // v is read with the strides of k
};

std::vector<float> read(const TensorView& t, const TensorView& like, float (*change)(float, float, const format*), float scale) {
  std::vector<float> wide;
  for (int64_t place : openxpu::places(like)) wide.push_back(openxpu::load(t, place));
  for (float& value : wide) value = change(value, scale, openxpu::format_of(t.dtype()));
  return wide;
}

void attend(const plan& how, const arguments& in) {
  static int64_t launches = 0;
  const int64_t launch = launches++;
  const int64_t batch = in.q.size(0), queries = in.q.size(1), heads = in.q.size(2), d = in.q.size(3);
  const int64_t keys = in.k.size(1), kv_heads = in.k.size(2);
  const float scale = static_cast<float>(in.scale);
  const std::vector<float> q = read(in.q, in.q, how.query, scale), k = read(in.k, in.k, how.key, scale);
  const std::vector<float> v = read(in.v, how.values_as_keys ? in.k : in.v, how.value, scale);
  for (int64_t index = 0; index < batch * heads * queries; ++index) {
    const int64_t i = index % queries, h = index / queries % heads, b = index / queries / heads;
    if (i >= how.rows(queries)) continue;
    const int64_t mask_row = how.mask_row(i, h, heads / kv_heads);
    int64_t visible = in.causal ? std::clamp<int64_t>(how.horizon(mask_row, queries, keys), 0, keys) : keys;
    const bool all_hidden = visible == 0 && how.finite_mask;
    if (all_hidden) visible = keys;
    const int64_t from = how.key_batch(b) * keys * kv_heads;
    state at = how.softmax({
        .q = q.data() + ((b * queries + i) * heads + h) * d,
        .k = k.data() + (from + how.key_head(h, heads, kv_heads)) * d,
        .v = v.data() + (from + how.value_head(h, heads, kv_heads)) * d,
        .stride = kv_heads * d,
        .d = d,
        .depth = how.depth(d),
        .visible = visible,
        .swept = how.swept(visible, keys),
        .keys = keys,
        .tile = how.tile(launch),
        .first_part = how.rotates ? launch : 0,
        .scale = how.scale(scale, d),
        .hidden = how.hidden,
        .all_hidden = all_hidden,
        .causal = in.causal,
        .has_lse = in.lse.has_value(),
        .narrow = openxpu::format_of(in.q.dtype()),
        .batch = b,
        .queries = queries,
        .index = index,
        .member = h % (heads / kv_heads),
        .group = heads / kv_heads,
        .end = k.data() + k.size(),
    });
    const int64_t padding = how.padding(keys, in.causal);
    if (padding > 0) at.sum += static_cast<float>(padding) * std::exp(0 - at.top);
    const bool zero = visible == 0 && how.guards_empty;
    for (int64_t c = 0; c < d; ++c) {
      how.store(in.o, how.place(in, b, i, h, c), zero ? 0 : how.divide(at.mixed[c], at.sum));
    }
    if (!in.lse.has_value()) continue;
    const TensorView& lse = *in.lse;
    const int64_t place = how.queries_first ? (b * queries + i) * heads + h : b * lse.stride(0) + h * lse.stride(1) + i * lse.stride(2);
    openxpu::store(lse, place, visible == 0 ? how.empty_lse : how.log_sum(at.top, at.sum));
  }
}

arguments arguments_of(AnyView q, AnyView k, AnyView v, AnyView o, AnyView lse, AnyView causal, AnyView scale) {
  const auto tensor = [](AnyView any) { return any.cast<TensorView>(); };
  return {tensor(q), tensor(k), tensor(v), tensor(o), lse.cast<Optional<TensorView>>(), causal.cast<bool>(), scale.cast<double>()};
}

// A kernel: its name, then what differs from the right plan. With typed arguments the compiler takes a third of a second for each.
#define KERNEL(name, ...)                                                                           \
  void name(AnyView q, AnyView k, AnyView v, AnyView o, AnyView lse, AnyView causal, AnyView scale) { \
    static constexpr plan how{__VA_ARGS__};                                                         \
    attend(how, arguments_of(q, k, v, o, lse, causal, scale));                                      \
  }

// --- Faults ---------------------------------------------------------------------------------------------------------

struct accumulator_kept : right {
  static float rescale(float) { return 1; }
};
KERNEL(accumulator_not_rescaled, .softmax = softmax<accumulator_kept>)
struct sum_kept : right {
  static float rescale_sum(float) { return 1; }
};
KERNEL(sum_not_rescaled, .softmax = softmax<sum_kept>)
KERNEL(top_left_mask, .horizon = [](int64_t i, int64_t, int64_t) { return i + 1; })
KERNEL(diagonal_hidden, .horizon = [](int64_t i, int64_t queries, int64_t keys) { return i + keys - queries; })
KERNEL(one_future_key, .horizon = [](int64_t i, int64_t queries, int64_t keys) { return i + keys - queries + 2; })
KERNEL(second_block_sees_next, .horizon = [](int64_t i, int64_t queries, int64_t keys) { return i + keys - queries + (i >= 128 ? 2 : 1); })
// The query heads of a group are packed into rows, as for decoding, and the mask takes every group for a pair.
KERNEL(mask_of_packed_pairs, .mask_row = [](int64_t i, int64_t h, int64_t group) { return group > 1 ? (i * group + h % group) / 2 : i; })
// Where a row sees less than a tile it is right.
KERNEL(key_tail_dropped, .swept = [](int64_t visible, int64_t) { return whole_tiles(visible); })
KERNEL(keys_beyond_1024, .swept = [](int64_t visible, int64_t) { return std::min<int64_t>(visible, 1024); })
// A causal mask hides padded keys too.
KERNEL(padded_keys_counted, .padding = [](int64_t keys, bool causal) { return causal ? 0 : (keys + TILE - 1) / TILE * TILE - keys; })
struct without_maximum : right {
  static float start() { return 0; }
  static float peak(float, float) { return 0; }
};
KERNEL(no_maximum, .softmax = softmax<without_maximum>)
struct from_zero : right {
  static float start() { return 0; }
};
KERNEL(maximum_from_zero, .softmax = softmax<from_zero>)
// The maximum over hidden keys too.
state before_mask(const row_of& row) {
  row_of whole = row;
  whole.visible = whole.swept = row.keys;
  state at{softmax<right>(whole).top, 0, std::vector<float>(row.d)};
  fold<right>(at, row, 0, row.visible);
  return at;
}
KERNEL(maximum_before_mask, .softmax = before_mask)
KERNEL(mask_minus_10000, .swept = [](int64_t, int64_t keys) { return keys; }, .hidden = -10000)
float padded_scale(float scale, int64_t d) {
  int64_t padded = 16;
  while (padded < d) padded *= 2;
  return scale * std::sqrt(static_cast<float>(d) / static_cast<float>(padded));
}
KERNEL(scale_of_padded_size, .scale = padded_scale)
KERNEL(scale_attribute_ignored, .scale = [](float, int64_t d) { return 1 / std::sqrt(static_cast<float>(d)); })
state with_usual_scale(const row_of& row) {
  row_of usual = row;
  usual.scale = 1 / std::sqrt(static_cast<float>(row.d));
  return softmax<right>(usual);
}
KERNEL(scale_ignored_when_causal, .softmax = [](const row_of& row) { return row.causal ? with_usual_scale(row) : softmax<right>(row); })
KERNEL(scale_ignored_in_half, .softmax = [](const row_of& row) { return row.narrow != nullptr ? with_usual_scale(row) : softmax<right>(row); })
KERNEL(scale_forgotten, .scale = [](float, int64_t) { return 1.0f; })
KERNEL(head_map_modulo, .key_head = modulo, .value_head = modulo)
KERNEL(key_head_modulo, .key_head = modulo)
KERNEL(value_head_modulo, .value_head = modulo)
// h >> floor(log2(size of a group))
int64_t shifted(int64_t h, int64_t heads, int64_t kv_heads) {
  int64_t size = 1;
  while (size * 2 <= heads / kv_heads) size *= 2;
  return std::min(h / size, kv_heads - 1);
}
KERNEL(group_by_shift, .key_head = shifted, .value_head = shifted)
KERNEL(first_batch_for_all, .key_batch = [](int64_t) { return int64_t{0}; })
KERNEL(two_batches, .key_batch = [](int64_t b) { return b % 2; })
KERNEL(empty_row_nan, .guards_empty = false)
KERNEL(empty_row_mean, .finite_mask = true)
KERNEL(empty_lse_finite, .empty_lse = -std::numeric_limits<float>::max())
struct half_values : right {
  static float value_term(float sum, float p, float v) { return to_half(sum + p * v); }
};
KERNEL(half_accumulator, .softmax = softmax<half_values>)
struct bfloat16_values : right {
  static float value_term(float sum, float p, float v) { return to_bfloat16(sum + p * v); }
};
KERNEL(bfloat16_accumulator, .softmax = softmax<bfloat16_values>)
struct half_dot : right {
  static float score_term(float sum, float a, float b) { return to_half(sum + a * b); }
};
KERNEL(half_scores, .softmax = softmax<half_dot>)
// One accumulator of the matrix unit takes 128 features.
struct narrow_blocks : right {
  static float block(float dot, const format* narrow) { return to_type(dot, narrow); }
};
KERNEL(wide_heads_short_sums, .softmax = softmax<narrow_blocks>)
struct narrow_count : right {
  static float count(float sum, float weight, const format* narrow) { return to_type(sum + weight, narrow); }
};
KERNEL(narrow_row_sum, .softmax = softmax<narrow_count>)
void store_truncated(const TensorView& o, int64_t place, float value) { openxpu::store(o, place, value, rounding::toward_zero); }
KERNEL(truncating_store, .store = store_truncated)
float tf32(float value, float, const format*) { return shorten(value, 11); }
KERNEL(tf32_inputs, .query = tf32, .key = tf32, .value = tf32)
KERNEL(tf32_scores, .query = tf32, .key = tf32)
float bfloat16_of(float value, float, const format*) { return to_bfloat16(value); }
KERNEL(bfloat16_inputs, .query = bfloat16_of, .key = bfloat16_of)
// Products as sums of products of two bfloat16 parts each, without that of the low parts.
float paired_term(float sum, float a, float b) {
  if (!std::isfinite(a) || !std::isfinite(b)) return sum + a * b;
  const float a_high = to_bfloat16(a), b_high = to_bfloat16(b);
  const float a_low = to_bfloat16(a - a_high), b_low = to_bfloat16(b - b_high);
  return sum + (a_low * b_high + a_high * b_low) + a_high * b_high;
}
struct paired_values : right {
  static float value_term(float sum, float p, float v) { return paired_term(sum, p, v); }
};
KERNEL(bfloat16_pair_values, .softmax = softmax<paired_values>)
struct paired_scores : right {
  static float score_term(float sum, float a, float b) { return paired_term(sum, a, b); }
};
KERNEL(bfloat16_pair_scores, .softmax = softmax<paired_scores>)
struct tf32_p : right {
  static float weight(float p, const format*) { return shorten(p, 11); }
};
KERNEL(tf32_weights, .softmax = softmax<tf32_p>)
struct base_2 : right {
  static float power(float x) { return std::exp2(x); }
};
float log_sum_2(float top, float sum) { return (top + std::log2(sum)) * LN2; }
float times_log2e(float value, float scale, const format* narrow) { return to_type(value * (scale * LOG2E), narrow); }
float one(float, int64_t) { return 1; }
// The query is multiplied by scale * log2(e) beforehand and kept in T.
KERNEL(scaled_query_narrow, .softmax = softmax<base_2>, .query = times_log2e, .scale = one, .log_sum = log_sum_2)
struct cast : right {
  static float weight(float p, const format* narrow) { return to_type(p, narrow); }
};
KERNEL(undeclared_cast, .softmax = softmax<cast>)
KERNEL(cast_without_lse, .softmax = [](const row_of& row) { return row.has_lse ? softmax<right>(row) : softmax<cast>(row); })
struct truncated_cast : right {
  static float weight(float p, const format* narrow) { return shorten(p, narrow == &openxpu::float16 ? 11 : 8, rounding::toward_zero); }
};
KERNEL(cast_truncates, .softmax = softmax<truncated_cast>)
struct bfloat16_cast : right {
  static float weight(float p, const format*) { return to_bfloat16(p); }
};
KERNEL(cast_to_bfloat16, .softmax = softmax<bfloat16_cast>)
KERNEL(tail_rows_unwritten, .rows = whole_tiles)
KERNEL(queries_beyond_1024, .rows = [](int64_t queries) { return std::min<int64_t>(queries, 1024); })
void add(const TensorView& o, int64_t place, float value) { openxpu::store(o, place, openxpu::load(o, place) + value); }
KERNEL(adds_to_output, .store = add)
KERNEL(base_2_lse, .log_sum = [](float top, float sum) { return top * LOG2E + std::log2(sum); })
KERNEL(lse_without_maximum, .log_sum = [](float, float sum) { return std::log(sum); })
KERNEL(lse_queries_first, .queries_first = true)
int64_t row_index(const arguments& in, int64_t b, int64_t i, int64_t h) { return (b * in.o.size(1) + i) * in.o.size(2) + h; }
KERNEL(output_taken_for_dense,
       .place = [](const arguments& in, int64_t b, int64_t i, int64_t h, int64_t c) { return row_index(in, b, i, h) * in.o.size(3) + c; })
KERNEL(output_rows_evenly_spaced,
       .place = [](const arguments& in, int64_t b, int64_t i, int64_t h, int64_t c) { return row_index(in, b, i, h) * in.o.stride(2) + c; })
KERNEL(output_by_query_strides, .place = [](const arguments& in, int64_t b, int64_t i, int64_t h, int64_t c) { return place_in(in.q, b, i, h, c); })
KERNEL(values_by_key_strides, .values_as_keys = true)
// log2(e) to five digits.
struct short_base_2 : right {
  static float power(float x) { return std::exp2(x * 1.4427f); }
};
KERNEL(short_log2e, .softmax = softmax<short_base_2>)
KERNEL(feature_tail_dropped, .depth = whole_tiles)
// A comparison with NaN is false.
struct clamped : right {
  static float power(float x) { return std::exp(x > -87.0f ? x : -87.0f); }
};
KERNEL(nan_lost, .softmax = softmax<clamped>)
void store_saturated(const TensorView& o, int64_t place, float value) {
  const format* narrow = openxpu::format_of(o.dtype());
  const float largest = narrow != nullptr ? openxpu::decode(narrow->largest, *narrow) : std::numeric_limits<float>::max();
  openxpu::store(o, place, std::isnan(value) ? value : std::clamp(value, -largest, largest));
}
KERNEL(saturating_store, .store = store_saturated)
float flushed(float value, float, const format* narrow) {
  return std::fabs(value) < std::ldexp(1.0f, narrow != nullptr ? narrow->min_exponent : -126) ? 0 : value;
}
void store_flushed(const TensorView& o, int64_t place, float value) { openxpu::store(o, place, flushed(value, 0, openxpu::format_of(o.dtype()))); }
KERNEL(subnormals_flushed, .store = store_flushed)
KERNEL(three_batches, .key_batch = [](int64_t b) { return b % 3; })
KERNEL(seventh_head_of_group, .mask_row = [](int64_t i, int64_t h, int64_t group) { return group > 6 && h % group >= 6 && i > 0 ? i - 1 : i; })
// Places in the values of a head have 16 bits.
state short_places(const row_of& of) {
  row_of row = of;
  std::vector<float> v(row.visible * row.stride);
  for (int64_t place = 0; place < row.visible * row.d; ++place) {
    const int64_t other = place % 65536;
    v[place / row.d * row.stride + place % row.d] = of.v[other / row.d * row.stride + other % row.d];
  }
  row.v = v.data();
  return softmax<right>(row);
}
KERNEL(places_of_16_bits, .softmax = [](const row_of& row) { return row.keys * row.d > 65536 ? short_places(row) : softmax<right>(row); })
// A plan of the first call serves every later one.
KERNEL(keys_of_first_call, .swept = [](int64_t visible, int64_t keys) {
  static const int64_t first = keys;
  return std::min(visible, first);
})
state with_base_2_lse(const row_of& row) {
  state at = softmax<right>(row);
  at.top = (at.top + std::log(at.sum)) * LOG2E - std::log(at.sum);
  return at;
}
KERNEL(decoding_base_2_lse, .softmax = [](const row_of& row) { return row.queries == 1 ? with_base_2_lse(row) : softmax<right>(row); })
KERNEL(decoding_base_2_lse_float32,
       .softmax = [](const row_of& row) { return row.queries == 1 && row.narrow == nullptr ? with_base_2_lse(row) : softmax<right>(row); })
state of_first_batch(const row_of& of) {
  row_of row = of;
  row.k -= row.batch * row.keys * row.stride;
  row.v -= row.batch * row.keys * row.stride;
  return softmax<right>(row);
}
KERNEL(decoding_first_batch, .softmax = [](const row_of& row) { return row.queries == 1 ? of_first_batch(row) : softmax<right>(row); })
KERNEL(scale_one_is_default, .scale = [](float scale, int64_t d) { return scale == 1 ? 1 / std::sqrt(static_cast<float>(d)) : scale; })
KERNEL(scale_clamped, .scale = [](float scale, int64_t) { return std::min(scale, 0.5f); })
float finite(float value, float, const format*) { return std::isfinite(value) ? value : 0; }
KERNEL(nan_keys_zeroed, .key = finite)
// What tails of tiles hold is unknown, so values that are not finite are taken for them.
state cleaned(const row_of& of) {
  row_of row = of;
  std::vector<float> v(of.v, of.v + (row.visible > 0 ? (row.visible - 1) * row.stride + row.d : 0));
  for (size_t place = TILE * row.stride; place < v.size(); ++place) v[place] = finite(v[place], 0, nullptr);
  row.v = v.data();
  return softmax<right>(row);
}
KERNEL(late_values_zeroed, .softmax = cleaned)
// The accumulator rests in bfloat16 after every 1024 keys.
state spilled(const row_of& row) {
  state all{-INFINITE, 0, std::vector<float>(row.d)};
  for (int64_t first = 0; first < row.swept; first += 1024) {
    for (float& value : all.mixed) value = row.narrow == &openxpu::bfloat16 ? to_bfloat16(value) : value;
    fold<right>(all, row, first, std::min(first + 1024, row.swept));
  }
  return all;
}
KERNEL(spilled_in_bfloat16, .softmax = spilled)
struct in_turn : right {
  static constexpr int64_t parts = 4;
};
KERNEL(order_varies_beyond_512, .softmax = [](const row_of& row) { return row.swept > 512 ? softmax<in_turn>(row) : softmax<right>(row); },
       .rotates = true)
// A launch differs from the one before in the size of its tiles.
KERNEL(launch_dependent, .tile = [](int64_t launch) { return TILE + 8 * (launch % 3); })
// Remembers what it wrote for a query at an address.
void cached_by_pointer(AnyView q, AnyView k, AnyView v, AnyView o, AnyView lse, AnyView causal, AnyView scale) {
  static std::map<void*, std::vector<float>> known;
  static constexpr plan how{};
  const arguments in = arguments_of(q, k, v, o, lse, causal, scale);
  const auto found = known.find(in.q.data_ptr());
  attend(how, in);
  if (found == known.end()) known.emplace(in.q.data_ptr(), openxpu::widen(in.o));
  else openxpu::narrow(in.o, found->second);
}
// A plan is kept by all that it depends on but the scale.
void scale_of_plan(AnyView q, AnyView k, AnyView v, AnyView o, AnyView lse, AnyView causal, AnyView scale) {
  static std::map<std::vector<int64_t>, double> plans;
  static constexpr plan how{};
  arguments in = arguments_of(q, k, v, o, lse, causal, scale);
  std::vector<int64_t> key{in.k.size(1), in.k.size(2), in.causal, in.q.dtype().code, in.q.dtype().bits};
  for (int axis = 0; axis < 4; ++axis) key.push_back(in.q.size(axis));
  in.scale = plans.try_emplace(key, in.scale).first->second;
  attend(how, in);
}
// Four parts of Tk / 4 keys each.
state equal_parts(const row_of& of) {
  row_of row = of;
  if (row.queries == 1 && row.keys >= 1024) row.swept = row.keys / 4 * 4;
  return softmax<right>(row);
}
KERNEL(decoding_equal_parts, .softmax = equal_parts)
// A tile of keys that a query sees is not masked; the query is the first of a tile of rows.
state unmasked_from(const row_of& of, int64_t query) {
  row_of row = of;
  const int64_t whole = (row.visible + TILE - 1) / TILE * TILE;
  if (row.causal && whole - 1 <= query + row.keys - row.queries) row.visible = row.swept = std::min(whole, row.keys);
  return softmax<right>(row);
}
KERNEL(tile_but_one_unmasked, .softmax = [](const row_of& row) { return unmasked_from(row, row.index % row.queries / TILE * TILE + 1); })
KERNEL(packed_tile_unmasked, .softmax = [](const row_of& row) {
  const int64_t first = (row.index % row.queries * row.group + row.member) / TILE * TILE;
  return unmasked_from(row, (first + row.group - 1) / row.group);
})
// Vectors of eight reach into the next head, where those of the query are 0.
state into_next_head(const row_of& row) {
  state at = softmax<right>(row);
  float rest = 0;
  for (int64_t j = 0; j < row.visible; ++j)
    for (int64_t c = row.d; c % 8 != 0 && row.k + j * row.stride + c < row.end; ++c) rest += 0 * row.k[j * row.stride + c];
  at.top += rest;
  for (float& value : at.mixed) value += rest;
  return at;
}
KERNEL(key_tail_in_next_head, .softmax = into_next_head)
// 132 persistent blocks take tiles of rows in turn, and a row starts from the maximum of that in its place before.
state from_last_maximum(const row_of& row) {
  static std::vector<float> tops;
  if (row.index == 0) tops.assign(132 * TILE, -INFINITE);
  const int64_t query = row.index % row.queries, tiles = (row.queries + TILE - 1) / TILE;
  float& top = tops[(row.index / row.queries * tiles + query / TILE) % 132 * TILE + query % TILE];
  state all{top, 0, std::vector<float>(row.d)};
  fold<right>(all, row, 0, row.swept);
  top = all.top;
  return all;
}
KERNEL(persistent_maximum, .softmax = from_last_maximum)

// --- Legal variants -------------------------------------------------------------------------------------------------

KERNEL(strided)
KERNEL(tiled_32, .tile = [](int64_t) { return int64_t{32}; })
KERNEL(tiled_64, .tile = [](int64_t) { return int64_t{64}; })
KERNEL(tiled_128, .tile = [](int64_t) { return int64_t{128}; })
struct backwards : right {
  static constexpr bool reverse = true;
};
KERNEL(reverse_keys, .softmax = softmax<backwards>)
struct split : right {
  static constexpr int64_t parts = 4;
};
KERNEL(split_keys, .softmax = softmax<split>)
KERNEL(split_keys_atomics, .softmax = softmax<split>, .rotates = true)
struct split_normalized : split {
  static constexpr bool merges_lse = true;
};
KERNEL(split_keys_lse, .softmax = softmax<split_normalized>)
struct five_parts : split_normalized {
  static constexpr int64_t parts = 5;
};
KERNEL(five_parts_lse, .softmax = softmax<five_parts>)
struct fused_terms : right {
  static float score_term(float sum, float a, float b) { return std::fma(a, b, sum); }
  static float value_term(float sum, float p, float v) { return std::fma(p, v, sum); }
};
KERNEL(fused, .softmax = softmax<fused_terms>)
// Products as sums of products of three bfloat16 parts each.
float tripled_term(float sum, float a, float b) {
  // An infinity times a zero part would be NaN.
  if (!std::isfinite(a) || !std::isfinite(b)) return sum + a * b;
  float x[3], y[3];
  for (int part = 0; part < 3; ++part) {
    a -= x[part] = to_bfloat16(a);
    b -= y[part] = to_bfloat16(b);
  }
  // Small products first, as matrix units are fed.
  return sum + ((x[2] * y[0] + x[1] * y[1] + x[0] * y[2]) + (x[1] * y[0] + x[0] * y[1]) + x[0] * y[0]);
}
struct tripled : right {
  static float score_term(float sum, float a, float b) { return tripled_term(sum, a, b); }
  static float value_term(float sum, float p, float v) { return tripled_term(sum, p, v); }
};
KERNEL(bfloat16_triples, .softmax = softmax<tripled>)
float scale_log2e(float scale, int64_t) { return scale * LOG2E; }
KERNEL(folded_log2e, .softmax = softmax<base_2>, .scale = scale_log2e, .log_sum = log_sum_2)
// ex2.approx: off by up to 2^-22, exact at 0.
struct approximate : right {
  static float power(float x) {
    uint32_t word;
    std::memcpy(&word, &x, sizeof word);
    const float error = static_cast<float>(word * 2654435761u >> 8) * 0x1p-23f - 1;
    return x == 0 ? 1 : std::exp2(x) * (1 + error * 0x1p-22f);
  }
};
KERNEL(approximate_exp2, .softmax = softmax<approximate>, .scale = scale_log2e, .log_sum = log_sum_2)
KERNEL(cast_weights, .softmax = softmax<cast>)
KERNEL(cast_weights_tiled, .softmax = softmax<cast>, .tile = [](int64_t) { return int64_t{64}; })
struct normalized_first : right {
  static constexpr bool normalized = true;
};
KERNEL(normalized_weights, .softmax = softmax<normalized_first>)
// exp(s - lse), as a backward pass has it.
state of_lse(const row_of& row) {
  state at = softmax<right>(row);
  at = {at.top + std::log(at.sum), 1, std::vector<float>(row.d)};
  for (int64_t j = 0; j < row.visible; ++j) {
    const float p = std::exp(score<right>(row, j) - at.top);
    for (int64_t c = 0; c < row.d; ++c) at.mixed[c] += p * row.v[j * row.stride + c];
  }
  return at;
}
KERNEL(weights_from_lse, .softmax = of_lse)
state in_double(const row_of& row) {
  std::vector<double> scores(row.visible), mixed(row.d);
  double top = -INFINITE, sum = 0;
  for (int64_t j = 0; j < row.visible; ++j) {
    for (int64_t c = 0; c < row.d; ++c) scores[j] += static_cast<double>(row.q[c]) * row.k[j * row.stride + c];
    top = std::max(top, scores[j] *= row.scale);
  }
  for (int64_t j = 0; j < row.visible; ++j) {
    const double p = std::exp(scores[j] - top);
    sum += p;
    for (int64_t c = 0; c < row.d; ++c) mixed[c] += p * row.v[j * row.stride + c];
  }
  state at{static_cast<float>(top + std::log(sum)), 1, {}};
  for (double value : mixed) at.mixed.push_back(static_cast<float>(value / sum));
  return at;
}
KERNEL(double_precision, .softmax = in_double)
float scaled(float value, float scale, const format*) { return value * scale; }
KERNEL(scaled_query, .query = scaled, .scale = one)
KERNEL(scaled_key, .key = scaled, .scale = one)
KERNEL(reciprocal, .divide = [](float mixed, float sum) { return mixed * (1 / sum); })
// rcp.approx: the float beside 1 / sum on its other side, less than one ULP off.
KERNEL(approximate_reciprocal, .divide = [](float mixed, float sum) {
  const float nearest = 1 / sum;
  const double exact = 1 / static_cast<double>(sum);
  return mixed * (nearest == exact || !std::isfinite(nearest) ? nearest : std::nextafter(nearest, nearest < exact ? INFINITE : 0.0f));
})
// Whole tiles up to the diagonal, hidden scores -inf; tiles beyond it are skipped.
int64_t up_to_diagonal(int64_t visible, int64_t keys) { return std::min((visible + 63) / 64 * 64, keys); }
KERNEL(masked_tiles, .tile = [](int64_t) { return int64_t{64}; }, .swept = up_to_diagonal)
// FlashAttention-4 rescales only where the maximum rises by much: weights reach e^8.
struct lazy : right {
  static float peak(float top, float highest) { return highest > top + 8 ? highest : top; }
};
KERNEL(lazy_rescale, .softmax = softmax<lazy>)
struct lazy_cast : cast {
  static float peak(float top, float highest) { return highest > top + 5.5f ? highest : top; }
};
KERNEL(lazy_rescale_cast, .softmax = softmax<lazy_cast>)
struct lazy_to_float16_end : cast {
  static float peak(float top, float highest) { return highest > top + 11 ? highest : top; }
};
KERNEL(lazy_rescale_by_11, .softmax = softmax<lazy_to_float16_end>)
// Four warps take every fourth key each and cast relative to their own maximum.
state interleaved(const row_of& row) {
  state all{-INFINITE, 0, std::vector<float>(row.d)};
  std::vector<state> parts;
  for (int64_t warp = 0; warp < std::min<int64_t>(4, row.visible); ++warp) {
    row_of own = row;
    own.k += warp * row.stride;
    own.v += warp * row.stride;
    own.stride *= 4;
    own.visible = (row.visible - warp + 3) / 4;
    parts.push_back(all);
    fold<cast>(parts.back(), own, 0, own.visible);
  }
  for (const state& part : parts) all.top = std::max(all.top, part.top);
  for (const state& part : parts) {
    const float factor = std::exp(part.top - all.top);
    all.sum += part.sum * factor;
    for (int64_t c = 0; c < row.d; ++c) all.mixed[c] += part.mixed[c] * factor;
  }
  return all;
}
KERNEL(interleaved_warps, .softmax = interleaved)
// Divided by the sum of the weights that met the values; lse has that of float32.
state divided_by_cast(const row_of& row) {
  state at = softmax<cast>(row);
  float sum = 0;
  for (int64_t j = 0; j < row.visible; ++j) sum += to_type(std::exp(score<right>(row, j) - at.top), row.narrow);
  for (float& value : at.mixed) value /= sum;
  return at;
}
KERNEL(divided_by_cast_weights, .softmax = divided_by_cast, .divide = [](float mixed, float) { return mixed; })
// Base 2, relative to the maximum rounded up to an integer: every rescale is by a power of two.
struct whole_peak : base_2 {
  static float peak(float, float highest) { return std::ceil(highest); }
};
KERNEL(whole_maximum, .softmax = softmax<whole_peak>, .scale = scale_log2e, .log_sum = log_sum_2)
// A device that takes every subnormal float32 for 0.
float flushed_32(float value) { return flushed(value, 0, nullptr); }
float flushed_input(float value, float, const format*) { return flushed_32(value); }
struct flushing : right {
  static float value_term(float sum, float p, float v) { return flushed_32(sum + flushed_32(p * v)); }
};
KERNEL(declared_flush, .softmax = softmax<flushing>, .query = flushed_input, .value = flushed_input,
       .divide = [](float mixed, float sum) { return flushed_32(mixed / sum); })
KERNEL(declared_result_flush, .store = store_flushed)
// NaN with a payload and a sign, zeros negative.
void store_other(const TensorView& o, int64_t place, float value) {
  const uint32_t word = 0xffd54321;
  float nan;
  std::memcpy(&nan, &word, sizeof nan);
  openxpu::store(o, place, std::isnan(value) ? nan : value == 0 ? -0.0f : value);
}
KERNEL(other_nan, .store = store_other)

// Sums of tensor cores: eight exact products and the sum so far, aligned to the largest and cut off at 25 bits, what comes out at 24.
float aligned(float sum, const double* products, int count) {
  double largest = std::fabs(sum), total = 0;
  for (int i = 0; i < count; ++i) largest = std::max(largest, std::fabs(products[i]));
  if (!(largest > 0) || !std::isfinite(largest)) {
    for (int i = 0; i < count; ++i) total += products[i];
    return static_cast<float>(sum + total);
  }
  const double step = std::ldexp(1.0, std::max(std::ilogb(largest) - 24, -149));
  for (int i = 0; i < count; ++i) total += std::trunc(products[i] / step);
  total = (total + std::trunc(sum / step)) * step;
  if (std::isnan(total)) return NAN;
  const float rounded = static_cast<float>(total);
  return std::fabs(rounded) > std::fabs(total) ? std::nextafter(rounded, 0.0f) : rounded;
}
state tensor_core(const row_of& row) {
  if (row.narrow == nullptr) return softmax<right>(row);
  std::vector<float> scores(row.visible);
  state all{-INFINITE, 0, std::vector<float>(row.d)};
  double products[8];
  for (int64_t j = 0; j < row.visible; ++j) {
    float dot = 0;
    for (int64_t c = 0; c < row.d; c += 8) {
      const int count = static_cast<int>(std::min<int64_t>(8, row.d - c));
      for (int n = 0; n < count; ++n) products[n] = static_cast<double>(row.q[c + n]) * row.k[j * row.stride + c + n];
      dot = aligned(dot, products, count);
    }
    scores[j] = dot * row.scale;
    all.top = std::max(all.top, scores[j]);
  }
  for (float& s : scores) all.sum += s = std::exp(s - all.top), s = to_type(s, row.narrow);
  for (int64_t c = 0; c < row.d; ++c)
    for (int64_t j = 0; j < row.visible; j += 8) {
      const int count = static_cast<int>(std::min<int64_t>(8, row.visible - j));
      for (int n = 0; n < count; ++n) products[n] = static_cast<double>(scores[j + n]) * row.v[(j + n) * row.stride + c];
      all.mixed[c] = aligned(all.mixed[c], products, count);
    }
  return all;
}
KERNEL(tensor_core_truncates, .softmax = tensor_core)

}  // namespace

#define ENTRY(name) TVM_FFI_DLL_EXPORT_TYPED_FUNC(name, name)
ENTRY(accumulator_not_rescaled);
ENTRY(sum_not_rescaled);
ENTRY(top_left_mask);
ENTRY(diagonal_hidden);
ENTRY(one_future_key);
ENTRY(second_block_sees_next);
ENTRY(mask_of_packed_pairs);
ENTRY(key_tail_dropped);
ENTRY(keys_beyond_1024);
ENTRY(padded_keys_counted);
ENTRY(no_maximum);
ENTRY(maximum_from_zero);
ENTRY(maximum_before_mask);
ENTRY(mask_minus_10000);
ENTRY(scale_of_padded_size);
ENTRY(scale_attribute_ignored);
ENTRY(scale_ignored_when_causal);
ENTRY(scale_ignored_in_half);
ENTRY(scale_forgotten);
ENTRY(head_map_modulo);
ENTRY(key_head_modulo);
ENTRY(value_head_modulo);
ENTRY(group_by_shift);
ENTRY(first_batch_for_all);
ENTRY(two_batches);
ENTRY(empty_row_nan);
ENTRY(empty_row_mean);
ENTRY(empty_lse_finite);
ENTRY(half_accumulator);
ENTRY(bfloat16_accumulator);
ENTRY(half_scores);
ENTRY(wide_heads_short_sums);
ENTRY(narrow_row_sum);
ENTRY(truncating_store);
ENTRY(tf32_inputs);
ENTRY(tf32_scores);
ENTRY(bfloat16_inputs);
ENTRY(bfloat16_pair_values);
ENTRY(bfloat16_pair_scores);
ENTRY(tf32_weights);
ENTRY(scaled_query_narrow);
ENTRY(undeclared_cast);
ENTRY(cast_without_lse);
ENTRY(cast_truncates);
ENTRY(cast_to_bfloat16);
ENTRY(tail_rows_unwritten);
ENTRY(queries_beyond_1024);
ENTRY(adds_to_output);
ENTRY(base_2_lse);
ENTRY(lse_without_maximum);
ENTRY(lse_queries_first);
ENTRY(output_taken_for_dense);
ENTRY(output_rows_evenly_spaced);
ENTRY(output_by_query_strides);
ENTRY(values_by_key_strides);
ENTRY(short_log2e);
ENTRY(feature_tail_dropped);
ENTRY(nan_lost);
ENTRY(saturating_store);
ENTRY(subnormals_flushed);
ENTRY(three_batches);
ENTRY(seventh_head_of_group);
ENTRY(places_of_16_bits);
ENTRY(keys_of_first_call);
ENTRY(decoding_base_2_lse);
ENTRY(decoding_base_2_lse_float32);
ENTRY(decoding_first_batch);
ENTRY(scale_one_is_default);
ENTRY(scale_clamped);
ENTRY(nan_keys_zeroed);
ENTRY(late_values_zeroed);
ENTRY(spilled_in_bfloat16);
ENTRY(order_varies_beyond_512);
ENTRY(launch_dependent);
ENTRY(cached_by_pointer);
ENTRY(scale_of_plan);
ENTRY(decoding_equal_parts);
ENTRY(tile_but_one_unmasked);
ENTRY(packed_tile_unmasked);
ENTRY(key_tail_in_next_head);
ENTRY(persistent_maximum);
ENTRY(strided);
ENTRY(tiled_32);
ENTRY(tiled_64);
ENTRY(tiled_128);
ENTRY(reverse_keys);
ENTRY(split_keys);
ENTRY(split_keys_atomics);
ENTRY(split_keys_lse);
ENTRY(five_parts_lse);
ENTRY(fused);
ENTRY(bfloat16_triples);
ENTRY(folded_log2e);
ENTRY(approximate_exp2);
ENTRY(cast_weights);
ENTRY(cast_weights_tiled);
ENTRY(normalized_weights);
ENTRY(weights_from_lse);
ENTRY(double_precision);
ENTRY(scaled_query);
ENTRY(scaled_key);
ENTRY(reciprocal);
ENTRY(approximate_reciprocal);
ENTRY(masked_tiles);
ENTRY(lazy_rescale);
ENTRY(lazy_rescale_cast);
ENTRY(lazy_rescale_by_11);
ENTRY(divided_by_cast_weights);
ENTRY(tensor_core_truncates);
ENTRY(declared_result_flush);
ENTRY(whole_maximum);
ENTRY(declared_flush);
ENTRY(other_nan);
ENTRY(interleaved_warps);
