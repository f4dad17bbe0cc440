"""Where people go in person: the counters of a place named in words, by names of today or of before, and when they are open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from motcua.companies import addresses, queries, remembered
from motcua.companies.models import Unit, UnitArea, UnitKind, WorkSpan
from motcua.kernel import vietnamese

MOST = 3
SURE = 0.9
SHORTEST_NAME = 4  # letters: shorter names stand in too many other words
# What stands before the name of the place in the name of a unit, longest first.
_UNIT_WORDS = (
    "phong giao dich khach hang", "trung tam cham soc khach hang", "trung tam hanh chinh cong", "doi quan ly dien", "tong cong ty dien luc",
    "phong giao dich", "cong ty dien luc", "diem giao dich", "dien luc",
)  # fmt: skip


@dataclass(frozen=True)
class CountersFound:
    """Units with a counter, the one that serves the place first. `place`: what was understood, as it is called."""

    units: tuple[Unit, ...] = ()
    place: str = ""


def list_counters(on: date) -> list[Unit]:
    """Every unit people may go to on the day, by name; the centre where a company has no other."""
    ended = _without_area(on)
    units = [unit for unit in remembered.own().units.values() if _is_of(unit, on) and unit.code not in ended]
    receiving = [unit for unit in units if unit.kind != UnitKind.CENTRE]
    return sorted(receiving or units, key=lambda unit: vietnamese.search_key(unit.name))


def find_counters(text: str, on: date, company_code: str) -> CountersFound:
    """The counters of the place that the words name: commune, district, unit or province; none when they name none.

    A district or province of before July 2025 leads to who serves it today.
    """
    own = remembered.own()
    read = addresses.read_address(text, on, company_code)
    unit = None
    if read.province_code and (read.commune or read.district):
        unit = queries.find_unit(
            province_code=read.province_code, on=on, commune=read.commune, district=read.district
        )
    if unit is not None and (unit.kind != UnitKind.PROVINCIAL or read.commune):
        return CountersFound(_with_desks(unit, on), read.commune or read.district)
    named = _named(f" {vietnamese.search_key(text)} ", on)
    if named is not None:
        return named
    for found in _provinces(text, on):
        if found.likeness >= SURE and found.company_code == company_code:
            units = [u for u in list_counters(on) if u.province_code == found.now_code]
            if len({u.province_code for u in own.units.values() if u.province_code}) > 1 and units:
                return CountersFound(tuple(units[:MOST]), found.now_name)
    return CountersFound()


def _provinces(text: str, on: date) -> list[queries.ProvinceFound]:
    """Provinces that a part of the words names: people say where they are at the end."""
    words = vietnamese.search_key(text).split()
    tails = [" ".join(words[-length:]) for length in (4, 3, 2, 1) if len(words) >= length]
    return [
        found
        for tail in tails
        for found in queries.find_provinces(tail, on, limit=1)
        if found.likeness == 1.0
    ]


def _named(said: str, on: date) -> CountersFound | None:
    """The unit whose own name, or the name of whose area, stands in the words; the longest name wins."""
    own = remembered.own()
    areas = [area for found in own.areas.values() for area in found]
    ended = _without_area(on)
    fitting = [
        (len(key), unit.code, unit)
        for key, unit in _names(own.units.values(), areas)
        if len(key) >= SHORTEST_NAME and f" {key} " in said and _is_of(unit, on) and unit.code not in ended
    ]
    return CountersFound(_with_desks(max(fitting)[2], on), "") if fitting else None


def _without_area(on: date) -> set[str]:
    """Units whose areas have all gone to others."""
    areas = [area for found in remembered.own().areas.values() for area in found]
    serving = {area.unit_id for area in areas if remembered.is_within(on, area.valid_from, area.valid_to)}
    return {area.unit_id for area in areas} - serving


def _names(units: Iterable[Unit], areas: Iterable[UnitArea]) -> Iterable[tuple[str, Unit]]:
    """What each unit may be called by, areas of ended periods too: people use old names for years."""
    for unit in units:
        if unit.kind != UnitKind.CENTRE:
            yield _bare(vietnamese.search_key(unit.name)), unit
    for area in areas:
        for key in (area.commune_key, area.district_key):
            if key:
                yield vietnamese.search_key(key), area.unit


def _bare(key: str) -> str:
    for words in _UNIT_WORDS:
        key = key.removeprefix(f"{words} ")
    return key


def _with_desks(unit: Unit, on: date) -> tuple[Unit, ...]:
    """The unit and the desks below it."""
    desks = [
        other
        for other in remembered.own().units.values()
        if other.kind == UnitKind.DESK and other.parent_id == unit.code and _is_of(other, on)
    ]
    return (unit, *desks)[:MOST]


def _is_of(unit: Unit, on: date) -> bool:
    return remembered.is_within(on, unit.valid_from, unit.valid_to)


@dataclass(frozen=True)
class Hours:
    """Weekdays (0 = Monday) from first to last with the same hours, "08:00-12:00" each."""

    first: int
    last: int
    spans: tuple[str, ...]


def opening_hours() -> list[Hours]:
    """The week's hours, days with the same ones together."""
    days = {
        day: tuple(_span(row) for row in rows)
        for day, rows in groupby(queries.list_work_spans(), lambda row: row.weekday)
    }
    found: list[Hours] = []
    for day, spans in sorted(days.items()):
        if found and found[-1].last == day - 1 and found[-1].spans == spans:
            found[-1] = Hours(found[-1].first, day, spans)
        else:
            found.append(Hours(day, day, spans))
    return found


def _span(row: WorkSpan) -> str:
    return f"{row.start:%H:%M}-{row.end:%H:%M}"
