"""The sandbox at every level: what it denies, what a kernel can see, and what remains when the broker is killed."""

from __future__ import annotations

import os
import shutil
import signal
import time
import unittest
from pathlib import Path
from typing import Any, ClassVar

from broker_fixture import Broker, Reply, descendants, kernels, refusing

# Kernel, system call that is named, category.
FORBIDDEN = [
    ("forks", "clone", "process"),
    ("executes", "execve", "process"),
    ("traces", "ptrace", "process"),
    ("kills", "kill", "process"),
    ("catches", "rt_sigaction", "process"),
    ("timers", "setitimer", "process"),
    ("sockets", "socket", "network"),
    ("writes_file", "openat", "file"),
    ("makes_code", "mmap", "memory"),
    ("maps_code", "mmap", "memory"),
]


class Level(unittest.TestCase):
    """Shared checks; each level below has its own broker."""

    broker: Broker
    prefix: tuple[str, ...] = ()
    sandbox: ClassVar[Reply] = {}

    @classmethod
    def setUpClass(cls) -> None:
        if cls is Level:
            raise unittest.SkipTest("the base of the levels")
        cls.broker = Broker(cls.prefix)
        assert cls.broker.start_native()["ok"]

    @classmethod
    def tearDownClass(cls) -> None:
        cls.broker.quit()

    def run_kernel(self, entry: str, **more: Any) -> Reply:
        sandbox = {**self.sandbox, **more.pop("sandbox", {})}
        return self.broker.run(entry, sandbox=sandbox, **more)

    def level(self) -> str:
        opened = self.broker.open("add", sandbox=self.sandbox)
        self.assertEqual(opened["state"], "ready", opened)
        self.broker.ask(op="close", child=opened["child"])
        level: str = opened["isolation"]
        return level

    def assert_denials(self) -> None:
        for entry, call, category in FORBIDDEN:
            with self.subTest(entry=entry):
                found = self.run_kernel(entry)["failure"]
                self.assertEqual((found["kind"], found["syscall"], found["category"]), ("denied", call, category))
        self.assertEqual(self.run_kernel("add")["state"], "done")

    def assert_located(self, advisory: bool) -> None:
        for entry, placement, region, byte in (
            ("over", "right", "guard_after", 64),
            ("under", "left", "guard_before", -4),
        ):
            fault = self.run_kernel(entry, placement=placement)["failure"]
            self.assertEqual((fault["kind"], fault["advisory"]), ("fault", advisory))
            self.assertEqual((fault["tensor"]["region"], fault["tensor"]["byte"]), (region, byte))

    def seen(self) -> list[float]:
        self.assertEqual(self.run_kernel("looks")["state"], "done")
        return self.broker.output(7)


class Best(Level):
    """As strong as this machine and user allow."""

    def test_the_level_is_the_one_that_hello_found(self) -> None:
        self.assertEqual(self.level(), self.broker.hello["isolation"])
        self.assertEqual(self.broker.hello["isolation"] == "full", self.broker.hello["why"] == [])

    def test_forbidden_calls_are_denied_and_named(self) -> None:
        self.assert_denials()

    def test_calls_on_no_list_are_not_there(self) -> None:
        self.assertEqual(self.run_kernel("asks")["state"], "done")
        self.assertEqual(self.broker.output(2), [1, 1])

    def test_a_signal_may_get_its_default_action_back(self) -> None:
        self.assertEqual(self.run_kernel("restores")["state"], "done")

    def test_a_thread_of_its_own_may_be_pinned(self) -> None:
        self.assertEqual(self.run_kernel("pins", sandbox={"threads": 2})["state"], "done")
        self.assertEqual(self.broker.output(2), [1, 1])

    def test_a_thread_hidden_from_the_tracer_is_denied(self) -> None:
        found = self.run_kernel("hides_thread", sandbox={"threads": 2})["failure"]
        self.assertEqual((found["kind"], found["syscall"]), ("denied", "clone"))

    def test_another_abi_ends_the_process(self) -> None:
        self.assertEqual(self.run_kernel("wide_abi")["failure"]["signal"], "SIGSYS")

    @unittest.skipUnless(os.geteuid() == 0, "needs namespaces")
    def test_a_kernel_sees_only_its_sandbox(self) -> None:
        pid, uid, proc, home, environment, own_file, others = self.seen()
        self.assertEqual((pid, uid), (1, 65534))
        self.assertEqual((proc, home, environment, own_file, others), (0, 0, 0, 1, 0))

    def test_the_environment_is_exactly_the_one_asked_for(self) -> None:
        self.assertEqual(self.run_kernel("looks", sandbox={"env": {"A": "b"}})["state"], "done")
        self.assertEqual(self.broker.output(7)[4], 1)

    def test_memory_beyond_the_limit_is_refused(self) -> None:
        self.assertEqual(self.run_kernel("allocates")["state"], "done")
        self.assertEqual(self.broker.output(1), [1.0])
        self.assertEqual(self.run_kernel("allocates", sandbox={"memoryBytes": 3 << 30})["state"], "done")
        self.assertEqual(self.broker.output(1), [0.0])

    def test_a_thread_is_denied_where_one_is_allowed(self) -> None:
        found = self.run_kernel("late")["failure"]
        self.assertEqual((found["kind"], found["syscall"]), ("denied", "clone"))

    def test_a_bind_that_does_not_exist_is_an_error_of_the_request(self) -> None:
        reply = self.broker.open("add", sandbox={"binds": [{"from": "/nowhere", "to": "/kernel"}]})
        if self.broker.hello["isolation"] in ("full", "userns"):
            self.assertEqual((reply["ok"], reply["error"]["code"]), (False, "sandbox"))

    def test_nothing_is_left_in_the_group_of_the_children(self) -> None:
        if self.level() != "full":
            return
        self.assertEqual(self.run_kernel("late", sandbox={"threads": 2})["state"], "done")
        groups = list(Path("/sys/fs/cgroup").rglob(f"openxpu-{self.broker.process.pid}/cgroup.procs"))
        self.assertNotEqual(groups, [])
        self.assertEqual([group.read_text() for group in groups], [""] * len(groups))

    def test_fifty_forks_leave_the_zygote_well(self) -> None:
        for _ in range(50):
            self.assertEqual(self.run_kernel("add")["state"], "done")


class Rlimit(Best):
    """Asked for less than the machine gives: no namespaces, but limits, another user and the filter."""

    sandbox: ClassVar[Reply] = {"level": "rlimit", "binds": []}

    def run_kernel(self, entry: str, **more: Any) -> Reply:
        return super().run_kernel(entry, program=self.program(entry), **more)

    def program(self, entry: str) -> Reply:
        return {"worker": "native", "artifact": str(kernels()), "entry": entry}

    def level(self) -> str:
        opened = self.broker.open("add", sandbox=self.sandbox, program=self.program("add"))
        self.broker.ask(op="close", child=opened["child"])
        level: str = opened["isolation"]
        return level

    def test_the_level_is_the_one_that_hello_found(self) -> None:
        self.assertEqual(self.level(), "rlimit")

    def test_a_kernel_sees_only_its_sandbox(self) -> None:
        # It would see the machine's files; that it may not write its own says that the filter is there.
        self.assertEqual(self.run_kernel("looks")["failure"]["kind"], "denied")

    def test_the_environment_is_exactly_the_one_asked_for(self) -> None:
        self.assertEqual(self.run_kernel("add", sandbox={"env": {"A": "b"}})["state"], "done")


class Unconfined(Level):
    """Asked for nothing: what the freeze alone still sees."""

    sandbox: ClassVar[Reply] = {"level": "none", "binds": [], "threads": 2}

    def test_a_thread_that_runs_while_its_kernel_is_frozen_is_found(self) -> None:
        program = {"worker": "native", "artifact": str(kernels()), "entry": "hides_thread"}
        child = self.broker.open("hides_thread", sandbox=self.sandbox, program=program)["child"]
        self.assertEqual(self.broker.call(child)["state"], "done")
        time.sleep(0.05)
        self.assertEqual(self.broker.call(child)["failure"]["kind"], "restless")


class WithoutTracer(Level):
    """A machine that refuses ptrace: the child's own handler reports, and its word is advisory."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.prefix = refusing("ptrace")
        super().setUpClass()

    def test_hello_says_so(self) -> None:
        self.assertFalse(self.broker.hello["tracer"])
        self.assertTrue(any("ptrace" in why for why in self.broker.hello["why"]), self.broker.hello)

    def test_faults_are_located_but_advisory(self) -> None:
        self.assert_located(advisory=True)
        self.assertEqual(self.run_kernel("aborts")["failure"]["signal"], "SIGABRT")
        self.assertEqual(self.run_kernel("leave")["failure"]["kind"], "exit")

    def test_forbidden_calls_fail_without_a_name(self) -> None:
        for entry in ("sockets", "forks", "kills"):
            self.assertEqual(self.run_kernel(entry)["state"], "done")

    def test_a_waiting_child_is_frozen(self) -> None:
        child = self.broker.open("late", sandbox={"threads": 2})["child"]
        for _ in range(2):
            self.assertEqual(self.broker.call(child)["state"], "done")
            self.assertEqual(self.broker.output()[0], 1.0)
            time.sleep(0.1)
        self.assertLess(self.broker.output()[1], 50)
        self.broker.ask(op="close", child=child)


class WithoutNamespaces(Level):
    """A container that refuses namespaces."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.prefix = refusing("namespaces")
        super().setUpClass()

    def test_the_level_falls_to_rlimit_and_says_why(self) -> None:
        self.assertEqual(self.broker.hello["isolation"], "rlimit")
        self.assertTrue(self.broker.hello["why"])


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root to become somebody else")
class OrdinaryUser(Level):
    """The same broker started by an ordinary user."""

    prefix = ("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups")

    def test_what_holds_for_root_holds_here(self) -> None:
        self.assertIn(self.broker.hello["isolation"], ("full", "userns", "rlimit"), self.broker.hello)
        if self.broker.hello["isolation"] == "rlimit":
            self.skipTest(f"user namespaces are refused here: {self.broker.hello['why']}")
        self.assert_denials()
        self.assert_located(advisory=False)
        self.assertEqual(self.seen(), [1, 65534, 0, 0, 0, 1, 0])


class Acts(unittest.TestCase):
    """A level is what it holds back: the probe tries every act inside, and takes the level down for one that works."""

    # What the machine's own files show where there are no namespaces.
    SEEN: ClassVar[set[str]] = {"read /proc", "read /etc/passwd", "read home folders", "read another process's memory"}

    def hello(self, *prefix: str) -> Reply:
        broker = Broker(prefix)
        broker.quit()
        acts = broker.hello["acts"]
        self.assertEqual(len({one["act"] for one in acts}), 14)
        return {**broker.hello, "possible": {one["act"] for one in acts if not one["denied"]}}

    def test_inside_namespaces_nothing_goes_through(self) -> None:
        hello = self.hello()
        if hello["isolation"] in ("full", "userns"):
            self.assertEqual(hello["possible"], set())

    def test_without_namespaces_only_the_machines_files_are_seen(self) -> None:
        hello = self.hello(*refusing("namespaces"))
        self.assertEqual(hello["isolation"], "rlimit")
        self.assertLessEqual(hello["possible"], self.SEEN)
        self.assertIn("read /proc", hello["possible"])

    def test_a_level_that_lets_one_through_is_not_reached(self) -> None:
        hello = self.hello(*refusing("seals"))
        self.assertEqual(hello["isolation"], "none")
        self.assertLessEqual({"write a sealed input", "open a socket", "start a process"}, hello["possible"])
        self.assertTrue(any("write a sealed input" in why for why in hello["why"]), hello["why"])

    def test_the_probe_leaves_nothing_behind(self) -> None:
        broker = Broker()
        self.assertEqual(descendants(broker.process.pid), set())
        broker.quit()
        for folder in ("/", "/var/tmp", "/dev/shm", "/run"):
            self.assertEqual(list(Path(folder).glob(".openxpu-probe-*")), [])


class Killed(unittest.TestCase):
    def test_a_zygote_that_died_can_be_started_again(self) -> None:
        broker = Broker()
        for _ in range(2):
            self.assertTrue(broker.start_native()["ok"])
            self.assertEqual(broker.run("add")["state"], "done")
            for pid in descendants(broker.process.pid):
                os.kill(pid, signal.SIGKILL)
            self.assertEqual(broker.open("add")["error"]["code"], "zygote")
        broker.quit()

    def test_nothing_survives_the_broker(self) -> None:
        for prefix in ((), refusing("ptrace")):
            with self.subTest(prefix=prefix):
                broker = Broker(prefix)
                broker.start_native()
                child = broker.open("hang")["child"]
                self.assertGreater(child, 0)
                left = descendants(broker.process.pid)
                self.assertEqual(len(left), 2, "the zygote and its child")
                broker.process.send_signal(signal.SIGKILL)
                broker.process.communicate()
                deadline = time.monotonic() + 3
                while any(Path(f"/proc/{pid}").exists() for pid in left) and time.monotonic() < deadline:
                    time.sleep(0.01)
                self.assertEqual([pid for pid in left if Path(f"/proc/{pid}").exists()], [])
                os.close(broker.staging)


if __name__ == "__main__":
    unittest.main()
