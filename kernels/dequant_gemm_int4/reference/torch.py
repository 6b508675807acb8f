"""PyTorch for dequant_gemm_int4: the witness, a product in float64, and the baseline that users would call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import torch

Tensors = Mapping[str, torch.Tensor | None]


def dequantized(
    w: torch.Tensor, scales: torch.Tensor, zero_points: torch.Tensor | None, depth: int, group: int
) -> torch.Tensor:
    """(code - zero point) * scale [N, K] in float32, where it is exact: 4 bits times at most 11."""
    nibbles = torch.stack((w & 15, w >> 4), dim=-1).flatten(1)[:, :depth]
    codes = (nibbles.to(torch.int8) ^ 8) - 8
    if zero_points is not None:
        codes = codes - zero_points.repeat_interleave(group, dim=1)[:, :depth]
    return codes.float() * scales.float().repeat_interleave(group, dim=1)[:, :depth]


def reference(
    x: torch.Tensor,
    w: torch.Tensor,
    scales: torch.Tensor,
    zero_points: torch.Tensor | None,
    y: torch.Tensor,
    group: int,
) -> None:
    """Writes y; the only rounding that matters is copy_'s, half to even."""
    weights = dequantized(w, scales, zero_points, x.shape[1], group)
    y.copy_(x.double() @ weights.double().mT)


class Baseline(Protocol):
    """One side of a race: only `run` is timed."""

    def prepare(self) -> None: ...

    def run(self) -> None: ...

    def collect(self) -> None: ...


def given(tensors: Tensors, name: str) -> torch.Tensor:
    """A tensor that every case has."""
    tensor = tensors[name]
    if tensor is None:
        raise ValueError(f"'{name}' is absent")
    return tensor


class LinearBaseline:
    """torch.nn.functional.linear in T with weights dequantized to T beforehand: four times the memory, no unpacking."""

    def __init__(self, inputs: Tensors, outputs: Tensors, attributes: Mapping[str, int]) -> None:
        self._x = given(inputs, "x")
        self._packed = [given(inputs, "w"), given(inputs, "scales"), inputs["zero_points"]]
        self._group = attributes["group"]
        self._y = given(outputs, "y")
        self._weights = torch.empty(0)
        self._result = torch.empty(0)

    def prepare(self) -> None:
        # w is a parameter: dequantized once.
        if self._weights.numel() == 0:
            w, scales, zero_points = self._packed
            weights = dequantized(w, scales, zero_points, self._x.shape[1], self._group)
            self._weights = weights.to(self._x.dtype)

    def run(self) -> None:
        self._result = torch.nn.functional.linear(self._x, self._weights)

    def collect(self) -> None:
        self._y.copy_(self._result)


BASELINES: dict[str, Callable[[Tensors, Tensors, Mapping[str, int]], Baseline]] = {"torch linear": LinearBaseline}
