"""Closing days and months, opening them again by two; the company's own account numbers; rates of interest."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_http_methods

from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.ledger import closing, exporting, late
from motcua.ledger import operations as ledger_ops
from motcua.ledger.models import PeriodKind
from motcua.web import words
from motcua.web.errors import refused_text
from motcua.web.money.book_sheets import account_name
from motcua.web.money.books_pages import books_page, read_day
from motcua.web.question_fields import problem_text
from motcua.web.staff_pages import StaffRequest

SHOWN_DAYS = 62
CHECKS = {
    "BALANCED": _("Tổng phát sinh nợ bằng tổng phát sinh có"),
    "RECOUNTED": _("Số dư khớp với từng bút toán khi đếm lại"),
    "SEALED": _("Chuỗi niêm phong còn nguyên, không bút toán nào bị sửa hay mất"),
    "SUSPENSE": _("Không còn tiền treo chưa rõ"),
    "STATEMENTS": _("Đối soát với ngân hàng, ví không còn chênh lệch mở"),
    "CASH": _("Mọi ca thu tiền mặt đã kiểm quỹ và nộp tiền"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@books_page
def periods(request: StaffRequest) -> HttpResponse:
    """What is closed and what is not; closing a month."""
    today = local_date(clock.now())
    error = ""
    if request.method == "POST":
        month = read_day(f"{request.POST.get('thang', '')}-01", today)
        try:
            ledger_ops.close_month(month=month, actor=request.actor, at=clock.now())
        except Refused as refusal:
            error = refused_text(refusal)
        else:
            messages.success(request, gettext("Đã khóa sổ tháng %(month)s.") % {"month": f"{month:%m/%Y}"})
            return redirect("money:periods")
    begin = today - timedelta(days=SHOWN_DAYS)
    closed = closing.list_periods(begin, today)
    context = {
        "open_days": [day for day in closing.list_open_days(begin, today) if day < today],
        "periods": closed, "names": words.actor_names({period.closed_by for period in closed}), "error": error,
        "month": (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m"), "has_errors": bool(error),
    }  # fmt: skip
    return render(request, "money/periods.html", context, status=409 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@books_page
def close_day(request: StaffRequest, day: date) -> HttpResponse:
    """The list of what is looked at before a day is closed; a word to what is not as it should be; the close."""
    error, field = "", ""
    if request.method == "POST":
        told = {
            name.removeprefix("ly-do-"): str(text)
            for name, text in request.POST.items()
            if name.startswith("ly-do-")
        }
        try:
            ledger_ops.close_day(day=day, explanations=told, actor=request.actor, at=clock.now())
        except Refused as refusal:
            error, field = refused_text(refusal), refusal.field or ""
        else:
            messages.success(request, gettext("Đã khóa sổ ngày %(day)s.") % {"day": f"{day:%d/%m/%Y}"})
            return redirect("money:periods")
    lines = [
        {"check": check, "title": gettext(check.title), "typed": request.POST.get(f"ly-do-{check.code}", ""), "error": error if check.code == field else ""}
        for check in closing.check_day(day, clock.now())
    ]  # fmt: skip
    context = {
        "day": day, "lines": lines, "closed": closing.find_closed_day(day), "error": error, "has_errors": bool(error),
        "totals": closing.totals_of(day, day), "bookings": closing.count_bookings(day),
    }  # fmt: skip
    return render(request, "money/close_day.html", context, status=409 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@books_page
def period(request: StaffRequest, period_id: int) -> HttpResponse:
    """One closed day or month: what its list said; asking for it to be opened, and a second person's word."""
    here = closing.find_period(period_id)
    if here is None:
        raise Http404
    error = ""
    if request.method == "POST":
        try:
            _act(request, period_id)
        except Refused as refusal:
            error = refused_text(refusal)
        else:
            return redirect("money:period", period_id=period_id)
    names = words.actor_names({here.closed_by, here.reopen_asked_by, here.reopened_by} - {""})
    context = {
        "period": here, "closed_by": names.get(here.closed_by, here.closed_by), "error": error,
        "asked_by": names.get(here.reopen_asked_by, ""), "reopened_by": names.get(here.reopened_by, ""),
        "checks": [_check(check) for check in here.checks] if here.kind == PeriodKind.DAY else [], "has_errors": bool(error),
        "is_own_question": here.reopen_asked_by == request.actor.ref, "typed": request.POST.get("reason", ""),
        "totals": closing.totals_of(here.first_day, here.last_day),
    }  # fmt: skip
    return render(request, "money/period.html", context, status=409 if error else 200)


def _check(told: dict[str, Any]) -> dict[str, Any]:
    """A line of the list as it was when the day was closed, under the title it has now."""
    return {**told, "title": gettext(CHECKS.get(told["code"], told["code"]))}


def _act(request: StaffRequest, period_id: int) -> None:
    act = request.POST.get("viec", "")
    if act == "duyet":
        ledger_ops.approve_reopen(period_id=period_id, actor=request.actor, at=clock.now())
        messages.success(request, gettext("Kỳ này đã mở lại."))
    elif act == "bo":
        ledger_ops.refuse_reopen(period_id=period_id, actor=request.actor, at=clock.now())
        messages.success(request, gettext("Kỳ này vẫn khóa."))
    else:
        ledger_ops.ask_reopen(
            period_id=period_id, reason=request.POST.get("reason", ""), actor=request.actor, at=clock.now()
        )
        messages.success(request, gettext("Đã ghi đề nghị; cần người thứ hai duyệt."))


@require_http_methods(["GET", "HEAD", "POST"])
@books_page
def mapping(request: StaffRequest) -> HttpResponse:
    """What each account is called in the company's own software, and the rates of interest for paying late."""
    errors: dict[str, str] = {}
    if request.method == "POST" and request.POST.get("viec") == "lai":
        errors = _set_rate(request)
    elif request.method == "POST":
        errors = _map(request)
    if request.method == "POST" and not errors:
        messages.success(request, gettext("Đã lưu."))
        return redirect("money:mapping")
    lines = [
        {"line": line, "name": account_name(line.code, line.name),
         "typed": request.POST.get(f"ma-{line.code}", line.own_code if line.is_own else ""), "error": errors.get(line.code, "")}
        for line in exporting.list_mapping()
    ]  # fmt: skip
    context = {
        "lines": lines, "rates": late.list_rates(), "rate_error": errors.get("rate", ""), "has_errors": bool(errors),
        "from": request.POST.get("from", local_date(clock.now()).isoformat()), "percent": request.POST.get("percent", ""),
        "source": request.POST.get("source", ""),
    }  # fmt: skip
    return render(request, "money/mapping.html", context, status=409 if errors else 200)


def _map(request: StaffRequest) -> dict[str, str]:
    """Take what was typed anew, all of it or nothing; what is wrong, by account."""
    now = {line.code: line.own_code if line.is_own else "" for line in exporting.list_mapping()}
    typed = {code: request.POST.get(f"ma-{code}", own).strip() for code, own in now.items()}
    changed = {code: own for code, own in typed.items() if own != now[code]}
    try:
        ledger_ops.map_accounts(own_codes=changed, actor=request.actor, at=clock.now())
    except Refused as refusal:
        return {code: problem_text(found[0]) for code, found in refusal.problems().items()}
    return {}


def _set_rate(request: StaffRequest) -> dict[str, str]:
    try:
        percent = Decimal(request.POST.get("percent", "").replace(",", "."))
    except InvalidOperation:
        percent = Decimal(-1)
    try:
        ledger_ops.set_late_rate(
            valid_from=read_day(request.POST.get("from", ""), local_date(clock.now())), percent_a_year=percent,
            source=request.POST.get("source", ""), actor=request.actor, at=clock.now(),
        )  # fmt: skip
    except Refused as refusal:
        return {"rate": refused_text(refusal)}
    return {}
