"""Refunds: what was asked, by whom, who agrees; the orders for our bank."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.documents import operations as document_ops
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.payments import matching_queries, refund_queries
from motcua.payments.operations import refunds as refund_ops
from motcua.payments.refund_queries import RefundView
from motcua.web import words
from motcua.web.errors import refused_text
from motcua.web.money.sections import MONEY
from motcua.web.paging import read_key, write_key
from motcua.web.staff_pages import StaffRequest, staff_page

PAGE = 50
APPROVERS = (Role.ACCOUNTANT, Role.SUPERVISOR)
STATES = {
    "ASKED": (_("chờ duyệt"), "wait"),
    "APPROVED": (_("chờ lập lệnh chi"), "wait"),
    "ORDERED": (_("đã lệnh chi, chờ sao kê"), "go"),
    "DONE": (_("đã hoàn"), "good"),
    "REFUSED": (_("không duyệt"), "bad"),
    "FAILED": (_("ngân hàng không chi được"), "bad"),
}
WAYS = {
    "BANK": _("Chuyển khoản của công ty"),
    "BACK": _("Trả lại qua kênh đã chuyển đến"),
    "CREDIT": _("Ghi có cho khách hàng"),
}
VIEWS: dict[str, tuple[str, ...]] = {
    "": ("ASKED",),
    "dang-chi": ("APPROVED", "ORDERED"),
    "xong": ("DONE", "REFUSED", "FAILED"),
}


@require_safe
@staff_page(*MONEY)
def refunds(request: StaffRequest) -> HttpResponse:
    """Refunds by state, the newest first, and the last orders."""
    return _list(request)


def _list(request: StaffRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    view = request.GET.get("xem", "")
    states = VIEWS.get(view, VIEWS[""])
    shown = refund_queries.page_refunds(
        limit=PAGE + 1, states=states, before=read_key(request.GET.get("sau", ""))
    )
    names = words.actor_names({one.asked_by for one in shown})
    count, total = refund_queries.to_order()
    kept = {"xem": view} if view else {}
    titles = {"": gettext("Chờ duyệt"), "dang-chi": gettext("Đang chi"), "xong": gettext("Đã xong")}
    context = {
        "lines": [line_of(one, names) for one in shown[:PAGE]],
        "next": "?" + urlencode({**kept, "sau": write_key(shown[PAGE - 1].asked_at, shown[PAGE - 1].id)}) if len(shown) > PAGE else "",
        "first_url": "?" + urlencode(kept), "is_first": not request.GET.get("sau"),
        "tabs": [{"label": title, "href": f"?xem={word}" if word else "?", "here": word == view} for word, title in titles.items()],
        "refused": refund_queries.count_refused_online(),
        "orders": refund_queries.list_orders(limit=5), "to_order": count, "to_order_vnd": total,
        "accounts": matching_queries.list_own_accounts() if count else [],
        "may_order": request.actor.has_role(*APPROVERS) and count, "error": error, "has_errors": bool(error),
    }  # fmt: skip
    return render(request, "money/refunds.html", context, status=status)


@require_POST
@staff_page(*APPROVERS)
def order(request: StaffRequest) -> HttpResponse:
    """Make one file of the transfers that wait."""
    try:
        refund_ops.make_order(account=request.POST.get("tai_khoan", ""), actor=request.actor, at=clock.now())
    except Refused as refusal:
        return _list(request, error=refused_text(refusal), status=409)
    messages.success(request, gettext("Đã lập lệnh chi. Tải tệp và gửi ngân hàng."))
    return redirect("money:refunds")


@require_safe
@staff_page(*APPROVERS)
def order_file(request: StaffRequest, order_id: UUID) -> HttpResponse:
    """The file for our bank; that it was taken stands in the documents' journal."""
    found = refund_queries.find_order(order_id)
    if found is None:
        raise Http404
    content = document_ops.open_document(
        document_id=found.document_id, actor=request.actor, at=clock.now(), purpose="refund-order"
    )
    answer = HttpResponse(content, content_type="application/xml")
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.xml"'
    return answer


@require_safe
@staff_page(*MONEY)
def refund(request: StaffRequest, refund_id: UUID) -> HttpResponse:
    """One refund: from what, to whom, why, who asked, who decided."""
    return _one(request, _find(refund_id))


def _one(request: StaffRequest, here: RefundView, *, error: str = "", status: int = 200) -> HttpResponse:
    names = words.actor_names({here.asked_by, here.decided_by} - {""})
    may_decide = here.state == "ASKED" and request.actor.has_role(*APPROVERS)
    context = {
        **line_of(here, names),
        "way": gettext(WAYS[here.way]),
        "decided_by": names.get(here.decided_by, here.decided_by),
        "is_own": here.asked_by == request.actor.ref,
        "may_decide": may_decide and here.asked_by != request.actor.ref,
        "may_fail": here.state in {"APPROVED", "ORDERED"}
        and here.way == "BANK"
        and request.actor.has_role(*APPROVERS),
        "typed": request.POST.get("ly_do", "")[:200],
        "error": error,
        "has_errors": bool(error),
    }
    return render(request, "money/refund.html", context, status=status)


@require_POST
@staff_page(*APPROVERS)
def act(request: StaffRequest, refund_id: UUID) -> HttpResponse:
    """Agree, refuse, or say that the bank did not do it."""
    here = _find(refund_id)
    wanted, note = request.POST.get("viec", ""), request.POST.get("ly_do", "")
    facts: dict[str, Any] = {"refund_id": here.id, "actor": request.actor, "at": clock.now()}
    try:
        if wanted == "duyet":
            refund_ops.approve_refund(note=note, **facts)
        elif wanted == "tu-choi":
            refund_ops.refuse_refund(note=note, **facts)
        elif wanted == "khong-chi-duoc":
            refund_ops.fail_refund(reason=note, **facts)
        else:
            raise Http404
    except Refused as refusal:
        return _one(request, _find(refund_id), error=refused_text(refusal), status=409)
    return redirect("money:refund", refund_id=here.id)


def _find(refund_id: UUID) -> RefundView:
    here = refund_queries.find_refund(refund_id)
    if here is None:
        raise Http404
    return here


def line_of(one: RefundView, names: Any) -> dict[str, Any]:
    label, tone = STATES[one.state]
    return {
        "refund": one,
        "state": gettext(label),
        "tone": tone,
        "asked_by": names.get(one.asked_by, one.asked_by),
    }
