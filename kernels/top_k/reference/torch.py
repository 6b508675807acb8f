"""PyTorch for top_k: the witness, a stable sort, and the baselines that users would call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import torch

Tensors = Mapping[str, "torch.Tensor | None"]
Attributes = Mapping[str, "bool | int"]


def reference(x: torch.Tensor, values: torch.Tensor, indices: torch.Tensor, largest: bool) -> None:
    """Writes values and indices. torch.topk leaves the order of equal values open, so it is no witness."""
    ordered = torch.sort(x, dim=1, descending=largest, stable=True)
    count = values.shape[1]
    values.copy_(ordered.values[:, :count])
    indices.copy_(ordered.indices[:, :count])


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


class _Choice:
    """What both baselines share: x in, the first K of their result out."""

    def __init__(self, inputs: Tensors, outputs: Tensors, attributes: Attributes) -> None:
        self._x = _given(inputs, "x")
        self._outputs = (_given(outputs, "values"), _given(outputs, "indices"))
        self._count = self._outputs[0].shape[1]
        self._largest = bool(attributes["largest"])
        self._result = (torch.empty(0), torch.empty(0))

    def prepare(self) -> None:
        """The inputs are used as they are."""

    def collect(self) -> None:
        for output, result in zip(self._outputs, self._result, strict=True):
            output.copy_(result[:, : self._count])


class TopK(_Choice):
    """torch.topk: right where no two chosen values are equal, as in the inputs of a race."""

    def run(self) -> None:
        self._result = tuple(torch.topk(self._x, self._count, dim=1, largest=self._largest, sorted=True))


class Sort(_Choice):
    """A stable torch.sort of whole rows, which has the op's order of equal values."""

    def run(self) -> None:
        self._result = tuple(torch.sort(self._x, dim=1, descending=self._largest, stable=True))


BASELINES: dict[str, Callable[[Tensors, Tensors, Attributes], Baseline]] = {"torch topk": TopK, "torch sort": Sort}
