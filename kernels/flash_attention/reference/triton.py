"""Triton witness of flash_attention: two passes over the keys, row maxima first, all arithmetic in float32."""

from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def _scores(q, k_ptr, base, keys_of_block, row_stride, limit, scale, D, BLOCK_D: tl.constexpr):
    """Scores [M, N] of one block of keys; -inf from each query's limit on."""
    d = tl.arange(0, BLOCK_D)
    seen = keys_of_block < tl.max(limit, 0)
    at = base + keys_of_block[:, None] * row_stride + d[None, :]
    k = tl.load(k_ptr + at, mask=seen[:, None] & (d < D)[None, :], other=0.0).to(tl.float32)
    s = tl.dot(q, tl.trans(k), input_precision="ieee") * scale
    return tl.where(keys_of_block[None, :] < limit[:, None], s, float("-inf"))


@triton.jit
def _two_pass_attention(
    q_ptr,
    k_ptr,
    v_ptr,
    o_ptr,
    lse_ptr,
    scale,
    Tq,
    Tk,
    H,
    Hkv,
    D,
    CAUSAL: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_D: tl.constexpr,
):
    """One block of queries of one head. Tensors are contiguous [B, T, H, D]; o and lse [B, H, Tq] are float32."""
    batch = tl.program_id(1) // H
    head = tl.program_id(1) % H
    rows = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    d = tl.arange(0, BLOCK_D)
    q_at = ((batch * Tq + rows[:, None]) * H + head) * D + d[None, :]
    q_mask = (rows < Tq)[:, None] & (d < D)[None, :]
    q = tl.load(q_ptr + q_at, mask=q_mask, other=0.0).to(tl.float32)
    base = (batch * Tk * Hkv + head // (H // Hkv)) * D
    # First key that a query must not see; rows past the end see what the last one sees.
    limit = tl.minimum(rows, Tq - 1) * 0 + Tk
    if CAUSAL:
        limit = tl.maximum(tl.minimum(rows, Tq - 1) + Tk - Tq + 1, 0)
    end = tl.max(limit, 0)

    peak = tl.full([BLOCK_M], float("-inf"), tl.float32)
    for start in range(0, end, BLOCK_N):
        s = _scores(q, k_ptr, base, start + tl.arange(0, BLOCK_N), Hkv * D, limit, scale, D, BLOCK_D)
        peak = tl.maximum(peak, tl.max(s, 1))
    # A row that sees no key would subtract -inf from -inf.
    finite_peak = tl.where(limit > 0, peak, 0.0)

    total = tl.zeros([BLOCK_M], tl.float32)
    mixed = tl.zeros([BLOCK_M, BLOCK_D], tl.float32)
    for start in range(0, end, BLOCK_N):
        keys = start + tl.arange(0, BLOCK_N)
        s = _scores(q, k_ptr, base, keys, Hkv * D, limit, scale, D, BLOCK_D)
        p = tl.exp(s - finite_peak[:, None])
        v_at = base + keys[:, None] * (Hkv * D) + d[None, :]
        v = tl.load(v_ptr + v_at, mask=(keys < end)[:, None] & (d < D)[None, :], other=0.0).to(tl.float32)
        total += tl.sum(p, 1)
        mixed += tl.dot(p, v, input_precision="ieee")

    divisor = tl.where(limit > 0, total, 1.0)
    tl.store(o_ptr + q_at, mixed / divisor[:, None], mask=q_mask)
    lse = tl.where(limit > 0, finite_peak + tl.log(divisor), float("-inf"))
    tl.store(lse_ptr + (batch * H + head) * Tq + rows, lse, mask=rows < Tq)


def reference(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    o: torch.Tensor,
    lse: torch.Tensor | None,
    causal: bool,
    scale: float,
) -> None:
    """o = softmax(scale q k^T) v over [B, T, H, D]; the final rounding to o's dtype is torch's (half-even)."""
    B, Tq, H, D = q.shape
    Tk, Hkv = k.shape[1], k.shape[2]
    if not q.is_cuda:
        # The interpreter widens subnormal bfloat16 wrongly.
        q, k, v = q.float(), k.float(), v.float()
    o_float32 = torch.empty(o.shape, dtype=torch.float32, device=q.device)
    lse_float32 = torch.empty((B, H, Tq), dtype=torch.float32, device=q.device)
    # A GPU pays for the size of a block, the interpreter (CPU tensors) for each operation of each program.
    block_m = min(32 if q.is_cuda else 1024, max(16, triton.next_power_of_2(Tq)))
    block_n = min(32 if q.is_cuda else 2**17 // block_m, max(16, triton.next_power_of_2(Tk)))
    _two_pass_attention[(triton.cdiv(Tq, block_m), B * H)](
        q.contiguous(),
        k.contiguous(),
        v.contiguous(),
        o_float32,
        lse_float32,
        scale,
        Tq,
        Tk,
        H,
        Hkv,
        D,
        CAUSAL=causal,
        BLOCK_M=block_m,
        BLOCK_N=block_n,
        BLOCK_D=max(16, triton.next_power_of_2(D)),
        num_stages=1,
    )
    o.copy_(o_float32)
    if lse is not None:
        lse.copy_(lse_float32)
