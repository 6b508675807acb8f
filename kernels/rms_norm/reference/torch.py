"""PyTorch witness and baseline of rms_norm on one CPU thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch.nn.functional import rms_norm


class Baseline(Protocol):
    """One side of a race: only `run` is timed."""

    def prepare(self) -> None: ...

    def run(self) -> None: ...

    def collect(self) -> None: ...


def reference(x: torch.Tensor, gamma: torch.Tensor, y: torch.Tensor, eps: float) -> None:
    """y = x / sqrt(mean(x^2) + eps) * gamma in float32; the rounding to y's dtype is torch's (half-even)."""
    y.copy_(rms_norm(x.float(), gamma.shape, gamma.float(), eps))


class RmsNormBaseline:
    """rms_norm as a user calls it, in T."""

    def __init__(
        self,
        inputs: Mapping[str, torch.Tensor],
        outputs: Mapping[str, torch.Tensor],
        attributes: Mapping[str, bool | float],
    ) -> None:
        self.x = inputs["x"]
        self.gamma = inputs["gamma"]
        self.y = outputs["y"]
        self.eps = float(attributes["eps"])
        self.result = torch.empty(0)

    def prepare(self) -> None:
        """Nothing to convert: torch reads x as it lies."""

    def run(self) -> None:
        self.result = rms_norm(self.x, self.gamma.shape, self.gamma, self.eps)

    def collect(self) -> None:
        self.y.copy_(self.result)


BASELINES: dict[
    str,
    Callable[[Mapping[str, torch.Tensor], Mapping[str, torch.Tensor], Mapping[str, bool | float]], Baseline],
] = {"torch rms_norm": RmsNormBaseline}
