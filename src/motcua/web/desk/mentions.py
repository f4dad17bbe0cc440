"""Notes that name me: unread ones first; opening the request reads them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from motcua.config import clock
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
    names = words.actor_names({mention.note.author for mention in listed})
    context = {
        "mentions": [{"row": mention, "who": names[mention.note.author]} for mention in listed],
        "has_unread": any(mention.read_at is None for mention in listed),
        "tabs": tabs("for-me"),
    }
    return render(request, "desk/for_me.html", context)


@require_POST
@staff_page(*SEES_LISTS)
def read_all(request: StaffRequest) -> HttpResponse:
    """All of them are read."""
    request_ops.read_mentions(actor=request.actor, at=clock.now())
    return redirect("desk:for-me")
