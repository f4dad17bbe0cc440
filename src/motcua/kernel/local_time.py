"""The local time of Vietnam: seven hours ahead of UTC, the whole year, since 13 June 1975.

A fixed offset needs no zone database on the machine, and its sums are fast.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

ZONE_NAME = "Asia/Ho_Chi_Minh"
OFFSET = timedelta(hours=7)
ZONE = timezone(OFFSET, ZONE_NAME)


def to_local(at: datetime) -> datetime:
    """The instant as local time. Refuses an instant without a zone."""
    if at.tzinfo is None:
        raise ValueError("an instant without a zone")
    return at.astimezone(ZONE)


def local_date(at: datetime) -> date:
    """The day it is in Vietnam at that instant."""
    return to_local(at).date()


def instant(day: date, at: time = time(0)) -> datetime:
    """The UTC instant of a local day and time of day."""
    return datetime.combine(day, at, ZONE).astimezone(UTC)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """First instant of the local day, and first instant of the next."""
    start = instant(day)
    return start, start + timedelta(days=1)
