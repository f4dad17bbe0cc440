"""Sending and advancing requests: through operations, through HTTP, and the same rows by plain SQL.

A durable embedded server of its own; one company. Plain SQL inserts, one transaction a request, the very rows that the
operations wrote; the ratio says what deciding, checking and journalling cost beside that.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench import installation

ROOT = Path(__file__).resolve().parents[1]
TABLES = (
    "customers_customer", "customers_customerchange", "supply_place", "requests_request", "requests_requestdata",
    "requests_entry", "requests_doneonce", "requests_note", "requests_changed", "messaging_outboxmessage",
    "ledger_ledgertransaction", "ledger_posting", "ledger_charge",
)  # fmt: skip
MOST_SECONDS = 20.0  # of each measurement, on a machine that is busy with other things
ANSWERS = {
    "has_meter": False, "place": {"text": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"}, "right_to_place": "OWN",
    "id_number": "001185012345", "phases": "ONE", "visit_time": "ANY",
}  # fmt: skip


def answers(number: int) -> dict[str, Any]:
    return {**ANSWERS, "full_name": f"Nguyễn Thị Hoa {chr(65 + number % 26)}", "phone": f"09{number:08d}"}


def measure(title: str, count: int, act: Callable[[int], Any]) -> tuple[float, list[Any]]:
    """Run the act so many times, or until the time is over; rate a second, and what it gave."""
    took, gave = [], []
    begun = time.perf_counter()
    for number in range(count):
        one = time.perf_counter()
        gave.append(act(number))
        took.append(time.perf_counter() - one)
        if time.perf_counter() - begun > MOST_SECONDS:
            break
    rate = len(took) / (time.perf_counter() - begun)
    report(title, rate, took)
    return rate, gave


def report(title: str, rate: float, took: list[float]) -> None:
    took = sorted(took)
    print(
        f"{title:<42} {rate:8.0f}/s   p50 {took[len(took) // 2] * 1000:6.1f} ms   "
        f"p95 {took[int(len(took) * 0.95)] * 1000:6.1f} ms   ({len(took)} acts)",
        flush=True,
    )


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


def wait_until_it_answers(port: int) -> None:
    import httpx

    for _ in range(300):
        try:
            httpx.get(
                f"http://127.0.0.1:{port}/", headers={"Host": "hanoi.localhost"}, trust_env=False, timeout=30
            )
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the pages do not answer")


def through_http(
    port: int, count: int, threads: int = 8, first: int = 10_000, title: str = "submit over HTTP, 8 at once"
) -> float:
    """The public API of a real server, from several addresses (one may send sixty an hour). Requests a second; raises
    RuntimeError when an answer was not 201.
    """
    import httpx

    took: list[float] = []
    wrong: list[int] = []

    def sender(seat: int) -> None:
        for number in range(seat, count, threads):
            if time.perf_counter() - begun > MOST_SECONDS:
                break
            address = f"127.0.{1 + number // 2500}.{1 + number // 50 % 50 + seat}"
            # certificates are not read: that alone would cost as much as an answer
            transport = httpx.HTTPTransport(local_address=address, verify=False)
            with httpx.Client(transport=transport, trust_env=False, timeout=30) as client:
                sent = time.perf_counter()
                answer = client.post(
                    f"http://127.0.0.1:{port}/api/public/requests", json={"service": "NEW-LV-RES", "answers": answers(first + number)},
                    headers={"Host": "hanoi.localhost", "Idempotency-Key": str(uuid4())},
                )  # fmt: skip
                took.append(time.perf_counter() - sent)
            if answer.status_code != 201:
                wrong.append(answer.status_code)

    begun = time.perf_counter()
    seats = [threading.Thread(target=sender, args=(seat,)) for seat in range(threads)]
    for seat in seats:
        seat.start()
    for seat in seats:
        seat.join()
    rate = len(took) / (time.perf_counter() - begun)
    if wrong:
        raise RuntimeError(f"{len(wrong)} answers were not 201: {sorted(set(wrong))}")
    if title:
        report(title, rate, took)
    return rate


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.requests")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--port", type=int, default=8971)
    told = parser.parse_args()
    with installation.made() as server:
        return run(server, told.count, told.port)


def run(server: Any, count: int, port: int) -> int:
    import psycopg

    from motcua.companies.context import using_company
    from motcua.config import clock
    from motcua.kernel.actors import Actor
    from motcua.requests import operations as request_ops

    business = Actor.staff("bench", "Bench", ["BUSINESS"], ["PD0400"])
    owner = psycopg.connect(server.owner_url, options="-c search_path=hanoi,public")
    with using_company("HANOI"):
        (Path(os.environ["MOTCUA_HOME"]) / "static").mkdir(exist_ok=True)
        for number in range(5):  # what is read once by a process is read
            request_ops.submit(
                service_code="NEW-LV-RES", answers=answers(900_000 + number), channel="API", actor=Actor.anonymous("b"),
                at=clock.now(), key=f"w{number}",
            )  # fmt: skip
        warm = rows_of(owner)
        submit_rate, receipts = measure(
            "submit through the operation", count,
            lambda n: request_ops.submit(service_code="NEW-LV-RES", answers=answers(n), channel="API", actor=Actor.anonymous("b"), at=clock.now(), key=f"s{n}"),
        )  # fmt: skip
        whole = rows_of(owner)
        submitted = {table: rows[len(warm[table]) :] for table, rows in whole.items()}
        advance_rate, advances = measure(
            "advance (accept, with charge)", len(receipts),
            lambda n: request_ops.advance(
                request_id=receipts[n].request_id, action="accept", actor=business, at=clock.now(), key=f"a{n}",
                inputs={"needs_survey": False, "cost_vnd": 450_000, "cost_note": "cáp"},
            ),
        )  # fmt: skip
        after = rows_of(owner)
    advanced = {table: rows[len(whole[table]) :] for table, rows in after.items()}
    pages = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "2", "--blocking-threads", "4",
         "--log-level", "error", "motcua.config.wsgi:application"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    try:
        wait_until_it_answers(port)
        through_http(port, 16, first=5_000, title="")  # both workers have read what they read once
        http_rate = through_http(port, count)
    finally:
        pages.terminate()
        pages.wait(10)
    owner.rollback()
    plain_submit = plain("  the same rows by plain SQL (submit)", owner, submitted, len(receipts))
    plain_advance = plain("  the same rows by plain SQL (advance)", owner, advanced, len(advances))
    owner.close()
    print(
        f"plain / operation: submit {plain_submit / submit_rate:.1f}, advance {plain_advance / advance_rate:.1f}; plain / HTTP: {plain_submit / http_rate:.1f}"
    )
    print("a peer's figure: Open Zaak creates 24 to 25 cases a second over HTTP, median 390 ms with 10 users")
    return 0


if __name__ == "__main__":
    sys.exit(main())
