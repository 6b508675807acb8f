"""Triton for matmul: one block of c a program, float32 sums of inputs widened to float32."""

from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def _matmul(
    a_ptr, b_ptr, c_ptr, M, N, K,
    a_matrix, a_row, a_depth, b_matrix, b_depth, b_column, c_matrix, c_row, c_column,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """c is float32."""
    rows = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    columns = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    matrix = tl.program_id(2).to(tl.int64)
    acc = tl.zeros((BLOCK_M, BLOCK_N), dtype=tl.float32)
    for start in range(0, K, BLOCK_K):
        k = start + tl.arange(0, BLOCK_K)
        a_at = matrix * a_matrix + rows[:, None] * a_row + k[None, :] * a_depth
        b_at = matrix * b_matrix + k[:, None] * b_depth + columns[None, :] * b_column
        # bfloat16 arithmetic is wrong in the interpreter: widen right after the load.
        a = tl.load(a_ptr + a_at, mask=(rows < M)[:, None] & (k < K)[None, :], other=0.0).to(tl.float32)
        b = tl.load(b_ptr + b_at, mask=(k < K)[:, None] & (columns < N)[None, :], other=0.0).to(tl.float32)
        acc = tl.dot(a, b, acc, input_precision="ieee")
    c_at = matrix * c_matrix + rows[:, None] * c_row + columns[None, :] * c_column
    tl.store(c_ptr + c_at, acc, mask=(rows < M)[:, None] & (columns < N)[None, :])


def _blocks(rows: int, columns: int, depth: int, on_gpu: bool) -> tuple[int, int, int]:
    """Rows, columns and depth of a tile: large in the interpreter, which pays per operation and program."""
    if on_gpu:
        return 64, 64, 32
    block_m, block_n = (min(512, max(16, triton.next_power_of_2(extent))) for extent in (rows, columns))
    return block_m, block_n, min(2**18 // max(block_m, block_n), max(16, triton.next_power_of_2(depth)))


def reference(a: torch.Tensor, b: torch.Tensor, c: torch.Tensor, trans_a: bool, trans_b: bool) -> None:
    """Writes c; the final rounding to its dtype is torch's (half-even)."""
    batch, rows, columns = c.shape
    if c.numel() == 0:
        return
    left, right = (a.mT if trans_a else a), (b.mT if trans_b else b)
    depth = left.shape[2]
    wide = torch.empty((batch, rows, columns), dtype=torch.float32, device=c.device)
    block_m, block_n, block_k = _blocks(rows, columns, depth, a.is_cuda)
    b_matrix = 0 if b.shape[0] == 1 else right.stride(0)
    _matmul[(triton.cdiv(rows, block_m), triton.cdiv(columns, block_n), batch)](
        a, b, wide, rows, columns, depth,
        *left.stride(), b_matrix, right.stride(1), right.stride(2), *wide.stride(),
        BLOCK_M=block_m, BLOCK_N=block_n, BLOCK_K=block_k,
    )  # fmt: skip
    c.copy_(wide)
