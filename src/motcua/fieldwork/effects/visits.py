"""Visits as the steps of declared services book, turn and end them. Run inside the act of the request, which is locked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from motcua.companies import queries as company_queries
from motcua.fieldwork import contracts, operations, queries
from motcua.fieldwork.operations import Contact
from motcua.fieldwork.queries import VisitView
from motcua.fieldwork.states import KIND_OF_STEP, URGENT_STEPS, Half, VisitKind
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date, to_local
from motcua.requests import registry
from motcua.requests.operations import telling
from motcua.requests.queries import RequestView
from motcua.requests.registry import EffectContext
from motcua.supply import queries as supply_queries

STEPS = Actor.system("fieldwork")
POLE_WORKING_DAYS = 2
_HALVES = {"MORNING": Half.AM, "AFTERNOON": Half.PM}


@registry.effect("book_visit")
def book_visit(context: EffectContext) -> None:
    """A visit for this step: at its beginning, again after nobody was home, later when a pole must be set
    first.

    Entering SIGN from a survey that goes on with the signature at once keeps the visit; else the old one is
    finished.
    """
    view = context.request
    kind = KIND_OF_STEP.get(view.step, VisitKind.VISIT)
    before = queries.find_open_visit(view.id)
    attempt, code, earliest = 1, "", None
    if before is not None:
        if context.action == "nobody_home":
            _end(operations.record_nobody_home, before, context)
            attempt, code = before.attempt + 1, before.code
        elif context.action:  # pole_needed and its like: this time nothing more can be done
            _end(operations.finish_visit, before, context, outcome=context.action.upper())
            earliest, code = _after_works(context.at), before.code
        elif before.kind == kind or (kind is VisitKind.SIGN and _goes_on(view, before)):
            operations.turn_visit_into(
                visit_id=before.id, kind=kind, actor=STEPS, at=context.at, key=context.key
            )
            return
        else:
            _end(operations.finish_visit, before, context)
            code = before.code
    operations.book_visit(
        request_id=view.id,
        request_number=view.number,
        unit_code=view.unit_code,
        kind=kind,
        contact=_contact(view),
        actor=context.actor,
        at=context.at,
        key=context.key,
        prefer=_HALVES.get(str(view.answers.get("visit_time"))),
        earliest=earliest,
        fits=lambda window: registry.may_come(view, window.start, window.end),
        urgent=view.step in URGENT_STEPS and attempt == 1 and not context.action,
        attempt=attempt,
        code=code,
        note=str(view.values.get("pole_note") or view.values.get("dispatch_note") or ""),
    )


def _end(act: Any, visit: VisitView, context: EffectContext, **more: str) -> None:
    act(visit_id=visit.id, actor=STEPS, at=context.at, key=context.key, **more)


def _goes_on(view: RequestView, before: VisitView) -> bool:
    return before.kind == VisitKind.SURVEY and view.inputs.get("may_sign_now") is True


def _after_works(at: datetime) -> date:
    calendar = company_queries.get_calendar()
    day = local_date(at)
    for _ in range(POLE_WORKING_DAYS):
        day = calendar.next_working_day(day)
    return day


def _contact(view: RequestView) -> Contact:
    answer = view.answers.get("place")
    answer = answer if isinstance(answer, dict) else {}
    place = supply_queries.get_place(view.place_id) if view.place_id else None
    return Contact(
        place_text=contracts.place_text(view),
        lat=_number(answer.get("lat")) or (place.lat if place else None),
        lon=_number(answer.get("lon")) or (place.lon if place else None),
        name=str(view.answers.get("full_name") or view.answers.get("holder") or ""),
        phone=str(telling.phone_of(view) or view.answers.get("contact_phone") or ""),
    )


def _number(value: object) -> float | None:
    try:
        return float(str(value)) if value not in (None, "") else None
    except ValueError:
        return None


@registry.effect("finish_visit")
def finish_visit(context: EffectContext) -> None:
    """The crew has done what it came for; the rest is done at a desk."""
    finish_open(context)


@registry.effect("cancel_open_work")
def cancel_open_work(context: EffectContext) -> None:
    """Work that came to its end: the visit under way is done, one still ahead is called off."""
    if not queries.has_open_visit(context.request.id):
        return
    visit = queries.find_open_visit(context.request.id)
    if visit is not None and visit.started_at is not None:
        finish_open(context)
    operations.cancel_open_visits(
        request_id=context.request.id, actor=context.actor, at=context.at, key=f"{context.key}:cancel"
    )


def finish_open(context: EffectContext) -> None:
    """The visit that is open, if any, is done."""
    visit = queries.find_open_visit(context.request.id)
    if visit is not None:
        operations.finish_visit(visit_id=visit.id, actor=STEPS, at=context.at, key=f"{context.key}:done")


@registry.notice_facts
def visit_facts(view: RequestView) -> Mapping[str, object]:
    """When who comes, for the notices that say so."""
    visit = queries.find_open_visit(view.id)
    if visit is None:
        return {}
    return {
        "visit_date": f"{to_local(visit.window_start):%d/%m/%Y}",
        "visit_window": visit.window,
        "crew": visit.crew_name or "điện lực",
    }
