"""The short lists beside a conversation: whom I answer, and who waits for a person. The long ones are `talk_lists`."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from motcua.config import clock
from motcua.messaging.desk import episodes, lists
from motcua.messaging.desk.lists import Shown, Wanted
from motcua.web.desk import live_desk, talk_lists
from motcua.web.desk.talk_lists import TALKERS
from motcua.web.staff_pages import StaffRequest, staff_page

__all__ = ["TALKERS", "conversations", "lines_of"]

BESIDE = "ben"


@require_safe
@staff_page(*TALKERS)
def conversations(request: StaffRequest) -> HttpResponse:
    """The lists of conversations; `?phan=ben` answers with the short ones that stand beside a conversation."""
    if request.GET.get("phan") == BESIDE:
        return render(request, "desk/_talks.html", lines_of(request))
    return talk_lists.page(request, beside=lines_of(request))


def lines_of(request: StaffRequest) -> dict[str, Any]:
    """My conversations and those that wait (urgent first, then the longest), as the lists show them."""
    actor, at = request.actor, clock.now()
    episodes.seen(actor.id, at)
    mine = lists.list_page(Wanted(Shown.MINE, at, staff_id=actor.id))
    waiting = lists.list_page(Wanted(Shown.WAITING, at, unit_codes=actor.unit_codes))
    lines = talk_lists.lines_of([*mine, *waiting], at)
    for item in lines:
        item["is_mine"] = item["line"].staff_id == actor.id
    return {
        "desk_stream": live_desk.list_stream(request),
        "unread": len(waiting) + sum(1 for line in mine if line.conversation.unread_by_staff),
        "urgent": sum(line.is_urgent for line in waiting),
        "mine": [line for line in lines if line["is_mine"]],
        "waiting": [line for line in lines if not line["is_mine"]],
    }
