"""What paying late costs: reads what was owed on which day, and works out the interest by the rates of those days."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

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
    charge = Charge.objects.get(id=charge_id)
    if charge.due_at is None or charge.kind == "LS" or charge.status == ChargeStatus.CANCELLED:
        return None
    rates = list_rates()
    due = local_time.local_date(charge.due_at)
    at_due = next((r for r in reversed(rates) if r.valid_from <= due), None)
    first = due + timedelta(days=1 + (at_due.grace_days if at_due else 0))
    booked = _booked_until(charge_id)
    first = max(first, booked) if booked else first
    until = local_time.local_date(charge.paid_at) if charge.paid_at else today
    if until <= first:
        return None
    found = tuple(rate for rate in rates if rate.valid_from < until)
    return Late(first, until, interest_vnd(_owed(charge), found, first, until), found)


def _booked_until(charge_id: UUID) -> date | None:
    keys = LedgerTransaction.objects.filter(key__startswith=f"interest:{charge_id}:").values_list(
        "key", flat=True
    )
    return max((date.fromisoformat(key.rpartition(":")[2]) for key in keys), default=None)


def _owed(charge: Charge) -> list[Owed]:
    """What was owed from which day on, by the bookings that settled it and took that back."""
    steps = [Owed(local_time.local_date(charge.created_at), charge.total_vnd)]
    left = charge.total_vnd
    rows = LedgerTransaction.objects.filter(charge_id=charge.id).select_related("reverses").order_by("number")
    for row in rows:
        if row.kind == TransactionKind.SETTLE:
            left -= int(row.outcome.get("applied_vnd", 0))
        elif row.reverses is not None and row.reverses.kind == TransactionKind.SETTLE:
            left += int(row.reverses.outcome.get("applied_vnd", 0))
        else:
            continue
        steps.append(Owed(row.business_date, left))
    return steps
