"""Views of a child's tensors as torch tensors: no copies, the mapped memory itself."""

from __future__ import annotations

import ctypes

import torch
from child import Child, Tensor


def as_torch(tensor: Tensor) -> torch.Tensor | None:
    """A torch tensor over the mapped bytes, None for an absent one."""
    if tensor.absent:
        return None
    dtype = getattr(torch, tensor.dtype, None)
    if not isinstance(dtype, torch.dtype):
        raise NotImplementedError(f"torch has no dtype {tensor.dtype} (tensor {tensor.name})")
    if tensor.bytes == 0:
        return torch.empty_strided(tensor.shape, tensor.strides, dtype=dtype)
    # A ctypes array counts as writable, so torch does not warn; a write into an input is stopped by its page.
    memory = (ctypes.c_char * tensor.bytes).from_address(tensor.address)
    return torch.frombuffer(memory, dtype=dtype).as_strided(tensor.shape, tensor.strides)


def arguments(child: Child) -> tuple[list[torch.Tensor | None], list[torch.Tensor | None]]:
    """Inputs and outputs in the order of the op."""
    inputs = [as_torch(tensor) for tensor in child.tensors if not tensor.output]
    outputs = [as_torch(tensor) for tensor in child.tensors if tensor.output]
    return inputs, outputs
