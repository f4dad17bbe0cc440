"""Sending and advancing requests: through operations, through HTTP, and the same rows by plain SQL.

A durable embedded server of its own; one company. Plain SQL inserts, one transaction a request, the very rows that the
operations wrote; the ratio says what deciding, checking and journalling cost beside that.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
TABLES = (
    "customers_customer", "customers_customerchange", "supply_place", "requests_request", "requests_requestdata",
    "requests_entry", "requests_doneonce", "requests_note", "requests_changed", "messaging_outboxmessage",
    "ledger_ledgertransaction", "ledger_posting", "ledger_charge",
)  # fmt: skip
ANSWERS = {
    "has_meter": False, "place": {"text": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"}, "right_to_place": "OWN",
    "id_number": "001185012345", "phases": "ONE", "visit_time": "ANY",
}  # fmt: skip


def prepare(home: Path) -> Any:
    """A durable server with the schema of the tests, and Django pointed at it."""
    from motcua.ops import embedded

    server = embedded.start(home)
    environment = {
        **os.environ, "DATABASE_URL": server.owner_url, "DATABASE_OWNER_URL": server.owner_url, "MOTCUA_DB_AS_OWNER": "1",
        "MOTCUA_HOME": str(home), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }  # fmt: skip
    subprocess.run([sys.executable, "-m", "tests.template"], env=environment, cwd=ROOT, check=True)
    os.environ.update(
        MOTCUA_HOME=str(home), DATABASE_URL=server.app_url, DJANGO_SETTINGS_MODULE="motcua.config.settings"
    )
    import django

    django.setup()
    return server


def answers(number: int) -> dict[str, Any]:
    return {**ANSWERS, "full_name": f"Nguyễn Thị Hoa {chr(65 + number % 26)}", "phone": f"09{number:08d}"}


def measure(title: str, count: int, act: Callable[[int], Any]) -> tuple[float, list[Any]]:
    """Run the act so many times; rate a second, and what it gave."""
    took, gave = [], []
    begun = time.perf_counter()
    for number in range(count):
        one = time.perf_counter()
        gave.append(act(number))
        took.append(time.perf_counter() - one)
    rate = count / (time.perf_counter() - begun)
    took.sort()
    print(
        f"{title:<42} {rate:8.0f}/s   p50 {took[count // 2] * 1000:6.1f} ms   p95 {took[int(count * 0.95)] * 1000:6.1f} ms"
    )
    return rate, gave


def rows_of(owner: Any) -> dict[str, list[tuple[Any, ...]]]:
    return {table: owner.execute(f"SELECT * FROM {table} ORDER BY ctid").fetchall() for table in TABLES}


def plain(title: str, owner: Any, kept: dict[str, list[tuple[Any, ...]]], count: int) -> float:
    """Insert the same rows again into emptied tables, the share of each request in one transaction."""
    from psycopg.types.json import Jsonb

    owner.execute(f"SET session_replication_role = replica; TRUNCATE {', '.join(TABLES)} CASCADE")
    owner.commit()
    statements = {}
    for table, rows in kept.items():
        if rows:
            marks = ", ".join(["%s"] * len(rows[0]))
            statements[table] = f"INSERT INTO {table} OVERRIDING SYSTEM VALUE VALUES ({marks})"
    shares = [
        [(statements[t], [Jsonb(v) if isinstance(v, (dict, list)) else v for v in row]) for t, rows in kept.items() if rows
         for row in rows[number * len(rows) // count : (number + 1) * len(rows) // count]]
        for number in range(count)
    ]  # fmt: skip

    def act(number: int) -> None:
        with owner.transaction(), owner.cursor() as cursor:
            for statement, row in shares[number]:
                cursor.execute(statement, row)

    return measure(title, count, act)[0]


def through_http(port: int, count: int, threads: int = 8) -> float:
    """The public API of a real server, from several addresses (one may send sixty an hour)."""
    import httpx

    took: list[float] = []
    wrong: list[int] = []

    def sender(seat: int) -> None:
        for number in range(seat, count, threads):
            transport = httpx.HTTPTransport(
                local_address=f"127.0.{1 + number // 2500}.{1 + number // 50 % 50 + seat}"
            )
            with httpx.Client(transport=transport, trust_env=False, timeout=30) as client:
                begun = time.perf_counter()
                answer = client.post(
                    f"http://127.0.0.1:{port}/api/public/requests", json={"service": "NEW-LV-RES", "answers": answers(10_000 + number)},
                    headers={"Host": "hanoi.localhost", "Idempotency-Key": str(uuid4())},
                )  # fmt: skip
                took.append(time.perf_counter() - begun)
            if answer.status_code != 201:
                wrong.append(answer.status_code)

    begun = time.perf_counter()
    seats = [threading.Thread(target=sender, args=(seat,)) for seat in range(threads)]
    for seat in seats:
        seat.start()
    for seat in seats:
        seat.join()
    rate = count / (time.perf_counter() - begun)
    took.sort()
    print(
        f"{'submit over HTTP, 8 at once':<42} {rate:8.0f}/s   p50 {took[count // 2] * 1000:6.1f} ms   p95 {took[int(count * 0.95)] * 1000:6.1f} ms"
    )
    if wrong:
        print(f"  {len(wrong)} answers were not 201: {sorted(set(wrong))}")
    return rate


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.requests")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--port", type=int, default=8971)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        server = prepare(Path(folder) / "home")
        try:
            return run(server, told.count, told.port)
        finally:
            server.stop()


def run(server: Any, count: int, port: int) -> int:
    import psycopg

    from motcua.companies.context import using_company
    from motcua.config import clock
    from motcua.kernel.actors import Actor
    from motcua.requests import operations as request_ops

    business = Actor.staff("bench", "Bench", ["BUSINESS"], ["PD0400"])
    owner = psycopg.connect(server.owner_url, options="-c search_path=hanoi,public")
    with using_company("HANOI"):
        submit_rate, receipts = measure(
            "submit through the operation", count,
            lambda n: request_ops.submit(service_code="NEW-LV-RES", answers=answers(n), channel="API", actor=Actor.anonymous("b"), at=clock.now(), key=f"s{n}"),
        )  # fmt: skip
        submitted = rows_of(owner)
        advance_rate, _ = measure(
            "advance (accept, with charge)", count,
            lambda n: request_ops.advance(
                request_id=receipts[n].request_id, action="accept", actor=business, at=clock.now(), key=f"a{n}",
                inputs={"needs_survey": False, "cost_vnd": 450_000, "cost_note": "cáp"},
            ),
        )  # fmt: skip
        after = rows_of(owner)
    advanced = {table: rows[len(submitted[table]) :] for table, rows in after.items()}
    pages = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "2", "--blocking-threads", "4",
         "--log-level", "error", "motcua.config.wsgi:application"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    try:
        time.sleep(8)
        http_rate = through_http(port, count)
    finally:
        pages.terminate()
        pages.wait(10)
    owner.rollback()
    plain_submit = plain("  the same rows by plain SQL (submit)", owner, submitted, count)
    plain_advance = plain("  the same rows by plain SQL (advance)", owner, advanced, count)
    owner.close()
    print(
        f"plain / operation: submit {plain_submit / submit_rate:.1f}, advance {plain_advance / advance_rate:.1f}; plain / HTTP: {plain_submit / http_rate:.1f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
