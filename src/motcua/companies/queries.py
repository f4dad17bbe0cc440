"""Reads: companies, calendars, which company and which unit serve a place on a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower

from motcua.companies import context, remembered
from motcua.companies.models import (
    AuditEntry,
    Company,
    CompanyDay,
    CompanyKind,
    NationalDay,
    Province,
    ProvinceService,
    Staff,
    StaffRole,
    Unit,
    UnitArea,
    WorkSpan,
)
from motcua.companies.remembered import National, ProvinceRow
from motcua.kernel.ids import parse_id
from motcua.kernel.vietnamese import fold
from motcua.kernel.worktime import Calendar

GOOD_LIKENESS = 0.75
PLACE_WORDS = ("thanh pho", "tinh", "tp.", "tp", "thu do")


@dataclass(frozen=True)
class ProvinceFound:
    """A province of some period and who serves it on the day asked (after a merger: the successor's company)."""

    code: str
    name: str
    now_code: str
    now_name: str
    company_code: str
    likeness: float

    @property
    def was_merged(self) -> bool:
        return self.name != self.now_name


def get_company() -> Company:
    """The company worked for."""
    return context.current_company()


def public_address(path: str = "/") -> str:
    """The full address of a page of the company worked for, as the customer's browser knows it."""
    host = remembered.national().domains[get_company().pk]
    return f"{settings.PUBLIC_SCHEME}://{host}{settings.PUBLIC_PORT}{path}"


def list_companies(*, kind: CompanyKind = CompanyKind.POWER) -> QuerySet[Company]:
    companies: QuerySet[Company] = Company.objects.filter(is_active=True, kind=kind).order_by("id")
    return companies


def is_within(day: date, prefix: str = "") -> Q:
    """Rows whose period [valid_from, valid_to) holds the day."""
    return Q(**{f"{prefix}valid_from__lte": day}) & (
        Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gt": day})
    )


def get_calendar() -> Calendar:
    """The company's working calendar: its hours, national days, its own exceptions over them."""
    return remembered.own().calendar


def find_company_for_province(code: str, on: date) -> str | None:
    """The code of the company that serves the province with this code on this day."""
    province = find_province(code, on)
    return province.server(on) or None if province else None


def find_province(code: str, on: date) -> ProvinceRow | None:
    """The province that has this code on this day."""
    return next((row for row in remembered.national().by_code.get(code, ()) if row.is_of(on)), None)


def find_past_province(code: str) -> ProvinceRow | None:
    """The province that had this code before it went into another."""
    rows = remembered.national().by_code.get(code, ())
    return next((row for row in rows if row.valid_to is not None), None)


def find_lasting_province(code: str) -> ProvinceRow | None:
    """The province that has this code with no end in sight."""
    rows = remembered.national().by_code.get(code, ())
    return next((row for row in rows if row.valid_to is None), None)


def find_only_province(company_code: str, on: date) -> str:
    """The code of the province the company serves on the day, when it serves one alone; else empty."""
    rows = remembered.national().provinces
    served = [row.code for row in rows if row.is_of(on) and row.server(on) == company_code]
    return served[0] if len(served) == 1 else ""


def list_provinces(on: date) -> QuerySet[Province]:
    """Provinces of the day, in the order of their names without marks."""
    return Province.objects.filter(is_within(on)).order_by("search_key", "id")


def list_served_provinces(company_code: str, on: date) -> QuerySet[Province]:
    """Provinces that the company serves on the day."""
    served = ProvinceService.objects.filter(is_within(on), company_code=company_code).values("province_id")
    return Province.objects.filter(id__in=served).order_by("search_key", "id")


def find_provinces(text: str, on: date, limit: int = 6) -> list[ProvinceFound]:
    """Provinces meant by a text, old or new names, with or without marks, best first, each with today's
    server.
    """
    wanted = _place_key(text)
    return list(_find_provinces(remembered.national(), wanted, on)[:limit]) if wanted else []


@lru_cache(maxsize=4096)
def _alike(national: National, wanted: str) -> tuple[tuple[ProvinceRow, float], ...]:
    """The provinces of any time whose name is like the text, and how like."""
    weighed = ((row, _likeness(wanted, row.search_key)) for row in national.provinces)
    return tuple((row, likeness) for row, likeness in weighed if likeness >= GOOD_LIKENESS)


def _find_provinces(national: National, wanted: str, on: date) -> tuple[ProvinceFound, ...]:
    alike = _alike(national, wanted)
    today = {row.code: row for row in national.provinces if row.is_of(on)} if alike else {}
    found: dict[str, ProvinceFound] = {}
    for province, likeness in alike:
        successor = today.get(province.code if province.valid_to is None else province.merged_into_code)
        server = successor.server(on) if successor else ""
        if successor is None or not server:
            continue
        known = found.get(province.search_key)
        if known is None or province.valid_to is None:
            found[province.search_key] = ProvinceFound(
                province.code, province.name, successor.code, successor.name, server, likeness
            )
    return tuple(sorted(found.values(), key=lambda row: (-row.likeness, row.name)))


def _place_key(text: str) -> str:
    key = " ".join(fold(text).replace("-", " ").replace(",", " ").split())
    for word in PLACE_WORDS:
        key = key.removeprefix(word + " ")
    return {
        "hcm": "ho chi minh",
        "sai gon": "ho chi minh",
        "sg": "ho chi minh",
        "hn": "ha noi",
        "hue": "hue",
    }.get(key, key)


@lru_cache(maxsize=512)
def _province_keys(search_key: str) -> tuple[str, str]:
    """The key of a province with single spaces, and without the word before the name."""
    key = " ".join(search_key.replace("-", " ").split())
    return key, _place_key(key)


def _likeness(wanted: str, search_key: str) -> float:
    """How alike the two are; 0 for what is too different to be compared to the end."""
    key, short = _province_keys(search_key)
    if wanted in {key, short}:
        return 1.0
    padded = f" {wanted} "
    if f" {short} " in padded:  # "12 phố Huế, Hà Nội": the province stands in a longer address
        return 0.97
    if len(wanted) >= 3 and (short.startswith(wanted) or f" {wanted}" in f" {short}"):
        return 0.9
    matcher = SequenceMatcher(None, wanted, short)
    if matcher.real_quick_ratio() < GOOD_LIKENESS or matcher.quick_ratio() < GOOD_LIKENESS:
        return 0.0  # the quick ones are upper bounds
    return matcher.ratio()


def find_unit(*, province_code: str, on: date, commune: str = "", district: str = "") -> Unit | None:
    """The unit whose area holds the place on the day: the commune's, else the district's, else the
    province's.
    """
    commune_key, district_key = area_key(commune), area_key(district)
    areas = (
        area
        for area in remembered.own().areas.get(province_code, ())
        if remembered.is_within(on, area.valid_from, area.valid_to)
        and area.commune_key in ("", commune_key)
        and area.district_key in ("", district_key)
    )
    closest = max(areas, key=lambda area: (bool(area.commune_key), bool(area.district_key)), default=None)
    return closest.unit if closest else None


AREA_WORDS = (
    "phuong ",
    "xa ",
    "dac khu ",
    "quan ",
    "huyen ",
    "thi xa ",
    "thi tran ",
    "thanh pho ",
    "p. ",
    "q. ",
    "tp. ",
)


def province_names() -> dict[str, str]:
    """Names by code, of the newest period of each code."""
    return dict(Province.objects.order_by("valid_from").values_list("code", "name"))


def list_areas(unit_code: str) -> list[UnitArea]:
    """What a unit serves, served, or will serve: those of today first, then the newest."""
    return list(
        UnitArea.objects.filter(unit_id=unit_code).order_by(
            F("valid_to").desc(nulls_first=True),
            "province_code",
            "district_key",
            "commune_key",
            "-valid_from",
        )
    )


def find_area(area_id: int) -> UnitArea | None:
    return UnitArea.objects.select_related("unit").filter(id=area_id).first()


def list_overlapping_areas(
    *, province_code: str, district_key: str, commune_key: str, valid_from: date, but: int = 0
) -> list[UnitArea]:
    """Who serves exactly this area on that day or later, the earliest first."""
    rows = UnitArea.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=valid_from), province_code=province_code, district_key=district_key,
        commune_key=commune_key,
    )  # fmt: skip
    return list(rows.exclude(id=but).select_related("unit").order_by("valid_from"))


def area_key(name: str) -> str:
    key = fold(name).strip()
    for word in AREA_WORDS:
        if key.startswith(word):
            return key[len(word) :].strip()
    return key


def get_centre() -> Unit:
    """The company's customer service centre: where what no area claims is sent."""
    return remembered.own().centre


def list_unit_codes_below(codes: frozenset[str]) -> frozenset[str]:
    """The units themselves and every unit under them."""
    children: dict[str | None, list[str]] = {}
    for code, parent in Unit.objects.values_list("code", "parent_id"):
        children.setdefault(parent, []).append(code)
    reached: set[str] = set()
    waiting = list(codes)
    while waiting:
        code = waiting.pop()
        if code not in reached:
            reached.add(code)
            waiting.extend(children.get(code, []))
    return frozenset(reached)


def find_staff(staff_id: UUID | str) -> Staff | None:
    return Staff.objects.filter(id=staff_id, is_active=True).select_related("unit").first()


def list_active_ids(staff_ids: Iterable[str]) -> set[str]:
    """Those of these members of staff who still work here."""
    ids = [id for id in staff_ids if parse_id(id)]
    return {str(id) for id in Staff.objects.filter(id__in=ids, is_active=True).values_list("id", flat=True)}


def list_audit(*, subject_type: str, subject_id: str) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("-at", "-id")


def list_staff(*, unit_codes: Collection[str], text: str = "", with_leavers: bool = False) -> QuerySet[Staff]:
    """Staff whose own unit is among these, by name; `text` is part of a name or username."""
    rows = Staff.objects.filter(unit_id__in=unit_codes).select_related("unit").order_by("name", "id")
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(username__icontains=text))
    return rows if with_leavers else rows.filter(is_active=True)


def list_staff_with_role(*, roles: Iterable[str], unit_codes: Collection[str]) -> list[Staff]:
    """Active staff who have one of the roles at one of these units, by name."""
    ids = StaffRole.objects.filter(role__in=list(roles), unit_id__in=unit_codes).values("staff_id")
    return list(Staff.objects.filter(id__in=ids, is_active=True).order_by("name", "id"))


def list_staff_by_username(usernames: Collection[str]) -> list[Staff]:
    """Active staff with these usernames, in whatever case they are written."""
    if not usernames:
        return []
    wanted = {name.lower() for name in usernames}
    rows = Staff.objects.annotate(lowered=Lower("username")).filter(lowered__in=wanted, is_active=True)
    return list(rows.order_by("name", "id"))


def list_roles(staff_ids: Iterable[object]) -> list[StaffRole]:
    """Every role of these people with its unit."""
    rows = StaffRole.objects.filter(staff_id__in=list(staff_ids)).select_related("unit")
    return list(rows.order_by("staff_id", "role", "unit_id"))


def staff_names(staff_ids: Iterable[object]) -> dict[str, str]:
    """Names by id, leavers too."""
    return {
        str(id): name for id, name in Staff.objects.filter(id__in=list(staff_ids)).values_list("id", "name")
    }


def list_units(codes: Collection[str] | None = None) -> list[Unit]:
    """Units by code; all of them, or these."""
    rows = Unit.objects.order_by("code")
    return list(rows if codes is None else rows.filter(code__in=codes))


def find_signatory(unit_code: str) -> Unit | None:
    """The unit whose representative signs the contracts of this one: itself, else the nearest above that has one."""
    units = {unit.code: unit for unit in Unit.objects.all()}
    here, seen = units.get(unit_code), set()
    while here is not None and here.code not in seen:
        if here.representative:
            return here
        seen.add(here.code)
        here = units.get(here.parent_id or "")
    return None


def unit_names(codes: Iterable[str]) -> dict[str, str]:
    return dict(Unit.objects.filter(code__in=list(codes)).values_list("code", "name"))


def list_national_days(year: int) -> list[NationalDay]:
    return list(NationalDay.objects.filter(date__year=year).order_by("date"))


def list_company_days(year: int) -> list[CompanyDay]:
    return list(CompanyDay.objects.filter(date__year=year).order_by("date"))


def list_work_spans() -> list[WorkSpan]:
    return list(WorkSpan.objects.order_by("weekday", "start"))


def search_audit(
    *, actor: str = "", verb: str = "", subject_type: str = "", subject_id: str = "",
    since: datetime | None = None, until: datetime | None = None, before: tuple[datetime, int] | None = None,
) -> QuerySet[AuditEntry]:  # fmt: skip
    """Who saw or did what, newest first; `before` is the key (at, id) of the last line seen."""
    rows = AuditEntry.objects.order_by("-at", "-id")
    for name, value in (
        ("actor", actor),
        ("verb__startswith", verb),
        ("subject_type", subject_type),
        ("subject_id", subject_id),
    ):
        if value:
            rows = rows.filter(**{name: value})
    if since:
        rows = rows.filter(at__gte=since)
    if until:
        rows = rows.filter(at__lt=until)
    if before:
        rows = rows.filter(Q(at__lt=before[0]) | Q(at=before[0], id__lt=before[1]))
    return rows
