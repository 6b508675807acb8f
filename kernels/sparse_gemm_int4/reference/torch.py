"""PyTorch for sparse_gemm_int4: the witness, exact group sums in float64, and the baseline that users would call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch.nn.functional import pad

Tensors = Mapping[str, torch.Tensor | None]


def decompressed(a: torch.Tensor, metadata: torch.Tensor, depth: int) -> torch.Tensor:
    """The rows of a with their zeros, [M, K] int8."""
    rows, fours = a.shape
    values = torch.stack((a & 15, a >> 4), dim=-1).to(torch.int8)
    indices = torch.stack((metadata & 15, metadata >> 4), dim=-1).flatten(1)[:, :fours]
    places = torch.stack((indices & 3, indices >> 2), dim=-1).long()
    dense = torch.zeros((rows, fours, 4), dtype=torch.int8, device=a.device)
    return dense.scatter_(2, places, (values ^ 8) - 8).reshape(rows, depth)


def grouped(matrix: torch.Tensor, group: int) -> torch.Tensor:
    """[rows, K] as [G, rows, group], zeros behind a short last group."""
    rows, depth = matrix.shape
    groups = -(-depth // group)
    return pad(matrix, (0, groups * group - depth)).reshape(rows, groups, group).transpose(0, 1)


def reference(
    a: torch.Tensor,
    metadata: torch.Tensor,
    a_scales: torch.Tensor,
    b: torch.Tensor,
    b_scales: torch.Tensor,
    y: torch.Tensor,
    group: int,
) -> None:
    """Writes y. Scales multiply whole group sums: an infinite one must not meet the zeros of a."""
    weights = grouped(decompressed(a, metadata, b.shape[1]).double(), group)
    sums = torch.bmm(weights, grouped(b.double(), group).transpose(1, 2))
    y.copy_((sums * a_scales.double().T[:, :, None]).sum(0) * b_scales.double())


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


class BmmBaseline:
    """torch.bmm over the groups in float32, where their sums are exact, on weights decompressed beforehand."""

    def __init__(self, inputs: Tensors, outputs: Tensors, attributes: Mapping[str, int]) -> None:
        self._packed = [given(inputs, "a"), given(inputs, "metadata")]
        self._scales = [given(inputs, "a_scales"), given(inputs, "b_scales")]
        self._b = given(inputs, "b")
        self._group = attributes["group"]
        self._y = given(outputs, "y")
        self._weights = torch.empty(0)
        self._activations = torch.empty(0)
        self._result = torch.empty(0)

    def prepare(self) -> None:
        # a is a parameter: decompressed once.
        if self._weights.numel() == 0:
            a, metadata = self._packed
            dense = decompressed(a, metadata, self._b.shape[1])
            self._weights = grouped(dense.float(), self._group).contiguous()
        self._activations = grouped(self._b.float(), self._group).transpose(1, 2).contiguous()

    def run(self) -> None:
        a_scales, b_scales = self._scales
        sums = torch.bmm(self._weights, self._activations)
        self._result = (sums * a_scales.T[:, :, None]).sum(0) * b_scales

    def collect(self) -> None:
        self._y.copy_(self._result)


BASELINES: dict[str, Callable[[Tensors, Tensors, Mapping[str, int]], Baseline]] = {"torch bmm": BmmBaseline}
