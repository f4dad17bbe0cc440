"""Payments a second through the ledger, beside pgbench's TPC-B on the same server in the same run.

    python -m bench.ledger [--seconds 10] [--rounds 3] [--workers 8] [--scale 30] [--chunk 1000] [--fill N]

A payment is `settle_charge`: one durable transaction that locks a bill's charge, books header and two legs, keeps the
balances, marks the charge paid. Payments of a file are `settle_staged`: the same rows, so many in a transaction. TPC-B
is pgbench's own, five statements and a commit, prepared, as many connections as we have workers. They are measured in
turn, and a ratio is that of neighbours. At the end every acknowledged payment is counted in the books, and the books are
recounted, with the time that takes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from bench import installation, pgbench

COMPANY = "HANOI"
AT = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
CLEARING = "138-THU"
OWED_VND = 105_840
GOAL = 0.8
FILE_WORKERS = 2  # files are read by few
FILL = """
INSERT INTO ledger_to_raise (charge_id, net_vnd, vat_rate, vat_vnd, customer_id, account_code, unit_code, due_at, description)
SELECT gen_random_uuid(), 98000, 0.08, 7840, gen_random_uuid(), 'PD' || lpad(n::text, 11, '0'), 'PD0100', %s, ''
FROM generate_series(1, %s) n RETURNING charge_id
"""
STAGE = """
INSERT INTO ledger_to_settle (place, key, charge_id, amount_vnd, reference)
SELECT place, 'bench:' || id, id, %s, 'THU:' || id FROM unnest(%s::uuid[]) WITH ORDINALITY AS c (id, place)
"""


def raise_bills(many: int) -> list[UUID]:
    """So many open bills, raised together."""
    from django.db import connection, transaction

    from motcua.companies.context import using_company
    from motcua.kernel.actors import Actor
    from motcua.ledger import operations as ledger_ops
    from motcua.ledger.chart import AccountKind

    with using_company(COMPANY), transaction.atomic():
        ledger_ops.open_account(code=CLEARING, kind=AccountKind.ASSET, name="Ngân hàng thử", stripes=16)
        ledger_ops.open_stage()
        with connection.cursor() as cursor:
            cursor.execute(FILL, [AT, many])
            found = [row[0] for row in cursor.fetchall()]
        ledger_ops.raise_staged(kind="TD", actor=Actor.system("bench"), at=AT, key=f"bench-{found[0]}")
    connection.close()
    return found


def _pay(charges: list[UUID], seconds: float, ready: Any, told: Any) -> None:
    """One worker: pays its charges one after the other; tells how many and how long each took."""
    from django.db import connection

    from motcua.companies.context import using_company
    from motcua.kernel.actors import Actor
    from motcua.ledger import operations as ledger_ops

    actor = Actor.partner("THU")
    took: list[float] = []
    with using_company(COMPANY):
        connection.ensure_connection()
        ready.wait()
        worked = time.process_time()
        until = time.perf_counter() + seconds
        for charge_id in charges:
            begun = time.perf_counter()
            if begun > until:
                break
            ledger_ops.settle_charge(
                charge_id=charge_id, amount_vnd=OWED_VND, clearing_account=CLEARING, reference=f"THU:{charge_id}",
                actor=actor, at=AT, key=f"bench:{charge_id}",
            )  # fmt: skip
            took.append(time.perf_counter() - begun)
    told.put((took, time.perf_counter() - until + seconds, time.process_time() - worked))


def _pay_together(charges: list[UUID], seconds: float, chunk: int, ready: Any, told: Any) -> None:
    """One worker: pays its charges so many at a time; tells how many and how long each chunk took."""
    from django.db import connection, transaction

    from motcua.companies.context import using_company
    from motcua.kernel.actors import Actor
    from motcua.ledger import operations as ledger_ops

    actor = Actor.partner("THU")
    took: list[float] = []
    with using_company(COMPANY):
        connection.ensure_connection()
        ready.wait()
        worked = time.process_time()
        until = time.perf_counter() + seconds
        for first in range(0, len(charges) - chunk + 1, chunk):
            begun = time.perf_counter()
            if begun > until:
                break
            with transaction.atomic():
                ledger_ops.open_settling()
                with connection.cursor() as cursor:
                    cursor.execute(STAGE, [OWED_VND, charges[first : first + chunk]])
                ledger_ops.settle_staged(clearing_account=CLEARING, actor=actor, at=AT)
            took += [(time.perf_counter() - begun) / chunk] * chunk
    told.put((took, time.perf_counter() - until + seconds, time.process_time() - worked))


def payments(
    charges: list[UUID], seconds: int, workers: int, chunk: int = 0
) -> tuple[float, list[float], float]:
    """Payments a second by so many workers; how long each took, and the workers' processor time together.

    `chunk`: so many in a transaction, set-based.
    """
    from django.db import connections

    connections["default"].close()
    connections["default"].close_pool()  # type: ignore[attr-defined]  # workers make connections of their own
    how = multiprocessing.get_context("fork")
    ready, told = how.Barrier(workers), how.Queue()
    work = _pay_together if chunk else _pay
    more = (chunk,) if chunk else ()
    crew = [
        how.Process(target=work, args=(charges[number::workers], seconds, *more, ready, told))
        for number in range(workers)
    ]
    for worker in crew:
        worker.start()
    results = [told.get(timeout=seconds + 120) for _ in crew]
    for worker in crew:
        worker.join()
    took = [one for part, _lasted, _work in results for one in part]
    lasted = max(lasted for _part, lasted, _work in results)
    return len(took) / lasted, took, sum(work for _part, _lasted, work in results)


@dataclass
class Line:
    """One way of paying: its rounds, each beside the TPC-B just before it."""

    name: str
    rates: list[float] = field(default_factory=list)
    pairs: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    work: float = 0.0

    def add(self, found: tuple[float, list[float], float], bare: float) -> None:
        rate, took, work = found
        self.rates.append(rate)
        self.pairs.append(rate / bare)
        self.took += took
        self.work += work

    def tell(self) -> None:
        took = sorted(self.took)
        p50, p99 = took[len(took) // 2] * 1000, took[len(took) * 99 // 100] * 1000
        print(
            f"  {self.name:40s} {statistics.median(self.rates):8,.0f}/s   p50 {p50:.2f} ms   p99 {p99:.2f} ms a payment\n"
            f"    of TPC-B {statistics.median(self.pairs):.2f} (goal {GOAL}; pairs {', '.join(f'{one:.2f}' for one in self.pairs)}); "
            f"{self.work / len(took) * 1000:.3f} ms of Python a payment",
            flush=True,
        )


def check() -> tuple[int, float, int]:
    """Legs in the books, seconds to seal and recount them all, and how many things are wrong."""
    from motcua.companies.context import using_company
    from motcua.ledger import operations as ledger_ops
    from motcua.ledger import queries as ledger_queries
    from motcua.ledger.models import Posting

    with using_company(COMPANY):
        begun = time.perf_counter()
        ledger_ops.seal_all(at=AT)
        sealed = time.perf_counter() - begun
        begun = time.perf_counter()
        problems = ledger_queries.check_ledger()
        lasted = time.perf_counter() - begun
        legs = Posting.objects.count()
        print(
            f"  sealing {sealed:.1f} s, recount {lasted:.1f} s of {legs:,} legs: {lasted / legs * 1e6:.1f} s a million"
        )
    return legs, lasted, len(problems)


def fill_books(many: int) -> None:
    """So many bookings of two legs, as they are written, without Python between them."""
    from django.db import connection, transaction

    from motcua.companies.context import using_company
    from motcua.kernel import hashing

    content = {"act": "bench"}
    with using_company(COMPANY):
        for part in range(0, many, 20_000):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    """
                    SELECT count(ledger_post(gen_random_uuid(), 'TRANSFER', 'fill-' || n, '{"act": "bench"}', %s, '{}', NULL, %s,
                        DATE '2026-11-01' + n %% 15, 'system:bench', '', NULL, ARRAY['112', %s], ARRAY['D', 'C'],
                        ARRAY[1000 + n, 1000 + n]::bigint[], ARRAY[NULL, NULL]::uuid[]))
                    FROM generate_series(%s, %s) n""",
                    [hashing.fingerprint(content), AT, CLEARING, part + 1, min(part + 20_000, many)],
                )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--scale", type=int, default=30)
    parser.add_argument("--bills", type=int, default=0, help="bills raised for each round (default: enough)")
    parser.add_argument("--chunk", type=int, default=1000, help="payments of a file in one transaction")
    parser.add_argument("--fill", type=int, default=0, help="bookings added before the recount")
    told = parser.parse_args()
    many = told.bills or told.seconds * 4000
    with installation.made({"max_connections": str(told.workers + 40)}) as server:
        print(f"payments through the ledger, {told.workers} workers, durable")
        pgbench.fill(server, told.scale)
        bare: list[float] = []
        single, together = (
            Line("payment settled (operation)"),
            Line(f"payments of a file, {told.chunk:,} at once"),
        )
        for _ in range(told.rounds):
            charges = raise_bills(many)
            bare.append(pgbench.tpc_b(server, told.seconds, told.workers))
            single.add(payments(charges, told.seconds, told.workers), bare[-1])
            charges = raise_bills(2 * many)
            together.add(payments(charges, told.seconds, FILE_WORKERS, told.chunk), bare[-1])
        print(f"  {'pgbench TPC-B, prepared':40s} {statistics.median(bare):8,.0f}/s")
        single.tell()
        together.tell()
        acknowledged = len(single.took) + len(together.took)
        booked = count_booked()
        print(f"  acknowledged {acknowledged:,}, in the books {booked:,}")
        if told.fill:
            fill_books(told.fill)
        _legs, _lasted, wrong = check()
    if booked != acknowledged or wrong:
        print(f"  WRONG: {wrong} problems")
        return 1
    return 0


def count_booked() -> int:
    from motcua.companies.context import using_company
    from motcua.ledger.models import Charge, ChargeStatus

    with using_company(COMPANY):
        return Charge.objects.filter(status=ChargeStatus.PAID, paid_vnd=OWED_VND).count()


if __name__ == "__main__":
    sys.exit(main())
