"""Views of a child's tensors as torch tensors: no copies, the mapped memory itself.

int4 and uint4, which torch cannot compute with, come as the uint8 bytes that hold two of them, the first in the low
nibble: the last axis is half as long, or all bytes lie in one axis where its length is odd.
"""

from __future__ import annotations

import ctypes
from dataclasses import replace

import torch
from child import Signature, Tensor


def packed(tensor: Tensor) -> Tensor:
    """The bytes of a dense tensor of nibbles."""
    *outer, last = tensor.shape
    shape = (tensor.bytes,) if last % 2 else (*outer, last // 2)
    strides = [1]
    for size in reversed(shape[1:]):
        strides.insert(0, strides[0] * size)
    return replace(tensor, dtype="uint8", shape=shape, strides=tuple(strides))


def as_torch(tensor: Tensor) -> torch.Tensor | None:
    """A torch tensor over the mapped bytes, None for an absent one."""
    if tensor.absent:
        return None
    if tensor.dtype in ("int4", "uint4"):
        tensor = packed(tensor)
    dtype = getattr(torch, tensor.dtype, None)
    if not isinstance(dtype, torch.dtype):
        raise NotImplementedError(f"torch has no dtype {tensor.dtype} (tensor {tensor.name})")
    if tensor.bytes == 0:
        return torch.empty_strided(tensor.shape, tensor.strides, dtype=dtype)
    # A ctypes array counts as writable, so torch does not warn; a write into an input is stopped by its page.
    memory = (ctypes.c_char * tensor.bytes).from_address(tensor.address)
    return torch.frombuffer(memory, dtype=dtype).as_strided(tensor.shape, tensor.strides)


def arguments(signature: Signature) -> tuple[list[torch.Tensor | None], list[torch.Tensor | None]]:
    """Inputs and outputs in the order of the op."""
    inputs = [as_torch(tensor) for tensor in signature.tensors if not tensor.output]
    outputs = [as_torch(tensor) for tensor in signature.tensors if tensor.output]
    return inputs, outputs
