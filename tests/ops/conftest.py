"""A home folder for each test, and an embedded server that is stopped at the end whatever happens."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.ops.processes import Up, until

from motcua.ops import embedded
from motcua.ops.home import Home


@contextmanager
def temporary_home() -> Iterator[Home]:
    """A short path (sockets), removed at the end with any server in it stopped."""
    folder = Path(tempfile.mkdtemp(prefix="mc-"))
    folder.chmod(0o711)
    made = Home(folder)
    try:
        yield made
    finally:
        stop_database(made)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def home() -> Iterator[Home]:
    with temporary_home() as made:
        yield made


@pytest.fixture(scope="session")
def demonstration() -> Iterator[Home]:
    """A home that was started once: migrated and with the demonstration's data. Nothing runs in it."""
    with temporary_home() as made:
        first = Up.begin(made)
        try:
            first.wait_until_ready()
            assert "migrating" in first.output
            # a year of bills was put in as if it had passed: what it leaves to send is older than anything until it is sent
            until(lambda: first.health()["status"] == "ok", what=lambda: str(first.health()))
        finally:
            first.end()
        yield made


def copy_into(home: Home, original: Home) -> None:
    """All of a home, with the owners of its files; its database is stopped for that."""
    stop_database(original)
    subprocess.run(["cp", "-a", f"{original.path}/.", str(home.path)], check=True)


@pytest.fixture
def start_server(home: Home) -> Iterator[Callable[..., embedded.Server]]:
    started: list[embedded.Server] = []

    def start(*, durable: bool = False, **more: object) -> embedded.Server:
        server = embedded.start(home, durable=durable, **more)  # type: ignore[arg-type]
        started.append(server)
        return server

    yield start
    for server in started:
        if server.is_running():
            server.stop(5)


def stop_database(home: Home) -> None:
    programs = embedded.programs_for(home)
    data = embedded.data_root(home, programs) / "data"
    if data.exists():
        programs.run("pg_ctl", "stop", "-D", data, "-m", "immediate", "-w", "-t", "60")
