"""What an account is billed by, as dated rows: found by its code, changed by two people."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.billing import operations as billing_ops
from motcua.billing import run_queries, terms_wording
from motcua.billing.models import AccountTerms, ProposalState, TermsProposal
from motcua.billing.operations import NewTerms
from motcua.billing.rules.terms import GROUP_OF_PURPOSE
from motcua.billing.wording import group_name, voltage_name
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.supply import queries as supply_queries
from motcua.supply.queries import ContractView
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs.book import PriceBook
from motcua.web import words
from motcua.web.errors import refused_text
from motcua.web.form_refusals import refusals_beside
from motcua.web.money import sections
from motcua.web.paging import read_key, write_key
from motcua.web.staff_pages import StaffRequest, staff_page

A_PAGE = 50
PURPOSES = (1, 2, 3)  # so many purposes behind one meter can be typed
STATES = {
    ProposalState.WAITING: (_("chờ duyệt"), "wait"), ProposalState.HOLDS: (_("đã duyệt"), "good"),
    ProposalState.REFUSED: (_("không duyệt"), "bad"),
}  # fmt: skip


class TermsForm(forms.Form):
    """From when, what, by what paper. Purposes that share the meter stand beside the group; none: the group alone."""

    valid_from = forms.DateField(label=_("Có hiệu lực từ ngày"))
    price_group = forms.ChoiceField(label=_("Nhóm giá"))
    voltage = forms.ChoiceField(
        label=_("Cấp điện áp"), required=False, help_text=_("Để trống với giá sinh hoạt.")
    )
    quotas = forms.DecimalField(
        label=_("Số hộ dùng chung"), required=False, min_value=Decimal("0.01"), max_digits=8, decimal_places=2
    )
    tenants = forms.IntegerField(
        label=_("Hoặc số người thuê đã khai"), required=False, min_value=0, max_value=10_000,
        help_text=_("Thuê dưới 12 tháng. Ghi 0 nếu chưa khai ai."),
    )  # fmt: skip
    reading_days = forms.RegexField(
        r"^\s*(\d{1,2}\s*(,\s*\d{1,2}\s*){0,2})?$", label=_("Ngày ghi chỉ số riêng"), required=False,
        help_text=_("Ví dụ 5, 15, 25; 31 là cuối tháng. Để trống: ngày của đơn vị."),
    )  # fmt: skip
    factor = forms.IntegerField(label=_("Hệ số nhân"), min_value=1, max_value=10**6, initial=1)
    transformer_kva = forms.IntegerField(
        label=_("Máy biến áp riêng (kVA)"), required=False, min_value=0, max_value=10**6
    )
    area = forms.ChoiceField(label=_("Vùng được giảm giá"), required=False)
    pays_reactive = forms.BooleanField(
        label=_("Tính tiền công suất phản kháng"), required=False, initial=True
    )
    reason = forms.CharField(label=_("Căn cứ"), max_length=300)

    def __init__(self, *args: Any, book: PriceBook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = [(code, group_name(code)) for code in sorted(book.groups - book.trial_groups)]
        voltages = [("", "–"), *((code, voltage_name(code)) for code in sorted(book.voltage_codes))]
        self._choose("price_group", groups)
        self._choose("voltage", voltages)
        self._choose("area", [("", "–"), *((code, code) for code in sorted(book.areas))])
        reason = self.fields.pop("reason")
        for n in PURPOSES:
            self.fields[f"group_{n}"] = forms.ChoiceField(
                label=_("Mục đích %(n)s") % {"n": n}, required=False, choices=[("", "–"), *groups]
            )
            self.fields[f"voltage_{n}"] = forms.ChoiceField(
                label=_("Điện áp của mục đích %(n)s") % {"n": n}, required=False, choices=voltages
            )
            self.fields[f"share_{n}"] = forms.DecimalField(
                label=_("Phần của mục đích %(n)s (%%)") % {"n": n}, required=False, min_value=Decimal("0.01"),
                max_value=100, max_digits=5, decimal_places=2,
            )  # fmt: skip
        self.fields["reason"] = reason

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Of households and tenants one; a purpose with its share; all shares together the whole."""
        told = super().clean() or self.cleaned_data
        if told.get("quotas") is not None and told.get("tenants") is not None:
            self.add_error("tenants", gettext("Chỉ ghi số hộ hoặc số người thuê."))
        for n in PURPOSES:
            if (
                bool(told.get(f"group_{n}")) != bool(told.get(f"share_{n}"))
                and f"share_{n}" not in self.errors
            ):
                self.add_error(f"share_{n}", gettext("Ghi cả mục đích và phần của nó."))
        shares = [told.get(f"share_{n}") or 0 for n in PURPOSES]
        if any(shares) and sum(shares) != 100 and not self.errors:
            self.add_error("share_1", gettext("Các phần cộng lại phải là 100 %."))
        return told

    @property
    def terms(self) -> NewTerms:
        told = self.cleaned_data
        return NewTerms(
            price_group=told["price_group"], voltage=told["voltage"], area=told["area"],
            quota_hundredths=int((told["quotas"] or 1) * 100), tenants=told["tenants"],
            reading_days=sorted({int(day) for day in told["reading_days"].replace(" ", "").split(",") if day}),
            factor=told["factor"], transformer_kva=told["transformer_kva"] or 0, pays_reactive=told["pays_reactive"],
            purposes=[
                {"group": told[f"group_{n}"], "voltage": told[f"voltage_{n}"], "share": int(told[f"share_{n}"] * 100)}
                for n in PURPOSES
                if told[f"group_{n}"]
            ],
        )  # fmt: skip


class EndForm(forms.Form):
    """From when the contract alone shall be billed by, by what paper."""

    prefix = "end"
    valid_from = forms.DateField(label=_("Tính theo hợp đồng từ ngày"))
    reason = forms.CharField(label=_("Căn cứ"), max_length=300)


@require_safe
@staff_page(*sections.MONEY)
def find(request: StaffRequest) -> HttpResponse:
    """An account to look for; what waits for a second person, page by page."""
    typed = request.GET.get("ma", "").strip()[:40]
    found = supply_queries.find_contract(typed) if typed else None
    if found is not None and found.unit_code in request.actor.unit_codes:
        return redirect("money:terms-account", account=found.account_code)
    return _list(request, typed=typed)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*sections.MONEY)
def account(request: StaffRequest, account: str) -> HttpResponse:
    """What the account is billed by, day by day; what was proposed; terms to propose, or their end."""
    contract = _own(request, account)
    book = tariff_queries.price_book()
    newest = next(iter(run_queries.list_terms(contract.account_code)), None)
    ends = request.POST.get("viec") == "ket-thuc"
    form = TermsForm(None if ends else request.POST or None, book=book, initial=_initial(contract, newest))
    end_form = EndForm(request.POST if ends else None)
    typed = end_form if ends else form
    if request.method == "POST" and typed.is_valid():
        with refusals_beside(typed):
            told: dict[str, Any] = {
                "account_code": contract.account_code, "valid_from": typed.cleaned_data["valid_from"],
                "reason": typed.cleaned_data["reason"], "actor": request.actor, "at": clock.now(),
            }  # fmt: skip
            if ends:
                billing_ops.propose_terms_end(**told)
            else:
                billing_ops.propose_terms(terms=form.terms, **told)
            messages.success(request, gettext("Đã gửi, chờ người khác duyệt."))
            return redirect("money:terms-account", account=contract.account_code)
    return _account(request, contract, form, end_form)


@require_POST
@staff_page(*sections.MONEY)
def act(request: StaffRequest, proposal_id: UUID) -> HttpResponse:
    """Let them hold from their day on, or refuse them with the reason."""
    row = run_queries.find_terms_proposal(proposal_id)
    if row is None or row.unit_code not in request.actor.unit_codes:
        raise Http404
    told: dict[str, Any] = {"proposal_id": row.id, "actor": request.actor, "at": clock.now()}
    try:
        if request.POST.get("viec") == "duyet":
            billing_ops.approve_terms(**told)
        elif request.POST.get("viec") == "khong":
            billing_ops.refuse_terms(reason=request.POST.get("ly_do", ""), **told)
        else:
            raise Http404
    except Refused as refusal:
        return _list(request, error=refused_text(refusal))
    messages.success(request, gettext("Đã lưu."))
    return redirect("money:terms-account", account=row.account_code)


def _list(request: StaffRequest, *, typed: str = "", error: str = "") -> HttpResponse:
    after = read_key(request.GET.get("sau", ""))
    rows = run_queries.list_terms_waiting(request.actor.unit_codes, after=after, limit=A_PAGE + 1)
    last = rows[A_PAGE - 1] if len(rows) > A_PAGE else None
    context = {
        "typed": typed, "error": error, "waiting": _proposals(rows[:A_PAGE]), "is_first": after is None,
        "next": write_key(last.proposed_at, last.id) if last else "",
    }  # fmt: skip
    return render(request, "money/terms.html", context, status=422 if error else 200)


def _account(
    request: StaffRequest, contract: ContractView, form: TermsForm, end_form: EndForm
) -> HttpResponse:
    on = local_date(clock.now())
    proposals = run_queries.list_terms_proposals(contract.account_code)
    rows = run_queries.list_terms(contract.account_code)
    names = words.actor_names({row.set_by for row in rows})
    context = {
        "contract": contract, "form": form, "end_form": end_form,
        "may_end": any(row.valid_to is None or row.valid_to > on for row in rows),
        "by_contract": terms_wording.facts(_of_contract(contract)),
        "rows": [_row(row, names, on) for row in rows],
        "waiting": _proposals([row for row in proposals if row.state == ProposalState.WAITING]),
        "decided": _proposals([row for row in proposals if row.state != ProposalState.WAITING]),
    }  # fmt: skip
    is_wrong = form.errors or end_form.errors
    return render(request, "money/terms_account.html", context, status=422 if is_wrong else 200)


def _row(row: AccountTerms, names: dict[str, str], on: date) -> dict[str, Any]:
    holds = row.valid_from <= on and (row.valid_to is None or row.valid_to > on)
    ahead = row.valid_from > on
    state = gettext("đang dùng") if holds else gettext("chưa đến ngày") if ahead else gettext("đã hết")
    return {
        "row": row, "facts": terms_wording.facts(terms_wording.values_of(row)), "who": names.get(row.set_by, ""),
        "state": state, "tone": "good" if holds else "wait" if ahead else "neutral",
    }  # fmt: skip


def _proposals(rows: list[TermsProposal]) -> list[dict[str, Any]]:
    """Each with what holds on its first day and what it would be instead."""
    names = words.actor_names({ref for row in rows for ref in (row.proposed_by, row.decided_by) if ref})
    ending = supply_queries.find_contracts([row.account_code for row in rows if row.ends])
    return [_proposal(row, names, ending.get(row.account_code)) for row in rows]


def _proposal(row: TermsProposal, names: dict[str, str], contract: ContractView | None) -> dict[str, Any]:
    """`contract` is that of terms that shall end: it alone is billed by then."""
    state, tone = STATES[ProposalState(row.state)]
    terms = row.terms if not row.ends else _of_contract(contract) if contract else None
    return {
        "row": row, "facts": terms_wording.facts(terms) if terms else [], "state": state, "tone": tone,
        "who": names.get(row.proposed_by, ""), "decider": names.get(row.decided_by, ""),
    }  # fmt: skip


def _of_contract(contract: ContractView) -> dict[str, Any]:
    """What the contract alone says, by the names of terms."""
    group, voltage = GROUP_OF_PURPOSE.get(contract.purpose, (contract.purpose, ""))
    return {
        "price_group": group, "voltage": voltage, "area": "", "quota_hundredths": contract.quota * 100, "reading_days": [],
        "factor": 1, "transformer_kva": 0, "pays_reactive": True, "purposes": [],
    }  # fmt: skip


def _initial(contract: ContractView, held: AccountTerms | None) -> dict[str, Any]:
    """The form begins with what was set last, so that what stays need not be typed."""
    told = terms_wording.values_of(held) if held else _of_contract(contract)
    first: dict[str, Any] = {
        **{
            name: told[name]
            for name in ("price_group", "voltage", "area", "factor", "transformer_kva", "pays_reactive")
        },
        "quotas": None if told.get("is_undeclared") else _plain(told["quota_hundredths"]),
        "tenants": 0 if told.get("is_undeclared") else None,
        "reading_days": ", ".join(str(day) for day in told["reading_days"]),
    }
    for n, share in zip(PURPOSES, told["purposes"], strict=False):
        first |= {f"group_{n}": share["group"], f"voltage_{n}": share["voltage"], f"share_{n}": _plain(share["share"])}  # fmt: skip
    return first


def _plain(hundredths: int) -> Decimal | int:
    whole, rest = divmod(hundredths, 100)
    return (Decimal(hundredths) / 100).normalize() if rest else whole


def _own(request: StaffRequest, account: str) -> ContractView:
    """The contract of an account within reach. Raises Http404."""
    contract = supply_queries.find_contract(account)
    if contract is None or contract.unit_code not in request.actor.unit_codes:
        raise Http404
    return contract
