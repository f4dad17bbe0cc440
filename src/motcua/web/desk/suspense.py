"""Money that came and matches nothing: what came, what it may be for, and putting it where it belongs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel import codes
from motcua.kernel.ids import parse_id
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.payments import access as payment_access
from motcua.payments import operations as payment_ops
from motcua.payments import queries as payment_queries
from motcua.payments import refund_queries, suggesting
from motcua.payments.operations import refunds as refund_ops
from motcua.payments.queries import CaseView
from motcua.payments.suggesting import Why
from motcua.requests import queries as request_queries
from motcua.web import words
from motcua.web.errors import refused_text
from motcua.web.paging import read_key, write_key
from motcua.web.staff_pages import StaffRequest, staff_page

PAGE = 50
CLOSED = "xong"
RESOLUTIONS = {
    "CHARGE": _("Đã ghi cho khoản thu"),
    "CREDIT": _("Đã ghi có cho khách hàng"),
    "RETURNED": _("Đã trả lại người chuyển"),
    "REVERSED": _("Ngân hàng đã rút lại"),
}
WHY = {
    Why.CODE: _("mã có trong nội dung"),
    Why.NEAR_CODE: _("mã trong nội dung sai một ký tự"),
    Why.ACCOUNT: _("mã khách hàng có trong nội dung"),
    Why.PHONE: _("số điện thoại có trong nội dung"),
    Why.NAME: _("tên khách hàng có trong nội dung"),
    Why.RELATED: _("cùng yêu cầu hoặc cùng khách hàng"),
    Why.AMOUNT: _("đúng số tiền"),
}


class ChargeNotFound(Refused):
    code = "CHARGE_NOT_FOUND"
    message = _("Không có khoản đang phải thu nào theo mã hoặc số yêu cầu này.")


class ChargeMissing(Refused):
    code = "CHARGE_MISSING"
    message = _("Hãy chọn một khoản thu, hoặc gõ mã thanh toán hay số yêu cầu.")


@require_safe
@staff_page(*payment_access.CASE_READERS)
def cases(request: StaffRequest) -> HttpResponse:
    """Open cases, the oldest first; or those settled, the newest first."""
    payment_access.require_case_reader(request.actor)
    is_closed = request.GET.get("xem") == CLOSED
    page = payment_queries.page_closed_cases if is_closed else payment_queries.page_open_cases
    shown = page(limit=PAGE + 1, after=read_key(request.GET.get("sau", "")))
    view = {"xem": CLOSED} if is_closed else {}
    context = {
        "lines": [line_of(case) for case in shown[:PAGE]],
        "next": "?" + urlencode({**view, "sau": _key(shown[PAGE - 1])}) if len(shown) > PAGE else "",
        "first_url": "?" + urlencode(view),
        "is_first": not request.GET.get("sau"),
        "is_closed": is_closed,
        "tabs": [
            {"label": gettext("Chưa xử lý"), "href": "?", "here": not is_closed},
            {"label": gettext("Đã xử lý"), "href": f"?xem={CLOSED}", "here": is_closed},
        ],
    }
    return render(request, "desk/suspense.html", context)


def _key(case: CaseView) -> str:
    return write_key(case.closed_at or case.opened_at, case.id)


def line_of(case: CaseView) -> dict[str, Any]:
    return {
        "case": case,
        "reason": words.suspense_reason(case.reason),
        "resolution": gettext(RESOLUTIONS[case.resolution]) if case.resolution in RESOLUTIONS else "",
        "days": case.age(clock.now()).days,
    }


@require_safe
@staff_page(*payment_access.CASE_READERS)
def case(request: StaffRequest, case_id: UUID) -> HttpResponse:
    """One case; that it was opened, and by whom, stands in the audit."""
    here = payment_access.access_case(actor=request.actor, case_id=case_id)
    company_ops.record_audit(
        actor=request.actor,
        verb="suspense.seen",
        subject_type="suspense_case",
        subject_id=str(here.id),
        at=clock.now(),
    )
    return _page(request, here)


def _page(
    request: StaffRequest, here: CaseView, *, error: str = "", wanted: str = "", status: int = 200
) -> HttpResponse:
    may_place = here.is_open and request.actor.has_role(*payment_access.CASE_WORKERS)
    found = suggesting.suggest(here) if may_place else []
    candidates = [
        {**line, "why": ", ".join(gettext(WHY[why]) for why in one.why)}
        for one, line in zip(found, charge_lines([one.charge for one in found]), strict=True)
    ]
    owner = ledger_queries.find_charge(here.charge_id) if here.charge_id else None
    typed = {name: request.POST.get(name, "")[:200] for name in ("khoan", "tim", "ghi_chu")}
    context = {
        **line_of(here),
        "may_place": may_place,
        "candidates": candidates,
        "booked": charge_lines([owner])[0] if owner else None,
        "may_credit": bool(owner and owner.customer_id),
        "refund": refund_queries.refund_of_case(here.id) if here.is_open else None,
        "error": error,
        "wanted": wanted,
        "typed": typed,
        "story": story_of(here),
        "has_errors": bool(error),
    }
    return render(request, "desk/suspense_case.html", context, status=status)


def charge_lines(charges: Sequence[ChargeView]) -> list[dict[str, Any]]:
    """Charges as a person tells them apart; to their requests, where those may be seen, leads the desk."""
    views = {
        view.id: view
        for view in request_queries.list_requests([c.request_id for c in charges if c.request_id])
    }
    units = company_queries.unit_names({charge.unit_code for charge in charges})
    return [
        {
            "charge": charge,
            "name": gettext(words.CHARGE_KINDS.get(charge.kind, charge.kind)),
            "unit": units.get(charge.unit_code, charge.unit_code),
            "number": views[charge.request_id].number if charge.request_id in views else "",
        }
        for charge in charges
    ]


def story_of(here: CaseView) -> list[dict[str, Any]]:
    """What happened to the money, newest first: that it came, who looked, who decided what and why."""
    entries = list(company_queries.list_audit(subject_type="suspense_case", subject_id=str(here.id))[:50])
    names = words.actor_names({entry.actor for entry in entries} | ({here.closed_by} - {""}))
    moments = [
        {
            "at": entry.at,
            "title": gettext("Mở xem")
            if entry.verb == "suspense.seen"
            else gettext(RESOLUTIONS.get(entry.facts.get("resolution", ""), _("Đã xử lý"))),
            "note": here.note if entry.verb == "suspense.resolved" else "",
            "actor": names.get(entry.actor, entry.actor),
        }
        for entry in entries
    ]
    if here.resolution == "REVERSED" and here.closed_at:
        taken_back = RESOLUTIONS[here.resolution]
        moments.insert(
            0, {"at": here.closed_at, "title": gettext(taken_back), "actor": names[here.closed_by]}
        )
    came = {"at": here.opened_at, "title": gettext("Tiền đến, chưa rõ của khoản nào"), "actor": here.bank}
    return [*moments, came]


@require_POST
@staff_page(*payment_access.CASE_WORKERS)
def act(request: StaffRequest, case_id: UUID) -> HttpResponse:
    """Place the money: on a charge, as the customer's credit, or back where it came from."""
    payment_access.require_case_worker(request.actor)
    here = payment_access.access_case(actor=request.actor, case_id=case_id)
    wanted = request.POST.get("viec", "")
    acts: dict[str, Callable[[StaffRequest, CaseView, str], str]] = {
        "khoan-thu": _allocate,
        "ghi-co": _credit,
        "tra-lai": _return,
    }
    if wanted not in acts:
        raise Http404
    try:
        done = acts[wanted](request, here, request.POST.get("ghi_chu", "").strip()[:200])
    except Refused as refusal:
        fresh = payment_access.access_case(actor=request.actor, case_id=case_id)
        return _page(request, fresh, error=refused_text(refusal), wanted=wanted, status=409)
    messages.success(request, done)
    return redirect("desk:suspense-case", case_id=here.id)


def _allocate(request: StaffRequest, here: CaseView, note: str) -> str:
    charge = _charge_meant(request.POST.get("tim", "").strip(), request.POST.get("khoan", ""))
    payment_ops.resolve_case(
        case_id=here.id, charge_id=charge.id, actor=request.actor, at=clock.now(), note=note
    )
    return gettext("Đã ghi tiền cho khoản thu %(code)s.") % {"code": charge.payment_code}


def _charge_meant(text: str, chosen: str) -> ChargeView:
    """The charge typed (its code, or the number of its request), else the one ticked."""
    if text:
        found = ledger_queries.find_charges_by_code(codes.find_payment_codes(text))
        view = request_queries.find_by_number(text) if codes.parse_request_number(text) else None
        found += ledger_queries.list_charges(view.id) if view else []
        owed = [charge for charge in found if charge.is_open]
        if len(owed) != 1:
            raise ChargeNotFound(field="tim")
        return owed[0]
    charge_id = parse_id(chosen)
    charge = ledger_queries.find_charge(charge_id) if charge_id else None
    if charge is None:
        raise ChargeMissing(field="khoan")
    return charge


def _credit(request: StaffRequest, here: CaseView, note: str) -> str:
    owner = ledger_queries.find_charge(here.charge_id) if here.charge_id else None
    if owner is None or owner.customer_id is None:
        raise ChargeNotFound()
    payment_ops.credit_case(
        case_id=here.id, customer_id=owner.customer_id, actor=request.actor, at=clock.now(), note=note
    )
    return gettext("Đã ghi có cho khách hàng.")


def _return(request: StaffRequest, here: CaseView, note: str) -> str:
    """Money goes back with four eyes: this asks for it, somebody else agrees."""
    if not note:
        raise payment_ops.NoteMissing(field="ghi_chu")
    refund_ops.ask_refund(
        payment_id=here.payment_id, case_id=here.id, amount_vnd=here.amount_vnd, way="BACK", reason=note,
        actor=request.actor, at=clock.now(),
    )  # fmt: skip
    return gettext("Đã đề nghị trả lại. Một người khác cần duyệt ở mục Hoàn tiền.")
