"""The files of a PostgreSQL: made whole or not at all, its settings, its start, and why it did not start."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from motcua.ops.postgres_programs import Programs
from motcua.ops.trouble import Exit, Trouble

MAJOR_VERSION = "18"
OWNER = "motcua_owner"
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


def create(programs: Programs, root: Path, owner_password: str) -> None:
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
            raise explain(log, "PostgreSQL's files could not be made", root)
    finally:
        password_file.unlink(missing_ok=True)
    with (fresh / "postgresql.conf").open("a") as conf:
        conf.write("\ninclude_if_exists = 'motcua.conf'\n")
    os.replace(fresh, root / "data")


def write_settings(programs: Programs, data: Path, settings: Mapping[str, str]) -> None:
    """What the server goes by from its next start on."""
    lines = [f"{name} = '{value}'" for name, value in settings.items()]
    target = data / "motcua.conf"
    target.write_text(
        "# written at every start; your own settings go into postgresql.auto.conf\n" + "\n".join(lines)
    )
    programs.owns(target)


def launch(programs: Programs, root: Path, data: Path) -> None:
    """pg_ctl start, tried for a while: backends of a killed server may take a moment to notice and leave."""
    log = root / "start.log"
    log.unlink(missing_ok=True)
    log.touch(mode=0o600)
    if (data / "postmaster.pid").exists():  # its process is gone or is somebody else's with the same number
        (data / "postmaster.pid").unlink()
    for _ in range(20):
        if not programs.run("pg_ctl", "start", "-D", data, "-w", "-t", "240", output=log):
            return
        if "shared memory block" not in log.read_text(errors="replace"):
            break
        time.sleep(0.5)
    raise explain(log, "The embedded PostgreSQL did not start", data)


def explain(log: Path, what: str, where: Path) -> Trouble:
    """Why a program of PostgreSQL failed, in a sentence: from its own log, and from the server's."""
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


def refuse_other_version(data: Path) -> None:
    """Raises Trouble when another PostgreSQL wrote the files."""
    found = (data / "PG_VERSION").read_text().strip()
    if found != MAJOR_VERSION:
        raise Trouble(
            f"The data in {data} was written by another version of PostgreSQL ({found}; this is "
            f"{MAJOR_VERSION}). Start "
            "the version of Motcua that wrote it, run `motcua backup`, then restore the backup with "
            "this one.",
            Exit.DATABASE_UNFIT,
        )


def find_postmaster(data: Path) -> psutil.Process | None:
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
