"""Triton for qlinear_matmul: int8 tiles with int32 sums, zero points taken off by sums of rows and columns."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

# Adding and subtracting 1.5 * 2^23 rounds a float32 of magnitude below 2^22 to an integer, half to even.
ROUND_MAGIC = tl.constexpr(12582912.0)


@triton.jit
def _qlinear_matmul(
    a, a_scale, a_zero_point, b, b_scale, b_zero_point, bias, y_scale, y_zero_point, y,
    M, N, K, a_row, a_depth, b_depth, b_column, b_scale_stride, b_zero_stride, bias_stride, y_row, y_column,
    HAS_ZERO: tl.constexpr, HAS_BIAS: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    rows = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    columns = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    a_zero = tl.load(a_zero_point).to(tl.int32)
    b_zero = tl.zeros((BLOCK_N,), dtype=tl.int32)
    if HAS_ZERO:
        b_zero += tl.load(b_zero_point + columns * b_zero_stride, mask=columns < N, other=0).to(tl.int32)
    # sum (a - za)(b - zb) = sum a b - za sum b - zb sum a + K za zb; what lies beyond K is 0 in all three sums.
    acc = tl.zeros((BLOCK_M, BLOCK_N), dtype=tl.int32) + K * a_zero * b_zero[None, :]
    for start in range(0, K, BLOCK_K):
        k = start + tl.arange(0, BLOCK_K)
        a_at = rows[:, None] * a_row + k[None, :] * a_depth
        b_at = k[:, None] * b_depth + columns[None, :] * b_column
        a_tile = tl.load(a + a_at, mask=(rows < M)[:, None] & (k < K)[None, :], other=0)
        b_tile = tl.load(b + b_at, mask=(k < K)[:, None] & (columns < N)[None, :], other=0)
        acc = tl.dot(a_tile, b_tile, acc, out_dtype=tl.int32)
        acc -= a_zero * tl.sum(b_tile.to(tl.int32), axis=0)[None, :]
        acc -= tl.sum(a_tile.to(tl.int32), axis=1)[:, None] * b_zero[None, :]
    if HAS_BIAS:
        acc += tl.load(bias + columns * bias_stride, mask=columns < N, other=0)[None, :]
    # Division rounds to nearest: a plain division is approximate on GPUs.
    column_scale = tl.load(b_scale + columns * b_scale_stride, mask=columns < N, other=0.0)
    scale = tl.div_rn(tl.load(a_scale) * column_scale, tl.load(y_scale))
    t = acc.to(tl.float32) * scale[None, :]
    # Clamped beyond int8 with any zero point, well inside the range of the rounding trick.
    rounded = (tl.minimum(tl.maximum(t, -512.0), 512.0) + ROUND_MAGIC) - ROUND_MAGIC
    result = rounded.to(tl.int32) + tl.load(y_zero_point).to(tl.int32)
    result = tl.minimum(tl.maximum(result, -128), 127)
    y_at = rows[:, None] * y_row + columns[None, :] * y_column
    tl.store(y + y_at, result.to(tl.int8), mask=(rows < M)[:, None] & (columns < N)[None, :])


def _blocks(rows: int, columns: int, depth: int, on_gpu: bool) -> tuple[int, int, int]:
    """Rows, columns and depth of a tile: large in the interpreter, which pays per operation and program."""
    if on_gpu:
        return 64, 64, 64
    block_m, block_n = (min(512, max(16, triton.next_power_of_2(extent))) for extent in (rows, columns))
    return block_m, block_n, min(2**18 // max(block_m, block_n), max(32, triton.next_power_of_2(depth)))


def reference(
    a: torch.Tensor,
    a_scale: torch.Tensor,
    a_zero_point: torch.Tensor,
    b: torch.Tensor,
    b_scale: torch.Tensor,
    b_zero_point: torch.Tensor | None,
    bias: torch.Tensor | None,
    y_scale: torch.Tensor,
    y_zero_point: torch.Tensor,
    y: torch.Tensor,
    trans_b: bool,
) -> None:
    """Writes y."""
    rows, columns = y.shape
    if y.numel() == 0:
        return
    right = b.t() if trans_b else b
    depth = a.shape[1]
    block_m, block_n, block_k = _blocks(rows, columns, depth, a.is_cuda)
    _qlinear_matmul[(triton.cdiv(rows, block_m), triton.cdiv(columns, block_n))](
        a, a_scale, a_zero_point, b, b_scale, b_zero_point, bias, y_scale, y_zero_point, y,
        rows, columns, depth, *a.stride(), *right.stride(), b_scale.stride(0),
        0 if b_zero_point is None else b_zero_point.stride(0), 0 if bias is None else bias.stride(0), *y.stride(),
        HAS_ZERO=b_zero_point is not None, HAS_BIAS=bias is not None,
        BLOCK_M=block_m, BLOCK_N=block_n, BLOCK_K=block_k,
    )  # fmt: skip
