// dequant_gemm_int4 wrong on purpose, one entry a fault, and right in unusual ways: what the judge must reject and accept.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <openxpu/elements.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

namespace {

using openxpu::format;
using openxpu::rounding;
using openxpu::round_to;
using tvm::ffi::Optional;
using tvm::ffi::TensorView;

// Extents of a case.
struct shape {
  int64_t m, n, k, group, groups;
  int64_t row_bytes() const { return (k + 1) / 2; }
};

// One row of w met by one row of x.
struct terms {
  const float* x;
  // Codes, their zero points and their scales, each [k].
  const float *codes, *zeros, *scales;
  int64_t depth, group;
  const format& half;
  bool asymmetric;
  int64_t tokens;
};

// A right kernel; what derives from it changes one thing.
struct right {
  static int nibble(const uint8_t* row, int64_t k, const shape&) { return row[k / 2] >> (4 * (k % 2)) & 15; }
  static float code(int nibble) { return static_cast<float>((nibble ^ 8) - 8); }
  static int64_t group_of(int64_t k, const shape& s) { return k / s.group; }
  static int64_t scale_at(int64_t n, int64_t g, const shape& s) { return n * s.groups + g; }
  static float dequantize(float code, float zero, float scale) { return (code - zero) * scale; }
  static float weight(float value, const format&) { return value; }
  static float add(float sum, float x, float w, const format&) { return sum + x * w; }
  static int64_t depth(const shape& s) { return s.k; }
  static int64_t tokens(const shape& s) { return s.m; }
  static void prepare(std::vector<float>&, const shape&, const TensorView&) {}
  static float scale(float value, const format&) { return value; }
  static float before(float) { return 0; }
  // Of token m and output n.
  static float finish(float sum, int64_t, int64_t, const shape&) { return sum; }
  // Of the pair of the last k where K is odd.
  static float padding(float, float, float) { return 0; }
  static constexpr rounding store = rounding::half_even;

  // The term of one k added to a sum.
  template <typename kernel>
  static float step(float sum, const terms& t, int64_t k) {
    return kernel::add(sum, t.x[k], kernel::weight(kernel::dequantize(t.codes[k], t.zeros[k], t.scales[k]), t.half), t.half);
  }
  template <typename kernel>
  static float sum_of(const terms& t, int64_t from, int64_t to) {
    float sum = 0;
    for (int64_t k = from; k < to; ++k) sum = step<kernel>(sum, t, k);
    return sum;
  }
  template <typename kernel>
  static float dot(const terms& t) {
    return sum_of<kernel>(t, 0, t.depth);
  }
};

template <typename kernel>
void gemm(TensorView x, TensorView w, TensorView scales, Optional<TensorView> zero_points, TensorView y, int64_t group) {
  const shape s{x.size(0), w.size(0), x.size(1), group, scales.size(1)};
  const format& half = *openxpu::format_of(x.dtype());
  std::vector<float> activations = openxpu::widen(x);
  kernel::prepare(activations, s, x);
  const std::vector<float> all_scales = openxpu::widen(scales);
  const std::vector<float> all_zeros = zero_points.has_value() ? openxpu::widen(*zero_points) : std::vector<float>(s.n * s.groups);
  const std::vector<float> wide = openxpu::widen(w);
  const std::vector<uint8_t> bytes(wide.begin(), wide.end());
  std::vector<float> codes(s.k), zeros(s.k), scale_of_k(s.k);
  for (int64_t n = 0; n < s.n; ++n) {
    const uint8_t* row = bytes.data() + n * s.row_bytes();
    for (int64_t k = 0; k < s.k; ++k) {
      const int64_t g = kernel::group_of(k, s);
      codes[k] = kernel::code(kernel::nibble(row, k, s));
      zeros[k] = all_zeros[n * s.groups + g];
      scale_of_k[k] = kernel::scale(all_scales[kernel::scale_at(n, g, s)], half);
    }
    for (int64_t m = 0; m < kernel::tokens(s); ++m) {
      const int64_t place = m * y.stride(0) + n * y.stride(1);
      const terms t{activations.data() + m * s.k, codes.data(), zeros.data(), scale_of_k.data(), kernel::depth(s), group, half, zero_points.has_value(), s.m};
      float sum = kernel::before(openxpu::load(y, place)) + kernel::template dot<kernel>(t);
      if (s.k % 2 == 1 && m + 1 < s.m) {
        sum += kernel::padding(activations[(m + 1) * s.k], right::code(row[s.k / 2] >> 4), scale_of_k[s.k - 1]);
      }
      openxpu::store(y, place, kernel::finish(sum, m, n, s), kernel::store);
    }
  }
}

struct nibble_order : right {
  static int nibble(const uint8_t* row, int64_t k, const shape& s) {
    return k / 2 * 2 + 1 < s.k ? row[k / 2] >> (4 * (1 - k % 2)) & 15 : right::nibble(row, k, s);
  }
};
// Eight codes interleaved as AWQ packs them.
struct awq_order : right {
  static int nibble(const uint8_t* row, int64_t k, const shape& s) {
    constexpr int64_t place[] = {0, 4, 1, 5, 2, 6, 3, 7};
    return k / 8 * 8 + 8 <= s.k ? right::nibble(row, k / 8 * 8 + place[k % 8], s) : right::nibble(row, k, s);
  }
};
struct unsigned_codes : right { static float code(int nibble) { return static_cast<float>(nibble); } };
// ONNX Runtime's and GPTQ's codes are unsigned with the zero at 8.
struct offset_codes : right { static float code(int nibble) { return static_cast<float>(nibble - 8); } };
struct group_off_by_one : right { static int64_t group_of(int64_t k, const shape& s) { return std::min((k + 1) / s.group, s.groups - 1); } };
struct short_group_takes_previous : right {
  static int64_t group_of(int64_t k, const shape& s) {
    const int64_t g = k / s.group;
    return g > 0 && (g + 1) * s.group > s.k ? g - 1 : g;
  }
};
struct always_groups_of_128 : right { static int64_t group_of(int64_t k, const shape&) { return k / 128; } };
struct scale_of_first_row : right { static int64_t scale_at(int64_t, int64_t g, const shape&) { return g; } };
struct scale_of_first_group : right { static int64_t scale_at(int64_t n, int64_t, const shape& s) { return n * s.groups; } };
struct scales_transposed : right { static int64_t scale_at(int64_t n, int64_t g, const shape& s) { return g * s.n + n; } };
struct scale_sign_dropped : right { static float scale(float value, const format&) { return std::fabs(value); } };
struct zero_point_ignored : right { static float dequantize(float code, float, float scale) { return code * scale; } };
struct zero_point_after_scale : right { static float dequantize(float code, float zero, float scale) { return code * scale - zero; } };
struct zero_point_added : right { static float dequantize(float code, float zero, float scale) { return (code + zero) * scale; } };
struct tail_depth_dropped : right { static int64_t depth(const shape& s) { return s.k > 16 ? s.k / 16 * 16 : s.k; } };
struct padding_counted : right { static float padding(float x, float code, float scale) { return x * code * scale; } };
struct tail_rows_unwritten : right { static int64_t tokens(const shape& s) { return s.m > 16 ? s.m / 16 * 16 : s.m; } };
struct adds_to_output : right { static float before(float old) { return old; } };
struct half_accumulator : right { static float add(float sum, float x, float w, const format& half) { return round_to(sum + x * w, half); } };
struct half_products : right { static float add(float sum, float x, float w, const format& half) { return sum + round_to(x * w, half); } };
struct weight_cast : right { static float weight(float value, const format& half) { return round_to(value, half); } };
struct weight_truncated : right { static float weight(float value, const format& half) { return round_to(value, half, rounding::toward_zero); } };
struct truncating_store : right { static constexpr rounding store = rounding::toward_zero; };
struct half_group_sums : right {
  template <typename kernel>
  static float dot(const terms& t) {
    float sum = 0;
    for (int64_t k = 0; k < t.depth; k += t.group) sum += round_to(sum_of<right>(t, k, std::min(t.depth, k + t.group)), t.half);
    return sum;
  }
};
// Few tokens: four parts of a long K meet in a workspace of T.
struct split_k_in_t : right {
  template <typename kernel>
  static float dot(const terms& t) {
    if (t.tokens >= 16 || t.depth < 1024) return right::dot<right>(t);
    float sum = 0;
    for (int part = 0; part < 4; ++part) sum += round_to(sum_of<right>(t, t.depth * part / 4, t.depth * (part + 1) / 4), t.half);
    return sum;
  }
};
struct zero_scales_skipped : right {
  template <typename kernel>
  static float dot(const terms& t) {
    float sum = 0;
    for (int64_t k = 0; k < t.depth; ++k)
      if (t.scales[k] != 0) sum = step<kernel>(sum, t, k);
    return sum;
  }
};
// Below 2^-8 of the largest of a row. Subnormal scales stay.
struct small_scales_dropped : right {
  template <typename kernel>
  static float dot(const terms& t) {
    float largest = 0, sum = 0;
    for (int64_t k = 0; k < t.depth; ++k)
      if (std::isfinite(t.scales[k])) largest = std::max(largest, std::fabs(t.scales[k]));
    for (int64_t k = 0; k < t.depth; ++k)
      if (!(std::fabs(t.scales[k]) < largest / 256 && t.scales[k] > 0x1p-20f)) sum = step<kernel>(sum, t, k);
    return sum;
  }
};
struct signalling_nan_as_infinity : right {
  static void prepare(std::vector<float>& x, const shape& s, const TensorView& tensor) {
    const auto* bits = reinterpret_cast<const uint16_t*>(static_cast<const char*>(tensor.data_ptr()) + tensor.byte_offset());
    const int quiet = openxpu::format_of(tensor.dtype())->fraction - 1;
    for (int64_t at = 0; at < s.m * s.k; ++at)
      if (std::isnan(x[at]) && (bits[at / s.k * tensor.stride(0) + at % s.k * tensor.stride(1)] >> quiet & 1) == 0) x[at] = INFINITY;
  }
};
// x rounded to 8 bits with one scale a row, as MatMulNBits does at accuracy_level 4.
struct int8_activations : right {
  static void prepare(std::vector<float>& x, const shape& s, const TensorView&) {
    for (int64_t m = 0; m < s.m; ++m) {
      float largest = 0;
      for (int64_t k = 0; k < s.k; ++k) largest = std::max(largest, std::fabs(x[m * s.k + k]));
      const float scale = largest / 127;
      if (!(scale > 0) || std::isinf(scale)) continue;
      for (int64_t k = 0; k < s.k; ++k) x[m * s.k + k] = std::nearbyint(x[m * s.k + k] / scale) * scale;
    }
  }
};
struct scale_flushed : right {
  static float scale(float value, const format& half) { return std::fabs(value) < std::ldexp(1.0f, half.min_exponent) ? 0 : value; }
};
struct tokens_beyond_128_zero : right { static float finish(float sum, int64_t m, int64_t, const shape&) { return m < 128 ? sum : 0; } };
struct tokens_beyond_1024_zero : right { static float finish(float sum, int64_t m, int64_t, const shape&) { return m < 1024 ? sum : 0; } };
struct outputs_beyond_4096_zero : right { static float finish(float sum, int64_t, int64_t n, const shape&) { return n < 4096 ? sum : 0; } };
struct y_index_in_int16 : right {
  static float finish(float sum, int64_t m, int64_t n, const shape& s) { return m * s.n + n < 32768 ? sum : 0; }
};
struct table_of_32_groups : right { static int64_t scale_at(int64_t n, int64_t g, const shape& s) { return n * s.groups + g % 32; } };
// A plan of the first call serves every later one.
struct group_of_first_call : right {
  static int64_t group_of(int64_t k, const shape& s) {
    static const int64_t first = s.group;
    return std::min(k / first, s.groups - 1);
  }
};
struct groups_beyond_64_wrap : right { static int64_t scale_at(int64_t n, int64_t g, const shape& s) { return n * s.groups + g % 64; } };
struct depth_beyond_8192_dropped : right { static int64_t depth(const shape& s) { return std::min<int64_t>(s.k, 8192); } };

struct reverse : right {
  template <typename kernel>
  static float dot(const terms& t) {
    float sum = 0;
    for (int64_t k = t.depth; k-- > 0;) sum = step<kernel>(sum, t, k);
    return sum;
  }
};
struct pairwise : right {
  template <typename kernel>
  static float half_of(const terms& t, int64_t from, int64_t to) {
    if (to - from < 3) return sum_of<kernel>(t, from, to);
    return half_of<kernel>(t, from, (from + to) / 2) + half_of<kernel>(t, (from + to) / 2, to);
  }
  template <typename kernel>
  static float dot(const terms& t) {
    return half_of<kernel>(t, 0, t.depth);
  }
};
// Sixteen accumulators, one for each lane of a vector.
struct lanes_of_16 : right {
  template <typename kernel>
  static float dot(const terms& t) {
    float lanes[16] = {};
    for (int64_t k = 0; k < t.depth; ++k) lanes[k % 16] = step<kernel>(lanes[k % 16], t, k);
    for (int width = 8; width > 0; width /= 2)
      for (int i = 0; i < width; ++i) lanes[i] += lanes[i + width];
    return lanes[0];
  }
};
// Four parts of K, each summed by itself.
struct split_k : right {
  template <typename kernel>
  static float dot(const terms& t) {
    const int64_t part = (t.depth + 3) / 4;
    float sum = 0;
    for (int64_t k = 0; k < t.depth; k += part) sum += sum_of<kernel>(t, k, std::min(t.depth, k + part));
    return sum;
  }
};
struct fused : right { static float add(float sum, float x, float w, const format&) { return std::fma(x, w, sum); } };
struct scale_after_sum : right {
  template <typename kernel>
  static float dot(const terms& t) {
    float sum = 0;
    for (int64_t first = 0; first < t.depth; first += t.group) {
      float inner = 0;
      for (int64_t k = first; k < std::min(t.depth, first + t.group); ++k) inner += t.x[k] * (t.codes[k] - t.zeros[k]);
      sum += inner * t.scales[first];
    }
    return sum;
  }
};
struct zero_point_after_sum : right {
  template <typename kernel>
  static float dot(const terms& t) {
    float sum = 0;
    for (int64_t first = 0; first < t.depth; first += t.group) {
      float inner = 0, total = 0;
      for (int64_t k = first; k < std::min(t.depth, first + t.group); ++k) {
        inner += t.x[k] * t.codes[k];
        total += t.x[k];
      }
      if (t.asymmetric) inner -= t.zeros[first] * total;
      sum += inner * t.scales[first];
    }
    return sum;
  }
};
struct weight_cast_lanes : lanes_of_16 { static float weight(float value, const format& half) { return round_to(value, half); } };
// What a sum loses is added to the next term.
struct compensated : right {
  template <typename kernel>
  static float dot(const terms& t) {
    float sum = 0, lost = 0;
    for (int64_t k = 0; k < t.depth; ++k) {
      const float term = step<kernel>(0, t, k) - lost, next = sum + term, rest = (next - sum) - term;
      lost = std::isfinite(rest) ? rest : 0;
      sum = next;
    }
    return sum;
  }
};
// A sum of x for each code of a group, then a product for each code.
struct code_buckets : right {
  template <typename kernel>
  static float dot(const terms& t) {
    float total = 0;
    for (int64_t first = 0; first < t.depth; first += t.group) {
      float buckets[16] = {}, sum = 0;
      bool met[16] = {};
      for (int64_t k = first; k < std::min(t.depth, first + t.group); ++k) {
        const int code = static_cast<int>(t.codes[k]) + 8;
        buckets[code] += t.x[k];
        met[code] = true;
      }
      for (int code = 0; code < 16; ++code)
        if (met[code]) sum += buckets[code] * (static_cast<float>(code - 8) - t.zeros[first]);
      total += sum * t.scales[first];
    }
    return total;
  }
};
// 1024 + code + 8 as a float16 has the code in its last bits.
struct magic_codes : right { static float code(int nibble) { return openxpu::decode(0x6400 | (nibble ^ 8), openxpu::float16) - 1032; } };
// Sixteen exact products and the sum so far, cut to 24 bits, as tensor cores add.
struct truncating_adds : right {
  template <typename kernel>
  static float dot(const terms& t) {
    float sum = 0;
    for (int64_t first = 0; first < t.depth; first += 16) {
      double exact = sum;
      for (int64_t k = first; k < std::min(t.depth, first + 16); ++k)
        exact += static_cast<double>(t.x[k]) * round_to(dequantize(t.codes[k], t.zeros[k], t.scales[k]), t.half);
      sum = static_cast<float>(exact);
      if (std::isfinite(sum) && std::fabs(sum) > std::fabs(exact)) sum = std::nextafter(sum, 0.0f);
    }
    return sum;
  }
};
// x in units of 2^-24, the smallest float16: sums of groups are exact integers.
struct fixed_point : right {
  template <typename kernel>
  static float dot(const terms& t) {
    for (int64_t k = 0; k < t.depth; ++k)
      if (!std::isfinite(t.x[k]) || !std::isfinite(t.scales[k])) return right::dot<right>(t);
    double total = 0;
    for (int64_t first = 0; first < t.depth; first += t.group) {
      int64_t sum = 0;
      for (int64_t k = first; k < std::min(t.depth, first + t.group); ++k)
        sum += static_cast<int64_t>(std::ldexp(static_cast<double>(t.x[k]), 24)) * static_cast<int64_t>(t.codes[k] - t.zeros[k]);
      total += std::ldexp(static_cast<double>(sum), -24) * t.scales[first];
    }
    return static_cast<float>(total);
  }
};
// A sum of x for each bit of the codes; x that may overflow on the way is left to the plain sum.
struct bit_serial : right {
  template <typename kernel>
  static float dot(const terms& t) {
    for (int64_t k = 0; k < t.depth; ++k)
      if (!(std::fabs(t.x[k]) < 0x1p100f)) return right::dot<right>(t);
    float total = 0;
    for (int64_t first = 0; first < t.depth; first += t.group) {
      float bits[4] = {}, all = 0;
      for (int64_t k = first; k < std::min(t.depth, first + t.group); ++k) {
        all += t.x[k];
        for (int bit = 0; bit < 4; ++bit)
          if ((static_cast<int>(t.codes[k]) & 15) >> bit & 1) bits[bit] += t.x[k];
      }
      total += (bits[0] + 2 * bits[1] + 4 * bits[2] - 8 * bits[3] - t.zeros[first] * all) * t.scales[first];
    }
    return total;
  }
};
// x times the scale has 22 bits at most and is exact; the integer comes last.
struct scale_in_x : right {
  template <typename kernel>
  static float dot(const terms& t) {
    float sum = 0;
    for (int64_t k = 0; k < t.depth; ++k) sum += t.x[k] * t.scales[k] * (t.codes[k] - t.zeros[k]);
    return sum;
  }
};
// Eight products and the sum so far, aligned to the largest of them and cut to 25 bits each.
struct aligned_adds : right {
  template <typename kernel>
  static float dot(const terms& t) {
    double sum = 0;
    for (int64_t first = 0; first < t.depth; first += 8) {
      double part[9] = {sum}, largest = std::fabs(sum);
      bool finite = std::isfinite(sum);
      for (int64_t k = first; k < std::min(t.depth, first + 8); ++k) {
        double& product = part[k - first + 1];
        product = static_cast<double>(t.x[k]) * round_to(dequantize(t.codes[k], t.zeros[k], t.scales[k]), t.half);
        largest = std::max(largest, std::fabs(product));
        finite &= std::isfinite(product);
      }
      const double unit = finite && largest > 0 ? std::ldexp(1.0, std::ilogb(largest) - 24) : 0;
      sum = 0;
      for (const double one : part) sum += unit > 0 ? std::trunc(one / unit) * unit : one;
    }
    return static_cast<float>(sum);
  }
};

}  // namespace

#define EXPORT(name) TVM_FFI_DLL_EXPORT_TYPED_FUNC(name, gemm<name>)
EXPORT(nibble_order); EXPORT(awq_order); EXPORT(unsigned_codes); EXPORT(offset_codes); EXPORT(group_off_by_one);
EXPORT(short_group_takes_previous); EXPORT(always_groups_of_128); EXPORT(scale_of_first_row); EXPORT(scale_of_first_group);
EXPORT(scales_transposed); EXPORT(zero_point_ignored); EXPORT(zero_point_after_scale); EXPORT(zero_point_added); EXPORT(tail_depth_dropped);
EXPORT(padding_counted); EXPORT(tail_rows_unwritten); EXPORT(adds_to_output); EXPORT(half_accumulator); EXPORT(half_products);
EXPORT(half_group_sums); EXPORT(weight_cast); EXPORT(weight_truncated); EXPORT(truncating_store); EXPORT(int8_activations); EXPORT(right);
EXPORT(reverse); EXPORT(pairwise); EXPORT(lanes_of_16); EXPORT(split_k); EXPORT(fused); EXPORT(scale_after_sum);
EXPORT(zero_point_after_sum); EXPORT(weight_cast_lanes);
EXPORT(scale_flushed); EXPORT(tokens_beyond_128_zero); EXPORT(groups_beyond_64_wrap); EXPORT(depth_beyond_8192_dropped);
EXPORT(tokens_beyond_1024_zero); EXPORT(outputs_beyond_4096_zero); EXPORT(y_index_in_int16); EXPORT(table_of_32_groups); EXPORT(group_of_first_call);
EXPORT(split_k_in_t); EXPORT(zero_scales_skipped); EXPORT(small_scales_dropped); EXPORT(signalling_nan_as_infinity); EXPORT(scale_sign_dropped);
EXPORT(compensated); EXPORT(code_buckets); EXPORT(magic_codes); EXPORT(truncating_adds);
EXPORT(fixed_point); EXPORT(bit_serial); EXPORT(scale_in_x); EXPORT(aligned_adds);
