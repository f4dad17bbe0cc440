"""Today's and tomorrow's visits, and the page of one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.documents import queries as document_queries
from motcua.fieldwork import contracts
from motcua.fieldwork import queries as fieldwork_queries
from motcua.fieldwork.queries import CrewView, VisitView
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import gettext_noop as _
from motcua.services import forms
from motcua.services.declaration import Action, Style
from motcua.web import slips
from motcua.web.field.here import CREW, Here, needs_signatures, stand_at
from motcua.web.staff_pages import StaffRequest, staff_page

STATUS_WORDS = {
    "PLANNED": _("Chưa có tổ"),
    "ASSIGNED": _("Chờ đến"),
    "ON_THE_WAY": _("Đang đến"),
    "DONE": _("Đã xong"),
    "NOBODY_HOME": _("Không gặp khách"),
    "CANCELLED": _("Đã hủy"),
}
STATUS_TONES = {
    "PLANNED": "wait",
    "ASSIGNED": "wait",
    "ON_THE_WAY": "go",
    "DONE": "good",
    "NOBODY_HOME": "bad",
    "CANCELLED": "neutral",
}
HALF_WORDS = {"AM": _("Buổi sáng"), "PM": _("Buổi chiều")}


@require_safe
@staff_page(*CREW)
def today(request: StaffRequest) -> HttpResponse:
    """What lies ahead today, what is left of earlier days, what is done."""
    day = local_date(clock.now())
    crew = fieldwork_queries.find_crew_of(request.actor.id)
    left = fieldwork_queries.list_overdue(day, crew_code=crew.code) if crew else []
    context = {
        **_day_page(request.actor, crew, day),
        "left": [line_of(visit) for visit in left],
        "is_today": True,
    }
    return render(request, "field/day.html", context)


@require_safe
@staff_page(*CREW)
def tomorrow(request: StaffRequest) -> HttpResponse:
    """The next working day, with its packs as one print job."""
    day = company_queries.get_calendar().next_working_day(local_date(clock.now()))
    crew = fieldwork_queries.find_crew_of(request.actor.id)
    context = {
        **_day_page(request.actor, crew, day),
        "print_url": f"{reverse('field:print')}?ngay={day.isoformat()}",
    }
    return render(request, "field/day.html", context)


@require_safe
@staff_page(*CREW)
def pending(request: StaffRequest) -> HttpResponse:
    """What was typed on this phone and not sent: the page's script finds it, we know nothing of it."""
    crew = fieldwork_queries.find_crew_of(request.actor.id)
    return render(request, "field/pending.html", {"crew_name": crew.name if crew else ""})


def _day_page(actor: Actor, crew: CrewView | None, day: date) -> dict[str, Any]:
    listed = visits_of(actor, crew, day)
    return {
        "day": day,
        "crew": crew,
        "crew_name": crew.name if crew else "",
        "halves": [
            {"name": gettext(HALF_WORDS[half]), "lines": [line_of(visit) for visit in group]}
            for half, group in groupby(listed, key=lambda visit: visit.half)
        ],
        "count": len(listed),
        "done": sum(visit.status == "DONE" for visit in listed),
    }


def visits_of(actor: Actor, crew: CrewView | None, day: date) -> list[VisitView]:
    """A crew's own visits; all of the units' for whoever has no crew (a supervisor)."""
    if crew:
        return fieldwork_queries.list_day(day, crew_code=crew.code)
    return fieldwork_queries.list_day(day, unit_codes=actor.unit_codes)


def line_of(visit: VisitView) -> dict[str, Any]:
    """A visit as a line of a list."""
    return {
        "visit": visit,
        "kind": gettext(contracts.KIND_NAMES.get(visit.kind, visit.kind)),
        "status": gettext(STATUS_WORDS[visit.status]),
        "tone": STATUS_TONES[visit.status],
    }


@require_safe
@staff_page(*CREW)
def visit(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """One visit: where, to whom, with which papers, and what can be done. That it was opened stands in the audit."""
    here = stand_at(request.actor, visit_id)
    company_ops.record_audit(
        actor=request.actor,
        verb="visit.seen",
        subject_type="request",
        subject_id=str(here.view.id),
        at=clock.now(),
        facts={"visit": str(visit_id)},
    )
    return render(request, "field/visit.html", page_of(here))


def page_of(here: Here) -> dict[str, Any]:
    """Everything the page of a visit shows."""
    view, found, language = here.view, here.visit, get_language() or "vi"
    contract = contracts.find_contract(view.id)
    ahead = [
        other for other in fieldwork_queries.list_visits(view.id) if other.id != found.id and other.is_ahead
    ]
    actions = [action_line(here, action) for action in here.actions] if found.status == "ON_THE_WAY" else []
    return {
        **line_of(found),
        "view": view,
        "step": view.current_step,
        "crew_name": found.crew_name,
        "spaced_code": contracts.spaced_code(found.code),
        "is_ahead": found.is_ahead,
        "may_start": found.may_move and bool(here.actions),
        "actions": actions,
        "others": [line for line in actions if line["kind"] != "primary"],
        "may_finish": found.is_ahead and found.started_at is not None and not here.actions,
        "next_visit": ahead[0] if ahead and not found.is_ahead else None,
        "due_at": view.state.due_at,
        "answers": forms.review(view.service, view.answers, language),
        "papers": contracts.papers_to_see(view),
        "documents": document_lines(here),
        "contract": contract,
        "is_signed": contract is not None and document_queries.is_signed(contract.id),
        "signed_contract": contracts.find_signed_contract(view.id),
    }


def action_line(here: Here, action: Action) -> dict[str, Any]:
    """A declared action as a button: to the signatures, or to its own page."""
    name = "field:sign" if needs_signatures(action) and not contracts.is_signed(here.view.id) else "field:act"
    address = reverse(name, args=(here.visit.id, *([action.code] if name == "field:act" else [])))
    return {
        "label": action.label.get(get_language()),
        "href": address,
        "kind": "primary" if action.style is Style.PRIMARY else str(action.style.value),
    }


def document_lines(here: Here) -> list[dict[str, Any]]:
    """The customer's papers, with small pictures; opening each is logged."""
    names = {paper.code: paper.name.get(get_language()) for paper in here.view.service.papers}
    return [
        {
            "name": names.get(document.kind, document.name),
            "href": reverse("field:document", args=(here.visit.id, document.id)),
            "thumb": reverse("field:thumbnail", args=(here.visit.id, document.id))
            if document.has_thumbnail and not document.sensitive
            else "",
            "sensitive": document.sensitive,
        }
        for document in _papers(slips.papers_of(here.view))
    ]


def _papers(documents: Iterable[document_queries.DocumentView]) -> list[document_queries.DocumentView]:
    return [document for document in documents if not document.kind.startswith("CONTRACT")]
