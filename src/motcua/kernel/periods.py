"""Half-open periods: the start belongs to them, the end does not; no end means still going on."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

from motcua.kernel import local_time

Point = TypeVar("Point", date, datetime)


@dataclass(frozen=True)
class Period(Generic[Point]):
    """From `start` up to, not including, `end`. None is open. Never empty."""

    start: Point | None
    end: Point | None = None

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and not self.start < self.end:
            raise ValueError("a period ends after it starts")

    def __contains__(self, point: Point) -> bool:
        return (self.start is None or self.start <= point) and (self.end is None or point < self.end)

    def overlaps(self, other: Period[Point]) -> bool:
        return self.intersection(other) is not None

    def intersection(self, other: Period[Point]) -> Period[Point] | None:
        """What both have in common, or None."""
        start = _later(self.start, other.start)
        end = _earlier(self.end, other.end)
        if start is not None and end is not None and not start < end:
            return None
        return Period(start, end)

    def is_followed_by(self, other: Period[Point]) -> bool:
        """True when `other` starts exactly where this one ends."""
        return self.end is not None and self.end == other.start


def month(year: int, number: int) -> Period[date]:
    """The days of a month."""
    return Period(date(year, number, 1), date(year + number // 12, number % 12 + 1, 1))


def month_of(day: date) -> Period[date]:
    return month(day.year, day.month)


def year_of(day: date) -> Period[date]:
    return Period(date(day.year, 1, 1), date(day.year + 1, 1, 1))


def months_before(day: date, months: int) -> date:
    """The same day so many months ago; the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def instants(days: Period[date]) -> Period[datetime]:
    """The instants of a period of local days."""
    start = None if days.start is None else local_time.instant(days.start)
    return Period(start, None if days.end is None else local_time.instant(days.end))


def overlaps_within(periods: Iterable[Period[Point]]) -> Iterator[tuple[Period[Point], Period[Point]]]:
    """The pairs of neighbours, in order of their start, that overlap."""
    ordered = sorted(periods, key=lambda period: (period.start is not None, period.start))
    reach: Period[Point] | None = None
    for period in ordered:
        if reach is not None and reach.overlaps(period):
            yield reach, period
        if reach is None or (reach.end is not None and (period.end is None or period.end > reach.end)):
            reach = period


class Dated(Protocol):
    """A row that holds from a day to before another."""

    @property
    def valid_from(self) -> date | None: ...
    @property
    def valid_to(self) -> date | None: ...


Row = TypeVar("Row", bound=Dated)


def valid_on(rows: Iterable[Row], on: date) -> Iterator[Row]:
    """The rows that hold on a day."""
    for row in rows:
        if (row.valid_from is None or row.valid_from <= on) and (row.valid_to is None or on < row.valid_to):
            yield row


def _later(a: Point | None, b: Point | None) -> Point | None:
    if a is None or b is None:
        return a if b is None else b
    return max(a, b)


def _earlier(a: Point | None, b: Point | None) -> Point | None:
    if a is None or b is None:
        return a if b is None else b
    return min(a, b)
