"""Triton for quantize_linear: one element of y a lane, two for 4-bit outputs, which are packed in the kernel."""

from __future__ import annotations

import os
from collections.abc import Sequence

import torch
import triton
import triton.language as tl

# Adding and subtracting 1.5 * 2^23 rounds a float32 of magnitude below 2^22 to an integer, half to even.
ROUND_MAGIC = tl.constexpr(12582912.0)


@triton.jit
def _places(flat, C, inner, outer_block, c_block, inner_block, scale_c, scale_i):
    """Places of the scales of elements: row-major in [outer, C, inner] and in [ceil(outer / Bo), scale_c, scale_i]."""
    row = flat // inner
    return (row // C // outer_block * scale_c + row % C // c_block) * scale_i + flat % inner // inner_block


@triton.jit
def _steps(x_ptr, scale_ptr, flat, place, mask):
    """x / y_scale. Division rounds to nearest: a plain division is approximate on GPUs."""
    x = tl.load(x_ptr + flat, mask=mask, other=0.0).to(tl.float32)
    return tl.div_rn(x, tl.load(scale_ptr + place, mask=mask, other=1.0))


@triton.jit
def _rounded(t):
    """Half-even, in float32. Clamped beyond every output with any zero point, well inside the range of the trick."""
    return (tl.minimum(tl.maximum(t, -1024.0), 1024.0) + ROUND_MAGIC) - ROUND_MAGIC


@triton.jit
def _quantize(
    x_ptr, scale_ptr, zero_ptr, y_ptr, count, C, inner, outer_block, c_block, inner_block, scale_c, scale_i, low, high,
    HAS_ZERO_POINT: tl.constexpr, FLOAT: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    flat = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = flat < count
    place = _places(flat, C, inner, outer_block, c_block, inner_block, scale_c, scale_i)
    t = _steps(x_ptr, scale_ptr, flat, place, mask)
    if FLOAT:
        # NaN compares false and stays. y is float32 here: the interpreter's cast to 8-bit floats is off.
        tl.store(y_ptr + flat, tl.where(t > high, high, tl.where(t < low, low, t)), mask=mask)
    else:
        q = _rounded(t)
        if HAS_ZERO_POINT:
            q += tl.load(zero_ptr + place, mask=mask, other=0).to(tl.float32)
        q = tl.minimum(tl.maximum(q, low), high).to(tl.int32)
        tl.store(y_ptr + flat, q.to(y_ptr.dtype.element_ty), mask=mask)


@triton.jit
def _nibble(
    x_ptr, scale_ptr, zero_ptr, flat, count, C, inner, outer_block, c_block, inner_block, scale_c, scale_i,
    HAS_ZERO_POINT: tl.constexpr,
):  # fmt: skip
    """uint4 of elements, 0 behind the last."""
    mask = flat < count
    place = _places(flat, C, inner, outer_block, c_block, inner_block, scale_c, scale_i)
    q = _rounded(_steps(x_ptr, scale_ptr, flat, place, mask))
    if HAS_ZERO_POINT:
        pair = tl.load(zero_ptr + place // 2, mask=mask, other=0).to(tl.int32)
        q += ((pair >> (place % 2 * 4).to(tl.int32)) & 15).to(tl.float32)
    return tl.where(mask, tl.minimum(tl.maximum(q, 0.0), 15.0), 0.0).to(tl.int32)


@triton.jit
def _quantize_nibbles(
    x_ptr, scale_ptr, zero_ptr, y_ptr, count, C, inner, outer_block, c_block, inner_block, scale_c, scale_i,
    HAS_ZERO_POINT: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    # One byte of y a lane: element 2j in the low nibble, element 2j + 1 in the high one.
    byte = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    first = _nibble(
        x_ptr, scale_ptr, zero_ptr, 2 * byte, count, C, inner, outer_block, c_block, inner_block, scale_c, scale_i,
        HAS_ZERO_POINT,
    )  # fmt: skip
    second = _nibble(
        x_ptr, scale_ptr, zero_ptr, 2 * byte + 1, count, C, inner, outer_block, c_block, inner_block, scale_c, scale_i,
        HAS_ZERO_POINT,
    )  # fmt: skip
    tl.store(y_ptr + byte, (first | second << 4).to(tl.uint8), mask=2 * byte < count)


def reference(
    x: torch.Tensor,
    y_scale: torch.Tensor,
    y_zero_point: torch.Tensor | None,
    y: torch.Tensor,
    block: Sequence[int],
) -> None:
    """Writes y. 4-bit y and y_zero_point come as bytes: torch has no such dtype."""
    count = x.numel()
    if count == 0:
        return
    if y.dtype == torch.uint8 and count == 1:
        raise NotImplementedError("one uint8 and one uint4 look alike")
    packed = y.numel() < count
    lanes = (count + 1) // 2 if packed else count
    # The interpreter pays for each operation of each program: few programs.
    size = min(2**18, triton.next_power_of_2(lanes)) if os.environ.get("TRITON_INTERPRET") == "1" else 1024
    grid = (triton.cdiv(lanes, size),)
    blocks = [extent or max(1, whole) for extent, whole in zip(block, x.shape, strict=True)]
    places = (count, x.shape[1], x.shape[2], *blocks, y_scale.shape[1], y_scale.shape[2])
    has_zero_point = y_zero_point is not None and not y.is_floating_point()
    inputs = (x.contiguous(), y_scale.contiguous(), y_zero_point if has_zero_point else None)
    if packed:
        _quantize_nibbles[grid](*inputs, y, *places, HAS_ZERO_POINT=has_zero_point, BLOCK=size)
        return
    limits = torch.finfo(y.dtype) if y.is_floating_point() else torch.iinfo(y.dtype)
    out = torch.empty(x.shape, dtype=torch.float32, device=x.device) if y.is_floating_point() else y
    _quantize[grid](
        *inputs, out, *places, float(limits.min), float(limits.max),
        HAS_ZERO_POINT=has_zero_point, FLOAT=y.is_floating_point(), BLOCK=size,
    )  # fmt: skip
    if out is not y:
        y.copy_(out)
