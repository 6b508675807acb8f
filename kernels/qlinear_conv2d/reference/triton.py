"""Triton for qlinear_conv2d: an implicit GEMM of int8 tiles with int32 sums, requantized in float32."""

import os
from collections.abc import Sequence

import torch
import triton
import triton.language as tl

# Adding and subtracting 1.5 * 2^23 rounds a float32 of magnitude below 2^22 to an integer, half to even.
ROUND_MAGIC = tl.constexpr(12582912.0)


@triton.jit
def _qlinear_conv2d(
    x, x_scale, x_zero_point, w, w_scale, bias, y_scale, y_zero_point, y,
    x_stride_n, x_stride_h, x_stride_w, x_stride_c, w_stride_o, w_stride_h, w_stride_w, w_stride_c, w_scale_stride,
    bias_stride, y_stride_n, y_stride_h, y_stride_w, y_stride_c, pixels, height, width, cout, kernel_h, kernel_w,
    out_height, out_width, stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w, group_cin, group_cout,
    HAS_BIAS: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    # Rows of the product are output pixels, columns output channels, the sum runs over (kh, kw, ci).
    pixel = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    co = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    ow = pixel % out_width
    oh = pixel // out_width % out_height
    n = pixel // (out_width * out_height)
    # The input channels of every group that this block of output channels touches: [first_ci, first_ci + span).
    first_group = tl.program_id(1) * BLOCK_N // group_cout
    last_group = (tl.minimum(tl.program_id(1) * BLOCK_N + BLOCK_N, cout) - 1) // group_cout
    first_ci = first_group * group_cin
    span = (last_group - first_group + 1) * group_cin
    taps = kernel_h * kernel_w * span
    x_zero = tl.load(x_zero_point)
    acc = tl.zeros((BLOCK_M, BLOCK_N), dtype=tl.int32)
    for start in range(0, taps, BLOCK_K):
        k = start + tl.arange(0, BLOCK_K)
        ci = first_ci + k % span
        kw = k // span % kernel_w
        kh = k // (span * kernel_w)
        ih = (oh * stride_h - pad_top)[:, None] + (kh * dilation_h)[None, :]
        iw = (ow * stride_w - pad_left)[:, None] + (kw * dilation_w)[None, :]
        inside = (ih >= 0) & (ih < height) & (iw >= 0) & (iw < width)
        inside = inside & (pixel < pixels)[:, None] & (k < taps)[None, :]
        x_offset = (n * x_stride_n)[:, None] + ih * x_stride_h + iw * x_stride_w + (ci * x_stride_c)[None, :]
        # Padding is the zero point, so that every product stays int8 x int8; its share is taken off below.
        x_tile = tl.load(x + x_offset, mask=inside, other=x_zero)
        # A column takes only its own group's channels; the others are zero.
        mine = (ci // group_cin)[:, None] == (co // group_cout)[None, :]
        mine = mine & (k < taps)[:, None] & (co < cout)[None, :]
        w_row = kh * w_stride_h + kw * w_stride_w + ci % group_cin * w_stride_c
        w_tile = tl.load(w + w_row[:, None] + (co * w_stride_o)[None, :], mask=mine, other=0)
        acc = tl.dot(x_tile, w_tile, acc, out_dtype=tl.int32)
        acc -= x_zero.to(tl.int32) * tl.sum(w_tile.to(tl.int32), axis=0)[None, :]
    if HAS_BIAS:
        acc += tl.load(bias + co * bias_stride, mask=co < cout, other=0)[None, :]
    # Division rounds to nearest: a plain division is approximate on GPUs.
    channel_scale = tl.load(w_scale + co * w_scale_stride, mask=co < cout, other=0.0)
    scale = tl.div_rn(tl.load(x_scale) * channel_scale, tl.load(y_scale))
    t = acc.to(tl.float32) * scale[None, :]
    # Clamped beyond int8 with any zero point, well inside the range of the rounding trick.
    rounded = (tl.minimum(tl.maximum(t, -512.0), 512.0) + ROUND_MAGIC) - ROUND_MAGIC
    result = rounded.to(tl.int32) + tl.load(y_zero_point).to(tl.int32)
    result = tl.minimum(tl.maximum(result, -128), 127)
    y_offset = (n * y_stride_n + oh * y_stride_h + ow * y_stride_w)[:, None] + (co * y_stride_c)[None, :]
    tl.store(y + y_offset, result.to(tl.int8), mask=(pixel < pixels)[:, None] & (co < cout)[None, :])


def _blocks(pixels: int, cout: int, taps: int, groups: int) -> tuple[int, int, int]:
    """Rows, columns and depth of a tile."""
    if os.environ.get("TRITON_INTERPRET") != "1":
        return 64, 64 if groups == 1 else 16, 64
    # The interpreter pays per operation and program: few tiles, of up to 2^18 elements.
    # Groups make the tile of w block-diagonal: keep it narrow.
    rows = triton.next_power_of_2(pixels)
    block_n = min(triton.next_power_of_2(cout), 256 if groups == 1 else 32)
    depth = taps * min(groups, triton.cdiv(block_n * groups, cout))
    block_k = min(triton.next_power_of_2(depth), max(256, 2**18 // max(rows, block_n)))
    return min(rows, 2**18 // max(block_k, block_n)), block_n, block_k


def reference(
    x: torch.Tensor,
    x_scale: torch.Tensor,
    x_zero_point: torch.Tensor,
    w: torch.Tensor,
    w_scale: torch.Tensor,
    bias: torch.Tensor | None,
    y_scale: torch.Tensor,
    y_zero_point: torch.Tensor,
    y: torch.Tensor,
    strides: Sequence[int],
    pads: Sequence[int],
    dilations: Sequence[int],
    groups: int,
) -> None:
    """Writes y."""
    batch, height, width, _ = x.shape
    cout, kernel_h, kernel_w, group_cin = w.shape
    _, out_height, out_width, _ = y.shape
    pixels = batch * out_height * out_width
    block_m, block_n, block_k = _blocks(pixels, cout, kernel_h * kernel_w * group_cin, groups)
    grid = (triton.cdiv(pixels, block_m), triton.cdiv(cout, block_n))
    _qlinear_conv2d[grid](
        x, x_scale, x_zero_point, w, w_scale, bias, y_scale, y_zero_point, y,
        *x.stride(), *w.stride(), w_scale.stride(0), 0 if bias is None else bias.stride(0), *y.stride(),
        pixels, height, width, cout, kernel_h, kernel_w, out_height, out_width,
        strides[0], strides[1], pads[0], pads[1], dilations[0], dilations[1], group_cin, cout // groups,
        HAS_BIAS=bias is not None, BLOCK_M=block_m, BLOCK_N=block_n, BLOCK_K=block_k,
    )  # fmt: skip
