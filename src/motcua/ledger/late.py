"""What paying late costs: reads what was owed on which day, and works out the interest by the rates of those days."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.db import connection

from motcua.kernel import local_time
from motcua.ledger.models import Charge, ChargeStatus, LateRate, LedgerTransaction, TransactionKind


@dataclass(frozen=True)
class Rate:
    """Per cent a year from a day on."""

    valid_from: date
    percent_a_year: Decimal
    days_of_year: int
    grace_days: int
    source: str = ""


@dataclass(frozen=True)
class Owed:
    """So much was owed from this day on."""

    day: date
    amount_vnd: int


@dataclass(frozen=True)
class Late:
    """Interest of a charge for the days from `first_day` until before `last_day`; no rates, no figure."""

    first_day: date
    last_day: date
    interest_vnd: int
    rates: tuple[Rate, ...]


def interest_vnd(owed: Sequence[Owed], rates: Sequence[Rate], first: date, until: date) -> int:
    """Interest on what was owed each day from `first` until before `until`, rounded half up to whole dong once.

    `owed` and `rates` are in the order of their days. A day before the first rate bears none.
    Example: 1,000,000 at 10 % for 30 days of 365 is 8,219.
    """
    sum_ = Decimal(0)
    days = sorted({first, *(o.day for o in owed), *(r.valid_from for r in rates), until})
    for begin, end in itertools.pairwise(days):
        if begin < first or end > until:
            continue
        amount = next((o.amount_vnd for o in reversed(owed) if o.day <= begin), 0)
        rate = next((r for r in reversed(rates) if r.valid_from <= begin), None)
        if rate and amount > 0:
            sum_ += Decimal(amount) * (end - begin).days * rate.percent_a_year / 100 / rate.days_of_year
    return int(sum_.quantize(Decimal(1), ROUND_HALF_UP))


def key_of(charge_id: UUID, last_day: date) -> str:
    """The booking's key: with it a later call finds up to which day interest was booked."""
    return f"interest:{charge_id}:{last_day.isoformat()}"


def list_rates() -> list[Rate]:
    """The rates in the order of their days."""
    return [
        Rate(r.valid_from, r.percent_a_year, r.days_of_year, r.grace_days, r.source)
        for r in LateRate.objects.order_by("valid_from")
    ]


def measure(charge_id: UUID, today: date) -> Late | None:
    """What paying a charge late costs up to today, for days not booked before; None when it is not late, or has no due date."""
    return measure_many([Charge.objects.get(id=charge_id)], today).get(charge_id)


def measure_many(charges: Collection[Charge], today: date) -> dict[UUID, Late]:
    """`measure` of each of these charges that is late, in three queries however many there are."""
    able = [
        charge
        for charge in charges
        if charge.due_at is not None and charge.kind != "LS" and charge.status != ChargeStatus.CANCELLED
    ]
    if not able:
        return {}
    rates, booked, owed = list_rates(), _booked_until(able), _owed(able)
    measured = {
        charge.id: _measured(charge, rates, booked.get(charge.id), owed[charge.id], today) for charge in able
    }
    return {id: late for id, late in measured.items() if late}


def _measured(
    charge: Charge, rates: Sequence[Rate], booked: date | None, owed: Sequence[Owed], today: date
) -> Late | None:
    assert charge.due_at is not None  # measure_many sees to it
    due = local_time.local_date(charge.due_at)
    at_due = next((r for r in reversed(rates) if r.valid_from <= due), None)
    first = due + timedelta(days=1 + (at_due.grace_days if at_due else 0))
    first = max(first, booked) if booked else first
    until = local_time.local_date(charge.paid_at) if charge.paid_at else today
    if until <= first:
        return None
    found = tuple(rate for rate in rates if rate.valid_from < until)
    return Late(first, until, interest_vnd(owed, found, first, until), found)


# The last day in the keys `key_of` made. Keys of one form lie between the first and the last day in the order of any language, so
# that the index of keys is used whatever the order of the database.
_BOOKED = """
SELECT c.id, max(right(t.key, 10))::date FROM unnest(%s::uuid[]) c (id)
JOIN ledger_ledgertransaction t ON t.key BETWEEN 'interest:' || c.id || ':0001-01-01' AND 'interest:' || c.id || ':9999-12-31'
WHERE starts_with(t.key, 'interest:' || c.id || ':') GROUP BY c.id
"""


def _booked_until(charges: Collection[Charge]) -> dict[UUID, date]:
    with connection.cursor() as cursor:
        cursor.execute(_BOOKED, [[charge.id for charge in charges]])
        return dict(cursor.fetchall())


def _owed(charges: Collection[Charge]) -> dict[UUID, list[Owed]]:
    """What was owed from which day on, by the bookings that settled it and took that back."""
    steps = {
        charge.id: [Owed(local_time.local_date(charge.created_at), charge.total_vnd)] for charge in charges
    }
    rows = LedgerTransaction.objects.filter(charge_id__in=list(steps)).select_related("reverses")
    for row in rows.order_by("number"):
        if row.kind == TransactionKind.SETTLE:
            change = -int(row.outcome.get("applied_vnd", 0))
        elif row.reverses is not None and row.reverses.kind == TransactionKind.SETTLE:
            change = int(row.reverses.outcome.get("applied_vnd", 0))
        else:
            continue
        told = steps[row.charge_id]  # type: ignore[index]  # it is one of these charges'
        told.append(Owed(row.business_date, told[-1].amount_vnd + change))
    return steps
