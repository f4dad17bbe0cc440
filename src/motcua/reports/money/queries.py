"""Reads: figures of money by window and dimension, debt by age, and the charges behind each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncMonth

from motcua.kernel.local_time import day_bounds
from motcua.reports.definitions import value_of
from motcua.reports.money import definitions, ways
from motcua.reports.money.counting import PAID
from motcua.reports.money.models import MoneyDay, MoneyDebt, MoneyPayers
from motcua.reports.queries import Row
from motcua.reports.rules import Window

DIMENSIONS = ("company_code", "unit_code", "way", "channel", "month")
_OF_BILLS = ("billed", "billed_vnd", "paid", "paid_vnd", "days")


@dataclass(frozen=True)
class Debt:
    """Open bills of one age: how many, what they owe, as of when (the oldest count of those summed)."""

    age: str
    bills: int
    owed_vnd: int
    as_of: datetime | None


@dataclass(frozen=True)
class Case:
    """A bill's charge behind a figure. `way` and `channel` are empty for one that is not paid."""

    charge_id: UUID
    payment_code: str
    account_code: str
    unit_code: str
    total_vnd: int
    owed_vnd: int
    created_at: datetime
    paid_at: datetime | None
    due_at: datetime | None
    way: str
    channel: str


def total(*, window: Window, filters: Mapping[str, str]) -> Row:
    """The figures of everything in the window that the filters (dimension: value) let through."""
    found = _read(window, filters, "")
    return _row(None, found.get(None, Counter()), _payers(window, filters, "").get(None))


def board(*, by: str, window: Window, filters: Mapping[str, str]) -> list[Row]:
    """The figures line by line of one of DIMENSIONS, the most money first (months in their order)."""
    found = _read(window, filters, by)
    payers = _payers(window, filters, by)
    rows = [_row(key, sums, payers.get(key)) for key, sums in found.items() if any(sums.values())]
    if by == "month":
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-row.sums["paid_vnd"], -row.sums["billed_vnd"], str(row.key)))


def _row(key: Any, sums: Mapping[str, int], payers: Mapping[str, int] | None) -> Row:
    told = {**sums, **(payers or {})}
    return Row(key, Counter(told), {f.code: value_of(f, told) for f in definitions.FIGURES})


def _chosen(window: Window, filters: Mapping[str, str]) -> QuerySet[MoneyDay]:
    known = {
        name: value for name, value in filters.items() if name in DIMENSIONS and name != "month" and value
    }
    return MoneyDay.objects.filter(day__gte=window.start, day__lt=window.end, **known)


def _read(window: Window, filters: Mapping[str, str], by: str) -> dict[Any, Counter[str]]:
    rows = _chosen(window, filters)
    if by == "month":
        rows = rows.annotate(month=TruncMonth("day"))
    keys = ["way", *([by] if by and by != "way" else [])]
    sums = {f"sum_{name}": Sum(name) for name in _OF_BILLS}
    found: dict[Any, Counter[str]] = {}
    for line in rows.values(*keys).annotate(**sums).order_by():
        way = line["way"]
        key = line[by] if by else None
        if by in ("way", "channel") and not way:
            continue  # bills that are issued came by no way yet
        told = {name: int(line[f"sum_{name}"]) for name in _OF_BILLS}
        if way in ways.CASHLESS:
            told |= {"cashless": told["paid"], "cashless_vnd": told["paid_vnd"]}
        if way == ways.Way.ONLINE:
            told |= {"online": told["paid"], "online_vnd": told["paid_vnd"]}
        found.setdefault(key, Counter()).update(told)
    return found


def _payers(window: Window, filters: Mapping[str, str], by: str) -> dict[Any, dict[str, int]]:
    """Distinct payers are known of months and of years up to a month, of companies and units; of nothing else."""
    of_year = window == Window.year_to_date(window.last) and not window.is_month
    if not (window.is_month or of_year) or filters.get("way") or filters.get("channel"):
        return {}
    if by not in ("", "company_code", "unit_code"):
        return {}
    rows = MoneyPayers.objects.filter(month=window.last.replace(day=1), of_year=of_year)
    if company := filters.get("company_code"):
        rows = rows.filter(company_code=company)
    unit = filters.get("unit_code", "")
    rows = rows.exclude(unit_code="") if by == "unit_code" and not unit else rows.filter(unit_code=unit)
    found: dict[Any, dict[str, int]] = {}
    for row in rows:
        held = found.setdefault(getattr(row, by) if by else None, {"with_bill": 0, "payers_online": 0})
        held["with_bill"] += row.with_bill
        held["payers_online"] += row.online
    return found


def list_debt(filters: Mapping[str, str]) -> list[Debt]:
    """Open bills by age, in the order of `ways.AGES`."""
    known = {name: filters[name] for name in ("company_code", "unit_code") if filters.get(name)}
    held: dict[str, list[MoneyDebt]] = {}
    for row in MoneyDebt.objects.filter(**known):
        held.setdefault(row.age, []).append(row)
    return [
        Debt(
            age, sum(row.bills for row in held.get(age, [])), sum(row.owed_vnd for row in held.get(age, [])),
            min((row.as_of for row in held.get(age, [])), default=None),
        )
        for age, _ in ways.AGES
    ]  # fmt: skip


_COLUMNS = "c.id, c.payment_code, c.account_code, c.unit_code, c.total_vnd, c.total_vnd - c.paid_vnd, c.created_at, c.paid_at, c.due_at"
_MINE = "AND (%(units)s::text[] IS NULL OR c.unit_code = ANY(%(units)s)) AND (%(unit)s = '' OR c.unit_code = %(unit)s)"
_PAID_CASES = f"""
SELECT {_COLUMNS}, w.way, w.channel {PAID} {_MINE}
  AND (%(way)s = '' OR w.way = %(way)s) AND (%(channel)s = '' OR w.channel = %(channel)s)
  AND (%(after_at)s::timestamptz IS NULL OR (c.paid_at, c.id) < (%(after_at)s, %(after_id)s))
ORDER BY c.paid_at DESC, c.id DESC LIMIT %(limit)s
"""
_ISSUED_CASES = f"""
SELECT {_COLUMNS}, '', '' FROM ledger_charge c
WHERE c.kind = 'TD' AND c.status <> 'CANCELLED' AND c.created_at >= %(starts)s AND c.created_at < %(ends)s {_MINE}
  AND (%(after_at)s::timestamptz IS NULL OR (c.created_at, c.id) < (%(after_at)s, %(after_id)s))
ORDER BY c.created_at DESC, c.id DESC LIMIT %(limit)s
"""  # noqa: S608 - the parts are ours
_OPEN_CASES = f"""
SELECT {_COLUMNS}, '', '' FROM ledger_charge c
WHERE c.kind = 'TD' AND c.status = 'OPEN' {_MINE}
  AND CASE WHEN %(late_from)s::timestamptz IS NULL THEN c.due_at IS NULL OR c.due_at >= %(late_to)s
           ELSE c.due_at < %(late_from)s AND (%(late_to)s::timestamptz IS NULL OR c.due_at >= %(late_to)s) END
  AND (%(after_at)s::timestamptz IS NULL OR (c.created_at, c.id) < (%(after_at)s, %(after_id)s))
ORDER BY c.created_at DESC, c.id DESC LIMIT %(limit)s
"""  # noqa: S608 - the parts are ours


def cases(
    *, figure: str, window: Window, filters: Mapping[str, str], unit_codes: frozenset[str] | None, limit: int,
    after: tuple[datetime, UUID] | None = None,
) -> list[Case]:  # fmt: skip
    """The bills behind a figure of the company worked for, the latest first; `unit_codes` None: of every unit.

    Bills issued for what counts those, else bills paid. Raises KeyError for an unknown figure.
    """
    issued = definitions.BY_CODE[figure].code in definitions.ISSUED
    values = {
        **_asked(filters, unit_codes, limit, after), "starts": day_bounds(window.start)[0], "ends": day_bounds(window.end)[0],
        "of_channel": orjson.dumps(ways.OF_CHANNEL).decode(),
    }  # fmt: skip
    return _cases(_ISSUED_CASES if issued else _PAID_CASES, values)


def debt_cases(
    *, age: str, today: date, filters: Mapping[str, str], unit_codes: frozenset[str] | None, limit: int,
    after: tuple[datetime, UUID] | None = None,
) -> list[Case]:  # fmt: skip
    """Open bills of one age today, the latest issued first. Raises KeyError for an unknown age."""
    first = dict(ways.AGES)[age]
    older = [days for _, days in ways.AGES if days is not None and days > (first or 0)]

    def day(days: int) -> datetime:
        return day_bounds(date.fromordinal(today.toordinal() - days + 1))[0]

    late = {"late_from": day(first) if first else None, "late_to": day(older[0]) if older else None}
    return _cases(_OPEN_CASES, {**_asked(filters, unit_codes, limit, after), **late})


def _asked(
    filters: Mapping[str, str],
    unit_codes: frozenset[str] | None,
    limit: int,
    after: tuple[datetime, UUID] | None,
) -> dict[str, Any]:
    return {
        "units": None if unit_codes is None else sorted(unit_codes), "limit": limit,
        "after_at": after[0] if after else None, "after_id": after[1] if after else None,
        **{name.removesuffix("_code"): filters.get(name, "") for name in ("unit_code", "way", "channel")},
    }  # fmt: skip


def _cases(statement: str, values: Mapping[str, Any]) -> list[Case]:
    with connection.cursor() as cursor:
        cursor.execute(statement, dict(values))
        return [Case(*row) for row in cursor.fetchall()]
