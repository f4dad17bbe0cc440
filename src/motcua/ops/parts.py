"""The parts that run: child processes in groups of their own that end with their parent, watched and
restarted.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

MARK = "MOTCUA_PART_OF"
PR_SET_PDEATHSIG = 1
LOG_LIMIT_BYTES = 20_000_000
STEADY_AFTER_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 15.0

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass
class Part:
    """A child: its command, and what became of it."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    log: Path | None
    process: subprocess.Popen[bytes] | None = None
    begun: float = 0.0
    failures: int = 0
    next_start: float = 0.0

    def start(self) -> None:
        """Start it in a session of its own; the kernel ends it when this process ends, however that is."""
        out = self.log.open("ab") if self.log else None
        try:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT if out else None,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
        finally:
            if out:
                out.close()
        self.begun = time.monotonic()

    def has_ended(self) -> bool:
        """Whether it ended by itself. What is left of its group is ended too: a server whose parent was
        killed leaves workers behind that would go on answering.
        """
        if self.process is None or self.process.poll() is None:
            return False
        self.kill_group()
        return True

    def plan_restart(self) -> float:
        """Note the failure; seconds until the next start (longer each time it fails soon after a start)."""
        steady = time.monotonic() - self.begun > STEADY_AFTER_SECONDS
        self.failures = 1 if steady else self.failures + 1
        pause: float = min(LONGEST_PAUSE_SECONDS, 0.25 * 2 ** (self.failures - 1))
        self.process, self.next_start = None, time.monotonic() + pause
        return pause

    def ask_to_stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def kill_group(self) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def last_lines(self, count: int = 5) -> str:
        if not self.log or not self.log.exists():
            return ""
        lines = [line for line in self.log.read_text(errors="replace").splitlines()[-200:] if line.strip()]
        return "\n".join("    " + line for line in lines[-count:])


def stop_all(parts: Sequence[Part], seconds: float) -> None:
    """Ask every part to stop; end with force what is still there after `seconds`, groups whole."""
    for part in parts:
        part.ask_to_stop()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(p.process and p.process.poll() is None for p in parts):
        time.sleep(0.02)
    for part in parts:
        part.kill_group()
        if part.process:
            part.process.wait()


def start_again(parts: Sequence[Part], *, may_start: Callable[[], bool]) -> None:
    """One look at the parts: what ended by itself is started again, after a pause that grows."""
    for part in parts:
        if part.process is None:
            if time.monotonic() >= part.next_start and may_start():
                part.start()
        elif part.has_ended():
            code = part.process.returncode
            pause = part.plan_restart()
            print(f"The {part.name} ended ({_how(code)}); started again in {pause:.1f} s.", flush=True)


def end_leftovers(mark: str) -> int:
    """End what a killed start of the same home left running; how many processes that were."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = [p for p in psutil.process_iter() if p.pid not in own and _belongs_to(p, mark)]
    for process in found:
        try:
            process.kill()
        except psutil.Error:
            continue
    psutil.wait_procs(found, timeout=5)
    return len(found)


def rotate(log: Path) -> None:
    """Keep one older file once a log has grown large."""
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        os.replace(log, log.with_suffix(".1.log"))


def _how(code: int) -> str:
    try:
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    except ValueError:
        return f"exit code {code}"


def _belongs_to(process: psutil.Process, mark: str) -> bool:
    try:
        return bool(process.environ().get(MARK) == mark)
    except (psutil.Error, OSError):
        return False


def _die_with(parent: int):  # type: ignore[no-untyped-def]
    def in_child() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died between fork and prctl
                os._exit(1)

    return in_child
