"""What changes seldom and every act asks: provinces, who serves them, units and their areas, days.

A process reads it once and keeps it under the marks of the editions it read: one of the national rows, one of the
company's own. Triggers set a new random mark whenever one of the rows changes, in the same transaction, so that nobody
who sees the change sees the old mark, and a roll-back brings the old mark back with the old rows. Asking for the marks
is one small question; `steady` asks it once for a whole act.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django_tenants.utils import get_public_schema_name

from motcua.companies.models import (
    CompanyDay,
    Domain,
    NationalDay,
    Province,
    ProvinceService,
    Unit,
    UnitArea,
    UnitKind,
    WorkSpan,
)
from motcua.kernel.worktime import Calendar, Day

_wrapper: Any = connection  # the library's wrapper knows more than Django's type says

NATIONAL_MARK = "SELECT mark, NULL::uuid FROM public.companies_nationaledition"
BOTH_MARKS = "SELECT n.mark, o.mark FROM public.companies_nationaledition n, companies_companyedition o"


class ProvinceRow(NamedTuple):
    """A province of the period [valid_from, valid_to), and which company served it when (code, from, to)."""

    code: str
    name: str
    search_key: str
    valid_from: date
    valid_to: date | None
    merged_into_code: str
    services: tuple[tuple[str, date, date | None], ...]

    def is_of(self, on: date) -> bool:
        return is_within(on, self.valid_from, self.valid_to)

    def server(self, on: date) -> str:
        """The code of the company that serves it on the day; empty when none does."""
        return next((company for company, begun, ended in self.services if is_within(on, begun, ended)), "")


@dataclass(frozen=True, eq=False)
class National:
    """The rows that all companies share. Provinces in the order they were written down."""

    mark: UUID
    provinces: tuple[ProvinceRow, ...]
    days: dict[date, Day]
    domains: dict[int, str]

    @cached_property
    def by_code(self) -> dict[str, tuple[ProvinceRow, ...]]:
        return _grouped(self.provinces, lambda row: row.code)


@dataclass(frozen=True, eq=False)
class Own:
    """The rows of one company. The units are shared by everybody who asks: read them, never change them."""

    mark: UUID
    units: dict[str, Unit]
    areas: dict[str, tuple[UnitArea, ...]]
    calendar: Calendar

    @cached_property
    def centre(self) -> Unit:
        """Raises Unit.DoesNotExist."""
        found = next((unit for unit in self.units.values() if unit.kind == UnitKind.CENTRE), None)
        if found is None:
            raise Unit.DoesNotExist
        return found


_held: ContextVar[tuple[str, National, Own | None] | None] = ContextVar("remembered", default=None)


def is_within(day: date, begun: date, ended: date | None) -> bool:
    """Whether the period [begun, ended) holds the day."""
    return begun <= day and (ended is None or day < ended)


@contextmanager
def steady() -> Iterator[None]:
    """Ask for the marks once: an act sees these rows as they stood when it began."""
    if _held.get() is not None:
        yield
        return
    token = _held.set((_wrapper.schema_name, *_read()))
    try:
        yield
    finally:
        _held.reset(token)


def national() -> National:
    """What all companies share, as it stands now."""
    return _present()[0]


def own() -> Own:
    """What is the company's own, as it stands now. Raises RuntimeError when no company is chosen."""
    found = _present()[1]
    if found is None:
        raise RuntimeError("no company is chosen")
    return found


def _present() -> tuple[National, Own | None]:
    held = _held.get()
    if held is not None and held[0] == _wrapper.schema_name:
        return held[1], held[2]
    return _read()


class _Turned(Exception):
    """The edition changed while its rows were being read."""


def _read() -> tuple[National, Own | None]:
    while True:
        national_mark, own_mark = _marks()
        try:
            shared = _national(national_mark)
            return shared, None if own_mark is None else _own(_wrapper.schema_name, shared, own_mark)
        except _Turned:
            continue


def _marks() -> tuple[UUID, UUID | None]:
    in_public = _wrapper.schema_name == get_public_schema_name()
    with connection.cursor() as cursor:
        cursor.execute(NATIONAL_MARK if in_public else BOTH_MARKS)
        row: tuple[UUID, UUID | None] = cursor.fetchone()
    return row


@lru_cache(maxsize=4)
def _national(mark: UUID) -> National:
    services: dict[int, list[tuple[str, date, date | None]]] = {}
    for row in ProvinceService.objects.order_by("id"):
        services.setdefault(row.province_id, []).append((row.company_code, row.valid_from, row.valid_to))
    provinces = tuple(
        ProvinceRow(
            row.code, row.name, row.search_key, row.valid_from, row.valid_to, row.merged_into_code,
            tuple(services.get(row.pk, ())),
        )
        for row in Province.objects.order_by("id")
    )  # fmt: skip
    days = {row.date: Day(row.is_working, row.name) for row in NationalDay.objects.order_by("date")}
    domains = dict(Domain.objects.filter(is_primary=True).values_list("tenant_id", "domain"))
    if _marks()[0] != mark:
        raise _Turned
    return National(mark, provinces, days, domains)


@lru_cache(maxsize=32)
def _own(schema_name: str, shared: National, mark: UUID) -> Own:
    units = {unit.code: unit for unit in Unit.objects.order_by("code")}
    areas = list(UnitArea.objects.order_by("province_code", "id"))
    calendar = _calendar(shared)
    if _marks() != (shared.mark, mark):
        raise _Turned
    for area in areas:
        area.unit = units[area.unit_id]
    return Own(mark, units, _grouped(areas, lambda area: area.province_code), calendar)


def _calendar(shared: National) -> Calendar:
    spans: dict[int, list[tuple[time, time]]] = {}
    for span in WorkSpan.objects.order_by("weekday", "start"):
        spans.setdefault(span.weekday, []).append((span.start, span.end))
    own_days = {row.date: Day(row.is_working, row.name) for row in CompanyDay.objects.order_by("date")}
    week = tuple(tuple(spans.get(weekday, ())) for weekday in range(7))
    return Calendar(week, {**shared.days, **own_days})


def _grouped(rows: Any, key: Any) -> dict[str, tuple[Any, ...]]:
    return {code: tuple(group) for code, group in groupby(sorted(rows, key=key), key)}
