"""The papers seen at the door: photographed, or looked at and ticked off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from motcua.config import clock
from motcua.documents import operations as document_ops
from motcua.documents.queries import DocumentView
from motcua.fieldwork import contracts
from motcua.kernel.results import Refused
from motcua.requests import operations as request_ops
from motcua.services import flow
from motcua.services.declaration import Paper
from motcua.web import slips
from motcua.web.errors import refused_text
from motcua.web.field.here import CREW, Here, stand_at
from motcua.web.staff_pages import StaffRequest, staff_page

MOST_FILES = 6


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*CREW)
def papers(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """Photos and ticks; each photo that is good is kept even when another is refused."""
    here = stand_at(request.actor, visit_id)
    listed = flow.list_papers(here.view.service, here.view.values)
    errors: dict[str, str] = {}
    if request.method == "POST":
        key = request.POST.get("key") or here.key("papers")
        kept = _keep(request, here, listed, errors)
        seen = [paper for paper in listed if request.POST.get(f"seen_{paper.code}") == "yes"]
        try:
            _record(here, kept, seen, key)
        except Refused as refusal:
            errors[""] = refused_text(refusal)
        if not errors and not kept and not seen:
            errors[""] = gettext("Hãy chụp ảnh hoặc đánh dấu ít nhất một giấy tờ đã xem.")
        if not errors:
            messages.success(request, gettext("Đã ghi nhận giấy tờ."))
            return redirect("field:visit", visit_id=visit_id)
    return _page(request, here, listed, errors)


def _keep(
    request: StaffRequest, here: Here, listed: tuple[Paper, ...], errors: dict[str, str]
) -> list[tuple[Paper, DocumentView]]:
    kept = []
    for paper in listed:
        for upload in request.FILES.getlist(f"paper_{paper.code}")[:MOST_FILES]:
            try:
                document = document_ops.store(
                    content=upload.read(), name=upload.name or "", kind=paper.code, subject_type=contracts.SUBJECT,
                    subject_id=here.view.id, sensitive=paper.sensitive, actor=here.actor, at=clock.now(),
                )  # fmt: skip
            except Refused as refusal:
                errors[paper.code] = refused_text(refusal)
            else:
                kept.append((paper, document))
    return kept


def _record(here: Here, kept: list[tuple[Paper, DocumentView]], seen: list[Paper], key: str) -> None:
    at = clock.now()
    if kept:
        request_ops.add_papers(
            request_id=here.view.id, papers=[paper.code for paper, _ in kept], documents=[document.id for _, document in kept],
            actor=here.actor, at=at, key=f"{key}:photos",
        )  # fmt: skip
    if seen:
        names = ", ".join(paper.name.vi for paper in seen)
        request_ops.add_note(
            request_id=here.view.id,
            text=f"Đã xem tại nhà: {names}",
            actor=here.actor,
            at=at,
            key=f"{key}:seen",
        )


def _page(
    request: StaffRequest, here: Here, listed: tuple[Paper, ...], errors: dict[str, str]
) -> HttpResponse:
    language = get_language()
    given = {document.kind for document in slips.papers_of(here.view)}
    rows: list[dict[str, Any]] = [
        {
            "code": paper.code,
            "name": paper.name.get(language),
            "help": paper.help.get(language) if paper.help else "",
            "is_given": paper.code in given,
            "sensitive": paper.sensitive,
            "is_seen": request.POST.get(f"seen_{paper.code}") == "yes",
            "field": {
                "kind": "file",
                "name": f"paper_{paper.code}",
                "label": gettext("Ảnh chụp"),
                "required": False,
                "multiple": True,
                "errors": [errors[paper.code]] if paper.code in errors else [],
                "attrs": {"accept": "image/*,.heic,application/pdf", "capture": "environment"},
            },
        }
        for paper in listed
    ]
    context = {
        "visit": here.visit,
        "view": here.view,
        "rows": rows,
        "problems": [(f"id_paper_{code}" if code else "", text) for code, text in errors.items()],
        "general": errors.get("", ""),
        "has_errors": bool(errors),
        "key": request.POST.get("key") or here.key("papers"),
        "crew_name": here.visit.crew_name,
    }
    return render(request, "field/papers.html", context, status=422 if errors else 200)
