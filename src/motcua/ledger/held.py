"""Reads on deposits and on interest for paying late: what is held, what goes back, what may be booked; a period's movements.

A period's figures are read from the bookings of their accounts, so that they come to what the accounts say.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from motcua.kernel import local_time
from motcua.ledger import late
from motcua.ledger.late import Late
from motcua.ledger.models import Charge, DepositReturn, ReturnState
from motcua.ledger.queries import ChargeView, view_of

HELD, UNPAID, ENDED = "HELD", "UNPAID", "ENDED"

# Held is what account 344 owes less what account 131-DC still waits for: the sum of the credits of both.
_MOVES = """
WITH moves AS (
    SELECT COALESCE(t.charge_id, g.charge_id) AS charge_id, p.day, p.account_id, COALESCE(g.kind, t.kind) AS kind,
           CASE p.side WHEN 'C' THEN p.amount_vnd ELSE -p.amount_vnd END AS credit
      FROM ledger_posting p JOIN ledger_ledgertransaction t ON t.id = p.transaction_id
      LEFT JOIN ledger_ledgertransaction g ON g.id = t.reverses_id
     WHERE p.account_id IN (%(income)s, %(receivable)s) AND p.day <= %(last)s
), sums AS ({sums})
SELECT s.charge_id, COALESCE(c.payment_code, ''), COALESCE(c.account_code, ''), c.customer_id, COALESCE(c.description, ''), {columns}
  FROM sums s LEFT JOIN ledger_charge c ON c.id = s.charge_id
 WHERE {wanted} ORDER BY c.created_at, s.charge_id
"""
_DEPOSITS = _MOVES.format(
    sums="""
    SELECT charge_id, COALESCE(sum(credit) FILTER (WHERE day < %(first)s), 0)::bigint AS opening,
           COALESCE(-sum(credit) FILTER (WHERE day >= %(first)s AND account_id = %(income)s AND kind = 'TRANSFER'), 0)::bigint AS back,
           sum(credit)::bigint AS closing,
           COALESCE(-sum(credit) FILTER (WHERE account_id = %(receivable)s), 0)::bigint AS owed
      FROM moves GROUP BY charge_id""",
    columns="s.opening, s.closing - s.opening + s.back, s.back, s.closing, s.owed",
    wanted="s.opening <> 0 OR s.closing <> 0 OR s.back <> 0 OR s.owed <> 0",
)
_INTEREST = _MOVES.format(
    sums="""
    SELECT charge_id, min(day) AS day,
           COALESCE(sum(credit) FILTER (WHERE day >= %(first)s AND account_id = %(income)s), 0)::bigint AS booked,
           COALESCE(sum(credit) FILTER (WHERE day >= %(first)s AND account_id = %(receivable)s
                                          AND kind NOT IN ('RAISE', 'CANCEL')), 0)::bigint AS paid,
           COALESCE(-sum(credit) FILTER (WHERE account_id = %(receivable)s), 0)::bigint AS owed
      FROM moves GROUP BY charge_id""",
    columns="s.day, s.booked, s.paid, s.owed",
    wanted="s.booked <> 0 OR s.paid <> 0 OR s.owed <> 0",
)
_LISTED = """
SELECT * FROM (
    SELECT c.id, c.payment_code, c.account_code, c.customer_id, c.unit_code, c.description, c.created_at, c.due_at, c.status,
           c.total_vnd, c.paid_vnd,
           (SELECT COALESCE(sum(p.amount_vnd), 0)::bigint
              FROM ledger_ledgertransaction t
              JOIN ledger_posting p ON p.transaction_id = t.id AND p.account_id = '344' AND p.side = 'D'
             WHERE t.charge_id = c.id AND t.kind = 'TRANSFER') AS returned_vnd,
           (SELECT COALESCE(sum(r.amount_vnd), 0)::bigint FROM ledger_depositreturn r
             WHERE r.charge_id = c.id AND r.state = 'ASKED') AS asked_vnd
      FROM ledger_charge c WHERE c.kind = 'DC' AND c.unit_code = ANY(%(units)s)
) d WHERE {which} AND (%(at)s::timestamptz IS NULL OR (d.created_at, d.id) < (%(at)s, %(id)s))
ORDER BY d.created_at DESC, d.id DESC LIMIT %(limit)s
"""
_WHICH = {
    HELD: "d.paid_vnd > d.returned_vnd",
    UNPAID: "d.status = 'OPEN'",
    ENDED: "d.status = 'CANCELLED' OR (d.status = 'PAID' AND d.paid_vnd = d.returned_vnd)",
}
# Late: owed beyond its day, or paid after it of late and the days until then not booked yet.
_LATE = """
SELECT l.id FROM (
    SELECT c.id, c.due_at FROM ledger_charge c
     WHERE c.status = 'OPEN' AND c.kind <> 'LS' AND c.unit_code = ANY(%(units)s) AND c.due_at < %(begin)s
       AND (%(account)s = '' OR c.account_code = %(account)s)
    UNION ALL
    SELECT c.id, c.due_at FROM ledger_charge c
     WHERE c.status = 'PAID' AND c.kind = 'TD' AND c.unit_code = ANY(%(units)s) AND c.paid_at >= %(since)s
       AND c.paid_at > c.due_at + interval '1 day' AND (%(account)s = '' OR c.account_code = %(account)s)
       AND NOT EXISTS (SELECT FROM ledger_ledgertransaction t WHERE t.key = 'interest:' || c.id || ':'
                       || to_char(c.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD'))
) l WHERE %(at)s::timestamptz IS NULL OR (l.due_at, l.id) > (%(at)s, %(id)s)
ORDER BY l.due_at, l.id LIMIT %(limit)s
"""
PAID_LATELY, FIRST_DAY = timedelta(days=62), date(2000, 1, 1)

Key = tuple[datetime, UUID]


@dataclass(frozen=True)
class DepositView:
    """A deposit as it stands: asked for, paid, given back, proposed to be given back."""

    charge_id: UUID
    payment_code: str
    account_code: str
    customer_id: UUID | None
    unit_code: str
    description: str
    created_at: datetime
    due_at: datetime | None
    status: str
    total_vnd: int
    paid_vnd: int
    returned_vnd: int
    asked_vnd: int

    @property
    def held_vnd(self) -> int:
        return self.paid_vnd - self.returned_vnd

    @property
    def free_vnd(self) -> int:
        """What may still be proposed to be given back."""
        return max(self.held_vnd - self.asked_vnd, 0)


@dataclass(frozen=True)
class DepositMoves:
    """A deposit in a period: held before, come in, given back, held at the end; `owed_vnd`: asked for and not paid then."""

    charge_id: UUID | None
    payment_code: str
    account_code: str
    customer_id: UUID | None
    description: str
    opening_vnd: int
    in_vnd: int
    out_vnd: int
    closing_vnd: int
    owed_vnd: int


@dataclass(frozen=True)
class InterestMoves:
    """Interest in a period: booked (less what was taken back) and paid in it, owed at its end; `day`: of its booking."""

    charge_id: UUID | None
    payment_code: str
    account_code: str
    customer_id: UUID | None
    description: str
    day: date
    booked_vnd: int
    paid_vnd: int
    owed_vnd: int


@dataclass(frozen=True)
class LateCharge:
    """A charge that was or is paid late, and what is due for it and not booked."""

    charge: ChargeView
    late: Late


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def list_deposit_moves(first: date, last: date) -> list[DepositMoves]:
    """Every deposit that was held, asked for or moved in a period, oldest first."""
    values = {"income": "344", "receivable": "131-DC", "first": first, "last": last}
    return [DepositMoves(*row) for row in _rows(_DEPOSITS, values)]


def list_interest_moves(first: date, last: date) -> list[InterestMoves]:
    """Interest that was booked or paid in a period, or is owed at its end, oldest first."""
    values = {"income": "515", "receivable": "131-LS", "first": first, "last": last}
    return [InterestMoves(*row) for row in _rows(_INTEREST, values)]


def page_deposits(
    *, units: Collection[str], which: str, limit: int, before: Key | None = None
) -> list[DepositView]:
    """Deposits of these units (HELD, UNPAID or ENDED), the newest first, behind the one with this instant and id."""
    at, id = before or (None, None)
    values = {"units": list(units), "limit": limit, "at": at, "id": id}
    return [DepositView(*row) for row in _rows(_LISTED.format(which=f"({_WHICH[which]})"), values)]


def find_deposit(charge_id: UUID, units: Collection[str]) -> DepositView | None:
    """One deposit, when it is of these units."""
    values = {"units": list(units), "limit": 1, "at": None, "id": charge_id}
    found = _rows(_LISTED.format(which="d.id = %(id)s"), values)
    return DepositView(*found[0]) if found else None


def list_returns(charge_id: UUID) -> list[DepositReturn]:
    """What was proposed to be given back of a deposit, the newest first."""
    return list(DepositReturn.objects.filter(charge_id=charge_id).order_by("-asked_at", "-id"))


def list_asked_returns(units: Collection[str], limit: int = 100) -> list[DepositReturn]:
    """What waits for a second person, the oldest first, each with its charge."""
    rows = DepositReturn.objects.filter(state=ReturnState.ASKED, charge__unit_code__in=list(units))
    return list(rows.select_related("charge").order_by("asked_at", "id")[:limit])


def page_late(
    *, units: Collection[str], today: date, limit: int, after: Key | None = None, account_code: str = ""
) -> tuple[list[LateCharge], Key | None]:
    """Charges that bear interest not booked yet, those longest due first, and where the next page begins.

    Open ones of all kinds, and bills paid late in the last two months (of one account: whenever). A page looks at `limit` late
    charges; of what bears nothing (grace, less than half a dong) nothing is shown. Without a rate for its days a charge is
    shown with no rates.
    """
    at, id = after or (None, None)
    since = FIRST_DAY if account_code else today - PAID_LATELY
    values = {
        "units": list(units), "begin": local_time.instant(today), "since": local_time.instant(since), "limit": limit + 1,
        "at": at, "id": id, "account": account_code,
    }  # fmt: skip
    ids = [row[0] for row in _rows(_LATE, values)]
    charges = {row.id: row for row in Charge.objects.filter(id__in=ids[:limit])}
    measured = late.measure_many(charges.values(), today)
    found = [
        LateCharge(view_of(charges[id]), measured[id])
        for id in ids[:limit]
        if id in measured and (measured[id].interest_vnd or not measured[id].rates)
    ]
    if len(ids) <= limit:
        return found, None
    last = charges[ids[limit - 1]]
    assert last.due_at is not None  # they are late
    return found, (last.due_at, last.id)
