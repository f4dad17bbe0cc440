"""A series of bills put right together: what each was and will be, proposed by one, carried out by another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.billing import correction_queries
from motcua.billing import operations as billing_ops
from motcua.billing.models import CorrectionKind, CorrectionState, Rebilling
from motcua.billing.operations import Plan
from motcua.billing.rules.righting import Change, Wrong
from motcua.billing.wording import group_name, voltage_name
from motcua.config import clock
from motcua.kernel.results import Refused
from motcua.tariffs import queries as tariff_queries
from motcua.web import words
from motcua.web.errors import refused_text
from motcua.web.form_refusals import refuse_form
from motcua.web.money import sections
from motcua.web.money.corrections import KINDS, STATES
from motcua.web.staff_pages import StaffRequest, staff_page

SHOWN = 60
WRONGS = {
    Wrong.PRICE: _("Sai mục đích, nhóm giá"),
    Wrong.QUOTA: _("Sai định mức"),
    Wrong.FACTOR: _("Sai hệ số nhân"),
    Wrong.READINGS: _("Ghi chỉ số không đều: chia lại theo ngày"),
}


class RebillingForm(forms.Form):
    """Whose bills, what was wrong with them, what is right, since when."""

    account_code = forms.CharField(label=_("Mã khách hàng"), max_length=20)
    wrong = forms.ChoiceField(label=_("Sai gì"), choices=list(WRONGS.items()))
    group = forms.ChoiceField(label=_("Nhóm giá đúng"), required=False)
    voltage = forms.ChoiceField(label=_("Cấp điện áp đúng"), required=False)
    quotas = forms.DecimalField(
        label=_("Số hộ đúng"), min_value=0, max_digits=8, decimal_places=2, required=False
    )
    factor = forms.IntegerField(label=_("Hệ số nhân đúng"), min_value=1, max_value=10**6, required=False)
    wrong_since = forms.DateField(
        label=_("Sai từ ngày"), required=False, help_text=_("Để trống khi không rõ: tính lại mười hai tháng.")
    )
    kind = forms.ChoiceField(
        label=_("Sửa thế nào"),
        choices=[(kind, KINDS[kind]) for kind in (CorrectionKind.ADJUST, CorrectionKind.REPLACE)],
    )
    reason = forms.CharField(label=_("Lý do"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        book = tariff_queries.price_book()
        groups = [(code, group_name(code)) for code in sorted(book.groups)]
        voltages = [(code, voltage_name(code)) for code in sorted(book.voltage_codes)]
        self.fields["group"].choices = [("", "–"), *groups]  # type: ignore[attr-defined]
        self.fields["voltage"].choices = [("", "–"), *voltages]  # type: ignore[attr-defined]

    @property
    def asked(self) -> dict[str, Any]:
        """What the operations are told."""
        told = self.cleaned_data
        quotas = float(told["quotas"]) if told["quotas"] is not None else None
        change = Change(Wrong(told["wrong"]), told["group"], told["voltage"], quotas, told["factor"])
        return {
            "account_code": told["account_code"],
            "change": change,
            "wrong_since": told["wrong_since"],
        }


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*sections.MONEY)
def rebillings(request: StaffRequest) -> HttpResponse:
    """Series that wait and that were; another one, looked at before it is proposed."""
    form = RebillingForm(request.POST or None)
    plan: Plan | None = None
    if request.method == "POST" and form.is_valid():
        told = form.asked | {"actor": request.actor, "at": clock.now()}
        try:
            if request.POST.get("viec") == "gui":
                done = billing_ops.propose_rebilling(
                    **told, kind=form.cleaned_data["kind"], reason=form.cleaned_data["reason"]
                )
                messages.success(request, gettext("Đã gửi, chờ người khác duyệt."))
                return redirect("money:rebilling", rebilling_id=done.id)
            plan = billing_ops.preview_rebilling(**told)
        except Refused as refusal:
            refuse_form(form, refusal)
    context = {
        "form": form,
        "plan": plan,
        "lines": [
            {"bill": line.bill, "kwh": line.kwh, "total_vnd": line.total_vnd, "difference_vnd": line.difference_vnd}
            for line in plan.lines
        ] if plan else [],
        "rows": [_row(row) for row in correction_queries.list_rebillings(request.actor.unit_codes, limit=SHOWN)],
    }  # fmt: skip
    return render(request, "money/rebillings.html", context, status=422 if form.errors else 200)


@require_safe
@staff_page(*sections.MONEY)
def rebilling(request: StaffRequest, rebilling_id: UUID) -> HttpResponse:
    """One series: every bill of it before and after."""
    return _page(request, _own(request, rebilling_id))


@require_POST
@staff_page(*sections.MONEY)
def act(request: StaffRequest, rebilling_id: UUID) -> HttpResponse:
    """Approve all of it, or refuse all of it with the reason."""
    here = _own(request, rebilling_id)
    told: dict[str, Any] = {"rebilling_id": here.id, "actor": request.actor, "at": clock.now()}
    try:
        if request.POST.get("viec") == "duyet":
            billing_ops.approve_rebilling(**told)
        elif request.POST.get("viec") == "khong":
            billing_ops.refuse_rebilling(reason=request.POST.get("ly_do", ""), **told)
        else:
            raise Http404
    except Refused as refusal:
        return _page(request, here, error=refused_text(refusal))
    messages.success(request, gettext("Đã lưu."))
    return redirect("money:rebilling", rebilling_id=here.id)


def _page(request: StaffRequest, here: Rebilling, *, error: str = "") -> HttpResponse:
    lines: list[dict[str, Any]] = [
        {"row": row, "bill": row.bill, "after_vnd": row.bill.total_vnd + row.difference_vnd}
        for row in correction_queries.list_of_series(here.id)
    ]
    context = {
        "series": here, "right": _right(here.change), "proposed_by": words.actor_names([here.proposed_by])[here.proposed_by],
        "lines": lines, "error": error, "is_waiting": here.state == CorrectionState.PROPOSED, **_row(here),
        "before_vnd": sum(line["bill"].total_vnd for line in lines), "after_vnd": sum(line["after_vnd"] for line in lines),
    }  # fmt: skip
    return render(request, "money/rebilling.html", context, status=422 if error else 200)


def _right(change: Mapping[str, Any]) -> str:
    """What is right, as it was proposed; nothing where only the days were wrong."""
    if change["wrong"] == Wrong.PRICE:
        names = (group_name(change["group"]), voltage_name(change["voltage"]) if change["voltage"] else "")
        return ", ".join(name for name in names if name)
    told = change["quotas"] if change["wrong"] == Wrong.QUOTA else change["factor"]
    return "" if told is None else f"{told:g}".replace(".", ",")


def _row(row: Rebilling) -> dict[str, Any]:
    state, tone = STATES[CorrectionState(row.state)]
    return {
        "row": row, "wrong": WRONGS[Wrong(row.change["wrong"])], "kind": KINDS[CorrectionKind(row.kind)], "state": state, "tone": tone,
    }  # fmt: skip


def _own(request: StaffRequest, rebilling_id: UUID) -> Rebilling:
    """One within reach. Raises Http404."""
    row = correction_queries.find_rebilling(rebilling_id)
    if row is None or row.unit_code not in request.actor.unit_codes:
        raise Http404
    return row
