"""PyTorch for rotary_embedding: the witness in float32, and model code in T as the baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import torch


class Baseline(Protocol):
    """One side of a race: only `run` is timed."""

    def prepare(self) -> None: ...

    def run(self) -> None: ...

    def collect(self) -> None: ...


def rotate(
    x: torch.Tensor,
    cos_cache: torch.Tensor,
    sin_cache: torch.Tensor,
    position_ids: torch.Tensor,
    interleaved: bool,
    rotary_dim: int,
) -> torch.Tensor:
    """Turned features of x [B, S, H, D], in the dtype of its operands; features behind rotary_dim as they are."""
    turned = rotary_dim if rotary_dim > 0 else x.shape[-1]
    # [B, S, 1, pairs]: the same angles for all heads.
    cos = cos_cache[position_ids].unsqueeze(2)
    sin = sin_cache[position_ids].unsqueeze(2)
    rotated, rest = x[..., :turned], x[..., turned:]
    if interleaved:
        first, second = rotated[..., 0::2], rotated[..., 1::2]
    else:
        first, second = rotated.chunk(2, dim=-1)
    results = (first * cos - second * sin, first * sin + second * cos)
    joined = torch.stack(results, dim=-1).flatten(-2) if interleaved else torch.cat(results, dim=-1)
    return torch.cat((joined, rest), dim=-1)


def reference(
    x: torch.Tensor,
    cos_cache: torch.Tensor,
    sin_cache: torch.Tensor,
    position_ids: torch.Tensor,
    y: torch.Tensor,
    interleaved: bool,
    rotary_dim: int,
) -> None:
    """Rotary embedding in float32, rounded to T by the copy."""
    y.copy_(rotate(x.float(), cos_cache.float(), sin_cache.float(), position_ids, interleaved, rotary_dim))


class RotateHalfBaseline:
    """The same in T, as model code writes it: products are rounded to T before they are added."""

    def __init__(
        self,
        inputs: Mapping[str, torch.Tensor],
        outputs: Mapping[str, torch.Tensor],
        attributes: Mapping[str, bool | int],
    ) -> None:
        self.inputs = [inputs[name] for name in ("x", "cos_cache", "sin_cache", "position_ids")]
        self.output = outputs["y"]
        self.interleaved = bool(attributes["interleaved"])
        self.rotary_dim = int(attributes["rotary_dim"])
        self.result = torch.empty(0)

    def prepare(self) -> None:
        """Nothing to convert."""

    def run(self) -> None:
        x, cos_cache, sin_cache, position_ids = self.inputs
        self.result = rotate(x, cos_cache, sin_cache, position_ids, self.interleaved, self.rotary_dim)

    def collect(self) -> None:
        self.output.copy_(self.result)


BASELINES: dict[
    str,
    Callable[[Mapping[str, torch.Tensor], Mapping[str, torch.Tensor], Mapping[str, bool | int]], Baseline],
] = {"torch rotate half": RotateHalfBaseline}
