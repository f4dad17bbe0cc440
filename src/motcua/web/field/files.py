"""The pack, the checklist, the customer's papers: each opening is written down."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.documents import operations as document_ops
from motcua.documents import packs
from motcua.documents.queries import DocumentView
from motcua.fieldwork import contracts
from motcua.fieldwork import queries as fieldwork_queries
from motcua.kernel.local_time import local_date
from motcua.requests import queries as request_queries
from motcua.web import slips
from motcua.web.field.here import CREW, Here, stand_at
from motcua.web.field.visits import visits_of
from motcua.web.slips import inline
from motcua.web.staff_pages import StaffRequest, staff_page

MOST_PRINTED = 60
PURPOSE = "field"


def _open(request: StaffRequest, here: Here, found: DocumentView | None) -> HttpResponse:
    if found is None:
        raise Http404
    content = document_ops.open_document(
        document_id=found.id, actor=request.actor, at=clock.now(), purpose=PURPOSE
    )
    return inline(content, found.mime, f"{here.view.number}-{found.kind.lower()}")


@require_safe
@staff_page(*CREW)
def contract(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """The contract to sign."""
    here = stand_at(request.actor, visit_id)
    return _open(request, here, contracts.find_contract(here.view.id))


@require_safe
@staff_page(*CREW)
def signed_contract(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """The contract with its signatures, times and hash."""
    here = stand_at(request.actor, visit_id)
    return _open(request, here, contracts.find_signed_contract(here.view.id))


@require_safe
@staff_page(*CREW)
def checklist(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """What to take along and to tick off, fresh from what is known now."""
    here = stand_at(request.actor, visit_id)
    made = packs.checklist(contracts.checklist_data(here.view, here.visit))
    return inline(made, "application/pdf", f"{here.view.number}-phieu-cong-tac")


@require_safe
@staff_page(*CREW)
def document(request: StaffRequest, visit_id: UUID, document_id: UUID) -> HttpResponse:
    """A paper of the customer's."""
    here = stand_at(request.actor, visit_id)
    return _open(request, here, _paper(here, document_id))


@require_safe
@staff_page(*CREW)
def thumbnail(request: StaffRequest, visit_id: UUID, document_id: UUID) -> HttpResponse:
    """A small picture of it."""
    found = _paper(stand_at(request.actor, visit_id), document_id)
    content = document_ops.open_thumbnail(document_id=found.id, actor=request.actor, at=clock.now())
    return HttpResponse(content, content_type="image/jpeg")


def _paper(here: Here, document_id: UUID) -> DocumentView:
    found = next((paper for paper in slips.papers_of(here.view) if paper.id == document_id), None)
    if found is None:
        raise Http404
    return found


@require_safe
@staff_page(*CREW)
def print_job(request: StaffRequest) -> HttpResponse:
    """All packs of a day (by default the next working one) as one PDF; printing them is audited."""
    day = _day(request.GET.get("ngay", ""))
    crew = fieldwork_queries.find_crew_of(request.actor.id)
    listed = [visit for visit in visits_of(request.actor, crew, day) if visit.is_ahead][:MOST_PRINTED]
    if not listed:
        messages.warning(request, gettext("Ngày này không có lịch hẹn nào để in."))
        return redirect("field:tomorrow")
    views = {view.id: view for view in request_queries.list_requests([visit.request_id for visit in listed])}
    pairs = [(views[visit.request_id], visit) for visit in listed if visit.request_id in views]
    made = contracts.print_job(
        pairs, day=day, unit_name=crew.name if crew else company_queries.get_company().name
    )
    company_ops.record_audit(
        actor=request.actor, verb="packs.printed", subject_type="day", subject_id=day.isoformat(), at=clock.now(),
        facts={"visits": len(pairs)},
    )  # fmt: skip
    return inline(made, "application/pdf", f"lich-{day.isoformat()}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return company_queries.get_calendar().next_working_day(local_date(clock.now()))
