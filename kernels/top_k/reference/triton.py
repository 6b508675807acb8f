"""Triton for top_k: K rounds over each row, of which every one takes the first element that is left."""

from __future__ import annotations

import os

import torch
import triton
import triton.language as tl

# Below every key: -inf has the smallest key, -2139095041.
LOWEST = tl.constexpr(-(2**31))


@triton.jit
def _keys(x_ptr, offsets, mask, LARGEST: tl.constexpr):
    """int32 that rise with what is chosen first. Adding 0 makes +0 of -0: equal values have equal keys."""
    x = tl.load(x_ptr + offsets, mask=mask, other=0.0).to(tl.float32) + 0.0
    bits = x.to(tl.int32, bitcast=True)
    # The patterns of negative numbers rise with their magnitude.
    key = tl.where(bits >= 0, bits, bits ^ 0x7FFFFFFF)
    return key if LARGEST else -1 - key


@triton.jit
def _write(x_ptr, values_ptr, indices_ptr, row, rows, N, K, place, index):
    """Writes one place of every row: the element itself and its index."""
    out = row.to(tl.int64) * K + place
    value = tl.load(x_ptr + row.to(tl.int64) * N + index, mask=row < rows, other=0.0)
    tl.store(values_ptr + out, value, mask=row < rows)
    tl.store(indices_ptr + out, index.to(tl.int64), mask=row < rows)


@triton.jit
def _of_one_tile(
    x_ptr, values_ptr, indices_ptr, rows, N, K,
    LARGEST: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """Rows that fit a tile: what is taken leaves it."""
    row = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    index = tl.arange(0, BLOCK_N)
    mask = (row < rows)[:, None] & (index < N)[None, :]
    key = tl.where(mask, _keys(x_ptr, row[:, None].to(tl.int64) * N + index[None, :], mask, LARGEST), LOWEST)
    for place in range(0, K):
        best_key = tl.max(key, 1)
        best_index = tl.min(tl.where(key == best_key[:, None], index[None, :], N - 1), 1)
        _write(x_ptr, values_ptr, indices_ptr, row, rows, N, K, place, best_index)
        key = tl.where(index[None, :] == best_index[:, None], LOWEST, key)


@triton.jit
def _of_many_tiles(
    x_ptr, values_ptr, indices_ptr, rows, N, K,
    LARGEST: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """Longer rows: every round looks for the first element after the one taken last."""
    row = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    # Nothing was taken yet: every element comes after this.
    last_key = tl.full([BLOCK_M], 2**31 - 1, tl.int32)
    last_index = tl.full([BLOCK_M], -1, tl.int32)
    for place in range(0, K):
        best_key = tl.full([BLOCK_M], LOWEST, tl.int32)
        best_index = tl.full([BLOCK_M], 0, tl.int32)
        for start in range(0, N, BLOCK_N):
            index = start + tl.arange(0, BLOCK_N)
            mask = (row < rows)[:, None] & (index < N)[None, :]
            key = _keys(x_ptr, row[:, None].to(tl.int64) * N + index[None, :], mask, LARGEST)
            # Left is what has a smaller key, or the same key and a higher index.
            left = (key < last_key[:, None]) | ((key == last_key[:, None]) & (index[None, :] > last_index[:, None]))
            key = tl.where(left & mask, key, LOWEST)
            tile_key = tl.max(key, 1)
            tile_index = tl.min(tl.where(key == tile_key[:, None], index[None, :], N - 1), 1)
            # Earlier tiles hold lower indices: of equal keys the one found first stays.
            best_index = tl.where(tile_key > best_key, tile_index, best_index)
            best_key = tl.maximum(best_key, tile_key)
        _write(x_ptr, values_ptr, indices_ptr, row, rows, N, K, place, best_index)
        last_key = best_key
        last_index = best_index


def reference(x: torch.Tensor, values: torch.Tensor, indices: torch.Tensor, largest: bool) -> None:
    """Writes values and indices."""
    rows, count = x.shape
    if rows == 0:
        return
    # A GPU keeps a tile in registers; the interpreter pays for each operation of each program: few, large tiles.
    interpreted = os.environ.get("TRITON_INTERPRET") == "1"
    block_n = min(triton.next_power_of_2(count), 2**15 if interpreted else 4096)
    block_m = min(triton.next_power_of_2(rows), 2**18 // block_n) if interpreted else 1
    kernel = _of_one_tile if count <= block_n else _of_many_tiles
    kernel[(triton.cdiv(rows, block_m),)](
        x.contiguous(), values, indices, rows, count, values.shape[1],
        LARGEST=largest, BLOCK_M=block_m, BLOCK_N=block_n,
    )  # fmt: skip
