"""A durable database of its own for a measurement: the five companies, empty, on an embedded server."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FILL = """
import django; django.setup()
from datetime import UTC, datetime
from motcua.companies import context, schemas, seeds
from motcua.ops import declarations, embedded
from motcua.tariffs import operations as tariff_ops
at = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
schemas.migrate_public(app_login=embedded.APP)
seeds.open_companies(news=seeds.power_companies(), app_login=embedded.APP, at=at, progress=lambda _: None)
with context.in_public():
    tariff_ops.load_reference_data(at=at)
declarations.publish(at)
"""


@contextmanager
def made(settings: Mapping[str, str] | None = None) -> Iterator[Any]:
    """The server (with settings of its own), and Django of this process pointed at it as the application."""
    if str(ROOT / "src") not in sys.path:
        sys.path.insert(0, str(ROOT / "src"))
    from motcua.ops import database, embedded
    from motcua.ops.home import Home

    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # leave nothing running behind
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        home = Home(Path(folder) / "home")
        server = embedded.start(home, settings=settings)
        try:
            found = database.Database(server.app_url, server.owner_url, server, server.edge_url)
            path = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "MOTCUA_CLOCK": "", "MOTCUA_DEMO": "1"}
            subprocess.run(
                [sys.executable, "-c", FILL],
                env=database.child_environment(home, found, owner=True) | path,
                cwd=ROOT,
                check=True,
            )
            os.environ.update(database.child_environment(home, found) | path)
            import django

            django.setup()
            yield server
        finally:
            server.stop()
            shutil.rmtree(server.data.parent, ignore_errors=True)  # as root the data lies outside the home
