"""ONNX Runtime worker: up to three models of which only `run` is timed, bound to the mapped memory by name."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from typing import Any

import onnxruntime as ort
from child import Child, Kernel, Signature, Tensor

# This file is loaded by its path; the one beside it is found by name.
sys.path.append(str(Path(__file__).resolve().parent))
from batch import BatchKernel

# The CPU provider has no code generator.
JIT = False

# onnx.TensorProto.DataType, from onnx.proto of ONNX 1.18.
ELEMENT_TYPES = {
    "float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "bool": 9, "float16": 10,
    "float64": 11, "uint32": 12, "uint64": 13, "bfloat16": 16, "float8_e4m3fn": 17, "float8_e4m3fnuz": 18,
    "float8_e5m2": 19, "float8_e5m2fnuz": 20, "uint4": 21, "int4": 22, "float4_e2m1fn": 23,
}  # fmt: skip

PHASES = ("prepare", "run", "collect")


def version() -> str:
    """Version of ONNX Runtime."""
    return str(ort.__version__)


def converts(program: dict[str, Any]) -> bool:
    """Models around `run` convert; a submission is one model."""
    return "models" in program and any(program["models"].get(phase) for phase in ("prepare", "collect"))


def _field(number: int, payload: bytes | int) -> bytes:
    """One protobuf field with a number and length below 128."""
    if isinstance(payload, int):
        return bytes([number << 3, payload])
    return bytes([number << 3 | 2, len(payload)]) + payload


def _identity_model() -> bytes:
    """ModelProto of y = Identity(x) on float32[1]; field numbers from onnx.proto."""
    shape = _field(2, _field(1, _field(1, 1)))
    kind = _field(2, _field(1, _field(1, 1) + shape))
    node = _field(1, _field(1, b"x") + _field(2, b"y") + _field(4, b"Identity"))
    graph = node + _field(2, b"g") + _field(11, _field(1, b"x") + kind) + _field(12, _field(1, b"y") + kind)
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 17))


def _options(threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    return options


def warm() -> None:
    """One session and one bound run."""
    session = ort.InferenceSession(_identity_model(), _options(1), providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    memory = (ctypes.c_float * 1)(1.0)
    binding.bind_input("x", "cpu", 0, 1, [1], ctypes.addressof(memory))
    binding.bind_output("y", "cpu")
    session.run_with_iobinding(binding)
    binding.get_outputs()[0].numpy()


class Model:
    """A session whose graph inputs and outputs are bound by name to tensors, or to values of the model before it."""

    def __init__(self, path: str, threads: int, tensors: dict[str, Tensor], last: bool) -> None:
        self._session = ort.InferenceSession(path, _options(threads), providers=["CPUExecutionProvider"])
        self._binding = self._session.io_binding()
        self._outputs = [output.name for output in self._session.get_outputs()]
        names = [item.name for item in self._session.get_inputs()]
        self._values = [name for name in names if name not in tensors or tensors[name].output]
        self._keep: list[object] = []
        for name in names:
            if name not in self._values:
                self._bind(tensors[name], output=False)
        for name in self._outputs:
            if last:
                self._bind(tensors[name], output=True)
            else:
                self._binding.bind_output(name, "cpu")

    def _bind(self, tensor: Tensor, output: bool) -> None:
        dense = 1
        for size, stride in reversed(list(zip(tensor.shape, tensor.strides, strict=True))):
            if size > 1 and stride != dense and tensor.bytes:
                raise NotImplementedError(f"ONNX Runtime binds dense tensors only (tensor {tensor.name})")
            dense *= size
        if tensor.absent or tensor.dtype not in ELEMENT_TYPES:
            raise NotImplementedError(f"tensor {tensor.name} is absent or of a dtype without an ONNX type")
        address = tensor.address
        if not address:
            # Empty: any valid address will do.
            self._keep.append(memory := ctypes.c_int64())
            address = ctypes.addressof(memory)
        bind = self._binding.bind_output if output else self._binding.bind_input
        bind(tensor.name, "cpu", 0, ELEMENT_TYPES[tensor.dtype], list(tensor.shape), address)

    def take(self, values: dict[str, ort.OrtValue]) -> None:
        """Binds the values of the models before this one."""
        for name in self._values:
            self._binding.bind_ortvalue_input(name, values[name])

    def run(self) -> None:
        """Runs the graph."""
        self._session.run_with_iobinding(self._binding)

    def give(self, values: dict[str, ort.OrtValue]) -> None:
        """Adds this model's outputs to `values`."""
        values.update(zip(self._outputs, self._binding.get_outputs(), strict=True))


class ModelKernel:
    """The models of one op, each in its phase; values between them go by reference."""

    def __init__(self, models: dict[str, Model]) -> None:
        self._models = models
        self._values: dict[str, ort.OrtValue] = {}

    def prepare(self) -> None:
        """Runs the prepare model and hands its values to `run`, which then only computes."""
        self._values = {}
        if "prepare" in self._models:
            self._models["prepare"].run()
            self._models["prepare"].give(self._values)
        self._models["run"].take(self._values)

    def run(self) -> None:
        """The part that is timed."""
        self._models["run"].run()

    def collect(self) -> None:
        """Runs the collect model on the values of `run`."""
        if "collect" in self._models:
            self._models["run"].give(self._values)
            self._models["collect"].take(self._values)
            self._models["collect"].run()


def _models(paths: dict[str, str], threads: int, signature: Signature) -> ModelKernel:
    tensors = {tensor.name: tensor for tensor in signature.tensors}
    last = "collect" if "collect" in paths else "run"
    return ModelKernel({phase: Model(path, threads, tensors, phase == last) for phase, path in paths.items()})


def load(child: Child) -> list[Kernel]:
    """Sessions for the models that the program names, or a kernel that takes many models in each call."""
    if "batch" in child.program:
        return [BatchKernel(child)]
    paths = {phase: path for phase in PHASES if (path := child.program["models"].get(phase))}
    return [_models(paths, child.threads, signature) for signature in child.signatures]
