"""Child processes: end with their parent, are restarted, leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from motcua.ops import parts
from motcua.ops.parts import Part

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); "
    "time.sleep(60)",
]
WITH_CHILD = [
    sys.executable,
    "-c",
    "import subprocess, sys, time\np = subprocess.Popen([sys.executable, '-c', 'import time; "
    "time.sleep(60)'])\n"
    "print(p.pid, flush=True)\ntime.sleep(60)",
]


def until(true: Callable[[], object], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not become true"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[list[str]], Part]]:
    started: list[Part] = []

    def begin(command: list[str]) -> Part:
        part = Part("part", command, {**os.environ, parts.MARK: "this-test"}, tmp_path / "part.log")
        part.start()
        started.append(part)
        return part

    yield begin
    for part in started:
        part.kill_group()


class TestStopping:
    def test_asks_first(self, start: Callable[[list[str]], Part]) -> None:
        part = start(SLEEP)

        begun = time.monotonic()
        parts.stop_all([part], 50)

        assert part.process
        assert part.process.returncode == -signal.SIGTERM
        assert time.monotonic() - begun < 40

    def test_ends_with_force_what_does_not_listen(self, start: Callable[[list[str]], Part]) -> None:
        part = start(STUBBORN)
        assert part.log
        until(lambda: part.log.read_text().strip())  # type: ignore[union-attr]

        begun = time.monotonic()
        parts.stop_all([part], 0.3)

        assert part.process
        assert part.process.returncode == -signal.SIGKILL
        assert time.monotonic() - begun < 40  # it would sleep for a minute

    def test_ends_the_workers_of_a_server_whose_own_process_was_killed(
        self, start: Callable[[list[str]], Part]
    ) -> None:
        part = start(WITH_CHILD)
        assert part.log
        assert part.process
        until(lambda: part.log.read_text().strip())  # type: ignore[union-attr]
        worker = int(part.log.read_text())

        part.process.kill()
        until(part.has_ended)

        until(lambda: not is_alive(worker))


class TestRestart:
    def test_waits_longer_each_time_it_fails_soon(self, start: Callable[[list[str]], Part]) -> None:
        part = start(["/bin/false"])

        pauses = []
        for _ in range(8):
            until(part.has_ended)
            pauses.append(part.plan_restart())
            part.start()

        assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]

    def test_forgets_failures_after_a_steady_run(self, start: Callable[[list[str]], Part]) -> None:
        part = start(["/bin/false"])
        until(part.has_ended)
        part.failures = 6
        part.begun = time.monotonic() - parts.STEADY_AFTER_SECONDS - 1

        assert part.plan_restart() == 0.25


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux's")
class TestParentKilled:
    PARENT = (
        "import os, sys, time\nfrom motcua.ops import parts\n"
        "p = parts.Part('p', {command!r}, {{**os.environ, parts.MARK: {mark!r}}}, None)\n"
        "p.start()\nprint('child', p.process.pid, flush=True)\ntime.sleep(60)\n"
    )

    def begin_parent(
        self, command: list[str], mark: str, *, child_says: str = ""
    ) -> tuple[subprocess.Popen[str], int]:
        """The parent, and its child's number, once the child has said its word: both write into one pipe, in any order."""
        parent = subprocess.Popen(
            [sys.executable, "-c", self.PARENT.format(command=command, mark=mark)],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        )  # fmt: skip
        assert parent.stdout
        told = [parent.stdout.readline() for _line in range(2 if child_says else 1)]
        assert child_says == "" or f"{child_says}\n" in told, told
        (number,) = (line.removeprefix("child ") for line in told if line.startswith("child "))
        return parent, int(number)

    def test_the_child_ends_too(self) -> None:
        parent, child = self.begin_parent(SLEEP, "killed-parent")

        parent.kill()
        parent.wait()

        until(lambda: not is_alive(child))

    def test_a_later_start_ends_what_would_not_go(self) -> None:
        home = uuid4().hex  # another worker may try the same just now
        parent, child = self.begin_parent(STUBBORN, home, child_says="1")
        parent.kill()
        parent.wait()
        time.sleep(0.3)
        assert is_alive(child)

        ended = parts.end_leftovers(home)

        assert ended == 1
        until(lambda: not is_alive(child))

    def test_a_later_start_leaves_other_homes_alone(self) -> None:
        parent, child = self.begin_parent(SLEEP, "another-home")
        try:
            assert parts.end_leftovers(uuid4().hex) == 0
            assert is_alive(child)
        finally:
            parent.kill()
            parent.wait()


class TestLogs:
    def test_a_large_log_is_put_aside(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parts, "LOG_LIMIT_BYTES", 10)
        log = tmp_path / "pages.log"
        log.write_text("x" * 11)

        parts.rotate(log)

        assert not log.exists()
        assert (tmp_path / "pages.1.log").read_text() == "x" * 11
