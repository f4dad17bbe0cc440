"""Days and moments out of what was typed or stored."""

from __future__ import annotations

import re
from datetime import date, datetime

from motcua.kernel import local_time, vietnamese

_DAY_FIRST = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$")


def as_day(raw: object) -> date | None:
    """A day as typed (24/11/2026), as stored (2026-11-24), or out of an instant; None when it is no day."""
    if isinstance(raw, datetime):
        return local_time.to_local(raw).date() if raw.tzinfo else raw.date()
    if isinstance(raw, date):
        return raw
    words = vietnamese.clean(raw) if isinstance(raw, str) else ""
    found = _DAY_FIRST.match(words)
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(words) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", words, re.ASCII) else None
    except ValueError:
        return None


def as_moment(raw: object) -> datetime | None:
    """A moment as typed (24/11/2026 10:30) or in ISO 8601; without a zone it is local time. None when it is none."""
    if isinstance(raw, datetime):
        return local_time.to_local(raw) if raw.tzinfo else raw.replace(tzinfo=local_time.ZONE)
    words = vietnamese.clean(raw) if isinstance(raw, str) else ""
    found = re.fullmatch(r"(\S+) (\d{1,2})[:hg](\d{2})", words, re.ASCII)
    try:
        if found:
            day = as_day(found[1])
            hour, minute = int(found[2]), int(found[3])
            return (
                datetime(day.year, day.month, day.day, hour, minute, tzinfo=local_time.ZONE) if day else None
            )
        moment = datetime.fromisoformat(words) if "T" in words else None
        if moment is None:
            return None
        return local_time.to_local(moment) if moment.tzinfo else moment.replace(tzinfo=local_time.ZONE)
    except (ValueError, OverflowError):
        return None
