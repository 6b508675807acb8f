"""The submission vendors/cambricon/mlu_conv2d_nhwc_int8 in emulation: exact integer sums and the judge's rule."""

from __future__ import annotations

import time
import unittest
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import tvm_ffi
from emulated_build import SUBMISSION, load

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Case:
    """Sizes and attributes of one qlinear_conv2d."""

    n: int
    h: int
    w: int
    cin: int
    cout: int
    kh: int
    kw: int
    strides: tuple[int, int] = (1, 1)
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilations: tuple[int, int] = (1, 1)

    @property
    def out(self) -> tuple[int, int]:
        rows = self.h + self.pads[0] + self.pads[2] - self.dilations[0] * (self.kh - 1) - 1
        columns = self.w + self.pads[1] + self.pads[3] - self.dilations[1] * (self.kw - 1) - 1
        return rows // self.strides[0] + 1, columns // self.strides[1] + 1


@dataclass
class Inputs:
    """The op's inputs; scales are positive, bias may be absent."""

    x: npt.NDArray[np.int8]
    w: npt.NDArray[np.int8]
    w_scale: npt.NDArray[np.float32]
    bias: npt.NDArray[np.int32] | None
    x_scale: float
    y_scale: float
    x_zero: int
    y_zero: int


def totals(c: Case, i: Inputs) -> Ints:
    """sum (x - x_zero) * w + bias, exactly: every product sum is an integer below 2^53."""
    top, left, bottom, right = c.pads
    x = np.pad(i.x.astype(np.float64) - i.x_zero, ((0, 0), (top, bottom), (left, right), (0, 0)))
    rows, columns = c.out
    acc = np.zeros((c.n, rows, columns, c.cout))
    for a in range(c.kh):
        for b in range(c.kw):
            y0, x0 = a * c.dilations[0], b * c.dilations[1]
            acc += x[:, y0 :: c.strides[0], x0 :: c.strides[1]][:, :rows, :columns] @ i.w[:, a, b].astype(np.float64).T
    return acc.astype(np.int64) + (0 if i.bias is None else i.bias.astype(np.int64))


def run(c: Case, i: Inputs, groups: int = 1) -> npt.NDArray[np.int8]:
    """The kernel's y."""
    y = np.full((c.n, *c.out, c.cout), 77, np.int8)
    scalars = [
        np.array(v, t)
        for v, t in ((i.x_scale, np.float32), (i.x_zero, np.int8), (i.y_scale, np.float32), (i.y_zero, np.int8))
    ]
    arrays = [i.x, scalars[0], scalars[1], i.w, i.w_scale, i.bias, scalars[2], scalars[3], y]
    tensors = [None if a is None else tvm_ffi.from_dlpack(a) for a in arrays]
    load(SUBMISSION).mlu_conv2d_nhwc_int8(*tensors, c.strides, c.pads, c.dilations, groups)
    return y


def mismatches(y: npt.NDArray[np.int8], total: Ints, i: Inputs, exact: bool) -> int:
    """Elements outside the judge's interval [R(t - d), R(t + d)]; d = 4 * 2^-24 |t|, or 0 where exact."""
    t = total * (float(np.float32(i.x_scale)) * i.w_scale.astype(np.float64) / float(np.float32(i.y_scale)))
    d = 0.0 if exact else 4 * 2.0**-24 * np.abs(t)
    low, high = (np.clip(np.rint(v) + i.y_zero, -128, 127) for v in (t - d, t + d))
    return int(np.count_nonzero((y < low) | (y > high)))


def draw(
    rng: np.random.Generator, c: Case, exact: bool, biased: bool = True, extreme: bool = False, span: int = 128
) -> Inputs:
    """Random tensors whose y covers the int8 range; scales are powers of two where exact; a small span gives ties."""
    x = rng.integers(-span, span, (c.n, c.h, c.w, c.cin), dtype=np.int8)
    w = rng.integers(-span, span, (c.cout, c.kh, c.kw, c.cin), dtype=np.int8)
    if extreme:
        x[:] = -128
        w[:] = rng.choice([-128, 127], (c.cout, 1, 1, 1))
    x_zero, y_zero = (int(v) for v in rng.integers(-128, 128, 2))
    bias = rng.integers(-(span**2) // 2, span**2 // 2, c.cout).astype(np.int32) if biased else None
    i = Inputs(
        x,
        w,
        np.ones(c.cout, np.float32),
        bias,
        2.0**-6 if exact else 0.0173,
        2.0**-3 if exact else 0.31,
        x_zero,
        y_zero,
    )
    target = i.y_scale / i.x_scale * 128 / (np.abs(totals(c, i)).max() + 1)
    if exact:
        i.w_scale = (2.0 ** (rng.integers(-2, 2, c.cout) + np.floor(np.log2(target)))).astype(np.float32)
    else:
        i.w_scale = (target * rng.uniform(0.3, 3, c.cout)).astype(np.float32)
    return i


def random_case(rng: np.random.Generator) -> Case:
    """Cin and Cout from 1 to 130, filters to 5 x 5, strides to 3, dilations to 2, uneven pads."""
    while True:
        n, h, w, cin, cout = (int(rng.integers(1, top)) for top in (3, 16, 16, 131, 131))
        kh, kw = (int(v) for v in rng.integers(1, 6, 2))
        strides, dilations = ((int(a), int(b)) for a, b in (rng.integers(1, 4, 2), rng.integers(1, 3, 2)))
        top, left, bottom, right = (int(v) for v in rng.integers(0, 4, 4))
        case = Case(n, h, w, cin, cout, kh, kw, strides, (top, left, bottom, right), dilations)
        if min(case.out) >= 1:
            return case


class Submission(unittest.TestCase):
    """Within the judge's interval everywhere; exact where all scales are powers of two."""

    def check(self, c: Case, i: Inputs, exact: bool) -> npt.NDArray[np.int8]:
        y = run(c, i)
        self.assertEqual(mismatches(y, totals(c, i), i, exact), 0, str(c))
        return y

    def test_random_shapes(self) -> None:
        rng = np.random.default_rng(20)
        ties = 0
        for k in range(36):
            c, exact = random_case(rng), k % 2 == 0
            with self.subTest(case=c, exact=exact):
                i = draw(rng, c, exact, biased=k % 3 != 0, extreme=k % 7 == 6, span=4 if k % 4 == 0 else 128)
                self.check(c, i, exact)
                t = totals(c, i) * (i.x_scale * i.w_scale.astype(np.float64) / i.y_scale)
                ties += int(np.count_nonzero(t - np.floor(t) == 0.5)) if exact else 0
        self.assertGreater(ties, 100)

    def test_ties_round_to_even_and_saturation_clamps(self) -> None:
        rng = np.random.default_rng(21)
        c = Case(1, 6, 6, 5, 3, 1, 1)
        i = draw(rng, c, exact=True)
        i.x_scale, i.y_scale, i.w_scale = 1.0, 2.0, np.ones(3, np.float32)
        i.x[:] = rng.integers(-8, 8, i.x.shape)
        i.w[:] = rng.integers(-8, 8, i.w.shape)
        i.x_zero, i.y_zero, i.bias = 1, -3, np.array([1, 0, 400], np.int32)
        y = self.check(c, i, exact=True)
        t = totals(c, i) / 2
        even = np.clip(np.rint(t) - 3, -128, 127)
        away = np.clip(np.sign(t) * np.floor(np.abs(t) + 0.5) - 3, -128, 127)
        self.assertGreater(np.count_nonzero(even != away), 5)
        self.assertIn(127, y)

    def test_sums_beyond_2_to_24_keep_their_ties(self) -> None:
        rng = np.random.default_rng(22)
        for cin in (30, 300):
            c = Case(1, 8, 8, cin, 64, 3, 3, pads=(1, 1, 1, 1))
            i = draw(rng, c, exact=True, biased=False)
            i.x[:], i.w[:] = i.x[..., :1], i.w[:, :1, :1, :1]
            i.x_zero, i.y_zero, i.x_scale, i.y_scale, i.w_scale = 3, 0, 2.0**-9, 0.5, np.full(64, 2.0**-10, np.float32)
            # t = total / 2^18. The bias puts one total of each channel on a tie or one beside it, at 64 to 110.
            sums = totals(c, i).reshape(-1, 64)[rng.integers(0, 64, 64), np.arange(64)]
            tie = rng.integers(64, 110, 64) * rng.choice([-1, 1], 64) * 2**18 + 2**17
            i.bias = (tie + rng.integers(-1, 2, 64) - sums).astype(np.int32)
            total = totals(c, i)
            lossy = np.clip(np.rint(total.astype(np.float32) / np.float32(2**18)), -128, 127)
            self.assertGreater(mismatches(lossy.astype(np.int8), total, i, True), 5, "one float would do")
            self.check(c, i, exact=True)

    def test_shapes_that_cut_differently(self) -> None:
        rng = np.random.default_rng(23)
        for c in (
            Case(1, 3, 3, 2048, 10, 3, 3, pads=(1, 1, 1, 1)),  # filters beyond WRAM
            Case(1, 9, 9, 1100, 70, 1, 1),  # 960 channels a step
            Case(1, 12, 12, 65, 5, 15, 15, pads=(7, 7, 7, 7)),  # many calls a step
            Case(1, 30, 30, 3, 5, 7, 7, (2, 2), (9, 9, 9, 9), (4, 4)),  # windows in the padding alone
            Case(1, 2, 500, 64, 8, 2, 7, (1, 1), (0, 3, 0, 3)),  # wide rows
            Case(1, 3, 1100, 500, 5, 1, 2, dilations=(1, 1000)),  # a window so wide that the slice must shrink
            Case(1, 70, 70, 70, 5, 3, 3, (3, 3), dilations=(31, 30)),  # nearly the largest window
            Case(1, 100, 128, 3, 5, 1, 1),  # several tiles a task
            Case(1, 64, 100, 66, 5, 3, 3, pads=(1, 1, 1, 1)),  # several tiles of two slices a task
            Case(1, 1, 1, 1, 1, 1, 1),
        ):
            with self.subTest(case=c):
                self.check(c, draw(rng, c, exact=False), exact=False)

    def declined(self, c: Case, i: Inputs, message: str, groups: int = 1) -> None:
        with self.assertRaisesRegex(RuntimeError, message) as raised:
            run(c, i, groups)
        self.assertEqual(raised.exception.__tvm_ffi_error__.kind, "NotImplementedError")  # type: ignore[attr-defined]

    def test_what_it_does_not_support_is_declined(self) -> None:
        rng = np.random.default_rng(24)
        c, wide, tall = Case(1, 4, 4, 2, 2, 1, 1), Case(1, 4, 20, 2, 2, 1, 16), Case(1, 20, 20, 2, 2, 18, 15)
        dilated = Case(1, 80, 80, 2, 2, 3, 3, dilations=(35, 35))
        self.declined(c, draw(rng, c, exact=False), "groups must be 1, got 2", groups=2)
        self.declined(wide, draw(rng, wide, exact=False), "a filter wider than 15 is not supported, got 16")
        self.declined(tall, draw(rng, tall, exact=False), "a filter of 270 taps does not fit a WRAM lane")
        self.declined(dilated, draw(rng, dilated, exact=False), "a dilated filter of 5041 pixels does not fit NRAM")
        spread = np.zeros((1, 4, 8, 2), np.int8)[:, :, ::2]
        self.declined(c, replace(draw(rng, c, exact=False), x=spread), "x, w and y must be contiguous")

    def test_a_resnet_layer_takes_less_than_50_ms(self) -> None:
        rng = np.random.default_rng(25)
        c = Case(1, 14, 14, 64, 64, 3, 3, pads=(1, 1, 1, 1))
        i = draw(rng, c, exact=False)
        self.check(c, i, exact=False)
        best = float("inf")
        for _ in range(5):
            start = time.process_time()
            run(c, i)
            best = min(best, time.process_time() - start)
        print(f"14x14x64 -> 64, 3x3, emulated: {best * 1e3:.1f} ms of CPU")
        self.assertLess(best, 0.05)


if __name__ == "__main__":
    unittest.main()
