"""Reads: which unit serves a place, contracts with their points and meters, meters in stock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from motcua.companies import queries as company_queries
from motcua.companies.models import Unit
from motcua.kernel import codes, local_time
from motcua.supply import rules
from motcua.supply.models import (
    AccountRole,
    Balance,
    Contract,
    ContractChange,
    Installation,
    Meter,
    MeterCheck,
    MeterStatus,
    Place,
    Reading,
    ServicePoint,
    SupplyStop,
)


class PlaceLike(Protocol):
    """What is needed to find the unit of a place: a Place, a PlaceView, or what somebody is still typing."""

    @property
    def province_code(self) -> str: ...
    @property
    def district(self) -> str: ...
    @property
    def commune(self) -> str: ...
    @property
    def pole_number(self) -> str: ...
    @property
    def neighbour_account_code(self) -> str: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def lon(self) -> float | None: ...


@dataclass(frozen=True)
class PlaceView:
    """A place, stored or only told."""

    text: str
    province_code: str = ""
    district: str = ""
    commune: str = ""
    hamlet: str = ""
    street: str = ""
    house: str = ""
    pole_number: str = ""
    neighbour_account_code: str = ""
    lat: float | None = None
    lon: float | None = None
    old_province_code: str = ""
    new_province_code: str = ""
    new_commune: str = ""
    given_on: date | None = None
    id: UUID | None = None


@dataclass(frozen=True)
class FoundUnit:
    """The unit that serves a place, and `by` what it was found: NEIGHBOUR, POLE, AREA, NEAR_POINT, NEAR_UNIT,
    PROVINCE.
    """

    unit_code: str
    by: str


@dataclass(frozen=True)
class ContractView:
    """A contract with where it is supplied."""

    account_code: str
    customer_id: UUID
    number: str
    purpose: str
    quota: int
    status: str
    signed_at: datetime | None
    started_at: datetime | None
    service_point_code: str
    unit_code: str
    place_id: UUID
    place_text: str
    pole_number: str
    station_code: str
    phases: int
    capacity_kw: Decimal | None
    meter_serial: str
    expires_on: date | None = None


@dataclass(frozen=True)
class PartView:
    """What a customer is to an account beside its holder, for a period."""

    id: UUID
    account_code: str
    customer_id: UUID
    role: str
    reason: str
    valid_from: date
    valid_to: date | None
    given_at: datetime
    given_by: str
    ended_at: datetime | None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True)
class ReadingView:
    register: str
    at: datetime
    value_kwh: Decimal
    source: str


@dataclass(frozen=True)
class BalanceView:
    account_code: str
    amount_vnd: int
    as_of: date


@dataclass(frozen=True)
class MeterView:
    serial: str
    kind: str
    phases: int
    digits: int
    unit_code: str
    status: str


def view_place(place: Place) -> PlaceView:
    return PlaceView(**{name: getattr(place, name) for name in PlaceView.__dataclass_fields__})


def get_place(place_id: UUID) -> PlaceView:
    """The place with this id. Raises Place.DoesNotExist."""
    return view_place(Place.objects.get(id=place_id))


def list_places(place_ids: Iterable[UUID]) -> dict[UUID, PlaceView]:
    """The places with these ids."""
    return {place.id: view_place(place) for place in Place.objects.filter(id__in=set(place_ids))}


def find_unit_for_place(place: PlaceLike, on: date) -> FoundUnit | None:
    """The unit that serves the place on the day, and how it was found; None when nothing tells.

    Asked in this order: a neighbour's account code; the pole, when its points are all one unit's; commune and
    district; the pin, by the nearest point within two kilometres, else by the nearest unit of the province;
    the province.
    """
    province_code = find_province_code(place, on)
    whole = company_queries.find_unit(province_code=province_code, on=on) if province_code else None
    return (
        _unit_of_neighbour(place.neighbour_account_code, on)
        or _unit_of_pole(place.pole_number, on)
        or _unit_of_area(place, province_code, whole, on)
        or _unit_near(place.lat, place.lon, province_code, on)
        or (FoundUnit(whole.code, "PROVINCE") if whole else None)
    )


def find_province_code(place: PlaceLike, on: date) -> str:
    """The code of the place's province on the day; codes were reused in 2025, so the period it was meant in
    counts.
    """
    old, new = getattr(place, "old_province_code", ""), getattr(place, "new_province_code", "")
    given_on = getattr(place, "given_on", None) or on
    if not (old or new or place.province_code):
        return ""
    if old:
        row = company_queries.find_past_province(old)
    elif new:
        row = company_queries.find_lasting_province(new)
    else:
        row = company_queries.find_province(place.province_code, given_on)
    if row is None:
        return place.province_code
    if row.valid_to is None or row.valid_to > on:
        return row.code
    return row.merged_into_code or row.code


def _unit_of_neighbour(account_code: str, on: date) -> FoundUnit | None:
    code = codes.clean_account_code(account_code)
    if not code:
        return None
    units = (
        ServicePoint.objects.filter(account_code=code).order_by("code").values_list("unit_code", flat=True)
    )
    return _serving(list(units[:1]), "NEIGHBOUR", on)


def _unit_of_pole(pole_number: str, on: date) -> FoundUnit | None:
    if not pole_number.strip():
        return None
    points = ServicePoint.objects.filter(pole_number=pole_number.strip().upper())
    return _serving(list(points.order_by().values_list("unit_code", flat=True).distinct()[:2]), "POLE", on)


def _serving(unit_codes: list[str], by: str, on: date) -> FoundUnit | None:
    """The one unit, if it still works on the day."""
    if len(unit_codes) != 1:
        return None
    serves = Unit.objects.filter(company_queries.is_within(on), code=unit_codes[0]).exists()
    return FoundUnit(unit_codes[0], by) if serves else None


def _unit_of_area(place: PlaceLike, province_code: str, whole: Unit | None, on: date) -> FoundUnit | None:
    """The unit of the commune or district; not the one that has the whole province, a pin may know better."""
    communes = dict.fromkeys([getattr(place, "new_commune", ""), place.commune])
    for commune in communes:
        if not (province_code and (commune or place.district)):
            continue
        unit = company_queries.find_unit(
            province_code=province_code, commune=commune, district=place.district, on=on
        )
        if unit is not None and (whole is None or unit.code != whole.code):
            return FoundUnit(unit.code, "AREA")
    return None


def _unit_near(lat: float | None, lon: float | None, province_code: str, on: date) -> FoundUnit | None:
    if lat is None or lon is None:
        return None
    south, north, west, east = rules.box_around(lat, lon, rules.NEAR_KM)
    near = ServicePoint.objects.filter(
        place__lat__gte=south, place__lat__lte=north, place__lon__gte=west, place__lon__lte=east
    ).values_list("place__lat", "place__lon", "unit_code")
    points = [
        (rules.distance_km(lat, lon, x, y), unit)
        for x, y, unit in near[:5000]
        if x is not None and y is not None
    ]
    inside = sorted(point for point in points if point[0] <= rules.NEAR_KM)
    if inside and (found := _serving([inside[0][1]], "NEAR_POINT", on)):
        return found
    units = Unit.objects.filter(
        company_queries.is_within(on),
        latitude__isnull=False,
        longitude__isnull=False,
        province_code=province_code,
    ).values_list("latitude", "longitude", "code")
    nearest = min(
        (
            (rules.distance_km(lat, lon, x, y), code)
            for x, y, code in units
            if x is not None and y is not None
        ),
        default=None,
    )
    return FoundUnit(nearest[1], "NEAR_UNIT") if nearest else None


def find_contract(account_code: str) -> ContractView | None:
    """The contract with this account code, written with or without spaces."""
    found = _contracts("c.account_code = %s", [codes.clean_account_code(account_code)])
    return found[0] if found else None


def find_contracts(account_codes: Iterable[str]) -> dict[str, ContractView]:
    """The contracts with these account codes, by the code as it was written."""
    clean = {code: codes.clean_account_code(code) for code in account_codes}
    found = {
        view.account_code: view
        for view in _contracts("c.account_code = ANY(%s)", [list(set(clean.values()))])
    }
    return {written: found[code] for written, code in clean.items() if code in found}


def get_contract(account_code: str) -> ContractView:
    """The contract with this account code. Raises Contract.DoesNotExist."""
    found = find_contract(account_code)
    if found is None:
        raise Contract.DoesNotExist
    return found


def list_contracts(customer_ids: Iterable[UUID]) -> list[ContractView]:
    """Contracts of a customer, by all ids that mean them; running ones first."""
    return _contracts("c.customer_id = ANY(%s)", [list(customer_ids)])


def list_parts(customer_ids: Iterable[UUID]) -> list[PartView]:
    """What a customer, by all ids that mean them, is or was to account codes; the newest first."""
    rows = AccountRole.objects.filter(customer_id__in=list(customer_ids))
    return [_view_part(row) for row in rows.order_by("-valid_from", "-given_at", "id")]


def list_parts_of(account_codes: Iterable[str]) -> list[PartView]:
    """Who is or was what to these accounts, beside their holders; the newest first."""
    rows = AccountRole.objects.filter(account_code__in=list(account_codes))
    return [_view_part(row) for row in rows.order_by("account_code", "-valid_from", "-given_at", "id")]


def _view_part(row: AccountRole) -> PartView:
    return PartView(**{name: getattr(row, name) for name in PartView.__dataclass_fields__})


def list_contracts_at(place_ids: Iterable[UUID]) -> list[ContractView]:
    """Contracts at these places; running ones first."""
    return _contracts("p.place_id = ANY(%s)", [list(place_ids)])


def _contracts(condition: str, values: list[Any]) -> list[ContractView]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT c.account_code, c.customer_id, c.number, c.purpose, c.quota, c.status, c.signed_at,
                   c.started_at, p.code, p.unit_code, p.place_id, place.text, p.pole_number, p.station_code,
                   p.phases, p.capacity_kw,
                   coalesce(m.serial, ''), c.expires_on
            FROM supply_contract c
            JOIN supply_servicepoint p ON p.id = c.service_point_id
            JOIN supply_place place ON place.id = p.place_id
            LEFT JOIN supply_installation i
                ON i.service_point_id = p.id AND i.removed_at IS NULL AND NOT i.is_reactive
            LEFT JOIN supply_meter m ON m.id = i.meter_id
            WHERE {condition}
            ORDER BY c.status, c.account_code
            """,  # noqa: S608 - the condition is one of those above
            values,
        )
        return [ContractView(*row) for row in cursor.fetchall()]


def list_points(account_code: str) -> QuerySet[ServicePoint]:
    """Every service point that is billed on the account."""
    points = ServicePoint.objects.filter(account_code=codes.clean_account_code(account_code))
    return points.select_related("place").order_by("code")


def list_readings(account_code: str, *, limit: int = 24) -> list[ReadingView]:
    """The newest readings of the meters that hang at the account's points now."""
    meters = Installation.objects.filter(
        service_point__account_code=codes.clean_account_code(account_code), removed_at__isnull=True
    ).values("meter_id")
    rows = Reading.objects.filter(meter_id__in=meters).order_by("-at", "register", "source")[:limit]
    return [ReadingView(row.register, row.at, row.value_kwh, row.source) for row in rows]


def list_readings_between(serial: str, after: date, before: date) -> dict[date, dict[str, int]]:
    """Whole kilowatt-hours that a meter's registers showed on the days between two, by day and register; the last of a day."""
    rows = Reading.objects.filter(
        meter__serial=serial,
        at__gte=local_time.day_bounds(after)[1],
        at__lt=local_time.day_bounds(before)[0],
    )
    shown: dict[date, dict[str, int]] = {}
    for row in rows.order_by("at"):
        shown.setdefault(local_time.local_date(row.at), {})[row.register] = int(row.value_kwh)
    return shown


def find_balance(account_code: str) -> BalanceView | None:
    """What the account owed when another system last told."""
    row = Balance.objects.filter(account_code=codes.clean_account_code(account_code)).first()
    return BalanceView(row.account_code, row.amount_vnd, row.as_of) if row else None


def list_changes(account_code: str) -> list[ContractChange]:
    """What acts made of the contract with this account code, oldest first."""
    rows = ContractChange.objects.filter(account_code=codes.clean_account_code(account_code))
    return list(rows.order_by("effective_at", "at"))


def find_checked_meter(request_id: UUID) -> str:
    """The serial of the meter that was checked for a request first; empty when none was."""
    found = MeterCheck.objects.filter(request_id=request_id).order_by("id").select_related("meter").first()
    return found.meter.serial if found else ""


def find_stop(account_code: str) -> SupplyStop | None:
    """The stop that lasts at the account's point, if any."""
    code = codes.clean_account_code(account_code)
    return SupplyStop.objects.filter(account_code=code, restored_at__isnull=True).first()


def list_stock_meters(unit_code: str) -> list[MeterView]:
    """Meters in the unit's stock, by serial."""
    rows = Meter.objects.filter(unit_code=unit_code, status=MeterStatus.STOCK).order_by("serial")
    return [view_meter(row) for row in rows]


def find_meter(serial: str) -> MeterView | None:
    row = Meter.objects.filter(serial=serial.strip().upper()).first()
    return view_meter(row) if row else None


def view_meter(meter: Meter) -> MeterView:
    return MeterView(meter.serial, meter.kind, meter.phases, meter.digits, meter.unit_code, meter.status)
