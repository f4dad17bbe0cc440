"""On which days an account's meter is read, and whether its customer may read it today."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from motcua.billing import run_queries
from motcua.billing.models import Bill, BillKind, BillState
from motcua.supply import queries as supply_queries
from motcua.supply.models import ContractStatus


@dataclass(frozen=True)
class Wanted:
    """A reading day, and from when to when customers may read for it."""

    day: date
    first: date
    last: date


def find_wanted(account_code: str, on: date) -> Wanted | None:
    """What a reading of today would be for; None: nothing, or it has its bill already."""
    return next((one for one in list_wanted(account_code, on) if one.first <= on <= one.last), None)


def find_next(account_code: str, on: date) -> Wanted | None:
    """The next days on which a reading is wanted; today's among them."""
    return next((one for one in list_wanted(account_code, on) if on <= one.last), None)


def list_wanted(account_code: str, on: date) -> list[Wanted]:
    """Of last month, this one and the next, in the order of days; without those whose bill is made."""
    contract = supply_queries.find_contract(account_code)
    if contract is None or contract.status != ContractStatus.ACTIVE:
        return []
    first = (on.replace(day=1) - timedelta(days=1)).replace(day=1)
    months = [first]
    for _ in range(2):
        months.append((months[-1] + timedelta(days=32)).replace(day=1))
    found = []
    for month in months:
        for period, day in enumerate(days_of(account_code, contract.unit_code, month), start=1):
            own = run_queries.policy_of(contract.unit_code, day).own_days(day)
            if own is not None and not _is_billed(account_code, month, period):
                found.append(Wanted(day, *own))
    return found


def days_of(account_code: str, unit_code: str, month: date) -> list[date]:
    """The account's reading days in a month: its own, else the policy's; 31 is the month's last."""
    last = calendar.monthrange(month.year, month.month)[1]
    terms = run_queries.find_terms(account_code, month.replace(day=last))
    policy = run_queries.policy_of(unit_code, month.replace(day=last))
    numbers = list(terms.reading_days) if terms and terms.reading_days else [policy.reading_day]
    return [month.replace(day=min(number, last)) for number in numbers]


def _is_billed(account_code: str, month: date, period: int) -> bool:
    return (
        Bill.objects.filter(
            account_code=account_code, billing_month=month, period=period, state=BillState.ISSUED
        )
        .exclude(kind=BillKind.ADJUSTMENT)
        .exists()
    )
