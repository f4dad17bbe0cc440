"""The lists of conversations: mine, those that wait, put off, late, over; who is on duty; a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST

from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.kernel.ids import parse_id
from motcua.kernel.local_time import ZONE
from motcua.kernel.results import Refused
from motcua.messaging.desk import administered, assigning, lists, presence
from motcua.messaging.desk.lists import LID, PAGE, EpisodeLine, Shown
from motcua.web import words
from motcua.web.desk.talk_filters import VIEWS, TalkFilters, read_key, write_key
from motcua.web.errors import refused_text
from motcua.web.staff_pages import StaffRequest, staff_page

TALKERS = (Role.INTAKE, Role.BUSINESS, Role.SUPERVISOR)
SOON = timedelta(minutes=15)
TABS = ("cua-toi", "cho", "hen", "qua-han", "xong")


def page(request: StaffRequest, *, beside: dict[str, Any]) -> HttpResponse:
    """A list of conversations with its tabs, its filters and the reader's own duty; `beside`: the short lists."""
    actor, at = request.actor, clock.now()
    filters = TalkFilters.of(request.GET, actor)
    wanted = filters.wanted(actor, at)
    found = lists.list_page(wanted, after=read_key(request.GET.get("sau", "")), limit=PAGE + 1)
    shown = found[:PAGE]
    context = {
        **beside,
        "lines": lines_of(shown, at),
        "next": filters.query(sau=write_key(lists.key_of(shown[-1], wanted.shown)))
        if len(found) > PAGE
        else "",
        "is_first": not request.GET.get("sau"),
        "view": filters.xem or "cua-toi",
        "is_ended": wanted.shown in {Shown.ENDED, Shown.BEGUN},
        "filters": filters,
        "tabs": tabs(request, filters, at),
        "choices": choices(request, filters),
        "duty": duty_of(request, at),
        "is_chief": actor.has_role(Role.SUPERVISOR),
        "kept": [
            (n, v)
            for n, v in (("tu", filters.tu), ("den", filters.den), ("tre", filters.tre), ("sao", filters.sao))
            if v
        ],
        "here": filters.query(),
    }
    return render(request, "desk/talk_list.html", context)


def lines_of(found: Sequence[EpisodeLine], at: datetime) -> list[dict[str, Any]]:
    """What the table shows of each: who, where, by when."""
    names = customer_queries.list_names(
        {line.conversation.customer_id for line in found if line.conversation.customer_id}
    )
    people = company_queries.staff_names({line.staff_id for line in found if parse_id(line.staff_id)})
    return [
        {
            "line": line,
            "who": names.get(line.conversation.customer_id, "") or gettext("Khách chưa rõ tên"),  # type: ignore[arg-type]
            "channel": words.channel_words(line.conversation.channel),
            "holder": people.get(line.staff_id, ""),
            "due": due_of(line, at),
        }
        for line in found
    ]


def due_of(line: EpisodeLine, at: datetime) -> dict[str, Any]:
    """By when something is owed, in words with a tone; of what is over, how long it took."""
    is_late = line.is_late(at)
    if line.ended_at is not None:
        return {
            "words": gettext("trễ") if is_late else gettext("kịp"),
            "tone": "bad" if is_late else "good",
            "is_late": is_late,
        }
    if line.due_at is None:
        return {}
    what = gettext("trả lời") if line.first_answered_at is None else gettext("giải quyết")
    tone = "bad" if is_late else "wait" if line.due_at < at + SOON else "neutral"
    return {
        "what": what,
        "at": line.due_at,
        "tone": tone,
        "is_late": is_late,
        "words": gettext("quá hạn") if is_late else "",
    }


def tabs(request: StaffRequest, filters: TalkFilters, at: datetime) -> list[dict[str, Any]]:
    """The views with their numbers: one query for all of them."""
    names = [*TABS[:2], "dang-tra-loi", *TABS[2:]] if request.actor.has_role(Role.SUPERVISOR) else list(TABS)
    labels = {
        "cua-toi": gettext("Của tôi"), "cho": gettext("Đang chờ"), "dang-tra-loi": gettext("Đang trả lời"),
        "hen": gettext("Hẹn lại"), "qua-han": gettext("Quá hạn"), "xong": gettext("Đã kết thúc"),
    }  # fmt: skip
    counted = [name for name in names if name != "xong"]
    numbers = lists.count([filters.only(name).wanted(request.actor, at) for name in counted])
    told = {
        name: f"{LID}+" if number > LID else str(number)
        for name, number in zip(counted, numbers, strict=True)
    }
    here = filters.xem or "cua-toi"
    return [
        {
            "label": labels[name],
            "href": filters.only(name).query(),
            "here": name == here,
            "count": told.get(name, ""),
        }
        for name in names
    ]


def choices(request: StaffRequest, filters: TalkFilters) -> dict[str, Any]:
    """What can be chosen: queues, labels in use, units; people for a supervisor."""
    units = company_queries.unit_names(request.actor.unit_codes)
    is_chief = request.actor.has_role(Role.SUPERVISOR)
    people = talkers(request) if is_chief and VIEWS[filters.xem or "cua-toi"] != Shown.MINE else []
    return {
        "queues": [(str(q.id), queue_name(q), str(q.id) == filters.hang) for q in administered.list_queues()],
        "labels": [
            (str(row.id), row.name, str(row.id) == filters.nhan) for row in administered.list_labels()
        ],
        "units": sorted(
            ((code, name, code == filters.don_vi) for code, name in units.items()), key=lambda one: one[1]
        )
        if len(units) > 1
        else [],
        "people": [(id, name, id == filters.nguoi) for id, name in people],
    }


def queue_name(queue: administered.QueueView) -> str:
    return queue.name_en if queue.name_en and get_language() == "en" else queue.name


def talkers(request: StaffRequest) -> list[tuple[str, str]]:
    """Who answers conversations within reach, by name."""
    people = company_queries.list_staff_with_role(roles=TALKERS, unit_codes=request.actor.unit_codes)
    return [(str(person.id), person.name) for person in people[:300]]


def duty_of(request: StaffRequest, at: datetime) -> dict[str, Any]:
    """Whether the reader is on duty, until when, and how much they hold."""
    agent = administered.find_agent(request.actor.id)
    is_on = agent is not None and agent.is_on(at)
    load = assigning.load_of([request.actor.id], at).get(request.actor.id, 0)
    return {
        "is_on": is_on,
        "until": agent.duty_until if agent and is_on else None,
        "load": load,
        "capacity": agent.capacity if agent else 0,
    }


@require_POST
@staff_page(*TALKERS)
def duty(request: StaffRequest) -> HttpResponse:
    """Come on duty, or go away; a supervisor may send another away (`ai`)."""
    at, actor = clock.now(), request.actor
    try:
        if request.POST.get("viec") == "truc":
            agent = presence.come_on_duty(actor=actor, at=at)
            given = assigning.assign_waiting(at=at)
            until = agent.duty_until.astimezone(ZONE).strftime("%H:%M") if agent.duty_until else ""
            messages.success(request, gettext("Anh/chị đang trực đến %(until)s.") % {"until": until})
            if given:
                messages.info(request, gettext("Đã chia hội thoại đang chờ."))
        else:
            presence.go_away(actor=actor, at=at, staff_id=request.POST.get("ai", ""))
            messages.success(request, gettext("Đã ghi vắng. Hội thoại chưa trả lời đã về hàng chờ."))
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    return redirect("desk:talk-wall" if request.POST.get("ai") else "desk:conversations")
