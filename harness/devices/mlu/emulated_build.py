"""Builds BANG C sources with the emulation headers for the tests beside this file, as the build stage does."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import tvm_ffi

DEVICE = Path(__file__).resolve().parent
PROGRAMS = DEVICE / "test_programs"
SUBMISSION = DEVICE.parents[2] / "vendors" / "cambricon" / "mlu_conv2d_nhwc_int8" / "conv2d.mlu"
TVM_FFI = Path(tvm_ffi.__file__).resolve().parent

_LAUNCH = re.compile(r"(\w+)\s*<<<(.*?)>>>\s*\((.*?)\);", re.DOTALL)
_folder = TemporaryDirectory(prefix="openxpu-mlu-")


def compiler(*arguments: str) -> subprocess.CompletedProcess[str]:
    """g++ with the flags every source gets; warnings are errors."""
    flags = ["-std=c++20", "-O1", "-fPIC", "-Wall", "-Wextra", "-Werror", "-x", "c++"]
    paths = ["-isystem", str(TVM_FFI / "include"), "-I", str(DEVICE / "include"), "-include", "bang.h"]
    command = ["g++", *flags, *paths, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)


def rewritten(source: Path) -> Path:
    """The source with its launches rewritten, in the scratch folder; line numbers stay."""
    text = _LAUNCH.sub(r"OPENXPU_LAUNCH(\1, (\2), (\3));", source.read_text(encoding="utf-8"))
    target = Path(_folder.name) / source.name
    target.write_text(text, encoding="utf-8")
    return target


@cache
def build(source: Path, *flags: str) -> Path:
    """The shared library of one source; raises with the compiler's text."""
    out = Path(_folder.name) / f"{source.stem}{abs(hash(flags))}.so"
    link = ["-shared", "-o", str(out), "-L", str(TVM_FFI / "lib"), "-Wl,-rpath," + str(TVM_FFI / "lib")]
    done = compiler(*flags, str(rewritten(source)), *link, "-x", "none", "-ltvm_ffi")
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return out


@cache
def load(source: Path, *flags: str) -> tvm_ffi.Module:
    """The loaded library of one source."""
    return tvm_ffi.load_module(str(build(source, *flags)))


def program(name: str, *flags: str) -> tvm_ffi.Module:
    """A program of test_programs/."""
    return load(PROGRAMS / name, *flags)
