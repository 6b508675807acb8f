"""PyTorch for qlinear_matmul: the witness (an exact float64 product) and the baselines that users would call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import torch

Tensors = Mapping[str, "torch.Tensor | None"]
Attributes = Mapping[str, bool]


def reference(
    a: torch.Tensor,
    a_scale: torch.Tensor,
    a_zero_point: torch.Tensor,
    b: torch.Tensor,
    b_scale: torch.Tensor,
    b_zero_point: torch.Tensor | None,
    bias: torch.Tensor | None,
    y_scale: torch.Tensor,
    y_zero_point: torch.Tensor,
    y: torch.Tensor,
    trans_b: bool,
) -> None:
    """Writes y. Every sum is an integer below 2^53, so float64 holds it exactly in any order."""
    right = (b.t() if trans_b else b).double()
    if b_zero_point is not None:
        right = right - b_zero_point.double()
    acc = torch.matmul(a.double() - a_zero_point.double(), right)
    if bias is not None:
        acc = acc + bias.double()
    # torch.round rounds half to even; the zero point is added after rounding.
    t = acc * a_scale.double() * b_scale.double() / y_scale.double()
    y.copy_((torch.round(t) + y_zero_point.double()).clamp(-128, 127))


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


class QuantizedLinear:
    """torch.ops.quantized.linear of one engine: activations and their zero points + 128, per-channel int8 weights.

    oneDNN adds the zero point before it rounds: at exact ties with an odd zero point it is one off the contract.
    """

    def __init__(self, engine: str, inputs: Tensors, outputs: Tensors, attributes: Attributes) -> None:
        if inputs["b_zero_point"] is not None:
            raise NotImplementedError("quantized.linear wants symmetric weights")
        self._engine = engine
        self._inputs = inputs
        self._y = _given(outputs, "y")
        self._transposed = attributes["trans_b"]
        self._packed: object | None = None
        self._a = torch.empty(0)
        self._result = torch.empty(0)

    def prepare(self) -> None:
        scale = float(_given(self._inputs, "a_scale"))
        if self._packed is None:
            self._packed = self._pack(scale)
            self._y_scale = float(_given(self._inputs, "y_scale"))
            self._y_zero_point = int(_given(self._inputs, "y_zero_point")) + 128
        unsigned = (_given(self._inputs, "a").to(torch.int16) + 128).to(torch.uint8)
        zero_point = int(_given(self._inputs, "a_zero_point")) + 128
        self._a = torch._make_per_tensor_quantized_tensor(unsigned.contiguous(), scale, zero_point)

    def _pack(self, a_scale: float) -> object:
        b = _given(self._inputs, "b")
        b_scale = _given(self._inputs, "b_scale").double()
        zero_points = torch.zeros(b_scale.numel(), dtype=torch.int64)
        rows = (b if self._transposed else b.t()).contiguous()
        weights = torch._make_per_channel_quantized_tensor(rows, b_scale, zero_points, 0)
        bias = self._inputs["bias"]
        # PyTorch takes the bias as real numbers and quantizes it itself.
        real_bias = None if bias is None else (bias.double() * a_scale * b_scale).float()
        kept = torch.backends.quantized.engine
        torch.backends.quantized.engine = self._engine
        try:
            return torch.ops.quantized.linear_prepack(weights, real_bias)
        finally:
            torch.backends.quantized.engine = kept

    def run(self) -> None:
        self._result = torch.ops.quantized.linear(self._a, self._packed, self._y_scale, self._y_zero_point)

    def collect(self) -> None:
        self._y.copy_(self._result.int_repr().to(torch.int16) - 128)


def _factory(engine: str) -> Callable[[Tensors, Tensors, Attributes], Baseline]:
    return lambda inputs, outputs, attributes: QuantizedLinear(engine, inputs, outputs, attributes)


def _exact_engines() -> list[str]:
    """Engines whose sums are right here: without VNNI, x86 adds pairs of u8 x s8 products in saturating int16."""
    supported = torch.backends.quantized.supported_engines
    vnni = bool(torch.cpu.get_capabilities().get("avx512_vnni", False))
    return [engine for engine in ("x86", "onednn") if vnni and engine in supported]


BASELINES: dict[str, Callable[[Tensors, Tensors, Attributes], Baseline]] = {
    f"torch {engine}": _factory(engine) for engine in _exact_engines()
}
