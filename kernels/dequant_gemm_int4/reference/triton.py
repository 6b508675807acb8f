"""Triton for dequant_gemm_int4: one block of y a program, weights dequantized in the tile, float32 throughout."""

from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def _dequant_gemm(
    x_ptr, w_ptr, scales_ptr, zeros_ptr, y_ptr, M, N, K, row_bytes, groups, group,
    ASYMMETRIC: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """x [M, K], scales [N, G] and y [M, N] are float32; all tensors are contiguous."""
    rows = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    columns = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    acc = tl.zeros((BLOCK_M, BLOCK_N), dtype=tl.float32)
    for start in range(0, K, BLOCK_K):
        k = start + tl.arange(0, BLOCK_K)
        x_mask = (rows < M)[:, None] & (k < K)[None, :]
        x = tl.load(x_ptr + rows[:, None] * K + k[None, :], mask=x_mask, other=0.0)
        mask = (k < K)[:, None] & (columns < N)[None, :]
        byte = tl.load(w_ptr + columns[None, :] * row_bytes + (k // 2)[:, None], mask=mask, other=0).to(tl.int32)
        code = (((byte >> (4 * (k % 2))[:, None]) & 15) ^ 8) - 8
        at = columns[None, :] * groups + (k // group)[:, None]
        if ASYMMETRIC:
            code -= tl.load(zeros_ptr + at, mask=mask, other=0).to(tl.int32)
        # What lies beyond K is masked again: a scale may be NaN.
        scale = tl.load(scales_ptr + at, mask=mask, other=0.0)
        weight = tl.where(mask, code.to(tl.float32) * scale, 0.0)
        acc = tl.dot(x, weight, acc, input_precision="ieee")
    tl.store(y_ptr + rows[:, None] * N + columns[None, :], acc, mask=(rows < M)[:, None] & (columns < N)[None, :])


def _blocks(rows: int, columns: int, depth: int, on_gpu: bool) -> tuple[int, int, int]:
    """Rows, columns and depth of a tile: large in the interpreter, which pays per operation and program."""
    if on_gpu:
        return 32, 64, 64
    block_m, block_n = (min(512, max(16, triton.next_power_of_2(extent))) for extent in (rows, columns))
    return block_m, block_n, min(2**18 // max(block_m, block_n), max(16, triton.next_power_of_2(depth)))


def reference(
    x: torch.Tensor,
    w: torch.Tensor,
    scales: torch.Tensor,
    zero_points: torch.Tensor | None,
    y: torch.Tensor,
    group: int,
) -> None:
    """
    Writes y; the final rounding to its dtype is torch's (half-even).

    So is the widening of x and the scales: Triton's interpreter is wrong in subnormal bfloat16 numbers.
    """
    if y.numel() == 0:
        return
    (rows, depth), columns = x.shape, w.shape[0]
    wide = torch.empty((rows, columns), dtype=torch.float32, device=x.device)
    block_m, block_n, block_k = _blocks(rows, columns, depth, x.is_cuda)
    _dequant_gemm[(triton.cdiv(rows, block_m), triton.cdiv(columns, block_n))](
        x.float().contiguous(), w.contiguous(), scales.float().contiguous(),
        None if zero_points is None else zero_points.contiguous(), wide,
        rows, columns, depth, w.shape[1], scales.shape[1], group,
        ASYMMETRIC=zero_points is not None, BLOCK_M=block_m, BLOCK_N=block_n, BLOCK_K=block_k,
    )  # fmt: skip
    y.copy_(wide)
