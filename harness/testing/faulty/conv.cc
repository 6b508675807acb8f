// Convolutions that are wrong on purpose, one entry a fault: every detector has the fault that it must catch.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <unistd.h>

#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

namespace {

using tvm::ffi::Array;
using tvm::ffi::Optional;
using tvm::ffi::TensorView;

template <typename T>
T* elements(const TensorView& tensor) {
  return reinterpret_cast<T*>(static_cast<char*>(tensor.data_ptr()) + tensor.byte_offset());
}

// What a fault may change of a right convolution.
struct right {
  // Value of a padding tap, before the zero point is subtracted.
  static int32_t padding(int32_t x_zero_point) { return x_zero_point; }
  static int8_t narrow(float value) { return static_cast<int8_t>(std::clamp(value, -128.0f, 127.0f)); }
  // First output element that is not written, counted from the end.
  static constexpr int64_t unwritten(int64_t) { return 0; }
  static void before(int8_t*) {}
  static void after(int8_t*, int64_t, int8_t*) {}
};

template <typename fault>
void convolve(TensorView x, TensorView x_scale, TensorView x_zero_point, TensorView w, TensorView w_scale, Optional<TensorView> bias,
              TensorView y_scale, TensorView y_zero_point, TensorView y, Array<int64_t> strides, Array<int64_t> pads,
              Array<int64_t> dilations, int64_t groups) {
  const int64_t height = x.size(1), width = x.size(2), cin = x.size(3), cout = w.size(0), kh = w.size(1), kw = w.size(2), depth = w.size(3);
  const int32_t zero = *elements<int8_t>(x_zero_point);
  int8_t* out = elements<int8_t>(y);
  const int64_t count = y.numel();
  fault::before(out);
  for (int64_t i = 0; i < count - fault::unwritten(count); ++i) {
    const int64_t co = i % cout, ow = i / cout % y.size(2), oh = i / cout / y.size(2) % y.size(1), n = i / cout / y.size(2) / y.size(1);
    int32_t sum = bias.has_value() ? elements<int32_t>(*bias)[co] : 0;
    for (int64_t tap = 0; tap < kh * kw; ++tap) {
      const int64_t ih = oh * strides[0] - pads[0] + tap / kw * dilations[0], iw = ow * strides[1] - pads[1] + tap % kw * dilations[1];
      const bool inside = ih >= 0 && ih < height && iw >= 0 && iw < width;
      for (int64_t c = 0; c < depth; ++c) {
        const int64_t at = ((n * height + ih) * width + iw) * cin + co / (cout / groups) * depth + c;
        const int32_t value = inside ? elements<int8_t>(x)[at] : fault::padding(zero);
        sum += (value - zero) * elements<int8_t>(w)[(co * kh * kw + tap) * depth + c];
      }
    }
    const float scale = *elements<float>(x_scale) * elements<float>(w_scale)[co] / *elements<float>(y_scale);
    out[i] = fault::narrow(std::nearbyint(static_cast<float>(sum) * scale) + *elements<int8_t>(y_zero_point));
  }
  fault::after(out, count, elements<int8_t>(x));
}

struct wrong_padding : right {
  static int32_t padding(int32_t) { return 0; }
};
struct wrap_for_saturate : right {
  static int8_t narrow(float value) { return static_cast<int8_t>(static_cast<int32_t>(value)); }
};
struct wrong_tail : right {
  static constexpr int64_t unwritten(int64_t count) { return (count - 1) % 16 + 1; }
};
struct nothing_written : right {
  static constexpr int64_t unwritten(int64_t count) { return count; }
};
struct write_before : right {
  static void before(int8_t* out) { out[-1] = 1; }
};
struct write_after : right {
  static void after(int8_t* out, int64_t count, int8_t*) { out[count] = 1; }
};
struct input_modified : right {
  static void after(int8_t*, int64_t, int8_t* x) { x[0] = 1; }
};
struct hang : right {
  static void before(int8_t*) {
    for (volatile int forever = 1; forever;) {
    }
  }
};
struct crash : right {
  static void before(int8_t*) { *reinterpret_cast<volatile int*>(8) = 1; }
};
struct exit_zero : right {
  static void before(int8_t*) { _exit(0); }
};
struct forks : right {
  static void before(int8_t*) { (void)!fork(); }
};
// Off by one on every other call: right within no tolerance of integers on one of them.
struct nondeterministic : right {
  static void after(int8_t* out, int64_t count, int8_t*) {
    static int64_t calls = 0;
    if (++calls % 2 == 0 && count > 0) out[0] = static_cast<int8_t>(out[0] ^ 1);
  }
};
// The first answer kept for a pointer that comes again with other contents.
struct cached_by_pointer : right {
  static void after(int8_t* out, int64_t count, int8_t* x) {
    static int8_t* seen = nullptr;
    static int8_t kept[4096];
    const int64_t held = std::min<int64_t>(count, 4096);
    if (seen == x) std::copy(kept, kept + held, out);
    else std::copy(out, out + held, kept);
    seen = x;
  }
};

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(right, convolve<right>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(wrong_padding, convolve<wrong_padding>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(wrap_for_saturate, convolve<wrap_for_saturate>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(wrong_tail, convolve<wrong_tail>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(nothing_written, convolve<nothing_written>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(write_before, convolve<write_before>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(write_after, convolve<write_after>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(input_modified, convolve<input_modified>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(hang, convolve<hang>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(crash, convolve<crash>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(exit_zero, convolve<exit_zero>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(forks, convolve<forks>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(nondeterministic, convolve<nondeterministic>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(cached_by_pointer, convolve<cached_by_pointer>);
