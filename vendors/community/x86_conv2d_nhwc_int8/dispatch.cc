// Chooses the instruction set at run time. libgcc's answer covers the operating system's register state too.
#include "kernels.h"

namespace x86_conv2d {
namespace {

const kernel_set& fastest() {
#ifdef X86_CONV2D_KERNELS  // tests name one set, to reach those this machine would not choose
  return X86_CONV2D_KERNELS;
#else
  const bool bytes = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (bytes && __builtin_cpu_supports("avx512vnni")) return avx512_kernels;
  return __builtin_cpu_supports("avx2") ? avx2_kernels : portable_kernels;
#endif
}

}  // namespace

const kernel_set& select_kernels(bool depthwise) {
  const kernel_set& set = fastest();
  // A depthwise sum has no reduction over channels for VNNI to use; whoever has VNNI has AVX2.
  return depthwise && set.depthwise_tile == nullptr ? avx2_kernels : set;
}

}  // namespace x86_conv2d
