"""Payments a second through the bank interface and through its operation, beside pgbench's TPC-B in the same run.

    python -m bench.bank [--seconds 8] [--rounds 3] [--connections 16]

Real calls: HTTP over kept connections to the pages as `motcua up` starts them (granian, WSGI), signed with a nonce each,
every one another charge's whole payment, booked before it is answered. The operation is `pay_once` called by two
processes with as many threads between them, as the pages call it. TPC-B is pgbench's own, prepared, scale 10, on the same server and as
many connections. Look-ups go by account code. All are measured in turn. At the end the books are counted again.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from bench import callers, installation, pgbench

COMPANY, HOST, BANK, SECRET = "HANOI", "hanoi.localhost", "VCB", "b" * 40
AMOUNT = 108_000
LOOKED_UP = 9  # the run whose charges are looked up and stay unpaid
MOST_A_SECOND = 3000  # charges made beforehand for each second

# One of the processes that call the operation: it prints how many it paid.
PAYS = """
import sys, threading, time
import django; django.setup()
from datetime import UTC, datetime
from uuid import UUID
from django.db import connection
from motcua.companies.context import using_company
from motcua.payments import operations as payment_ops
charges = sys.stdin.read().split()
threads, seconds, mark = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
paid = [0] * threads
begin = threading.Barrier(threads + 1)

def told(taken):
    return 200, {{"state": taken.status.state, "receipt_no": taken.status.receipt_no}}

def pays(number):
    with using_company("{company}"):
        connection.ensure_connection()
        begin.wait()
        until = time.perf_counter() + seconds
        for charge in charges[number::threads]:
            if time.perf_counter() > until:
                break
            at = datetime.now(UTC)
            txn_id = mark + charge[-17:]
            order = payment_ops.Order("{bank}", txn_id, UUID(charge), {amount}, txn_id, "0" * 64)
            request = payment_ops.Request("{bank}", txn_id, b"x", {{"charge": charge}}, at)
            payment_ops.pay_once(payment_ops.PayCall(request, order, at, at, told))
            paid[number] += 1
    connection.close()

workers = [threading.Thread(target=pays, args=(n,)) for n in range(threads)]
for worker in workers: worker.start()
begin.wait()
began = time.perf_counter()
for worker in workers: worker.join()
print(sum(paid), time.perf_counter() - began)
"""


def raise_charges(many: int, run: int) -> list[str]:
    """Bills to be paid, raised together; their ids."""
    from django.db import connection, transaction

    from motcua.companies.context import using_company
    from motcua.config import clock
    from motcua.kernel.actors import Actor
    from motcua.ledger import operations as ledger_ops

    with using_company(COMPANY), transaction.atomic():
        ledger_ops.open_stage()
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO ledger_to_raise SELECT gen_random_uuid(), %s, 0.08, %s, gen_random_uuid(),
                'PD1300' || lpad((%s + n)::text, 7, '0'), 'PD1300', now(), '' FROM generate_series(1, %s) n
                RETURNING charge_id::text""",
                [AMOUNT - 8_000, 8_000, run * 1_000_000, many],
            )
            ids = [row[0] for row in cursor.fetchall()]
        ledger_ops.raise_staged(kind="TD", actor=Actor.system("bench"), at=clock.now(), key=f"bench:{run}")
    return ids


def start_pages() -> tuple[subprocess.Popen[bytes], int]:
    """The pages as `motcua up` starts them: two processes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers",
         "2", "--blocking-threads", "8", "--log-level", "error", "--workers-kill-timeout", "3", "motcua.config.wsgi:application"],
        cwd=installation.ROOT, start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 180
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", "/api/banks/openapi.json", headers={"Host": f"{HOST}:{port}"})
            if connection.getresponse().status == 200:
                return process, port
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
        finally:
            connection.close()
    os.killpg(process.pid, signal.SIGKILL)
    raise RuntimeError("the pages do not answer")


def calls_of(charges: list[str], port: int) -> Iterator[bytes]:
    """Signed payments as they go over the wire, made beforehand."""
    from motcua.config import clock

    at = clock.now()
    return iter(
        [
            _wire(
                port, "pay", charge, {"txn_id": f"H{charge[-17:]}", "charge_id": charge, "amount_vnd": AMOUNT, "paid_at": at.isoformat()}
            )
            for charge in charges
        ]
    )  # fmt: skip


def look_ups_of(port: int, many: int, run: int) -> Iterator[bytes]:
    """Signed look-ups by account code."""
    codes = [f"PD1300{LOOKED_UP * 1_000_000 + number % 2_000 + 1:07d}" for number in range(many)]
    return iter(
        [_wire(port, "inquiry", f"L{run}-{n}", {"customer_code": code}) for n, code in enumerate(codes)]
    )


def _wire(port: int, name: str, id: str, told: dict[str, Any]) -> bytes:
    from motcua.config import clock
    from motcua.connectors import signed_calls

    path, body = f"/api/banks/{BANK}/{name}", json.dumps(told).encode()
    headers = signed_calls.signed_headers(
        partner_code=BANK, secret=SECRET, method="POST", path=path, request_id=f"r{id}", body=body, at=clock.now(), nonce=f"nonce-{id}",
    )  # fmt: skip
    lines = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{lines}\r\n"
    )
    return head.encode() + body


def is_found(answer: bytes) -> bool:
    return b'"company":"HANOI"' in answer and b'"bills":[' in answer


def is_paid(answer: bytes) -> bool:
    return b'"state":"paid"' in answer


def by_operation(charges: list[str], seconds: float, connections: int, mark: str) -> tuple[int, float]:
    """Payments and their rate, by two processes of as many threads."""
    script = PAYS.format(company=COMPANY, bank=BANK, amount=AMOUNT)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(connections // 2), str(seconds), mark], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, cwd=installation.ROOT,
        )
        for _ in range(2)
    ]  # fmt: skip
    for number, process in enumerate(running):
        assert process.stdin is not None
        process.stdin.write("\n".join(charges[number::2]))
        process.stdin.close()
    rates, many = 0.0, 0
    for process in running:
        assert process.stdout is not None
        paid, passed = process.stdout.read().split()
        process.wait()
        many += int(paid)
        rates += int(paid) / float(passed)
    return many, rates


def is_sound(paid: int) -> bool:
    """Every acknowledged payment is there once, and the books are right."""
    from motcua.companies.context import using_company
    from motcua.ledger import queries as ledger_queries
    from motcua.payments import queries as payment_queries
    from motcua.payments.models import Payment

    with using_company(COMPANY):
        stored = Payment.objects.count()
        problems = [*ledger_queries.check_ledger(), *payment_queries.check_payments()]
    print(f"  acknowledged {paid:,}, booked {stored:,}; problems of the books: {len(problems)}")
    return stored == paid and not problems


def add_bank() -> None:
    from motcua.companies.context import using_company
    from motcua.config import clock
    from motcua.kernel.actors import Actor
    from motcua.payments import operations as payment_ops

    actor, at = Actor.system("bench"), clock.now()
    with using_company(COMPANY):
        payment_ops.add_partner(code=BANK, name=BANK, bank=BANK, secret=SECRET, actor=actor, at=at)
        payment_ops.limit_partner(code=BANK, calls_per_minute=1_000_000, actor=actor, at=at)


def compare(server: Any, seconds: int, rounds: int, connections: int) -> bool:
    """The three in turn; whether the books are right at the end."""
    bare: list[float] = []
    through: list[float] = []
    called: list[float] = []
    took: list[float] = []
    looked: list[float] = []
    look_took: list[float] = []
    wrong: list[bytes] = []
    paid = 0
    process, port = start_pages()
    try:
        raise_charges(2_000, LOOKED_UP)
        wires = calls_of(raise_charges(400, 0), port)
        warm = callers.drive(port, wires, seconds=2, connections=connections, is_right=is_paid)
        paid += len(warm.took) - len(warm.wrong)
        for number in range(1, rounds + 1):
            bare.append(pgbench.tpc_b(server, seconds, connections))
            many, rate = by_operation(
                raise_charges(seconds * MOST_A_SECOND, 2 * number), seconds, connections, f"O{number}"
            )
            paid += many
            through.append(rate)
            wires = calls_of(raise_charges(seconds * MOST_A_SECOND, 2 * number + 1), port)
            found = callers.drive(port, wires, seconds=seconds, connections=connections, is_right=is_paid)
            paid += len(found.took) - len(found.wrong)
            called.append(len(found.took) / found.lasted)
            took += found.took
            wrong += found.wrong
            wires = look_ups_of(port, seconds * MOST_A_SECOND, number)
            found = callers.drive(port, wires, seconds=seconds, connections=connections, is_right=is_found)
            looked.append(len(found.took) / found.lasted)
            look_took += found.took
            wrong += found.wrong
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
    took.sort()
    p50, p95, p99 = (took[int(len(took) * q)] * 1000 for q in (0.5, 0.95, 0.99))
    pairs = [one / two for one, two in zip(through, bare, strict=True)]
    print(f"{connections} connections, load {os.getloadavg()[0]:.1f}")
    print(f"  pgbench TPC-B, prepared, scale 10            {statistics.median(bare):8,.0f}/s")
    print(
        f"  payments through the operation               {statistics.median(through):8,.0f}/s   "
        f"{statistics.median(pairs):.2f} of TPC-B (goal 0.8; pairs {', '.join(f'{one:.2f}' for one in pairs)})"
    )
    print(
        f"  payments through the bank interface          {statistics.median(called):8,.0f}/s   "
        f"{statistics.median(one / two for one, two in zip(called, bare, strict=True)):.2f} of TPC-B   "
        f"p50 {p50:.1f} ms   p95 {p95:.1f} ms   p99 {p99:.1f} ms"
    )
    look_took.sort()
    print(
        f"  look-ups by account code                     {statistics.median(looked):8,.0f}/s   "
        f"p50 {look_took[len(look_took) // 2] * 1000:.1f} ms   p99 {look_took[len(look_took) * 99 // 100] * 1000:.1f} ms"
    )
    for one in wrong[:3]:
        print(f"  another answer: {one!r}")
    return is_sound(paid) and not wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    told = parser.parse_args()
    with installation.made() as server:
        pgbench.fill(server, 10)
        add_bank()
        return 0 if compare(server, told.seconds, told.rounds, told.connections) else 1


if __name__ == "__main__":
    sys.exit(main())
