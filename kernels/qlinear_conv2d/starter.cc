// A naive qlinear_conv2d to start from: seven loops, exact int32 sums, float32 requantization.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

namespace {

using tvm::ffi::Array;
using tvm::ffi::Optional;
using tvm::ffi::TensorView;

// The first element of a tensor.
template <typename T>
T* elements(const TensorView& tensor) {
  return reinterpret_cast<T*>(static_cast<char*>(tensor.data_ptr()) + tensor.byte_offset());
}

// Place of element [a, b, c, 0] counted from the tensor's first; strides count elements.
int64_t at(const TensorView& t, int64_t a, int64_t b, int64_t c) { return a * t.stride(0) + b * t.stride(1) + c * t.stride(2); }

// x [N,H,W,Cin], w [Cout,KH,KW,Cin/groups], y [N,OH,OW,Cout].
void starter(TensorView x, TensorView x_scale, TensorView x_zero_point, TensorView w, TensorView w_scale,
             Optional<TensorView> bias, TensorView y_scale, TensorView y_zero_point, TensorView y,
             Array<int64_t> strides, Array<int64_t> pads, Array<int64_t> dilations, int64_t groups) {
  const int64_t batch = x.size(0), height = x.size(1), width = x.size(2);
  const int64_t cout = w.size(0), kernel_h = w.size(1), kernel_w = w.size(2), group_cin = w.size(3);
  const int64_t out_height = y.size(1), out_width = y.size(2), group_cout = cout / groups;
  const int64_t stride_h = strides[0], stride_w = strides[1], pad_top = pads[0], pad_left = pads[1];
  const int64_t dilation_h = dilations[0], dilation_w = dilations[1];
  const int8_t* const x_elements = elements<int8_t>(x);
  const int8_t* const w_elements = elements<int8_t>(w);
  int8_t* const y_elements = elements<int8_t>(y);
  const int32_t x_zero = *elements<int8_t>(x_zero_point);
  const float y_zero = *elements<int8_t>(y_zero_point);

  std::vector<float> scales(cout);
  for (int64_t co = 0; co < cout; ++co) {
    scales[co] = *elements<float>(x_scale) * elements<float>(w_scale)[co * w_scale.stride(0)] / *elements<float>(y_scale);
  }

  for (int64_t n = 0; n < batch; ++n)
    for (int64_t oh = 0; oh < out_height; ++oh)
      for (int64_t ow = 0; ow < out_width; ++ow)
        for (int64_t co = 0; co < cout; ++co) {
          const int64_t first_ci = co / group_cout * group_cin;
          int32_t sum = bias.has_value() ? elements<int32_t>(*bias)[co * (*bias).stride(0)] : 0;
          for (int64_t kh = 0; kh < kernel_h; ++kh)
            for (int64_t kw = 0; kw < kernel_w; ++kw) {
              const int64_t ih = oh * stride_h - pad_top + kh * dilation_h;
              const int64_t iw = ow * stride_w - pad_left + kw * dilation_w;
              // Padding holds the zero point: it adds nothing.
              if (ih < 0 || ih >= height || iw < 0 || iw >= width) continue;
              const int8_t* pixel = x_elements + at(x, n, ih, iw) + first_ci * x.stride(3);
              const int8_t* taps = w_elements + at(w, co, kh, kw);
              for (int64_t ci = 0; ci < group_cin; ++ci) sum += (pixel[ci * x.stride(3)] - x_zero) * taps[ci * w.stride(3)];
            }
          // nearbyint rounds half to even in the default rounding mode; the zero point comes after it.
          const float rounded = std::nearbyint(static_cast<float>(sum) * scales[co]) + y_zero;
          y_elements[at(y, n, oh, ow) + co * y.stride(3)] = static_cast<int8_t>(std::clamp(rounded, -128.0f, 127.0f));
        }
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(starter, starter);
