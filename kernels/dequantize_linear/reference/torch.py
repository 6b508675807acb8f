"""PyTorch for dequantize_linear: the witness, one product in float32, and the baseline that users would call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch

Tensors = Mapping[str, "torch.Tensor | None"]
Attributes = Mapping[str, "int | Sequence[int]"]


def is_packed(x: torch.Tensor, count: int) -> bool:
    """Whether `count` elements come two a byte: torch has no 4-bit dtype and is given the bytes."""
    if x.dtype == torch.uint8 and count == 1:
        raise NotImplementedError("one uint8 and one uint4 look alike")
    return x.numel() < count


def unpack(packed: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """uint4 of bytes, the low nibble of a byte first."""
    flat = packed.reshape(-1)
    return torch.stack((flat & 15, flat >> 4), dim=1).reshape(-1)[: shape.numel()].reshape(shape)


def spread(values: torch.Tensor, shape: torch.Size, block: Sequence[int]) -> torch.Tensor:
    """One value for each block of a shape, as a tensor that broadcasts to it. A block extent of 0 covers the axis."""
    for axis, extent in enumerate(block):
        if extent > 0 and values.shape[axis] > 1:
            values = values.repeat_interleave(extent, dim=axis).narrow(axis, 0, shape[axis])
    return values


def reference(
    x: torch.Tensor,
    x_scale: torch.Tensor,
    x_zero_point: torch.Tensor | None,
    y: torch.Tensor,
    block: Sequence[int],
) -> None:
    """Writes y. The difference is exact in float32; so is its product with a float16 scale, which copy_ rounds."""
    if y.numel() == 0:
        return
    packed = is_packed(x, y.numel())
    difference = unpack(x, y.shape).float() if packed else x.float()
    if x_zero_point is not None:
        shift = unpack(x_zero_point, x_scale.shape) if packed else x_zero_point
        difference = difference - spread(shift.float(), y.shape, block)
    y.copy_(difference * spread(x_scale.float(), y.shape, block))


class Baseline(Protocol):
    """One competitor of the race: only `run` is timed."""

    def prepare(self) -> None:
        """Converts the current inputs."""

    def run(self) -> None:
        """Exactly what a user calls."""

    def collect(self) -> None:
        """Writes the op's outputs."""


def _given(tensors: Tensors, name: str) -> torch.Tensor:
    tensor = tensors[name]
    if tensor is None:
        raise ValueError(f"'{name}' is absent")
    return tensor


class Eager:
    """A cast, a difference and a product in T, as eager code writes it; scales and zero points spread beforehand."""

    def __init__(self, inputs: Tensors, outputs: Tensors, attributes: Attributes) -> None:
        self._inputs = inputs
        self._x = _given(inputs, "x")
        self._y = _given(outputs, "y")
        if self._x.numel() != self._y.numel():
            raise NotImplementedError("torch has no 4-bit dtype")
        block = attributes["block"]
        self._block = [block] if isinstance(block, int) else list(block)
        self._scale = torch.empty(0)
        self._zero_point: torch.Tensor | None = None
        self._result = torch.empty(0)

    def prepare(self) -> None:
        self._scale = spread(_given(self._inputs, "x_scale"), self._y.shape, self._block)
        shift = self._inputs["x_zero_point"]
        if shift is not None:
            self._zero_point = spread(shift.to(self._y.dtype), self._y.shape, self._block)

    def run(self) -> None:
        difference = self._x.to(self._y.dtype)
        if self._zero_point is not None:
            difference = difference - self._zero_point
        self._result = difference * self._scale

    def collect(self) -> None:
        self._y.copy_(self._result)


BASELINES: dict[str, Callable[[Tensors, Tensors, Attributes], Baseline]] = {"torch eager": Eager}
