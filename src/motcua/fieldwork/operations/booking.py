"""Booking: a visit gets its window and a crew, and may change both until the crew leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from motcua.fieldwork import access, queries, rules
from motcua.fieldwork.models import Crew, Visit
from motcua.fieldwork.operations import slots
from motcua.fieldwork.operations.journal import Act, begin, require_open, require_staff
from motcua.fieldwork.operations.refusals import (
    CrewUnknown,
    TooLateToMove,
    VisitAlreadyBooked,
    VisitNotYours,
    WindowUnknown,
)
from motcua.fieldwork.queries import VisitView
from motcua.fieldwork.rules import Window
from motcua.fieldwork.states import Half, VisitKind, VisitStatus
from motcua.kernel import access_codes
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.requests import queries as request_queries
from motcua.requests import registry as request_registry


@dataclass(frozen=True)
class Contact:
    """Where the crew goes and whom it meets."""

    place_text: str = ""
    lat: float | None = None
    lon: float | None = None
    name: str = ""
    phone: str = ""


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
    fits: Callable[[Window], bool] | None = None,
    attempt: int = 1,
    code: str = "",
    note: str = "",
) -> VisitView:
    """Book a visit: in the window named, or in the first with room from the next working day on.

    Without a named window a visit is never refused: when ten days are full it is booked beyond capacity in the first.
    `urgent` begins now; a window that does not do for `fits` is taken only when none does.
    A crew is put down at once when the unit has one; the plan of the day may change it.
    Raises WindowUnknown, WindowFull (named window), VisitAlreadyBooked. Idempotent by key.
    """
    with transaction.atomic():
        known = Visit.objects.filter(key=key).first()
        if known:
            return queries.views([known])[0]
        if Visit.objects.filter(request_id=request_id, status__in=queries.OPEN).exists():
            raise VisitAlreadyBooked(number=request_number)
        slot_unit = queries.serving_unit(unit_code)
        chosen = slots.take_window(slot_unit, at, window, prefer, earliest, urgent, fits)
        row = Visit(
            id=new_id(at), key=key, request_id=request_id, request_number=request_number, unit_code=unit_code,
            code=code or access_codes.digit_code(6), place_text=contact.place_text[:400], lat=contact.lat, lon=contact.lon,
            contact_name=contact.name[:120], phone=contact.phone[:20], note=note[:400],
        )  # fmt: skip
        act = Act(row, actor, at, key)
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


def move_visit(*, visit_id: UUID, window: str, actor: Actor, at: datetime, key: str) -> VisitView:
    """Another window, wished by the customer or by staff of the unit.

    Raises VisitUnknown, VisitNotYours, TooLateToMove, WindowUnknown, WindowFull; nothing is changed then.
    """
    with transaction.atomic():
        act, is_done = begin(visit_id, actor, at, key)
        if is_done:
            return queries.views([act.row])[0]
        request = request_queries.find_request(act.row.request_id)
        if not access.may_move(actor, act.row.unit_code, request.customer_id if request else None):
            raise VisitNotYours()
        if not VisitStatus(act.state.status).may_move:
            raise TooLateToMove()
        wanted = slots.read_window(window, at)
        if request is not None and not request_registry.may_come(request, wanted.start, wanted.end):
            raise WindowUnknown(field="window")
        if (wanted.date, wanted.half) == (act.state.date, act.state.half):
            return queries.views([act.row])[0]
        slot_unit = queries.serving_unit(act.row.unit_code)
        # Two who swap their windows lock the slots in one order.
        assert act.state.date is not None
        if (wanted.date, wanted.half.value) < (act.state.date, act.state.half):
            slots.take_or_refuse(slot_unit, wanted)
            slots.give_back(act.state.slot_unit, act.state.date, act.state.half)
        else:
            slots.give_back(act.state.slot_unit, act.state.date, act.state.half)
            slots.take_or_refuse(slot_unit, wanted)
        act.append("visit.moved", _window_payload(slot_unit, wanted))
        _assign_at_once(act)
        return act.save()


def assign_crew(
    *, visit_id: UUID, crew_code: str, actor: Actor, at: datetime, key: str, position: int | None = None
) -> VisitView:
    """Put a crew down for a visit. Raises VisitUnknown, VisitNotYours, CrewUnknown, VisitClosed, TooLateToMove."""
    with transaction.atomic():
        act, is_done = begin(visit_id, actor, at, key)
        if is_done:
            return queries.views([act.row])[0]
        require_staff(act)
        require_open(act)
        if not VisitStatus(act.state.status).may_move:
            raise TooLateToMove()
        if not Crew.objects.filter(code=crew_code, is_active=True, unit_code=act.state.slot_unit).exists():
            raise CrewUnknown(field="crew", crew=crew_code)
        act.append("visit.assigned", {"crew": crew_code, "position": position})
        return act.save()


def _window_payload(slot_unit: str, window: Window) -> dict[str, Any]:
    return {
        "slot_unit": slot_unit,
        "date": window.date.isoformat(),
        "half": window.half.value,
        "window_start": window.start.isoformat(),
        "window_end": window.end.isoformat(),
    }


def _assign_at_once(act: Act) -> None:
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
