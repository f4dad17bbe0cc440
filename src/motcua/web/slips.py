"""The papers of a request and its printed slip, the same at the counter, at the desk and on the customer's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext

from motcua.companies import queries as company_queries
from motcua.companies.models import Unit
from motcua.documents import packs
from motcua.documents import queries as document_queries
from motcua.documents.queries import DocumentView
from motcua.requests import queries as request_queries
from motcua.requests.operations import telling
from motcua.requests.queries import RequestView
from motcua.services import slip
from motcua.services.slip import Reception
from motcua.web.deadlines import line_words
from motcua.web.names import CHANNELS

SUFFIXES = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def papers_of(view: RequestView) -> list[DocumentView]:
    """What the customer sent: with the request, and before it with the form."""
    draft = request_queries.find_draft_of(view.id)
    before = document_queries.list_documents("draft", draft.id) if draft else []
    return [*document_queries.list_documents("request", view.id), *before]


def slip_pdf(view: RequestView, *, language: str = "vi", code_word: str = "") -> bytes:
    """The slip as PDF. `code_word` is printed when it is known, which is only right after sending."""
    company = company_queries.get_company()
    unit = Unit.objects.filter(code=view.unit_code).first()
    assert view.state.submitted_at is not None
    link = telling.follow_link(view.number)
    told = slip.slip_data(
        view.service,
        view.answers,
        Reception(
            number=view.number,
            received_at=view.state.submitted_at,
            due_at=view.state.due_at,
            company_name=company.name,
            unit_name=unit.name if unit else "",
            hotline=company.hotline,
            follow_link=link,
            code_word=code_word,
            channel_name=gettext(CHANNELS.get(view.state.channel, view.state.channel)),
        ),
        papers_given={document.kind for document in papers_of(view)},
        lang=language,
    )
    return packs.slip(_for_paper(told, view, link))


def inline(content: bytes, mime: str, name: str) -> HttpResponse:
    """A paper shown in the browser, under this name without its ending when it is kept."""
    response = HttpResponse(content, content_type=mime)
    response["Content-Disposition"] = f'inline; filename="{name}.{SUFFIXES.get(mime, "bin")}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _for_paper(told: dict[str, Any], view: RequestView, link: str) -> dict[str, Any]:
    """The slip's values under the names its paper uses."""
    answers = {answer["label"]: answer["value"] for answer in told["answers"]}
    return {
        **told,
        "request_number": told["number"],
        "customer": view.answers.get("full_name", ""),
        "phone": "",
        "place": (view.answers.get("place") or {}).get("text", ""),
        "received_at": told["received"],
        "due_at": told["due"],
        "due_lines": [line_words(line) for line in view.due_lines],
        "external_number": view.state.external_number,
        "follow_url": link,
        "answers": [{"label": label, "value": value} for label, value in answers.items()],
        "papers": [
            {"name": paper["name"], "state": gettext("đã nhận") if paper["given"] else paper["how"]}
            for paper in told["papers"]
        ],
        "steps": [step["name"] for step in told["steps"]],
    }
