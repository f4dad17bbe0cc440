"""`motcua up` as a process of its own, and what it leaves behind."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from tests.free_ports import free_house

from motcua.assistant.understanding import store
from motcua.ops import embedded, parts
from motcua.ops.home import Home

READY_WITHIN = 400.0


def until(true: Callable[[], object], seconds: float = 300, what: Callable[[], str] | None = None) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what() if what else "did not become true"
        time.sleep(0.05)


def clean_environment(**more: str) -> dict[str, str]:
    """Nothing of the test run's own installation, but what it has learned: every home would learn the same anew."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("MOTCUA_", "DATABASE_", "DJANGO_", "PROMETHEUS_"))
    }
    common = {
        "PYTHONPATH": ":".join(path for path in sys.path if path),
        "MOTCUA_MODELS": str(store.folder().absolute()),
    }
    return {**kept, **common, **more}


def motcua(home: Home | None, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    where = ["--home", str(home.path)] if home else []
    return subprocess.run(
        [sys.executable, "-m", "motcua.ops.main", *where, *arguments],
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


@dataclass
class Up:
    """A running `motcua up`."""

    home: Home
    port: int
    process: subprocess.Popen[bytes]
    output_file: Path

    @classmethod
    def begin(cls, home: Home, *, port: int = 0, arguments: tuple[str, ...] = (), **environment: str) -> Up:
        port = port or free_house()
        output = home.path / "up.out"
        with output.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-u", "-m", "motcua.ops.main", "--home", str(home.path), "up",
                 "--port", str(port), "--workers", "1", *arguments],
                env=clean_environment(**environment), stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        return cls(home, port, process, output)

    @property
    def output(self) -> str:
        return self.output_file.read_text(errors="replace")

    def wait_until_ready(self) -> Up:
        until(
            lambda: "Ctrl-C stops everything." in self.output or self.process.poll() is not None,
            READY_WITHIN,
            lambda: self.output,
        )
        assert self.process.poll() is None, self.output
        return self

    def get(self, path: str, host: str = "localhost") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers={"Host": f"{host}:{self.port}"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def answers(self, path: str = "/healthz?only=pages", host: str = "localhost") -> bool:
        try:
            return self.get(path, host)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def health(self) -> dict[str, Any]:
        """What it says of itself; nothing while a part that was killed is not there again."""
        try:
            told: dict[str, Any] = json.loads(self.get("/healthz")[1])
            return told
        except (OSError, ValueError, http.client.HTTPException):
            return {"status": "no answer"}

    def part(self, name: str) -> psutil.Process:
        """The part's first process (for granian: the one that keeps the workers)."""
        found = [p for p in psutil.Process(self.process.pid).children() if _names(p, name)]
        assert len(found) == 1, (name, found)
        return found[0]

    def has(self, name: str) -> bool:
        return any(_names(p, name) for p in psutil.Process(self.process.pid).children())

    def stop(self, number: int = signal.SIGINT) -> float:
        """Ask it to stop; the seconds that took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(120)
        return time.monotonic() - begun

    def end(self) -> None:
        """Tidy up after a test, whatever state it left."""
        if self.process.poll() is None:
            self.stop(signal.SIGTERM)
        parts.end_leftovers(self.home.mark)


def _names(process: psutil.Process, name: str) -> bool:
    words = {
        "pages": "motcua.config.wsgi:application",
        "edge": "motcua.ops.machines:app",  # of a demonstration: with the stand-ins beside it
        "worker": "motcua.ops.worker",
    }
    try:
        return words[name] in process.cmdline()
    except psutil.Error:  # it went meanwhile
        return False


def left_running(home: Home) -> list[psutil.Process]:
    """Processes of this home that are still there, the database's among them."""
    found = []
    for process in psutil.process_iter():
        try:
            of_ours = process.environ().get(parts.MARK) == home.mark
            if of_ours or (
                process.name().startswith("postgres") and str(home.path) in " ".join(process.cmdline())
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found


def postmaster_of(home: Home) -> psutil.Process:
    """The first process of the home's database."""
    running = embedded.find_running(home.path)
    assert running is not None
    return running


def name_of(process: psutil.Process) -> str:
    """What the process is called; empty for one that went meanwhile."""
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""
