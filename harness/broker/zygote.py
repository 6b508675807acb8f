"""The Python zygote: imports torch, triton and onnxruntime once, runs one op of each kind, then only forks.

Usage: zygote.py <path of libopenxpu_worker.so>. It holds no case data; a child enters the sandbox before it reads the
submission. Everything is single-threaded, because a child of a process whose OpenMP pool has run hangs in its first op.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Before the imports: thread counts are read once. ONNX Runtime's telemetry would start a thread and use the network.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", ORT_DISABLE_TELEMETRY="1")
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import gc  # noqa: E402
import importlib.util  # noqa: E402
import json  # noqa: E402
import traceback  # noqa: E402, F401  (imported here so that a child never has to)
from types import ModuleType  # noqa: E402

import child as children  # noqa: E402

WORKERS = ("torch", "triton", "onnxruntime")


def load_worker(name: str) -> ModuleType:
    """Imports executors/<name>/worker.py; its folder has the name of the package it uses, so it is loaded by path."""
    path = HERE.parent / "executors" / name / "worker.py"
    spec = importlib.util.spec_from_file_location(f"openxpu_{name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no worker at {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def run_child(child: children.Child, workers: dict[str, ModuleType]) -> None:
    """Enters the sandbox, loads the kernel, serves it; never returns."""
    worker = workers[child.program["worker"]]
    child.enter(converts=worker.converts(child.program), jit=worker.JIT)
    try:
        kernels = worker.load(child)
    except BaseException as error:  # untrusted code runs in load
        child.fail(error, children.LOAD)
        while True:
            os.read(0, 1)  # empty input; the broker ends this process
    child.serve(kernels)


def main() -> int:
    """Warms up, reports, and forks until the broker goes."""
    library = children.open_library(sys.argv[1])
    workers = {name: load_worker(name) for name in WORKERS}
    for worker in workers.values():
        worker.warm()
    versions = {name: worker.version() for name, worker in workers.items()}
    threads = len(os.listdir("/proc/self/task"))
    report = {"python": sys.version.split()[0], "threads": threads, **versions}
    gc.collect()
    gc.freeze()
    gc.disable()
    if not library.openxpu_report(json.dumps(report).encode()):
        return 1
    child = children.fork(library)
    if child is not None:
        run_child(child, workers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
