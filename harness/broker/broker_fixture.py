"""Test fixture: builds the broker and a library of kernels once, and drives a real broker over its stdio."""

from __future__ import annotations

import importlib.util
import json
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
Reply = dict[str, Any]

# Bytes of staging; inputs go to the front, outputs to OUTPUT_AT.
STAGING_BYTES, OUTPUT_AT = 1 << 20, 1 << 19


def tvm_folder() -> Path:
    """Folder of the installed tvm_ffi package."""
    spec = importlib.util.find_spec("tvm_ffi")
    if spec is None or spec.origin is None:
        raise RuntimeError("apache-tvm-ffi is not installed in this environment")
    return Path(spec.origin).parent


@cache
def scratch() -> Path:
    """A folder that a sandboxed child may read, removed at exit."""
    folder = tempfile.TemporaryDirectory(prefix="openxpu-broker-")
    os.chmod(folder.name, 0o755)
    scratch_folders.append(folder)
    return Path(folder.name)


scratch_folders: list[tempfile.TemporaryDirectory[str]] = []


def compile_c(name: str, sources: Iterable[str | Path], flags: Iterable[str]) -> Path:
    """Runs the C compiler; any message of its is an error."""
    output = scratch() / name
    command = ["cc", *map(str, sources), *flags, "-o", str(output)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode or done.stderr:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")
    return output


@cache
def build() -> Path:
    """Folder with the broker's programs: OPENXPU_BROKER, or built here from build.json."""
    if folder := os.environ.get("OPENXPU_BROKER"):
        return Path(folder)
    for output in json.loads((HERE / "build.json").read_text())["outputs"]:
        compile_c(output["name"], output["sources"], output["flags"])
    return scratch()


@cache
def kernels(source: str = "test_kernels.c", *more: str) -> Path:
    """Test kernels as a shared library, built against the public TVM FFI header."""
    include = f"-I{tvm_folder() / 'include'}"
    flags = ["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-fPIC", "-shared", include, *more]
    return compile_c(f"{Path(source).stem}{len(more)}.so", [source], flags)


@cache
def refusing(what: str) -> tuple[str, str]:
    """Prefix of a command that is to be refused `ptrace` or `namespaces`."""
    return str(compile_c("refuse", ["test_refuse.c"], ["-D_GNU_SOURCE", "-Wall", "-Wextra"])), what


def tensor(name: str, role: str, size: int, *, align: int = 4, dtype: str = "float32", item: int = 4) -> Reply:
    """One dense tensor of rank 1."""
    shape = {"dtype": dtype, "shape": [size], "strides": [1], "bytes": size * item}
    return {"name": name, "role": role, "align": align, "absent": False, **shape}


def python_binds() -> list[Reply]:
    """What a Python child reads besides its kernel."""
    folders = [sys.prefix, sys.base_prefix, "/usr/lib", "/usr/local/lib", "/lib", "/lib64"]
    return [{"from": folder, "to": folder} for folder in dict.fromkeys(folders) if Path(folder).is_dir()]


def descendants(root: int) -> set[int]:
    """Process ids below `root`, from their parents' ids."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {root}


class Broker:
    """A running broker; each method is one request."""

    def __init__(self, prefix: Iterable[str] = (), stderr: int | None = None) -> None:
        command = [*prefix, str(build() / "openxpu-broker")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr)
        self.last_id = 0
        self.hello = self.ask(op="hello")
        path = self.ask(op="staging", bytes=STAGING_BYTES)["path"]
        self.staging = os.open(path, os.O_RDWR)

    def ask(self, **request: Any) -> Reply:
        """Sends a request and reads its reply."""
        assert self.process.stdin and self.process.stdout
        self.last_id += 1
        self.process.stdin.write(json.dumps({"id": self.last_id, **request}).encode() + b"\n")
        self.process.stdin.flush()
        reply: Reply = json.loads(self.process.stdout.readline())
        assert reply["id"] == self.last_id
        return reply

    def start_native(self) -> Reply:
        """Starts the zygote of C kernels."""
        library = tvm_folder() / "lib" / "libtvm_ffi.so"
        argv = [str(build() / "openxpu-native"), str(library)]
        return self.ask(op="zygote", name="native", argv=argv, env={}, cwd="/", deadlineMs=20000)

    def start_python(self) -> Reply:
        """Starts the zygote of Python workers."""
        argv = [sys.executable, str(HERE / "zygote.py"), str(build() / "libopenxpu_worker.so")]
        return self.ask(op="zygote", name="python", argv=argv, env={}, cwd="/", deadlineMs=90000)

    def open(self, entry: str, size: int = 16, *, placement: str = "right", align: int = 4, **more: Any) -> Reply:
        """Opens a kernel of test_kernels.c with one input x and one output y of `size` floats."""
        library = more.pop("library", None) or kernels()
        sandbox = {
            "binds": [{"from": str(library), "to": "/kernel/k.so"}],
            "env": {},
            "memoryBytes": 256 << 20,
            "threads": 1,
        }
        request: Reply = {
            "program": {"worker": "native", "artifact": "/kernel/k.so", "entry": entry},
            "tensors": [tensor("x", "input", size, align=align), tensor("y", "output", size, align=align)],
            "attributes": [],
            "sandbox": {**sandbox, **more.pop("sandbox", {})},
        }
        return self.ask(op="open", zygote="native", placement=placement, deadlineMs=5000, **{**request, **more})

    def call(
        self, child: int, values: Iterable[float] = (), *, poison: str = "deadbeef", deadline: int = 5000
    ) -> Reply:
        """Calls with `values` as x; y goes to OUTPUT_AT."""
        packed = list(values)
        os.pwrite(self.staging, struct.pack(f"{len(packed)}f", *packed), 0)
        inputs = [{"index": 0, "offset": 0}] if packed else []
        outputs = [{"index": 1, "offset": OUTPUT_AT}]
        return self.ask(op="call", child=child, inputs=inputs, outputs=outputs, poison=poison, deadlineMs=deadline)

    def call_other(self, child: int, size: int, values: Iterable[float]) -> list[float]:
        """Calls a child's second signature, whose tensors are its third and fourth; the floats of its y."""
        packed = list(values)
        os.pwrite(self.staging, struct.pack(f"{len(packed)}f", *packed), 0)
        inputs, outputs = [{"index": 2, "offset": 0}], [{"index": 3, "offset": OUTPUT_AT}]
        places: Reply = {"inputs": inputs, "outputs": outputs, "signature": 1, "poison": "deadbeef"}
        reply = self.ask(op="call", child=child, deadlineMs=5000, **places)
        assert reply.get("state") == "done", reply
        return self.output(size)

    def output(self, size: int = 16) -> list[float]:
        """The floats of y after a call."""
        return list(struct.unpack(f"{size}f", os.pread(self.staging, 4 * size, OUTPUT_AT)))

    def run(self, entry: str, **more: Any) -> Reply:
        """Opens, calls once with x = 1, 2, ... and closes; the reply of the call, or of an open that failed."""
        size = more.get("size", 16)
        deadline = more.pop("deadline", 5000)
        opened = self.open(entry, **more)
        if opened.get("state") != "ready":
            return opened
        reply = self.call(opened["child"], range(1, size + 1), deadline=deadline)
        if reply.get("state") == "done":
            self.ask(op="close", child=opened["child"])
        return reply

    def quit(self) -> None:
        """Ends the broker in order."""
        self.ask(op="quit")
        self.process.communicate()
        os.close(self.staging)
