"""Looking for a conversation: words said in it, the end of a phone, a customer's code, a request's number, a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from motcua.companies import operations as company_ops
from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.kernel import codes, vietnamese
from motcua.messaging.queries import ConversationView, MessageView
from motcua.messaging.talk import finding
from motcua.requests import queries as request_queries
from motcua.web import words
from motcua.web.desk.conversation_lists import TALKERS
from motcua.web.desk.search import family
from motcua.web.finding import LONGEST, find_contract, find_customers
from motcua.web.staff_pages import StaffRequest, staff_page

A_PAGE, MOST_PAGES = 20, 10
CATCH_UP = 50  # what was said just now is found too


@dataclass(frozen=True)
class Line:
    """A conversation found, with what was said there that the question is about."""

    conversation: ConversationView
    who: str
    channel: str
    said: str
    said_at: Any


@require_safe
@staff_page(*TALKERS)
def search(request: StaffRequest) -> HttpResponse:
    """Conversations this person may see, newest first, a page at a time. That something was looked for is audited."""
    text, at = request.GET.get("q", "").strip()[:LONGEST], clock.now()
    page = _page_of(request.GET.get("trang", ""))
    ids = _find(request, text, (page + 1) * A_PAGE + 1) if text else []
    shown = ids[page * A_PAGE : (page + 1) * A_PAGE]
    if text:
        company_ops.record_audit(
            actor=request.actor,
            verb="desk.searched",
            subject_type="search",
            subject_id="",
            at=at,
            facts={"found": len(shown), "in": "conversations"},
        )
    has_more = len(ids) > (page + 1) * A_PAGE and page + 1 < MOST_PAGES
    context = {
        "query": text,
        "lines": _lines(shown, text),
        "newer": _address(text, page - 1) if page else "",
        "older": _address(text, page + 1) if has_more else "",
        "note": gettext("Trang %(page)s") % {"page": page + 1} if page else "",
    }
    return render(request, "desk/talk_search.html", context)


def _page_of(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
    return min(max(number, 1), MOST_PAGES) - 1


def _address(text: str, page: int) -> str:
    return "?" + urlencode({"q": text, "trang": page + 1})


def _find(request: StaffRequest, text: str, limit: int) -> list[UUID]:
    finding.catch_up(limit=CATCH_UP)
    contract = find_contract(text)
    number = codes.parse_request_number(text)
    about = request_queries.find_by_number(number) if number else None
    customers = [] if about else find_customers(text, contract)
    return finding.find_ids(
        text,
        unit_codes=request.actor.unit_codes,
        staff_id=request.actor.id,
        customer_ids=[
            *family(customers),
            *(customer_queries.list_ids(about.customer_id) if about and about.customer_id else []),
        ],
        request_ids=[about.id] if about else [],
        limit=limit,
    )


def _lines(ids: list[UUID], text: str) -> list[Line]:
    found = finding.list_found(ids)
    said = finding.list_latest(ids)
    names = customer_queries.list_names({row.customer_id for row in found if row.customer_id})
    asked = vietnamese.tokens(text)
    lines = []
    for row in found:
        fits = _about(said.get(row.id, []), asked)
        name = names.get(row.customer_id, "") if row.customer_id else ""
        lines.append(
            Line(
                row,
                name or gettext("Khách chưa rõ tên"),
                words.channel_words(row.channel),
                fits.text[:240] if fits else "",
                fits.at if fits else row.opened_at,
            )
        )
    return lines


def _about(said: list[MessageView], asked: list[str]) -> MessageView | None:
    """The newest message with most of the words asked for; the newest of all when none has any."""

    def fits(message: MessageView) -> int:
        folded = f" {vietnamese.search_key(message.text)} "
        return sum(f" {word}" in folded for word in asked)

    return max(said, key=fits, default=None)
