"""Triton witness of silu_and_mul: blocks of elements of y, all arithmetic in float32."""

from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def _silu_and_mul(x_ptr, y_ptr, count, D, BLOCK: tl.constexpr):
    """One block of elements. x is contiguous [rows, 2 D], y contiguous float32 [rows, D] with `count` elements."""
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    # The same column of x, whose rows are twice as long.
    gate_at = at + at // D * D
    gate = tl.load(x_ptr + gate_at, mask=inside, other=0.0).to(tl.float32)
    up = tl.load(x_ptr + gate_at + D, mask=inside, other=0.0).to(tl.float32)
    tl.store(y_ptr + at, gate / (1.0 + tl.exp(-gate)) * up, mask=inside)


def reference(x: torch.Tensor, y: torch.Tensor) -> None:
    """y = silu(gate) * up; the final rounding to y's dtype is torch's (half-even)."""
    count = y.numel()
    if count == 0:
        return
    # The interpreter widens subnormal bfloat16 to other numbers; torch does not.
    wide = x.contiguous() if x.is_cuda else x.float()
    y_float32 = torch.empty(y.shape, dtype=torch.float32, device=x.device)
    # A GPU pays for the size of a block, the interpreter (CPU tensors) for each operation of each program.
    block = 1024 if x.is_cuda else min(triton.next_power_of_2(count), 2**18)
    _silu_and_mul[(triton.cdiv(count, block),)](wide, y_float32, count, y.shape[1], BLOCK=block)
    y.copy_(y_float32)
