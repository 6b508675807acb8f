"""PyTorch for softmax: the witness in float32, and the operator in T as the baseline."""

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
    """y = softmax(x) over the middle axis in float32, rounded to T by the copy."""
    y.copy_(torch.softmax(x.float(), dim=1))


class SoftmaxBaseline:
    """torch.softmax in T as a user calls it."""

    def __init__(
        self,
        inputs: Mapping[str, torch.Tensor],
        outputs: Mapping[str, torch.Tensor],
        attributes: Mapping[str, bool | float],
    ) -> None:
        if attributes:
            raise ValueError("softmax has no attributes")
        self.x = inputs["x"]
        self.output = outputs["y"]
        self.result = torch.empty(0)

    def prepare(self) -> None:
        """Nothing to convert."""

    def run(self) -> None:
        self.result = torch.softmax(self.x, dim=1)

    def collect(self) -> None:
        self.output.copy_(self.result)


BASELINES: dict[
    str,
    Callable[[Mapping[str, torch.Tensor], Mapping[str, torch.Tensor], Mapping[str, bool | float]], Baseline],
] = {"torch softmax": SoftmaxBaseline}
