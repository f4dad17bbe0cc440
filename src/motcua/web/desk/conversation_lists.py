"""Lists of conversations: who waits for a person, and whom I answer."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from motcua.companies.roles import Role
from motcua.customers import queries as customer_queries
from motcua.messaging import queries as messaging_queries
from motcua.web import words
from motcua.web.desk import live_desk
from motcua.web.staff_pages import StaffRequest, staff_page

TALKERS = (Role.INTAKE, Role.BUSINESS, Role.SUPERVISOR)


@require_safe
@staff_page(*TALKERS)
def conversations(request: StaffRequest) -> HttpResponse:
    """Who waits for a person (urgent first, then the longest), and whom I answer."""
    return render(request, "desk/conversations.html", {**lines_of(request), "here": None})


def lines_of(request: StaffRequest) -> dict[str, Any]:
    """My conversations and those that wait, as the lists show them."""
    listed = messaging_queries.list_queue(unit_codes=request.actor.unit_codes, staff_id=request.actor.id)
    names = customer_queries.list_names(
        {q.conversation.customer_id for q in listed if q.conversation.customer_id}
    )
    lines = [
        {
            "line": queued,
            "who": names.get(queued.conversation.customer_id, "") or gettext("Khách chưa rõ tên"),  # type: ignore[arg-type]
            "channel": words.channel_words(queued.conversation.channel),
            "is_mine": queued.conversation.staff_id == request.actor.id,
        }
        for queued in listed
    ]
    return {
        "desk_stream": live_desk.list_stream(request),
        "unread": sum(
            1 for line in lines if not line["is_mine"] or line["line"].conversation.unread_by_staff
        ),
        "mine": [line for line in lines if line["is_mine"]],
        "waiting": [line for line in lines if not line["is_mine"]],
    }
