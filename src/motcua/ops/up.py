"""`motcua up`: everything on one machine. Checks first, prepares the database, starts the parts, watches
them, and at Ctrl-C stops all within five seconds. What a killed start left behind is adopted (database) or
ended (everything else).
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import secrets
import shutil
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from motcua.ops import database, embedded, fingerprint, parts, ports, sign_ins
from motcua.ops.home import Home
from motcua.ops.parts import Part
from motcua.ops.stopping import Stopping
from motcua.ops.trouble import Exit, Trouble

READY_WITHIN_SECONDS = 180.0
PARTS_STOP_SECONDS = 2.8
DATABASE_STOP_SECONDS = 1
WATCH_EVERY_SECONDS = 0.1
TRUE_WORDS = {"1", "true", "yes", "on"}
# An open stream counts as a request that is being worked on: the server's own limit would stop at a thousand of them.
STREAMING = ("--backlog", "2048", "--backpressure", "30000")


@dataclass(frozen=True)
class Plan:
    """What this start is to be, from the command line and the environment."""

    home: Home
    port: int
    host: str
    bind: str
    company: str
    demo: bool
    production: bool
    page_workers: int
    logs_to_files: bool

    @property
    def edge_port(self) -> int:
        return self.port + 1

    @property
    def scheme(self) -> str:
        return "https" if self.host else "http"

    @property
    def address(self) -> str:
        return f"{self.scheme}://{{host}}:{self.port}"


def plan(told: argparse.Namespace) -> Plan:
    """Read the command line and the environment. Raises Trouble for what cannot be."""
    production = os.environ.get("MOTCUA_PRODUCTION", "").lower() in TRUE_WORDS
    demo = os.environ.get("MOTCUA_DEMO", "0" if production else "1").lower() in TRUE_WORDS
    if production and os.environ.get("MOTCUA_CLOCK"):
        raise Trouble(
            "MOTCUA_CLOCK is for development and demos; it is refused in production.", Exit.SETTINGS
        )
    return Plan(
        home=Home(told.home or os.environ.get("MOTCUA_HOME") or "var"),
        port=told.port,
        host=told.host.lower(),
        bind=told.bind or ("0.0.0.0" if told.host else "127.0.0.1"),  # noqa: S104 - HOST= asks for it
        company=told.company,
        demo=demo,
        production=production,
        page_workers=told.workers or max(1, min(4, os.cpu_count() or 1)),
        logs_to_files=not production if told.logs is None else told.logs == "files",
    )


def run(told: argparse.Namespace) -> int:
    """Start everything and stay until told to stop; the exit code."""
    chosen = plan(told)
    stopping = Stopping()
    with chosen.home.locked("running", wait=False):
        ended = parts.end_leftovers(chosen.home.mark)
        if ended:
            print(f"Ended {ended} processes that a killed start had left running.")
        ports.refuse_taken(chosen.bind, {chosen.port: "pages", chosen.edge_port: "edge"})
        print(f"Motcua starts in {chosen.home.path}")
        found = database.choose(chosen.home)
        running: list[Part] = []
        try:
            if found.server:
                how = "taken over from a killed start" if found.server.adopted else "started"
                print(f"  database: embedded PostgreSQL, {how}")
            _prepare(chosen, found, stopping)
            start_id = secrets.token_hex(8)
            running += _parts(chosen, found, start_id)
            for part in running:
                part.start()
            if _wait_until_ready(chosen, running, start_id, stopping):
                _greet(chosen, found)
                _watch(chosen, found, running, stopping)
        finally:
            begun = time.monotonic()
            stopping.ignore_more()
            parts.stop_all(running, PARTS_STOP_SECONDS)
            if found.server:
                found.server.stop(DATABASE_STOP_SECONDS)
            print(f"Stopped in {time.monotonic() - begun:.1f} s.")
    return Exit.OK


def _prepare(chosen: Plan, found: database.Database, stopping: Stopping) -> None:
    """Migrate, seed and add host names, in a process of its own; nothing is started when nothing changed."""
    present = fingerprint.of_code()
    arguments: list[str] = []
    if database.read_note(found, "prepared") != present or not database.edge_has_its_roles(found):
        arguments += ["--migrate", "--fingerprint", present]
    if chosen.demo and database.read_note(found, "sign_ins") is None:
        arguments += ["--seed"]
    if chosen.host:
        arguments += ["--host", chosen.host, "--company", chosen.company]
        from motcua.ops import certificates  # slow to load, and only needed here

        arguments += ["--addresses", *certificates.own_addresses()]
    if not arguments:
        return
    part = Part(
        "prepare",
        [sys.executable, "-m", "motcua.ops.prepare", "--app-login", found.app_login, *arguments],
        _environment(chosen, found, owner=True),
        log=None,
    )
    part.start()
    assert part.process
    while part.process.poll() is None:
        if stopping.asked:
            parts.stop_all([part], PARTS_STOP_SECONDS)
            raise Trouble(
                "Stopped while the database was being prepared; the next start goes on there.", Exit.OK
            )
        time.sleep(0.05)
    if part.process.returncode:
        known = part.process.returncode in set(Exit) - {Exit.FAILED}
        raise Trouble(
            "Nothing was started." if known else "Preparing the database failed; the lines above say where.",
            Exit(part.process.returncode) if known else Exit.MIGRATION,
        )


def _environment(
    chosen: Plan, found: database.Database, *, owner: bool = False, **more: str
) -> dict[str, str]:
    return database.child_environment(
        chosen.home,
        found,
        owner=owner,
        MOTCUA_PORT=str(chosen.port),
        MOTCUA_EDGE_PORT=str(chosen.edge_port),
        MOTCUA_DEMO="1" if chosen.demo else "0",
        **({"MOTCUA_HOST": chosen.host, "MOTCUA_SCHEME": "https"} if chosen.host else {}),
        **{parts.MARK: chosen.home.mark},
        **more,
    )


def _parts(chosen: Plan, found: database.Database, start_id: str) -> list[Part]:
    metrics = chosen.home.path / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(mode=0o700)
    (chosen.home.path / "static").mkdir(exist_ok=True)
    common = _environment(chosen, found, MOTCUA_START_ID=start_id)
    pages = common | {"PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    tls: list[str] = []
    if chosen.host:
        from motcua.ops import certificates

        certificate, key = certificates.ensure(chosen.home, chosen.host)
        tls = [
            "--ssl-certificate",
            str(certificate),
            "--ssl-keyfile",
            str(key),
            "--ssl-protocol-min",
            "tls1.2",
        ]
    granian = [
        sys.executable, "-m", "granian", "--host", chosen.bind, "--no-ws", "--log-level", "warning",
        "--workers-kill-timeout", "2", "--respawn-failed-workers", "--respawn-interval", "0.5", *tls,
    ]  # fmt: skip
    return [
        _part(chosen, "worker", [sys.executable, "-m", "motcua.ops.worker"], common),
        _part(
            chosen,
            "edge",
            [*granian, *STREAMING, "--interface", "asgi", "--port", str(chosen.edge_port), _machines(chosen)],
            database.as_edge(common, found),
        ),
        _part(
            chosen,
            "pages",
            [
                *granian, "--interface", "wsgi", "--port", str(chosen.port),
                "--workers", str(chosen.page_workers), "--blocking-threads", "8",
                "motcua.config.wsgi:application",
            ],
            pages,
        ),
    ]  # fmt: skip


def _machines(chosen: Plan) -> str:
    """The edge; in a demonstration with the stand-ins that need a door of its kind."""
    return "motcua.ops.machines:app" if chosen.demo and not chosen.production else "motcua.edge.app:app"


def _part(chosen: Plan, name: str, command: list[str], environment: dict[str, str]) -> Part:
    log: Path | None = None
    if chosen.logs_to_files:
        chosen.home.logs.mkdir(mode=0o700, exist_ok=True)
        log = chosen.home.logs / f"{name}.log"
        parts.rotate(log)
    return Part(name, command, environment, log)


def _wait_until_ready(chosen: Plan, running: list[Part], start_id: str, stopping: Stopping) -> bool:
    """True once our own pages answer, the edge listens and the worker has shown itself; False when told to
    stop meanwhile. Queues that grew old while nothing ran do not hold a start up.
    """
    begun = time.monotonic()
    deadline = begun + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if stopping.asked:
            return False
        for part in running:
            if part.has_ended():
                raise Trouble(
                    f"The {part.name} could not start. Its last lines:\n{part.last_lines() or '    (above)'}",
                    Exit.PART_FAILED,
                )
        answered, worker_seconds = _ask_health(chosen)
        if (
            answered == start_id
            and worker_seconds < time.monotonic() - begun
            and ports.listens(chosen.edge_port)
        ):
            return True
        if answered not in (None, start_id):
            raise Trouble(f"Another server answers on port {chosen.port}.", Exit.PORT_TAKEN)
        time.sleep(0.1)
    late = "\n".join(f"  {p.name}:\n{p.last_lines()}" for p in running)
    raise Trouble(f"The pages did not answer within {READY_WITHIN_SECONDS:.0f} s.\n{late}", Exit.PART_FAILED)


def _ask_health(chosen: Plan) -> tuple[str | None, float]:
    """Which start the health page says it belongs to (None while nothing answers well), and how long ago a
    worker showed itself.
    """
    connection: http.client.HTTPConnection
    if chosen.host:
        context = ssl.create_default_context(cafile=str(chosen.home.certificates / "ca.crt"))
        context.check_hostname = False
        connection = http.client.HTTPSConnection("127.0.0.1", chosen.port, timeout=5, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", chosen.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        response = connection.getresponse()
        health = json.loads(response.read())
        seconds = health.get("worker_seconds")
        return response.getheader("X-Motcua-Start") or "", float("inf") if seconds is None else float(seconds)
    except (OSError, ValueError, http.client.HTTPException):
        return None, float("inf")
    finally:
        connection.close()


def _greet(chosen: Plan, found: database.Database) -> None:
    chosen.home.write_state(
        port=chosen.port, edge_port=chosen.edge_port, scheme=chosen.scheme, supervisor=os.getpid()
    )
    hosts = _hosts(found)
    print("\nReady.\n")
    for host, name in hosts:
        print(f"  {chosen.address.format(host=host):<40} {name}")
    noted = database.read_note(found, "sign_ins")
    if chosen.demo and isinstance(noted, list):
        print("\nThe demonstration's people:\n")
        print(sign_ins.table((sign_ins.SignIn(**one) for one in noted), chosen.address))
    if not hosts:
        print("  No company yet: motcua company add CODE --name … makes the first.")
    if chosen.host:
        print(
            f"\nOn a phone: open {chosen.address.format(host=chosen.host)}/motcua-ca.crt once and "
            "install it as"
        )
        print("a trusted certificate authority (docs/how-to/https-on-a-phone.md).")
    if chosen.logs_to_files:
        print(f"\nLogs: {chosen.home.logs}")
    print("Ctrl-C stops everything.", flush=True)


def _hosts(found: database.Database) -> list[tuple[str, str]]:
    with database.open_connection(found.owner_url) as connection:
        rows = connection.execute(
            "SELECT domain, name FROM public.companies_domain d JOIN public.companies_company c ON "
            "c.id = d.tenant_id "
            "WHERE c.is_active ORDER BY c.kind, c.id, d.is_primary DESC, d.id"
        ).fetchall()
    return [(str(domain), str(name)) for domain, name in rows]


def _watch(chosen: Plan, found: database.Database, running: list[Part], stopping: Stopping) -> None:
    """Until told to stop: start again, after a pause that grows, whatever ended by itself."""
    next_look = 0.0
    while not stopping.asked:
        time.sleep(WATCH_EVERY_SECONDS)
        now = time.monotonic()
        if found.server and now >= next_look:
            next_look = now + 1.0
            _keep_database(chosen, found.server)
        parts.start_again(running, may_start=lambda: not stopping.asked)


def _keep_database(chosen: Plan, server: embedded.Server) -> None:
    if server.is_running():
        return
    print("The database ended; started again.", flush=True)
    try:
        embedded.start(chosen.home)
    except Trouble as trouble:
        print(trouble.sentence, file=sys.stderr, flush=True)
        time.sleep(1)


def migrate(told: argparse.Namespace) -> int:
    """`motcua migrate`: bring the database to this code without starting anything else."""
    chosen = Home(told.home or os.environ.get("MOTCUA_HOME") or "var")
    found = database.choose(chosen)
    try:
        done = subprocess.run(
            [
                sys.executable, "-m", "motcua.ops.prepare", "--app-login", found.app_login,
                "--migrate", "--fingerprint", fingerprint.of_code(),
            ],
            env=database.child_environment(chosen, found, owner=True),
            check=False,
        )  # fmt: skip
        return done.returncode
    finally:
        if found.server and not found.server.adopted:
            found.server.stop()
