"""A cashier's shift: opened with a float, counted, handed in."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from motcua.config import clock
from motcua.kernel.money import parse_vnd
from motcua.kernel.results import Refused
from motcua.ledger import chart
from motcua.payments import access as payment_access
from motcua.payments import cash_shifts, shift_queries
from motcua.web import words
from motcua.web.errors import refused_text
from motcua.web.staff_pages import StaffRequest, staff_page


def _vnd(text: str) -> int:
    """An amount as typed; nothing sensible is -1, which no count is."""
    amount = parse_vnd(text)
    return -1 if amount is None else amount


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*payment_access.CASHIERS)
def shifts(request: StaffRequest) -> HttpResponse:
    """One's open shift or the form to open one; the last shifts of one's units."""
    error = ""
    if request.method == "POST":
        try:
            made = cash_shifts.open_shift(
                float_vnd=_vnd(request.POST.get("float", "0")), unit_code=str(request.user.unit_id),  # type: ignore[union-attr]
                actor=request.actor, at=clock.now(),
            )  # fmt: skip
        except Refused as refusal:
            error = refused_text(refusal)
        else:
            return redirect("counter:shift", shift_id=made.id)
    is_supervisor = payment_access.may_end_shift(request.actor, "", str(request.user.unit_id))  # type: ignore[union-attr]
    found = shift_queries.list_shifts(
        request.actor.unit_codes, cashier="" if is_supervisor else request.actor.ref
    )
    names = words.actor_names({shift.cashier for shift in found})
    context = {
        "own": shift_queries.find_open(request.actor.ref), "error": error, "has_errors": bool(error),
        "typed": request.POST.get("float", ""),
        "rows": [{"shift": shift, "cashier": names.get(shift.cashier, "")} for shift in found],
    }  # fmt: skip
    return render(request, "counter/shifts.html", context, status=409 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*payment_access.CASHIERS)
def shift(request: StaffRequest, shift_id: UUID) -> HttpResponse:
    """One shift: what its drawer should hold; the count, and handing in."""
    here = shift_queries.find_shift(shift_id)
    if here is None or not payment_access.may_end_shift(request.actor, here.cashier, here.unit_code):
        raise Http404
    error, field = "", ""
    if request.method == "POST":
        try:
            _act(request, shift_id)
        except Refused as refusal:
            error, field = refused_text(refusal), refusal.field or ""
        else:
            return redirect("counter:shift", shift_id=shift_id)
    sums = shift_queries.measure_shift(shift_id)
    context = {
        "shift": here, "sums": sums, "expected": here.float_vnd + sums.amount_vnd, "error": error, "field": field,
        "is_at_bank": here.handed_to == chart.AT_BANK,
        "cashier": words.actor_names({here.cashier}).get(here.cashier, ""), "has_errors": bool(error),
        "typed": {name: request.POST.get(name, "") for name in ("counted", "explanation", "reference")},
    }  # fmt: skip
    return render(request, "counter/shift.html", context, status=409 if error else 200)


def _act(request: StaffRequest, shift_id: UUID) -> None:
    if request.POST.get("viec") == "nop":
        cash_shifts.hand_in(
            shift_id=shift_id, reference=request.POST.get("reference", ""), is_at_bank=request.POST.get("to") == "bank",
            actor=request.actor, at=clock.now(),
        )  # fmt: skip
        messages.success(request, gettext("Đã ghi nộp tiền."))
    else:
        cash_shifts.count(
            shift_id=shift_id, counted_vnd=_vnd(request.POST.get("counted", "")),
            explanation=request.POST.get("explanation", ""), actor=request.actor, at=clock.now(),
        )  # fmt: skip
        messages.success(request, gettext("Đã kiểm quỹ."))
