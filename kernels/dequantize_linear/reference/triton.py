"""Triton for dequantize_linear: one element of y a lane; codes come as bytes and are decoded in the kernel."""

from __future__ import annotations

import os
from collections.abc import Sequence

import torch
import triton
import triton.language as tl

# How the bytes of x are read.
INTEGERS, NIBBLES, E4M3FN, E5M2 = (tl.constexpr(kind) for kind in range(4))


@triton.jit
def _load(ptr, place, mask, KIND: tl.constexpr):
    """Elements of a quantized tensor as float32; every code is exact."""
    # 8-bit floats are decoded by hand: casts of them need a recent GPU, and the interpreter knows neither their NaN nor
    # their infinities. Both formats are the upper part of a float16, e4m3fn with an exponent that is 8 too small.
    if KIND == NIBBLES:
        pair = tl.load(ptr + place // 2, mask=mask, other=0).to(tl.int32)
        value = ((pair >> (place % 2 * 4).to(tl.int32)) & 15).to(tl.float32)
    elif KIND == E5M2:
        bits = tl.load(ptr + place, mask=mask, other=0).to(tl.int32)
        value = (bits << 8).to(tl.uint16).to(tl.float16, bitcast=True).to(tl.float32)
    elif KIND == E4M3FN:
        bits = tl.load(ptr + place, mask=mask, other=0).to(tl.int32)
        half = (((bits & 0x80) << 8) | ((bits & 0x7F) << 7)).to(tl.uint16).to(tl.float16, bitcast=True)
        value = tl.where((bits & 0x7F) == 0x7F, float("nan"), half.to(tl.float32) * 256.0)
    else:
        value = tl.load(ptr + place, mask=mask, other=0).to(tl.float32)
    return value


@triton.jit
def _dequantize(
    x_ptr, scale_ptr, zero_ptr, y_ptr, count, C, inner, outer_block, c_block, inner_block, scale_c, scale_i,
    HAS_ZERO_POINT: tl.constexpr, KIND: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    flat = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = flat < count
    row = flat // inner
    place = (row // C // outer_block * scale_c + row % C // c_block) * scale_i + flat % inner // inner_block
    difference = _load(x_ptr, flat, mask, KIND)
    if HAS_ZERO_POINT:
        difference -= _load(zero_ptr, place, mask, KIND)
    scale = tl.load(scale_ptr + place, mask=mask, other=0.0).to(tl.float32)
    tl.store(y_ptr + flat, difference * scale, mask=mask)


def _kind(x: torch.Tensor, count: int) -> int:
    """How the bytes of x are read. 4-bit tensors come as the bytes that hold them: torch has no such dtype."""
    if x.dtype == torch.uint8 and count == 1:
        raise NotImplementedError("one uint8 and one uint4 look alike")
    if x.numel() < count:
        return int(NIBBLES.value)
    kinds = {torch.float8_e4m3fn: E4M3FN, torch.float8_e5m2: E5M2}
    return int(kinds.get(x.dtype, INTEGERS).value)


def reference(
    x: torch.Tensor,
    x_scale: torch.Tensor,
    x_zero_point: torch.Tensor | None,
    y: torch.Tensor,
    block: Sequence[int],
) -> None:
    """Writes y. The product is exact in float32 where y is float16; the rounding to float16 is torch's (half-even)."""
    count = y.numel()
    if count == 0:
        return
    kind = _kind(x, count)
    # The interpreter pays for each operation of each program: few programs.
    size = min(2**18, triton.next_power_of_2(count)) if os.environ.get("TRITON_INTERPRET") == "1" else 1024
    blocks = [extent or max(1, whole) for extent, whole in zip(block, y.shape, strict=True)]
    shifted = x_zero_point is not None and not x.is_floating_point()
    out = torch.empty(y.shape, dtype=torch.float32, device=y.device) if y.dtype == torch.float16 else y
    _dequantize[(triton.cdiv(count, size),)](
        x.contiguous().view(torch.uint8) if x.is_floating_point() else x.contiguous(), x_scale.contiguous(),
        x_zero_point.contiguous() if shifted else None, out, count, y.shape[1], y.shape[2], *blocks,
        x_scale.shape[1], x_scale.shape[2], HAS_ZERO_POINT=shifted, KIND=kind, BLOCK=size,
    )  # fmt: skip
    if out is not y:
        y.copy_(out)
