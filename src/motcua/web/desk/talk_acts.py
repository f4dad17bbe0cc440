"""Acts on a conversation's way through the desk: hand it on, put it off, label it, open it again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.local_time import ZONE
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.messaging import access as messaging_access
from motcua.messaging import spoken
from motcua.messaging.desk import administered, figures, lists, routing, rules
from motcua.messaging.queries import ConversationView
from motcua.web.desk import talk_lists
from motcua.web.desk.talk_lists import TALKERS
from motcua.web.errors import refused_text
from motcua.web.staff_pages import StaffRequest, staff_page

DONE = {
    "chuyen-nguoi": _("Đã chuyển cho đồng nghiệp."), "chuyen-hang": _("Đã chuyển sang hàng chờ."), "hen": _("Đã hẹn xem lại."),
    "bo-hen": _("Đã bỏ hẹn."), "nhan": _("Đã lưu nhãn."), "mo-lai": _("Đã mở lại cuộc trò chuyện."),
}  # fmt: skip
IN_ONE_HOUR, NEXT_MORNING, CHOSEN = "mot-gio", "sang-mai", "chon"


@require_POST
@staff_page(*TALKERS)
def route(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """One of the acts of DONE; what is refused is told on the page one comes back to."""
    here = messaging_access.access_as_staff(conversation_id=conversation_id, actor=request.actor)
    wanted, at = request.POST.get("viec", ""), clock.now()
    if wanted not in DONE:
        raise Http404
    try:
        _do(request, here, wanted, at)
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    else:
        messages.success(request, gettext(DONE[wanted]))
    return redirect("desk:conversation", conversation_id=here.id)


def _do(request: StaffRequest, here: ConversationView, wanted: str, at: datetime) -> None:
    data, actor = request.POST, request.actor
    if wanted == "chuyen-nguoi":
        routing.transfer_to_colleague(
            conversation_id=here.id,
            staff_id=data.get("ai", ""),
            note=data.get("loi-nhan", ""),
            actor=actor,
            at=at,
        )
    elif wanted == "chuyen-hang":
        queue_id = int(data["hang"]) if data.get("hang", "").isdigit() else 0
        routing.transfer_to_queue(
            conversation_id=here.id, queue_id=queue_id, note=data.get("loi-nhan", ""), actor=actor, at=at
        )
    elif wanted == "hen":
        routing.snooze(conversation_id=here.id, until=_until(request, at), actor=actor, at=at)
    elif wanted == "bo-hen":
        routing.wake(conversation_id=here.id, actor=actor, at=at)
    elif wanted == "nhan":
        chosen = [int(id) for id in data.getlist("nhan") if id.isdigit()]
        routing.set_labels(conversation_id=here.id, label_ids=chosen, actor=actor, at=at)
    else:
        routing.reopen(conversation_id=here.id, actor=actor, at=at)


def _until(request: StaffRequest, at: datetime) -> datetime:
    """When to be reminded. Raises SnoozeInvalid for what is no instant."""
    choice = request.POST.get("den", "")
    if choice == IN_ONE_HOUR:
        return at + timedelta(hours=1)
    if choice == NEXT_MORNING:
        return rules.next_morning(company_queries.get_calendar(), at)
    try:
        day, hour = request.POST.get("ngay", ""), request.POST.get("gio", "") or "08:00"
        return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=ZONE)
    except ValueError as error:
        raise routing.SnoozeInvalid(field="until") from error


def context_of(request: StaffRequest, here: ConversationView) -> dict[str, Any]:
    """What the page of a conversation shows of its way through the desk."""
    at = clock.now()
    line = lists.find_line(here.id)
    held = (
        {label.id for label in line.labels}
        if line
        else {label.id for label in lists.labels_of([here.id]).get(here.id, ())}
    )
    is_chief = request.actor.has_role(Role.SUPERVISOR)
    is_mine = here.staff_id == request.actor.id
    loads = {one.staff_id: one for one in figures.agents_now(at=at) if one.is_on_duty} if here.is_open else {}
    people = [
        (
            id,
            f"{name} · {loads[id].load}/{loads[id].capacity}"
            if id in loads
            else f"{name} · {gettext('vắng')}",
        )
        for id, name in (talk_lists.talkers(request) if here.is_open else [])
        if id != here.staff_id
    ]
    return {
        "routing": {
            "line": line,
            "due": talk_lists.due_of(line, at) if line else {},
            "is_snoozed": bool(line and line.snoozed_until and line.snoozed_until > at),
            "may_route": here.is_open and (is_mine or is_chief or not here.staff_id),
            "may_snooze": here.is_open and bool(here.staff_id) and (is_mine or is_chief),
            "may_reopen": not here.is_open and here.channel not in spoken.SPOKEN,
            "labels": [(row.id, row.name, row.tone, row.id in held) for row in administered.list_labels()],
            "shown_labels": line.labels if line else (),
            "people": sorted(people, key=lambda one: one[0] not in loads),
            "queues": [
                (queue.id, talk_lists.queue_name(queue))
                for queue in administered.list_queues()
                if queue.unit_code in {"", here.unit_code}
                and (line is None or queue.id != line.queue_id or here.staff_id)
            ],
            "morning": rules.next_morning(company_queries.get_calendar(), at),
            "tomorrow": (at.astimezone(ZONE) + timedelta(days=1)).date().isoformat(),
        }
    }
