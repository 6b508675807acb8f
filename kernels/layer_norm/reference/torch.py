"""PyTorch witness and baseline of layer_norm on one CPU thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch.nn.functional import layer_norm


class Baseline(Protocol):
    """One side of a race: only `run` is timed."""

    def prepare(self) -> None: ...

    def run(self) -> None: ...

    def collect(self) -> None: ...


def reference(
    x: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor | None,
    y: torch.Tensor,
    mean: torch.Tensor | None,
    rstd: torch.Tensor | None,
    eps: float,
) -> None:
    """y = (x - mean) / sqrt(variance + eps) * gamma + beta in float32; torch rounds to y's dtype (half-even)."""
    bias = None if beta is None else beta.float()
    result, center, factor = torch.native_layer_norm(x.float(), gamma.shape, gamma.float(), bias, eps)
    y.copy_(result)
    if mean is not None:
        mean.copy_(center.flatten())
    if rstd is not None:
        rstd.copy_(factor.flatten())


class LayerNormBaseline:
    """layer_norm as a user calls it, in T."""

    def __init__(
        self,
        inputs: Mapping[str, torch.Tensor],
        outputs: Mapping[str, torch.Tensor | None],
        attributes: Mapping[str, bool | float],
    ) -> None:
        output = outputs["y"]
        if output is None or outputs.get("mean") is not None or outputs.get("rstd") is not None:
            raise NotImplementedError("layer_norm has one output, y")
        self.x = inputs["x"]
        self.gamma = inputs["gamma"]
        self.beta = inputs.get("beta")
        self.y = output
        self.eps = float(attributes["eps"])
        self.result = torch.empty(0)

    def prepare(self) -> None:
        """Nothing to convert: torch reads x as it lies."""

    def run(self) -> None:
        self.result = layer_norm(self.x, self.gamma.shape, self.gamma, self.beta, self.eps)

    def collect(self) -> None:
        self.y.copy_(self.result)


BASELINES: dict[
    str,
    Callable[
        [Mapping[str, torch.Tensor], Mapping[str, torch.Tensor | None], Mapping[str, bool | float]],
        Baseline,
    ],
] = {"torch layer_norm": LayerNormBaseline}
