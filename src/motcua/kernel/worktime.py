"""Working time: deadlines in working days, hours and minutes, each explained day by day.

A `Calendar` holds what the caller knows: the spans of each weekday, and the days that differ (holidays,
swapped Saturdays, closures). All days are local days of Vietnam; instants go in with their zone and come
out in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Literal, NamedTuple

from motcua.kernel.local_time import ZONE, ZONE_NAME

__all__ = ["ZONE", "ZONE_NAME", "Calendar", "Day", "Deadline", "Line", "LineKind", "Span", "office_week"]

TimeSpans = tuple[tuple[time, time], ...]
_Seconds = tuple[tuple[int, int], ...]

_DAY = 86_400
_ONE_DAY = timedelta(days=1)
_ZONE_SECONDS = 25_200
_SEARCH_DAYS = 3_660
_REMEMBERED_DAYS = 4_000


class LineKind(StrEnum):
    """Why a day counts, or does not."""

    RECEIVED = "RECEIVED"  # the day it began, which is not counted
    COUNTED = "COUNTED"
    SWAPPED = "SWAPPED"  # counted, although the weekday is usually free
    AFTER_HOURS = "AFTER_HOURS"  # began after closing: as if on the next working day
    WEEKEND = "WEEKEND"
    HOLIDAY = "HOLIDAY"


class Line(NamedTuple):
    """One day of an explanation. `minutes` counts working minutes; `nth` of `of` counts working days."""

    date: date
    kind: LineKind
    name: str = ""
    minutes: int = 0
    nth: int | None = None
    of: int | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "date": self.date.isoformat(),
            "kind": self.kind.value,
            "name": self.name,
            "minutes": self.minutes,
            "nth": self.nth,
            "of": self.of,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, object]) -> Line:
        nth, of = told.get("nth"), told.get("of")
        return cls(
            date.fromisoformat(str(told["date"])),
            LineKind(str(told["kind"])),
            str(told.get("name", "")),
            int(str(told.get("minutes", 0))),
            None if nth is None else int(str(nth)),
            None if of is None else int(str(of)),
        )


# Working seconds, kind and name of a day, and its line when it is free.
_Facts = tuple[_Seconds, LineKind, str, Line]
_NEW_LINE = tuple.__new__  # half the time of calling the class, for the innermost loop


class Deadline(NamedTuple):
    """An instant in UTC, and the lines that explain it."""

    at: datetime
    lines: tuple[Line, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {"at": self.at.isoformat(), "lines": [line.as_json() for line in self.lines]}

    @classmethod
    def from_json(cls, told: Mapping[str, object]) -> Deadline:
        lines = told.get("lines", ())
        assert isinstance(lines, Sequence)
        return cls(datetime.fromisoformat(str(told["at"])), tuple(Line.from_json(line) for line in lines))


@dataclass(frozen=True)
class Day:
    """A day that differs from its weekday: a holiday, a closure, a working Saturday, other hours.

    Without `spans` a working day has the hours of its weekday, or of the usual working day when that is free.
    """

    is_working: bool
    name: str = ""
    spans: TimeSpans | None = None


Unit = Literal["working_day", "working_hour", "day", "hour", "minute"]

_UNITS: Mapping[str, Unit] = {
    "working day": "working_day",
    "working days": "working_day",
    "working hour": "working_hour",
    "working hours": "working_hour",
    "day": "day",
    "days": "day",
    "hour": "hour",
    "hours": "hour",
    "minute": "minute",
    "minutes": "minute",
}
_SPAN = re.compile(r"^\s*(\d{1,6})[\s_]+([a-z_\s]+?)\s*$")


@dataclass(frozen=True)
class Span:
    """A length of time as declarations write it: "5 working days", "2 working hours", "30 minutes".

    Hours, minutes and days that are not "working" pass by the clock and the calendar on the wall.
    """

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Span:
        found = _SPAN.match(text.lower())
        unit = _UNITS.get(" ".join(found[2].replace("_", " ").split())) if found else None
        if not found or unit is None:
            raise ValueError(
                f'not a span of time: "{text}"; write for example "5 working days" or "30 minutes"'
            )
        return cls(int(found[1]), unit)

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.replace('_', ' ')}{'' if self.amount == 1 else 's'}"


def office_week(spans: TimeSpans, weekdays: Sequence[int] = (0, 1, 2, 3, 4)) -> tuple[TimeSpans, ...]:
    """The same spans on each of the weekdays (0 is Monday), none on the others."""
    return tuple(spans if weekday in weekdays else () for weekday in range(7))


@dataclass(frozen=True, eq=False)
class Calendar:
    """The working time of somebody: spans for each weekday (0 is Monday), and the days that differ.

    A span that ends at 00:00 lasts to the end of the day. Sums are walks over days, with a table of running
    totals for long distances.
    """

    spans: tuple[TimeSpans, ...]
    days: Mapping[date, Day] = field(default_factory=dict)
    _week: tuple[_Seconds, ...] = field(init=False, repr=False)
    _usual: _Seconds = field(init=False, repr=False)
    _totals: dict[int, tuple[int, ...]] = field(init=False, repr=False)
    _known: dict[date, _Facts] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.spans) != 7:
            raise ValueError("a calendar has seven weekdays")
        week = tuple(_in_seconds(spans) for spans in self.spans)
        for day in self.days.values():
            if day.spans is not None:
                _in_seconds(day.spans)
        object.__setattr__(self, "days", dict(self.days))  # nobody changes what has been remembered
        object.__setattr__(self, "_week", week)
        object.__setattr__(self, "_usual", next((spans for spans in week if spans), ()))
        object.__setattr__(self, "_totals", {})
        object.__setattr__(self, "_known", {})

    # days

    def is_working_day(self, day: date) -> bool:
        """True when somebody works on that day at all."""
        return bool(self._seconds(day))

    def day_name(self, day: date) -> str:
        """The name of a day that differs, or nothing."""
        special = self.days.get(day)
        return special.name if special else ""

    def spans_on(self, day: date) -> TimeSpans:
        """The working spans of a day, in local time; one that ends at 00:00 lasts to midnight."""
        return tuple((_clock_time(start), _clock_time(end)) for start, end in self._seconds(day))

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        for distance in range(1, _SEARCH_DAYS):
            later = day + timedelta(days=distance)
            if self._seconds(later):
                return later
        raise ValueError("nobody works in the ten years after that day")

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days come after `start`, up to `end` and with it; 0 when `end` is not later."""
        return sum(
            1 for distance in range((end - start).days) if self._seconds(start + timedelta(days=distance + 1))
        )

    def closing(self, day: date) -> datetime:
        """The instant a working day ends."""
        spans = self._seconds(day)
        if not spans:
            raise ValueError(f"nobody works on {day}")
        return _instant(day, spans[-1][1])

    def opening(self, day: date) -> datetime:
        """The instant a working day begins."""
        spans = self._seconds(day)
        if not spans:
            raise ValueError(f"nobody works on {day}")
        return _instant(day, spans[0][0])

    def is_open(self, at: datetime) -> bool:
        """True when it is working time at that instant."""
        day, second = _local(at)
        return any(start <= second < end for start, end in self._seconds(day))

    def next_opening(self, at: datetime) -> datetime:
        """`at` when it is working time, else the next instant at which it is."""
        day, second = _local(at)
        for _ in range(_SEARCH_DAYS):
            for start, end in self._seconds(day):
                if second < end:
                    return at.astimezone(UTC) if second >= start else _instant(day, start)
            day, second = day + timedelta(days=1), 0
        raise ValueError("nobody works in the ten years after that instant")

    # sums

    def add(self, start: datetime, span: Span) -> Deadline:
        """`start` and a span later, whatever its unit."""
        if span.unit == "working_day":
            return self.add_days(start, span.amount)
        if span.unit == "working_hour":
            return self.add_minutes(start, span.amount * 60)
        if span.unit == "day":
            day, _ = _local(start)
            last = day + timedelta(days=span.amount)
            return Deadline(_instant(last, _DAY - 60), (Line(last, LineKind.COUNTED),))
        minutes = span.amount * (60 if span.unit == "hour" else 1)
        end = start.astimezone(UTC) + timedelta(minutes=minutes)
        return Deadline(end, (Line(_local(end)[0], LineKind.COUNTED, minutes=minutes),))

    def add_days(self, start: datetime, days: int) -> Deadline:
        """The end of the working day number `days` after the day of `start`, which itself is not counted.

        What begins after closing, or on a free day, begins on the next working day.
        """
        if days < 0:
            raise ValueError("deadlines lie ahead")
        day, second = _local(start)
        lines: list[Line] = []
        spans = self._seconds(day)
        if not spans or second >= spans[-1][1]:
            if spans:
                lines.append(Line(day, LineKind.AFTER_HOURS, self.day_name(day)))
                day += _ONE_DAY
            day, spans = self._skip_free(day, lines)
        lines.append(Line(day, LineKind.RECEIVED, self.day_name(day)))
        day, spans = self._count_days(day, days, lines)
        return Deadline(_instant(day, spans[-1][1]), tuple(lines))

    def add_minutes(self, start: datetime, minutes: int) -> Deadline:
        """The instant at which that many working minutes have passed since `start`.

        The end of a span rather than the beginning of the next, when both would do. None: the next working
        instant.
        """
        if minutes < 0:
            raise ValueError("deadlines lie ahead")
        return self._add_seconds(start, minutes * 60)

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """The whole working minutes from `start` to `end`; less than nothing when `end` is earlier."""
        return int(self._seconds_between(start, end) / 60)

    def after_pause(self, due: datetime, paused_at: datetime, resumed_at: datetime, unit: Unit) -> Deadline:
        """A deadline moved by a pause in which the customer, not the company, had to act.

        Working days: as many as lay between the pause and the deadline come after the day of resumption.
        Working hours: the same working time. Else the pause by the clock. Never earlier than `due`; unmoved
        when already late.
        """
        due = due.astimezone(UTC)
        if resumed_at <= paused_at or paused_at >= due:
            return Deadline(due)
        if unit == "working_hour":
            moved = self._add_seconds(resumed_at, self._seconds_between(paused_at, due))
        elif unit == "working_day":
            moved = self._after_days_paused(due, paused_at, resumed_at)
        else:
            moved = Deadline(due + (resumed_at - paused_at))
        return Deadline(max(moved.at, due), moved.lines)

    def _after_days_paused(self, due: datetime, paused_at: datetime, resumed_at: datetime) -> Deadline:
        day, second = _local(resumed_at)
        left = self.working_days_between(_local(paused_at)[0], _local(due)[0])
        lines = [Line(day, LineKind.RECEIVED, self.day_name(day))]
        spans = self._seconds(day)
        if left == 0 and not (spans and second < spans[-1][1]):
            left = 1
        day, spans = self._count_days(day, left, lines)
        return Deadline(_instant(day, spans[-1][1]), tuple(lines))

    def _add_seconds(self, start: datetime, left: int) -> Deadline:
        day, second = _local(start)
        lines: list[Line] = []
        worked = 0
        for _ in range(_SEARCH_DAYS):
            spans, before = self._seconds(day), worked
            for opens, closes in spans:
                begin = second if second > opens else opens
                if begin >= closes:
                    continue
                if closes - begin >= left:
                    worked += left
                    lines.append(self._worked_line(day, worked // 60 - before // 60))
                    at = _instant(day, begin + left)
                    return Deadline(max(at, start.astimezone(UTC)) if worked == 0 else at, tuple(lines))
                worked += closes - begin
                left -= closes - begin
            lines.append(self._worked_line(day, worked // 60 - before // 60))
            day, second = day + timedelta(days=1), 0
        raise ValueError("nobody works that long in the ten years after that instant")

    # seconds of a day, from its local midnight

    def _seconds(self, day: date) -> _Seconds:
        facts = self._known.get(day)
        return (facts or self._learn(day))[0]

    def _learn(self, day: date) -> _Facts:
        """What is to know about a day, remembered, for the same days are asked for again and again."""
        if len(self._known) >= _REMEMBERED_DAYS:
            self._known.clear()
        special, usual = self.days.get(day), self._week[day.weekday()]
        if special is None:
            kind = LineKind.COUNTED if usual else LineKind.WEEKEND
            facts = (usual, kind, "", Line(day, kind))
        elif not special.is_working:
            facts = ((), LineKind.HOLIDAY, special.name, Line(day, LineKind.HOLIDAY, special.name))
        else:
            spans = usual or self._usual if special.spans is None else _in_seconds(special.spans)
            kind = LineKind.COUNTED if usual else LineKind.SWAPPED
            free = Line(day, LineKind.HOLIDAY if usual else LineKind.WEEKEND, special.name)
            facts = (spans, kind if spans else free.kind, special.name, free)
        self._known[day] = facts
        return facts

    def _seconds_between(self, start: datetime, end: datetime) -> int:
        first, first_second = _local(start)
        last, last_second = _local(end)
        return (
            self._worked_until(last, last_second)
            - self._worked_until(first, first_second)
            + (self._worked_on_days(first, last) if first <= last else -self._worked_on_days(last, first))
        )

    def _worked_until(self, day: date, second: int) -> int:
        return sum(
            (closes if second > closes else second) - opens
            for opens, closes in self._seconds(day)
            if second > opens
        )

    def _worked_on_days(self, first: date, last: date) -> int:
        """The working seconds of the days from `first` to the one before `last`."""
        if (last - first).days <= 14:
            total = 0
            while first < last:
                for opens, closes in self._seconds(first):
                    total += closes - opens
                first += timedelta(days=1)
            return total
        whole_years = sum(self._year(year)[-1] for year in range(first.year, last.year))
        return (
            whole_years
            + self._year(last.year)[last.timetuple().tm_yday - 1]
            - self._year(first.year)[first.timetuple().tm_yday - 1]
        )

    def _year(self, year: int) -> tuple[int, ...]:
        """Working seconds of a year before each of its days, and of all of it."""
        found = self._totals.get(year)
        if found is None:
            totals, day = [0], date(year, 1, 1)
            while day.year == year:
                totals.append(totals[-1] + sum(closes - opens for opens, closes in self._seconds(day)))
                day += timedelta(days=1)
            found = self._totals[year] = tuple(totals)
        return found

    # lines

    def _skip_free(self, day: date, lines: list[Line]) -> tuple[date, _Seconds]:
        for _ in range(_SEARCH_DAYS):
            spans, _kind, _name, free_line = self._known.get(day) or self._learn(day)
            if spans:
                return day, spans
            lines.append(free_line)
            day += _ONE_DAY
        raise ValueError("nobody works in the ten years after that day")

    def _count_days(self, day: date, days: int, lines: list[Line]) -> tuple[date, _Seconds]:
        """Go on from a day until so many working days have come; the last one, and what is worked on it."""
        spans = self._seconds(day)
        known, counted, left = self._known, 0, _SEARCH_DAYS
        while counted < days:
            day += _ONE_DAY
            spans, kind, name, free_line = known.get(day) or self._learn(day)
            if spans:
                counted += 1
                lines.append(_NEW_LINE(Line, (day, kind, name, 0, counted, days)))
                left = _SEARCH_DAYS
            else:
                lines.append(free_line)
                left -= 1
                if not left:
                    raise ValueError("nobody works in the ten years after that day")
        return day, spans

    def _worked_line(self, day: date, minutes: int) -> Line:
        spans, kind, name, free_line = self._known.get(day) or self._learn(day)
        if not spans:
            return free_line
        return _NEW_LINE(Line, (day, kind if minutes else LineKind.AFTER_HOURS, name, minutes, None, None))


def _local(at: datetime) -> tuple[date, int]:
    if at.tzinfo is None:
        raise ValueError("an instant without a zone")
    local = at.astimezone(ZONE)
    return local.date(), local.hour * 3600 + local.minute * 60 + local.second


def _instant(day: date, second: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second - _ZONE_SECONDS)


def _clock_time(second: int) -> time:
    second %= _DAY
    return time(second // 3600, second // 60 % 60, second % 60)


@lru_cache(maxsize=256)
def _in_seconds(spans: TimeSpans) -> _Seconds:
    found = []
    last = -1
    for start, end in spans:
        opens = start.hour * 3600 + start.minute * 60 + start.second
        closes = end.hour * 3600 + end.minute * 60 + end.second or _DAY
        if opens <= last or closes <= opens:
            raise ValueError("the spans of a day follow each other, with time between, and do not overlap")
        found.append((opens, closes))
        last = closes
    return tuple(found)
