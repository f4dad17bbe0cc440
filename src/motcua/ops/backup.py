"""`motcua backup` and `motcua restore`: database, documents and keys as one file that proves itself whole.

The file is a tar: `manifest.json` (what, when, which version, a SHA-256 of every other part),
`database.dump` (pg_dump, custom form, one consistent snapshot of all schemas), `documents.tar`,
`secrets.json` (keys without which the documents are noise; the file is therefore as secret as the
installation, mode 0600), `clock.json`.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from psycopg import sql

from motcua.kernel.clock import SystemClock
from motcua.ops import database, fingerprint
from motcua.ops.cluster import MAJOR_VERSION
from motcua.ops.home import Home
from motcua.ops.postgres_programs import programs_for
from motcua.ops.trouble import Exit, Trouble, of_os_error

FORMAT = 1
PARTS = ("database.dump", "documents.tar", "secrets.json")
KEPT_SECRETS = ("secret_key", "documents_key", "push_key")
BLOCK = 1 << 20


def backup(told: argparse.Namespace) -> int:
    """Write the backup; the running server goes on. The file appears under its name only when it is whole."""
    home = Home(told.home or os.environ.get("MOTCUA_HOME") or "var")
    target = Path(told.file).absolute()
    if target.exists():
        raise Trouble(f"{target} exists already; choose another name.", Exit.NOT_EMPTY)
    try:
        with (
            _database(home) as found,
            tempfile.TemporaryDirectory(prefix=".motcua-backup-", dir=target.parent) as work,
        ):
            folder = Path(work)
            roles = _dump(home, found, folder / "database.dump")
            _pack_documents(_documents_folder(home), folder / "documents.tar")
            _write_private(folder / "secrets.json", json.dumps(_secrets(home)).encode())
            at = SystemClock().now()
            manifest = {
                "format": FORMAT,
                "made_at": at.isoformat(),
                "motcua": metadata.version("motcua"),
                "fingerprint": fingerprint.of_code(),
                "database": roles,
                "sha256": {name: _sha256_file(folder / name) for name in PARTS},
                "bytes": {name: (folder / name).stat().st_size for name in PARTS},
            }
            whole = folder / "whole.tar"
            with tarfile.open(whole, "w") as tar:
                _add_bytes(tar, "manifest.json", json.dumps(manifest, indent=1).encode())
                for name in PARTS:
                    tar.add(folder / name, arcname=name)
            whole.chmod(0o600)
            os.replace(whole, target)
    except OSError as error:
        raise of_os_error(error, "writing the backup", target.parent) from None
    home.write_state(last_backup_at=at.isoformat())
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB, {len(roles['companies'])} companies.")  # type: ignore[arg-type]
    print("It holds the keys of this installation: keep it where nobody else can read it.")
    return Exit.OK


def restore(told: argparse.Namespace) -> int:
    """Put a backup into an empty installation. Everything is checked before anything is changed; what is
    there is replaced only with --force.
    """
    home = Home(told.home or os.environ.get("MOTCUA_HOME") or "var")
    source = Path(told.file).absolute()
    with (
        home.locked("running", wait=False),
        tempfile.TemporaryDirectory(prefix=".restore-", dir=home.path) as work,
    ):
        folder = Path(work)
        try:
            manifest = _unpack(source, folder)
        except OSError as error:
            raise of_os_error(error, "unpacking the backup", home.path) from None
        with _database(home) as found:
            documents = _documents_folder(home)
            _refuse_full(found, documents, force=told.force)
            _load(home, found, folder / "database.dump", manifest["database"])
            _unpack_documents(folder / "documents.tar", documents)
            for name, value in json.loads((folder / "secrets.json").read_text()).items():
                home.keep_secret(name, value)
            if manifest["fingerprint"] != fingerprint.of_code():
                print("The backup was made by another version: the next start migrates it.")
    print(f"Restored the state of {manifest['made_at'][:19]} UTC into {home.path}.")
    return Exit.OK


@contextmanager
def _database(home: Home) -> Iterator[database.Database]:
    found = database.choose(home)
    try:
        yield found
    finally:
        if found.server and not found.server.adopted:
            found.server.stop()


def _documents_folder(home: Home) -> Path:
    return Path(os.environ.get("MOTCUA_DOCUMENTS_DIR") or home.documents)


def _secrets(home: Home) -> dict[str, str]:
    """The keys, from the environment or the home; not the database's passwords, which belong to
    the server.
    """
    kept = {name: value for name, value in home.list_secrets().items() if name in KEPT_SECRETS}
    for name in KEPT_SECRETS:
        if value := os.environ.get(f"MOTCUA_{name.upper()}"):
            kept[name] = value
    return kept


def _tool(home: Home, found: database.Database, name: str) -> tuple[list[str], dict[str, object]]:
    """pg_dump or pg_restore: for a server of your own the machine's, when it is new enough (it speaks TLS);
    else the wheel's.
    """
    if found.server is None and (system := _system_tool(name)):
        return [system], {"env": dict(os.environ)}
    programs = programs_for(home)
    return [str(programs.path(name))], programs.arguments()


def _system_tool(name: str) -> str | None:
    path = shutil.which(name)
    if path is None:
        return None
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"\) (\d+)", said)
    return path if version and int(version[1]) >= int(MAJOR_VERSION) else None


def _dump(home: Home, found: database.Database, target: Path) -> dict[str, object]:
    command, how = _tool(home, found, "pg_dump")
    with target.open("wb") as out:
        target.chmod(0o600)
        _run(
            [
                *command,
                "--format=custom",
                "--compress=6",
                "--no-owner",
                f"--dbname={_without_password(found.owner_url)}",
            ],
            how | {"stdout": out},
            found.owner_url,
            "pg_dump",
        )
    with database.open_connection(found.owner_url) as connection:
        rows = connection.execute(
            "SELECT code, schema_name FROM public.companies_company ORDER BY id"
        ).fetchall()
        roles = connection.execute(
            "SELECT DISTINCT refobjid::regrole::text FROM pg_shdepend "
            "WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND refclassid = 'pg_authid'::regclass AND deptype = 'a' "
            "AND refobjid <> (SELECT oid FROM pg_roles WHERE rolname = current_user)"
        ).fetchall()
        (name,) = connection.execute("SELECT current_database()").fetchone() or ("",)
    return {
        "name": name,
        "app_login": found.app_login,
        "companies": dict(rows),
        "roles": sorted(role.strip('"') for (role,) in roles),
    }


def _load(home: Home, found: database.Database, dump: Path, noted: dict[str, object]) -> None:
    """Empty the database, make the roles the grants speak of, load in one transaction; the grants of a
    database of another name are made anew by the migration that follows at the next start.
    """
    same_names = (
        noted["name"] == urlsplit(found.owner_url).path.lstrip("/") and noted["app_login"] == found.app_login
    )
    with database.open_connection(found.owner_url) as connection:
        _empty(connection)
        if same_names:
            for role in noted["roles"]:  # type: ignore[attr-defined]
                if role not in (found.app_login, found.edge_login):
                    _make_role(connection, role, found.app_login)
                    if found.edge_login and role.endswith("_edge"):
                        _make_role(connection, role, found.edge_login)
        connection.execute("DROP SCHEMA IF EXISTS public CASCADE")
        connection.execute(
            "CREATE SCHEMA public"
        )  # as a fresh database has it; the dump brings what is in it
        connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
    command, how = _tool(home, found, "pg_restore")
    privileges = [] if same_names else ["--no-privileges"]
    with dump.open("rb") as stream:
        _run(
            [*command, "--no-owner", *privileges, "--exit-on-error", "--single-transaction",
             f"--dbname={_without_password(found.owner_url)}"],
            how | {"stdin": stream},
            found.owner_url,
            "pg_restore",
        )  # fmt: skip
    with database.open_connection(found.owner_url) as connection:
        if not same_names:
            connection.execute("DELETE FROM public.motcua_installation WHERE key = 'prepared'")
        connection.execute("ANALYZE")


def _empty(connection) -> None:  # type: ignore[no-untyped-def]
    rows = connection.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN "
        "('information_schema', 'public')"
    ).fetchall()
    for (schema,) in rows:
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


def _make_role(connection, role: str, app_login: str) -> None:  # type: ignore[no-untyped-def]
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    connection.execute(
        sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(
            sql.Identifier(role), sql.Identifier(app_login)
        )
    )


def _refuse_full(found: database.Database, documents: Path, *, force: bool) -> None:
    with database.open_connection(found.owner_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relname <> 'motcua_installation' "
            "AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
        ).fetchone()
    full = bool(row and row[0]) or (documents.exists() and any(documents.iterdir()))
    if full and not force:
        raise Trouble(
            "This installation is not empty. Restore into an empty one (MOTCUA_HOME=DIR), "
            "or replace everything here with --force.",
            Exit.NOT_EMPTY,
        )


def _run(command: list[str], how: dict[str, object], url: str, name: str) -> None:
    environment = dict(how.get("env", {})) | _password(url)  # type: ignore[call-overload]
    done = subprocess.run(command, **(how | {"env": environment}), stderr=subprocess.PIPE, check=False)  # type: ignore[call-overload]
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        if any("No space left" in line for line in lines):
            raise Trouble(f"{name} failed: the disk is full.", Exit.DISK)
        raise Trouble(f"{name} failed: {lines[0]}", Exit.ARCHIVE)


def _password(url: str) -> dict[str, str]:
    from urllib.parse import unquote

    return {"PGPASSWORD": unquote(urlsplit(url).password or "")}


def _without_password(url: str) -> str:
    """The address for a command line, which others can read: the password goes by the environment."""
    password = urlsplit(url).password
    return url.replace(f":{password}@", "@", 1) if password else url


def _pack_documents(folder: Path, target: Path) -> None:
    with tarfile.open(target, "w") as tar:
        target.chmod(0o600)
        if folder.exists():
            for path in sorted(folder.rglob("*")):
                if path.is_file() and not path.is_symlink():
                    try:
                        tar.add(path, arcname=str(path.relative_to(folder)), recursive=False)
                    except FileNotFoundError:  # deleted on its date meanwhile
                        continue


def _unpack_documents(archive: Path, folder: Path) -> None:
    fresh = folder.with_name(f".{folder.name}-restored")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o700)
    with tarfile.open(archive) as tar:
        for member in tar:
            _unpack_document(tar, member, fresh)
    if folder.exists():
        shutil.rmtree(folder)
    os.replace(fresh, folder)


def _unpack_document(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """One plain file below the folder; whatever else an archive may hold was not written by a backup."""
    target = (folder / member.name).resolve()
    content = tar.extractfile(member) if member.isfile() else None
    if content is None or folder.resolve() not in target.parents:
        raise Trouble("The backup's documents hold something that is no document.", Exit.ARCHIVE)
    target.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    _write_private(target, content.read())


def _unpack(source: Path, folder: Path) -> dict:  # type: ignore[type-arg]
    """Take the file apart and compare every part with the manifest. Raises Trouble for a file that is not
    whole.
    """
    damaged = Trouble(f"{source} is damaged or was cut short; nothing was changed.", Exit.ARCHIVE)
    if not source.exists():
        raise Trouble(f"There is no file {source}.", Exit.ARCHIVE)
    try:
        with tarfile.open(source) as tar:
            for name in ("manifest.json", *PARTS):
                member = tar.extractfile(name)
                if member is None:
                    raise damaged
                with (folder / name).open("wb") as out:
                    (folder / name).chmod(0o600)
                    shutil.copyfileobj(member, out, BLOCK)
        manifest: dict = json.loads((folder / "manifest.json").read_text())  # type: ignore[type-arg]
    except (tarfile.TarError, KeyError, ValueError):
        raise damaged from None
    if manifest.get("format") != FORMAT:
        raise Trouble(f"{source} has a form this version does not know.", Exit.ARCHIVE)
    if any(_sha256_file(folder / name) != manifest["sha256"][name] for name in PARTS):
        raise damaged
    return manifest


def _sha256_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    member.mtime = int(SystemClock().now().timestamp())
    tar.addfile(member, io.BytesIO(content))
