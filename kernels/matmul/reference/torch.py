"""PyTorch for matmul: the witness, a product in float64, and the baseline that users would call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import torch

Tensors = Mapping[str, torch.Tensor]


def operands(a: torch.Tensor, b: torch.Tensor, trans_a: bool, trans_b: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Views [batch, M, K] and [batch_b, K, N]."""
    return (a.mT if trans_a else a), (b.mT if trans_b else b)


def reference(a: torch.Tensor, b: torch.Tensor, c: torch.Tensor, trans_a: bool, trans_b: bool) -> None:
    """Writes c. Integers and their sums are exact in float64; a single matrix of b is broadcast."""
    left, right = operands(a, b, trans_a, trans_b)
    c.copy_(torch.matmul(left.double(), right.double()))


class Baseline(Protocol):
    """One side of a race: only `run` is timed."""

    def prepare(self) -> None: ...

    def run(self) -> None: ...

    def collect(self) -> None: ...


class MatmulBaseline:
    """torch.matmul in the op's dtype on the tensors as they are stored."""

    def __init__(self, inputs: Tensors, outputs: Tensors, attributes: Mapping[str, bool]) -> None:
        self._left, self._right = operands(inputs["a"], inputs["b"], attributes["trans_a"], attributes["trans_b"])
        self._c = outputs["c"]
        self._result = torch.empty(0)

    def prepare(self) -> None:
        """Nothing to convert."""

    def run(self) -> None:
        self._result = torch.matmul(self._left, self._right)

    def collect(self) -> None:
        self._c.copy_(self._result)


BASELINES: dict[str, Callable[[Tensors, Tensors, Mapping[str, bool]], Baseline]] = {"torch matmul": MatmulBaseline}
