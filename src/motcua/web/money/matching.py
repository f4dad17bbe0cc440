"""Matching: run it, what does not agree, who looks after it, how it ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.payments import matching_queries
from motcua.payments.matching_queries import DifferenceView
from motcua.payments.operations import matching as matching_ops
from motcua.web import words
from motcua.web.errors import refused_text
from motcua.web.money import sheets
from motcua.web.money.sections import MONEY
from motcua.web.paging import read_day_key, write_day_key
from motcua.web.staff_pages import StaffRequest, staff_page

PAGE = 50
MOST_EXPORTED = 20_000
MATCHERS = (Role.ACCOUNTANT, Role.SUPERVISOR)
KINDS = {
    "MISSING_HERE": _("Sao kê có, ta chưa có"),
    "PERHAPS_SAME": _("Có thể đã báo bằng mã khác"),
    "MISSING_THERE": _("Ta có, sao kê không có"),
    "AMOUNT_DIFFERS": _("Lệch số tiền"),
    "DOUBLED": _("Báo hai lần"),
    "OTHER_DAY": _("Khác ngày"),
    "FEE": _("Quyết toán thiếu, phí quá mức"),
    "UNKNOWN_DEBIT": _("Tiền ra chưa rõ"),
    "NOT_BOOKED": _("Đã báo, chưa ghi sổ"),
    "LUMP_OPEN": _("Kênh chưa quyết toán"),
    "NO_STATEMENT": _("Chưa có sao kê"),
    "STATEMENT_GONE": _("Báo trong ngày, cuối ngày không có"),
    "FILE_UNKNOWN": _("Tệp của ví có, ta chưa có"),
    "FILE_MISSING": _("Ta có, tệp của ví không có"),
    "FILE_AMOUNT": _("Tệp của ví ghi số tiền khác"),
    "FILE_OPEN": _("Ví đã chốt, tiền chưa về"),
}
ACTS: dict[str, tuple[Any, str]] = {
    "giai-thich": (matching_ops.explain_difference, _("Đã ghi lý do.")),
    "cung-mot": (matching_ops.confirm_same, _("Đã khớp hai bên là một khoản.")),
    "khoan-khac": (matching_ops.receive_line, _("Đã ghi thành khoản thu riêng.")),
}


@require_safe
@staff_page(*MONEY)
def differences(request: StaffRequest) -> HttpResponse:
    """What does not agree, by kind, channel, owner and day; also as a sheet."""
    kept = {
        name: value
        for name in ("loai", "kenh", "ai", "ngay", "xem")
        if (value := request.GET.get(name, "")[:40])
    }
    wanted: dict[str, Any] = {
        "kind": kept.get("loai", ""), "channel": kept.get("kenh", ""), "is_open": kept.get("xem") != "xong",
        "owner": request.actor.ref if kept.get("ai") == "toi" else "", "day": _day(kept.get("ngay", "")),
    }  # fmt: skip
    if request.GET.get("tep") == "csv":
        return sheets.as_csv(_sheet(matching_queries.page_differences(limit=MOST_EXPORTED, **wanted)))
    shown = matching_queries.page_differences(
        limit=PAGE + 1, before=read_day_key(request.GET.get("sau", ""), int), **wanted
    )
    today = local_date(clock.now())
    names = words.actor_names({one.owner for one in shown if one.owner})
    context = {
        "lines": [line_of(one, today, names) for one in shown[:PAGE]],
        "sums": [
            {"name": gettext(KINDS[kind]), "count": count, "amount": amount, "href": "?" + urlencode({"loai": kind})}
            for kind, count, amount in matching_queries.sum_differences()
        ],
        "runs": [{"run": one, "actor": words.actor_names({one.actor}).get(one.actor, one.actor)} for one in matching_queries.list_runs(limit=5)],
        "kept": kept, "kinds": [(kind, gettext(name)) for kind, name in KINDS.items()],
        "next": "?" + urlencode({**kept, "sau": write_day_key(shown[PAGE - 1].day, shown[PAGE - 1].id)}) if len(shown) > PAGE else "",
        "first_url": "?" + urlencode(kept), "is_first": not request.GET.get("sau"),
        "csv_url": "?" + urlencode({**kept, "tep": "csv"}),
        "yesterday": (today - timedelta(days=1)).isoformat(), "may_match": request.actor.has_role(*MATCHERS),
        "has_accounts": matching_queries.has_own_accounts(),
        "tabs": [
            {"label": gettext("Chưa xử lý"), "href": "?", "here": wanted["is_open"] and not wanted["owner"]},
            {"label": gettext("Của tôi"), "href": "?ai=toi", "here": bool(wanted["owner"])},
            {"label": gettext("Đã xử lý"), "href": "?xem=xong", "here": not wanted["is_open"]},
        ],
    }  # fmt: skip
    return render(request, "money/differences.html", context)


@require_POST
@staff_page(*MATCHERS)
def match(request: StaffRequest) -> HttpResponse:
    """Compare everything up to a day now."""
    day = _day(request.POST.get("ngay", "")) or local_date(clock.now()) - timedelta(days=1)
    done = matching_ops.match_day(day=day, actor=request.actor, at=clock.now())
    told = {"explained": done.explained, "receipts": done.receipts, "open": done.still_open}
    messages.success(
        request,
        gettext(
            "Đã đối soát: khớp %(explained)s dòng, ghi thêm %(receipts)s khoản thu, còn %(open)s chênh lệch."
        )
        % told,
    )
    return redirect("money:differences")


@require_safe
@staff_page(*MONEY)
def difference(request: StaffRequest, difference_id: int) -> HttpResponse:
    """One difference: both sides, who looks after it, what can be done."""
    return _one(request, _find(difference_id))


def _one(request: StaffRequest, here: DifferenceView, *, error: str = "", status: int = 200) -> HttpResponse:
    entries = list(company_queries.list_audit(subject_type="difference", subject_id=str(here.id))[:50])
    names = words.actor_names({entry.actor for entry in entries} | ({here.owner, here.closed_by} - {""}))
    context = {
        **line_of(here, local_date(clock.now()), names),
        "row": matching_queries.find_line(here.line_id) if here.line_id else None,
        "told": matching_queries.find_notice(here.notification_id) if here.notification_id else None,
        "closed_by": names.get(here.closed_by, here.closed_by),
        "is_mine": here.owner == request.actor.ref,
        "may_match": request.actor.has_role(*MATCHERS) and here.is_open,
        "may_same": here.kind == "PERHAPS_SAME",
        "may_receive": here.kind in {"PERHAPS_SAME", "MISSING_HERE"}
        or (here.kind == "FILE_UNKNOWN" and here.amount_vnd > 0),
        "typed": request.POST.get("ly_do", "")[:200],
        "error": error,
        "has_errors": bool(error),
    }
    return render(request, "money/difference.html", context, status=status)


@require_POST
@staff_page(*MATCHERS)
def act(request: StaffRequest, difference_id: int) -> HttpResponse:
    """Look after a difference, or end it with a reason."""
    here = _find(difference_id)
    wanted = request.POST.get("viec", "")
    facts: dict[str, Any] = {"difference_id": here.id, "actor": request.actor, "at": clock.now()}
    try:
        if wanted in {"nhan-viec", "tha-viec"}:
            matching_ops.assign_difference(owner=request.actor.ref if wanted == "nhan-viec" else "", **facts)
            return redirect("money:difference", difference_id=here.id)
        if wanted not in ACTS:
            raise Http404
        operation, said = ACTS[wanted]
        operation(reason=request.POST.get("ly_do", ""), **facts)
    except Refused as refusal:
        return _one(request, _find(difference_id), error=refused_text(refusal), status=409)
    messages.success(request, gettext(said))
    return redirect("money:differences")


def _find(difference_id: int) -> DifferenceView:
    here = matching_queries.find_difference(difference_id)
    if here is None:
        raise Http404
    return here


def line_of(one: DifferenceView, today: date, names: Any) -> dict[str, Any]:
    return {
        "one": one, "kind": gettext(KINDS[one.kind]), "age": one.age_days(today), "owner": names.get(one.owner, one.owner),
    }  # fmt: skip


def _sheet(found: list[DifferenceView]) -> sheets.Sheet:
    today = local_date(clock.now())
    heads = (
        _("Ngày"),
        _("Loại"),
        _("Kênh"),
        _("Tài khoản"),
        _("Số của ta"),
        _("Số của ngân hàng"),
        _("Tuổi (ngày)"),
        _("Lý do"),
    )
    return sheets.Sheet(
        slug="doi-soat",
        title=gettext("Chênh lệch đối soát"),
        period=today.isoformat(),
        columns=tuple(sheets.Column(gettext(head)) for head in heads),
        rows=[
            (
                one.day.isoformat(), gettext(KINDS[one.kind]), one.channel, one.account, one.here_vnd, one.there_vnd,
                one.age_days(today), one.reason,
            )
            for one in found
        ],
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
