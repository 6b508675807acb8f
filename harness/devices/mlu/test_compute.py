"""What the vector and matrix intrinsics compute: rounding tables, element-wise operations, convolution."""

from __future__ import annotations

import math
import unittest
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import tvm_ffi
from emulated_build import program

MODES = ("rn", "rd", "tz", "oz", "up", "dn", "rm")
Array = npt.NDArray[Any]


def rounded(x: Fraction, mode: str) -> int:
    """x to an integer in the mode's documented meaning."""
    below = math.floor(x)
    half = x - below == Fraction(1, 2)
    nearest = below if x - below < Fraction(1, 2) else below + 1
    return {
        "rn": below + below % 2 if half else nearest,
        "rd": (below if x < 0 else below + 1) if half else nearest,
        "tz": math.trunc(x),
        "oz": math.ceil(x) if x > 0 else below,
        "up": math.ceil(x),
        "dn": below,
        "rm": below + 1 if half else nearest,
    }[mode]


def to_integer(x: float, fix: int, bits: int, mode: str) -> int:
    """Saturating fixed point."""
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    if math.isinf(x):
        return high if x > 0 else low
    return min(max(rounded(Fraction(x) / Fraction(2) ** fix, mode), low), high)


def to_float16(x: float, mode: str) -> float:
    """binary16 by counting units in the last place; no overflow expected."""
    if x == 0 or math.isinf(x):
        return x
    unit = Fraction(2) ** (max(math.frexp(x)[1] - 1, -14) - 10)
    return float(rounded(Fraction(x) / unit, mode) * unit)


class Rounding(unittest.TestCase):
    """Every suffix, on ties, near ties, both signs, subnormals and saturating values."""

    VALUES: ClassVar[tuple[float, ...]] = (
        *(0.0, 0.5, 1.5, 2.5, 3.5, 0.25, 0.75, 0.4999999701976776, 126.5, 127.5, 127.49999, 128.0, 300.7, 32767.5),
        *(65000.0, 1e-8, 6e-8, 2.0**-25, 1.00048828125, 1.00146484375, 1.0009, 2047.5, 2049.0, 2051.0, math.inf),
    )

    def table(self, x: Array, fix: int) -> npt.NDArray[np.float64]:
        out = np.zeros((7, 6, len(x)), np.float64)
        program("rounding.mlu").round_table(tvm_ffi.from_dlpack(out), tvm_ffi.from_dlpack(x), fix)
        return out

    def test_every_suffix_has_its_documented_meaning(self) -> None:
        x = np.array([s * v for v in self.VALUES for s in (1, -1)], np.float32)
        halves = x.astype(np.float16).astype(np.float64)
        for fix in (0, 2, -3):
            out = self.table(x, fix)
            for row, mode in enumerate(MODES):
                with self.subTest(mode=mode, fix=fix):
                    for column, bits in ((0, 8), (1, 16), (2, 32)):
                        self.assertEqual(out[row, column].tolist(), [to_integer(float(v), fix, bits, mode) for v in x])
                    self.assertEqual(out[row, 3].tolist(), [to_float16(float(v), mode) for v in x])
                    self.assertEqual(out[row, 5].tolist(), [to_integer(float(v), fix, 8, mode) for v in halves])

    def test_bfloat16_is_the_rounded_upper_half_of_a_float(self) -> None:
        x = np.random.default_rng(1).normal(0, 100, 200).astype(np.float32)
        x[:4] = [1 + 2**-8, 1 + 3 * 2**-8, -1 - 2**-8, np.nextafter(np.float32(1 + 2**-8), np.float32(2))]
        out = self.table(x, 0)[:, 4].astype(np.uint32)
        bits = x.view(np.uint32)
        nearest_even = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
        self.assertEqual(out[0].tolist(), nearest_even.tolist())
        self.assertEqual(out[2].tolist(), (bits >> 16).tolist())
        self.assertEqual(out[3].tolist(), ((bits + 0xFFFF) >> 16).tolist())

    def test_half_overflow_follows_the_direction(self) -> None:
        out = self.table(np.array([65519.0, 65520.0, -70000.0], np.float32), 0)[:, 3]
        top, inf = 65504.0, math.inf
        self.assertEqual(out[0].tolist(), [top, inf, -inf])
        self.assertEqual(out[2].tolist(), [top, top, -top])
        self.assertEqual(out[4].tolist(), [inf, inf, -top])
        self.assertEqual(out[5].tolist(), [top, top, -inf])


class Vectors(unittest.TestCase):
    """Element-wise operations in float and half, each rounded once."""

    def expected(self, x: Array, y: Array) -> list[Array]:
        t, n = x.dtype.type, len(x)
        seg = np.tile(y[:16], n // 16)
        padded = np.pad(x[:16].reshape(2, 2, 4), ((1, 1), (2, 0), (0, 0)), constant_values=9).ravel()
        sums = np.zeros(n, x.dtype)
        for start in range(0, n, 128 // x.itemsize):
            sums[start] = x[start : start + 128 // x.itemsize].astype(np.float64).sum()
        binary = [x + y, x - y, x * y, np.maximum(x, y), np.minimum(x, y)]
        scalar = [x + t(0.5), x - t(0.5), x * t(3), np.maximum(x, t(1)), np.minimum(x, t(1))]
        cycle = [x + seg, x - seg, x * seg, np.maximum(x, seg), np.minimum(x, seg)]
        unary = [x * x, np.maximum(x, t(0)), np.abs(x)]
        compare = [m.astype(x.dtype) for m in (x == y, x != y, x < y, x <= y, x > y, x >= y)]
        compare += [m.astype(x.dtype) for m in (x == 0, x != 0, x < 1, x <= 1, x > 1, x >= 1)]
        logic = [m.astype(x.dtype) for m in ((x != 0) & (y != 0), (x != 0) | (y != 0), (x != 0) ^ (y != 0), x == 0)]
        tail = [x.reshape(8, -1).T.ravel(), np.concatenate([padded, np.zeros(n - padded.size, x.dtype)]), sums]
        return binary + scalar + cycle + unary + compare + logic + tail

    def test_operations_match_numpy(self) -> None:
        rng = np.random.default_rng(2)
        for dtype in (np.float32, np.float16):
            x, y = (rng.normal(0, 2, 128).astype(dtype) for _ in range(2))
            x[::7], y[::5], y[3::11] = 0, 0, x[3::11]
            want = self.expected(x, y)
            out = np.zeros((len(want), 128), dtype)
            program("compute.mlu").run_vectors(*(tvm_ffi.from_dlpack(a) for a in (out, x, y)))
            for i, row in enumerate(want):
                with self.subTest(dtype=dtype.__name__, operation=i):
                    np.testing.assert_array_equal(out[i], row)


class Widening(unittest.TestCase):
    """Integers to floats, stored * 2^fix; and the functions and fills that only need a glance."""

    def test_widening_matches_numpy(self) -> None:
        x = np.random.default_rng(4).integers(-(2**31), 2**31, 64).astype(np.int32)
        x[:4] = [16777217, 16777219, -16777217, 2047]
        for fix in (0, 3, -5):
            out = np.zeros((11, 64), np.float32)
            program("compute.mlu").run_widen(tvm_ffi.from_dlpack(out), tvm_ffi.from_dlpack(x), fix)
            i8, i16, i32 = (x.astype(t).astype(np.float64) * 2.0**fix for t in (np.int8, np.int16, np.int32))
            with np.errstate(over="ignore"):
                h8, h16 = (v.astype(np.float16).astype(np.float64) for v in (i8, i16))
            back = np.clip(np.rint(h16 / 2.0**fix), -(2**15), 2**15 - 1)
            f = x.astype(np.float32)
            want = [
                i8,
                i16,
                i32,
                h8,
                h16,
                back,
                np.float32(1) / f,
                np.sqrt(np.abs(f)),
                0 * i8 + 1.5,
                0 * i8 + 3,
                0 * i8 - 2,
            ]
            for row, (got, expected) in enumerate(zip(out, want, strict=True)):
                with self.subTest(fix=fix, row=row):
                    np.testing.assert_array_equal(got, expected.astype(np.float32))


class Convolution(unittest.TestCase):
    """__bang_conv against the sum it stands for."""

    # Types of src, kernel and dst, in the order of the program's `form`.
    FORMS: ClassVar[tuple[tuple[type, type, type], ...]] = (
        (np.int8, np.int8, np.float32),
        (np.int16, np.int8, np.float16),
        (np.int16, np.int16, np.float32),
        (np.float16, np.float16, np.float32),
        (np.float32, np.float32, np.float32),
    )

    def run_form(
        self, form: int, shape: tuple[int, ...], reshaped: bool, biased: bool, channels: int | None = None
    ) -> tuple[Array, Array, int]:
        h, w, ci, kh, kw, co, sw, sh, dw, dh, fix, _ = shape
        s, k, d = self.FORMS[form]
        rng = np.random.default_rng(3)
        span = 8 if d is np.float16 else 100
        x: Array = rng.integers(-span, span, (h, w, ci)).astype(s)
        x[..., channels:] = x[..., channels:] * (channels is None)
        f: Array = rng.integers(-span, span, (co, kh, kw, ci)).astype(k)
        bias = rng.integers(-9, 9, co).astype(np.float32)
        out_h, out_w = (h - (kh - 1) * dh - 1) // sh + 1, (w - (kw - 1) * dw - 1) // sw + 1
        want = np.zeros((out_h, out_w, co))
        for a in range(kh):
            for b in range(kw):
                window = x[a * dh :: sh, b * dw :: sw][:out_h, :out_w]
                want += window.astype(np.float64) @ f[:, a, b].astype(np.float64).T
        want = want * 2.0**fix + (bias if biased else 0)
        out: Array = np.zeros((out_h, out_w, co), d)
        tensors = (tvm_ffi.from_dlpack(a) for a in (out, x, f, bias))
        program("compute.mlu").conv(*tensors, shape, form, reshaped, biased)
        return out, want.astype(d), int(np.count_nonzero(out != want.astype(d)))

    def test_matches_the_naive_sum(self) -> None:
        for form, (_, k, _) in enumerate(self.FORMS):
            row = 64 // np.dtype(k).itemsize
            for shape, reshaped in (
                ((5, 7, 2 * row, 3, 2, 64, 1, 2, 2, 1, 0), False),
                ((5, 7, 2 * row, 3, 2, 128, 1, 2, 2, 1, -3), True),
                ((4, 4, row, 1, 1, 128, 3, 1, 1, 1, 0), False),
            ):
                fixed = shape if np.issubdtype(k, np.integer) else (*shape[:10], 0)
                loaded = shape[2] * shape[3] * shape[4] * np.dtype(k).itemsize
                with self.subTest(form=form, reshaped=reshaped):
                    out, want, wrong = self.run_form(form, (*fixed, loaded), reshaped, form == 0)
                    self.assertEqual(wrong, 0, f"{out.ravel()[:4]} for {want.ravel()[:4]}")

    def test_the_unaligned_part_of_wram_is_uncertain(self) -> None:
        # Of a 60-byte segment the bytes 56 to 59 share 8 bytes with unwritten ones; src is 0 from 60 on, or from 56 on.
        shape = (4, 4, 64, 1, 1, 64, 1, 1, 1, 1, 0)
        self.assertEqual(self.run_form(0, (*shape, 64), False, False)[2], 0)
        self.assertEqual(self.run_form(0, (*shape, 60), False, False, 56)[2], 0)
        self.assertGreater(self.run_form(0, (*shape, 60), False, False, 60)[2], 900)


if __name__ == "__main__":
    unittest.main()
