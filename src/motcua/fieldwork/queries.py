"""Reads: visits as plain values, windows that are free, crews of a unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet, Sum

from motcua.companies import queries as company_queries
from motcua.companies.models import Unit
from motcua.fieldwork import rules
from motcua.fieldwork.models import Crew, CrewMember, Slot, Visit, VisitEntry
from motcua.fieldwork.rules import VisitFact, VisitState, Window
from motcua.fieldwork.states import VisitStatus
from motcua.kernel import phones
from motcua.kernel.local_time import to_local

OPEN = [status.value for status in VisitStatus if status.is_open]
OFFERED_DAYS = 7
STATE_FIELDS = tuple(field.name for field in fields(VisitState))


@dataclass(frozen=True)
class MemberView:
    staff_id: UUID
    name: str
    photo_id: UUID | None


@dataclass(frozen=True)
class CrewView:
    code: str
    name: str
    unit_code: str
    visits_per_half: int
    is_active: bool
    members: tuple[MemberView, ...]


@dataclass(frozen=True)
class VisitView:
    """A visit for pages and other rooms. `phone` is for the crew alone; show others `masked_phone`."""

    id: UUID
    request_id: UUID
    request_number: str
    unit_code: str
    kind: str
    status: str
    date: date
    half: str
    window_start: datetime
    window_end: datetime
    crew_code: str
    crew_name: str
    members: tuple[MemberView, ...]
    position: int | None
    attempt: int
    moves: int
    outcome: str
    started_at: datetime | None
    finished_at: datetime | None
    code: str
    place_text: str
    lat: float | None
    lon: float | None
    contact_name: str
    phone: str
    note: str

    @property
    def is_ahead(self) -> bool:
        return VisitStatus(self.status).is_open

    @property
    def may_move(self) -> bool:
        return VisitStatus(self.status).may_move

    @property
    def masked_phone(self) -> str:
        return phones.mask(self.phone) if self.phone.startswith("+") else ""

    @property
    def shown_phone(self) -> str:
        return phones.display(self.phone)

    @property
    def window(self) -> str:
        """The hours, as "08:00-12:00", local time."""
        return f"{to_local(self.window_start):%H:%M}–{to_local(self.window_end):%H:%M}"

    @property
    def window_code(self) -> str:
        return f"{self.date.isoformat()}:{self.half}"

    @property
    def map_url(self) -> str:
        """A link that the telephone's own map opens."""
        return (
            f"geo:{self.lat:.6f},{self.lon:.6f}?q={self.lat:.6f},{self.lon:.6f}"
            if self.lat is not None
            else ""
        )

    @property
    def web_map_url(self) -> str:
        if self.lat is None:
            return ""
        return f"https://www.openstreetmap.org/?mlat={self.lat:.6f}&mlon={self.lon:.6f}#map=17/{self.lat:.6f}/{self.lon:.6f}"


@dataclass(frozen=True)
class WindowView:
    """A window on offer and how many visits still fit."""

    window: Window
    left: int
    is_current: bool

    @property
    def code(self) -> str:
        return self.window.code

    @property
    def date(self) -> date:
        return self.window.date

    @property
    def half(self) -> str:
        return self.window.half.value

    @property
    def start(self) -> datetime:
        return self.window.start

    @property
    def end(self) -> datetime:
        return self.window.end

    @property
    def hours(self) -> str:
        return f"{to_local(self.start):%H:%M}–{to_local(self.end):%H:%M}"


# units and crews


def serving_unit(unit_code: str) -> str:
    """The nearest unit at or above this one that has crews; the unit itself when none has."""
    parents = dict(Unit.objects.values_list("code", "parent_id"))
    with_crews = set(Crew.objects.filter(is_active=True).values_list("unit_code", flat=True))
    code: str | None = unit_code
    while code and code not in with_crews:
        code = parents.get(code)
    return code or unit_code


def capacity_of(slot_unit: str) -> int:
    """How many visits the unit's crews manage in half a day."""
    total = Crew.objects.filter(unit_code=slot_unit, is_active=True).aggregate(total=Sum("visits_per_half"))[
        "total"
    ]
    return int(total or 0)


def list_crews(unit_codes: Iterable[str], *, active: bool = True) -> list[CrewView]:
    rows = (
        Crew.objects.filter(unit_code__in=list(unit_codes))
        .prefetch_related("members__staff")
        .order_by("code")
    )
    return [view_crew(row) for row in (rows.filter(is_active=True) if active else rows)]


def list_crews_by_code(codes: Iterable[str]) -> list[CrewView]:
    rows = Crew.objects.filter(code__in=list(codes)).prefetch_related("members__staff").order_by("code")
    return [view_crew(row) for row in rows]


def find_crew_of(staff_id: UUID | str) -> CrewView | None:
    """The crew this member of staff goes with."""
    row = (
        Crew.objects.filter(members__staff_id=staff_id, is_active=True)
        .prefetch_related("members__staff")
        .first()
    )
    return view_crew(row) if row else None


def view_crew(crew: Crew) -> CrewView:
    members = sorted(crew.members.all(), key=lambda member: member.pk)
    return CrewView(
        code=crew.code,
        name=crew.name,
        unit_code=crew.unit_code,
        visits_per_half=crew.visits_per_half,
        is_active=crew.is_active,
        members=tuple(_view_member(member) for member in members),
    )


def _view_member(member: CrewMember) -> MemberView:
    return MemberView(member.staff_id, member.staff.name, member.staff.photo_id)


# visits


def state_of(row: Visit) -> VisitState:
    return VisitState(**{name: getattr(row, name) for name in STATE_FIELDS})


def views(rows: Sequence[Visit]) -> list[VisitView]:
    """Three queries whatever their number."""
    codes = {row.crew_code for row in rows if row.crew_code}
    found = Crew.objects.filter(code__in=codes).prefetch_related("members__staff") if codes else []
    crews = {crew.code: view_crew(crew) for crew in found}
    return [_view(row, crews.get(row.crew_code)) for row in rows]


def _view(row: Visit, crew: CrewView | None) -> VisitView:
    names = [field.name for field in fields(VisitView) if field.name not in ("crew_name", "members")]
    return VisitView(
        **{name: getattr(row, name) for name in names},
        crew_name=crew.name if crew else "",
        members=crew.members if crew else (),
    )


def find_visit(visit_id: UUID) -> VisitView | None:
    rows = views(list(Visit.objects.filter(id=visit_id)))
    return rows[0] if rows else None


def get_visit(visit_id: UUID) -> VisitView:
    """Raises Visit.DoesNotExist."""
    return views([Visit.objects.get(id=visit_id)])[0]


def list_visits(request_id: UUID) -> list[VisitView]:
    """All visits of a request, the newest first: the open one, when there is one, stands in front."""
    rows = list(Visit.objects.filter(request_id=request_id))
    rows.sort(key=lambda row: (row.status in OPEN, row.window_start, row.id), reverse=True)
    return views(rows)


def find_open_visit(request_id: UUID) -> VisitView | None:
    rows = views(list(Visit.objects.filter(request_id=request_id, status__in=OPEN)))
    return rows[0] if rows else None


def has_open_visit(request_id: UUID) -> bool:
    """Whether anybody is to go there still: asked whenever a request ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM fieldwork_visit WHERE request_id = %s AND status = ANY(%s))",
            [request_id, OPEN],
        )
        return bool(cursor.fetchone()[0])


def list_open_visits(request_ids: Iterable[UUID]) -> dict[UUID, VisitView]:
    """The visit ahead of each of these requests that has one."""
    rows = Visit.objects.filter(request_id__in=list(request_ids), status__in=OPEN).order_by("-window_start")
    return {visit.request_id: visit for visit in views(list(rows))}


def list_day(
    day: date, *, crew_code: str = "", unit_codes: Iterable[str] = (), open_only: bool = False
) -> list[VisitView]:
    """A day's visits in the order they are driven: of a crew, or of units."""
    rows = Visit.objects.filter(date=day).exclude(status=VisitStatus.CANCELLED)
    rows = rows.filter(crew_code=crew_code) if crew_code else rows.filter(unit_code__in=list(unit_codes))
    if open_only:
        rows = rows.filter(status__in=OPEN)
    return views(list(rows.order_by("half", "position", "window_start", "id")[:500]))


def list_overdue(day: date, *, crew_code: str) -> list[VisitView]:
    """Open visits of earlier days: nobody wrote down what became of them."""
    rows = Visit.objects.filter(date__lt=day, status__in=OPEN, crew_code=crew_code)
    return views(list(rows.order_by("date", "half", "position", "id")[:100]))


def list_entries(visit_id: UUID) -> QuerySet[VisitEntry]:
    return VisitEntry.objects.filter(visit_id=visit_id).order_by("seq")


def replay_visit(visit_id: UUID) -> VisitState:
    """The state its journal leads to; equal to the row, always."""
    return rules.replay(VisitFact(entry.name, entry.at, entry.payload) for entry in list_entries(visit_id))


# windows


def offer_windows(
    *, unit_code: str, at: datetime, visit_id: UUID | None = None, days: int = OFFERED_DAYS, limit: int = 10,
    earliest: date | None = None,
) -> list[WindowView]:  # fmt: skip
    """Windows with room, soonest first. With `visit_id` the one it has now is among them and marked."""
    slot_unit = serving_unit(unit_code)
    windows = rules.list_windows(company_queries.get_calendar(), at, days=days, earliest=earliest)
    slots = _slots(slot_unit, windows)
    usual = capacity_of(slot_unit)
    current = Visit.objects.filter(id=visit_id).values_list("date", "half").first() if visit_id else None
    offered = []
    for window in windows:
        capacity, booked = slots.get((window.date, window.half.value), (usual, 0))
        is_current = current == (window.date, window.half.value)
        if capacity > booked or is_current:
            offered.append(WindowView(window, max(capacity - booked, 0), is_current))
    return offered[:limit]


def _slots(slot_unit: str, windows: Sequence[Window]) -> dict[tuple[date, str], tuple[int, int]]:
    if not windows:
        return {}
    rows = Slot.objects.filter(unit_code=slot_unit, date__range=(windows[0].date, windows[-1].date))
    return {(slot.date, slot.half): (slot.capacity, slot.booked) for slot in rows}
