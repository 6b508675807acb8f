"""The Python workers: torch, Triton's interpreter and ONNX Runtime behind the same protocol, and their zygote."""

from __future__ import annotations

import os
import struct
import unittest
from pathlib import Path
from typing import Any

from broker_fixture import OUTPUT_AT, Broker, Reply, python_binds, scratch, tensor

KERNELS = '''
"""Kernels for the tests of the Python workers."""
import ctypes
import os
import socket
import tempfile

import torch
import triton
import triton.language as tl


sizes = []
def remembers(x, y, scale): sizes.append(x.numel()); y.fill_(scale); y[0] = sizes[0]
def add(x, y): torch.add(x, 1, out=y)
def scaled(x, y, z, count, flag, scale, pads):
    assert z is None and flag is True and isinstance(count, int) and pads == (3, 4), (z, count, flag, pads)
    torch.mul(x, scale * count, out=y)
def every_kind(x, y):
    image = torch.ones(1, 16, 16, 16)
    weight = torch.ones(16, 16, 3, 3)
    torch.nn.functional.conv2d(image, weight, padding=1)
    torch.nn.functional.conv2d(image.bfloat16(), weight.bfloat16(), padding=1)
    torch.nn.functional.scaled_dot_product_attention(image, image, image, is_causal=True)
    torch._int_mm(torch.ones(32, 32, dtype=torch.int8), torch.ones(32, 32, dtype=torch.int8))
    ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 1)()
    with tempfile.TemporaryFile() as file: file.write(b"own /tmp")
    y.copy_(torch.mm(torch.ones(16, 16), x[:, None])[:, 0])
def declines(x, y): raise NotImplementedError("only odd sizes")
def raises(x, y): raise ValueError("x" * 5000)
def leaves(x, y): raise SystemExit(3)
def exits(x, y): os._exit(3)
def seals(x, y): x.fill_(0)
def over(x, y): ctypes.memset(y.data_ptr() + 4 * y.numel(), 0, 1)
def forks(x, y): os.fork()
def connects(x, y): socket.socket()
def writes(x, y): open("/kernel/left.txt", "w")
def threads(x, y):
    import threading
    threading.Thread(target=print).start()


@triton.jit
def double_kernel(x, y, count, block: tl.constexpr):
    at = tl.arange(0, block)
    tl.store(y + at, tl.load(x + at, mask=at < count).to(tl.float32) * 2, mask=at < count)
def double(x, y): double_kernel[(1,)](x, y, x.numel(), block=16)
@triton.jit
def over_kernel(y, count, block: tl.constexpr): tl.store(y + tl.arange(0, block) + 1, 1.0)
def triton_over(x, y): over_kernel[(1,)](y, x.numel(), block=16)


class Relu:
    def __init__(self, inputs, outputs, attributes): self.x, self.y = inputs["x"], outputs["y"]
    def prepare(self): self.wide = self.x.double()
    def run(self): self.result = torch.relu(self.wide)
    def collect(self): self.y.copy_(self.result)
BASELINES = {"relu": Relu}
'''

FLOAT, BFLOAT = 1, 16  # onnx.TensorProto.DataType


def field(number: int, payload: bytes | int) -> bytes:
    """One protobuf field, lengths and values below 128."""
    tag = number << 3 | (0 if isinstance(payload, int) else 2)
    head = bytes([tag]) if tag < 128 else bytes([tag & 127 | 128, tag >> 7])
    return head + (bytes([payload]) if isinstance(payload, int) else bytes([len(payload)]) + payload)


def model(op: bytes, source: tuple[bytes, int], target: tuple[bytes, int], size: int = 16) -> bytes:
    """ModelProto of target = op(source), where a change of type makes it a Cast; field numbers from onnx.proto."""

    def value(item: tuple[bytes, int]) -> bytes:
        shape = field(2, field(1, field(1, size)))
        return field(1, item[0]) + field(2, field(1, field(1, item[1]) + shape))

    cast = field(5, field(1, b"to") + field(3, target[1]) + field(20, 2)) if op == b"Cast" else b""
    node = field(1, field(1, source[0]) + field(2, target[0]) + field(4, op) + cast)
    graph = node + field(2, b"g") + field(11, value(source)) + field(12, value(target))
    # A graph is longer than 127 bytes: its length takes two.
    return field(1, 8) + bytes([0x3A, len(graph) & 127 | 128, len(graph) >> 7]) + graph + field(8, field(2, 17))


MODELS = {
    "relu.onnx": model(b"Relu", (b"x", FLOAT), (b"y", FLOAT)),
    "copy.onnx": model(b"Identity", (b"x", BFLOAT), (b"y", BFLOAT)),
    "widen.onnx": model(b"Cast", (b"x", BFLOAT), (b"wide", FLOAT)),
    "wide_relu.onnx": model(b"Relu", (b"wide", FLOAT), (b"result", FLOAT)),
    "narrow.onnx": model(b"Cast", (b"result", FLOAT), (b"y", BFLOAT)),
}


def bfloat16(values: list[float]) -> bytes:
    """The upper halves of float32, for values that need no rounding."""
    return b"".join(struct.pack("<f", value)[2:] for value in values)


class Python(unittest.TestCase):
    broker: Broker
    report: Reply
    folder: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = scratch() / "python"
        cls.folder.mkdir(exist_ok=True)
        (cls.folder / "torch.py").write_text(KERNELS)
        for name, content in MODELS.items():
            (cls.folder / name).write_bytes(content)
        cls.broker = Broker()
        started = cls.broker.start_python()
        assert started["ok"], started
        cls.report = started["report"]

    @classmethod
    def tearDownClass(cls) -> None:
        cls.broker.quit()

    def open_program(self, program: Reply, dtype: str = "float32", item: int = 4, **more: Any) -> Reply:
        """Opens a kernel with 16 elements of x and of y."""
        tensors = [
            tensor("x", "input", 16, dtype=dtype, item=item, align=item),
            tensor("y", "output", 16, dtype=dtype, item=item, align=item),
        ]
        binds = [{"from": str(self.folder), "to": "/kernel"}, *python_binds()]
        sandbox = {"binds": binds, "env": {}, "memoryBytes": 1 << 30, "threads": 1}
        request: Reply = {"tensors": tensors, "attributes": [], "placement": "right", **more}
        reply = self.broker.ask(
            op="open", zygote="python", program=program, sandbox=sandbox, deadlineMs=20000, **request
        )
        self.assertTrue(reply["ok"], reply)
        return reply

    def run_program(self, program: Reply, values: bytes, *kind: Any, **more: Any) -> Reply:
        """Opens, calls twice, closes; the second reply, or the failure. The output's bytes are at OUTPUT_AT."""
        reply = self.open_program(program, *kind, **more)
        os.pwrite(self.broker.staging, values, 0)
        places = {"inputs": [{"index": 0, "offset": 0}], "outputs": [{"index": 1, "offset": OUTPUT_AT}]}
        child = reply["child"]
        for _ in range(2):
            if reply["state"] == "failed":
                return reply
            reply = self.broker.ask(op="call", child=child, poison="deadbeef", deadlineMs=20000, **places)
        self.assertTrue(self.broker.ask(op="close", child=child)["ok"])
        return reply

    def run_torch(self, entry: str, **more: Any) -> Reply:
        program = {"worker": "torch", "file": "/kernel/torch.py", "entry": entry}
        return self.run_program(program, struct.pack("16f", *range(16)), **more)

    def output(self) -> list[float]:
        return list(struct.unpack("16f", os.pread(self.broker.staging, 64, OUTPUT_AT)))

    def test_the_zygote_has_one_thread_and_says_its_versions(self) -> None:
        self.assertEqual(self.report["threads"], 1)
        for name in ("python", "torch", "triton", "onnxruntime"):
            self.assertRegex(self.report[name], r"^\d+\.\d+")

    def test_torch_computes_into_the_mapped_memory(self) -> None:
        self.assertEqual(self.run_torch("add")["state"], "done")
        self.assertEqual(self.output(), [float(i) + 1 for i in range(16)])
        bits = bfloat16([float(i) for i in range(16)])
        program = {"worker": "torch", "file": "/kernel/torch.py", "entry": "add"}
        self.assertEqual(self.run_program(program, bits, "bfloat16", 2)["state"], "done")
        self.assertEqual(os.pread(self.broker.staging, 32, OUTPUT_AT), bfloat16([float(i) + 1 for i in range(16)]))

    def test_every_kind_of_op_works_in_the_sandbox(self) -> None:
        reply = self.run_torch("every_kind")
        self.assertEqual(reply["state"], "done", reply)
        self.assertEqual(self.output(), [120.0] * 16)

    def test_absent_tensors_and_attributes_arrive_as_python_values(self) -> None:
        absent = {**tensor("z", "output", 0), "absent": True}
        attributes = [
            {"name": "count", "kind": "int", "tuple": False, "values": [2]},
            {"name": "flag", "kind": "bool", "tuple": False, "values": [1]},
            {"name": "scale", "kind": "float", "tuple": False, "values": [0.5]},
            {"name": "pads", "kind": "int", "tuple": True, "values": [3, 4]},
        ]
        tensors = [tensor("x", "input", 16), tensor("y", "output", 16), absent]
        reply = self.run_torch("scaled", tensors=tensors, attributes=attributes)
        self.assertEqual(reply["state"], "done", reply)
        self.assertEqual(self.output(), [float(i) for i in range(16)])

    def test_one_module_serves_each_signature_with_its_own_attributes(self) -> None:
        def attributes(scale: float) -> list[Reply]:
            return [{"name": "scale", "kind": "float", "tuple": False, "values": [scale]}]

        other = {"tensors": [tensor("x", "input", 5), tensor("y", "output", 5)], "attributes": attributes(3.0)}
        program = {"worker": "torch", "file": "/kernel/torch.py", "entry": "remembers"}
        child = self.open_program(program, attributes=attributes(2.0), others=[other])["child"]
        self.assertEqual(self.broker.call_other(child, 5, range(5)), [5.0, 3.0, 3.0, 3.0, 3.0])
        self.assertEqual(self.broker.call(child, [0.0] * 16)["state"], "done")
        self.assertEqual(self.output(), [5.0] + [2.0] * 15)
        self.broker.ask(op="close", child=child)

    def test_a_baseline_converts_in_the_phases_around_the_run(self) -> None:
        program = {"worker": "torch", "file": "/kernel/torch.py", "baseline": "relu"}
        self.assertEqual(self.run_program(program, struct.pack("16f", *range(-8, 8)))["state"], "done")
        self.assertEqual(self.output(), [float(max(i, 0)) for i in range(-8, 8)])

    def test_triton_runs_in_the_interpreter(self) -> None:
        program = {"worker": "triton", "file": "/kernel/torch.py", "entry": "double"}
        reply = self.run_program(program, struct.pack("16f", *range(16)))
        self.assertEqual(reply["state"], "done", reply)
        self.assertEqual(self.output(), [2.0 * i for i in range(16)])

    def test_onnx_runtime_binds_the_mapped_memory(self) -> None:
        program = {"worker": "onnxruntime", "models": {"run": "/kernel/relu.onnx"}}
        reply = self.run_program(program, struct.pack("16f", *range(-8, 8)))
        self.assertEqual(reply["state"], "done", reply)
        self.assertEqual(self.output(), [float(max(i, 0)) for i in range(-8, 8)])
        bits = bfloat16([float(i) for i in range(16)])
        program = {"worker": "onnxruntime", "models": {"run": "/kernel/copy.onnx"}}
        self.assertEqual(self.run_program(program, bits, "bfloat16", 2)["state"], "done")
        self.assertEqual(os.pread(self.broker.staging, 32, OUTPUT_AT), bits)

    def test_onnx_models_of_three_phases_pass_values_on(self) -> None:
        names = {"prepare": "widen", "run": "wide_relu", "collect": "narrow"}
        program = {"worker": "onnxruntime", "models": {phase: f"/kernel/{name}.onnx" for phase, name in names.items()}}
        reply = self.run_program(program, bfloat16([float(i) for i in range(-8, 8)]), "bfloat16", 2)
        self.assertEqual(reply["state"], "done", reply)
        self.assertEqual(
            os.pread(self.broker.staging, 32, OUTPUT_AT), bfloat16([float(max(i, 0)) for i in range(-8, 8)])
        )

    def test_failures_are_named(self) -> None:
        cases: list[tuple[str, Reply]] = [
            ("declines", {"kind": "declined", "message": "only odd sizes", "errorKind": "NotImplementedError"}),
            ("raises", {"kind": "raised", "message": "x" * 2047, "errorKind": "ValueError"}),
            ("leaves", {"kind": "raised", "errorKind": "SystemExit"}),
            ("exits", {"kind": "exit", "status": 3}),
            ("seals", {"kind": "fault", "tensor": {"index": 0, "name": "x", "region": "sealed", "byte": 0}}),
            ("over", {"kind": "fault", "tensor": {"index": 1, "name": "y", "region": "guard_after", "byte": 64}}),
            ("forks", {"kind": "denied", "category": "process"}),
            ("threads", {"kind": "denied", "category": "process"}),
            ("connects", {"kind": "denied", "syscall": "socket", "category": "network"}),
            ("writes", {"kind": "denied", "syscall": "openat", "category": "file"}),
            ("missing", {"kind": "load", "errorKind": "AttributeError"}),
        ]
        for entry, expected in cases:
            with self.subTest(entry=entry):
                found = self.run_torch(entry)["failure"]
                self.assertEqual(found, {**found, **expected})
        program = {"worker": "triton", "file": "/kernel/torch.py", "entry": "triton_over"}
        fault = self.run_program(program, bytes(64))["failure"]
        self.assertEqual(fault["tensor"]["region"], "guard_after")

    def test_fifty_forks_leave_the_zygote_well(self) -> None:
        for _ in range(50):
            self.assertEqual(self.run_torch("add")["state"], "done")


if __name__ == "__main__":
    unittest.main()
