"""PyTorch worker: a Python file whose function, or whose named baseline, computes an op on torch tensors."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as functional
from child import Child, Kernel, Signature
from torch_tensors import arguments

# oneDNN and FBGEMM generate machine code.
JIT = True


def version() -> str:
    """Version of PyTorch."""
    return str(torch.__version__)


def converts(program: dict[str, Any]) -> bool:
    """A baseline converts its inputs and outputs around the run."""
    return "baseline" in program


def warm() -> None:
    """Runs one op of each kind: libraries look at the processor and load parts of themselves on first use."""
    torch.set_num_threads(1)
    with torch.inference_mode():
        for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
            a = torch.ones(1, 4, 8, 8, dtype=dtype)
            functional.conv2d(a, torch.ones(4, 4, 3, 3, dtype=dtype), padding=1)
            functional.linear(a, torch.ones(8, 8, dtype=dtype))
            functional.scaled_dot_product_attention(a, a, a, is_causal=True)
            torch.softmax(a, -1).sum().to(torch.float32)
        integers = torch.ones(32, 32, dtype=torch.int8)
        torch._int_mm(integers, integers)
        torch.mm(integers.int(), integers.int())
        functional.conv2d(torch.ones(1, 2, 4, 4, dtype=torch.int32), torch.ones(2, 2, 3, 3, dtype=torch.int32))
        torch.einsum("ij,jk->ik", a[0, 0].float(), a[0, 0].float()).round().clamp(-1, 1)


def load_file(path: str) -> ModuleType:
    """Imports a kernel's file under a name of its own."""
    spec = importlib.util.spec_from_file_location("openxpu_kernel", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class FunctionKernel:
    """entry(*inputs, *outputs, *attributes), destination passing, in the run phase only."""

    def __init__(self, entry: Callable[..., object], values: list[Any]) -> None:
        self._entry = entry
        self._values = values

    def prepare(self) -> None:
        """Nothing to convert: the tensors are the mapped memory."""

    def run(self) -> None:
        """Calls the kernel."""
        with torch.inference_mode():
            self._entry(*self._values)

    def collect(self) -> None:
        """Nothing to convert."""


def load_function(child: Child) -> list[Kernel]:
    """A kernel that is one function, with each signature's arguments; triton's worker uses it too."""
    entry = getattr(load_file(child.program["file"]), child.program["entry"])
    return [
        FunctionKernel(entry, [*inputs, *outputs, *signature.attributes.values()])
        for signature in child.signatures
        for inputs, outputs in [arguments(signature)]
    ]


def _baseline(make: Callable[..., Kernel], signature: Signature) -> Kernel:
    inputs, outputs = arguments(signature)
    names = [[tensor.name for tensor in signature.tensors if tensor.output is output] for output in (False, True)]
    with torch.inference_mode():
        kernel = make(
            dict(zip(names[0], inputs, strict=True)), dict(zip(names[1], outputs, strict=True)), signature.attributes
        )
    return InferenceKernel(kernel)


def load(child: Child) -> list[Kernel]:
    """The function or the baseline that the program names."""
    if child.threads > 1:
        torch.set_num_threads(child.threads)
    if "baseline" not in child.program:
        return load_function(child)
    make = load_file(child.program["file"]).BASELINES[child.program["baseline"]]
    return [_baseline(make, signature) for signature in child.signatures]


class InferenceKernel:
    """A baseline, each of whose phases runs without gradients."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def prepare(self) -> None:
        """Converts the inputs to the baseline's own form."""
        with torch.inference_mode():
            self._kernel.prepare()

    def run(self) -> None:
        """The part that is timed."""
        with torch.inference_mode():
            self._kernel.run()

    def collect(self) -> None:
        """Writes the outputs in the op's form."""
        with torch.inference_mode():
            self._kernel.collect()
