"""Triton witness of softmax: three passes over a row (maximum, sum, weights), all arithmetic in float32."""

from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def _scores(x_ptr, base, k, inside, K, inner):
    """Scores [M, N] of one block of classes; -inf beyond the row, where they weigh nothing."""
    at = base[:, None] + k[None, :] * inner
    return tl.load(x_ptr + at, mask=inside[:, None] & (k < K)[None, :], other=float("-inf")).to(tl.float32)


@triton.jit
def _softmax(x_ptr, y_ptr, rows, K, inner, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    """One block of rows. x and y are contiguous [outer, K, inner]; y is float32."""
    row = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    inside = row < rows
    base = (row // inner).to(tl.int64) * K * inner + row % inner
    peak = tl.full([BLOCK_M], float("-inf"), tl.float32)
    for start in range(0, K, BLOCK_N):
        s = _scores(x_ptr, base, start + tl.arange(0, BLOCK_N), inside, K, inner)
        peak = tl.maximum(peak, tl.max(s, 1))
    total = tl.zeros([BLOCK_M], tl.float32)
    for start in range(0, K, BLOCK_N):
        s = _scores(x_ptr, base, start + tl.arange(0, BLOCK_N), inside, K, inner)
        total += tl.sum(tl.exp(s - peak[:, None]), 1)
    for start in range(0, K, BLOCK_N):
        k = start + tl.arange(0, BLOCK_N)
        s = _scores(x_ptr, base, k, inside, K, inner)
        at = base[:, None] + k[None, :] * inner
        tl.store(y_ptr + at, tl.exp(s - peak[:, None]) / total[:, None], mask=inside[:, None] & (k < K)[None, :])


def reference(x: torch.Tensor, y: torch.Tensor) -> None:
    """y = softmax(x) over the middle axis; the final rounding to y's dtype is torch's (half-even)."""
    outer, K, inner = x.shape
    rows = outer * inner
    if rows == 0:
        return
    y_float32 = torch.empty(x.shape, dtype=torch.float32, device=x.device)
    # A GPU pays for the size of a block, the interpreter (CPU tensors) for each operation of each program.
    block_n = min(triton.next_power_of_2(K), 2048 if x.is_cuda else 2**15)
    block_m = 1 if x.is_cuda else min(triton.next_power_of_2(rows), 2**18 // block_n)
    _softmax[(triton.cdiv(rows, block_m),)](x.contiguous(), y_float32, rows, K, inner, BLOCK_M=block_m, BLOCK_N=block_n)
    y.copy_(y_float32)
