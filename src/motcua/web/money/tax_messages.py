"""What was told to the tax authority and what it answered; sending again, telling again."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from motcua.billing.einvoice import access, operations, queries
from motcua.billing.einvoice.queries import MessageView
from motcua.config import clock
from motcua.kernel.results import Refused
from motcua.web.errors import refused_text
from motcua.web.money.invoice_words import (
    ANSWERS,
    KINDS,
    MESSAGE_STATES,
    MESSAGE_VIEWS,
    OUTCOMES,
    PAGE,
    STATES,
    count_word,
)
from motcua.web.paging import read_key, write_key
from motcua.web.staff_pages import StaffRequest, staff_page


def message_line(one: MessageView) -> dict[str, Any]:
    label, tone = MESSAGE_STATES[one.state]
    return {"message": one, "kind": gettext(KINDS[one.kind]), "state": gettext(label), "tone": tone}


@require_safe
@staff_page(*access.READERS)
def tax_messages(request: StaffRequest) -> HttpResponse:
    """What was told to the tax authority, newest first; answers that fit nothing."""
    view = request.GET.get("xem", "")
    states, _title = MESSAGE_VIEWS.get(view, MESSAGE_VIEWS[""])
    shown = queries.list_messages(states=states, limit=PAGE + 1, before=read_key(request.GET.get("sau", "")))
    counted = queries.count_messages()
    kept = {"xem": view} if view else {}
    last = shown[PAGE - 1] if len(shown) > PAGE else None
    context = {
        "lines": [message_line(one) for one in shown[:PAGE]],
        "next": "?" + urlencode({**kept, "sau": write_key(last.created_at, last.id)}) if last else "",
        "first_url": "?" + urlencode(kept), "is_first": not request.GET.get("sau"),
        "tabs": [
            {"label": gettext(title), "href": "?" + urlencode({"xem": word} if word else {}), "here": word == view,
             "count": count_word(counted, one)}
            for word, (one, title) in MESSAGE_VIEWS.items()
        ],
        "unused": [answer_line(one) for one in queries.list_unused_answers()],
    }  # fmt: skip
    return render(request, "money/tax_messages.html", context)


def answer_line(one: queries.AnswerView) -> dict[str, Any]:
    return {
        "answer": one,
        "kind": gettext(ANSWERS.get(one.kind, one.kind)),
        "outcome": gettext(OUTCOMES[one.outcome]),
    }


@require_safe
@staff_page(*access.READERS)
def tax_message(request: StaffRequest, message_id: UUID) -> HttpResponse:
    """One message: its way, what was heard of it, how many of its invoices stand where."""
    return _message_page(request, _message(message_id))


def _message(message_id: UUID) -> MessageView:
    here = queries.find_message(message_id)
    if here is None:
        raise Http404
    return here


def _message_page(
    request: StaffRequest, here: MessageView, *, error: str = "", status: int = 200
) -> HttpResponse:
    counted = queries.count_invoices_of_message(here.id)
    may_work = request.actor.has_role(*access.WORKERS)
    context = {
        **message_line(here),
        "answers": [answer_line(one) for one in queries.list_answers(here.mtdiep)],
        "counted": [(gettext(STATES[state][0]), count) for state, count in sorted(counted.items())],
        "may_send": may_work
        and here.state in ("READY", "SENT", "DEAD", *(("RECEIVED",) if here.kind == "200" else ())),
        "may_report": may_work and bool(counted.get("REFUSED")),
        "error": error,
        "has_errors": bool(error),
    }
    return render(request, "money/tax_message.html", context, status=status)


@require_POST
@staff_page(*access.WORKERS)
def tax_message_act(request: StaffRequest, message_id: UUID) -> HttpResponse:
    """Send the same bytes at once, or tell of its refused invoices in a new message."""
    here, wanted = _message(message_id), request.POST.get("viec", "")
    if wanted not in ("gui-lai", "bao-lai"):
        raise Http404
    try:
        if wanted == "gui-lai":
            operations.send_again(message_id=here.id, actor=request.actor, at=clock.now())
            done = gettext("Thông điệp sẽ được gửi lại ngay, vẫn mã cũ.")
        else:
            count = operations.report_refused_again(message_id=here.id, actor=request.actor, at=clock.now())
            done = gettext("%(count)s hóa đơn sẽ được báo lại trong thông điệp mới.") % {"count": count}
    except Refused as refusal:
        return _message_page(request, _message(message_id), error=refused_text(refusal), status=409)
    messages.success(request, done)
    return redirect("money:tax-message", message_id=here.id)
