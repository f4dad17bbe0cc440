"""A home folder for each test, and an embedded server that is stopped at the end whatever happens."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from motcua.ops import embedded
from motcua.ops.home import Home


@pytest.fixture
def home() -> Iterator[Home]:
    """A short path (sockets), removed at the end with any server in it stopped."""
    folder = Path(tempfile.mkdtemp(prefix="mc-"))
    folder.chmod(0o711)
    made = Home(folder)
    yield made
    stop_database(made)
    shutil.rmtree(folder, ignore_errors=True)


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
        programs.run("pg_ctl", "stop", "-D", data, "-m", "immediate", "-w", "-t", "10")
