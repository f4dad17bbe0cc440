"""One embedded PostgreSQL for all test runs of this checkout, and a template database cloned for each worker.

Sessions share the server: each holds a shared lock; the last one out stops it. The template's name carries a hash
of what shapes it, so that a run after an unchanged schema begins in a fraction of a second.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from motcua.ops import embedded

ROOT = Path(__file__).resolve().parents[1]
# `.ci/test` tells a folder in memory where there is one: a clone is five thousand files, and most disks take their time.
CACHE = Path(os.environ.get("MOTCUA_TEST_SERVER") or ROOT / ".cache" / "test-server")
SETTINGS = {"max_connections": "300", "max_wal_size": "512MB"}
SHAPING = (
    "*/apps.py",
    "config/settings/*.py",
    "*/migrations/*.py",
    "*/models.py",
    "*/models/*.py",
    "companies/*.py",
    "*/data/*.json",
    "services/declared/**/*.yaml",
)
MAINTENANCE = "postgres"


def url_of(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path="/" + database))


@dataclass
class SharedServer:
    server: embedded.Server
    users: object

    def clone(self) -> str:
        """A fresh database from the template; its name."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self._admin(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template_name())
            )
        )
        return name

    def drop(self, name: str) -> None:
        self._admin(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def app_url(self, name: str) -> str:
        return url_of(self.server.app_url, name)

    def edge_url(self, name: str) -> str:
        return url_of(self.server.edge_url, name)

    def owner_url(self, name: str) -> str:
        return url_of(self.server.owner_url, name)

    def _admin(self, statement: sql.Composable) -> None:
        with psycopg.connect(url_of(self.server.owner_url, MAINTENANCE), autocommit=True) as connection:
            connection.execute(statement)

    def leave(self) -> None:
        """Give the shared lock back; the last one out stops the server."""
        try:
            fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        for name in self._databases():
            self.drop(name)
        self.server.stop()

    def _databases(self) -> list[str]:
        with psycopg.connect(url_of(self.server.owner_url, MAINTENANCE), autocommit=True) as connection:
            rows = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'"
            ).fetchall()
        return [name for (name,) in rows]


def join() -> SharedServer:
    """Start or adopt the shared server, with the template ready."""
    CACHE.mkdir(parents=True, exist_ok=True)
    users = (CACHE / "users.lock").open("w")
    fcntl.flock(users, fcntl.LOCK_SH)
    with (CACHE / "template.lock").open("w") as lock:
        fcntl.flock(
            lock, fcntl.LOCK_EX
        )  # one worker starts the server and makes the template, the others find them
        server = embedded.start(CACHE / "home", durable=False, settings=SETTINGS)
        shared = SharedServer(server, users)
        _make_template(shared)
    return shared


@functools.cache
def template_name() -> str:
    digest = hashlib.sha256()
    for pattern in SHAPING:
        for path in sorted((ROOT / "src" / "motcua").glob(pattern)):
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    digest.update((ROOT / "tests" / "template.py").read_bytes())
    return f"motcua_template_{digest.hexdigest()[:12]}"


def _make_template(shared: SharedServer) -> None:
    name = template_name()
    with psycopg.connect(url_of(shared.server.owner_url, MAINTENANCE), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        making = f"making_{uuid.uuid4().hex[:8]}"
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
        environment = {
            **os.environ,
            "DATABASE_URL": shared.owner_url(making),
            "DATABASE_OWNER_URL": shared.owner_url(making),
            "DATABASE_EDGE_URL": shared.edge_url(making),
            "MOTCUA_DB_AS_OWNER": "1",
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.template"],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(making)))
            raise RuntimeError(
                f"the template database could not be made:\n{done.stdout}\n{done.stderr[-6000:]}"
            )
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(making), sql.Identifier(name))
        )
        _drop_old_templates(connection, name)


def _drop_old_templates(connection: psycopg.Connection, keep: str) -> None:
    rows = connection.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE 'motcua\\_template\\_%%' AND datname <> %s ORDER BY oid DESC OFFSET 3",
        [keep],
    )
    for (old,) in rows.fetchall():
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(old)))
