"""Statements of our banks: bring a file, see what came, decide about what waits; our accounts beside the books."""

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
from motcua.kernel.results import NotFound, Refused
from motcua.kernel.results import gettext_noop as _
from motcua.payments import matching_queries
from motcua.payments.matching_queries import SettlementView, StatementView
from motcua.payments.operations import settlements as settlement_ops
from motcua.payments.operations import statements as statement_ops
from motcua.payments.statements.reading import MOST_BYTES
from motcua.web.errors import refused_text
from motcua.web.money.sections import MONEY
from motcua.web.paging import read_key, write_key
from motcua.web.staff_pages import StaffRequest, staff_page

PAGE = 50
SETTLEMENTS = 10  # above the statements, on the same page
KEEPERS = (Role.ACCOUNTANT, Role.SUPERVISOR)
STATES = {
    "ACCEPTED": (_("đã nhận"), "good"),
    "QUARANTINED": (_("chờ xem"), "bad"),
    "DROPPED": (_("đã bỏ"), "wait"),
}
FAULTS = {
    "UNBALANCED": _("Số dư đầu cộng phát sinh không bằng số dư cuối"),
    "SEQUENCE_GAP": _("Thiếu sao kê ở giữa"),
    "OPENING_DIFFERS": _("Số dư đầu khác số dư cuối của sao kê trước"),
    "STATEMENT_SEEN": _("Sao kê này đã nhận rồi"),
    "STATEMENT_DIFFERS": _("Cùng số sao kê nhưng nội dung khác lần trước"),
    "LINE_DIFFERS": _("Một giao dịch khác với lần ngân hàng đã báo"),
    "LINE_TWICE": _("Một giao dịch đã có ở sao kê khác"),
    "ACCOUNT_UNKNOWN": _("Không phải tài khoản của công ty"),
    "CURRENCY_DIFFERS": _("Không phải tiền đồng"),
    "FRACTION_OF_DONG": _("Số tiền lẻ dưới một đồng"),
    "AMOUNT_UNREADABLE": _("Số tiền không đọc được"),
    "DETAILS_DIFFER": _("Chi tiết không cộng thành giao dịch"),
    "BATCH_COUNT": _("Số giao dịch trong lô không khớp"),
    "HOSTILE_XML": _("Tệp XML có nội dung nguy hiểm"),
    "BROKEN_XML": _("Tệp XML bị hỏng"),
    "UNKNOWN_VERSION": _("Loại tệp XML này chưa đọc được"),
    "UNKNOWN_COLUMNS": _("Không nhận ra các cột của bảng"),
    "FILE_TOO_LARGE": _("Tệp quá lớn"),
    "BALANCE_MISSING": _("Không có số dư đầu hoặc cuối"),
    "GATEWAY_UNKNOWN": _("Công ty không dùng ví hoặc cổng này"),
    "ROW_DIFFERS": _("Thực nhận không bằng số tiền trừ phí"),
    "TOTAL_DIFFERS": _("Dòng tổng không bằng các dòng cộng lại"),
    "REFERENCE_MISSING": _("Thiếu mã giao dịch"),
}


class FileMissing(Refused):
    code = "STATEMENT_FILE_MISSING"
    message = _("Hãy chọn một tệp sao kê.")


class FileTooLarge(Refused):
    code = "STATEMENT_FILE_TOO_LARGE"
    message = _("Tệp sao kê quá lớn. Hãy chia nhỏ hoặc nhập bằng lệnh.")


@require_safe
@staff_page(*MONEY)
def statements(request: StaffRequest) -> HttpResponse:
    """Our accounts beside the books, and the statements that came, the newest first."""
    return _list(request)


def _list(request: StaffRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    waits = request.GET.get("xem") == "cho"
    shown = matching_queries.page_statements(
        limit=PAGE + 1, waiting_only=waits, before=read_key(request.GET.get("sau", ""))
    )
    settled = matching_queries.page_settlements(
        limit=SETTLEMENTS + 1, before=read_key(request.GET.get("vi-sau", ""))
    )
    view = {"xem": "cho"} if waits else {}
    context = {
        "accounts": matching_queries.list_own_accounts(),
        "lines": [line_of(one) for one in shown[:PAGE]],
        "refused_files": [
            {"name": name, "at": at, "why": [fault_words(fault) for fault in faults]}
            for name, at, faults in matching_queries.list_refused_files(limit=5)
        ],
        "settlements": [
            {"one": one, "why": [fault_words(fault) for fault in one.faults[:3]]}
            for one in settled[:SETTLEMENTS]
        ],
        "settled_next": _behind(settled[SETTLEMENTS - 1], "vi-sau", view) + "#h-settled" if len(settled) > SETTLEMENTS else "",
        "settled_is_first": not request.GET.get("vi-sau"),
        "next": _behind(shown[PAGE - 1], "sau", view) if len(shown) > PAGE else "",
        "first_url": "?" + urlencode(view),
        "is_first": not request.GET.get("sau"),
        "tabs": [
            {"label": gettext("Tất cả"), "href": "?", "here": not waits},
            {"label": gettext("Chờ xem"), "href": "?xem=cho", "here": waits, "count": matching_queries.count_quarantined()},
        ],
        "may_keep": request.actor.has_role(*KEEPERS),
        "error": error,
        "has_errors": bool(error),
    }  # fmt: skip
    return render(request, "money/statements.html", context, status=status)


@require_POST
@staff_page(*KEEPERS)
def bring(request: StaffRequest) -> HttpResponse:
    """Keep a file and read it."""
    upload = request.FILES.get("tep")
    try:
        if upload is None:
            raise FileMissing(field="tep")
        if (upload.size or 0) > MOST_BYTES:
            raise FileTooLarge(field="tep")
        done = statement_ops.import_file(
            content=upload.read(), name=upload.name or "", actor=request.actor, at=clock.now()
        )
    except Refused as refusal:
        return _list(request, error=refused_text(refusal), status=409)
    if not done.is_new:
        messages.info(request, gettext("Tệp này đã nhận trước đây, không có gì thay đổi."))
    elif done.quarantined or not done.accepted:
        messages.warning(request, gettext("Đã giữ tệp. Có sao kê chờ xem trước khi dùng."))
    else:
        messages.success(request, gettext("Đã nhận sao kê."))
    return redirect("money:statements")


@require_POST
@staff_page(*KEEPERS)
def add_account(request: StaffRequest) -> HttpResponse:
    """One more account of ours."""
    number = "".join(request.POST.get("so", "").split())[:20]
    bank = request.POST.get("ngan_hang", "").strip().upper()[:16]
    try:
        if not (number.isalnum() and bank.isalnum() and len(bank) >= 2):
            raise AccountWrong(field="so")
        statement_ops.open_own_account(
            number=number, bank=bank, name=request.POST.get("ten", "").strip()[:120] or number, actor=request.actor,
            at=clock.now(),
        )  # fmt: skip
    except Refused as refusal:
        return _list(request, error=refused_text(refusal), status=409)
    messages.success(request, gettext("Đã thêm tài khoản %(number)s.") % {"number": number})
    return redirect("money:statements")


class AccountWrong(Refused):
    code = "OWN_ACCOUNT_WRONG"
    message = _("Hãy ghi số tài khoản và mã ngân hàng, chỉ gồm chữ và số.")


@require_safe
@staff_page(*MONEY)
def statement(request: StaffRequest, statement_id: UUID) -> HttpResponse:
    """One statement: what it says, why it waits, its lines and what each was for."""
    return _one(request, _find(statement_id))


def _one(request: StaffRequest, here: StatementView, *, error: str = "", status: int = 200) -> HttpResponse:
    after = request.GET.get("sau", "")
    shown = matching_queries.page_lines(here.id, limit=PAGE + 1, after=int(after) if after.isdecimal() else 0)
    context = {
        **line_of(here),
        "rows": shown[:PAGE],
        "next": f"?sau={shown[PAGE - 1].id}" if len(shown) > PAGE else "",
        "first_url": "?",
        "is_first": not after,
        "faults": [fault_words(fault) for fault in here.faults],
        "may_keep": request.actor.has_role(*KEEPERS) and here.waits,
        "may_accept": not {fault["code"] for fault in here.faults} - statement_ops.OVERRULED,
        "error": error,
        "has_errors": bool(error),
    }
    return render(request, "money/statement.html", context, status=status)


@require_POST
@staff_page(*KEEPERS)
def act(request: StaffRequest, statement_id: UUID) -> HttpResponse:
    """Take a statement that waits, or drop it, and say why."""
    here = _find(statement_id)
    acts: dict[str, Any] = {"nhan": statement_ops.accept_statement, "bo": statement_ops.drop_statement}
    wanted = request.POST.get("viec", "")
    if wanted not in acts:
        raise Http404
    try:
        acts[wanted](
            statement_id=here.id, reason=request.POST.get("ly_do", ""), actor=request.actor, at=clock.now()
        )
    except Refused as refusal:
        return _one(request, _find(statement_id), error=refused_text(refusal), status=409)
    return redirect("money:statement", statement_id=here.id)


@require_POST
@staff_page(*KEEPERS)
def drop_settlement(request: StaffRequest, settlement_id: UUID) -> HttpResponse:
    """A wallet's file that waits apart is not to be used, and why."""
    try:
        settlement_ops.drop_settlement(
            settlement_id=settlement_id,
            reason=request.POST.get("ly_do", ""),
            actor=request.actor,
            at=clock.now(),
        )
    except NotFound:
        raise Http404 from None
    except Refused as refusal:
        return _list(request, error=refused_text(refusal), status=409)
    return redirect("money:statements")


def _find(statement_id: UUID) -> StatementView:
    here = matching_queries.find_statement(statement_id)
    if here is None:
        raise Http404
    return here


def line_of(one: StatementView) -> dict[str, Any]:
    label, tone = STATES[one.state]
    return {
        "statement": one,
        "state": gettext(label),
        "tone": tone,
        "why": fault_words(one.faults[0]) if one.faults else "",
    }


def fault_words(fault: Any) -> str:
    """A fault for people: what it means, where, what was found there."""
    words = gettext(FAULTS.get(fault["code"], _("Có điều không đúng"))) + f" ({fault['code']})"
    return " ".join(part for part in (words, fault.get("place", ""), fault.get("about", "")) if part)


def _behind(one: StatementView | SettlementView, name: str, view: dict[str, str]) -> str:
    """Where the page behind this line is."""
    return "?" + urlencode({**view, name: write_key(one.came_at, one.id)})
