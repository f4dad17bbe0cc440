"""E-invoices: lists by state, one with its story, its file, what to do about errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from motcua.billing.einvoice import access, operations, queries
from motcua.billing.einvoice.queries import InvoiceView
from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel.results import NotFound, Refused
from motcua.web import words
from motcua.web.errors import refused_text
from motcua.web.invoice_alarms import alarm_words
from motcua.web.money.invoice_words import ACTS, EVENTS, PAGE, VIEWS, count_word, state_of, to_do_of
from motcua.web.money.tax_messages import message_line
from motcua.web.paging import read_day_key, write_day_key
from motcua.web.staff_pages import StaffRequest, staff_page


@require_safe
@staff_page(*access.READERS)
def invoices(request: StaffRequest) -> HttpResponse:
    """Invoices of one's units, newest first, by state or by what was searched for."""
    view = request.GET.get("xem", "")
    states, _title = VIEWS.get(view, VIEWS[""])
    text = request.GET.get("q", "")[:40]
    units = request.actor.unit_codes
    shown = queries.list_page(
        units=units,
        states=states,
        text=text,
        limit=PAGE + 1,
        before=read_day_key(request.GET.get("sau", ""), UUID),
    )
    counted = queries.count_states(units)
    kept = {name: value for name, value in (("xem", view), ("q", text)) if value}
    context = {
        "lines": [line_of(one) for one in shown[:PAGE]],
        "next": "?" + urlencode({**kept, "sau": write_day_key(shown[PAGE - 1].dated, shown[PAGE - 1].id)}) if len(shown) > PAGE else "",
        "first_url": "?" + urlencode(kept), "is_first": not request.GET.get("sau"), "text": text, "view": view,
        "tabs": [
            {"label": gettext(title), "href": "?" + urlencode({"xem": word} if word else {}), "here": word == view,
             "count": count_word(counted, one)}
            for word, (one, title) in VIEWS.items()
        ],
        "figures": [
            {"name": gettext(VIEWS[word][1]), "value": count_word(counted, VIEWS[word][0]), "href": f"?xem={word}"}
            for word in ("cho-ky", "cho-gui", "cho-ket-qua", "bi-tu-choi", "khong-lap-duoc")
        ],
        "alarms": [alarm_words(one) for one in queries.list_alarms(clock.now())],
    }  # fmt: skip
    return render(request, "money/invoices.html", context)


def line_of(one: InvoiceView) -> dict[str, Any]:
    label, tone = state_of(one)
    return {"invoice": one, "state": gettext(label), "tone": tone}


@require_safe
@staff_page(*access.READERS)
def invoice(request: StaffRequest, invoice_id: UUID) -> HttpResponse:
    """One invoice with its story."""
    here = _accessed(request, invoice_id)
    return _page(request, here)


def _accessed(request: StaffRequest, invoice_id: UUID) -> InvoiceView:
    try:
        return access.access_invoice(actor=request.actor, invoice_id=invoice_id)
    except NotFound:
        raise Http404 from None


def _page(request: StaffRequest, here: InvoiceView, *, error: str = "", status: int = 200) -> HttpResponse:
    story = queries.tell_story(here)
    may_work = request.actor.has_role(*access.WORKERS)
    has_open_notice = any(notice.state == "OPEN" for notice in story.notices)
    is_known = operations.is_known_there(here.state, here.label[1:])
    context = {
        **line_of(here),
        "unit": company_queries.unit_names([here.unit_code]).get(here.unit_code, here.unit_code),
        "moments": _moments(here, story),
        "messages_sent": [message_line(message) for message in story.messages],
        "corrects": story.corrects,
        "corrected_by": story.corrected_by,
        "to_do": gettext(to_do_of(here)),
        "may_again": may_work and here.state in ("BLOCKED", "REFUSED"),
        "may_cancel": may_work
        and (here.state in ("NUMBERED", "BLOCKED", "SIGNED") or (here.state == "REFUSED" and not is_known)),
        "may_notify": may_work and is_known and not has_open_notice,
        "acts": [(act, gettext(name)) for act, name in ACTS.items()],
        "error": error,
        "has_errors": bool(error),
        "typed": {name: request.POST.get(name, "")[:255] for name in ("ly_do", "cach")},
    }
    return render(request, "money/invoice.html", context, status=status)


def _moments(here: InvoiceView, story: queries.Story) -> list[dict[str, Any]]:
    """What happened, newest first."""
    names = words.actor_names({event.actor for event in story.events})
    told = [
        {
            "at": event.at,
            "title": gettext(EVENTS.get(event.kind, event.kind)),
            "note": _event_note(event.data),
            "actor": names.get(event.actor, event.actor),
        }
        for event in story.events
    ]
    told.append({"at": here.numbered_at, "title": gettext("Cấp số"), "note": f"{here.label} {here.number}"})
    if here.signed_at:
        told.append({"at": here.signed_at, "title": gettext("Ký số"), "note": ""})
    if here.decided_at and here.state == "ACCEPTED":
        told.append({"at": here.decided_at, "title": gettext("Cơ quan thuế chấp nhận"), "note": ""})
    for message in story.messages:
        told.append(
            {"at": message.created_at, "title": gettext("Đưa vào thông điệp"), "note": message.mtdiep}
        )
    return sorted(told, key=lambda moment: moment["at"], reverse=True)


def _event_note(data: dict[str, Any]) -> str:
    name = ACTS.get(data.get("act", 0), "")
    return ": ".join(part for part in (gettext(name) if name else "", str(data.get("why", ""))) if part)


@require_safe
@staff_page(*access.READERS)
def invoice_file(request: StaffRequest, invoice_id: UUID) -> HttpResponse:
    """The signed file, byte for byte; that it was taken stands in the audit."""
    here = _accessed(request, invoice_id)
    content = queries.read_content(here.id)
    if content is None:
        raise Http404
    company_ops.record_audit(
        actor=request.actor, verb="invoice.downloaded", subject_type="invoice", subject_id=str(here.id), at=clock.now()
    )  # fmt: skip
    answer = HttpResponse(content, content_type="application/xml")
    answer["Content-Disposition"] = f'attachment; filename="{here.file_name}"'
    return answer


@require_POST
@staff_page(*access.WORKERS)
def invoice_act(request: StaffRequest, invoice_id: UUID) -> HttpResponse:
    """Try again, tell of an error, or cancel what nobody outside has heard of."""
    here = _accessed(request, invoice_id)
    acts: dict[str, Callable[[StaffRequest, InvoiceView], str]] = {
        "lam-lai": _again,
        "thong-bao": _notify,
        "huy": _cancel,
    }
    wanted = request.POST.get("viec", "")
    if wanted not in acts:
        raise Http404
    try:
        done = acts[wanted](request, here)
    except Refused as refusal:
        return _page(request, _accessed(request, invoice_id), error=refused_text(refusal), status=409)
    messages.success(request, done)
    return redirect("money:invoice", invoice_id=here.id)


def _again(request: StaffRequest, here: InvoiceView) -> str:
    operations.try_again(invoice_id=here.id, actor=request.actor, at=clock.now())
    return gettext("Hóa đơn sẽ được làm lại trong ít phút.")


def _notify(request: StaffRequest, here: InvoiceView) -> str:
    act = request.POST.get("cach", "")
    operations.notify_error(
        invoice_id=here.id, act=int(act) if act in "1234" and act else 0, reason=request.POST.get("ly_do", ""),
        actor=request.actor, at=clock.now(),
    )  # fmt: skip
    return gettext("Thông báo sai sót đã được lập và sẽ gửi cơ quan thuế.")


def _cancel(request: StaffRequest, here: InvoiceView) -> str:
    operations.cancel_unreported(
        invoice_id=here.id, reason=request.POST.get("ly_do", ""), actor=request.actor, at=clock.now()
    )
    return gettext("Đã hủy hóa đơn điện tử này.")
