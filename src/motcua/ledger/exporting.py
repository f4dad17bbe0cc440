"""Bookings for accounting software: each as pairs of a debit and a credit, under the company's own account numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from motcua.ledger import books
from motcua.ledger.models import Account, AccountMapping

PAGE = 2000

HEAD = ("date", "number", "kind", "text", "debit", "credit", "amount_vnd", "reference")


@dataclass(frozen=True)
class Mapped:
    """An account and what the company calls it; `own_code` is ours when nothing else was said."""

    code: str
    name: str
    own_code: str
    own_name: str
    is_own: bool


@dataclass(frozen=True)
class Pair:
    """One line of the export: so much from the credit to the debit account."""

    day: date
    number: int
    kind: str
    text: str
    debit: str
    credit: str
    amount_vnd: int
    reference: str


def list_mapping() -> list[Mapped]:
    """Every account of the chart with the number it has in the company's own books."""
    own = {row.account_id: row for row in AccountMapping.objects.all()}
    return [
        Mapped(
            account.code, account.name, own[account.code].own_code, own[account.code].own_name, is_own=True
        )
        if account.code in own
        else Mapped(account.code, account.name, account.code, account.name, is_own=False)
        for account in Account.objects.order_by("code")
    ]


def pairs_of(legs: Iterable[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """Legs as (debit account, credit account, amount): each debit is covered by credits in their order; sums are kept.

    Example: Dr 131 108, Cr 511 100, Cr 33311 8 gives (131, 511, 100) and (131, 33311, 8).
    """
    found = list(legs)
    debits = [(account, amount) for account, side, amount in found if side == "D"]
    credits = [(account, amount) for account, side, amount in found if side == "C"]
    made: list[tuple[str, str, int]] = []
    while debits and credits:
        (debit, asked), (credit, there) = debits.pop(0), credits.pop(0)
        amount = min(asked, there)
        made.append((debit, credit, amount))
        if asked > amount:
            debits.insert(0, (debit, asked - amount))
        if there > amount:
            credits.insert(0, (credit, there - amount))
    return made


def export(first: date, last: date) -> Iterator[Pair]:
    """The bookings of a period, day by day in the order of their numbers; reads them in pages."""
    names = {line.code: line.own_code for line in list_mapping()}
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        after = 0
        while page := books.page_day_book(day, after=after, limit=PAGE):
            for line in page:
                for debit, credit, amount in pairs_of(line.legs):
                    yield Pair(
                        line.day, line.number, line.kind, line.reason, names.get(debit, debit), names.get(credit, credit),
                        amount, line.payment_code,
                    )  # fmt: skip
            after = page[-1].number


_SUMMED = """
SELECT p.day, p.account_id, sum(p.debit_vnd)::bigint, sum(p.credit_vnd)::bigint
FROM ledger_accountbalance p WHERE p.day BETWEEN %s AND %s GROUP BY 1, 2 ORDER BY 1, 2
"""


def export_sums(first: date, last: date) -> Iterator[tuple[date, str, int, int]]:
    """A day's debits and credits of each account, under the company's own numbers."""
    names = {line.code: line.own_code for line in list_mapping()}
    with connection.cursor() as cursor:
        cursor.execute(_SUMMED, [first, last])
        for day, account, debit, credit in cursor.fetchall():
            yield day, names.get(account, account), debit, credit
