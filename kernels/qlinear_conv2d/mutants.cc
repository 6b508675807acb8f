// Quantized convolutions with one fault each, and right kernels that compute in another legal way.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include <openxpu/elements.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

namespace {

using tvm::ffi::AnyView;
using tvm::ffi::Array;
using tvm::ffi::Optional;
using tvm::ffi::TensorView;

constexpr int64_t TILE = 16;

// Extents and attributes, in elements.
struct geometry {
  int64_t n, h, w, cin, cout, kh, kw, oh, ow;
  int64_t stride_h, stride_w, top, left, bottom, right, dilation_h, dilation_w, groups;
  int64_t group_cin() const { return cin / groups; }
  int64_t group_cout() const { return cout / groups; }
};

// A tap of w and of the patch that it meets.
struct tap {
  int64_t kh, kw, ci;
};

struct scales {
  float x, w, y;
  int32_t y_zero, bias;
};

// An output.
struct spot {
  const geometry& g;
  int64_t pixel, co;
};

int64_t whole_tiles(int64_t extent) { return extent > TILE ? extent / TILE * TILE : extent; }
int64_t all(int64_t extent) { return extent; }
int32_t clamp(float value) { return static_cast<int32_t>(std::clamp(value, -128.0f, 127.0f)); }
float product(int32_t sum, const scales& s) { return static_cast<float>(sum) * (s.x * s.w / s.y); }

// The sum of (x - zero) * w over the taps.
int32_t centred(const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) {
  int32_t sum = 0;
  for (int64_t k = 0; k < taps; ++k) sum += (x[k] - zero) * w[k];
  return sum;
}
int32_t weight_sum(const int32_t* w, int64_t taps) {
  int32_t sum = 0;
  for (int64_t k = 0; k < taps; ++k) sum += w[k];
  return sum;
}

// What a variant may change of a right convolution.
struct plan {
  void (*change)(geometry& g) = [](geometry&) {};
  // The tap in place k of a sum of `channels` channels a pixel.
  tap (*order)(const geometry& g, int64_t k, int64_t channels) = [](const geometry& g, int64_t k, int64_t channels) {
    return tap{k / channels / g.kw, k / channels % g.kw, k % channels};
  };
  // Channels of a group that are summed.
  int64_t (*channels)(int64_t group_cin) = all;
  int64_t (*group)(const geometry& g, int64_t co) = [](const geometry& g, int64_t co) { return co / g.group_cout(); };
  // Elements of x, w and y in memory.
  int64_t (*x_place)(const geometry& g, int64_t n, int64_t ih, int64_t iw, int64_t c) =
      [](const geometry& g, int64_t n, int64_t ih, int64_t iw, int64_t c) { return ((n * g.h + ih) * g.w + iw) * g.cin + c; };
  int64_t (*w_place)(const geometry& g, int64_t co, tap t) =
      [](const geometry& g, int64_t co, tap t) { return ((co * g.kh + t.kh) * g.kw + t.kw) * g.group_cin() + t.ci; };
  int64_t (*y_place)(const geometry& g, int64_t n, int64_t pixel, int64_t co) =
      [](const geometry& g, int64_t n, int64_t pixel, int64_t co) { return (n * g.oh * g.ow + pixel) * g.cout + co; };
  // The row of y that an output pixel lies in, and how far from a patch's first element a tap is looked for.
  int64_t (*row)(const geometry& g, int64_t pixel) = [](const geometry& g, int64_t pixel) { return pixel / g.ow; };
  int64_t (*distance)(int64_t elements) = all;
  // The image that is read, and how many of the taps are summed.
  int64_t (*image)(const geometry& g, int64_t n) = [](const geometry&, int64_t n) { return n; };
  int64_t (*summed)(const spot& at, int64_t taps) = [](const spot&, int64_t taps) { return taps; };
  bool zero_padding = false;  // x in the padding is 0, not the zero point
  int32_t (*weight)(int32_t w) = [](int32_t w) { return w; };
  int32_t (*dot)(const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) = centred;
  int64_t (*bias_channel)(const geometry& g, int64_t co) = [](const geometry&, int64_t co) { return co; };
  int32_t (*with_bias)(int32_t sum, int32_t bias, const scales& s) = [](int32_t sum, int32_t bias, const scales&) { return sum + bias; };
  int64_t (*scale_channel)(const geometry& g, int64_t co) = [](const geometry&, int64_t co) { return co; };
  int32_t (*requantize)(int32_t sum, const scales& s) =
      [](int32_t sum, const scales& s) { return clamp(std::nearbyint(product(sum, s)) + static_cast<float>(s.y_zero)); };
  // Output pixels and channels that are written.
  int64_t (*pixels)(int64_t extent) = all;
  int64_t (*outputs)(int64_t extent) = all;
  int64_t grid = INT64_MAX;  // of all images
  bool adds = false;           // to what y holds
  bool keeps_sums = false;     // in a workspace from launch to launch
  bool keeps_weights = false;  // unpacked, by their address
  bool keeps_scales = false;   // of w, by address, extent and both ends
  bool published_only = false; // other shapes give the zero point
  bool first_vector_decides = false;  // one scale of w where the first 16 are equal
  bool dense = false;          // y is taken to be dense
};

struct arguments {
  TensorView x, x_scale, x_zero_point, w, w_scale;
  Optional<TensorView> bias;
  TensorView y_scale, y_zero_point, y;
  Array<int64_t> strides, pads, dilations;
  int64_t groups;
};

geometry geometry_of(const arguments& in) {
  const TensorView &x = in.x, &w = in.w, &y = in.y;
  return {x.size(0), x.size(1), x.size(2), x.size(3), w.size(0), w.size(1), w.size(2), y.size(1), y.size(2), in.strides[0], in.strides[1],
          in.pads[0], in.pads[1], in.pads[2], in.pads[3], in.dilations[0], in.dilations[1], in.groups};
}

// Integers by element.
std::vector<int32_t> integers(const TensorView& t) {
  std::vector<int32_t> wide;
  const auto* data = static_cast<const char*>(t.data_ptr()) + t.byte_offset();
  for (const int64_t place : openxpu::places(t))
    wide.push_back(t.dtype().bits == 8 ? reinterpret_cast<const int8_t*>(data)[place] : reinterpret_cast<const int32_t*>(data)[place]);
  return wide;
}

// H, W, Cin, Cout of the cases in op.yaml that no seed changes.
bool published(const geometry& g) {
  static constexpr int64_t shapes[][4] = {{1, 1, 1, 1}, {14, 14, 16, 24}, {8, 8, 64, 64}, {9, 5, 65, 33}, {32, 30, 3, 16}, {8, 9, 255, 15}, {17, 13, 7, 19}, {29, 23, 11, 13}, {2, 3, 5, 8}, {12, 10, 28, 20}, {15, 17, 33, 33}, {11, 14, 8, 24}, {11, 14, 9, 12}, {17, 16, 10, 10}, {13, 12, 6, 9}, {3, 256, 2, 3}, {256, 5, 3, 4}, {4, 3, 1024, 34}, {4, 3, 5, 1024}, {5, 7, 20, 12}, {5, 13, 12, 7}, {14, 12, 24, 24}, {8, 9, 24, 15}, {12, 15, 1, 6}, {9, 7, 100, 9}, {6, 7, 917, 9}, {6, 121, 140, 3}, {216, 61, 1, 2}, {56, 56, 64, 64}, {56, 56, 64, 256}};
  return std::any_of(std::begin(shapes), std::end(shapes), [&](const int64_t* s) { return s[0] == g.h && s[1] == g.w && s[2] == g.cin && s[3] == g.cout; });
}

// Taps of every output channel, row by row, in the plan's order.
std::vector<int32_t> unpack(const plan& how, const geometry& g, const std::vector<int32_t>& w, const std::vector<tap>& taps) {
  std::vector<int32_t> rows;
  for (int64_t co = 0; co < g.cout; ++co)
    for (const tap& t : taps) rows.push_back(how.weight(w[how.w_place(g, co, t) % static_cast<int64_t>(w.size())]));
  return rows;
}

void convolve(const plan& how, const arguments& in) {
  static std::map<void*, std::vector<int32_t>> known;
  static std::vector<int32_t> workspace;
  static std::map<std::tuple<void*, int64_t, float, float>, std::vector<float>> known_scales;
  geometry g = geometry_of(in);
  const std::vector<int32_t> x = integers(in.x), w = integers(in.w);
  const std::vector<int32_t> bias = in.bias.has_value() ? integers(*in.bias) : std::vector<int32_t>(g.cout);
  const int32_t x_zero = integers(in.x_zero_point)[0], y_zero = integers(in.y_zero_point)[0];
  const bool declined = how.published_only && !published(g);
  how.change(g);
  const int64_t channels = how.channels(g.group_cin());
  std::vector<tap> taps(g.kh * g.kw * channels);
  for (size_t k = 0; k < taps.size(); ++k) taps[k] = how.order(g, static_cast<int64_t>(k), channels);
  const bool again = how.keeps_weights && known.count(in.w.data_ptr()) > 0;
  const std::vector<int32_t> rows = again ? known[in.w.data_ptr()] : unpack(how, g, w, taps);
  known[in.w.data_ptr()] = rows;
  workspace.resize(in.y.numel());
  const std::vector<int64_t> places = openxpu::places(in.y);
  std::vector<float> w_scale = openxpu::widen(in.w_scale);
  if (how.keeps_scales) w_scale = known_scales.try_emplace({in.w_scale.data_ptr(), g.cout, w_scale.front(), w_scale.back()}, w_scale).first->second;
  const auto leading = w_scale.begin() + std::min<int64_t>(16, g.cout);
  if (how.first_vector_decides && std::count(w_scale.begin(), leading, w_scale.front()) == leading - w_scale.begin()) w_scale.assign(g.cout, w_scale.front());

  std::vector<int32_t> patch(taps.size());
  const int64_t count = static_cast<int64_t>(taps.size());
  auto* y = static_cast<int8_t*>(in.y.data_ptr()) + in.y.byte_offset();
  for (int64_t n = 0; n < g.n; ++n)
    for (int64_t pixel = 0; pixel < how.pixels(g.oh * g.ow); ++pixel) {
      if (n * g.oh * g.ow + pixel >= how.grid) continue;
      int64_t gathered = -1;
      for (int64_t co = 0; co < how.outputs(g.cout); ++co) {
        const int64_t group = how.group(g, co);
        for (int64_t k = 0; group != gathered && k < count; ++k) {
          const int64_t oh = how.row(g, pixel), ow = pixel - oh * g.ow;
          const int64_t ih = oh * g.stride_h - g.top + taps[k].kh * g.dilation_h;
          const int64_t iw = ow * g.stride_w - g.left + taps[k].kw * g.dilation_w;
          const int64_t away = (taps[k].kh * g.dilation_h * g.w + taps[k].kw * g.dilation_w) * g.cin;
          const bool inside = ih >= 0 && ih < g.h && iw >= 0 && iw < g.w;
          const int64_t place = inside ? how.x_place(g, how.image(g, n), ih, iw, group * g.group_cin() + taps[k].ci) - away + how.distance(away) : 0;
          const int64_t size = static_cast<int64_t>(x.size());
          patch[k] = inside ? x[(place % size + size) % size] : how.zero_padding ? 0 : x_zero;
        }
        gathered = group;
        const int64_t place = how.y_place(g, n, pixel, co);
        int32_t sum = how.dot(patch.data(), rows.data() + co * count, how.summed({g, pixel, co}, count), x_zero);
        if (how.keeps_sums) sum = workspace[place] += sum;
        const scales s{openxpu::load(in.x_scale, 0), w_scale[how.scale_channel(g, co)], openxpu::load(in.y_scale, 0), y_zero, bias[how.bias_channel(g, co)]};
        const int32_t value = declined ? y_zero : how.requantize(how.with_bias(sum, s.bias, s), s);
        int8_t& out = y[how.dense ? place : places[place]];
        out = static_cast<int8_t>(how.adds ? out + value : value);
      }
    }
}

// `a`: the arguments in the order of op.yaml, inputs first.
void call(const plan& how, const AnyView* a) {
  const auto tensor = [&](int i) { return a[i].cast<TensorView>(); };
  const auto numbers = [&](int i) { return a[i].cast<Array<int64_t>>(); };
  convolve(how, {tensor(0), tensor(1), tensor(2), tensor(3), tensor(4), a[5].cast<Optional<TensorView>>(), tensor(6), tensor(7), tensor(8),
                 numbers(9), numbers(10), numbers(11), a[12].cast<int64_t>()});
}

// A kernel: its name, then what differs from the right plan. With typed arguments the compiler takes half a second for each.
#define KERNEL(name, ...)                                                                                                 \
  void name(AnyView x, AnyView x_scale, AnyView x_zero_point, AnyView w, AnyView w_scale, AnyView bias, AnyView y_scale,  \
            AnyView y_zero_point, AnyView y, AnyView strides, AnyView pads, AnyView dilations, AnyView groups) {          \
    static constexpr plan how{__VA_ARGS__};                                                                               \
    const AnyView all[] = {x, x_scale, x_zero_point, w, w_scale, bias, y_scale, y_zero_point, y, strides, pads, dilations, groups}; \
    call(how, all);                                                                                                       \
  }

// --- Faults ---------------------------------------------------------------------------------------------------------

int32_t settled(float rounded, const scales& s) { return clamp(rounded + static_cast<float>(s.y_zero)); }
KERNEL(half_away, .requantize = [](int32_t sum, const scales& s) { return settled(std::round(product(sum, s)), s); })
KERNEL(half_up, .requantize = [](int32_t sum, const scales& s) { return settled(std::floor(product(sum, s) + 0.5f), s); })
KERNEL(truncates, .requantize = [](int32_t sum, const scales& s) { return settled(std::trunc(product(sum, s)), s); })
KERNEL(zero_point_before_rounding, .requantize = [](int32_t sum, const scales& s) { return clamp(std::nearbyint(product(sum, s) + static_cast<float>(s.y_zero))); })
KERNEL(wraps, .requantize = [](int32_t sum, const scales& s) { return static_cast<int32_t>(std::nearbyint(product(sum, s))) + s.y_zero; })
KERNEL(clamps_before_zero_point, .requantize = [](int32_t sum, const scales& s) { return settled(static_cast<float>(clamp(std::nearbyint(product(sum, s)))), s); })
KERNEL(symmetric_clamp, .requantize = [](int32_t sum, const scales& s) { return std::max(-127, settled(std::nearbyint(product(sum, s)), s)); })
KERNEL(output_zero_point_forgotten, .requantize = [](int32_t sum, const scales& s) { return clamp(std::nearbyint(product(sum, s))); })
// The product with the scale in float16: 11 bits.
int32_t requantize_half(int32_t sum, const scales& s) { return settled(std::nearbyint(openxpu::round_to(product(sum, s), openxpu::float16)), s); }
KERNEL(half_product, .requantize = requantize_half)

// scale = multiplier * 2^-shift, 2^(bits - 1) <= multiplier < 2^bits.
struct fixed_point {
  int64_t multiplier;
  int shift;
};
fixed_point fixed(const scales& s, int bits) {
  int exponent;
  const double fraction = std::frexp(static_cast<double>(s.x) * s.w / s.y, &exponent);
  return {std::llround(std::ldexp(fraction, bits)), bits - exponent};
}
// value * 2^-shift, rounded half to even.
int64_t shifted(int64_t value, int shift) {
  if (shift > 62) return 0;
  if (shift <= 0) return value << -shift;
  const int64_t floor = value >> shift, rest = value - (floor << shift), half = int64_t{1} << (shift - 1);
  return floor + (rest > half || (rest == half && floor % 2 != 0) ? 1 : 0);
}
template <int bits>
int32_t requantize_fixed(int32_t sum, const scales& s) {
  const fixed_point scale = fixed(s, bits);
  return settled(static_cast<float>(shifted(sum * scale.multiplier, scale.shift)), s);
}
KERNEL(multiplier_of_15_bits, .requantize = requantize_fixed<15>)
// High half of a doubled product, rounded, then a rounding shift: rounds twice, and ties away from zero.
int32_t requantize_twice(int32_t sum, const scales& s) {
  const fixed_point scale = fixed(s, 31);
  const int left = std::max(31 - scale.shift, 0), right = std::clamp(scale.shift - 31, 0, 31);
  const int64_t high = ((int64_t{sum} << left) * scale.multiplier + (int64_t{1} << 30)) >> 31;
  const int64_t half = right == 0 ? 0 : int64_t{1} << (right - 1);
  const int64_t size = (std::abs(high) + half) >> right;
  return settled(static_cast<float>(high < 0 ? -size : size), s);
}
KERNEL(rounds_twice, .requantize = requantize_twice)

KERNEL(zero_in_padding, .zero_padding = true)
KERNEL(kernel_row_pitch, .w_place = [](const geometry& g, int64_t co, tap t) { return (co * g.kh * g.kw + (t.kh * g.kh + t.kw) % (g.kh * g.kw)) * g.group_cin() + t.ci; })
KERNEL(kernel_axes_swapped, .w_place = [](const geometry& g, int64_t co, tap t) { return ((co * g.kw + t.kw) * g.kh + t.kh) * g.group_cin() + t.ci; })
KERNEL(kernel_flipped, .w_place = [](const geometry& g, int64_t co, tap t) { return ((co * g.kh + g.kh - 1 - t.kh) * g.kw + g.kw - 1 - t.kw) * g.group_cin() + t.ci; })
KERNEL(weights_read_as_oihw, .w_place = [](const geometry& g, int64_t co, tap t) { return ((co * g.group_cin() + t.ci) * g.kh + t.kh) * g.kw + t.kw; })
KERNEL(input_row_pitch, .x_place = [](const geometry& g, int64_t n, int64_t ih, int64_t iw, int64_t c) { return ((n * g.w + ih) * g.h + iw) * g.cin + c; })
KERNEL(input_read_as_nchw, .x_place = [](const geometry& g, int64_t n, int64_t ih, int64_t iw, int64_t c) { return ((n * g.cin + c) * g.h + ih) * g.w + iw; })
KERNEL(output_stored_as_nchw, .y_place = [](const geometry& g, int64_t n, int64_t pixel, int64_t co) { return (n * g.cout + co) * g.oh * g.ow + pixel; })
int64_t first(const geometry&, int64_t) { return 0; }
int64_t of_group(const geometry& g, int64_t co) { return co % g.group_cout(); }
KERNEL(one_scale_for_all, .scale_channel = first)
KERNEL(scale_by_channel_of_group, .scale_channel = of_group)
KERNEL(bias_of_neighbour, .bias_channel = [](const geometry& g, int64_t co) { return (co + 1) % g.cout; })
KERNEL(bias_by_channel_of_group, .bias_channel = of_group)
int32_t scaled_bias(int32_t sum, int32_t bias, const scales& s) { return sum + static_cast<int32_t>(std::nearbyint(static_cast<float>(bias) * s.x * s.w)); }
KERNEL(bias_scaled_twice, .with_bias = scaled_bias)
KERNEL(bias_forgotten, .with_bias = [](int32_t sum, int32_t, const scales&) { return sum; })
KERNEL(tail_pixels_unwritten, .pixels = whole_tiles)
KERNEL(tail_channels_unwritten, .outputs = whole_tiles)
KERNEL(adds_to_output, .adds = true)
KERNEL(sums_kept, .keeps_sums = true)
KERNEL(weights_cached_by_pointer, .keeps_weights = true)
KERNEL(shape_specialised, .published_only = true)
KERNEL(output_taken_for_dense, .dense = true)
// (x + 128) * w of two neighbours are added in saturating int16, as pmaddubsw does; zero points come off later.
int32_t saturated_pairs(const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) {
  int32_t sum = 0;
  for (int64_t k = 0; k < taps; k += 2) {
    const int32_t second = k + 1 < taps ? (x[k + 1] + 128) * w[k + 1] : 0;
    sum += std::clamp((x[k] + 128) * w[k] + second, -32768, 32767);
  }
  return sum - (zero + 128) * weight_sum(w, taps);
}
KERNEL(int16_pairs, .dot = saturated_pairs)
// Runs of 8 products in int16 that wraps.
int32_t wrapped_runs(const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) {
  int32_t sum = 0;
  for (int64_t k = 0; k < taps; k += 8) sum += static_cast<int16_t>(centred(x + k, w + k, std::min<int64_t>(8, taps - k), zero));
  return sum;
}
KERNEL(int16_runs, .dot = wrapped_runs)
KERNEL(lowest_weight_clipped, .weight = [](int32_t w) { return std::max(w, -127); })
KERNEL(strides_swapped, .change = [](geometry& g) { std::swap(g.stride_h, g.stride_w); })
KERNEL(dilations_swapped, .change = [](geometry& g) { std::swap(g.dilation_h, g.dilation_w); })
void strides_for_dilations(geometry& g) {
  std::swap(g.stride_h, g.dilation_h);
  std::swap(g.stride_w, g.dilation_w);
}
KERNEL(strides_and_dilations_swapped, .change = strides_for_dilations)
KERNEL(top_and_bottom_swapped, .change = [](geometry& g) { g.top = g.bottom; })
KERNEL(left_and_right_swapped, .change = [](geometry& g) { g.left = g.right; })
KERNEL(pads_by_width_first, .change = [](geometry& g) { std::swap(g.top, g.left); })
KERNEL(first_group_for_all, .group = first)
KERNEL(groups_interleaved, .group = [](const geometry& g, int64_t co) { return co % g.groups; })
KERNEL(channel_tail_dropped, .channels = whole_tiles)
bool pointwise(const geometry& g) { return g.kh == 1 && g.kw == 1; }
KERNEL(pointwise_ignores_strides, .change = [](geometry& g) { if (pointwise(g)) g.stride_h = g.stride_w = 1; })
KERNEL(pointwise_ignores_pads, .change = [](geometry& g) { if (pointwise(g)) g.top = g.left = 0; })
bool depthwise(const geometry& g) { return g.groups > 1 && g.groups == g.cin; }
KERNEL(depthwise_ignores_dilations, .change = [](geometry& g) { if (depthwise(g)) g.dilation_h = g.dilation_w = 1; })
KERNEL(depthwise_square_strides, .change = [](geometry& g) { if (depthwise(g)) g.stride_w = g.stride_h; })
KERNEL(even_kernel_recentred, .change = [](geometry& g) { g.left += g.kw % 2 == 0 && g.left > 0 && g.left == g.right; })
KERNEL(channels_beyond_256_dropped, .channels = [](int64_t channels) { return std::min<int64_t>(channels, 256); })
KERNEL(column_index_of_6_bits, .x_place = [](const geometry& g, int64_t n, int64_t ih, int64_t iw, int64_t c) { return ((n * g.h + ih) * g.w + iw % 64) * g.cin + c; })
int32_t float_sum(const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) {
  float sum = 0;
  for (int64_t k = 0; k < taps; ++k) sum += static_cast<float>((x[k] - zero) * w[k]);
  return static_cast<int32_t>(sum);
}
KERNEL(float_accumulator, .dot = float_sum)
int32_t without_bias(int32_t sum, int32_t, const scales&) { return sum; }
int32_t requantize_apart(int32_t sum, const scales& s) { return settled(std::nearbyint(product(sum, s) + product(s.bias, s)), s); }
KERNEL(bias_after_scaling, .with_bias = without_bias, .requantize = requantize_apart)
KERNEL(multiplier_of_20_bits, .requantize = requantize_fixed<20>)
double exact(int32_t sum, const scales& s) { return static_cast<double>(sum) * s.x * s.w / s.y; }
int32_t requantize_q16(int32_t sum, const scales& s) { return settled(static_cast<float>(std::nearbyint(std::nearbyint(exact(sum, s) * 65536) / 65536)), s); }
KERNEL(q16_output, .requantize = requantize_q16)
int32_t settled(int64_t whole, const scales& s) { return static_cast<int32_t>(std::clamp<int64_t>(whole + s.y_zero, -128, 127)); }
// As cvtps2dq converts: what does not fit is INT_MIN.
int32_t requantize_int32(int32_t sum, const scales& s) {
  const float t = std::nearbyint(product(sum, s));
  return settled(std::fabs(t) < 0x1p31f ? static_cast<int64_t>(t) : int64_t{INT32_MIN}, s);
}
KERNEL(int32_conversion, .requantize = requantize_int32)
int32_t requantize_int16(int32_t sum, const scales& s) { return settled(int64_t{static_cast<int16_t>(static_cast<int64_t>(std::nearbyint(product(sum, s))))}, s); }
KERNEL(int16_conversion, .requantize = requantize_int16)
// The bits of t + 1.5 * 2^23 hold an integer while |t| < 2^22.
int32_t requantize_bits(int32_t sum, const scales& s) {
  return settled(int64_t{static_cast<int32_t>(std::bit_cast<uint32_t>(product(sum, s) + 12582912.0f) - 0x4b400000u)}, s);
}
KERNEL(magic_bits, .requantize = requantize_bits)
// A plan of the first call serves every later one.
KERNEL(scales_of_first_width, .scale_channel = [](const geometry& g, int64_t co) {
  static const int64_t first_width = g.cout;
  return co % first_width;
})
KERNEL(scales_kept_by_ends, .keeps_scales = true)
KERNEL(quad_across_groups, .group = [](const geometry& g, int64_t co) {
  return (g.groups > 1 && g.group_cin() % 4 == 0 ? co / 4 * 4 : co) / g.group_cout();
})
bool plain_3x3(const geometry& g) { return g.kh == 3 && g.kw == 3 && g.dilation_h == 1 && g.dilation_w == 1; }
KERNEL(depthwise_3x3_stride_2, .change = [](geometry& g) { if (plain_3x3(g) && depthwise(g) && g.cin == g.cout && g.stride_h == 2 && g.stride_w == 2) g.top = g.left = 1; })
KERNEL(depthwise_square_dilations, .change = [](geometry& g) { if (depthwise(g) && g.stride_h > 1) g.dilation_w = g.dilation_h; })
KERNEL(pointwise_of_first_image, .image = [](const geometry& g, int64_t n) {
  return pointwise(g) && g.stride_h * g.stride_w == 1 && g.top + g.left + g.bottom + g.right == 0 ? 0 : n;
})
// Pairs of output rows in vectors of four channels: an odd last one lacks its last row of taps.
KERNEL(winograd_odd_edge, .summed = [](const spot& at, int64_t taps) {
  const geometry& g = at.g;
  const bool pairs = plain_3x3(g) && g.stride_h * g.stride_w * g.groups == 1 && g.cin % 4 == 0;
  return pairs && g.oh % 2 == 1 && at.pixel / g.ow == g.oh - 1 ? taps / 3 * 2 : taps;
})
KERNEL(last_tap_of_last_channel, .summed = [](const spot& at, int64_t taps) {
  return taps - (at.g.groups > 1 && at.g.cout % 2 == 1 && at.g.group_cin() % 2 == 0 && at.co == at.g.cout - 1);
})
KERNEL(one_channel_transposed, .w_place = [](const geometry& g, int64_t co, tap t) {
  return g.cin == 1 ? (co * g.kw + t.kw) * g.kh + t.kh : ((co * g.kh + t.kh) * g.kw + t.kw) * g.group_cin() + t.ci;
})
KERNEL(pads_swapped_for_wide_images, .change = [](geometry& g) { if (g.w > 2 * g.h && g.kh == g.kw) std::swap(g.top, g.left); })
// From 515 taps of 255 * 128 on a sum may be beyond 2^24.
KERNEL(float_sums_of_middle_depth, .dot = [](const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) {
  return taps < 515 || taps > 2047 ? centred(x, w, taps, zero) : float_sum(x, w, taps, zero);
})
KERNEL(tap_distances_in_int16, .distance = [](int64_t elements) { return int64_t{static_cast<int16_t>(elements)}; })
KERNEL(grid_of_65535_pixels, .grid = 65535)
KERNEL(row_by_reciprocal, .row = [](const geometry& g, int64_t pixel) { return static_cast<int64_t>(static_cast<float>(pixel) * (1 / static_cast<float>(g.ow))); })
KERNEL(one_scale_by_first_vector, .first_vector_decides = true)
// Parts of many taps are whole blocks of 256.
KERNEL(remainder_of_deep_taps_dropped, .summed = [](const spot&, int64_t taps) { return taps < 4096 ? taps : taps / 256 * 256; })

// --- Legal variants -------------------------------------------------------------------------------------------------

KERNEL(float_multiply)
KERNEL(strided)
KERNEL(multiplier_of_31_bits, .requantize = requantize_fixed<31>)
int32_t requantize_divided(int32_t sum, const scales& s) { return settled(std::nearbyint(static_cast<float>(sum) * (s.x * s.w) / s.y), s); }
KERNEL(divide, .requantize = requantize_divided)
int32_t requantize_reciprocal(int32_t sum, const scales& s) { return settled(std::nearbyint(static_cast<float>(sum) * (s.x * s.w) * (1 / s.y)), s); }
KERNEL(reciprocal, .requantize = requantize_reciprocal)
int32_t requantize_double(int32_t sum, const scales& s) { return settled(static_cast<float>(std::nearbyint(static_cast<double>(sum) * s.x * s.w / s.y)), s); }
KERNEL(double_multiply, .requantize = requantize_double)
// Adding 1.5 * 2^23 rounds half to even.
int32_t requantize_magic(int32_t sum, const scales& s) {
  const volatile float moved = std::clamp(product(sum, s), -512.0f, 512.0f) + 12582912.0f;
  return settled(moved - 12582912.0f, s);
}
KERNEL(magic_rounding, .requantize = requantize_magic)
KERNEL(channels_outermost, .order = [](const geometry& g, int64_t k, int64_t) { return tap{k / g.kw % g.kh, k % g.kw, k / g.kw / g.kh}; })
int32_t backwards(const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) {
  int32_t sum = 0;
  for (int64_t k = taps - 1; k >= 0; --k) sum += (x[k] - zero) * w[k];
  return sum;
}
KERNEL(taps_reversed, .dot = backwards)
int32_t split(const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) {
  int32_t sum = 0;
  for (int64_t part = 0; part < 4; ++part) {
    const int64_t start = taps * part / 4, end = taps * (part + 1) / 4;
    sum += centred(x + start, w + start, end - start, zero);
  }
  return sum;
}
KERNEL(split_taps, .dot = split)
// The zero point comes off once for each row of w; padding holds the zero point.
int32_t folded(const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) { return centred(x, w, taps, 0) - zero * weight_sum(w, taps); }
KERNEL(zero_point_folded, .dot = folded)
// u8 x s8 with every product in int32.
int32_t unsigned_input(const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) { return centred(x, w, taps, -128) - (zero + 128) * weight_sum(w, taps); }
KERNEL(unsigned_activations, .dot = unsigned_input)
// float32 sums of 256 products are exact: 256 * 255 * 128 < 2^24.
int32_t float_chunks_sum(const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) {
  int32_t sum = 0;
  for (int64_t k = 0; k < taps; k += 256) sum += float_sum(x + k, w + k, std::min<int64_t>(256, taps - k), zero);
  return sum;
}
KERNEL(float_chunks, .dot = float_chunks_sum)
// One sum for each bit of the activations, two's complement.
int32_t planes(const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) {
  int32_t sum = 0;
  for (int bit = 0; bit < 8; ++bit)
    for (int64_t k = 0; k < taps; ++k) sum += (x[k] >> bit & 1) * w[k] * (bit == 7 ? -128 : 1 << bit);
  return sum - zero * weight_sum(w, taps);
}
KERNEL(bit_planes, .dot = planes)
int32_t requantize_apart_double(int32_t sum, const scales& s) { return settled(static_cast<float>(std::nearbyint(exact(sum, s) + exact(s.bias, s))), s); }
KERNEL(bias_in_double, .with_bias = without_bias, .requantize = requantize_apart_double)
// The least code whose upper boundary is not passed; a boundary belongs to the even side.
int32_t requantize_search(int32_t sum, const scales& s) {
  int32_t low = -128, high = 127;
  while (low < high) {
    const int32_t middle = (low + high) >> 1, whole = middle - s.y_zero;
    const double rest = exact(sum, s) - (whole + 0.5);
    const bool fits = rest < 0 || (rest == 0 && whole % 2 == 0);
    (fits ? high : low) = fits ? middle : middle + 1;
  }
  return low;
}
KERNEL(code_search, .requantize = requantize_search)
KERNEL(multiplier_of_24_bits, .requantize = requantize_fixed<24>)
// Sums modulo two primes, p - q = 2; the remainders name the sum.
int32_t residues_sum(const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) {
  constexpr int64_t p = 65521, q = 65519;
  int64_t by_p = 0, by_q = 0;
  for (int64_t k = 0; k < taps; ++k) {
    const int64_t term = (x[k] - zero) * w[k];
    by_p = (by_p + term + p) % p;
    by_q = (by_q + term + q) % q;
  }
  // sum = by_q + q m and -2 m = by_p - by_q (mod p).
  const int64_t m = ((by_q - by_p) % p + p) % p * ((p + 1) / 2) % p, sum = by_q + q * m;
  return static_cast<int32_t>(sum > p * q / 2 ? sum - p * q : sum);
}
KERNEL(residues, .dot = residues_sum)
// Inputs are added by weight first.
int32_t sum_by_weight(const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) {
  int32_t sums[256] = {}, sum = 0;
  for (int64_t k = 0; k < taps; ++k) sums[w[k] + 128] += x[k] - zero;
  for (int32_t i = 0; i < 256; ++i) sum += (i - 128) * sums[i];
  return sum;
}
KERNEL(sums_by_weight, .dot = sum_by_weight)
int32_t sum_of_nibbles(const int32_t* x, const int32_t* w, int64_t taps, int32_t zero) {
  int32_t high = 0, low = 0;
  for (int64_t k = 0; k < taps; ++k) high += ((x[k] - zero) >> 4) * w[k], low += ((x[k] - zero) & 15) * w[k];
  return 16 * high + low;
}
KERNEL(nibbles, .dot = sum_of_nibbles)
// The multiplier in two floats, by FMA.
int32_t requantize_two_parts(int32_t sum, const scales& s) {
  const double m = exact(1, s);
  const float high = static_cast<float>(m), low = static_cast<float>(m - high), value = static_cast<float>(sum);
  return settled(std::nearbyint(std::fma(value, high, value * low)), s);
}
KERNEL(multiplier_in_two_parts, .requantize = requantize_two_parts)
// The product and the rounding in one FMA: it rounds half to even where 1.5 * 2^23 is added.
int32_t requantize_fused(int32_t sum, const scales& s) {
  const float value = static_cast<float>(sum), scale = s.x * s.w / s.y;
  if (std::fabs(value * scale) > 1024) return value > 0 ? 127 : -128;
  const volatile float moved = std::fma(value, scale, 12582912.0f);
  return settled(moved - 12582912.0f, s);
}
KERNEL(fused_rounding, .requantize = requantize_fused)

}  // namespace

#define ENTRY(name) TVM_FFI_DLL_EXPORT_TYPED_FUNC(name, name)
ENTRY(half_away);
ENTRY(half_up);
ENTRY(truncates);
ENTRY(zero_point_before_rounding);
ENTRY(wraps);
ENTRY(clamps_before_zero_point);
ENTRY(symmetric_clamp);
ENTRY(output_zero_point_forgotten);
ENTRY(half_product);
ENTRY(multiplier_of_15_bits);
ENTRY(rounds_twice);
ENTRY(zero_in_padding);
ENTRY(kernel_row_pitch);
ENTRY(kernel_axes_swapped);
ENTRY(kernel_flipped);
ENTRY(weights_read_as_oihw);
ENTRY(input_row_pitch);
ENTRY(input_read_as_nchw);
ENTRY(output_stored_as_nchw);
ENTRY(one_scale_for_all);
ENTRY(scale_by_channel_of_group);
ENTRY(bias_of_neighbour);
ENTRY(bias_by_channel_of_group);
ENTRY(bias_scaled_twice);
ENTRY(bias_forgotten);
ENTRY(tail_pixels_unwritten);
ENTRY(tail_channels_unwritten);
ENTRY(adds_to_output);
ENTRY(sums_kept);
ENTRY(weights_cached_by_pointer);
ENTRY(shape_specialised);
ENTRY(output_taken_for_dense);
ENTRY(int16_pairs);
ENTRY(int16_runs);
ENTRY(lowest_weight_clipped);
ENTRY(strides_swapped);
ENTRY(dilations_swapped);
ENTRY(strides_and_dilations_swapped);
ENTRY(top_and_bottom_swapped);
ENTRY(left_and_right_swapped);
ENTRY(pads_by_width_first);
ENTRY(first_group_for_all);
ENTRY(groups_interleaved);
ENTRY(channel_tail_dropped);
ENTRY(pointwise_ignores_strides);
ENTRY(pointwise_ignores_pads);
ENTRY(depthwise_ignores_dilations);
ENTRY(depthwise_square_strides);
ENTRY(even_kernel_recentred);
ENTRY(channels_beyond_256_dropped);
ENTRY(column_index_of_6_bits);
ENTRY(float_accumulator);
ENTRY(bias_after_scaling);
ENTRY(multiplier_of_20_bits);
ENTRY(q16_output);
ENTRY(int32_conversion);
ENTRY(int16_conversion);
ENTRY(magic_bits);
ENTRY(scales_of_first_width);
ENTRY(scales_kept_by_ends);
ENTRY(quad_across_groups);
ENTRY(depthwise_3x3_stride_2);
ENTRY(depthwise_square_dilations);
ENTRY(pointwise_of_first_image);
ENTRY(winograd_odd_edge);
ENTRY(last_tap_of_last_channel);
ENTRY(one_channel_transposed);
ENTRY(pads_swapped_for_wide_images);
ENTRY(float_sums_of_middle_depth);
ENTRY(tap_distances_in_int16);
ENTRY(grid_of_65535_pixels);
ENTRY(row_by_reciprocal);
ENTRY(one_scale_by_first_vector);
ENTRY(remainder_of_deep_taps_dropped);
ENTRY(float_multiply);
ENTRY(strided);
ENTRY(multiplier_of_31_bits);
ENTRY(divide);
ENTRY(reciprocal);
ENTRY(double_multiply);
ENTRY(magic_rounding);
ENTRY(channels_outermost);
ENTRY(taps_reversed);
ENTRY(split_taps);
ENTRY(zero_point_folded);
ENTRY(unsigned_activations);
ENTRY(float_chunks);
ENTRY(bit_planes);
ENTRY(bias_in_double);
ENTRY(code_search);
ENTRY(multiplier_of_24_bits);
ENTRY(residues);
ENTRY(sums_by_weight);
ENTRY(nibbles);
ENTRY(multiplier_in_two_parts);
ENTRY(fused_rounding);
