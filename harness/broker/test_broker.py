"""The broker's memory, calls, timing and failures, seen through its protocol with kernels that are wrong on purpose."""

from __future__ import annotations

import os
import time
import unittest
from typing import Any

from broker_fixture import OUTPUT_AT, Broker, Reply, compile_c, kernels, scratch, tensor

EXPECTED = [float(i) + 1 for i in range(1, 17)]


class BrokerTest(unittest.TestCase):
    """One broker serves all tests of a class, so each also shows that the one before it did no harm."""

    broker: Broker

    @classmethod
    def setUpClass(cls) -> None:
        cls.broker = Broker()
        assert cls.broker.start_native()["ok"]

    @classmethod
    def tearDownClass(cls) -> None:
        cls.broker.quit()

    def tearDown(self) -> None:
        self.assertEqual(self.broker.run("add")["state"], "done", "the broker serves the next request")
        self.assertEqual(self.broker.output(), EXPECTED)

    def failure(self, entry: str, **more: Any) -> Reply:
        """Runs a kernel that must fail and returns how."""
        reply = self.broker.run(entry, **more)
        self.assertEqual(reply.get("state"), "failed", reply)
        self.assertIn("log", reply)
        found: Reply = reply["failure"]
        return found


class Calls(BrokerTest):
    def test_an_honest_kernel_is_done_at_both_placements_and_alignments(self) -> None:
        for placement in ("left", "right"):
            for align in (1, 4, 256):
                with self.subTest(placement=placement, align=align):
                    reply = self.broker.run("add", placement=placement, align=align)
                    self.assertEqual((reply["state"], reply["canaries"]), ("done", []))
                    self.assertGreater(reply["ns"], 0)
                    self.assertEqual(self.broker.output(), EXPECTED)

    def test_arguments_arrive_as_tvm_ffi_values(self) -> None:
        attributes = [
            {"name": "count", "kind": "int", "tuple": False, "values": [7]},
            {"name": "flag", "kind": "bool", "tuple": False, "values": [1]},
            {"name": "scale", "kind": "float", "tuple": False, "values": [0.5]},
            {"name": "pads", "kind": "int", "tuple": True, "values": [3, 4]},
        ]
        absent = {**tensor("z", "output", 0), "absent": True}
        tensors = [tensor("x", "input", 16), tensor("y", "output", 16), absent]
        self.assertEqual(self.broker.run("arguments", tensors=tensors, attributes=attributes)["state"], "done")
        self.assertEqual(self.broker.output(7), [1.0] * 7)

    def test_a_child_serves_each_of_its_signatures_in_one_process(self) -> None:
        other = {"tensors": [tensor("x", "input", 5), tensor("y", "output", 5)], "attributes": []}
        child = self.broker.open("first_size", others=[other])["child"]
        self.assertEqual(self.broker.call_other(child, 5, range(5)), [5.0, 5.0, 5.0, 5.0, 5.0])
        self.assertEqual(self.broker.call(child, [0.0] * 16)["state"], "done")
        # The state of the first call is still there, and these are the arguments of the case.
        self.assertEqual(self.broker.output(), [5.0] * 15 + [16.0])
        beyond = self.broker.ask(op="call", child=child, signature=2, inputs=[], outputs=[], poison="00")
        self.assertEqual(beyond["error"]["code"], "request")
        self.broker.ask(op="close", child=child)

    def test_every_output_byte_holds_the_poison_before_each_call(self) -> None:
        child = self.broker.open("see_poison")["child"]
        for _ in range(3):
            self.assertEqual(self.broker.call(child)["state"], "done")
            self.assertEqual(self.broker.output(), [1.0] * 16)
        self.assertEqual(self.broker.call(child, poison="c0ffee")["state"], "done")
        self.assertEqual(self.broker.output(), [0.0] * 16)
        self.broker.ask(op="close", child=child)

    def test_a_kernel_that_writes_nothing_leaves_the_poison(self) -> None:
        self.assertEqual(self.broker.run("nothing")["state"], "done")
        self.assertEqual(os.pread(self.broker.staging, 8, OUTPUT_AT).hex(), "deadbeefdeadbeef")

    def test_a_late_write_is_not_seen_and_a_waiting_child_is_frozen(self) -> None:
        child = self.broker.open("late", sandbox={"threads": 2})["child"]
        for _ in range(3):
            self.assertEqual(self.broker.call(child)["state"], "done")
            self.assertEqual(self.broker.output()[0], 1.0)
            time.sleep(0.1)
        # The thread ticks every millisecond; of 200 ms it may only have seen the calls themselves.
        self.assertLess(self.broker.output()[1], 50)
        self.broker.ask(op="close", child=child)

    def test_inputs_come_only_after_the_prepare_phase(self) -> None:
        child = self.broker.open("thief", library=kernels("test_thief.c"))["child"]
        for first in (10.0, 20.0, 30.0):
            self.assertEqual(self.broker.call(child, [first] * 16)["state"], "done")
            self.assertEqual(self.broker.output()[:2], [first + 1, 0])
        self.broker.ask(op="close", child=child)

    def test_a_log_keeps_its_end(self) -> None:
        opened = self.broker.open("prints")
        self.assertEqual(self.broker.call(opened["child"])["state"], "done")
        log = self.broker.ask(op="close", child=opened["child"])["log"]
        self.assertTrue(log.endswith("the end\n"), log[-40:])
        said, _, kept = log.partition("\n")
        self.assertRegex(said, r"^\[\d+ bytes before this were cut\]$")
        self.assertEqual(len(kept), 16384)

    def test_empty_tensors_need_no_memory(self) -> None:
        self.assertEqual(self.broker.run("add", size=0)["state"], "done")


class Faults(BrokerTest):
    def where(self, entry: str, **more: Any) -> tuple[str, str, int]:
        fault = self.failure(entry, **more)
        self.assertEqual((fault["kind"], fault["signal"], fault["advisory"]), ("fault", "SIGSEGV", False))
        place = fault["tensor"]
        return place["name"], place["region"], place["byte"]

    def test_a_write_to_an_input_is_a_fault_in_the_sealed_tensor(self) -> None:
        self.assertEqual(self.where("sealed"), ("x", "sealed", 12))
        self.assertEqual(self.where("sealed", placement="left"), ("x", "sealed", 12))
        self.assertEqual(self.where("unseal"), ("x", "sealed", 12), "mprotect cannot make it writable")

    def test_one_element_out_of_bounds_meets_the_guard(self) -> None:
        self.assertEqual(self.where("over"), ("y", "guard_after", 64))
        self.assertEqual(self.where("read_over"), ("x", "guard_after", 64))
        self.assertEqual(self.where("under", placement="left"), ("y", "guard_before", -4))

    def test_one_element_out_of_bounds_in_the_slack_changes_a_canary(self) -> None:
        cases = [
            ("over", "left", 4, "after", 64),
            ("under", "right", 4, "before", -1),
            ("over", "right", 256, "after", 64),
        ]
        for entry, placement, align, side, byte in cases:
            with self.subTest(entry=entry, placement=placement, align=align):
                reply = self.broker.run(entry, placement=placement, align=align)
                self.assertEqual(reply["canaries"], [{"index": 1, "side": side, "byte": byte}])

    def test_a_wild_pointer_is_a_fault_of_no_tensor(self) -> None:
        fault = self.failure("null_pointer")
        self.assertEqual((fault["kind"], fault["address"], fault.get("tensor")), ("fault", "0x10", None))

    def test_ends_of_the_process_are_told_apart(self) -> None:
        left = self.failure("leave")
        self.assertEqual((left["kind"], left["status"]), ("exit", 0))
        self.assertEqual(self.failure("aborts")["signal"], "SIGABRT")
        self.assertEqual(self.failure("divide")["signal"], "SIGFPE")

    def test_a_hang_ends_at_the_deadline(self) -> None:
        begin = time.monotonic()
        hung = self.failure("hang", deadline=200)
        self.assertEqual((hung["kind"], hung["deadlineMs"]), ("timeout", 200))
        self.assertLess(time.monotonic() - begin, 2)

    def test_raised_errors_carry_kind_and_message(self) -> None:
        declined, raised = self.failure("decline"), self.failure("raises")
        self.assertEqual((declined["kind"], declined["message"]), ("declined", "only even sizes"))
        self.assertEqual((raised["kind"], raised["errorKind"]), ("raised", "ValueError"))
        self.assertEqual(raised["message"], "x must be sorted \ufffd")
        self.assertEqual(self.failure("silent_error")["kind"], "raised")

    def test_what_cannot_be_loaded_says_why(self) -> None:
        self.assertIn("__tvm_ffi_missing", self.failure("missing")["message"])
        source = scratch() / "unresolved.c"
        source.write_text("extern int nowhere(void); int __tvm_ffi_add(void) { return nowhere(); }\n")
        library = compile_c("unresolved.so", [source], ["-shared", "-fPIC"])
        unresolved = self.failure("add", library=library)
        self.assertEqual(unresolved["kind"], "load")
        self.assertIn("nowhere", unresolved["message"])

    def test_floating_point_control_must_be_given_back(self) -> None:
        changed = self.failure("rounds")
        self.assertEqual(changed["kind"], "control")
        self.assertIn("0x5f80", changed["message"])
        flushing = self.failure("add", library=kernels("test_kernels.c", "-Ofast"))
        self.assertEqual(flushing["kind"], "control")
        self.assertIn("0x9fc0", flushing["message"])
        self.assertEqual(self.broker.run("rounds_and_restores")["state"], "done")

    def test_canaries_are_random(self) -> None:
        # A byte that is not the canary's by chance once is not so in every call.
        child = self.broker.open("beyond", size=15, align=64)["child"]
        broken = [bool(self.broker.call(child, range(15))["canaries"]) for _ in range(8)]
        self.assertIn(True, broken)
        self.broker.ask(op="close", child=child)


class Timing(BrokerTest):
    def test_a_schedule_is_timed_and_checked(self) -> None:
        honest, counting = self.broker.open("add")["child"], self.broker.open("counts")["child"]
        for child in (honest, counting):
            self.broker.call(child, range(1, 17))
            os.pwrite(self.broker.staging, os.pread(self.broker.staging, 64, OUTPUT_AT), 4096 * child)
        expected = [{"child": c, "set": 0, "outputs": [{"index": 1, "offset": 4096 * c}]} for c in (honest, counting)]
        schedule = [[honest, 0], [counting, 0], [honest, 0], [counting, 0]]
        sets = [{"inputs": [{"index": 0, "offset": 0}]}]
        reply = self.broker.ask(
            op="time", schedule=schedule, sets=sets, expected=expected, poison="00", deadlineMs=1000, budgetMs=5000
        )
        self.assertEqual((reply["state"], len(reply["ns"]), reply["canaries"]), ("done", 4, []))
        self.assertEqual([(m["entry"], m["index"]) for m in reply["mismatches"]], [(1, 1), (3, 1)])
        for child in (honest, counting):
            self.assertTrue(self.broker.ask(op="close", child=child)["ok"])

    def test_a_schedule_stops_at_its_budget_or_at_a_failure(self) -> None:
        honest, wrong = self.broker.open("add")["child"], self.broker.open("over")["child"]
        ask = {"op": "time", "sets": [{"inputs": []}], "expected": [], "poison": "00", "deadlineMs": 1000}
        stopped = self.broker.ask(**ask, schedule=[[honest, 0]] * 100, budgetMs=0)
        self.assertEqual(stopped["state"], "budget")
        self.assertLess(len(stopped["ns"]), 100)
        failed = self.broker.ask(**ask, schedule=[[honest, 0], [wrong, 0], [honest, 0]], budgetMs=5000)
        self.assertEqual((failed["state"], failed["entry"], failed["child"]), ("failed", 1, wrong))
        self.assertEqual(failed["failure"]["kind"], "fault")
        self.assertTrue(self.broker.ask(op="close", child=honest)["ok"])


class Requests(BrokerTest):
    def test_wrong_requests_are_errors_with_a_code(self) -> None:
        cases: list[tuple[str, Reply]] = [
            ("request", {"op": "dance"}),
            ("child", {"op": "close", "child": 999}),
            ("child", {"op": "call", "child": 999}),
            ("request", {"op": "open", "zygote": "nobody"}),
            ("zygote", {"op": "zygote", "name": "broken", "argv": ["/bin/false"], "env": {}, "deadlineMs": 2000}),
            ("request", {"op": "open", "zygote": "native", "placement": "up", "tensors": []}),
            ("request", {"op": "open", "zygote": "native", "placement": "left", "tensors": [], "others": [{}] * 4}),
            ("request", {"op": "open", "zygote": "native", "placement": "left", "tensors": [], "others": [{}]}),
        ]
        for code, request in cases:
            with self.subTest(request=request):
                reply = self.broker.ask(**request)
                self.assertEqual((reply["ok"], reply["error"]["code"]), (False, code))

    def test_a_zygote_can_report_later_and_has_no_children_before(self) -> None:
        late = {"name": "late", "argv": ["/bin/sleep", "60"], "env": {}, "wait": False}
        self.assertEqual(self.broker.ask(op="zygote", **late)["ok"], True)
        refused = self.broker.ask(op="open", zygote="late", placement="right", tensors=[], deadlineMs=100)
        self.assertIn("has not reported yet", refused["error"]["message"])
        self.assertEqual(self.broker.ask(op="report", name="late", deadlineMs=10)["error"]["code"], "zygote")
        self.assertIn(
            "no zygote of that name", self.broker.ask(op="report", name="late", deadlineMs=10)["error"]["message"]
        )

    def test_offsets_outside_staging_are_refused(self) -> None:
        child = self.broker.open("add")["child"]
        for offset in (-4, 1 << 40):
            outputs = [{"index": 1, "offset": offset}]
            reply = self.broker.ask(op="call", child=child, inputs=[], outputs=outputs, poison="00", deadlineMs=1000)
            self.assertEqual(reply["error"]["code"], "request")
        self.broker.ask(op="close", child=child)

    def test_staging_keeps_its_content_when_it_grows(self) -> None:
        os.pwrite(self.broker.staging, b"kept", 100)
        path = self.broker.ask(op="staging", bytes=4 << 20)["path"]
        grown = os.open(path, os.O_RDONLY)
        self.assertEqual((os.pread(grown, 4, 100), os.fstat(grown).st_size >= 4 << 20), (b"kept", True))
        os.close(grown)


if __name__ == "__main__":
    unittest.main()
