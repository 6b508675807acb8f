"""Triton witness of rms_norm: a block of rows a program, two passes over the features, all arithmetic in float32."""

from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def _rms_norm_kernel(x_ptr, gamma_ptr, y_ptr, rows, D, eps, BLOCK_R: tl.constexpr, BLOCK_D: tl.constexpr):
    """x and y are contiguous float32 [rows, D], gamma float32 [D]."""
    r = tl.program_id(0) * BLOCK_R + tl.arange(0, BLOCK_R)
    squares = tl.zeros([BLOCK_R], tl.float32)
    for start in range(0, D, BLOCK_D):
        d = start + tl.arange(0, BLOCK_D)
        inside = (r < rows)[:, None] & (d < D)[None, :]
        x = tl.load(x_ptr + r[:, None] * D + d[None, :], mask=inside, other=0.0)
        squares += tl.sum(x * x, 1)
    rstd = 1.0 / tl.sqrt(squares / D + eps)
    for start in range(0, D, BLOCK_D):
        d = start + tl.arange(0, BLOCK_D)
        inside = (r < rows)[:, None] & (d < D)[None, :]
        x = tl.load(x_ptr + r[:, None] * D + d[None, :], mask=inside, other=0.0)
        gamma = tl.load(gamma_ptr + d, mask=d < D, other=0.0)
        tl.store(y_ptr + r[:, None] * D + d[None, :], x * rstd[:, None] * gamma[None, :], mask=inside)


def reference(x: torch.Tensor, gamma: torch.Tensor, y: torch.Tensor, eps: float) -> None:
    """y = x / sqrt(mean(x^2) + eps) * gamma; torch widens and rounds: the interpreter mistakes bfloat16."""
    rows, D = x.shape
    if rows == 0:
        return
    wide = torch.empty(y.shape, dtype=torch.float32, device=x.device)
    # A GPU pays for the size of a block, the interpreter (CPU tensors) for each operation of each program.
    block_d = min(1024 if x.is_cuda else 16384, triton.next_power_of_2(D))
    block_r = min(max(1, (4096 if x.is_cuda else 2**18) // block_d), triton.next_power_of_2(rows))
    _rms_norm_kernel[(triton.cdiv(rows, block_r),)](
        x.float().contiguous(), gamma.float().contiguous(), wide, rows, D, eps, BLOCK_R=block_r, BLOCK_D=block_d
    )
    y.copy_(wide)
