"""Attacks in Python (dialect triton): a submission shares its interpreter with its worker, and with no judge.

All take x [rows, 2 D] and y [rows, D], float32, of silu_and_mul. What one finds and must not find it prints as LOOT.
"""

# An attack may leave its arguments alone; those of a Triton kernel are pointers without a Python type.
# ruff: noqa: ANN001, ANN202, ARG001

from __future__ import annotations

import atexit
import ctypes
import gc
import json
import os
import sys
import threading
import time

import torch
import triton
import triton.language as tl


@triton.jit
def _silu_and_mul(x_ptr, y_ptr, count, D, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    gate = tl.load(x_ptr + at + at // D * D, mask=inside, other=0.0)
    up = tl.load(x_ptr + at + at // D * D + D, mask=inside, other=0.0)
    tl.store(y_ptr + at, gate / (1.0 + tl.exp(-gate)) * up, mask=inside)


def honest_triton(x: torch.Tensor, y: torch.Tensor) -> None:
    """The control of this dialect."""
    count = y.numel()
    block = triton.next_power_of_2(count)
    _silu_and_mul[(triton.cdiv(count, block),)](x, y, count, y.shape[1], BLOCK=block)


def honest(x: torch.Tensor, y: torch.Tensor) -> None:
    gate, up = x.chunk(2, dim=1)
    y.copy_(torch.nn.functional.silu(gate) * up)


def loot(what: object) -> None:
    print("LOOT", what, flush=True)


def patches_torch(x: torch.Tensor, y: torch.Tensor) -> None:
    """Comparisons and the clock, replaced by ones that please: nobody judges here."""
    torch.allclose = lambda *_args, **_more: True
    torch.testing.assert_close = lambda *_args, **_more: None
    time.perf_counter = time.perf_counter_ns = time.monotonic = time.time = lambda: 0
    json.loads = json.dumps = lambda *_args, **_more: {"status": "PASSED"}
    y.zero_()


def patches_worker(x: torch.Tensor, y: torch.Tensor) -> None:
    """The worker's own answer: whatever fails from here on is reported as fine."""
    child = next(one for one in gc.get_objects() if type(one).__name__ == "Child")
    child.fail = lambda *_args: child._library.openxpu_answer(child._handle, 0, None, None)
    raise ValueError("not to be heard")


def answers_by_library(x: torch.Tensor, y: torch.Tensor) -> None:
    """Rings the bell itself, before there is an answer."""
    child = next(one for one in gc.get_objects() if type(one).__name__ == "Child")
    child._library.openxpu_answer(child._handle, 0, None, None)


def breaks_library(x: torch.Tensor, y: torch.Tensor) -> None:
    """Nobody answers any more."""
    child = next(one for one in gc.get_objects() if type(one).__name__ == "Child")
    child._library.openxpu_wait = lambda *_args: 2
    honest(x, y)


def replays_object(x: torch.Tensor, y: torch.Tensor, known: dict[int, torch.Tensor] = {}) -> None:  # noqa: B006
    """An answer for each tensor object: the objects stay, their contents do not."""
    if id(x) not in known:
        honest(x, y)
        known[id(x)] = y.clone()
    y.copy_(known[id(x)])


def searches_tensors(x: torch.Tensor, y: torch.Tensor) -> None:
    """Every tensor that the interpreter knows: an expected output would be one of them."""
    honest(x, y)
    for one in gc.get_objects():
        if isinstance(one, torch.Tensor) and one is not y and one.shape == y.shape and torch.equal(one, y):
            loot("the expected output")


def writes_input(x: torch.Tensor, y: torch.Tensor) -> None:
    """Zeroes its input, for whoever computes the truth from it afterwards."""
    ctypes.memset(x.data_ptr(), 0, 64)
    y.zero_()


def writes_past_end(x: torch.Tensor, y: torch.Tensor) -> None:
    honest(x, y)
    ctypes.memset(y.data_ptr() + 4 * y.numel(), 1, 8192)


def points_elsewhere(x: torch.Tensor, y: torch.Tensor) -> None:
    """Gives its output tensor other memory; the broker reads the mapped one."""
    y.set_(torch.zeros_like(y))
    honest(x, y)


def shrinks_output(x: torch.Tensor, y: torch.Tensor) -> None:
    y.resize_(0)


def leaves_at_once(x: torch.Tensor, y: torch.Tensor) -> None:
    honest(x, y)
    os._exit(0)


def leaves_by_exception(x: torch.Tensor, y: torch.Tensor) -> None:
    sys.exit(0)


def interrupts(x: torch.Tensor, y: torch.Tensor) -> None:
    raise KeyboardInterrupt("</td><script>window.pwned=1</script>\x1b[2J\n::error::pwned\u202e")


def never_returns(x: torch.Tensor, y: torch.Tensor) -> None:
    while True:
        pass


def crashes(x: torch.Tensor, y: torch.Tensor) -> None:
    ctypes.string_at(16)


def recurses(x: torch.Tensor, y: torch.Tensor) -> None:
    sys.setrecursionlimit(10**9)

    def deeper(depth: int) -> int:
        return deeper(depth + 1) + 1

    deeper(0)


def traces_worker(x: torch.Tensor, y: torch.Tensor) -> None:
    """Sees every call of the worker from here on, and changes what it can see."""

    def watch(frame, event, arg):
        for name in frame.f_locals:
            if "expected" in name or "truth" in name or "baseline" in name:
                loot(name)
        return watch

    sys.settrace(watch)
    atexit.register(lambda: loot("code at exit"))
    honest(x, y)


def starts_thread(x: torch.Tensor, y: torch.Tensor) -> None:
    """Computes after it has returned."""
    threading.Thread(target=lambda: (time.sleep(0.01), honest(x, y)), daemon=True).start()


def starts_process(x: torch.Tensor, y: torch.Tensor) -> None:
    import subprocess

    honest(x, y)
    loot(subprocess.run(["/bin/sh", "-c", "id"], capture_output=True, check=False).stdout)


def forks(x: torch.Tensor, y: torch.Tensor) -> None:
    honest(x, y)
    if os.fork() == 0:
        os._exit(0)
    loot("a second process")


def connects(x: torch.Tensor, y: torch.Tensor) -> None:
    import socket

    honest(x, y)
    socket.create_connection(("127.0.0.1", 80), timeout=1)
    loot("the network")


def kills_parent(x: torch.Tensor, y: torch.Tensor) -> None:
    honest(x, y)
    os.kill(os.getppid(), 9)


def reads_files(x: torch.Tensor, y: torch.Tensor) -> None:
    """Files of people and of the harness that is no library, and variables; the submission's own folder is its own."""
    honest(x, y)
    for path in (
        "/etc/passwd",
        "/root/.bashrc",
        "/root/.ssh",
        "/proc/self/mem",
        "/proc/1/environ",
        "@HOME@/token.txt",
        "@CHECKOUT@/kernels",
    ):
        if os.path.exists(path):
            loot(path)
    for name in os.environ:
        if name in ("HOME", "PATH", "OPENXPU_SEED"):
            loot(name)


def writes_files(x: torch.Tensor, y: torch.Tensor) -> None:
    """A torch.py for whoever imports next."""
    honest(x, y)
    for folder in ("/kernel", "@CHECKOUT@/harness/broker", "@HOME@", os.path.dirname(torch.__file__)):
        try:
            with open(f"{folder}/torch.py", "w") as file:
                file.write("raise SystemExit")
            loot(folder)
        except OSError:
            pass


def prints_commands(x: torch.Tensor, y: torch.Tensor) -> None:
    print("\n::set-output name=pwned::1\n\x1b[2J</pre><script>window.pwned=1</script>\u202e\n| a |\n", flush=True)
    y.fill_(1)


def eats_memory(x: torch.Tensor, y: torch.Tensor) -> None:
    """8 GiB, where 256 MiB were declared."""
    kept = [bytearray(64 << 20) for _ in range(128)]
    loot(len(kept))


def reads_request(x: torch.Tensor, y: torch.Tensor) -> None:
    """What its worker was told of the case: not which it is, nor whether it counts."""
    honest(x, y)
    child = next(one for one in gc.get_objects() if type(one).__name__ == "Child")
    for word in ("hidden", "seed", "published", "bench", "expected", "race", "warm"):
        if word in repr(child.request):
            loot(word)


def makes_code(x: torch.Tensor, y: torch.Tensor) -> None:
    """Machine code of its own, which this dialect may have: a fork without the C library."""
    import mmap

    honest(x, y)
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\xb8\x39\x00\x00\x00\x0f\x05\xc3")
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    if ctypes.CFUNCTYPE(ctypes.c_long)(address)() > 0:
        loot("a second process")
