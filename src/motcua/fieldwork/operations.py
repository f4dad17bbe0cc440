"""Writes. Locks: the visit's row first, then a slot's row; one act each.

An act on a visit is idempotent by `key`: the same key again gives the visit as it is, and nothing happens twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.models import Staff, Unit
from motcua.fieldwork import access, queries, rules
from motcua.fieldwork.models import Crew, CrewMember, Slot, Visit, VisitEntry
from motcua.fieldwork.queries import CrewView, VisitView
from motcua.fieldwork.rules import VisitFact, Window
from motcua.fieldwork.states import Half, VisitKind, VisitStatus
from motcua.kernel import access_codes, local_time
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.kernel.results import Refused, gettext_noop
from motcua.requests import queries as request_queries

BOOKED_DAYS = 10


class CrewUnknown(Refused):
    code = "CREW_UNKNOWN"
    message = gettext_noop("Không có tổ công tác “%(crew)s”, hoặc tổ không phục vụ đơn vị này.")


class CrewMemberTaken(Refused):
    code = "CREW_MEMBER_TAKEN"
    message = gettext_noop("Có nhân viên đã thuộc tổ công tác khác.")


class CrewTooSmall(Refused):
    code = "CREW_TOO_SMALL"
    message = gettext_noop("Tổ công tác phải có ít nhất hai người.")


class WindowUnknown(Refused):
    code = "WINDOW_UNKNOWN"
    message = gettext_noop("Vui lòng chọn một giờ hẹn trong danh sách.")


class WindowFull(Refused):
    code = "WINDOW_FULL"
    message = gettext_noop("Giờ hẹn này vừa hết chỗ. Vui lòng chọn giờ khác.")


class TooLateToMove(Refused):
    code = "TOO_LATE_TO_MOVE"
    message = gettext_noop(
        "Tổ công tác đã lên đường hoặc lịch hẹn đã kết thúc nên không đổi giờ được. Vui lòng gọi tổng đài."
    )


class VisitClosed(Refused):
    code = "VISIT_CLOSED"
    message = gettext_noop("Lịch hẹn này đã kết thúc.")


class VisitAlreadyBooked(Refused):
    code = "VISIT_ALREADY_BOOKED"
    message = gettext_noop("Yêu cầu %(number)s đã có lịch hẹn.")


class VisitNotYours(Refused):
    code = "FORBIDDEN"
    message = gettext_noop("Lịch hẹn này thuộc đơn vị khác.")


@dataclass(frozen=True)
class Contact:
    """Where the crew goes and whom it meets."""

    place_text: str = ""
    lat: float | None = None
    lon: float | None = None
    name: str = ""
    phone: str = ""


# crews


def add_crew(
    *,
    code: str,
    name: str,
    unit_code: str,
    member_ids: Sequence[UUID],
    actor: Actor,
    at: datetime,
    visits_per_half: int = 8,
) -> CrewView:
    """Make a crew of at least two people; the same code again changes nothing.

    Raises CrewTooSmall, CrewMemberTaken, UnitUnknown. Slots of days to come grow with it.
    """
    known = Crew.objects.filter(code=code).first()
    if known:
        return queries.view_crew(known)
    if len(set(member_ids)) < 2:
        raise CrewTooSmall(field="members")
    if not Unit.objects.filter(code=unit_code).exists():
        raise company_ops.UnitUnknown(unit=unit_code)
    with transaction.atomic():
        crew = Crew.objects.create(code=code, name=name, unit_code=unit_code, visits_per_half=visits_per_half)
        _set_members(crew, member_ids)
        _refresh_slots(unit_code, local_time.local_date(at))
        company_ops.record_audit(
            actor=actor,
            verb="crew.added",
            subject_type="crew",
            subject_id=code,
            at=at,
            facts={"unit": unit_code},
        )
    return queries.view_crew(Crew.objects.get(code=code))


def set_crew_members(*, code: str, member_ids: Sequence[UUID], actor: Actor, at: datetime) -> CrewView:
    """Replace who goes with a crew. Raises CrewUnknown, CrewTooSmall, CrewMemberTaken."""
    if len(set(member_ids)) < 2:
        raise CrewTooSmall(field="members")
    with transaction.atomic():
        crew = Crew.objects.select_for_update().filter(code=code).first()
        if crew is None:
            raise CrewUnknown(field="crew", crew=code)
        crew.members.all().delete()
        _set_members(crew, member_ids)
        company_ops.record_audit(
            actor=actor, verb="crew.members-set", subject_type="crew", subject_id=code, at=at, facts={}
        )
    return queries.view_crew(Crew.objects.get(code=code))


def _set_members(crew: Crew, member_ids: Sequence[UUID]) -> None:
    """Members in the order given: it is the order their names stand in wherever they sign."""
    people = Staff.objects.in_bulk(list(member_ids))
    staff = [people[member_id] for member_id in dict.fromkeys(member_ids) if member_id in people]
    if len(staff) < 2:
        raise CrewTooSmall(field="members")
    try:
        with transaction.atomic():
            CrewMember.objects.bulk_create([CrewMember(crew=crew, staff=person) for person in staff])
    except IntegrityError:
        raise CrewMemberTaken(field="members") from None


def _refresh_slots(unit_code: str, today: date) -> None:
    Slot.objects.filter(unit_code=unit_code, date__gte=today).update(capacity=queries.capacity_of(unit_code))


# slots


def _take(slot_unit: str, window: Window, *, force: bool) -> bool:
    """Book one place of the slot. False when it is full; with `force` it is booked beyond what fits."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO fieldwork_slot (unit_code, date, half, capacity, booked) VALUES (%s, %s, %s, %s, 0)
            ON CONFLICT (unit_code, date, half) DO NOTHING
            """,
            [slot_unit, window.date, window.half.value, queries.capacity_of(slot_unit)],
        )
        cursor.execute(
            """
            UPDATE fieldwork_slot SET booked = booked + 1
            WHERE unit_code = %s AND date = %s AND half = %s AND (booked < capacity OR %s)
            """,
            [slot_unit, window.date, window.half.value, force],
        )
        return bool(cursor.rowcount == 1)


def _give_back(slot_unit: str, day: date, half: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE fieldwork_slot SET booked = booked - 1 WHERE unit_code = %s AND date = %s AND half = %s AND booked > 0",
            [slot_unit, day, half],
        )


def _take_first(slot_unit: str, windows: Sequence[Window]) -> Window | None:
    return next((window for window in windows if _take(slot_unit, window, force=False)), None)


# the journal


class _Act:
    """One visit under lock for the length of an act."""

    def __init__(self, row: Visit, actor: Actor, at: datetime, key: str) -> None:
        self.row, self.actor, self.at, self.key = row, actor, at, key
        self.state = queries.state_of(row)
        self.entries: list[VisitEntry] = []

    def append(self, name: str, payload: Mapping[str, Any]) -> None:
        self.state = rules.apply(self.state, VisitFact(name, self.at, payload))
        key = self.key if not self.entries else ""
        self.entries.append(
            VisitEntry(
                visit_id=self.row.id,
                seq=self.state.seq,
                name=name,
                at=self.at,
                actor=self.actor.ref,
                payload=dict(payload),
                key=key,
            )
        )

    def save(self, *, is_new: bool = False) -> VisitView:
        for name in queries.STATE_FIELDS:
            setattr(self.row, name, getattr(self.state, name))
        self.row.save(force_insert=is_new, force_update=not is_new)
        VisitEntry.objects.bulk_create(self.entries)
        return queries.views([self.row])[0]


def _begin(visit_id: UUID, actor: Actor, at: datetime, key: str) -> tuple[_Act, bool]:
    """Lock the visit; True beside it when this key was done before. Raises VisitUnknown."""
    row = Visit.objects.select_for_update().filter(id=visit_id).first()
    if row is None:
        raise access.VisitUnknown()
    return _Act(row, actor, at, key), VisitEntry.objects.filter(visit_id=visit_id, key=key).exists()


def _require_staff(act: _Act) -> None:
    if not access.may_see(act.actor, act.row.unit_code):
        raise VisitNotYours()


def _require_open(act: _Act) -> None:
    if not VisitStatus(act.state.status).is_open:
        raise VisitClosed()


def _window_payload(slot_unit: str, window: Window) -> dict[str, Any]:
    return {
        "slot_unit": slot_unit,
        "date": window.date.isoformat(),
        "half": window.half.value,
        "window_start": window.start.isoformat(),
        "window_end": window.end.isoformat(),
    }


# acts


def book_visit(
    *,
    request_id: UUID,
    request_number: str,
    unit_code: str,
    kind: VisitKind,
    contact: Contact,
    actor: Actor,
    at: datetime,
    key: str,
    window: str | None = None,
    prefer: Half | None = None,
    earliest: date | None = None,
    urgent: bool = False,
    attempt: int = 1,
    code: str = "",
    note: str = "",
) -> VisitView:
    """Book a visit: in the window named, or in the first with room from the next working day on.

    Without a named window a visit is never refused: when ten days are full it is booked beyond capacity in the first.
    `urgent` begins now. A crew is put down at once when the unit has one; the plan of the day may change it.
    Raises WindowUnknown, WindowFull (named window), VisitAlreadyBooked. Idempotent by key.
    """
    with transaction.atomic():
        known = Visit.objects.filter(key=key).first()
        if known:
            return queries.views([known])[0]
        if Visit.objects.filter(request_id=request_id, status__in=queries.OPEN).exists():
            raise VisitAlreadyBooked(number=request_number)
        slot_unit = queries.serving_unit(unit_code)
        chosen = _choose_window(slot_unit, at, window, prefer, earliest, urgent)
        row = Visit(
            id=new_id(at), key=key, request_id=request_id, request_number=request_number, unit_code=unit_code,
            code=code or access_codes.digit_code(6), place_text=contact.place_text[:400], lat=contact.lat, lon=contact.lon,
            contact_name=contact.name[:120], phone=contact.phone[:20], note=note[:400],
        )  # fmt: skip
        act = _Act(row, actor, at, key)
        act.state = rules.VisitState()
        act.append(
            "visit.booked", {"kind": kind.value, "attempt": attempt, **_window_payload(slot_unit, chosen)}
        )
        _assign_at_once(act)
        try:
            with transaction.atomic():
                return act.save(is_new=True)
        except IntegrityError:
            raise VisitAlreadyBooked(number=request_number) from None


def _choose_window(
    slot_unit: str, at: datetime, named: str | None, prefer: Half | None, earliest: date | None, urgent: bool
) -> Window:
    calendar = company_queries.get_calendar()
    if named:
        window = _named_window(named, at)
        if not _take(slot_unit, window, force=False):
            raise WindowFull(field="window")
        return window
    if urgent:
        window = rules.urgent_window(calendar, at)
        _take(slot_unit, window, force=True)
        return window
    first_day = max(calendar.next_working_day(local_time.local_date(at)), earliest or date.min)
    windows = rules.list_windows(calendar, at, days=BOOKED_DAYS, earliest=first_day)
    if prefer:  # the wished half of a day before the other half of the same day
        windows = sorted(windows, key=lambda window: (window.date, window.half is not prefer))
        wished = [window for window in windows if window.half is prefer]
        windows = [*wished[:2], *(window for window in windows if window not in wished[:2])]
    found = _take_first(slot_unit, windows)
    if found is None:
        found = windows[0]
        _take(slot_unit, found, force=True)
    return found


def _named_window(code: str, at: datetime) -> Window:
    calendar = company_queries.get_calendar()
    parsed = rules.parse_window(code)
    if parsed is None:
        raise WindowUnknown(field="window")
    day, half = parsed
    for window in rules.windows_of(calendar, day):
        if window.half is half and window.start >= at + rules.NOTICE:
            return window
    raise WindowUnknown(field="window")


def _assign_at_once(act: _Act) -> None:
    """The crew of the slot's unit with the fewest visits in this window."""
    crews = list(Crew.objects.filter(unit_code=act.state.slot_unit, is_active=True).order_by("code"))
    if not crews or act.state.date is None:
        return
    busy = Visit.objects.filter(
        date=act.state.date, half=act.state.half, slot_unit=act.state.slot_unit, status__in=queries.OPEN
    ).exclude(id=act.row.id)
    load = {crew.code: 0 for crew in crews}
    for crew_code in busy.values_list("crew_code", flat=True):
        if crew_code in load:
            load[crew_code] += 1
    chosen = min(crews, key=lambda crew: (load[crew.code] / crew.visits_per_half, crew.code))
    act.append("visit.assigned", {"crew": chosen.code, "position": load[chosen.code] + 1})


def move_visit(*, visit_id: UUID, window: str, actor: Actor, at: datetime, key: str) -> VisitView:
    """Another window, wished by the customer or by staff of the unit.

    Raises VisitUnknown, VisitNotYours, TooLateToMove, WindowUnknown, WindowFull; nothing is changed then.
    """
    with transaction.atomic():
        act, is_done = _begin(visit_id, actor, at, key)
        if is_done:
            return queries.views([act.row])[0]
        request = request_queries.find_request(act.row.request_id)
        if not access.may_move(actor, act.row.unit_code, request.customer_id if request else None):
            raise VisitNotYours()
        if not VisitStatus(act.state.status).may_move:
            raise TooLateToMove()
        wanted = _named_window(window, at)
        if (wanted.date, wanted.half) == (act.state.date, act.state.half):
            return queries.views([act.row])[0]
        slot_unit = queries.serving_unit(act.row.unit_code)
        # Two who swap their windows lock the slots in one order.
        assert act.state.date is not None
        if (wanted.date, wanted.half.value) < (act.state.date, act.state.half):
            _take_or_refuse(slot_unit, wanted)
            _give_back(act.state.slot_unit, act.state.date, act.state.half)
        else:
            _give_back(act.state.slot_unit, act.state.date, act.state.half)
            _take_or_refuse(slot_unit, wanted)
        act.append("visit.moved", _window_payload(slot_unit, wanted))
        _assign_at_once(act)
        return act.save()


def _take_or_refuse(slot_unit: str, window: Window) -> None:
    if not _take(slot_unit, window, force=False):
        raise WindowFull(field="window")


def assign_crew(
    *, visit_id: UUID, crew_code: str, actor: Actor, at: datetime, key: str, position: int | None = None
) -> VisitView:
    """Put a crew down for a visit. Raises VisitUnknown, VisitNotYours, CrewUnknown, VisitClosed, TooLateToMove."""
    with transaction.atomic():
        act, is_done = _begin(visit_id, actor, at, key)
        if is_done:
            return queries.views([act.row])[0]
        _require_staff(act)
        _require_open(act)
        if not VisitStatus(act.state.status).may_move:
            raise TooLateToMove()
        if not Crew.objects.filter(code=crew_code, is_active=True, unit_code=act.state.slot_unit).exists():
            raise CrewUnknown(field="crew", crew=crew_code)
        act.append("visit.assigned", {"crew": crew_code, "position": position})
        return act.save()


def start_visit(*, visit_id: UUID, actor: Actor, at: datetime, key: str) -> VisitView:
    """The crew is on its way; from now on the window stands. Raises VisitUnknown, VisitNotYours, VisitClosed, CrewUnknown.

    Whoever goes is the crew: when another was put down, the visit is now theirs.
    """
    with transaction.atomic():
        act, is_done = _begin(visit_id, actor, at, key)
        if is_done or act.state.status == VisitStatus.ON_THE_WAY:
            return queries.views([act.row])[0]
        _require_staff(act)
        _require_open(act)
        own = queries.find_crew_of(actor.id)
        crew_code = own.code if own else act.state.crew_code
        if not crew_code:
            raise CrewUnknown(field="crew", crew="")
        act.append("visit.started", {"crew": crew_code})
        return act.save()


def finish_visit(*, visit_id: UUID, actor: Actor, at: datetime, key: str, outcome: str = "") -> VisitView:
    """The visit did what it was for, or came to another end named in `outcome`. Finished again: nothing.

    Raises VisitUnknown, VisitNotYours.
    """
    return _end(visit_id, "visit.done", actor, at, key, outcome, frees_slot=False)


def record_nobody_home(*, visit_id: UUID, actor: Actor, at: datetime, key: str) -> VisitView:
    """Nobody was there. Raises VisitUnknown, VisitNotYours. The next attempt is booked by `book_visit`."""
    return _end(visit_id, "visit.nobody_home", actor, at, key, "", frees_slot=False)


def cancel_visit(*, visit_id: UUID, actor: Actor, at: datetime, key: str, outcome: str = "") -> VisitView:
    """Nobody will come; its place in the window is free again. Raises VisitUnknown, VisitNotYours."""
    return _end(visit_id, "visit.cancelled", actor, at, key, outcome, frees_slot=True)


def _end(
    visit_id: UUID, name: str, actor: Actor, at: datetime, key: str, outcome: str, *, frees_slot: bool
) -> VisitView:
    with transaction.atomic():
        act, is_done = _begin(visit_id, actor, at, key)
        if is_done or not VisitStatus(act.state.status).is_open:
            return queries.views([act.row])[0]
        _require_staff(act)
        act.append(name, {"outcome": outcome} if outcome else {})
        if frees_slot:
            assert act.state.date is not None
            _give_back(act.state.slot_unit, act.state.date, act.state.half)
        return act.save()


def turn_visit_into(*, visit_id: UUID, kind: VisitKind, actor: Actor, at: datetime, key: str) -> VisitView:
    """The same visit goes on with the next thing (the survey is done, the contract is signed at once).

    Raises VisitUnknown, VisitClosed.
    """
    with transaction.atomic():
        act, is_done = _begin(visit_id, actor, at, key)
        if is_done or act.state.kind == kind:
            return queries.views([act.row])[0]
        _require_open(act)
        act.append("visit.turned_into", {"kind": kind.value})
        return act.save()


def cancel_open_visits(*, request_id: UUID, actor: Actor, at: datetime, key: str) -> int:
    """Whatever is still open for a request that ended. How many. Called inside the request's own act."""
    system = Actor.system(actor.ref)
    open_ids = list(
        Visit.objects.filter(request_id=request_id, status__in=queries.OPEN).values_list("id", flat=True)
    )
    for visit_id in open_ids:
        cancel_visit(visit_id=visit_id, actor=system, at=at, key=f"{key}:{visit_id}", outcome="REQUEST_ENDED")
    return len(open_ids)


def correct_contact(*, request_id: UUID, contact_name: str, actor: Actor, at: datetime) -> None:
    """The customer's name was wrong: the open visit shows the right one."""
    Visit.objects.filter(request_id=request_id, status__in=queries.OPEN).update(
        contact_name=contact_name[:120]
    )


def erase_contacts(*, request_id: UUID) -> int:
    """Blank what is personal in the visits of an erased request; the journal stays. How many."""
    closed = Visit.objects.filter(request_id=request_id).exclude(status__in=queries.OPEN)
    return closed.update(place_text="", contact_name="", phone="", note="", lat=None, lon=None)


def plan_day(*, unit_code: str, day: date, actor: Actor, at: datetime) -> int:
    """Give the visits of a unit's day to its crews, each in its order; those under way stay. How many changed.

    Windows are not touched: customers keep what they were promised. Raises VisitNotYours.
    """
    if not access.may_see(actor, unit_code):
        raise VisitNotYours()
    slot_unit = queries.serving_unit(unit_code)
    unit = Unit.objects.filter(code=slot_unit).first()
    crews = Crew.objects.filter(unit_code=slot_unit, is_active=True).order_by("code")
    base = (unit.latitude, unit.longitude) if unit else (None, None)
    teams = [rules.Team(crew.code, crew.visits_per_half, *base) for crew in crews]
    with transaction.atomic():
        rows = list(
            Visit.objects.select_for_update()
            .filter(slot_unit=slot_unit, date=day, status__in=[VisitStatus.PLANNED, VisitStatus.ASSIGNED])
            .order_by("id")
        )
        stops = [
            rules.Stop(str(row.id), VisitKind(row.kind), Half(row.half), row.lat, row.lon) for row in rows
        ]
        planned = {plan.stop_id: plan for plan in rules.plan(stops, teams)}
        return sum(_assign_planned(row, planned.get(str(row.id)), actor, at) for row in rows)


def _assign_planned(row: Visit, planned: rules.Planned | None, actor: Actor, at: datetime) -> int:
    if planned is None or (row.crew_code, row.position) == (planned.team_code, planned.position):
        return 0
    act = _Act(row, actor, at, "")
    act.append("visit.assigned", {"crew": planned.team_code, "position": planned.position})
    act.save()
    return 1


def plan_tomorrow(*, at: datetime) -> int:
    """Plan the next working day of every unit that has crews: what the evening job does. How many changed."""
    day = company_queries.get_calendar().next_working_day(local_time.local_date(at))
    units: Iterable[str] = (
        Crew.objects.filter(is_active=True)
        .values_list("unit_code", flat=True)
        .distinct()
        .order_by("unit_code")
    )
    planner = Actor.system("planner")
    return sum(plan_day(unit_code=code, day=day, actor=planner, at=at) for code in units)
