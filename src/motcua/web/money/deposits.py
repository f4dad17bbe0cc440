"""Deposits: asked of a customer, held, given back with four eyes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.kernel.local_time import day_bounds, local_date
from motcua.kernel.money import parse_vnd
from motcua.kernel.results import Refused
from motcua.ledger import held
from motcua.ledger import operations as ledger_ops
from motcua.ledger.held import DepositView
from motcua.ledger.models import ReturnState
from motcua.supply import queries as supply_queries
from motcua.web import words
from motcua.web.errors import refused_text
from motcua.web.money.sections import MONEY
from motcua.web.money.sheets import Cell, Column, Sheet, Value, as_csv, as_paper
from motcua.web.paging import read_key, write_key
from motcua.web.staff_pages import StaffRequest, staff_page

PAGE, IN_A_FILE, DUE_DAYS = 50, 100_000, 10
WORKERS = (Role.ACCOUNTANT, Role.SUPERVISOR)
VIEWS = {"": (held.HELD, _("Đang giữ")), "cho-nop": (held.UNPAID, _("Chờ nộp")), "xong": (held.ENDED, _("Đã xong"))}  # fmt: skip
STATES = {
    ReturnState.ASKED: (_("chờ duyệt"), "wait"),
    ReturnState.DONE: (_("đã trả"), "good"),
    ReturnState.REFUSED: (_("không duyệt"), "bad"),
}


class DepositForm(forms.Form):
    """Who lays down how much by when, and what for. `key` makes a form that is sent twice one deposit."""

    account_code = forms.CharField(label=_("Mã khách hàng"), max_length=13)
    amount = forms.CharField(
        label=_("Số tiền"), max_length=20, widget=forms.TextInput({"inputmode": "numeric"})
    )
    due = forms.DateField(label=_("Nộp trước hết ngày"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    reason = forms.CharField(label=_("Đặt cọc cho việc gì"), min_length=3, max_length=200)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, units: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = units

    def clean_account_code(self) -> str:
        code = str(self.cleaned_data["account_code"]).strip().upper()
        self.contract = supply_queries.find_contract(code)
        if self.contract is None or self.contract.unit_code not in self.units:
            raise forms.ValidationError(gettext("Không có mã khách hàng này trong phạm vi của anh/chị."))
        return code

    def clean_amount(self) -> int:
        return _amount(self.cleaned_data["amount"])

    def clean_due(self) -> Any:
        if self.cleaned_data["due"] < local_date(clock.now()):
            raise forms.ValidationError(gettext("Hạn nộp phải từ hôm nay trở đi."))
        return self.cleaned_data["due"]


def _amount(text: str) -> int:
    amount = parse_vnd(text)
    if not amount or amount < 0:
        raise forms.ValidationError(gettext("Số tiền phải là số đồng nguyên, lớn hơn 0."))
    return amount


@require_safe
@staff_page(*MONEY)
def deposits(request: StaffRequest) -> HttpResponse:
    """What is held, what is still to come in, what is over; and what waits for a second person."""
    word = request.GET.get("xem", "") if request.GET.get("xem", "") in VIEWS else ""
    which, _title = VIEWS[word]
    in_full = request.GET.get("dang") in {"csv", "pdf"}
    limit = IN_A_FILE if in_full else PAGE
    shown = held.page_deposits(
        units=request.actor.unit_codes,
        which=which,
        limit=limit + 1,
        before=read_key(request.GET.get("sau", "")),
    )
    sheet = _sheet(shown[:limit], str(_title))
    if in_full:
        return as_csv(sheet) if request.GET["dang"] == "csv" else as_paper(request, sheet)
    asked = held.list_asked_returns(request.actor.unit_codes)
    names = words.actor_names({row.asked_by for row in asked})
    kept = {"xem": word} if word else {}
    more = (
        {**kept, "sau": write_key(shown[PAGE - 1].created_at, shown[PAGE - 1].charge_id)}
        if len(shown) > PAGE
        else {}
    )
    context = {
        "sheet": sheet, "query": urlencode(kept), "asked": [(row, names.get(row.asked_by, row.asked_by)) for row in asked],
        "tabs": [{"label": title, "href": f"?xem={key}" if key else "?", "here": key == word} for key, (_which, title) in VIEWS.items()],
        "next": "?" + urlencode(more) if more else "", "first_url": "?" + urlencode(kept),
        "is_first": not request.GET.get("sau"), "may_add": request.actor.has_role(*WORKERS),
    }  # fmt: skip
    return render(request, "money/deposits.html", context)


def _sheet(shown: list[DepositView], title: str) -> Sheet:
    names = customer_queries.list_names({one.customer_id for one in shown if one.customer_id})
    rows: list[list[Value]] = [
        [
            Cell(one.payment_code, reverse("money:deposit", args=[one.charge_id])), one.account_code,
            names.get(one.customer_id, "") if one.customer_id else "", one.description, one.total_vnd, one.paid_vnd,
            one.returned_vnd, one.held_vnd,
        ]
        for one in shown
    ]  # fmt: skip
    sums = [
        sum(getattr(one, name) for one in shown)
        for name in ("total_vnd", "paid_vnd", "returned_vnd", "held_vnd")
    ]
    numbers = [Column(text, is_number=True) for text in (gettext("Phải nộp"), gettext("Đã nộp"), gettext("Đã trả"), gettext("Còn giữ"))]  # fmt: skip
    return Sheet(
        "dat-coc", gettext("Tiền đặt cọc"), title,
        (Column(gettext("Mã thanh toán")), Column(gettext("Mã khách hàng")), Column(gettext("Khách hàng")), Column(gettext("Cho việc")), *numbers),
        rows, [gettext("Cộng"), "", "", "", *sums],
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*WORKERS)
def add(request: StaffRequest) -> HttpResponse:
    """Ask a customer for a deposit: from then on it stands among what they owe, with its payment code and QR."""
    now = clock.now()
    first = {"key": uuid4(), "due": local_date(now) + timedelta(days=DUE_DAYS)}
    form = DepositForm(request.POST or None, units=request.actor.unit_codes, initial=first)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        assert form.contract is not None
        try:
            made = ledger_ops.raise_deposit(
                customer_id=form.contract.customer_id, account_code=told["account_code"], unit_code=form.contract.unit_code,
                amount_vnd=told["amount"], due_at=day_bounds(told["due"])[1] - timedelta(seconds=1), reason=told["reason"],
                actor=request.actor, at=now, key=f"deposit:{told['key']}",
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, refused_text(refusal))
        else:
            messages.success(request, gettext("Đã ghi khoản đặt cọc; khách hàng thấy ở mục cần thanh toán."))
            return redirect("money:deposit", charge_id=made.id)
    return render(request, "money/deposit_add.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@staff_page(*MONEY)
def deposit(request: StaffRequest, charge_id: UUID) -> HttpResponse:
    """One deposit: what came in, what went back and who said so."""
    return _one(request, _find(request, charge_id))


@require_POST
@staff_page(*WORKERS)
def act(request: StaffRequest, charge_id: UUID) -> HttpResponse:
    """Propose to give back, or decide on what somebody else proposed."""
    here = _find(request, charge_id)
    try:
        said = _act(request, here)
    except Refused as refusal:
        return _one(request, _find(request, charge_id), error=refused_text(refusal), status=409)
    messages.success(request, said)
    return redirect("money:deposit", charge_id=here.charge_id)


def _act(request: StaffRequest, here: DepositView) -> str:
    wanted, note = request.POST.get("viec", ""), request.POST.get("ly_do", "")
    facts: dict[str, Any] = {"actor": request.actor, "at": clock.now()}
    if wanted == "de-nghi":
        amount = parse_vnd(request.POST.get("so_tien", "")) or 0
        ledger_ops.ask_deposit_return(charge_id=here.charge_id, amount_vnd=amount, reason=note, **facts)
        return gettext("Đã ghi đề nghị; cần người thứ hai duyệt.")
    asked = next(
        (row for row in held.list_returns(here.charge_id) if str(row.id) == request.POST.get("de_nghi")), None
    )
    if asked is None:
        raise Http404
    if wanted == "duyet":
        ledger_ops.approve_deposit_return(return_id=asked.id, **facts)
        return gettext("Đã trả vào tiền trả trước của khách hàng.")
    if wanted == "tu-choi":
        ledger_ops.refuse_deposit_return(return_id=asked.id, note=note, **facts)
        return gettext("Đã ghi không duyệt.")
    raise Http404


def _one(request: StaffRequest, here: DepositView, *, error: str = "", status: int = 200) -> HttpResponse:
    returns = held.list_returns(here.charge_id)
    names = words.actor_names({ref for row in returns for ref in (row.asked_by, row.decided_by) if ref})
    may_act = request.actor.has_role(*WORKERS)
    lines = [
        {
            "row": row, "state": STATES[ReturnState(row.state)][0], "tone": STATES[ReturnState(row.state)][1],
            "asked_by": names.get(row.asked_by, row.asked_by), "decided_by": names.get(row.decided_by, row.decided_by),
            "is_own": row.asked_by == request.actor.ref,
            "may_decide": may_act and row.state == ReturnState.ASKED and row.asked_by != request.actor.ref,
        }
        for row in returns
    ]  # fmt: skip
    owners = customer_queries.list_names([here.customer_id]) if here.customer_id else {}
    typed = {name: request.POST.get(name, "")[:200] for name in ("so_tien", "ly_do")} if error else {}
    context = {
        "deposit": here, "owner": owners.get(here.customer_id, "") if here.customer_id else "", "lines": lines,
        "may_ask": may_act and here.free_vnd > 0, "typed": typed, "error": error, "has_errors": bool(error),
    }  # fmt: skip
    return render(request, "money/deposit.html", context, status=status)


def _find(request: StaffRequest, charge_id: UUID) -> DepositView:
    """A deposit within reach. Raises Http404 for any other."""
    here = held.find_deposit(charge_id, request.actor.unit_codes)
    if here is None:
        raise Http404
    return here
