"""The whole house running for the journeys: pages, edge and worker as `motcua up` starts them, on a clone of the
template database, with a clock of its own.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from motcua.assistant.understanding import store
from motcua.config.env import ENV
from motcua.kernel.clock import FileClock, set_file
from motcua.ops import parts
from motcua.ops.parts import Part
from tests.database import ROOT, SharedServer
from tests.free_ports import free_house
from tests.ops import processes

HANOI, GROUP = "hanoi.localhost", "localhost"
READY_WITHIN_SECONDS = 400


@dataclass(frozen=True)
class Site:
    """Where the house answers, and what time it is in it."""

    port: int
    clock_file: Path
    environment: dict[str, str] = field(default_factory=dict)
    sessions: dict[tuple[str, str], list[Any]] = field(default_factory=dict)  # cookies by host and username
    parts: dict[str, Part] = field(default_factory=dict)  # what runs, to be stopped and started again

    def url(self, path: str = "/", host: str = HANOI) -> str:
        return f"http://{host}:{self.port}{path}"

    def now(self) -> datetime:
        return FileClock(self.clock_file).now()

    def move_to(self, at: datetime) -> None:
        """Let it be that instant; time goes on from there."""
        set_file(self.clock_file, at=at)

    def run(self, module: str, *arguments: str) -> str:
        """Run one of the journeys' modules as the database's owner; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", f"tests.journeys.{module}", *arguments],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{module} {arguments}:\n{done.stderr[-4000:]}")
        return done.stdout


@contextmanager
def running(server: SharedServer, home: Path, begins_at: datetime) -> Iterator[Site]:
    """Start everything, seeded; stop everything."""
    name = server.clone()
    port = free_house()
    site = Site(port, home / "clock.json")
    site.move_to(begins_at)
    environment = _environment(site, server, name, home)
    site.environment.update(environment, DATABASE_URL=server.owner_url(name), MOTCUA_DB_AS_OWNER="1")
    granian = [
        sys.executable, "-m", "granian", "--host", "127.0.0.1", "--no-ws", "--log-level", "warning",
        "--workers-kill-timeout", "2",
    ]  # fmt: skip
    wsgi = [
        "--interface",
        "wsgi",
        "--port",
        str(site.port),
        "--blocking-threads",
        "8",
        "motcua.config.wsgi:application",
    ]
    asgi = ["--interface", "asgi", "--port", str(site.port + 1), "motcua.ops.machines:app"]
    started = [
        Part("pages", [*granian, *wsgi], environment, home / "pages.log"),
        Part("edge", [*granian, *asgi], environment, home / "edge.log"),
        Part("worker", [sys.executable, "-m", "motcua.ops.worker"], environment, home / "worker.log"),
    ]
    try:
        site.run("seed", begins_at.isoformat())
        store.prepare()  # as `motcua up` does, before the first message
        for part in started:
            part.start()
            site.parts[part.name] = part
        _wait_until_ready(site, started)
        yield site
    finally:
        parts.stop_all(started, 5)
        server.drop(name)


def _environment(site: Site, server: SharedServer, database: str, home: Path) -> dict[str, str]:
    return processes.clean_environment(
        PYTHONPATH=f"{ROOT / 'src'}:{ROOT}",
        PYTHONUNBUFFERED="1",
        DATABASE_URL=server.app_url(database),
        DJANGO_SETTINGS_MODULE="motcua.config.settings",
        MOTCUA_HOME=str(home),
        MOTCUA_MODELS=str(store.folder()),
        MOTCUA_PORT=str(site.port),
        MOTCUA_EDGE_PORT=str(site.port + 1),
        MOTCUA_DEMO="1",
        MOTCUA_CLOCK=str(site.clock_file),
        MOTCUA_DB_ROLE_PREFIX=ENV.database_role_prefix,
    )


def _wait_until_ready(site: Site, started: list[Part]) -> None:
    until = time.monotonic() + READY_WITHIN_SECONDS
    waiting = {
        f"http://127.0.0.1:{site.port}/healthz?only=pages",
        f"http://127.0.0.1:{site.port + 1}/healthz",
    }
    while waiting:
        for part in started:
            if part.has_ended():
                raise RuntimeError(f"the {part.name} ended:\n{part.last_lines(20)}")
        if time.monotonic() > until:
            raise RuntimeError("\n".join(f"{part.name}:\n{part.last_lines(20)}" for part in started))
        waiting = {address for address in waiting if not _answers(address)}
        time.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False, timeout=5).status_code == 200
    except httpx.TransportError:
        return False
