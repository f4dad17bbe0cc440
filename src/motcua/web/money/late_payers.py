"""Interest for paying late: what is due and not booked yet, booked by an accountant for the charges that are chosen."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.money import format_number
from motcua.kernel.results import Refused
from motcua.ledger import held, late
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger.held import LateCharge
from motcua.web import words
from motcua.web.errors import refused_text
from motcua.web.money.sections import MONEY
from motcua.web.money.sheets import Column, Sheet, Value, as_csv, as_paper
from motcua.web.paging import read_key, write_key
from motcua.web.staff_pages import StaffRequest, staff_page

LOOKED, IN_A_FILE = 50, 2_000
WORKERS = (Role.ACCOUNTANT, Role.SUPERVISOR)


@require_safe
@staff_page(*MONEY)
def late_payers(request: StaffRequest) -> HttpResponse:
    """Charges that bear interest not booked, those longest due first; of one account when it is named."""
    return _page(request)


def _page(request: StaffRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    account = request.GET.get("q", "").strip().upper()[:13]
    in_full = request.GET.get("dang") in {"csv", "pdf"}
    shown, following = held.page_late(
        units=request.actor.unit_codes, today=local_date(clock.now()), limit=IN_A_FILE if in_full else LOOKED,
        after=read_key(request.GET.get("sau", "")), account_code=account,
    )  # fmt: skip
    if in_full:
        sheet = _sheet(shown)
        return as_csv(sheet) if request.GET["dang"] == "csv" else as_paper(request, sheet)
    kept = {"q": account} if account else {}
    context = {
        "lines": [_line(one) for one in shown], "account": account, "query": urlencode(kept), "rates": late.list_rates(),
        "sum": sum(one.late.interest_vnd for one in shown), "may_book": request.actor.has_role(*WORKERS),
        "next": "?" + urlencode({**kept, "sau": write_key(*following)}) if following else "",
        "first_url": "?" + urlencode(kept), "is_first": not request.GET.get("sau"), "error": error, "has_errors": bool(error),
    }  # fmt: skip
    return render(request, "money/late.html", context, status=status)


def _line(one: LateCharge) -> dict[str, object]:
    return {
        "charge": one.charge, "late": one.late, "kind": gettext(words.CHARGE_KINDS.get(one.charge.kind, one.charge.kind)),
        "last": one.late.last_day - timedelta(days=1), "days": (one.late.last_day - one.late.first_day).days,
        "rate": one.late.rates[-1] if one.late.rates else None,
    }  # fmt: skip


def _sheet(shown: list[LateCharge]) -> Sheet:
    rows: list[list[Value]] = [
        [
            one.charge.payment_code, one.charge.account_code, gettext(words.CHARGE_KINDS.get(one.charge.kind, one.charge.kind)),
            f"{one.late.first_day:%d/%m/%Y}", f"{one.late.last_day - timedelta(days=1):%d/%m/%Y}", one.charge.total_vnd,
            one.charge.remaining_vnd, one.late.interest_vnd,
        ]
        for one in shown
    ]  # fmt: skip
    return Sheet(
        "lai-chua-ghi", gettext("Lãi chậm trả chưa ghi"), f"{local_date(clock.now()):%d/%m/%Y}",
        (Column(gettext("Mã thanh toán")), Column(gettext("Mã khách hàng")), Column(gettext("Loại khoản")), Column(gettext("Từ ngày")), Column(gettext("Đến ngày")),
         Column(gettext("Khoản phải thu"), is_number=True), Column(gettext("Còn nợ"), is_number=True), Column(gettext("Lãi"), is_number=True)),
        rows, [gettext("Cộng"), "", "", "", "", "", sum(one.charge.remaining_vnd for one in shown), sum(one.late.interest_vnd for one in shown)],
    )  # fmt: skip


@require_POST
@staff_page(*WORKERS)
def book(request: StaffRequest) -> HttpResponse:
    """Book the interest of the chosen charges, each for itself: what cannot be booked stops no other."""
    reached = request.actor.unit_codes
    charges = [one for one in ledger_queries.list_charges_by_id(_chosen(request)) if one.unit_code in reached]
    if not charges:
        return _page(request, error=gettext("Hãy chọn ít nhất một khoản."), status=409)
    booked, total, refused = 0, 0, ""
    for charge in charges:
        try:
            made = ledger_ops.book_interest(charge_id=charge.id, actor=request.actor, at=clock.now())
        except Refused as refusal:
            refused = f"{charge.payment_code}: {refused_text(refusal)}"
            continue
        if made is not None:
            booked, total = booked + 1, total + made.total_vnd
    if refused and not booked:
        return _page(request, error=refused, status=409)
    said = ngettext(
        "Đã ghi lãi của %(n)s khoản, %(sum)s đ.", "Đã ghi lãi của %(n)s khoản, %(sum)s đ.", booked
    )
    messages.success(request, said % {"n": booked, "sum": format_number(total)})
    if refused:
        messages.warning(request, refused)
    return redirect("money:late")


def _chosen(request: StaffRequest) -> set[UUID]:
    found = set()
    for text in request.POST.getlist("khoan")[:LOOKED]:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found
