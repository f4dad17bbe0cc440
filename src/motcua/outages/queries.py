"""Reads: what is out now and soon, what covers a place, lists for staff."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from motcua.companies import addresses
from motcua.companies import queries as company_queries
from motcua.kernel import codes
from motcua.outages import rules
from motcua.outages.models import IS_RUNNING, Area, Outage, OutageEntry, Report
from motcua.outages.rules import Covered, Fact, OutageState, Where
from motcua.outages.states import Kind, State
from motcua.supply import queries as supply_queries
from motcua.supply.queries import PlaceView

AHEAD = timedelta(days=7)
JUST_RESTORED = timedelta(hours=6)
MOST = 200
STATE_FIELDS = tuple(field.name for field in fields(OutageState))


@dataclass(frozen=True)
class OutageView:
    """An outage for pages and answers. `is_on` is told for the instant it was asked for."""

    id: UUID
    state: OutageState
    areas: tuple[Area, ...]
    is_on: bool
    reports: int = 0

    @property
    def is_planned(self) -> bool:
        return self.state.kind == Kind.PLANNED

    @property
    def is_over(self) -> bool:
        return State(self.state.state).is_over


def state_of(row: Outage) -> OutageState:
    return OutageState(*(getattr(row, name) for name in STATE_FIELDS))


def _views(rows: Collection[Outage], at: datetime) -> list[OutageView]:
    areas: dict[UUID, list[Area]] = {row.id: [] for row in rows}
    for area in Area.objects.filter(outage_id__in=areas).order_by("id"):
        areas[area.outage_id].append(area)
    counted = Report.objects.filter(outage_id__in=areas).values_list("outage_id").annotate(n=Count("id"))
    reports = dict(counted.order_by())
    return [
        OutageView(row.id, state_of(row), tuple(areas[row.id]), _is_on(row, at), reports.get(row.id, 0))
        for row in rows
    ]


def _is_on(row: Outage, at: datetime) -> bool:
    if row.state == State.ANNOUNCED:
        return row.begins_at <= at and (row.expected_at is None or at < row.expected_at)
    return row.state == State.OPEN


def find_outage(outage_id: UUID, at: datetime) -> OutageView | None:
    return next(iter(_views(Outage.objects.filter(id=outage_id), at)), None)


def is_any_known(at: datetime) -> bool:
    """Whether anything is out, came back within hours, or is planned for the coming days."""
    known = Q(IS_RUNNING, begins_at__lte=at + AHEAD) & (Q(state=State.OPEN) | Q(expected_at__gt=at))
    return Outage.objects.filter(known | Q(state=State.RESTORED, restored_at__gt=at - JUST_RESTORED)).exists()


def list_now(at: datetime, *, unit_codes: Collection[str] | None = None) -> list[OutageView]:
    """Incidents that are open and plans whose hours run, the newest first."""
    rows = Outage.objects.filter(IS_RUNNING, begins_at__lte=at)
    rows = rows.filter(Q(state=State.OPEN) | Q(expected_at__gt=at))
    return _views(_of_units(rows, unit_codes).order_by("-begins_at", "id")[:MOST], at)


def list_ahead(
    at: datetime, *, unit_codes: Collection[str] | None = None, until: timedelta = AHEAD
) -> list[OutageView]:
    """Plans that begin within the time, the soonest first."""
    rows = Outage.objects.filter(state=State.ANNOUNCED, begins_at__gt=at, begins_at__lte=at + until)
    return _views(_of_units(rows, unit_codes).order_by("begins_at", "id")[:MOST], at)


def list_past(
    at: datetime, *, unit_codes: Collection[str], before: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[OutageView]:
    """What is over, the latest begun first; `before`: the begin and id of the last one shown."""
    over = Q(state__in=[State.RESTORED, State.CANCELLED]) | Q(state=State.ANNOUNCED, expected_at__lte=at)
    rows = _of_units(Outage.objects.filter(over), unit_codes)
    if before is not None:
        rows = rows.filter(Q(begins_at__lt=before[0]) | Q(begins_at=before[0], id__gt=before[1]))
    return _views(rows.order_by("-begins_at", "id")[:limit], at)


def _of_units(rows: QuerySet[Outage], unit_codes: Collection[str] | None) -> QuerySet[Outage]:
    if unit_codes is None:
        return rows
    within = Area.objects.filter(unit_code__in=list(unit_codes)).values("outage_id")
    return rows.filter(Q(unit_code__in=list(unit_codes)) | Q(id__in=within))


def list_entries(outage_id: UUID) -> list[OutageEntry]:
    return list(OutageEntry.objects.filter(outage_id=outage_id).order_by("seq"))


def replay_outage(outage_id: UUID) -> OutageState:
    """The state its journal leads to; equal to the row, always."""
    return rules.replay(Fact(entry.name, entry.at, entry.payload) for entry in list_entries(outage_id))


# what covers a place


@dataclass(frozen=True)
class Found:
    """What is known for a place: out now, restored in the last hours, planned in the coming days."""

    where: Where
    now: tuple[OutageView, ...] = ()
    restored: tuple[OutageView, ...] = ()
    ahead: tuple[OutageView, ...] = ()


def where_of_account(account_code: str) -> Where | None:
    """Where the contract is supplied; None when there is none. Tells nothing personal."""
    contract = supply_queries.find_contract(codes.clean_account_code(account_code))
    if contract is None:
        return None
    place = supply_queries.get_place(contract.place_id)
    return Where(contract.unit_code, _communes(place), contract.station_code, place.text)


def where_of_text(text: str, on: date, company_code: str = "") -> Where:
    """Where an address in words lies, as far as it says."""
    read = addresses.read_address(text, on, company_code)
    unit = None
    if read.province_code and (read.commune or read.district):
        unit = company_queries.find_unit(
            province_code=read.province_code, on=on, commune=read.commune, district=read.district
        )
    keys = frozenset({company_queries.area_key(read.commune)} - {""})
    return Where(unit.code if unit else "", keys, "", text)


def _communes(place: PlaceView) -> frozenset[str]:
    return frozenset(company_queries.area_key(name) for name in (place.commune, place.new_commune) if name)


def find_at(where: Where, at: datetime) -> Found:
    """What covers the place for sure."""
    since = at - JUST_RESTORED
    rows = Outage.objects.filter(
        Q(IS_RUNNING, begins_at__lte=at + AHEAD) | Q(state=State.RESTORED, restored_at__gt=since)
    )
    if where.unit_code:
        rows = rows.filter(areas__unit_code=where.unit_code)
    covering = [
        view
        for view in _views(rows.distinct().order_by("begins_at", "id")[:MOST], at)
        if any(rules.covers(_covered(area), where) for area in view.areas)
    ]
    return Found(
        where,
        now=tuple(view for view in covering if view.is_on),
        restored=tuple(view for view in covering if view.state.state == State.RESTORED),
        ahead=tuple(view for view in covering if view.state.begins_at and view.state.begins_at > at),
    )


def _covered(area: Area) -> Covered:
    return Covered(area.unit_code, area.commune_key, area.station_code, area.words)


def list_untold(at: datetime, *, limit: int) -> Sequence[Report]:
    """Reports from chats whose power came back in the last hours and who have not been told."""
    rows = Report.objects.filter(
        told_at__isnull=True,
        conversation_id__isnull=False,
        outage__state=State.RESTORED,
        outage__restored_at__gt=at - JUST_RESTORED,
    )
    return list(rows.select_related("outage").order_by("id").filter(at__lte=F("outage__restored_at"))[:limit])
