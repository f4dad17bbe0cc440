"""Reads: closed periods, and what must be looked at before a day is closed."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from motcua.kernel.money import format_number
from motcua.kernel.results import gettext_noop
from motcua.ledger import registry, sealed
from motcua.ledger.models import LedgerTransaction, Period, PeriodKind, PeriodState
from motcua.ledger.registry import DayCheck

# An account whose kept sums of a day are not those of its legs of that day.
_RECOUNT_DAY = """
SELECT a.code, b.debit, p.debit, b.credit, p.credit
FROM ledger_account a
CROSS JOIN LATERAL (SELECT COALESCE(sum(debit_vnd), 0) AS debit, COALESCE(sum(credit_vnd), 0) AS credit
    FROM ledger_accountbalance WHERE account_id = a.code AND day = %(day)s) b
CROSS JOIN LATERAL (SELECT COALESCE(sum(amount_vnd) FILTER (WHERE side = 'D'), 0) AS debit,
    COALESCE(sum(amount_vnd) FILTER (WHERE side = 'C'), 0) AS credit
    FROM ledger_posting WHERE account_id = a.code AND day = %(day)s) p
WHERE (b.debit, b.credit) <> (p.debit, p.credit) ORDER BY 1
"""
_TOTALS = """
SELECT COALESCE(sum(debit_vnd), 0)::bigint, COALESCE(sum(credit_vnd), 0)::bigint, COALESCE(sum(postings), 0)::bigint
FROM ledger_accountbalance WHERE day BETWEEN %s AND %s
"""
_OPEN_DAYS = """
SELECT DISTINCT b.day FROM ledger_accountbalance b
WHERE b.day BETWEEN %s AND %s AND NOT EXISTS (
    SELECT FROM ledger_period p WHERE p.state = 'CLOSED' AND p.kind = 'DAY' AND p.first_day = b.day)
ORDER BY 1
"""
SEALS_LOOKED_AT = 300


@dataclass(frozen=True)
class PeriodView:
    """A day or month that was closed, and what became of it."""

    id: int
    kind: str
    first_day: date
    last_day: date
    state: str
    checks: Any
    seal_number: int | None
    closed_at: datetime
    closed_by: str
    reopen_reason: str
    reopen_asked_at: datetime | None
    reopen_asked_by: str
    reopened_at: datetime | None
    reopened_by: str

    @property
    def is_closed(self) -> bool:
        return self.state == PeriodState.CLOSED

    @property
    def is_asked(self) -> bool:
        """Whether somebody waits for a second person's word on opening it again."""
        return self.is_closed and self.reopen_asked_at is not None


def view_of(period: Period) -> PeriodView:
    return PeriodView(
        id=period.pk, kind=period.kind, first_day=period.first_day, last_day=period.last_day, state=period.state,
        checks=period.checks, seal_number=period.seal_id, closed_at=period.closed_at, closed_by=period.closed_by,
        reopen_reason=period.reopen_reason, reopen_asked_at=period.reopen_asked_at,
        reopen_asked_by=period.reopen_asked_by, reopened_at=period.reopened_at, reopened_by=period.reopened_by,
    )  # fmt: skip


def find_period(period_id: int) -> PeriodView | None:
    period = Period.objects.filter(id=period_id).first()
    return view_of(period) if period else None


def list_periods(first: date, last: date) -> list[PeriodView]:
    """What was closed of these days, newest first; what was reopened too."""
    rows = Period.objects.filter(first_day__lte=last, last_day__gte=first)
    return [view_of(period) for period in rows.order_by("-first_day", "-id")]


def find_closed_day(day: date) -> PeriodView | None:
    period = Period.objects.filter(kind=PeriodKind.DAY, first_day=day, state=PeriodState.CLOSED).first()
    return view_of(period) if period else None


def is_month_closed(day: date) -> bool:
    first, _last = month_of(day)
    return Period.objects.filter(kind=PeriodKind.MONTH, first_day=first, state=PeriodState.CLOSED).exists()


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month."""
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


def list_open_days(first: date, last: date) -> list[date]:
    """Days with bookings that are not closed, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_DAYS, [first, last])
        return [day for (day,) in cursor.fetchall()]


def totals_of(first: date, last: date) -> dict[str, int]:
    """Debits, credits and legs of a period."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, [first, last])
        debit, credit, legs = cursor.fetchone()
    return {"debit_vnd": debit, "credit_vnd": credit, "legs": legs}


def last_seal_number() -> int | None:
    seal = sealed.find_last()
    return seal.number if seal else None


def check_day(day: date, at: datetime) -> list[DayCheck]:
    """What must be looked at before this day is closed: ours first, then what upper floors add."""
    found = [_balanced(day), _recounted(day), _sealed()]
    for look in registry.day_checks():
        found += look(day, at)
    return found


def _balanced(day: date) -> DayCheck:
    totals = totals_of(day, day)
    is_ok = totals["debit_vnd"] == totals["credit_vnd"]
    detail = f"{format_number(totals['debit_vnd'])} / {format_number(totals['credit_vnd'])}"
    return DayCheck("BALANCED", gettext_noop("Tổng phát sinh nợ bằng tổng phát sinh có"), is_ok, True, detail)


def _recounted(day: date) -> DayCheck:
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT_DAY, {"day": day})
        differing = [str(row[0]) for row in cursor.fetchall()]
    bookings = LedgerTransaction.objects.filter(business_date=day).count()
    title = gettext_noop("Số dư khớp với từng bút toán khi đếm lại")
    return DayCheck("RECOUNTED", title, not differing, True, ", ".join(differing) or str(bookings))


def _sealed() -> DayCheck:
    last = sealed.find_last()
    begin = max(1, (last.number if last else 0) - SEALS_LOOKED_AT + 1)
    broken = list(sealed.list_broken(from_number=begin))
    title = gettext_noop("Chuỗi niêm phong còn nguyên, không bút toán nào bị sửa hay mất")
    detail = "; ".join(f"{one.number}: {one.how}" for one in broken) or (last.hash[:16] if last else "")
    return DayCheck("SEALED", title, not broken, True, detail)


def count_bookings(day: date) -> int:
    return LedgerTransaction.objects.filter(business_date=day).count()
