"""What one request adds to the figures, as a pure function of its state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from motcua.kernel.local_time import local_date
from motcua.requests.rules import RequestState
from motcua.requests.states import State

MEASURES = (
    "received", "settled", "rejected", "cancelled", "fully_online", "on_time", "trips", "energised",
    "energise_minutes", "rated", "rating_sum",
)  # fmt: skip


class Cell(NamedTuple):
    """One row of the roll-ups within a company."""

    month: date
    unit_code: str
    province_code: str
    service_code: str
    channel: str
    reception: str


Parts = dict[Cell, dict[str, int]]


def contribution(state: RequestState) -> Parts:
    """Measures by cell: received counts in the month of sending, all else in the month of its own event."""
    parts: Parts = {}
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
        return {
            "settled": 1,
            "fully_online": int(bool(state.fully_online)),
            "on_time": int(bool(state.on_time)),
            "trips": state.trips,
            "rated": int(state.rating is not None),
            "rating_sum": state.rating or 0,
        }
    return {"rejected": 1} if state.state == State.REJECTED else {"cancelled": 1}


def _add(parts: Parts, state: RequestState, at: datetime, measures: Mapping[str, int]) -> None:
    cell = Cell(
        local_date(at).replace(day=1),
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


def to_json(parts: Parts) -> list[list[object]]:
    return [[cell.month.isoformat(), *cell[1:], measures] for cell, measures in parts.items()]


def from_json(rows: Iterable[list]) -> Parts:  # type: ignore[type-arg]
    return {Cell(date.fromisoformat(row[0]), *row[1:6]): dict(row[6]) for row in rows}
