"""What one request adds to the figures, as a pure function of its state; windows; how a target stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from motcua.kernel.local_time import local_date
from motcua.reports.definitions import Figure, is_met, value_of
from motcua.requests.rules import RequestState
from motcua.requests.states import State
from motcua.services import catalogue

MEASURES = (
    "received", "settled", "rejected", "cancelled", "fully_online", "on_time", "late", "late_company", "late_customer",
    "late_third_party", "late_unexplained", "trips", "energised", "energise_minutes", "rated", "rating_sum",
)  # fmt: skip
# The entries of a journal that move a figure: replaying these alone gives the same contribution as replaying all.
MOVING_EVENTS = (
    "request.submitted", "request.settled", "request.rejected", "request.cancelled", "request.reopened", "request.routed",
    "trip.recorded", "supply.energised", "customer.rated", "late.explained",
)  # fmt: skip
# The party a broken promise is charged to, and the measure that counts it.
CHARGED_TO = {"COMPANY": "late_company", "CUSTOMER": "late_customer", "THIRD_PARTY": "late_third_party", "": "late_unexplained"}  # fmt: skip


class Cell(NamedTuple):
    """One row of the roll-ups by day within a company; a row by month has the month's first day."""

    day: date
    unit_code: str
    province_code: str
    service_code: str
    channel: str
    reception: str

    def of_month(self) -> Cell:
        return self._replace(day=self.day.replace(day=1))


Parts = dict[Cell, dict[str, int]]


def contribution(state: RequestState) -> Parts:
    """Measures by cell: received counts on the day of sending, all else on the day of its own event.

    What the company ordered of itself is no request of anybody's.
    """
    parts: Parts = {}
    declared = catalogue.find(state.service_code, state.service_version)
    if declared is not None and declared.is_internal:
        return parts
    assert state.submitted_at is not None
    _add(parts, state, state.submitted_at, {"received": 1})
    if state.closed_at is not None:
        _add(parts, state, state.closed_at, _closing(state))
    if state.energised_at is not None:
        minutes = int((state.energised_at - state.submitted_at).total_seconds() // 60)
        _add(parts, state, state.energised_at, {"energised": 1, "energise_minutes": max(0, minutes)})
    return parts


def _closing(state: RequestState) -> dict[str, int]:
    if state.state == State.SETTLED:
        late = {} if state.on_time else {"late": 1, CHARGED_TO[state.late_party]: 1}
        return {
            "settled": 1,
            "fully_online": int(bool(state.fully_online)),
            "on_time": int(bool(state.on_time)),
            **late,
            "trips": state.trips,
            "rated": int(state.rating is not None),
            "rating_sum": state.rating or 0,
        }
    return {"rejected": 1} if state.state == State.REJECTED else {"cancelled": 1}


def _add(parts: Parts, state: RequestState, at: datetime, measures: Mapping[str, int]) -> None:
    cell = Cell(
        local_date(at),
        state.unit_code,
        state.province_code,
        state.service_code,
        state.channel,
        state.reception,
    )
    known = parts.setdefault(cell, {})
    for name, value in measures.items():
        if value:
            known[name] = known.get(name, 0) + value


def difference(changes: Iterable[tuple[Parts, Parts]]) -> Parts:
    """What to add to the roll-ups when contributions change from the first to the second; cells sorted, zeros left out."""
    sums: dict[Cell, Counter[str]] = {}
    for before, after in changes:
        if before == after:
            continue
        for sign, parts in ((-1, before), (1, after)):
            for cell, measures in parts.items():
                counter = sums.setdefault(cell, Counter())
                for name, value in measures.items():
                    counter[name] += sign * value
    return {
        cell: {name: value for name, value in sums[cell].items() if value}
        for cell in sorted(sums)
        if any(sums[cell].values())
    }


def by_month(parts: Parts) -> Parts:
    """The same sums, the days of a month taken together."""
    months: Parts = {}
    for cell, measures in parts.items():
        known = months.setdefault(cell.of_month(), {})
        for name, value in measures.items():
            known[name] = known.get(name, 0) + value
    return months


def to_json(parts: Parts) -> list[list[object]]:
    return [[cell.day.isoformat(), *cell[1:], measures] for cell, measures in parts.items()]


def from_json(rows: Iterable[list]) -> Parts:  # type: ignore[type-arg]
    return {Cell(date.fromisoformat(row[0]), *row[1:6]): dict(row[6]) for row in rows}


# windows


@dataclass(frozen=True)
class Window:
    """From the first day to before the last: a month, a year so far, or any days."""

    start: date
    end: date

    @classmethod
    def month(cls, day: date) -> Window:
        first = day.replace(day=1)
        return cls(first, next_month(first))

    @classmethod
    def year_to_date(cls, day: date) -> Window:
        return cls(day.replace(month=1, day=1), next_month(day.replace(day=1)))

    @property
    def last(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def is_month(self) -> bool:
        return self == Window.month(self.start)

    def holds(self, other: Window) -> bool:
        return self.start <= other.start and other.end <= self.end


def next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


@dataclass(frozen=True)
class Span:
    """A part of a window to read: whole months from the roll-ups by month, the rest from those by day, added or taken off."""

    window: Window
    by_day: bool
    sign: int = 1


def spans_of(window: Window) -> list[Span]:
    """What to read for the window with the fewest rows: never more than about half a month by day at either end."""
    if window.end <= window.start:
        return []
    first = window.start.replace(day=1)
    last = window.end if window.end.day == 1 else next_month(window.end.replace(day=1))
    head, tail = Window(first, window.start), Window(window.end, last)
    if Window(first, last).is_month:
        return _one_month(window, head, tail)
    spans = []
    if (
        head.days > 0 and head.days * 2 >= Window.month(first).days
    ):  # the lesser part of the month is in the window
        spans.append(Span(Window(window.start, next_month(first)), by_day=True))
        first = next_month(first)
    elif head.days:
        spans.append(Span(head, by_day=True, sign=-1))
    month = window.last.replace(day=1)
    if tail.days > 0 and tail.days * 2 >= Window.month(month).days:
        spans.append(Span(Window(month, window.end), by_day=True))
        last = month
    elif tail.days:
        spans.append(Span(tail, by_day=True, sign=-1))
    return ([Span(Window(first, last), by_day=False)] if first < last else []) + spans


def _one_month(window: Window, head: Window, tail: Window) -> list[Span]:
    if window.days <= head.days + tail.days:
        return [Span(window, by_day=True)]
    rest = [Span(part, by_day=True, sign=-1) for part in (head, tail) if part.days]
    return [Span(Window.month(window.start), by_day=False), *rest]


# targets


@dataclass(frozen=True)
class Standing:
    """How a target stands. `days`: ahead of the date when positive, behind it when negative; None without a date."""

    is_met: bool
    reached_on: date | None
    days: int | None


def standing(
    figure: Figure,
    target: float,
    reach_by: date | None,
    days: Sequence[tuple[date, Mapping[str, int]]],
    today: date,
) -> Standing:
    """A target against the sums of each day of its window up to today.

    Reached on the first day from which the figure, counted from the window's first day, never again fell short. A date
    that is reached gives the days it was early or late; one that is not gives the days that are left, or gone by.
    """
    sums: Counter[str] = Counter()
    reached: date | None = None
    for day, measures in days:
        sums.update(measures)
        value = value_of(figure, sums)
        if value is None:
            continue
        reached = (reached or day) if is_met(figure, value, target) else None
    lead = None if reach_by is None else (reach_by - (reached or today)).days
    return Standing(reached is not None, reached, lead)
