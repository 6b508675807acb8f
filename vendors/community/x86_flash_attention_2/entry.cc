// The TVM FFI entry: checks the arguments, then runs the best implementation that this processor has.
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

#include "problem.h"

namespace x86_flash_attention_2 {
namespace {

using tvm::ffi::Optional;
using tvm::ffi::TensorView;

bool same_dtype(DLDataType a, DLDataType b) { return a.code == b.code && a.bits == b.bits && a.lanes == b.lanes; }

Element element_of(DLDataType dtype) {
  if (same_dtype(dtype, {kDLFloat, 16, 1})) return Element::float16;
  if (same_dtype(dtype, {kDLBfloat, 16, 1})) return Element::bfloat16;
  if (same_dtype(dtype, {kDLFloat, 32, 1})) return Element::float32;
  TVM_FFI_THROW(NotImplementedError) << "q must be float16, bfloat16 or float32";
}

void* first_byte(const TensorView& tensor) {
  return tensor.data_ptr() == nullptr ? nullptr : static_cast<char*>(tensor.data_ptr()) + tensor.byte_offset();
}

// `tensor` as [batch, tokens, heads, head_size] of q's dtype.
TokenTensor token_tensor(const char* name, const TensorView& tensor, const TensorView& q, int64_t tokens,
                         int64_t heads) {
  if (tensor.device().device_type != kDLCPU) TVM_FFI_THROW(ValueError) << name << " is not in host memory";
  if (!same_dtype(tensor.dtype(), q.dtype())) TVM_FFI_THROW(ValueError) << name << " does not have q's dtype";
  if (tensor.ndim() != 4 || tensor.size(0) != q.size(0) || tensor.size(1) != tokens || tensor.size(2) != heads ||
      tensor.size(3) != q.size(3)) {
    TVM_FFI_THROW(ValueError) << name << " has shape " << tensor.shape();
  }
  if (tensor.size(3) > 1 && tensor.stride(3) != 1) {
    TVM_FFI_THROW(NotImplementedError) << name << ": the last dimension is strided";
  }
  if (tensor.numel() == 0) return {nullptr, 0, 0, 0};
  return {first_byte(tensor), tensor.stride(0), tensor.stride(1), tensor.stride(2)};
}

LogSumExp log_sum_exp(const Optional<TensorView>& lse, const TensorView& q) {
  if (!lse.has_value()) return {nullptr, 0, 0, 0};
  const TensorView& tensor = lse.value();
  if (!same_dtype(tensor.dtype(), {kDLFloat, 32, 1})) TVM_FFI_THROW(ValueError) << "lse is not float32";
  if (tensor.ndim() != 3 || tensor.size(0) != q.size(0) || tensor.size(1) != q.size(2) ||
      tensor.size(2) != q.size(1)) {
    TVM_FFI_THROW(ValueError) << "lse has shape " << tensor.shape();
  }
  return {static_cast<float*>(first_byte(tensor)), tensor.stride(0), tensor.stride(1), tensor.stride(2)};
}

// The pairs product is taken on AMD only: measured at twice the rate of float32 FMA on Zen 4, half of it on Intel's
// Sapphire Rapids.
void run(const Problem& problem) {
#ifdef X86_FLASH_ATTENTION_2_ISA
  X86_FLASH_ATTENTION_2_ISA::attention(problem);  // tests force an implementation
#else
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    const bool pairs = __builtin_cpu_supports("avx512bf16") && __builtin_cpu_is("amd");
    if (pairs && problem.element == Element::bfloat16) return avx512_bfloat16::attention(problem);
    return avx512::attention(problem);
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")) {
    return avx2::attention(problem);
  }
  portable::attention(problem);
#endif
}

void flash_attention(TensorView q, TensorView k, TensorView v, TensorView o, Optional<TensorView> lse, bool causal,
                     double scale) {
  if (q.ndim() != 4 || k.ndim() != 4) TVM_FFI_THROW(ValueError) << "q and k must have four dimensions";
  const int64_t heads = q.size(2);
  const int64_t kv_heads = k.size(2);
  if (kv_heads == 0 ? heads != 0 : heads % kv_heads != 0) {
    TVM_FFI_THROW(ValueError) << "the query heads are no multiple of the key heads";
  }
  Problem problem{};
  problem.element = element_of(q.dtype());
  problem.batches = q.size(0);
  problem.queries = q.size(1);
  problem.keys = k.size(1);
  problem.heads = heads;
  problem.kv_heads = kv_heads;
  problem.head_size = q.size(3);
  problem.causal = causal;
  problem.scale = scale;
  problem.q = token_tensor("q", q, q, problem.queries, heads);
  problem.k = token_tensor("k", k, q, problem.keys, kv_heads);
  problem.v = token_tensor("v", v, q, problem.keys, kv_heads);
  problem.o = token_tensor("o", o, q, problem.queries, heads);
  problem.lse = log_sum_exp(lse, q);
  if (problem.batches == 0 || problem.queries == 0 || heads == 0) return;
  run(problem);
}

}  // namespace
}  // namespace x86_flash_attention_2

TVM_FFI_DLL_EXPORT_TYPED_FUNC(x86_flash_attention_2, x86_flash_attention_2::flash_attention);
