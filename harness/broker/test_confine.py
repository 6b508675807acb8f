"""Builds as strangers' sources meet them: what openxpu-confine shows, denies, limits and leaves behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

from broker_fixture import build, compile_c, descendants, refusing, scratch

SYSTEM = [path for path in ("/usr", "/bin", "/lib", "/lib64") if Path(path).exists()]

# A program that tries what its first word says; 0 when it was let.
PROBES = r"""
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static int is(const char *a, const char *b) { return strcmp(a, b) == 0; }
int main(int count, char **words) {
  const char *what = words[1];
  int got = 0;
  if (count < 2) return 2;
  if (is(what, "socket")) got = socket(AF_UNIX, SOCK_STREAM, 0);
  if (is(what, "network")) got = socket(AF_INET, SOCK_STREAM, 0);
  if (is(what, "ptrace")) got = (int)ptrace(PTRACE_ATTACH, getppid(), 0, 0);
  if (is(what, "unshare")) got = unshare(CLONE_NEWUSER);
  if (is(what, "clone")) got = (int)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (is(what, "clone3")) got = (int)syscall(SYS_clone3, 0, 0);
  if (is(what, "mount")) got = mount("none", "/tmp", "tmpfs", 0, 0);
  if (is(what, "keyctl")) got = (int)syscall(SYS_keyctl, 0, -3, 0, 0, 0);
  if (is(what, "bpf")) got = (int)syscall(SYS_bpf, 0, 0, 0);
  if (is(what, "io_uring")) got = (int)syscall(SYS_io_uring_setup, 1, 0);
  if (is(what, "userfaultfd")) got = (int)syscall(SYS_userfaultfd, 0);
  if (is(what, "setuid")) got = setuid(0);
  if (is(what, "fork")) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    got = waitpid(child, 0, 0) == child ? 0 : -1;
  }
  if (is(what, "linger")) { if (fork() == 0) { setsid(); for (;;) pause(); } return 0; }
  if (is(what, "memory")) got = malloc(1ull << 30) ? 0 : -1;
  if (is(what, "spin")) for (;;) {}
  if (is(what, "abort")) abort();
  if (is(what, "read")) got = open(words[2], O_RDONLY);
  if (is(what, "write")) got = open(words[2], O_WRONLY | O_CREAT, 0644);
  if (is(what, "fill")) {
    int file = open(words[2], O_WRONLY | O_CREAT, 0644);
    char block[1 << 16] = {1};
    signal(SIGXFSZ, SIG_IGN);
    for (int i = 0; i < 1 << 14 && got >= 0; i++) got = write(file, block, sizeof block) == sizeof block ? 0 : -1;
  }
  if (is(what, "descriptors")) for (int i = 3; i < 1024; i++) if (fcntl(i, F_GETFD) >= 0) return 0;
  if (is(what, "descriptors")) return 1;
  if (is(what, "who")) { printf("%d %d %d\n", getuid(), getgid(), getpid()); return 0; }
  if (is(what, "environment")) { for (char **e = environ; *e; e++) puts(*e); return 0; }
  return got < 0 ? 1 : 0;
}
"""


def probes() -> Path:
    """The program, built once."""
    target = scratch() / "probes"
    if not target.exists():
        source = scratch() / "probes.c"
        source.write_text("#include <signal.h>\n" + PROBES)
        compile_c("probes", [source], ["-std=gnu17", "-D_GNU_SOURCE", "-w"])
    return target


class Confined(unittest.TestCase):
    """As strong as this machine and user allow."""

    prefix: tuple[str, ...] = ()
    level = "full"

    def setUp(self) -> None:
        self.folder = scratch() / f"build-{self.id().rsplit('.', 2)[-2]}-{self._testMethodName}"
        self.folder.mkdir(exist_ok=True)

    def command(
        self, *words: str | Path, memory: int = 1 << 29, seconds: int = 5, env: tuple[str, ...] = ()
    ) -> list[str]:
        reads = [item for path in (*SYSTEM, str(probes())) for item in ("--read", path)]
        limits = ["--memory", str(memory), "--seconds", str(seconds)]
        given = [item for pair in env for item in ("--env", pair)]
        confine = [*self.prefix, str(build() / "openxpu-confine"), "--level", self.level]
        return [*confine, *reads, "--write", str(self.folder), *limits, *given, "--", *map(str, words)]

    def run_it(self, *words: str | Path, **more: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*words, **more), capture_output=True, text=True, check=False)  # type: ignore[arg-type]

    def attempt(self, *words: str | Path, **more: object) -> int:
        return self.run_it(probes(), *words, **more).returncode


class Shared:
    """Rules of every level with limits."""

    def test_what_a_compiler_never_does_is_denied(self: Confined) -> None:  # type: ignore[misc]
        calls = [
            "socket",
            "network",
            "ptrace",
            "unshare",
            "clone",
            "clone3",
            "mount",
            "keyctl",
            "bpf",
            "io_uring",
            "userfaultfd",
        ]
        for call in [*calls, *(["setuid"] if os.getuid() == 0 else [])]:
            with self.subTest(call=call):
                self.assertEqual(self.attempt(call), 1)

    def test_it_may_start_processes(self: Confined) -> None:  # type: ignore[misc]
        self.assertEqual(self.attempt("fork"), 0)

    def test_memory_time_and_files_are_limited(self: Confined) -> None:  # type: ignore[misc]
        self.assertEqual(self.attempt("memory"), 1)
        self.assertEqual(self.attempt("memory", memory=2 << 30), 0)
        self.assertEqual(self.attempt("spin", seconds=1), 128 + signal.SIGXCPU)
        self.assertEqual(self.attempt("fill", self.folder / "large", memory=1 << 30), 1)

    def test_the_status_is_the_command_s_own(self: Confined) -> None:  # type: ignore[misc]
        self.assertEqual(self.run_it("sh", "-c", "exit 77", env=("PATH=/usr/bin:/bin",)).returncode, 77)
        self.assertEqual(self.attempt("abort"), 128 + signal.SIGABRT)
        missing = self.run_it("/usr/bin/no-such-program")
        self.assertEqual((missing.returncode, "no-such-program" in missing.stderr), (127, True))

    def test_the_environment_and_the_descriptors_are_those_given(self: Confined) -> None:  # type: ignore[misc]
        self.assertEqual(self.run_it(probes(), "environment").stdout, "")
        self.assertEqual(self.run_it(probes(), "environment", env=("A=1", "B=2 3")).stdout, "A=1\nB=2 3\n")
        self.assertEqual(self.attempt("descriptors"), 1)

    def test_nothing_of_it_outlives_it(self: Confined) -> None:  # type: ignore[misc]
        self.assertEqual(self.attempt("linger"), 0)
        left = subprocess.run(["pgrep", "-f", f"{probes()} linger"], capture_output=True, text=True, check=False)
        self.assertEqual(left.stdout, "")

    def test_it_dies_with_its_caller(self: Confined) -> None:  # type: ignore[misc]
        process = subprocess.Popen(self.command(probes(), "spin", seconds=60))
        self.addCleanup(process.wait)
        until = time.monotonic() + 10
        below: set[int] = set()
        while len(below) < 2 and time.monotonic() < until:
            below = descendants(process.pid)
        process.kill()
        process.wait()
        while time.monotonic() < until and any(Path(f"/proc/{pid}").exists() for pid in below):
            time.sleep(0.01)
        self.assertEqual([pid for pid in below if Path(f"/proc/{pid}").exists()], [])

    def test_what_it_made_arrives_when_it_succeeds(self: Confined) -> None:  # type: ignore[misc]
        env = ("PATH=/usr/bin:/bin",)
        done = self.run_it("sh", "-c", f"echo made > {self.folder}/one; ln -s /etc/passwd {self.folder}/link", env=env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual((self.folder / "one").read_text(), "made\n")


class Best(Shared, Confined):
    """With namespaces."""

    @classmethod
    def setUpClass(cls) -> None:
        probed = subprocess.run([build() / "openxpu-confine", "--probe"], capture_output=True, text=True, check=True)
        assert probed.stdout.split("\n")[0] in {"userns", "rlimit", "none"}, probed.stdout

    def test_it_sees_what_it_was_given_and_nothing_else(self) -> None:
        for path in ("/etc/passwd", "/etc/hostname", "/proc/self/status", "/root", str(Path(__file__).resolve())):
            self.assertEqual(self.attempt("read", path), 1, path)
        self.assertEqual(self.attempt("read", "/usr/bin/env"), 0)

    def test_it_writes_to_its_folder_and_its_tmp_only(self) -> None:
        for path in ("/x", "/usr/x", "/etc/x", str(probes())):
            self.assertEqual(self.attempt("write", path), 1, path)
        self.assertEqual(self.attempt("write", "/tmp/x"), 0)
        # The way to its folder is its own, too, where that lies below /tmp.
        self.attempt("write", f"{scratch()}/x")
        self.assertEqual([Path("/tmp/x").exists(), (scratch() / "x").exists()], [False, False])

    def test_it_is_somebody_else_and_alone(self) -> None:
        user, group, process = self.run_it(probes(), "who").stdout.split()
        self.assertEqual((user, group), ("65534", "65534"))
        self.assertLess(int(process), 10)

    def test_what_it_made_stays_away_when_it_fails_and_links_never_arrive(self) -> None:
        env = ("PATH=/usr/bin:/bin",)
        self.run_it("sh", "-c", f"echo half > {self.folder}/half; exit 1", env=env)
        self.run_it(
            "sh", "-c", f"mkdir {self.folder}/d; ln -s /etc/passwd {self.folder}/l; mkfifo {self.folder}/f", env=env
        )
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_holes_in_files_do_not_fill_the_disk(self) -> None:
        sparse = f"for i in 1 2 3; do truncate -s 200M {self.folder}/$i; done"
        done = self.run_it("sh", "-c", sparse, env=("PATH=/usr/bin:/bin",))
        self.assertEqual((done.returncode, "File too large" in done.stderr), (125, True))
        self.assertLessEqual(sum(path.stat().st_size for path in self.folder.iterdir()), 256 << 20)

    def test_a_link_that_waits_at_the_target_is_not_followed(self) -> None:
        victim = scratch() / "victim"
        victim.write_text("mine")
        (self.folder / "one").symlink_to(victim)
        done = self.run_it("sh", "-c", f"echo theirs > {self.folder}/one", env=("PATH=/usr/bin:/bin",))
        self.assertEqual((done.returncode, victim.read_text()), (0, "mine"))
        self.assertEqual(((self.folder / "one").is_symlink(), (self.folder / "one").read_text()), (False, "theirs\n"))

    def test_a_folder_that_is_not_there_is_said(self) -> None:
        command = [str(build() / "openxpu-confine"), "--read", "/nowhere", "--", "true"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, "/nowhere" in done.stderr), (125, True))


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root to become somebody else")
class Ordinary(Best):
    """An ordinary user, with a user namespace."""

    prefix = ("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups")

    def setUp(self) -> None:
        super().setUp()
        os.chown(self.folder, 1000, 1000)


class Limited(Shared, Confined):
    """Without namespaces: the machine's files can be read, the rest holds."""

    level = "rlimit"


class Refused(Confined):
    """Where namespaces are refused."""

    def test_the_probe_says_so_and_a_build_at_that_level_works(self) -> None:
        confine = str(build() / "openxpu-confine")
        probed = subprocess.run(
            [*refusing("namespaces"), confine, "--probe"], capture_output=True, text=True, check=True
        )
        level, why = probed.stdout.strip().split("\n")
        self.assertEqual(level, "rlimit")
        self.assertRegex(why, "Operation not permitted|unshare|clone")
        self.prefix, self.level = refusing("namespaces"), "rlimit"
        self.assertEqual(self.attempt("fork"), 0)
        self.level = "userns"
        self.assertEqual(self.attempt("fork"), 125)


if __name__ == "__main__":
    unittest.main()
