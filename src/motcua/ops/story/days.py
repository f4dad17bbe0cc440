"""Which days the story plays on: the outside world's calendar, not the server's."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import holidays

from motcua.kernel.local_time import ZONE, to_local

WORKED_SATURDAYS = frozenset({date(2025, 4, 26), date(2026, 8, 22)})
MORNING = time(8, 30)
LATEST_START = time(14, 0)


def is_working(day: date) -> bool:
    return day in WORKED_SATURDAYS or (
        day.weekday() < 5 and day not in holidays.country_holidays("VN", years=day.year)
    )


def next_working(day: date) -> date:
    """The first working day after this one."""
    day += timedelta(days=1)
    while not is_working(day):
        day += timedelta(days=1)
    return day


def first_morning(now: datetime) -> datetime:
    """When the story may begin: now in working hours, else the next working morning."""
    local = to_local(now)
    if is_working(local.date()) and MORNING <= local.time() <= LATEST_START:
        return now
    return morning_of(
        local.date() if is_working(local.date()) and local.time() < MORNING else next_working(local.date())
    )


def morning_of(day: date) -> datetime:
    return datetime.combine(day, MORNING, ZONE)
