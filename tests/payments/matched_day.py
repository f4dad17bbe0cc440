"""A day with a bank, for tests of matching: its statement, a run, and what must hold after it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from motcua.kernel.actors import Actor
from motcua.ledger import queries as ledger_queries
from motcua.payments import matching_queries, queries
from motcua.payments.operations import matching

OWN = "0011001234567"
BANK = "VCB"
DAY = date(2026, 11, 16)
PAID = datetime(2026, 11, 16, 1, tzinfo=UTC)
NEXT = datetime(2026, 11, 17, 1, tzinfo=UTC)
WORKER = Actor.staff("ketoan-1", "Châu", ["ACCOUNTANT"], ["PD0000"])


def swift(*entries: str, day: date = DAY, opening: int = 0, sequence: int = 1, id: str = "") -> bytes:
    """A statement: each entry is sign, amount, reference, text with bars between."""
    told = f"{day:%y%m%d}"
    lines = [f":20:{id or f'S{told}'}", f":25:{OWN}", f":28C:{sequence}", f":60F:C{told}VND{opening},"]
    closing = opening
    for entry in entries:
        sign, amount, reference, text = entry.split("|")
        kind = "NCHG" if text.startswith("PHI") else "NTRF"
        lines += [f":61:{told}{sign}{amount},{kind}NONREF//{reference}", f":86:{text}"]
        closing += int(amount) if sign in {"C", "RD"} else -int(amount)
    return "\n".join([*lines, f":62F:C{told}VND{closing},", "-", ""]).encode()


def match(day: date = DAY, at: datetime = NEXT) -> matching.Matched:
    return matching.match_day(day=day, actor=WORKER, at=at)


def open_ones() -> list[tuple[str, int]]:
    return [(row.kind, row.amount_vnd) for row in matching_queries.open_differences(date(2030, 1, 1))]


def assert_all_holds() -> None:
    assert matching_queries.check_matching() == []
    assert queries.check_payments() == []
    assert ledger_queries.check_ledger() == []
