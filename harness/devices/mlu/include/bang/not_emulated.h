// Known intrinsics that are not emulated: using one is a compile error that names it. The names are those that the
// kernels of Cambricon/mlu-ops use. To add one, write it in the header of its kind and take its line out here.
#pragma once

#include "architecture.h"

namespace openxpu::mlu {

template <class...>
inline constexpr bool emulated = false;

}  // namespace openxpu::mlu

#define OPENXPU_MLU_NOT_EMULATED(name)                                              \
  template <class... Arguments>                                                     \
  void name(const Arguments&...) {                                                  \
    static_assert(openxpu::mlu::emulated<Arguments...>,                             \
                  #name " is not emulated yet: see harness/devices/mlu/README.md"); \
  }

// Barriers between tasks: tasks run one after the other, so none can wait for another.
OPENXPU_MLU_NOT_EMULATED(__sync_all)
OPENXPU_MLU_NOT_EMULATED(__sync_all_ipu)
OPENXPU_MLU_NOT_EMULATED(__sync_all_mpu)
OPENXPU_MLU_NOT_EMULATED(__sync_cluster)

// Matrix units beside __bang_conv.
OPENXPU_MLU_NOT_EMULATED(__bang_conv_partial)
OPENXPU_MLU_NOT_EMULATED(__bang_conv_sparse)
OPENXPU_MLU_NOT_EMULATED(__bang_matmul)
OPENXPU_MLU_NOT_EMULATED(__bang_mlp)

// Vector arithmetic, reductions and pooling.
OPENXPU_MLU_NOT_EMULATED(__bang_div)
OPENXPU_MLU_NOT_EMULATED(__bang_fusion)
OPENXPU_MLU_NOT_EMULATED(__bang_floor)
OPENXPU_MLU_NOT_EMULATED(__bang_log2)
OPENXPU_MLU_NOT_EMULATED(__bang_pow2)
OPENXPU_MLU_NOT_EMULATED(__bang_sin)
OPENXPU_MLU_NOT_EMULATED(__bang_cos)
OPENXPU_MLU_NOT_EMULATED(__bang_sum)
OPENXPU_MLU_NOT_EMULATED(__bang_count)
OPENXPU_MLU_NOT_EMULATED(__bang_max)
OPENXPU_MLU_NOT_EMULATED(__bang_argmax)
OPENXPU_MLU_NOT_EMULATED(__bang_nan_maximum)
OPENXPU_MLU_NOT_EMULATED(__bang_sumpool)
OPENXPU_MLU_NOT_EMULATED(__bang_minpool)
OPENXPU_MLU_NOT_EMULATED(__bang_maxpool)
OPENXPU_MLU_NOT_EMULATED(__bang_expand_channel_mul)
OPENXPU_MLU_NOT_EMULATED(__bang_active_relu)
OPENXPU_MLU_NOT_EMULATED(__bang_active_sigmoid)
OPENXPU_MLU_NOT_EMULATED(__bang_active_tanh)
OPENXPU_MLU_NOT_EMULATED(__bang_active_exp)
OPENXPU_MLU_NOT_EMULATED(__bang_active_log)
OPENXPU_MLU_NOT_EMULATED(__bang_active_sqrt)
OPENXPU_MLU_NOT_EMULATED(__bang_active_reciphp)

// Bits, masks and selection.
OPENXPU_MLU_NOT_EMULATED(__bang_band)
OPENXPU_MLU_NOT_EMULATED(__bang_bor)
OPENXPU_MLU_NOT_EMULATED(__bang_bnot)
OPENXPU_MLU_NOT_EMULATED(__bang_bxor)
OPENXPU_MLU_NOT_EMULATED(__bang_cycle_and)
OPENXPU_MLU_NOT_EMULATED(__bang_cycle_band)
OPENXPU_MLU_NOT_EMULATED(__bang_cycle_eq)
OPENXPU_MLU_NOT_EMULATED(__bang_gt_bitindex)
OPENXPU_MLU_NOT_EMULATED(__bang_filter)
OPENXPU_MLU_NOT_EMULATED(__bang_filter_bitindex)
OPENXPU_MLU_NOT_EMULATED(__bang_select)
OPENXPU_MLU_NOT_EMULATED(__bang_collect)
OPENXPU_MLU_NOT_EMULATED(__bang_findfirst1)
OPENXPU_MLU_NOT_EMULATED(__bang_lut)

// Movement, order and atomics.
OPENXPU_MLU_NOT_EMULATED(__bang_move)
OPENXPU_MLU_NOT_EMULATED(__bang_rotate90)
OPENXPU_MLU_NOT_EMULATED(__bang_rotate180)
OPENXPU_MLU_NOT_EMULATED(__bang_rotate270)
OPENXPU_MLU_NOT_EMULATED(__bang_mirror)
OPENXPU_MLU_NOT_EMULATED(__gather)
OPENXPU_MLU_NOT_EMULATED(__bang_gather_async)
OPENXPU_MLU_NOT_EMULATED(__load_nram)
OPENXPU_MLU_NOT_EMULATED(__load_gdram)
OPENXPU_MLU_NOT_EMULATED(__bang_atomic_reduce_add)
OPENXPU_MLU_NOT_EMULATED(__bang_atomic_reduce_max)
OPENXPU_MLU_NOT_EMULATED(__bang_atomic_reduce_min)

// Conversions without a rounding suffix, of scalars, and stochastic rounding.
OPENXPU_MLU_NOT_EMULATED(__bang_float2int32)
OPENXPU_MLU_NOT_EMULATED(__bang_int322float)
OPENXPU_MLU_NOT_EMULATED(__bang_int322int16)
OPENXPU_MLU_NOT_EMULATED(__bang_float2half_sr)
OPENXPU_MLU_NOT_EMULATED(__float2int32)
#if __BANG_ARCH__ < 322
OPENXPU_MLU_NOT_EMULATED(__bang_float2int32_rn)
OPENXPU_MLU_NOT_EMULATED(__bang_float2int32_tz)
OPENXPU_MLU_NOT_EMULATED(__bang_int322float_rn)
#endif

OPENXPU_MLU_NOT_EMULATED(__bang_printf)
#undef OPENXPU_MLU_NOT_EMULATED
