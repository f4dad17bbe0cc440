"""What becomes of a booked visit: under way, done, in vain, cancelled; and what is known of its contact."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.fieldwork import queries
from motcua.fieldwork.models import Visit
from motcua.fieldwork.operations import slots
from motcua.fieldwork.operations.journal import begin, require_open, require_staff
from motcua.fieldwork.operations.refusals import CrewUnknown
from motcua.fieldwork.queries import VisitView
from motcua.fieldwork.states import VisitKind, VisitStatus
from motcua.kernel.actors import Actor


def start_visit(*, visit_id: UUID, actor: Actor, at: datetime, key: str) -> VisitView:
    """The crew is on its way; from now on the window stands. Raises VisitUnknown, VisitNotYours, VisitClosed, CrewUnknown.

    Whoever goes is the crew: when another was put down, the visit is now theirs.
    """
    with transaction.atomic():
        act, is_done = begin(visit_id, actor, at, key)
        if is_done or act.state.status == VisitStatus.ON_THE_WAY:
            return queries.views([act.row])[0]
        require_staff(act)
        require_open(act)
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
        act, is_done = begin(visit_id, actor, at, key)
        if is_done or not VisitStatus(act.state.status).is_open:
            return queries.views([act.row])[0]
        require_staff(act)
        act.append(name, {"outcome": outcome} if outcome else {})
        if frees_slot:
            assert act.state.date is not None
            slots.give_back(act.state.slot_unit, act.state.date, act.state.half)
        return act.save()


def turn_visit_into(*, visit_id: UUID, kind: VisitKind, actor: Actor, at: datetime, key: str) -> VisitView:
    """The same visit goes on with the next thing (the survey is done, the contract is signed at once).

    Raises VisitUnknown, VisitClosed.
    """
    with transaction.atomic():
        act, is_done = begin(visit_id, actor, at, key)
        if is_done or act.state.kind == kind:
            return queries.views([act.row])[0]
        require_open(act)
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
