"""Many small models in one call: the official ONNX node tests, whose shapes, strings and sequences fit no signature.

The kernel has one input and one output of bytes. Both begin with the place and the length of a JSON text, 8 bytes each,
little-endian. A value in the text is {"type", "shape", "at": [offset, bytes]} in the layout of raw_data,
{"strings", "shape"}, {"items"} for a sequence, or null for an optional that holds nothing; offsets count from the
tensor's first byte.
In: {"cases": [{"model": [offset, bytes], "inputs": [[name, value], ...]}]}.
Out: {"cases": [{"outputs": [value, ...], "ns"} | {"failed": "load" | "run" | "answer", "kind", "message"}]}.
"""

from __future__ import annotations

import ctypes
import json
import time
from typing import Any

import numpy as np
import onnxruntime as ort
from child import Child

# Of TensorProto.DataType, those that numpy has; others go by address.
NUMPY_TYPES = {
    1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_,
    10: np.float16, 11: np.float64, 12: np.uint32, 13: np.uint64, 14: np.complex64, 15: np.complex128,
}  # fmt: skip
ONNX_TYPES = {np.dtype(dtype): code for code, dtype in NUMPY_TYPES.items()}
BITS = {16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2, 27: 6, 28: 6}
STRING = 8
ALIGN = 64
MESSAGE_CHARACTERS = 600
# Room that is kept for one more short text.
RESERVED = 1024

OPTIMIZATION = {
    "none": ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
}


def batch_options(optimization: str) -> ort.SessionOptions:
    """One thread, no arena: a session lives for one run."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = OPTIMIZATION[optimization]
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 4
    return options


class Answer:
    """The output tensor while it is filled: values first, the text behind them."""

    def __init__(self, address: int, size: int) -> None:
        self._address = address
        self._size = size
        self._used = ALIGN
        self._texts: list[bytes] = []
        # Bytes that the texts so far will take, and the brackets around them.
        self._text = 32

    def blob(self, source: int, size: int) -> list[int]:
        """Copies bytes, gives where they lie."""
        offset = self._used
        if offset + size + self._text + RESERVED > self._size:
            raise MemoryError(f"the outputs are larger than the {self._size} bytes of a batch")
        ctypes.memmove(self._address + offset, source, size)
        self._used = (offset + size + ALIGN - 1) // ALIGN * ALIGN
        return [offset, size]

    def add(self, result: dict[str, Any]) -> None:
        """Notes what one case gave; a text that is too long is replaced by the news of that."""
        text = json.dumps(result, separators=(",", ":")).encode()
        if self._used + self._text + len(text) + RESERVED > self._size:
            message = f"the text of its outputs has {len(text)} bytes"
            text = json.dumps({"failed": "answer", "kind": "MemoryError", "message": message}).encode()
        self._texts.append(text)
        self._text += len(text) + 1

    def finish(self) -> None:
        """Writes the text and where it is."""
        text = b'{"cases":[' + b",".join(self._texts) + b"]}"
        ctypes.memmove(self._address + self._used, text, len(text))
        ctypes.memmove(self._address, self._used.to_bytes(8, "little") + len(text).to_bytes(8, "little"), 16)


def size_of(code: int, shape: list[int]) -> int:
    """Bytes of a tensor in the layout of raw_data."""
    count = 1
    for extent in shape:
        count *= extent
    bits = BITS[code] if code in BITS else 8 * np.dtype(NUMPY_TYPES[code]).itemsize
    return (count * bits + 7) // 8


def array_value(array: Any, answer: Answer) -> dict[str, Any]:
    """A numpy array, as `run` returns it."""
    if array.dtype == object or array.dtype.kind in "US":
        return {"strings": [str(text) for text in array.ravel()], "shape": list(array.shape)}
    dense = np.ascontiguousarray(array)
    code = ONNX_TYPES[dense.dtype]
    return {"type": code, "shape": list(array.shape), "at": answer.blob(dense.ctypes.data, dense.nbytes)}


def python_value(value: Any, answer: Answer) -> dict[str, Any] | None:
    """What `run` returns: arrays, lists of them, None."""
    if value is None:
        return None
    if isinstance(value, list):
        return {"items": [python_value(item, answer) for item in value]}
    return array_value(np.asarray(value), answer)


def bound_value(value: ort.OrtValue, answer: Answer) -> dict[str, Any]:
    """A tensor that the session made, by its address."""
    code = value.element_type()
    if code == STRING:
        return array_value(value.numpy(), answer)
    shape = list(value.shape())
    return {"type": code, "shape": shape, "at": answer.blob(value.data_ptr(), size_of(code, shape))}


class BatchKernel:
    """Runs every case of the input in turn. Which one is printed, so that the judge knows it when the process dies."""

    def __init__(self, child: Child) -> None:
        cases, self._answers = child.signatures[0].tensors
        self._address = cases.address
        self._options = batch_options(child.program["batch"]["optimization"])

    def prepare(self) -> None:
        """The cases are there only when the run begins."""

    def collect(self) -> None:
        """Everything was written."""

    def run(self) -> None:
        """Loads and runs each model."""
        place, length = (int.from_bytes(ctypes.string_at(self._address + at, 8), "little") for at in (0, 8))
        answer = Answer(self._answers.address, self._answers.bytes)
        for index, case in enumerate(json.loads(ctypes.string_at(self._address + place, length))["cases"]):
            print(f"case {index}")
            answer.add(self._one(case, answer))
        answer.finish()

    def _one(self, case: dict[str, Any], answer: Answer) -> dict[str, Any]:
        phase = "load"
        try:
            offset, size = case["model"]
            model = ctypes.string_at(self._address + offset, size)
            session = ort.InferenceSession(model, self._options, providers=["CPUExecutionProvider"])
            phase = "run"
            start = time.perf_counter_ns()
            values: list[Any] = self._values(session, case["inputs"])
            elapsed = time.perf_counter_ns() - start
            phase = "answer"
            make = bound_value if values and isinstance(values[0], ort.OrtValue) else python_value
            return {"outputs": [make(value, answer) for value in values], "ns": elapsed}
        except Exception as error:
            return {"failed": phase, "kind": type(error).__name__, "message": str(error)[:MESSAGE_CHARACTERS]}

    def _values(self, session: ort.InferenceSession, inputs: list[Any]) -> list[Any]:
        """Outputs of one run: bound by address where every value is a tensor of numbers, else as Python values."""
        outputs = session.get_outputs()
        plain = all(value is not None and "at" in value for _, value in inputs)
        if not plain or not all(output.type.startswith("tensor(") for output in outputs):
            return session.run(None, {name: self._python(value) for name, value in inputs})
        binding = session.io_binding()
        for name, value in inputs:
            # An empty tensor's offset may be the end of the memory; any address will do.
            binding.bind_input(name, "cpu", 0, value["type"], value["shape"], self._address + value["at"][0])
        for output in outputs:
            binding.bind_output(output.name, "cpu")
        session.run_with_iobinding(binding)
        return binding.get_outputs()

    def _python(self, value: dict[str, Any] | None) -> Any:
        if value is None:
            return None
        if "items" in value:
            return [self._python(item) for item in value["items"]]
        if "strings" in value:
            return np.array(value["strings"], dtype=object).reshape(value["shape"])
        if value["type"] not in NUMPY_TYPES:
            raise NotImplementedError(f"numpy has no element type {value['type']}, and this value is not bound")
        raw = ctypes.string_at(self._address + value["at"][0], value["at"][1])
        return np.frombuffer(raw, dtype=NUMPY_TYPES[value["type"]]).reshape(value["shape"])
