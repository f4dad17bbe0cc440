"""Reads for accountants: trial balance, day book, an account's ledger, tax, what is held and what came in.

All from sums kept by day or by an index on account and day; none reads all that was ever booked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg import IsolationLevel

from motcua.ledger.chart import Side
from motcua.ledger.models import LedgerTransaction

_TRIAL = """
SELECT a.code, a.name, a.normal_side,
       COALESCE(sum(b.debit_vnd - b.credit_vnd) FILTER (WHERE b.day < %(first)s), 0)::bigint,
       COALESCE(sum(b.debit_vnd) FILTER (WHERE b.day >= %(first)s), 0)::bigint,
       COALESCE(sum(b.credit_vnd) FILTER (WHERE b.day >= %(first)s), 0)::bigint
FROM ledger_account a JOIN ledger_accountbalance b ON b.account_id = a.code AND b.day <= %(last)s
GROUP BY a.code, a.name, a.normal_side ORDER BY a.code
"""
_DAY_BOOK = """
SELECT t.id, t.number, t.at, t.business_date, t.kind, t.reason, t.actor, t.charge_id, t.total_vnd, c.payment_code,
       (SELECT jsonb_agg(jsonb_build_array(p.account_id, p.side, p.amount_vnd) ORDER BY p.id)
        FROM ledger_posting p WHERE p.transaction_id = t.id)
FROM ledger_ledgertransaction t LEFT JOIN ledger_charge c ON c.id = t.charge_id
WHERE t.business_date = %s AND t.number > %s ORDER BY t.number LIMIT %s
"""
_ACCOUNT = """
SELECT p.id, t.id, t.number, p.day, t.at, t.kind, t.reason, c.payment_code, p.side, p.amount_vnd
FROM (SELECT * FROM ledger_posting
      WHERE account_id = %s AND (day, id) > (%s, %s) AND day <= %s ORDER BY day, id LIMIT %s) p
JOIN ledger_ledgertransaction t ON t.id = p.transaction_id
LEFT JOIN ledger_charge c ON c.id = t.charge_id
ORDER BY p.day, p.id
"""
_VAT = """
SELECT m.vat_rate, m.kind, sum(m.n)::bigint, sum(m.net)::bigint, sum(m.vat)::bigint FROM (
    SELECT c.vat_rate, c.kind, 1 AS n, c.net_vnd AS net, c.vat_vnd AS vat
    FROM ledger_ledgertransaction t JOIN ledger_charge c ON c.id = t.charge_id
    WHERE t.kind = 'RAISE' AND t.business_date BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT c.vat_rate, c.kind, 1, c.net_vnd, c.vat_vnd
    FROM ledger_ledgertransaction t JOIN ledger_charge c ON c.raised_in_id = t.id
    WHERE t.kind = 'RUN' AND t.business_date BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT c.vat_rate, c.kind, -1, -c.net_vnd, -c.vat_vnd
    FROM ledger_ledgertransaction t JOIN ledger_charge c ON c.id = t.charge_id
    WHERE t.kind = 'CANCEL' AND t.business_date BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT (g.content->>'vat_rate')::numeric, g.content->>'kind', 0,
           CASE t.kind WHEN 'CREDIT' THEN -1 ELSE 1 END * (g.content->>'net_vnd')::bigint,
           CASE t.kind WHEN 'CREDIT' THEN -1 ELSE 1 END * (g.content->>'vat_vnd')::bigint
    FROM ledger_ledgertransaction t JOIN ledger_ledgertransaction g ON g.id = COALESCE(t.reverses_id, t.id)
    WHERE g.kind = 'CREDIT' AND t.business_date BETWEEN %(first)s AND %(last)s
) m WHERE m.kind <> 'DC' GROUP BY 1, 2 ORDER BY 1, 2
"""
_SUM_OF = """
SELECT COALESCE(sum(credit_vnd - debit_vnd), 0)::bigint FROM ledger_accountbalance
WHERE account_id = %s AND day BETWEEN %s AND %s
"""
_RECEIPTS = """
SELECT a.code, a.name, COALESCE(sum(b.debit_vnd) FILTER (WHERE b.day >= %(first)s), 0)::bigint,
       COALESCE(sum(b.credit_vnd) FILTER (WHERE b.day >= %(first)s), 0)::bigint,
       COALESCE(sum(b.debit_vnd - b.credit_vnd), 0)::bigint
FROM ledger_account a JOIN ledger_accountbalance b ON b.account_id = a.code AND b.day <= %(last)s
WHERE a.code LIKE '138-%%' OR a.code IN ('111', '112', '113') GROUP BY a.code, a.name ORDER BY a.code
"""


@dataclass(frozen=True)
class TrialLine:
    """An account in a period; opening and closing are debit minus credit."""

    code: str
    name: str
    opening_vnd: int
    debit_vnd: int
    credit_vnd: int

    @property
    def closing_vnd(self) -> int:
        return self.opening_vnd + self.debit_vnd - self.credit_vnd


@dataclass(frozen=True)
class BookedLine:
    """A booking of a day with its legs: (account, side, amount)."""

    id: UUID
    number: int
    at: datetime
    day: date
    kind: str
    reason: str
    actor: str
    charge_id: UUID | None
    payment_code: str
    total_vnd: int
    legs: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class AccountLine:
    """A leg on an account. `id` is where the next page begins."""

    id: int
    transaction_id: UUID
    number: int
    day: date
    at: datetime
    kind: str
    reason: str
    payment_code: str
    debit_vnd: int
    credit_vnd: int


@dataclass(frozen=True)
class VatLine:
    rate: Decimal
    kind: str
    charges: int
    net_vnd: int
    vat_vnd: int


@dataclass(frozen=True)
class VatReturn:
    """Output tax of a period by rate and kind, and what account 33311 says: the two are the same or something is wrong."""

    lines: tuple[VatLine, ...]
    booked_vnd: int

    @property
    def vat_vnd(self) -> int:
        return sum(line.vat_vnd for line in self.lines)


@dataclass(frozen=True)
class MoneyLine:
    """Where money lies: what came and went in a period, what lies there at its end."""

    code: str
    name: str
    in_vnd: int
    out_vnd: int
    held_vnd: int


@contextmanager
def at_one_moment() -> Iterator[None]:
    """What is read inside is as it stood at one moment: a sum and the account beside it differ only when something is wrong,
    not because money came between two questions. In a transaction that has begun already it changes nothing.
    """
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    line = connection.connection
    line.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with transaction.atomic():
            yield
    finally:
        if not line.closed:
            line.isolation_level = None


def _rows(statement: str, values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def trial_balance(first: date, last: date) -> list[TrialLine]:
    """Every account that has been posted to up to the last day, by code."""
    rows = _rows(_TRIAL, {"first": first, "last": last})
    return [TrialLine(code, name, *sums) for code, name, _side, *sums in rows]


def last_booked_day(until: date) -> date | None:
    """The newest day with a booking, not after one."""
    rows = LedgerTransaction.objects.filter(business_date__lte=until).order_by("-business_date")
    return rows.values_list("business_date", flat=True).first()


def page_day_book(day: date, *, after: int = 0, limit: int) -> list[BookedLine]:
    """The bookings of a day in the order of their numbers, beginning after one."""
    return [
        BookedLine(
            id=id, number=number, at=at, day=on, kind=kind, reason=reason, actor=actor, charge_id=charge,
            payment_code=code or "", total_vnd=total, legs=tuple((a, side, int(amount)) for a, side, amount in legs),
        )
        for id, number, at, on, kind, reason, actor, charge, total, code, legs in _read_legs(day, after, limit)
    ]  # fmt: skip


def _read_legs(day: date, after: int, limit: int) -> Iterator[tuple[Any, ...]]:
    for *head, legs in _rows(_DAY_BOOK, [day, after, limit]):
        yield (*head, json.loads(legs) if isinstance(legs, str) else legs)


def page_account(
    code: str, first: date, last: date, *, after: tuple[date, int] | None = None, limit: int
) -> list[AccountLine]:
    """The legs of an account in a period, oldest first, beginning after one (its day and id)."""
    begin = after or (first, 0)
    return [
        AccountLine(
            id=id, transaction_id=transaction, number=number, day=day, at=at, kind=kind, reason=reason,
            payment_code=paid_by or "", debit_vnd=amount if side == Side.DEBIT else 0,
            credit_vnd=amount if side == Side.CREDIT else 0,
        )
        for id, transaction, number, day, at, kind, reason, paid_by, side, amount in _rows(
            _ACCOUNT, [code, begin[0], begin[1], last, limit]
        )
    ]  # fmt: skip


def vat_return(first: date, last: date) -> VatReturn:
    """Output tax of the charges raised, cancelled and corrected in a period. Deposits bear none."""
    lines = tuple(VatLine(*row) for row in _rows(_VAT, {"first": first, "last": last}))
    return VatReturn(lines, credited_in("33311", first, last))


def credited_in(code: str, first: date, last: date) -> int:
    """Credit minus debit of an account in a period."""
    return int(_rows(_SUM_OF, [code, first, last])[0][0])


def money_by_channel(first: date, last: date) -> list[MoneyLine]:
    """Cash, banks and clearing: what came in and went on in a period, what is left at its end."""
    return [MoneyLine(*row) for row in _rows(_RECEIPTS, {"first": first, "last": last})]


def held_on(code: str, day: date) -> int:
    """Debit minus credit of an account up to the end of a day."""
    rows = _rows(
        "SELECT COALESCE(sum(debit_vnd - credit_vnd), 0)::bigint FROM ledger_accountbalance WHERE account_id = %s AND day <= %s",
        [code, day],
    )
    return int(rows[0][0])
