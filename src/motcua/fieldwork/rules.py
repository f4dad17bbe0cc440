"""Pure decisions of visits: what the journal makes of a visit, which windows a day has, in which order a crew goes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from motcua.fieldwork.states import Half, VisitKind, VisitStatus
from motcua.kernel import local_time
from motcua.kernel.worktime import Calendar

# A customer must have this long from asking to the beginning of the window.
NOTICE = timedelta(hours=1)
NOON = time(12, 30)
EARTH_KM = 6371.0
ROAD_FACTOR = 1.4
ROAD_KMH = 20.0
FIXED_MINUTES = 2.0
SERVICE_MINUTES: Mapping[VisitKind, int] = {
    VisitKind.SURVEY: 20,
    VisitKind.SIGN: 20,
    VisitKind.INSTALL: 15,
    VisitKind.CHANGE: 30,
    VisitKind.REPAIR: 30,
    VisitKind.VISIT: 20,
}


# the journal


@dataclass(frozen=True)
class VisitFact:
    name: str
    at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class VisitState:
    """The columns of `models.Visit` that its journal decides."""

    seq: int = 0
    kind: str = ""
    status: str = VisitStatus.PLANNED
    slot_unit: str = ""
    date: date | None = None
    half: str = ""
    window_start: datetime | None = None
    window_end: datetime | None = None
    crew_code: str = ""
    position: int | None = None
    attempt: int = 1
    moves: int = 0
    outcome: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


def _window(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "slot_unit": payload["slot_unit"],
        "date": date.fromisoformat(payload["date"]),
        "half": payload["half"],
        "window_start": datetime.fromisoformat(payload["window_start"]),
        "window_end": datetime.fromisoformat(payload["window_end"]),
    }


def _booked(state: VisitState, fact: VisitFact) -> VisitState:
    return replace(state, kind=fact.payload["kind"], attempt=fact.payload["attempt"], **_window(fact.payload))


def _moved(state: VisitState, fact: VisitFact) -> VisitState:
    return replace(
        state,
        **_window(fact.payload),
        status=VisitStatus.PLANNED,
        crew_code="",
        position=None,
        moves=state.moves + 1,
    )


def _assigned(state: VisitState, fact: VisitFact) -> VisitState:
    return replace(
        state,
        status=VisitStatus.ASSIGNED,
        crew_code=fact.payload["crew"],
        position=fact.payload.get("position"),
    )


def _started(state: VisitState, fact: VisitFact) -> VisitState:
    return replace(state, status=VisitStatus.ON_THE_WAY, crew_code=fact.payload["crew"], started_at=fact.at)


def _turned_into(state: VisitState, fact: VisitFact) -> VisitState:
    return replace(state, kind=fact.payload["kind"])


def _ended(status: VisitStatus) -> Callable[[VisitState, VisitFact], VisitState]:
    def apply_end(state: VisitState, fact: VisitFact) -> VisitState:
        return replace(state, status=status, outcome=fact.payload.get("outcome", ""), finished_at=fact.at)

    return apply_end


APPLY: Mapping[str, Callable[[VisitState, VisitFact], VisitState]] = {
    "visit.booked": _booked,
    "visit.moved": _moved,
    "visit.assigned": _assigned,
    "visit.started": _started,
    "visit.turned_into": _turned_into,
    "visit.done": _ended(VisitStatus.DONE),
    "visit.nobody_home": _ended(VisitStatus.NOBODY_HOME),
    "visit.cancelled": _ended(VisitStatus.CANCELLED),
}


def apply(state: VisitState, fact: VisitFact) -> VisitState:
    """The state after one more entry. KeyError for a name the journal does not know: that is a bug."""
    return replace(APPLY[fact.name](state, fact), seq=state.seq + 1)


def replay(facts: Iterable[VisitFact]) -> VisitState:
    state = VisitState()
    for fact in facts:
        state = apply(state, fact)
    return state


# windows


@dataclass(frozen=True)
class Window:
    """Half a day in which a crew comes; `code` is what forms send back."""

    date: date
    half: Half
    start: datetime
    end: datetime

    @property
    def code(self) -> str:
        return f"{self.date.isoformat()}:{self.half}"


def windows_of(calendar: Calendar, day: date) -> list[Window]:
    """The windows of a day: its working spans before and after noon; none on a free day."""
    halves: dict[Half, list[tuple[time, time]]] = {Half.AM: [], Half.PM: []}
    for start, end in calendar.spans_on(day):
        if start < NOON:
            halves[Half.AM].append((start, min(end, NOON) if end != time(0) else NOON))
        if end > NOON or end == time(0):
            halves[Half.PM].append((max(start, NOON), end))
    return [
        Window(day, half, local_time.instant(day, spans[0][0]), _end_instant(day, spans[-1][1]))
        for half, spans in halves.items()
        if spans
    ]


def _end_instant(day: date, end: time) -> datetime:
    return local_time.day_bounds(day)[1] if end == time(0) else local_time.instant(day, end)


def parse_window(code: str) -> tuple[date, Half] | None:
    """Day and half of a window's code, or None when it is none."""
    day, _, half = code.partition(":")
    try:
        return date.fromisoformat(day), Half(half)
    except ValueError:
        return None


def list_windows(
    calendar: Calendar, after: datetime, *, days: int, earliest: date | None = None
) -> list[Window]:
    """The windows of the next working days (today's that are far enough away, and `days` more), in order."""
    day = max(local_time.local_date(after), earliest or date.min)
    found, counted = [], 0
    while counted <= days:
        here = [window for window in windows_of(calendar, day) if window.start >= after + NOTICE]
        found += here
        if calendar.is_working_day(day):
            counted += 1
        elif counted == 0 and not here:
            counted = 1  # today is free: all `days` lie ahead
        day = calendar.next_working_day(day)
    return found


def urgent_window(calendar: Calendar, at: datetime) -> Window:
    """From now to the end of this half of the working day, or the first window to come: for what cannot wait.

    Outside working hours the crew on duty goes at once: two hours from now.
    """
    day = local_time.local_date(at)
    half = Half.AM if local_time.to_local(at).time() < NOON else Half.PM
    for window in windows_of(calendar, day):
        if window.start <= at < window.end:
            return Window(day, window.half, at, max(window.end, at + timedelta(hours=2)))
    return Window(day, half, at, at + timedelta(hours=2))


# the order in which a crew goes


@dataclass(frozen=True)
class Stop:
    """A visit as the planner sees it."""

    id: str
    kind: VisitKind
    half: Half
    lat: float | None
    lon: float | None


@dataclass(frozen=True)
class Team:
    """A crew as the planner sees it."""

    code: str
    visits_per_half: int
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True)
class Planned:
    stop_id: str
    team_code: str
    position: int


def distance_km(a_lat: float, a_lon: float, b_lat: float, b_lon: float) -> float:
    """Along the great circle."""
    phi_a, phi_b = math.radians(a_lat), math.radians(b_lat)
    half = math.sin((phi_b - phi_a) / 2) ** 2
    half += math.cos(phi_a) * math.cos(phi_b) * math.sin(math.radians(b_lon - a_lon) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def travel_minutes(km: float) -> float:
    """From the great circle to minutes on the road, until our own trips tell better."""
    return FIXED_MINUTES + km * ROAD_FACTOR / ROAD_KMH * 60


def plan(stops: Sequence[Stop], teams: Sequence[Team]) -> list[Planned]:
    """Who goes where in which order, half by half: the team that would be free first takes its nearest stop.

    Greedy and the same for the same input. A stop without coordinates counts as near to everything, and is taken last.
    When there is more than the teams can do, they take turns beyond their number rather than leave somebody out.
    """
    planned: list[Planned] = []
    for half in Half:
        planned += _plan_half([stop for stop in stops if stop.half == half], teams)
    return planned


def _plan_half(stops: Sequence[Stop], teams: Sequence[Team]) -> list[Planned]:
    if not teams:
        return []
    left = sorted(stops, key=lambda stop: stop.id)
    busy = {team.code: 0.0 for team in teams}
    count = {team.code: 0 for team in teams}
    where = {team.code: (team.lat, team.lon) for team in teams}
    planned: list[Planned] = []
    while left:
        team = min(teams, key=lambda t: (count[t.code] >= t.visits_per_half, busy[t.code], t.code))
        stop, km = min(
            ((s, _km(where[team.code], (s.lat, s.lon))) for s in left),
            key=lambda p: (p[0].lat is None, p[1], p[0].id),
        )
        left.remove(stop)
        count[team.code] += 1
        busy[team.code] += travel_minutes(km) + SERVICE_MINUTES[stop.kind]
        if stop.lat is not None:
            where[team.code] = (stop.lat, stop.lon)
        planned.append(Planned(stop.id, team.code, count[team.code]))
    return planned


def _km(a: tuple[float | None, float | None], b: tuple[float | None, float | None]) -> float:
    if a[0] is None or a[1] is None or b[0] is None or b[1] is None:
        return 0.0
    return distance_km(a[0], a[1], b[0], b[1])
