"""Papers of a request for staff: every opening is written down."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from motcua.companies import operations as company_ops
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.documents import operations as document_ops
from motcua.documents.queries import DocumentView
from motcua.requests import access as request_access
from motcua.web import slips
from motcua.web.staff_pages import StaffRequest, staff_page

READERS = (Role.INTAKE, Role.BUSINESS, Role.CREW, Role.SUPERVISOR, Role.DESK_CLERK)


def _found(request: StaffRequest, number: str, document_id: UUID) -> DocumentView:
    """A document of a request this person may see. Raises RequestUnknown, Http404."""
    view = request_access.access_by_number(actor=request.actor, number=number)
    found = next((document for document in slips.papers_of(view) if document.id == document_id), None)
    if found is None:
        raise Http404
    return found


@require_safe
@staff_page(*READERS)
def document(request: StaffRequest, number: str, document_id: UUID) -> HttpResponse:
    """The paper itself; who opened it stands in the audit."""
    found, at = _found(request, number, document_id), clock.now()
    content = document_ops.open_document(document_id=found.id, actor=request.actor, at=at, purpose="desk")
    company_ops.record_audit(
        actor=request.actor,
        verb="document.opened",
        subject_type="document",
        subject_id=str(found.id),
        at=at,
        facts={"request": number, "kind": found.kind},
    )
    return slips.inline(content, found.mime, f"{number}-{found.kind.lower()}")


@require_safe
@staff_page(*READERS)
def thumbnail(request: StaffRequest, number: str, document_id: UUID) -> HttpResponse:
    """A small picture for the list beside the checklist; logged like any opening."""
    found = _found(request, number, document_id)
    content = document_ops.open_thumbnail(document_id=found.id, actor=request.actor, at=clock.now())
    return HttpResponse(content, content_type="image/jpeg")


@require_safe
@staff_page(Role.INTAKE, Role.BUSINESS, Role.CREW, Role.SUPERVISOR)
def slip(request: StaffRequest, number: str) -> HttpResponse:
    """The printed receipt."""
    view = request_access.access_by_number(actor=request.actor, number=number)
    return slips.inline(slips.slip_pdf(view), "application/pdf", view.number)
