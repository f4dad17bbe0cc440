"""Notes that name me, of requests and of conversations: unread ones first; opening what they are about reads them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from motcua.config import clock
from motcua.messaging.talk import mentions as talk_mentions
from motcua.requests import operations as request_ops
from motcua.requests import overseeing
from motcua.web import words
from motcua.web.desk.filters import SEES_LISTS
from motcua.web.desk.worklist import tabs
from motcua.web.staff_pages import StaffRequest, staff_page


@require_safe
@staff_page(*SEES_LISTS)
def for_me(request: StaffRequest) -> HttpResponse:
    """Who named me in a note, where, and what they wrote."""
    listed = overseeing.list_mentions(staff_id=request.actor.id, unit_codes=request.actor.unit_codes)
    talks = talk_mentions.list_of(request.actor)
    names = words.actor_names(
        {mention.note.author for mention in listed} | {mention.message.author for mention in talks}
    )
    context = {
        "mentions": [{"row": mention, "who": names[mention.note.author]} for mention in listed],
        "talks": [{"row": mention, "who": names[mention.message.author]} for mention in talks],
        "has_unread": any(row.read_at is None for row in listed) or any(row.read_at is None for row in talks),
        "tabs": tabs("for-me"),
    }
    return render(request, "desk/for_me.html", context)


@require_POST
@staff_page(*SEES_LISTS)
def read_all(request: StaffRequest) -> HttpResponse:
    """All of them are read."""
    at = clock.now()
    request_ops.read_mentions(actor=request.actor, at=at)
    talk_mentions.read(actor=request.actor, at=at)
    return redirect("desk:for-me")
