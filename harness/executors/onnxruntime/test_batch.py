"""Many models in one call, without a sandbox: what is packed comes back, and a failing case leaves the others alone."""

from __future__ import annotations

import ctypes
import json
import sys
import unittest
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from onnx import TensorProto, helper

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "broker")]

from batch import BatchKernel, size_of  # noqa: E402

ANSWER_BYTES = 16384


def model(operator: str, inputs: list[Any], outputs: list[Any], **attributes: Any) -> bytes:
    """A model of one node."""
    names = [[value.name for value in values] for values in (inputs, outputs)]
    node = helper.make_node(operator, names[0], names[1], **attributes)
    graph = helper.make_graph([node], "graph", inputs, outputs)
    opsets = [helper.make_opsetid("", 21)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()


def tensor(name: str, code: int, shape: list[int] | None) -> Any:
    """A graph input or output."""
    return helper.make_tensor_value_info(name, code, shape)


class Batch:
    """The two tensors of a child, and the kernel over them."""

    def __init__(self) -> None:
        self.memory = bytearray(64)
        self.cases: list[dict[str, Any]] = []

    def blob(self, content: bytes) -> list[int]:
        """Adds bytes, gives where they lie."""
        offset = len(self.memory)
        self.memory += content + bytes(-len(content) % 64)
        return [offset, len(content)]

    def add(self, model_bytes: bytes, **inputs: Any) -> None:
        """Adds a case; an array goes as bytes, anything else as it is."""
        values = [
            [
                name,
                {"type": helper.np_dtype_to_tensor_dtype(value.dtype), "shape": list(value.shape)}
                | {"at": self.blob(value.tobytes())}
                if isinstance(value, np.ndarray)
                else value,
            ]
            for name, value in inputs.items()
        ]
        self.cases.append({"model": self.blob(model_bytes), "inputs": values})

    def run(self, answer_bytes: int = ANSWER_BYTES) -> tuple[list[dict[str, Any]], bytes]:
        """Runs the cases, gives what was said of each and the bytes of the answers."""
        text = json.dumps({"cases": self.cases}).encode()
        head = len(self.memory).to_bytes(8, "little") + len(text).to_bytes(8, "little")
        content = head + bytes(self.memory[16:]) + text
        source = ctypes.create_string_buffer(content, len(content))
        target = ctypes.create_string_buffer(answer_bytes)
        tensors = [SimpleNamespace(address=ctypes.addressof(memory), bytes=len(memory)) for memory in (source, target)]
        signatures = [SimpleNamespace(tensors=tensors)]
        child = SimpleNamespace(signatures=signatures, program={"batch": {"optimization": "none"}})
        kernel = BatchKernel(child)  # type: ignore[arg-type]
        kernel.prepare()
        kernel.run()
        kernel.collect()
        raw = target.raw
        place, length = (int.from_bytes(raw[at : at + 8], "little") for at in (0, 8))
        return json.loads(raw[place : place + length])["cases"], raw


class BatchTest(unittest.TestCase):
    """Cases in, answers out."""

    def test_tensors_come_back_by_address_whatever_their_type(self) -> None:
        batch = Batch()
        floats = np.array([1.5, -2.0], np.float32)
        batch.add(model("Neg", [tensor("x", 1, [2])], [tensor("y", 1, [2])]), x=floats)
        cast = model("Cast", [tensor("x", 1, [2])], [tensor("y", TensorProto.INT4, [2])], to=TensorProto.INT4)
        batch.add(cast, x=np.array([3, -2], np.float32))
        (negated, packed), raw = batch.run()
        offset, size = negated["outputs"][0]["at"]
        np.testing.assert_array_equal(np.frombuffer(raw[offset : offset + size], np.float32), -floats)
        offset, size = packed["outputs"][0]["at"]
        self.assertEqual((packed["outputs"][0]["type"], raw[offset : offset + size]), (TensorProto.INT4, b"\xe3"))

    def test_strings_and_sequences_come_back_as_python_values(self) -> None:
        batch = Batch()
        strings = {"strings": ["a", "b"], "shape": [2]}
        batch.add(model("Identity", [tensor("x", 8, [2])], [tensor("y", 8, [2])]), x=strings)
        made = helper.make_tensor_sequence_value_info("y", 1, None)
        batch.add(model("SequenceConstruct", [tensor("x", 1, [2])], [made]), x=np.zeros(2, np.float32))
        (text, sequence), _ = batch.run()
        self.assertEqual(text["outputs"], [strings])
        self.assertEqual([item["shape"] for item in sequence["outputs"][0]["items"]], [[2]])

    def test_a_case_that_fails_leaves_the_others_alone(self) -> None:
        batch = Batch()
        batch.add(b"not a model", x=np.zeros(1, np.float32))
        batch.add(
            model("Add", [tensor(name, 1, [2]) for name in "ab"], [tensor("y", 1, [2])]), a=np.zeros(2, np.float32)
        )
        batch.add(model("Abs", [tensor("x", 1, [0])], [tensor("y", 1, [0])]), x=np.zeros(0, np.float32))
        (load, run, empty), _ = batch.run()
        self.assertEqual((load["failed"], load["kind"]), ("load", "InvalidProtobuf"))
        self.assertEqual(run["failed"], "run")
        self.assertEqual(empty["outputs"][0]["shape"], [0])

    def test_outputs_beyond_the_room_are_told_and_the_next_case_runs(self) -> None:
        batch = Batch()
        expand = model("Expand", [tensor("x", 1, [1]), tensor("s", 7, [1])], [tensor("y", 1, None)])
        batch.add(expand, x=np.zeros(1, np.float32), s=np.array([100_000], np.int64))
        batch.add(expand, x=np.zeros(1, np.float32), s=np.array([3], np.int64))
        (large, small), _ = batch.run()
        self.assertEqual((large["failed"], large["kind"]), ("answer", "MemoryError"))
        self.assertEqual(small["outputs"][0]["shape"], [3])

    def test_packed_types_take_whole_bytes(self) -> None:
        self.assertEqual([size_of(code, [3]) for code in (TensorProto.INT4, TensorProto.UINT2, 17, 1)], [2, 1, 3, 12])


if __name__ == "__main__":
    unittest.main()
