"""Days and months are closed, and reopened by two.

Locks: a day's lock for itself, which every booking of that day shares; then the period's row.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.ledger import closing
from motcua.ledger.closing import PeriodView
from motcua.ledger.models import Period, PeriodKind, PeriodState
from motcua.ledger.operations.refusals import (
    DayNotSound,
    DaysOpen,
    ExplanationMissing,
    MonthIsClosed,
    NotClosed,
    PeriodNotOver,
    ReasonMissing,
    ReopenNotAsked,
    SamePerson,
)
from motcua.ledger.operations.sealing import seal_all


@transaction.atomic
def close_day(*, day: date, explanations: Mapping[str, str], actor: Actor, at: datetime) -> PeriodView:
    """Nothing more is booked into this day. What is not as it should be needs the accountant's word, by the check's code.

    Waits for bookings of the day that are under way. Closed already changes nothing. Refuses PeriodNotOver, DayNotSound (debits
    and credits differ, a drawer is open: no word helps), ExplanationMissing naming the check.
    """
    if day >= local_time.local_date(at):
        raise PeriodNotOver(field="day")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':ledger-day:' || %s, 0))",
            [day.isoformat()],
        )
    if closed := Period.objects.filter(kind=PeriodKind.DAY, first_day=day, state=PeriodState.CLOSED).first():
        return closing.view_of(closed)
    seal_all(at=at)
    told = []
    for check in closing.check_day(day, at):
        word = " ".join(explanations.get(check.code, "").split())[:300]
        if not check.is_ok and check.blocks:
            raise DayNotSound(field=check.code, detail=check.detail)
        if not check.is_ok and not word:
            raise ExplanationMissing(field=check.code)
        told.append({"code": check.code, "is_ok": check.is_ok, "detail": check.detail, "word": word})
    made = Period.objects.create(
        kind=PeriodKind.DAY, first_day=day, last_day=day, checks=told, closed_at=at, closed_by=actor.ref,
        seal_id=closing.last_seal_number(),
    )  # fmt: skip
    return closing.view_of(made)


@transaction.atomic
def close_month(*, month: date, actor: Actor, at: datetime) -> PeriodView:
    """Nothing more is booked into this month, and no day of it is reopened before it is. `month`: any day of it.

    Refuses PeriodNotOver, DaysOpen naming the first day with bookings that is open.
    """
    first, last = closing.month_of(month)
    if last >= local_time.local_date(at):
        raise PeriodNotOver(field="month")
    if closed := Period.objects.filter(
        kind=PeriodKind.MONTH, first_day=first, state=PeriodState.CLOSED
    ).first():
        return closing.view_of(closed)
    with connection.cursor() as cursor:
        for days in range((last - first).days + 1):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':ledger-day:' || %s, 0))",
                [(first + timedelta(days=days)).isoformat()],
            )
    if open_days := closing.list_open_days(first, last):
        raise DaysOpen(field="month", day=f"{open_days[0]:%d/%m/%Y}", count=len(open_days))
    made = Period.objects.create(
        kind=PeriodKind.MONTH, first_day=first, last_day=last, checks=closing.totals_of(first, last), closed_at=at,
        closed_by=actor.ref, seal_id=closing.last_seal_number(),
    )  # fmt: skip
    return closing.view_of(made)


@transaction.atomic
def ask_reopen(*, period_id: int, reason: str, actor: Actor, at: datetime) -> PeriodView:
    """Somebody wants a closed period open again and says why. Refuses NotFound, NotClosed, ReasonMissing, MonthIsClosed."""
    period = _hold(period_id)
    said = " ".join(reason.split())[:300]
    if not said:
        raise ReasonMissing(field="reason")
    _require_month_open(period)
    period.reopen_reason, period.reopen_asked_at, period.reopen_asked_by = said, at, actor.ref
    period.save(update_fields=["reopen_reason", "reopen_asked_at", "reopen_asked_by"])
    return closing.view_of(period)


@transaction.atomic
def approve_reopen(*, period_id: int, actor: Actor, at: datetime) -> PeriodView:
    """A second person agrees: the period takes bookings again. Refuses NotFound, NotClosed, ReopenNotAsked, SamePerson,
    MonthIsClosed.
    """
    period = _hold(period_id)
    if not period.reopen_asked_at:
        raise ReopenNotAsked(field="period_id")
    if period.reopen_asked_by == actor.ref:
        raise SamePerson(field="period_id")
    _require_month_open(period)
    period.state, period.reopened_at, period.reopened_by = PeriodState.REOPENED, at, actor.ref
    period.save(update_fields=["state", "reopened_at", "reopened_by"])
    return closing.view_of(period)


@transaction.atomic
def refuse_reopen(*, period_id: int, actor: Actor, at: datetime) -> PeriodView:
    """The period stays closed; the question is gone. Refuses NotFound, NotClosed, ReopenNotAsked."""
    period = _hold(period_id)
    if not period.reopen_asked_at:
        raise ReopenNotAsked(field="period_id")
    period.reopen_reason, period.reopen_asked_at, period.reopen_asked_by = "", None, ""
    period.save(update_fields=["reopen_reason", "reopen_asked_at", "reopen_asked_by"])
    return closing.view_of(period)


def _hold(period_id: int) -> Period:
    period = Period.objects.select_for_update().filter(id=period_id).first()
    if period is None:
        raise NotFound(field="period_id")
    if period.state != PeriodState.CLOSED:
        raise NotClosed(field="period_id")
    return period


def _require_month_open(period: Period) -> None:
    if period.kind == PeriodKind.DAY and closing.is_month_closed(period.first_day):
        raise MonthIsClosed(field="period_id")
