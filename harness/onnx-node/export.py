"""Writes the official ONNX node tests as one tar file, in the layout of onnx's own test data.

Usage: export.py <file>. `<case>/model.onnx` and `<case>/test_data_set_0/{input,output}_<n>.pb`: TensorProto,
SequenceProto or OptionalProto by the type of the graph's input or output. The pinned onnx package builds the cases in
process, seeded; their expected outputs are computed by numpy, so its arithmetic is fixed first: no instruction sets
above the baseline, one kind of BLAS kernel. OPENXPU_ARITHMETIC=native leaves both to the processor.
"""

from __future__ import annotations

import io
import os
import sys
import tarfile
import warnings
from pathlib import Path
from typing import Any

FIXED = "OPENXPU_ARITHMETIC"


def fix_arithmetic() -> None:
    """Starts this program again with the arithmetic of the oldest processor that numpy runs on; returns in that one."""
    if os.environ.get(FIXED):
        return
    from numpy._core._multiarray_umath import __cpu_dispatch__

    core = {"x86_64": "Nehalem", "aarch64": "ARMV8"}.get(os.uname().machine, "")
    environment = {
        **os.environ,
        FIXED: "baseline",
        "NPY_DISABLE_CPU_FEATURES": " ".join(__cpu_dispatch__),
        "OPENBLAS_CORETYPE": core,
        "OPENBLAS_NUM_THREADS": "1",
        # The C library's exp, log and others have a variant with fused multiply-add.
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F",
    }
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


def value_bytes(value: Any, kind: Any) -> bytes:
    """One input or output as its message; `kind` is its TypeProto in the graph."""
    import numpy as np
    from onnx import TensorProto, numpy_helper

    if isinstance(value, TensorProto):
        return value.SerializeToString(deterministic=True)
    if kind.HasField("sequence_type"):
        return numpy_helper.from_list(value).SerializeToString(deterministic=True)
    if kind.HasField("optional_type"):
        return numpy_helper.from_optional(value).SerializeToString(deterministic=True)
    return numpy_helper.from_array(np.asarray(value)).SerializeToString(deterministic=True)


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    """One file, with nothing in its header that changes from run to run."""
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def export(target: Path) -> int:
    """Writes the file whole or not at all; gives the number of cases."""
    from onnx.backend.test.loader import load_model_tests

    cases = sorted(load_model_tests(kind="node"), key=lambda case: case.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name}.{os.getpid()}")
    with tarfile.open(temporary, "w", format=tarfile.USTAR_FORMAT) as archive:
        for case in cases:
            # Several data sets would need several verdicts; the package has none.
            (inputs, outputs), *others = case.data_sets
            if others or case.rtol != 1e-3 or case.atol != 1e-7:
                raise ValueError(f"{case.name} is not like the others: read the runner of this onnx again")
            graph = case.model.graph
            add(archive, f"{case.name}/model.onnx", case.model.SerializeToString(deterministic=True))
            for role, values, declared in (("input", inputs, graph.input), ("output", outputs, graph.output)):
                for index, (value, info) in enumerate(zip(values, declared, strict=True)):
                    name = f"{case.name}/test_data_set_0/{role}_{index}.pb"
                    add(archive, name, value_bytes(value, info.type))
    temporary.replace(target)
    return len(cases)


def main() -> None:
    """Exports, and prints the number of cases."""
    fix_arithmetic()
    # Casts that overflow and divisions by zero are what some cases are about.
    warnings.simplefilter("ignore")
    print(export(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
