"""Triton witness of rotary_embedding: blocks of elements of y, all arithmetic in float32."""

from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def _rotary_embedding(
    x_ptr,
    cos_ptr,
    sin_ptr,
    ids_ptr,
    y_ptr,
    count,
    H,
    D,
    PAIRS,
    INTERLEAVED: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """One block of elements. x [B, S, H, D], caches [P, PAIRS] and ids [B, S] are contiguous, y is float32."""
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    d = at % D
    turned = inside & (d < 2 * PAIRS)
    if INTERLEAVED:
        pair = d // 2
        second = d % 2 == 1
        step = 1
    else:
        pair = d % PAIRS
        second = d >= PAIRS
        step = PAIRS
    partner_at = tl.where(second, at - step, at + step)
    position = tl.load(ids_ptr + at // D // H, mask=turned, other=0)
    value = tl.load(x_ptr + at, mask=inside, other=0.0).to(tl.float32)
    partner = tl.load(x_ptr + partner_at, mask=turned, other=0.0).to(tl.float32)
    cosine = tl.load(cos_ptr + position * PAIRS + pair, mask=turned, other=1.0).to(tl.float32)
    sine = tl.load(sin_ptr + position * PAIRS + pair, mask=turned, other=0.0).to(tl.float32)
    product = partner * sine
    result = value * cosine + tl.where(second, product, -product)
    tl.store(y_ptr + at, tl.where(turned, result, value), mask=inside)


def reference(
    x: torch.Tensor,
    cos_cache: torch.Tensor,
    sin_cache: torch.Tensor,
    position_ids: torch.Tensor,
    y: torch.Tensor,
    interleaved: bool,
    rotary_dim: int,
) -> None:
    """Turns pairs of features; the final rounding to y's dtype is torch's (half-even)."""
    count = x.numel()
    if count == 0:
        return
    # The interpreter widens subnormal bfloat16 to other numbers; torch does not.
    wide = [tensor.contiguous() if x.is_cuda else tensor.float() for tensor in (x, cos_cache, sin_cache)]
    y_float32 = torch.empty(x.shape, dtype=torch.float32, device=x.device)
    # A GPU pays for the size of a block, the interpreter (CPU tensors) for each operation of each program.
    block = 1024 if x.is_cuda else min(triton.next_power_of_2(count), 2**18)
    _rotary_embedding[(triton.cdiv(count, block),)](
        *wide,
        position_ids.contiguous(),
        y_float32,
        count,
        x.shape[2],
        x.shape[3],
        (rotary_dim if rotary_dim > 0 else x.shape[3]) // 2,
        INTERLEAVED=interleaved,
        BLOCK=block,
    )
    y.copy_(y_float32)
