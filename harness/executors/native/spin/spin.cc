// Kernels whose times are known against each other, for the harness's own test of its clock: `spin`, `slower` with exactly 5 % more passes
// over the same numbers, and `hog`, which keeps a core busy for some tenths of a second.
#include <tvm/ffi/c_api.h>

namespace {

constexpr int kPasses = 600;
constexpr int kSlower = kPasses / 20 * 21;
constexpr int kHog = kPasses * 1000;

int run(const TVMFFIAny *args, int passes) {
  const DLTensor *x = static_cast<const DLTensor *>(args[0].v_ptr), *y = static_cast<const DLTensor *>(args[1].v_ptr);
  const float *in = static_cast<const float *>(x->data);
  float *out = static_cast<float *>(y->data);
  const long count = x->shape[0];
  for (long i = 0; i < count; i++) out[i] = 0;
  for (int pass = 0; pass < passes; pass++) {
    for (long i = 0; i < count; i++) out[i] = out[i] * 0.5f + in[i];
    // Each pass is done as it stands: the compiler may not merge two.
    asm volatile("" ::: "memory");
  }
  return 0;
}

}  // namespace

#define KERNEL(name, passes)                                                                                           \
  extern "C" __attribute__((visibility("default"))) int __tvm_ffi_##name(void *, const TVMFFIAny *args, int32_t, TVMFFIAny *) { \
    return run(args, passes);                                                                                          \
  }

KERNEL(spin, kPasses)
KERNEL(slower, kSlower)
KERNEL(hog, kHog)
