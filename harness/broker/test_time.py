"""Timed calls: inputs that no child has seen, outputs held against a twin's, and what a kernel gains that remembers."""

from __future__ import annotations

import os
import struct
import unittest
from functools import cache
from pathlib import Path
from typing import Any

from broker_fixture import Broker, Reply, descendants, kernels, scratch

# Floats of a tensor: 16 chunks of 64 bytes.
SIZE = 256
SETS = 4
SEED = "0123456789abcdef"

# Where in staging things lie; sets come first.
COMPOSED, KEPT, FIRST, SECOND = 1 << 16, 1 << 17, 1 << 18, 3 << 17

REMEMBERS = """
// y[0] = how often the inputs were in the table of what was computed before; the rest is x + 1.
#include <tvm/ffi/c_api.h>
#include <string.h>
static struct { float x[256], y[256]; } table[4096];
static int known, hits;
int __tvm_ffi_remembers(void *self, const TVMFFIAny *args, int32_t count, TVMFFIAny *result) {
  (void)self, (void)count, (void)result;
  float *x = ((DLTensor *)args[0].v_ptr)->data, *y = ((DLTensor *)args[1].v_ptr)->data;
  for (int i = 0; i < known; i++) {
    if (memcmp(table[i].x, x, sizeof table[i].x)) continue;
    memcpy(y, table[i].y, sizeof table[i].y);
    y[0] = (float)++hits;
    return 0;
  }
  for (int i = 0; i < 256; i++) y[i] = x[i] + 1;
  y[0] = (float)hits;
  if (known == 4096) return 0;
  memcpy(table[known].x, x, sizeof table[known].x);
  memcpy(table[known++].y, y, sizeof table[0].y);
  return 0;
}
"""


@cache
def remembering() -> Path:
    """The kernel that keeps a table from inputs to outputs."""
    source = scratch() / "remembers.c"
    source.write_text(REMEMBERS)
    return kernels(str(source))


class TimeTest(unittest.TestCase):
    """One broker with a few sets of inputs in staging."""

    broker: Broker

    @classmethod
    def setUpClass(cls) -> None:
        cls.broker = Broker()
        assert cls.broker.start_native()["ok"]
        for number in range(SETS):
            values = [1000.0 * number + i for i in range(SIZE)]
            os.pwrite(cls.broker.staging, struct.pack(f"{SIZE}f", *values), 4 * SIZE * number)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.broker.quit()

    def open(self, entry: str, library: Path | None = None) -> int:
        """Opens a kernel; it is closed after the test."""
        child: int = self.broker.open(entry, SIZE, library=library)["child"]
        self.addCleanup(lambda: self.broker.ask(op="close", child=child))
        return child

    def ask(self, op: str, **more: Any) -> Reply:
        """A request about the sets that lie in staging."""
        sets = [{"inputs": [{"index": 0, "offset": 4 * SIZE * number}]} for number in range(SETS)]
        return self.broker.ask(op=op, sets=sets, **{"mix": SEED, **more})

    def time(self, schedule: list[list[int]], **more: Any) -> Reply:
        """Times a schedule to its end."""
        reply = self.ask("time", schedule=schedule, **{"poison": "00", "deadlineMs": 5000, "budgetMs": 60000, **more})
        self.assertEqual((reply.get("state"), len(reply.get("ns", []))), ("done", len(schedule)), reply)
        return reply

    def floats(self, at: int) -> list[float]:
        """The floats that lie in staging."""
        return list(struct.unpack(f"{SIZE}f", os.pread(self.broker.staging, 4 * SIZE, at)))

    def kept(self, child: int, entry: list[int]) -> list[float]:
        """What a child writes in a timed call."""
        keep = {"child": child, "from": 0, "to": 1, "outputs": [{"index": 1, "offset": KEPT}]}
        self.assertEqual(self.time([entry], keep=keep)["kept"], 0)
        return self.floats(KEPT)

    def composed(self, child: int, number: int, variant: int, **more: Any) -> list[float]:
        """The inputs of a timed call, as the judge asks for them."""
        places = [{"index": 0, "offset": COMPOSED}]
        self.assertTrue(self.ask("compose", child=child, set=number, variant=variant, inputs=places, **more)["ok"])
        return self.floats(COMPOSED)


class FreshInputs(TimeTest):
    def test_variant_0_is_the_set_as_it_was_staged(self) -> None:
        child = self.open("add")
        for entry in ([child, 2], [child, 2, 0]):
            self.assertEqual(self.kept(child, entry), [2000.0 + i + 1 for i in range(SIZE)])

    def test_a_mix_takes_each_chunk_from_one_of_two_sets(self) -> None:
        child = self.open("add")
        for number in range(SETS):
            mixed = self.composed(child, number, 7)
            chunks = {mixed[i] - i for i in range(0, SIZE, 16)}
            self.assertEqual(chunks, {1000.0 * number, 1000.0 * ((number + 1) % SETS)})
            self.assertTrue(all(mixed[i] - i == mixed[i - i % 16] - i + i % 16 for i in range(SIZE)))

    def test_every_variant_seed_and_set_is_another_input(self) -> None:
        child = self.open("add")
        seen = [self.composed(child, number, variant) for number in range(SETS) for variant in range(1, 50)]
        seen += [self.composed(child, 0, variant, mix="fedcba9876543210") for variant in range(1, 50)]
        self.assertEqual(len({tuple(one) for one in seen}), len(seen))

    def test_two_children_get_the_same_and_the_judge_gets_it_once_more(self) -> None:
        first, second = self.open("add"), self.open("add")
        for variant in (1, 2, 1 << 40):
            wanted = [value + 1 for value in self.composed(first, 3, variant)]
            self.assertEqual(self.kept(first, [first, 3, variant]), wanted)
            self.assertEqual(self.kept(second, [second, 3, variant]), wanted)

    def test_a_kernel_that_remembers_finds_nothing_in_its_table(self) -> None:
        def hits(variants: list[int]) -> float:
            child = self.open("remembers", remembering())
            schedule = [[child, index % SETS, variant] for index, variant in enumerate(variants)]
            last = len(schedule) - 1
            keep = {"child": child, "from": last, "to": last + 1, "outputs": [{"index": 1, "offset": KEPT}]}
            self.time(schedule, keep=keep)
            return self.floats(KEPT)[0]

        self.assertEqual(hits(list(range(1, 101))), 0)
        self.assertEqual(hits([0] * 100), 100 - SETS, "sets that come back are what it lives on")


class Cores(TimeTest):
    def test_kernels_that_are_compared_share_a_core(self) -> None:
        broker = self.broker.process.pid
        everywhere = os.sched_getaffinity(broker)
        others = descendants(broker)
        first, second = self.open("add"), self.open("add")
        opened = descendants(broker) - others
        self.time([[first, 0, 1], [second, 0, 1]])
        cores = [os.sched_getaffinity(pid) for pid in opened]
        expected = {max(everywhere)} if len(everywhere) > 1 else everywhere
        self.assertEqual(cores, [expected, expected])
        self.assertEqual(os.sched_getaffinity(broker), everywhere)


class Verified(TimeTest):
    def test_a_twin_that_writes_the_same_is_counted(self) -> None:
        first, second = self.open("add"), self.open("add")
        schedule = [[first, 0, 1], [second, 0, 1], [second, 1, 2], [first, 1, 2]]
        reply = self.time(schedule, verify=[[first, second]])
        self.assertEqual((reply["verified"], reply["mismatches"]), (2, []))

    def test_a_twin_that_writes_something_else_is_told_with_both_outputs(self) -> None:
        first, second = self.open("counts"), self.open("counts")
        places = {name: [{"index": 1, "offset": at}] for name, at in (("first", FIRST), ("second", SECOND))}
        schedule = [[first, 0, 1], [second, 0, 1], [first, 0, 2], [first, 0, 3], [second, 0, 3]]
        reply = self.time(schedule, verify=[[first, second]], evidence=places)
        self.assertEqual((reply["verified"], reply["mismatches"]), (2, [{"entry": 4, "index": 1, "byte": 2}]))
        self.assertEqual((self.floats(FIRST)[0], self.floats(SECOND)[0]), (3.0, 2.0))

    def test_a_call_without_its_twin_is_not_counted(self) -> None:
        first, second = self.open("add"), self.open("add")
        reply = self.time([[first, 0, 1], [second, 0, 2], [first, 1, 2]], verify=[[first, second]])
        self.assertEqual(reply["verified"], 0)

    def test_the_fastest_call_of_a_range_is_kept(self) -> None:
        child, other = self.open("add"), self.open("add")
        schedule = [[child, 0, v] if v % 2 else [other, 0, v] for v in range(1, 21)]
        keep = {"child": child, "from": 4, "to": 14, "outputs": [{"index": 1, "offset": KEPT}]}
        reply = self.time(schedule, keep=keep)
        fastest = min(range(4, 14, 2), key=lambda entry: reply["ns"][entry])
        self.assertEqual(reply["kept"], fastest)
        kept = self.floats(KEPT)
        self.assertEqual(kept, [value + 1 for value in self.composed(child, 0, fastest + 1)])

    def test_what_a_child_can_do_outside_the_clock_is_measured(self) -> None:
        child = self.open("add")
        exposed = self.time([[child, 0, v] for v in range(1, 21)])["exposedNs"]
        self.assertEqual(len(exposed), 20)
        self.assertGreaterEqual(min(exposed), 20000)

    def test_wrong_checks_are_refused(self) -> None:
        child = self.open("add")
        outputs = [{"index": 1, "offset": KEPT}]
        for wrong in (
            {"verify": [[child, 999]]},
            {"verify": [[child, child]]},
            {"verify": [[child]]},
            {"keep": {"child": 999, "from": 0, "to": 1, "outputs": outputs}},
            {"keep": {"child": child, "from": 0, "to": 1, "outputs": [{"index": 1, "offset": 1 << 40}]}},
            {"mix": "xyz"},
            {"mix": "0" * 17},
        ):
            with self.subTest(wrong=wrong):
                reply = self.ask("time", schedule=[[child, 0, 1]], poison="00", deadlineMs=1000, budgetMs=1000, **wrong)
                self.assertEqual(reply["error"]["code"], "request")
        self.assertFalse(self.ask("compose", child=child, set=SETS, variant=1, inputs=[])["ok"])
        self.assertFalse(self.ask("time", schedule=[[child, SETS, 1]], poison="00")["ok"])


if __name__ == "__main__":
    unittest.main()
