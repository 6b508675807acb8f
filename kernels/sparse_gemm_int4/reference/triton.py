"""Triton for sparse_gemm_int4: tiles of a decompressed to int8, int32 dot products of one group, scaled in float32."""

from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def _sparse_gemm(
    a_ptr, metadata_ptr, a_scales_ptr, b_ptr, b_scales_ptr, y_ptr, M, N, K, groups,
    a_stride, metadata_stride, a_scales_stride, b_row, b_column, b_scales_stride,
    GROUP: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """One block of y [M, N], contiguous float32. a, metadata and a_scales have contiguous rows."""
    rows = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    tokens = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    total = tl.zeros((BLOCK_M, BLOCK_N), dtype=tl.float32)
    for g in range(groups):
        k = g * GROUP + tl.arange(0, GROUP)
        four = (k // 4)[None, :]
        place = (k % 4)[None, :]
        mask = (rows < M)[:, None] & (k < K)[None, :]
        pair = tl.load(a_ptr + rows[:, None] * a_stride + four, mask=mask, other=0).to(tl.int32)
        byte = tl.load(metadata_ptr + rows[:, None] * metadata_stride + four // 2, mask=mask, other=0).to(tl.int32)
        indices = byte >> (4 * (four % 2))
        first = ((pair & 15) ^ 8) - 8
        second = ((pair >> 4) ^ 8) - 8
        a = tl.where(place == (indices & 3), first, tl.where(place == ((indices >> 2) & 3), second, 0))
        b_mask = (k < K)[:, None] & (tokens < N)[None, :]
        b = tl.load(b_ptr + tokens[None, :] * b_row + k[:, None] * b_column, mask=b_mask, other=0)
        sums = tl.dot(a.to(tl.int8), b, out_dtype=tl.int32)
        scale = tl.load(a_scales_ptr + rows * a_scales_stride + g, mask=rows < M, other=0.0)
        total += sums.to(tl.float32) * scale[:, None]
    token_scale = tl.load(b_scales_ptr + tokens * b_scales_stride, mask=tokens < N, other=0.0)
    y_mask = (rows < M)[:, None] & (tokens < N)[None, :]
    tl.store(y_ptr + rows[:, None] * N + tokens[None, :], total * token_scale[None, :], mask=y_mask)


def _block(extent: int, on_gpu: bool) -> int:
    """Rows or tokens of a tile: many in the interpreter, which pays per operation and program."""
    return 64 if on_gpu else min(512, max(16, triton.next_power_of_2(extent)))


def reference(
    a: torch.Tensor,
    metadata: torch.Tensor,
    a_scales: torch.Tensor,
    b: torch.Tensor,
    b_scales: torch.Tensor,
    y: torch.Tensor,
    group: int,
) -> None:
    """Writes y; the final rounding to its dtype is torch's (half-even)."""
    if y.numel() == 0:
        return
    (rows, tokens), depth = y.shape, b.shape[1]
    wide = torch.empty((rows, tokens), dtype=torch.float32, device=a.device)
    block_m, block_n = _block(rows, a.is_cuda), _block(tokens, a.is_cuda)
    _sparse_gemm[(triton.cdiv(rows, block_m), triton.cdiv(tokens, block_n))](
        a, metadata, a_scales, b, b_scales, wide, rows, tokens, depth, a_scales.shape[1],
        a.stride(0), metadata.stride(0), a_scales.stride(0), b.stride(0), b.stride(1), b_scales.stride(0),
        GROUP=group, BLOCK_M=block_m, BLOCK_N=block_n,
    )  # fmt: skip
    y.copy_(wide)
