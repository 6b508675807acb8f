"""PyTorch for flash_attention: the witness, plain operators in float32, and the baseline that users call, SDPA."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch.nn.functional import scaled_dot_product_attention


class Baseline(Protocol):
    """One side of a race: only `run` is timed."""

    def prepare(self) -> None: ...

    def run(self) -> None: ...

    def collect(self) -> None: ...


def visible_keys(queries: int, keys: int, device: torch.device) -> torch.Tensor:
    """Boolean [Tq, Tk], true where the bottom-right causal mask lets a query see a key (j <= i + Tk - Tq)."""
    return torch.ones(queries, keys, dtype=torch.bool, device=device).tril(keys - queries)


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, causal: bool, scale: float) -> torch.Tensor:
    """SDPA of [B, H, T, D] tensors. Its own `is_causal` is top-left aligned, so it serves square cases only."""
    grouped = q.shape[1] != k.shape[1]
    if not causal or q.shape[2] == k.shape[2]:
        return scaled_dot_product_attention(q, k, v, is_causal=causal, scale=scale, enable_gqa=grouped)
    mask = visible_keys(q.shape[2], k.shape[2], q.device)
    return scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=scale, enable_gqa=grouped)


def reference(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    o: torch.Tensor,
    lse: torch.Tensor | None,
    causal: bool,
    scale: float,
) -> None:
    """
    o = softmax(scale q k^T) v over [B, T, H, D]; rows without a visible key give 0 and lse -inf.

    Plain operators in float32, not SDPA: its CPU kernel uses a fast exp with exp(0) != 1 (5e-5 off) in half types, and
    gives some rows whose scores are NaN the value 0. That is the baseline's right but no witness's.
    """
    group = q.shape[2] // k.shape[2]
    q, k, v = (tensor.transpose(1, 2).float() for tensor in (q, k, v))
    k, v = (tensor.repeat_interleave(group, dim=1) for tensor in (k, v))
    scores = q @ k.transpose(-1, -2) * scale
    if causal:
        scores = scores.masked_fill(~visible_keys(q.shape[2], k.shape[2], q.device), float("-inf"))
    peak = scores.amax(dim=-1, keepdim=True)
    # A row that sees no key would subtract -inf from -inf.
    weights = torch.exp(scores - torch.where(peak.isneginf(), 0, peak))
    total = weights.sum(dim=-1, keepdim=True)
    mixed = weights @ v / torch.where(peak.isneginf(), 1, total)
    o.copy_(mixed.transpose(1, 2))
    if lse is not None:
        lse.copy_((peak + total.log()).squeeze(-1))


class SdpaBaseline:
    """SDPA as a user calls it: contiguous [B, H, T, D] tensors made beforehand."""

    def __init__(
        self,
        inputs: Mapping[str, torch.Tensor],
        outputs: Mapping[str, torch.Tensor | None],
        attributes: Mapping[str, bool | float],
    ) -> None:
        output = outputs["o"]
        if output is None or outputs.get("lse") is not None:
            raise NotImplementedError("scaled_dot_product_attention has one output, o")
        self.inputs = [inputs[name] for name in ("q", "k", "v")]
        self.output = output
        self.causal = bool(attributes["causal"])
        self.scale = float(attributes["scale"])
        self.heads_first: list[torch.Tensor] = []
        self.result = torch.empty(0)

    def prepare(self) -> None:
        self.heads_first = [tensor.transpose(1, 2).contiguous() for tensor in self.inputs]

    def run(self) -> None:
        q, k, v = self.heads_first
        self.result = attend(q, k, v, self.causal, self.scale)

    def collect(self) -> None:
        self.output.copy_(self.result.transpose(1, 2))


BASELINES: dict[
    str,
    Callable[
        [Mapping[str, torch.Tensor], Mapping[str, torch.Tensor | None], Mapping[str, bool | float]],
        Baseline,
    ],
] = {"torch SDPA": SdpaBaseline}
