"""Triton witness of layer_norm: a block of rows a program, three passes over the features, in float32."""

from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def _layer_norm_kernel(
    x_ptr, gamma_ptr, beta_ptr, y_ptr, mean_ptr, rstd_ptr, rows, D, eps, BLOCK_R: tl.constexpr, BLOCK_D: tl.constexpr
):
    """x and y are contiguous float32 [rows, D], gamma and beta float32 [D], mean and rstd float32 [rows]."""
    r = tl.program_id(0) * BLOCK_R + tl.arange(0, BLOCK_R)
    total = tl.zeros([BLOCK_R], tl.float32)
    for start in range(0, D, BLOCK_D):
        d = start + tl.arange(0, BLOCK_D)
        inside = (r < rows)[:, None] & (d < D)[None, :]
        total += tl.sum(tl.load(x_ptr + r[:, None] * D + d[None, :], mask=inside, other=0.0), 1)
    mean = total / D
    squares = tl.zeros([BLOCK_R], tl.float32)
    for start in range(0, D, BLOCK_D):
        d = start + tl.arange(0, BLOCK_D)
        inside = (r < rows)[:, None] & (d < D)[None, :]
        x = tl.load(x_ptr + r[:, None] * D + d[None, :], mask=inside, other=0.0)
        # Beyond the row x is 0 and not the mean: it must not count.
        centered = tl.where(inside, x - mean[:, None], 0.0)
        squares += tl.sum(centered * centered, 1)
    rstd = 1.0 / tl.sqrt(squares / D + eps)
    for start in range(0, D, BLOCK_D):
        d = start + tl.arange(0, BLOCK_D)
        inside = (r < rows)[:, None] & (d < D)[None, :]
        x = tl.load(x_ptr + r[:, None] * D + d[None, :], mask=inside, other=0.0)
        gamma = tl.load(gamma_ptr + d, mask=d < D, other=0.0)
        beta = tl.load(beta_ptr + d, mask=d < D, other=0.0)
        y = (x - mean[:, None]) * rstd[:, None] * gamma[None, :] + beta[None, :]
        tl.store(y_ptr + r[:, None] * D + d[None, :], y, mask=inside)
    tl.store(mean_ptr + r, mean, mask=r < rows)
    tl.store(rstd_ptr + r, rstd, mask=r < rows)


def reference(
    x: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor | None,
    y: torch.Tensor,
    mean: torch.Tensor | None,
    rstd: torch.Tensor | None,
    eps: float,
) -> None:
    """y = (x - mean) rstd gamma + beta; torch widens and rounds: the interpreter mistakes bfloat16."""
    rows, D = x.shape
    if rows == 0:
        return
    wide = torch.empty(y.shape, dtype=torch.float32, device=x.device)
    center, factor = torch.empty((2, rows), dtype=torch.float32, device=x.device)
    bias = torch.zeros(D, device=x.device) if beta is None else beta.float().contiguous()
    # A GPU pays for the size of a block, the interpreter (CPU tensors) for each operation of each program.
    block_d = min(1024 if x.is_cuda else 16384, triton.next_power_of_2(D))
    block_r = min(max(1, (4096 if x.is_cuda else 2**18) // block_d), triton.next_power_of_2(rows))
    _layer_norm_kernel[(triton.cdiv(rows, block_r),)](
        x.float().contiguous(),
        gamma.float().contiguous(),
        bias,
        wide,
        center,
        factor,
        rows,
        D,
        eps,
        BLOCK_R=block_r,
        BLOCK_D=block_d,
    )
    y.copy_(wide)
    if mean is not None:
        mean.copy_(center)
    if rstd is not None:
        rstd.copy_(factor)
