"""Triton worker: a Python file whose function launches Triton kernels, here in Triton's interpreter on CPU tensors."""

from __future__ import annotations

import os
import sys
from typing import Any

# Chooses the interpreter; read at import and again wherever a kernel is decorated.
os.environ["TRITON_INTERPRET"] = "1"

import torch
import triton
import triton.language as tl
from child import Child, Kernel

# The launcher calls torch, which generates machine code.
JIT = True


@triton.jit
def _warm_kernel(x, y, count, block: tl.constexpr):  # noqa: ANN001, ANN202  # type: ignore[no-untyped-def]
    offsets = tl.program_id(0) * block + tl.arange(0, block)
    mask = offsets < count
    value = tl.load(x + offsets, mask=mask, other=0.0)
    square = tl.dot(tl.zeros((16, 16), tl.float32), tl.zeros((16, 16), tl.float32))
    tl.store(y + offsets, tl.exp(value) + tl.sum(tl.max(square, 1), 0), mask=mask)


def version() -> str:
    """Version of Triton."""
    return str(triton.__version__)


def converts(_program: dict[str, Any]) -> bool:
    """The launcher does everything in the run phase."""
    return False


def warm() -> None:
    """One launch: the interpreter patches the language on its first."""
    x, y = torch.zeros(8), torch.zeros(8)
    _warm_kernel[(1,)](x, y, 8, block=16)


def load(child: Child) -> list[Kernel]:
    """The launcher that the program names, called like a torch kernel."""
    os.environ["TRITON_INTERPRET"] = "1"
    kernels: list[Kernel] = sys.modules["openxpu_torch"].load_function(child)
    return kernels
