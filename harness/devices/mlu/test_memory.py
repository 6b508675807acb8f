"""What memory holds and when: poison, copies in flight, isolation of tasks, strided copies, built-in variables."""

from __future__ import annotations

import unittest

import numpy as np
import numpy.typing as npt
import tvm_ffi
from emulated_build import program

Floats = npt.NDArray[np.float32]
WAIT, FORGET, CHANGE_SOURCE, WAIT_MOVE, WAIT_IO = range(5)


class Memory(unittest.TestCase):
    """Nothing is expected of memory that nobody wrote, nor of a copy that nobody waited for."""

    def doubled(self, how: int) -> tuple[Floats, Floats]:
        x = np.arange(1, 101, dtype=np.float32)
        out = np.zeros(101, np.float32)
        program("memory.mlu").doubled(tvm_ffi.from_dlpack(out), tvm_ffi.from_dlpack(x.copy()), how)
        return x, out

    def test_unwritten_memory_is_poisoned_for_every_task(self) -> None:
        out = np.zeros((3, 4), np.float32)
        program("memory.mlu").unwritten(tvm_ffi.from_dlpack(out))
        nram, sram, initialised = out
        self.assertTrue(np.isnan(nram).all(), "NRAM shows what another task left")
        self.assertTrue(np.isnan(sram).all(), "SRAM shows what another task left")
        self.assertEqual(initialised.tolist(), [3.0] * 4, "an initialised array starts afresh in every task")

    def test_an_awaited_copy_is_complete(self) -> None:
        for how in (WAIT, WAIT_IO):
            x, out = self.doubled(how)
            np.testing.assert_array_equal(out[:100], 2 * x)

    def test_a_missing_sync_gives_wrong_numbers(self) -> None:
        for how in (FORGET, WAIT_MOVE):
            _, out = self.doubled(how)
            self.assertTrue(np.isnan(out[:100]).all())

    def test_the_source_must_stay_until_the_sync(self) -> None:
        x = np.arange(1, 101, dtype=np.float32)
        out = np.zeros(101, np.float32)
        program("memory.mlu").doubled(tvm_ffi.from_dlpack(out), tvm_ffi.from_dlpack(x), CHANGE_SOURCE)
        self.assertEqual(x[0], -1)
        self.assertTrue(np.isnan(out[:100]).all())

    def test_the_destination_in_gdram_is_poisoned_until_the_sync(self) -> None:
        x, out = self.doubled(WAIT)
        self.assertTrue(np.isnan(out[100]))
        self.assertEqual(out[0], 2 * x[0])

    def test_strided_copies(self) -> None:
        x = np.arange(4096, dtype=np.float32)
        for size, dst, src, segments in (
            (4, 8, 12, 50),
            (12, 16, 0, 7),
            (8, -16, 8, 9),
            (8, 8, -12, 9),
            (4, 4, 2, 1),
            (6, 10, 4, 3),
        ):
            with self.subTest(size=size, dst=dst, src=src, segments=segments):
                out = np.empty_like(x)
                program("memory.mlu").strided(
                    tvm_ffi.from_dlpack(out), tvm_ffi.from_dlpack(x), size, dst, src, segments
                )
                want = bytearray(4 * 4096)
                source = x.tobytes()
                for i in range(segments):
                    to, start = 8192 + i * dst, 8192 + i * src
                    want[to : to + size] = source[start : start + size]
                self.assertEqual(out.tobytes(), bytes(want))

    def test_copies_strided_in_two_dimensions(self) -> None:
        x = np.arange(4096, dtype=np.float32)
        out = np.empty_like(x)
        program("memory.mlu").strided_twice(tvm_ffi.from_dlpack(out), tvm_ffi.from_dlpack(x))
        # Byte offsets of the six segments: dst 2 inner of 16 and 3 outer of 100, src 3 inner of 12 and 2 outer of 200.
        targets = [4 * i + 25 * j for j in range(3) for i in range(2)]
        sources = [3 * i + 50 * j for j in range(2) for i in range(3)]
        want = np.zeros(4096, np.float32)
        for to, start in zip(targets, sources, strict=True):
            want[to : to + 2] = x[start : start + 2]
        np.testing.assert_array_equal(out, want)

    def test_blocked_fill(self) -> None:
        out = np.empty(4096, np.float32)
        program("memory.mlu").filled(tvm_ffi.from_dlpack(out))
        self.assertEqual(np.flatnonzero(out == 7).tolist(), [0, 1, 4, 5, 8, 9, 16, 17, 20, 21, 24, 25])
        self.assertEqual(np.count_nonzero(out), 12)


class Tasks(unittest.TestCase):
    """The built-in variables, in the order tasks run."""

    def rows(self, x: int, y: int, z: int, kind: int) -> npt.NDArray[np.int32]:
        out = np.full((100, 10), -7, np.int32)
        count = np.zeros(1, np.int32)
        program("memory.mlu").tasks(tvm_ffi.from_dlpack(out), tvm_ffi.from_dlpack(count), x, y, z, kind)
        return out[: count[0]]

    def test_block_tasks(self) -> None:
        rows = self.rows(2, 3, 2, 1)
        want = [[z * 6 + y * 2 + x, x, y, z, 12, 0, 4, 0, 0, 0] for z in range(2) for y in range(3) for x in range(2)]
        self.assertEqual(rows.tolist(), want)

    def test_union_tasks_have_clusters_and_a_memory_core(self) -> None:
        rows = self.rows(8, 1, 1, 8)
        self.assertEqual(rows[:, 5].tolist(), [0, 1, 2, 3, 0x80] * 2)
        self.assertEqual(rows[:, 7].tolist(), [0] * 5 + [1] * 5)
        self.assertEqual(set(rows[:, 8].tolist()), {2})
        self.assertEqual(rows[:, 9].tolist(), [0, 0, 0, 0, 1] * 2)
        self.assertEqual(rows[rows[:, 9] == 0, 0].tolist(), list(range(8)))


if __name__ == "__main__":
    unittest.main()
