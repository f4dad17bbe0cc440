"""PostgreSQL's own measure beside ours: pgbench's TPC-B, or statements of our own, on the server under test."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def fill(server: Any, scale: int) -> None:
    """Make TPC-B's tables."""
    _run(server, "-i", "-q", "-s", str(scale))


def tpc_b(server: Any, seconds: int, connections: int) -> float:
    """Transactions a second of pgbench's own TPC-B: five statements and a commit, prepared."""
    return _tps(_run(server, *_how(seconds, connections)))


def statements(server: Any, scripts: Sequence[str], seconds: int, connections: int) -> float:
    """Transactions a second of these scripts in turn, prepared."""
    with tempfile.TemporaryDirectory(prefix="motcua-pgbench-") as folder:
        os.chmod(folder, 0o755)  # pgbench may run as the database's own user
        files: list[str] = []
        for number, script in enumerate(scripts):
            path = Path(folder) / f"{number}.sql"
            path.write_text(script)
            files += ["-f", str(path)]
        return _tps(_run(server, *_how(seconds, connections), *files))


def _how(seconds: int, connections: int) -> tuple[str, ...]:
    return ("-n", "-M", "prepared", "-c", str(connections), "-j", "2", "-T", str(seconds))


def _tps(told: str) -> float:
    return next(float(line.split()[2]) for line in told.splitlines() if line.startswith("tps = "))


def _run(server: Any, *more: str) -> str:
    from motcua.ops import postgres_programs
    from motcua.ops.home import Home

    programs = postgres_programs.programs_for(Home(os.environ["MOTCUA_HOME"]))
    how: dict[str, Any] = programs.arguments()
    done = subprocess.run(
        [str(programs.path("pgbench")), *more, server.owner_url],
        capture_output=True, text=True, check=False, **{k: v for k, v in how.items() if k != "stdin"},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout
