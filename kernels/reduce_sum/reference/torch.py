"""PyTorch witness and baseline of reduce_sum on one CPU thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import torch


class Baseline(Protocol):
    """One side of a race: only `run` is timed."""

    def prepare(self) -> None: ...

    def run(self) -> None: ...

    def collect(self) -> None: ...


def reference(x: torch.Tensor, y: torch.Tensor) -> None:
    """y = the sum of x over its middle axis, in float32; the rounding to y's dtype is torch's (half-even)."""
    y.copy_(x.float().sum(dim=1))


class SumBaseline:
    """torch.sum as a user calls it, in T: it adds half types in float32."""

    def __init__(
        self,
        inputs: Mapping[str, torch.Tensor],
        outputs: Mapping[str, torch.Tensor],
        _attributes: Mapping[str, bool | float],
    ) -> None:
        self.x = inputs["x"]
        self.y = outputs["y"]

    def prepare(self) -> None:
        """Nothing to convert: torch reads x as it lies."""

    def run(self) -> None:
        torch.sum(self.x, dim=1, out=self.y)

    def collect(self) -> None:
        """Nothing to convert: torch writes y itself."""


BASELINES: dict[
    str,
    Callable[[Mapping[str, torch.Tensor], Mapping[str, torch.Tensor], Mapping[str, bool | float]], Baseline],
] = {"torch sum": SumBaseline}
