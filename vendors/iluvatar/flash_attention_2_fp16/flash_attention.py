"""FlashAttention-2 forward in float16: one pass over the keys, online softmax in base 2, no block above the diagonal.

T. Dao, "FlashAttention-2: Faster Attention with Better Parallelism and Work Partitioning", 2023, algorithm 1.
"""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl

LOG2_E = 1.0 / math.log(2.0)
LN_2 = tl.constexpr(math.log(2.0))

# Padded head size up to -> most query rows and keys of a program. Compiled for 32-lane warps, a program then takes at
# most 52 KiB of shared memory, and its float32 accumulator at most 64 registers a thread.
BLOCKS = {64: (128, 128), 128: (128, 64), 256: (64, 32)}
WARPS = 8


@triton.jit
def _fold_keys(
    acc,
    peak,
    total,
    q,
    k_head,
    v_head,
    start,
    limit,
    Tk,
    k_stride_t,
    k_stride_d,
    v_stride_t,
    v_stride_d,
    scale_log2,
    MASKED: tl.constexpr,
    D: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_D: tl.constexpr,
):
    """Folds one block of keys into every row's accumulator, running maximum and running sum."""
    keys = start + tl.arange(0, BLOCK_N)
    d = tl.arange(0, BLOCK_D)
    inside = (d < D)[None, :]
    if MASKED:
        inside = inside & (keys < Tk)[:, None]
    k = tl.load(k_head + keys[:, None] * k_stride_t + d[None, :] * k_stride_d, mask=inside, other=0.0)
    # Scores in base 2: the softmax scale and log2(e) are one factor.
    s = tl.dot(q, tl.trans(k)) * scale_log2
    if MASKED:
        s = tl.where(keys[None, :] < limit[:, None], s, float("-inf"))
    new_peak = tl.maximum(peak, tl.max(s, 1))
    # Before a row's first visible key both maxima are -inf, and their difference would be NaN.
    origin = tl.where(new_peak == float("-inf"), 0.0, new_peak)
    p = tl.exp2(s - origin[:, None])
    rescale = tl.exp2(peak - origin)
    total = total * rescale + tl.sum(p, 1)
    v = tl.load(v_head + keys[:, None] * v_stride_t + d[None, :] * v_stride_d, mask=inside, other=0.0)
    acc = tl.dot(p.to(v.dtype), v, acc * rescale[:, None])
    return acc, new_peak, total


@triton.jit
def _forward(
    q_ptr,
    k_ptr,
    v_ptr,
    o_ptr,
    lse_ptr,
    q_stride_b,
    q_stride_t,
    q_stride_h,
    q_stride_d,
    k_stride_b,
    k_stride_t,
    k_stride_h,
    k_stride_d,
    v_stride_b,
    v_stride_t,
    v_stride_h,
    v_stride_d,
    o_stride_b,
    o_stride_t,
    o_stride_h,
    o_stride_d,
    lse_stride_b,
    lse_stride_h,
    lse_stride_t,
    scale_log2,
    Tq,
    Tk,
    H,
    group,
    CAUSAL: tl.constexpr,
    HAS_LSE: tl.constexpr,
    D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_D: tl.constexpr,
):
    """One block of query rows of one head."""
    first = tl.program_id(0) * BLOCK_M
    # 64 bits: offsets of batches and heads may exceed 2^31 elements.
    batch = (tl.program_id(1) // H).to(tl.int64)
    head = (tl.program_id(1) % H).to(tl.int64)
    rows = first + tl.arange(0, BLOCK_M)
    d = tl.arange(0, BLOCK_D)
    row_mask = (rows < Tq)[:, None] & (d < D)[None, :]
    q_head = q_ptr + batch * q_stride_b + head * q_stride_h
    k_head = k_ptr + batch * k_stride_b + (head // group) * k_stride_h
    v_head = v_ptr + batch * v_stride_b + (head // group) * v_stride_h
    q = tl.load(q_head + rows[:, None] * q_stride_t + d[None, :] * q_stride_d, mask=row_mask, other=0.0)

    # `limit`: the first key a row must not see. Keys before `full` are seen by all rows, keys from `end` on by none.
    limit = tl.zeros([BLOCK_M], tl.int32) + Tk
    full = (Tk // BLOCK_N) * BLOCK_N
    end = Tk
    if CAUSAL:
        limit = tl.maximum(tl.minimum(rows + (Tk - Tq + 1), Tk), 0)
        full = tl.minimum(tl.maximum(first + (Tk - Tq + 1), 0), Tk) // BLOCK_N * BLOCK_N
        end = tl.minimum(tl.maximum(first + BLOCK_M + (Tk - Tq), 0), Tk)

    acc = tl.zeros([BLOCK_M, BLOCK_D], tl.float32)
    peak = tl.full([BLOCK_M], float("-inf"), tl.float32)
    total = tl.zeros([BLOCK_M], tl.float32)
    for start in range(0, full, BLOCK_N):
        acc, peak, total = _fold_keys(
            acc, peak, total, q, k_head, v_head, start, limit, Tk, k_stride_t, k_stride_d, v_stride_t, v_stride_d,
            scale_log2, False, D, BLOCK_N, BLOCK_D,
        )  # fmt: skip
    for start in range(full, end, BLOCK_N):
        acc, peak, total = _fold_keys(
            acc, peak, total, q, k_head, v_head, start, limit, Tk, k_stride_t, k_stride_d, v_stride_t, v_stride_d,
            scale_log2, True, D, BLOCK_N, BLOCK_D,
        )  # fmt: skip

    seen = limit > 0
    divisor = tl.where(seen, total, 1.0)
    o_head = o_ptr + batch * o_stride_b + head * o_stride_h
    o = (acc / divisor[:, None]).to(o_ptr.dtype.element_ty)
    tl.store(o_head + rows[:, None] * o_stride_t + d[None, :] * o_stride_d, o, mask=row_mask)
    if HAS_LSE:
        lse = tl.where(seen, (peak + tl.log2(divisor)) * LN_2, float("-inf"))
        tl.store(lse_ptr + batch * lse_stride_b + head * lse_stride_h + rows * lse_stride_t, lse, mask=rows < Tq)


def flash_attention_2_fp16(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    o: torch.Tensor,
    lse: torch.Tensor | None,
    causal: bool,
    scale: float,
) -> None:
    """o = softmax(scale q k^T) v over [B, T, H, D] tensors of any strides, lse over [B, H, Tq] where it is wanted."""
    B, Tq, H, D = q.shape
    Tk, Hkv = k.shape[1], k.shape[2]
    if q.dtype != torch.float16:
        raise NotImplementedError(f"float16 only, not {q.dtype}")
    if D > max(BLOCKS):
        raise NotImplementedError(f"head sizes up to {max(BLOCKS)}, not {D}")
    # tl.dot needs at least 16 in every direction; extents are powers of two.
    block_d = max(16, triton.next_power_of_2(D))
    most_rows, most_keys = BLOCKS[max(64, block_d)]
    block_m = min(most_rows, max(16, triton.next_power_of_2(Tq)))
    block_n = min(most_keys, max(16, triton.next_power_of_2(Tk)))
    _forward[(triton.cdiv(Tq, block_m), B * H)](
        q,
        k,
        v,
        o,
        o if lse is None else lse,
        *q.stride(),
        *k.stride(),
        *v.stride(),
        *o.stride(),
        *((0, 0, 0) if lse is None else lse.stride()),
        scale * LOG2_E,
        Tq,
        Tk,
        H,
        H // Hkv,
        CAUSAL=causal,
        HAS_LSE=lse is not None,
        D=D,
        BLOCK_M=block_m,
        BLOCK_N=block_n,
        BLOCK_D=block_d,
        num_warps=WARPS,
        num_stages=1,
    )
