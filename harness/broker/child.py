"""The child of a Python zygote: its request, its tensors and the doorbell, through libopenxpu_worker.so."""

from __future__ import annotations

import ctypes
import json
import os
import sys
from dataclasses import dataclass
from typing import Any, Protocol

PREPARE, RUN, COLLECT = 1, 2, 3
OK, DECLINED, RAISED, LOAD = 0, 1, 2, 3

# Bytes of the doorbell page's message field, less its terminator.
MESSAGE_BYTES = 2047

Attribute = int | bool | float | tuple[int, ...] | tuple[bool, ...] | tuple[float, ...]


class Kernel(Protocol):
    """A loaded kernel; the three phases of every call."""

    def prepare(self) -> None: ...

    def run(self) -> None: ...

    def collect(self) -> None: ...


@dataclass(frozen=True)
class Tensor:
    """An argument of the kernel in the child's memory; `address` is 0 where it has none (absent or empty)."""

    name: str
    output: bool
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]  # in elements
    bytes: int
    absent: bool
    address: int


@dataclass(frozen=True)
class Signature:
    """The arguments of one shape of call, in the order of the op."""

    tensors: list[Tensor]
    attributes: dict[str, Attribute]


def open_library(path: str) -> ctypes.PyDLL:
    """Loads the C library. PyDLL keeps the interpreter lock, which a clone in one of its calls needs."""
    library = ctypes.PyDLL(path)
    library.openxpu_report.argtypes = [ctypes.c_char_p]
    library.openxpu_report.restype = ctypes.c_bool
    library.openxpu_fork.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    library.openxpu_request.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_size_t)]
    library.openxpu_request.restype = ctypes.c_char_p
    library.openxpu_enter.argtypes = [ctypes.c_void_p, ctypes.c_bool, ctypes.c_bool]
    library.openxpu_enter.restype = None
    library.openxpu_address.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.openxpu_address.restype = ctypes.c_void_p
    library.openxpu_signature.argtypes = [ctypes.c_void_p]
    library.openxpu_answer.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p]
    library.openxpu_answer.restype = None
    library.openxpu_wait.argtypes = [ctypes.c_void_p]
    return library


def fork(library: ctypes.PyDLL) -> Child | None:
    """Serves fork requests until this process is a child, which is returned, or the broker has gone (None)."""
    python = ctypes.pythonapi
    hooks = [python.PyOS_BeforeFork, python.PyOS_AfterFork_Parent, python.PyOS_AfterFork_Child]
    addresses = [ctypes.cast(hook, ctypes.c_void_p) for hook in hooks]
    handle = ctypes.c_void_p()
    forked = 1
    while forked > 0:
        forked = library.openxpu_fork(ctypes.byref(handle), *addresses)
    return Child(library, handle) if forked == 0 else None


def _attribute(item: dict[str, Any]) -> Attribute:
    kinds: dict[str, type[int] | type[bool] | type[float]] = {"int": int, "bool": bool, "float": float}
    values = tuple(kinds[item["kind"]](value) for value in item["values"])
    return values if item["tuple"] else values[0]


class Child:
    """One child process: enter the sandbox, then look at tensors and attributes, then serve a kernel."""

    def __init__(self, library: ctypes.PyDLL, handle: ctypes.c_void_p) -> None:
        self._library = library
        self._handle = handle
        length = ctypes.c_size_t()
        self.request: dict[str, Any] = json.loads(library.openxpu_request(handle, ctypes.byref(length)))
        self.program: dict[str, Any] = self.request["program"]
        self.threads: int = self.request["sandbox"].get("threads", 1)
        self.signatures: list[Signature] = []

    def enter(self, converts: bool, jit: bool) -> None:
        """Maps the tensors and enters the sandbox; ends the process where that fails."""
        self._library.openxpu_enter(self._handle, converts, jit)
        os.environ.clear()
        os.environ.update(self.request["sandbox"].get("env", {}))
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        first = 0
        for described in [self.request, *self.request.get("others", [])]:
            tensors = [self._tensor(first + index, item) for index, item in enumerate(described["tensors"])]
            attributes = {item["name"]: _attribute(item) for item in described["attributes"]}
            self.signatures.append(Signature(tensors, attributes))
            first += len(tensors)

    def _tensor(self, index: int, item: dict[str, Any]) -> Tensor:
        shape = tuple(item.get("shape") or ())
        strides = item.get("strides")
        offset = item.get("offset", 0)
        if strides is None:
            strides = []
            step = 1
            for size in reversed(shape):
                strides.insert(0, step)
                step *= size
        return Tensor(
            name=item["name"],
            output=item["role"] == "output",
            dtype=item["dtype"],
            shape=shape,
            strides=tuple(strides),
            bytes=item.get("bytes", 0) - offset,
            absent=bool(item.get("absent")),
            address=offset + address if (address := self._library.openxpu_address(self._handle, index)) else 0,
        )

    def serve(self, kernels: list[Kernel]) -> None:
        """Answers the load, then every phase, for ever: one kernel a signature. What a phase raises is its failure."""
        phases = [{PREPARE: kernel.prepare, RUN: kernel.run, COLLECT: kernel.collect} for kernel in kernels]
        library, handle = self._library, self._handle
        wait, answer, signature = library.openxpu_wait, library.openxpu_answer, library.openxpu_signature
        answer(handle, OK, None, None)
        while True:
            asked = wait(handle)
            phase = phases[signature(handle)][asked]
            try:
                phase()
            except BaseException as error:  # a kernel may raise anything, SystemExit included
                self.fail(error, RAISED)
            else:
                answer(handle, OK, None, None)

    def fail(self, error: BaseException, outcome: int) -> None:
        """Answers with an exception; NotImplementedError declines."""
        import traceback

        traceback.print_exception(error)
        sys.stdout.flush()
        kind = type(error).__name__
        if isinstance(error, NotImplementedError):
            outcome = DECLINED
        message = str(error).encode("utf-8", "replace")[:MESSAGE_BYTES]
        self._library.openxpu_answer(self._handle, outcome, kind.encode()[:63], message.replace(b"\0", b" "))
