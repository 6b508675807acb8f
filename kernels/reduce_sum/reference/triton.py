"""Triton witness of reduce_sum: a block of outputs at a time, blocks of terms added pairwise in float32."""

from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def _sum_kernel(x_ptr, y_ptr, outputs, K, inner, BLOCK_R: tl.constexpr, BLOCK_K: tl.constexpr):
    """x is contiguous float32 [outer, K, inner], y float32 with `outputs` = outer * inner elements."""
    r = tl.program_id(0) * BLOCK_R + tl.arange(0, BLOCK_R)
    base = (r // inner) * K * inner + r % inner
    total = tl.zeros([BLOCK_R], tl.float32)
    for start in range(0, K, BLOCK_K):
        k = start + tl.arange(0, BLOCK_K)
        inside = (r < outputs)[:, None] & (k < K)[None, :]
        total += tl.sum(tl.load(x_ptr + base[:, None] + (k * inner)[None, :], mask=inside, other=0.0), 1)
    tl.store(y_ptr + r, total, mask=r < outputs)


def reference(x: torch.Tensor, y: torch.Tensor) -> None:
    """y = the sum of x over its middle axis; the rounding to y's dtype is torch's (half-even).

    torch widens x as well: the interpreter turns subnormal bfloat16 into other numbers.
    """
    outer, K, inner = x.shape
    outputs = outer * inner
    if outputs == 0:
        return
    wide = torch.empty(y.shape, dtype=torch.float32, device=x.device)
    # A GPU pays for the size of a block, the interpreter (CPU tensors) for each operation of each program.
    block_r = min(64 if x.is_cuda else 2048, triton.next_power_of_2(outputs))
    block_k = min(64 if x.is_cuda else 2**18 // block_r, triton.next_power_of_2(max(1, K)))
    _sum_kernel[(triton.cdiv(outputs, block_r),)](
        x.float().contiguous(), wide, outputs, K, inner, BLOCK_R=block_r, BLOCK_K=block_k
    )
    y.copy_(wide)
