"""PyTorch for silu_and_mul: the witness in float32, and the two operators in T as the baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch.nn.functional import silu


class Baseline(Protocol):
    """One side of a race: only `run` is timed."""

    def prepare(self) -> None: ...

    def run(self) -> None: ...

    def collect(self) -> None: ...


def reference(x: torch.Tensor, y: torch.Tensor) -> None:
    """y = silu(gate) * up in float32, rounded to T by the copy; gate and up are the halves of a row of x."""
    gate, up = x.float().chunk(2, dim=1)
    y.copy_(silu(gate) * up)


class SiluAndMulBaseline:
    """silu(gate) * up in T, as model code writes it: silu is rounded to T before the product."""

    def __init__(
        self,
        inputs: Mapping[str, torch.Tensor],
        outputs: Mapping[str, torch.Tensor],
        attributes: Mapping[str, bool | float],
    ) -> None:
        if attributes:
            raise ValueError("silu_and_mul has no attributes")
        self.x = inputs["x"]
        self.output = outputs["y"]
        self.result = torch.empty(0)

    def prepare(self) -> None:
        """Nothing to convert."""

    def run(self) -> None:
        gate, up = self.x.chunk(2, dim=1)
        self.result = silu(gate) * up

    def collect(self) -> None:
        self.output.copy_(self.result)


BASELINES: dict[
    str,
    Callable[[Mapping[str, torch.Tensor], Mapping[str, torch.Tensor], Mapping[str, bool | float]], Baseline],
] = {"torch silu and mul": SiluAndMulBaseline}
