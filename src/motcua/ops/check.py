"""`motcua check`: what is wrong with this installation and what to do, worst first to read, for people or
programs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from motcua.kernel.clock import SystemClock
from motcua.ops import database
from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble

DISK_FAIL_BYTES, DISK_WARN_BYTES = 500_000_000, 5_000_000_000
DRIFT_WARN_SECONDS, DRIFT_FAIL_SECONDS = 2.0, 30.0
BACKUP_WARN_DAYS = 2
DEMO_DEFAULTS = frozenset(
    {"", "changeme", "secret", "insecure", "motcua", "for-tests-only", "for-tests-only-documents"}
)
SHORTEST_SECRET = 32


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: how it is and, when it is not well, what to do."""

    about: str
    verdict: Verdict
    what: str
    do: str = ""


def run(told: argparse.Namespace) -> int:
    home = Home(told.home or os.environ.get("MOTCUA_HOME") or "var")
    findings = list(_look(home, with_ledger=told.ledger))
    if told.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        _print(findings)
    return Exit.FAILED if any(finding.verdict is Verdict.FAIL for finding in findings) else Exit.OK


def _look(home: Home, *, with_ledger: bool) -> Iterator[Finding]:
    yield from _disk(home)
    yield from _parts(home)
    try:
        with database.entered(home) as found:
            looks: dict[str, Callable[[], Iterator[Finding]]] = {
                "settings": lambda: _settings(home),
                "secrets": _secrets,
                "database": lambda: _server(found),
                "migrations": lambda: _migrations(found),
                "companies": lambda: _walls(found),
                "clock": lambda: _clocks(found),
                "queues": _queues,
                "services": _declarations,
                "documents": _documents,
                "data requests": _data_requests,
                "backup": lambda: _backup(home),
            }
            if with_ledger:
                looks["ledger"] = look_at_books
            for about, look in looks.items():
                try:
                    yield from look()
                except Exception as error:  # a look that breaks is itself a finding; the others still count
                    yield Finding(about, Verdict.FAIL, f"{type(error).__name__}: {error}".splitlines()[0])
    except Trouble as trouble:
        yield Finding("database", Verdict.FAIL, trouble.sentence)


def _disk(home: Home) -> Iterator[Finding]:
    for folder in {home.path, Path(os.environ.get("MOTCUA_DOCUMENTS_DIR") or home.path)}:
        free = shutil.disk_usage(folder).free
        said = f"{free / 1e9:.1f} GB free for {folder}"
        if free < DISK_FAIL_BYTES:
            yield Finding(
                "disk", Verdict.FAIL, said, "free space at once: the database stops when it is full"
            )
        elif free < DISK_WARN_BYTES:
            yield Finding("disk", Verdict.WARN, said, "free space or move MOTCUA_HOME")
        else:
            yield Finding("disk", Verdict.OK, said)
    mode = home.secrets.stat().st_mode & 0o077 if home.secrets.exists() else 0
    if mode:
        yield Finding(
            "files", Verdict.FAIL, f"{home.secrets} is open to others", f"chmod -R go= {home.secrets}"
        )


def _parts(home: Home) -> Iterator[Finding]:
    noted = home.read_state()
    if "port" not in noted:
        yield Finding("pages", Verdict.WARN, "never started from this home", "make run")
        return
    try:
        with home.locked("running", wait=False):
            yield Finding("pages", Verdict.WARN, "not running on this machine", "make run")
            return
    except Trouble:
        pass
    url = f"{noted['scheme']}://127.0.0.1:{noted['port']}/healthz"
    answered, said = _ask(url, home)
    if not answered:
        yield Finding("pages", Verdict.FAIL, f"{url} does not answer", f"look at {home.logs}/pages.log")
        return
    health = json.loads(said)
    if health["problems"]:
        yield Finding(
            "health",
            Verdict.FAIL,
            "; ".join(health["problems"]),
            f"look at {home.logs}/worker.log; restart if it hangs",
        )
    else:
        yield Finding("health", Verdict.OK, f"pages, worker and queues answer on port {noted['port']}")


def _ask(url: str, home: Home) -> tuple[bool, str]:
    import ssl

    context = None
    if url.startswith("https"):
        context = ssl.create_default_context(cafile=str(home.certificates / "ca.crt"))
        context.check_hostname = False
    try:
        with urllib.request.urlopen(url, timeout=30, context=context) as response:  # noqa: S310 - our own
            return True, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code == 503, error.read().decode()
    except OSError:
        return False, ""


def _settings(home: Home) -> Iterator[Finding]:
    from django.core import checks

    from motcua.config.env import ENV

    found = checks.run_checks(include_deployment_checks=ENV.production)
    for problem in found:
        if problem.is_serious():
            yield Finding("settings", Verdict.FAIL, f"{problem.id}: {problem.msg}", problem.hint or "")
    if ENV.production:
        if ENV.demo:
            yield Finding("settings", Verdict.FAIL, "demonstration mode is on in production", "MOTCUA_DEMO=0")
        if ENV.clock and Path(ENV.clock) != home.clock_file:
            yield Finding("settings", Verdict.FAIL, "MOTCUA_CLOCK is set in production", "unset MOTCUA_CLOCK")
        if ENV.scheme != "https":
            yield Finding(
                "settings",
                Verdict.FAIL,
                "pages are not served by https",
                "MOTCUA_SCHEME=https behind a proxy",
            )
        if ENV.debug:
            yield Finding("settings", Verdict.FAIL, "MOTCUA_DEBUG is on", "unset it")
    yield Finding("settings", Verdict.OK, "production" if ENV.production else "development or demonstration")


def _secrets() -> Iterator[Finding]:
    from motcua.config.env import ENV

    worst = Verdict.FAIL if ENV.production else Verdict.WARN
    weak = [
        name
        for name, value in (
            ("MOTCUA_SECRET_KEY", ENV.secret_key),
            ("MOTCUA_DOCUMENTS_KEY", ENV.documents_key),
        )
        if value.lower() in DEMO_DEFAULTS or len(value) < SHORTEST_SECRET
    ]
    for name in weak:
        yield Finding(
            "secrets", worst, f"{name} is a default or too short", f"{SHORTEST_SECRET} random characters"
        )
    if ENV.production:
        yield from _demo_people()
    if not weak:
        yield Finding("secrets", Verdict.OK, "random, private to this installation")


def _demo_people() -> Iterator[Finding]:
    """In production no account may still open with the demonstration's published password."""
    from motcua.companies import context
    from motcua.companies.models import Domain, Staff
    from motcua.config.env import ENV

    noted = database.read_note(
        database.Database(app_url=ENV.database_url, owner_url=ENV.database_owner_url), "sign_ins"
    )
    for one in noted if isinstance(noted, list) else []:
        domain = Domain.objects.select_related("tenant").filter(domain=one["host"]).first()
        if domain is None:
            continue
        with context.using_company(domain.tenant.code):
            person = Staff.objects.filter(username=one["username"], is_active=True).first()
            if person and person.check_password(one["password"]):
                yield Finding(
                    "secrets",
                    Verdict.FAIL,
                    f"{domain.tenant.code}: {one['username']} still has the demonstration's password",
                    "change it or switch the account off",
                )


def _server(found: database.Database) -> Iterator[Finding]:
    with database.open_connection(found.app_url) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'), current_setting('fsync')::bool, rolsuper, "
            "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()), "
            "current_setting('max_connections')::int, age(datfrozenxid) "
            "FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"
        ).fetchone()
    assert row
    version, durable, superuser, used, most, age = row
    where = "embedded" if found.server else urlsplit(found.app_url).hostname or "by socket"
    yield Finding("database", Verdict.OK, f"PostgreSQL {version}, {where}, {used} of {most} connections")
    if not durable:
        yield Finding(
            "database", Verdict.FAIL, "fsync is off: a crash loses data", "ALTER SYSTEM SET fsync = on"
        )
    if superuser:
        yield Finding(
            "database",
            Verdict.WARN,
            "the application signs in as a superuser: the wall between companies is thin",
            "give DATABASE_URL an ordinary login and put the owner into DATABASE_OWNER_URL",
        )
    if used > most * 0.8:
        yield Finding(
            "database", Verdict.WARN, f"{used} of {most} connections in use", "raise max_connections"
        )
    if age > 1_000_000_000:
        yield Finding(
            "database", Verdict.FAIL, "vacuum is far behind", "VACUUM FREEZE, and look at autovacuum"
        )


def _migrations(found: database.Database) -> Iterator[Finding]:
    from motcua.ops import fingerprint

    if database.read_note(found, "prepared") == fingerprint.of_code():
        yield Finding("migrations", Verdict.OK, "the database fits this version")
    else:
        yield Finding("migrations", Verdict.FAIL, "the database is not at this version", "motcua migrate")


def _walls(found: database.Database) -> Iterator[Finding]:
    """Each company has its role, the application may take it on but does not inherit it."""
    from motcua.companies import database_roles
    from motcua.companies.context import in_public
    from motcua.companies.models import Company

    with in_public():
        companies = list(Company.objects.order_by("id"))
    with database.open_connection(found.app_url) as connection:
        for company in companies:
            role = database_roles.role_name(company.schema_name)
            row = connection.execute(
                "SELECT pg_has_role(current_user, oid, 'SET'), pg_has_role(current_user, oid, 'USAGE') "
                "FROM pg_roles WHERE rolname = %s",
                [role],
            ).fetchone()
            if row is None or not row[0]:
                yield Finding(
                    "companies", Verdict.FAIL, f"{company.code} has no usable role {role}", "motcua migrate"
                )
            elif row[1] and found.app_url != found.owner_url:
                yield Finding(
                    "companies",
                    Verdict.FAIL,
                    f"the application inherits {role}: the second wall is open",
                    "motcua migrate",
                )
    if not database.edge_has_its_roles(found):
        yield Finding("companies", Verdict.FAIL, "the edge may not take on its roles", "motcua migrate")
    if companies:
        yield Finding("companies", Verdict.OK, ", ".join(company.code for company in companies))
    else:
        yield Finding("companies", Verdict.WARN, "none yet", "motcua company add")


def _clocks(found: database.Database) -> Iterator[Finding]:
    from motcua.config import clock

    system = SystemClock()
    with database.open_connection(found.app_url) as connection:
        before = system.now()
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        after = system.now()
    assert row
    drift = abs((row[0] - (before + (after - before) / 2)).total_seconds())
    said = f"this machine and the database differ by {drift:.2f} s"
    if drift > DRIFT_FAIL_SECONDS:
        yield Finding("clock", Verdict.FAIL, said, "run NTP on both machines")
    elif drift > DRIFT_WARN_SECONDS:
        yield Finding("clock", Verdict.WARN, said, "run NTP on both machines")
    else:
        yield Finding("clock", Verdict.OK, said)
    moved = abs((clock.now() - system.now()).total_seconds())
    if moved > 1:
        yield Finding(
            "clock",
            Verdict.WARN,
            f"the demonstration's clock shows {clock.now():%Y-%m-%d %H:%M} UTC",
            "motcua clock real",
        )


def _queues() -> Iterator[Finding]:
    from motcua.web import health

    measured = health.measure()
    if measured.worker_seconds is None or measured.worker_seconds > health.WORKER_SILENT_SECONDS:
        yield Finding("worker", Verdict.WARN, "no worker runs", "make run")
    for queue in measured.queues:
        said = f"{queue.company} {queue.queue}: {queue.waiting} wait, the oldest {queue.oldest_seconds:.0f} s"
        if queue.oldest_seconds > queue.late_seconds:
            yield Finding("queues", Verdict.FAIL, said, "is the worker running? its log says why it cannot")
        if queue.failed:
            yield Finding(
                "queues",
                Verdict.WARN,
                f"{queue.company} {queue.queue}: {queue.failed} given up",
                "look at them at the desk",
            )
    for alarm in measured.alarms:
        if " e-invoices: " in alarm:
            yield Finding("e-invoices", Verdict.WARN, alarm, "docs/how-to/connect-the-tax-authority.md")
            continue
        worst = Verdict.FAIL if "needs consent" in alarm else Verdict.WARN
        yield Finding(
            "channels", worst, alarm, "an administrator of the account consents anew at /quan-tri/kenh/"
        )
    yield Finding("queues", Verdict.OK, f"{sum(queue.waiting for queue in measured.queues)} rows wait")


def _declarations() -> Iterator[Finding]:
    """A broken declaration names its file and line itself."""
    from motcua.ops import declarations
    from motcua.services import catalogue

    wrong = declarations.check()
    for error in wrong:
        yield Finding("services", Verdict.FAIL, error, "mend the declaration")
    if not wrong:
        yield Finding("services", Verdict.OK, f"{len(catalogue.current().list_all())} declarations are whole")


def _documents() -> Iterator[Finding]:
    from motcua.config.env import ENV

    folder = ENV.documents_dir
    if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("documents", Verdict.FAIL, f"{folder} cannot be written", "give it back to this user")
        return
    if folder.exists() and folder.stat().st_mode & 0o077:
        yield Finding("documents", Verdict.FAIL, f"{folder} is open to others", f"chmod go= {folder}")
        return
    yield Finding("documents", Verdict.OK, f"{folder}, key present")


def _data_requests() -> Iterator[Finding]:
    """Who asked for their data, or to be forgotten, and was not answered within the limit of the day they asked."""
    from motcua.companies.context import in_public, using_company
    from motcua.companies.models import Company
    from motcua.config import clock
    from motcua.customers import queries as customer_queries

    with in_public():
        codes = list(Company.objects.order_by("id").values_list("code", flat=True))
    waiting = late = 0
    for code in codes:
        with using_company(code):
            due = customer_queries.count_data_requests(clock.now())
        waiting += due.waiting
        late += due.late
        if due.late:
            yield Finding(
                "data requests",
                Verdict.FAIL,
                f"{code}: {due.late} past the legal limit, the oldest due {due.oldest_due_at:%Y-%m-%d %H:%M} UTC",
                "answer them at the desk: /ban-viec/du-lieu-ca-nhan/",
            )
    if not late:
        yield Finding("data requests", Verdict.OK, f"{waiting} wait, none late")


def _backup(home: Home) -> Iterator[Finding]:
    from motcua.config.env import ENV

    last = home.read_state().get("last_backup_at")
    if not last:
        yield Finding(
            "backup",
            Verdict.WARN if ENV.production else Verdict.OK,
            "none was ever made from this home",
            "motcua backup FILE",
        )
        return
    from datetime import datetime

    days = (SystemClock().now() - datetime.fromisoformat(str(last))).total_seconds() / 86400
    verdict = Verdict.WARN if ENV.production and days > BACKUP_WARN_DAYS else Verdict.OK
    yield Finding(
        "backup", verdict, f"the last is {days:.1f} days old", "motcua backup FILE" if verdict != "ok" else ""
    )


def look_at_books() -> Iterator[Finding]:
    """The ledger, payments, e-invoice numbers and settlement of every company, recounted; as in `check --ledger`."""
    from motcua.billing.einvoice import numbering
    from motcua.companies.context import in_public, using_company
    from motcua.companies.models import Company
    from motcua.ledger import queries as ledger_queries
    from motcua.payments import matching_queries
    from motcua.payments import queries as payment_queries

    with in_public():
        codes = list(Company.objects.order_by("id").values_list("code", flat=True))
    broken = legs = lines = 0
    begun = time.perf_counter()
    for code in codes:
        with using_company(code):
            legs += ledger_queries.count_postings()
            lines += matching_queries.count_lines()
            faults = [*ledger_queries.check_ledger(), *payment_queries.check_payments()]
            for problem in [*faults, *(f"e-invoice numbers: {one}" for one in numbering.list_faults())]:
                broken += 1
                yield Finding(
                    "ledger", Verdict.FAIL, f"{code}: {problem}", "stop settling and call the maintainers"
                )
            for unsettled in matching_queries.check_matching():
                broken += 1
                yield Finding(
                    "matching",
                    Verdict.FAIL,
                    f"{code}: {unsettled}",
                    "close no day; see /tien/doi-soat/ and call",
                )
    if not broken:
        took = time.perf_counter() - begun
        said = f"debits equal credits, replay equals every account: {legs:,} legs of {len(codes)} companies in {took:.1f} s"
        yield Finding("ledger", Verdict.OK, said)
        agreed = f"clearing accounts, bank accounts and hand-overs agree with {lines:,} lines of statements"
        yield Finding("matching", Verdict.OK, agreed)


def _print(findings: list[Finding]) -> None:
    marks = {Verdict.OK: "ok  ", Verdict.WARN: "warn", Verdict.FAIL: "FAIL"}
    width = max(len(finding.about) for finding in findings)
    for finding in findings:
        print(f"{marks[finding.verdict]}  {finding.about:<{width}}  {finding.what}")
        if finding.do and finding.verdict is not Verdict.OK:
            print(f"      {'':<{width}}  → {finding.do}")
