"""PyTorch for qlinear_conv2d: the witness (an exact float64 convolution) and the baselines that users would call."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch
from torch.nn import functional

Tensors = Mapping[str, "torch.Tensor | None"]
Attributes = Mapping[str, "int | Sequence[int]"]


def reference(
    x: torch.Tensor,
    x_scale: torch.Tensor,
    x_zero_point: torch.Tensor,
    w: torch.Tensor,
    w_scale: torch.Tensor,
    bias: torch.Tensor | None,
    y_scale: torch.Tensor,
    y_zero_point: torch.Tensor,
    y: torch.Tensor,
    strides: Sequence[int],
    pads: Sequence[int],
    dilations: Sequence[int],
    groups: int,
) -> None:
    """Writes y. Every sum is an integer below 2^53, so float64 holds it exactly in any order."""
    top, left, bottom, right = pads
    centred = (x.double() - x_zero_point.double()).permute(0, 3, 1, 2)
    # Padding is x = x_zero_point: zero after the subtraction.
    padded = functional.pad(centred, (left, right, top, bottom))
    kernel = w.double().permute(0, 3, 1, 2)
    acc = functional.conv2d(padded, kernel, None, tuple(strides), 0, tuple(dilations), groups).permute(0, 2, 3, 1)
    if bias is not None:
        acc = acc + bias.double()
    # torch.round rounds half to even; the zero point is added after rounding.
    t = acc * x_scale.double() * w_scale.double() / y_scale.double()
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


def _tuple(attributes: Attributes, name: str) -> list[int]:
    value = attributes[name]
    if isinstance(value, int):
        raise TypeError(f"attribute '{name}' is no tuple")
    return list(value)


class QuantizedConv2d:
    """torch.ops.quantized.conv2d of one engine: activations and their zero points + 128, per-channel int8 weights.

    oneDNN adds the zero point before it rounds: at exact ties with an odd zero point it is one off the contract.
    """

    def __init__(self, engine: str, inputs: Tensors, outputs: Tensors, attributes: Attributes) -> None:
        self._engine = engine
        self._inputs = inputs
        self._y = _given(outputs, "y")
        self._strides = _tuple(attributes, "strides")
        self._dilations = _tuple(attributes, "dilations")
        groups = attributes["groups"]
        self._groups = groups if isinstance(groups, int) else 1
        top, left, bottom, right = _tuple(attributes, "pads")
        # The operator pads both sides alike; anything else is an explicit pad, which fills with the zero point.
        symmetric = top == bottom and left == right
        self._padding = [top, left] if symmetric else [0, 0]
        self._before = None if symmetric else (left, right, top, bottom)
        self._packed: object | None = None
        self._x = torch.empty(0)
        self._result = torch.empty(0)

    def prepare(self) -> None:
        scale = float(_given(self._inputs, "x_scale"))
        if self._packed is None:
            self._packed = self._pack(scale)
            self._y_scale = float(_given(self._inputs, "y_scale"))
            self._y_zero_point = int(_given(self._inputs, "y_zero_point")) + 128
        unsigned = (_given(self._inputs, "x").to(torch.int16) + 128).to(torch.uint8)
        # NHWC memory seen as NCHW: channels_last, the layout these kernels want.
        channels_last = unsigned.contiguous().permute(0, 3, 1, 2)
        zero_point = int(_given(self._inputs, "x_zero_point")) + 128
        self._x = torch._make_per_tensor_quantized_tensor(channels_last, scale, zero_point)

    def _pack(self, x_scale: float) -> object:
        w_scale = _given(self._inputs, "w_scale").double()
        values = _given(self._inputs, "w").permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        zero_points = torch.zeros(w_scale.numel(), dtype=torch.int64)
        kernel = torch._make_per_channel_quantized_tensor(values, w_scale, zero_points, 0)
        bias = self._inputs["bias"]
        # PyTorch takes the bias as real numbers and quantizes it itself.
        real_bias = None if bias is None else (bias.double() * x_scale * w_scale).float()
        kept = torch.backends.quantized.engine
        torch.backends.quantized.engine = self._engine
        try:
            return torch.ops.quantized.conv2d_prepack(
                kernel, real_bias, self._strides, self._padding, self._dilations, self._groups
            )
        finally:
            torch.backends.quantized.engine = kept

    def run(self) -> None:
        x = self._x if self._before is None else functional.pad(self._x, self._before)
        self._result = torch.ops.quantized.conv2d(x, self._packed, self._y_scale, self._y_zero_point)

    def collect(self) -> None:
        signed = self._result.int_repr().to(torch.int16) - 128
        self._y.copy_(signed.permute(0, 2, 3, 1))


def _factory(engine: str) -> Callable[[Tensors, Tensors, Attributes], Baseline]:
    return lambda inputs, outputs, attributes: QuantizedConv2d(engine, inputs, outputs, attributes)


def _exact_engines() -> list[str]:
    """Engines whose sums are right here: without VNNI, x86 adds pairs of u8 x s8 products in saturating int16."""
    supported = torch.backends.quantized.supported_engines
    vnni = bool(torch.cpu.get_capabilities().get("avx512_vnni", False))
    return [engine for engine in ("x86", "onednn") if vnni and engine in supported]


BASELINES: dict[str, Callable[[Tensors, Tensors, Attributes], Baseline]] = {
    f"torch {engine}": _factory(engine) for engine in _exact_engines()
}
