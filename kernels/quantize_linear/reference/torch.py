"""PyTorch for quantize_linear: the witness, a division in float32, and the baselines that users would call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch

Tensors = Mapping[str, "torch.Tensor | None"]
Attributes = Mapping[str, "int | Sequence[int]"]


def is_packed(tensor: torch.Tensor, count: int) -> bool:
    """Whether `count` elements come two a byte: torch has no 4-bit dtype and is given the bytes."""
    if tensor.dtype == torch.uint8 and count == 1:
        raise NotImplementedError("one uint8 and one uint4 look alike")
    return tensor.numel() < count


def unpack(packed: torch.Tensor, count: int) -> torch.Tensor:
    """The first `count` uint4 of bytes, the low nibble of a byte first."""
    flat = packed.reshape(-1)
    return torch.stack((flat & 15, flat >> 4), dim=1).reshape(-1)[:count]


def pack(values: torch.Tensor, packed: torch.Tensor) -> None:
    """Writes numbers from 0 to 15 as nibbles; behind an odd count the last high nibble is 0."""
    flat = values.reshape(-1).to(torch.uint8)
    pairs = torch.nn.functional.pad(flat, (0, flat.numel() % 2)).reshape(-1, 2)
    packed.copy_((pairs[:, 0] | pairs[:, 1] << 4).reshape(packed.shape))


def spread(values: torch.Tensor, x: torch.Tensor, block: Sequence[int]) -> torch.Tensor:
    """One value for each block of x, as a tensor that broadcasts against x. A block extent of 0 covers the axis."""
    for axis, extent in enumerate(block):
        if extent > 0 and values.shape[axis] > 1:
            values = values.repeat_interleave(extent, dim=axis).narrow(axis, 0, x.shape[axis])
    return values


def limits(dtype: torch.dtype) -> tuple[float, float]:
    """Smallest and largest number of a dtype."""
    found = torch.finfo(dtype) if dtype.is_floating_point else torch.iinfo(dtype)
    return float(found.min), float(found.max)


def reference(
    x: torch.Tensor,
    y_scale: torch.Tensor,
    y_zero_point: torch.Tensor | None,
    y: torch.Tensor,
    block: Sequence[int],
) -> None:
    """Writes y. torch.round rounds half to even; the zero point is added after it."""
    if x.numel() == 0:
        return
    t = x.float() / spread(y_scale, x, block)
    if y.is_floating_point():
        # torch's casts to 8-bit floats do not saturate.
        y.copy_(t.clamp(*limits(y.dtype)))
        return
    packed = is_packed(y, x.numel())
    rounded = torch.round(t)
    if y_zero_point is not None:
        shift = unpack(y_zero_point, y_scale.numel()).reshape(y_scale.shape) if packed else y_zero_point
        rounded = rounded + spread(shift.float(), x, block)
    if packed:
        pack(rounded.clamp(0, 15), y)
    else:
        y.copy_(rounded.clamp(*limits(y.dtype)))


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


def _block(attributes: Attributes) -> list[int]:
    block = attributes["block"]
    if isinstance(block, int):
        raise TypeError("attribute 'block' is no tuple")
    return list(block)


class Eager:
    """Division, rounding, clamping and a cast, as eager code writes it; scales and zero points spread beforehand."""

    def __init__(self, inputs: Tensors, outputs: Tensors, attributes: Attributes) -> None:
        self._inputs = inputs
        self._x = _given(inputs, "x")
        self._y = _given(outputs, "y")
        if self._y.numel() != self._x.numel():
            raise NotImplementedError("torch has no 4-bit dtype")
        self._block = _block(attributes)
        self._scale = torch.empty(0)
        self._zero_point: torch.Tensor | None = None
        self._result = torch.empty(0)

    def prepare(self) -> None:
        self._scale = spread(_given(self._inputs, "y_scale"), self._x, self._block)
        shift = self._inputs["y_zero_point"]
        if shift is not None and not self._y.is_floating_point():
            self._zero_point = spread(shift.float(), self._x, self._block)

    def run(self) -> None:
        t = self._x / self._scale
        if not self._y.is_floating_point():
            t = torch.round(t)
        if self._zero_point is not None:
            t = t + self._zero_point
        self._result = t.clamp(*limits(self._y.dtype)).to(self._y.dtype)

    def collect(self) -> None:
        self._y.copy_(self._result)


class Quantize:
    """torch.quantize_per_tensor or torch.quantize_per_channel: float32 to 8-bit integers."""

    def __init__(self, inputs: Tensors, outputs: Tensors, attributes: Attributes) -> None:
        self._inputs = inputs
        self._x = _given(inputs, "x")
        self._y = _given(outputs, "y")
        kinds = {torch.int8: torch.qint8, torch.uint8: torch.quint8}
        block = _block(attributes)
        self._axes = [axis for axis, extent in enumerate(block) if extent != 0]
        if self._x.dtype != torch.float32 or self._y.dtype not in kinds or self._y.numel() != self._x.numel():
            raise NotImplementedError("float32 to int8 or uint8 only")
        if len(self._axes) > 1 or any(block[axis] != 1 for axis in self._axes):
            raise NotImplementedError("one scale for the tensor, or one for each index of an axis, only")
        self._kind = kinds[self._y.dtype]
        self._scale = torch.empty(0)
        self._zero_point = torch.empty(0)
        self._first = (1.0, 0)
        self._result = torch.empty(0)

    def prepare(self) -> None:
        self._scale = _given(self._inputs, "y_scale").reshape(-1).double()
        self._zero_point = torch.zeros_like(self._scale, dtype=torch.int64)
        shift = self._inputs["y_zero_point"]
        if shift is not None:
            self._zero_point.copy_(shift.reshape(-1))
        self._first = (float(self._scale[0]), int(self._zero_point[0]))

    def run(self) -> None:
        if self._axes:
            self._result = torch.quantize_per_channel(self._x, self._scale, self._zero_point, self._axes[0], self._kind)
        else:
            self._result = torch.quantize_per_tensor(self._x, *self._first, self._kind)

    def collect(self) -> None:
        self._y.copy_(self._result.int_repr())


BASELINES: dict[str, Callable[[Tensors, Tensors, Attributes], Baseline]] = {
    "torch eager": Eager,
    "torch quantize": Quantize,
}
