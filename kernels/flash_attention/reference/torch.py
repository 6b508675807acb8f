"""PyTorch witness and baseline of flash_attention: scaled_dot_product_attention on one CPU thread."""

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


def log_sum_exp(q: torch.Tensor, k: torch.Tensor, causal: bool, scale: float) -> torch.Tensor:
    """Natural logarithm of the sum of exp(scores) of float32 tensors, [B, H, Tq]; -inf where a query sees no key."""
    shared = k.repeat_interleave(q.shape[1] // k.shape[1], dim=1)
    scores = q @ shared.transpose(-1, -2) * scale
    if causal:
        scores = scores.masked_fill(~visible_keys(q.shape[2], k.shape[2], q.device), float("-inf"))
    return torch.logsumexp(scores, dim=-1)


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
    o = softmax(scale q k^T) v over [B, T, H, D]; rows without a visible key give 0.

    In float32: for half types SDPA's CPU kernel uses a fast exp with exp(0) != 1 (5e-5 off), which is the
    baseline's right but no witness's.
    """
    q, k, v = (tensor.transpose(1, 2).float() for tensor in (q, k, v))
    o.copy_(attend(q, k, v, causal, scale).transpose(1, 2))
    if causal:
        # SDPA leaves rows without a visible key to the backend.
        o[:, : max(0, q.shape[2] - k.shape[2])] = 0
    if lse is not None:
        lse.copy_(log_sum_exp(q, k, causal, scale))


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
