"""Pure decisions: what the journal makes of an outage, and whether an area covers a place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from motcua.kernel import vietnamese
from motcua.outages.states import Cause, Kind, State


@dataclass(frozen=True)
class Fact:
    """One entry of the journal."""

    name: str
    at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class OutageState:
    """The columns of `models.Outage` that its journal decides."""

    seq: int = 0
    kind: str = Kind.INCIDENT
    state: str = State.OPEN
    external_code: str = ""
    unit_code: str = ""
    place: str = ""
    cause: str = Cause.UNKNOWN
    begins_at: datetime | None = None
    expected_at: datetime | None = None
    restored_at: datetime | None = None


def _instant(payload: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(payload[name]) if payload.get(name) else None


def _entered(state: OutageState, fact: Fact) -> OutageState:
    told = fact.payload
    return replace(
        state,
        kind=told["kind"],
        state=State.OPEN if told["kind"] == Kind.INCIDENT else State.ANNOUNCED,
        external_code=told.get("external_code", ""),
        unit_code=told["unit_code"],
        place=told["place"],
        cause=told["cause"],
        begins_at=_instant(told, "begins_at"),
        expected_at=_instant(told, "expected_at"),
    )


def _expected(state: OutageState, fact: Fact) -> OutageState:
    return replace(
        state, expected_at=_instant(fact.payload, "expected_at"), cause=fact.payload.get("cause", state.cause)
    )


def _planned_anew(state: OutageState, fact: Fact) -> OutageState:
    told = fact.payload
    return replace(
        state,
        state=State.ANNOUNCED,
        unit_code=told["unit_code"],
        place=told["place"],
        cause=told["cause"],
        begins_at=_instant(told, "begins_at"),
        expected_at=_instant(told, "expected_at"),
    )


def _restored(state: OutageState, fact: Fact) -> OutageState:
    return replace(state, state=State.RESTORED, restored_at=_instant(fact.payload, "restored_at"))


def _cancelled(state: OutageState, fact: Fact) -> OutageState:
    return replace(state, state=State.CANCELLED)


_APPLY: Mapping[str, Callable[[OutageState, Fact], OutageState]] = {
    "outage.entered": _entered,
    "outage.expected": _expected,
    "outage.planned-anew": _planned_anew,
    "outage.restored": _restored,
    "outage.cancelled": _cancelled,
}


def apply(state: OutageState, fact: Fact) -> OutageState:
    """The state after one more entry. Raises KeyError for a name nobody writes."""
    return replace(_APPLY[fact.name](state, fact), seq=state.seq + 1)


def replay(facts: Iterable[Fact]) -> OutageState:
    state = OutageState()
    for fact in facts:
        state = apply(state, fact)
    return state


# where


@dataclass(frozen=True)
class Covered:
    """A part of a unit; what is empty does not narrow it. `words`: folded words of a street, by single spaces."""

    unit_code: str
    commune_key: str = ""
    station_code: str = ""
    words: str = ""


@dataclass(frozen=True)
class Where:
    """A place, as far as it is known. `commune_keys`: of its names before and after the merger."""

    unit_code: str = ""
    commune_keys: frozenset[str] = frozenset()
    station_code: str = ""
    text: str = ""


def covers(area: Covered, where: Where) -> bool:
    """Whether the place lies in the area for sure: what the area asks for and the place does not say is a no.

    A place whose unit is not known lies in an area only by a commune that its text names.
    """
    said = f" {vietnamese.search_key(where.text)} "
    is_named = bool(area.commune_key) and f" {area.commune_key} " in said
    if where.unit_code != area.unit_code and (where.unit_code or not is_named):
        return False
    if area.commune_key and not is_named and area.commune_key not in where.commune_keys:
        return False
    if area.station_code and area.station_code != where.station_code:
        return False
    return not area.words or f" {area.words} " in said
