"""How bills are run, as dated rows: what holds, what held, what shall hold once a second person agrees."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from motcua.billing import operations as billing_ops
from motcua.billing import policy_queries
from motcua.billing.models import BillingPolicy, PolicyProposal
from motcua.billing.operations import NewPolicy
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.web.errors import refused_text
from motcua.web.form_refusals import refusals_beside
from motcua.web.money import sections
from motcua.web.staff_pages import StaffRequest, staff_page

ROUNDINGS = {"CIRCULAR": _("Làm tròn đến kWh"), "NONE": _("Không làm tròn")}
LABELS = {
    "reading_day": _("Ngày ghi chỉ số"),
    "days_around": _("Chỉ số được lệch (ngày)"),
    "above_percent": _("Hỏi lại khi tăng quá (%)"),
    "below_percent": _("Hỏi lại khi giảm quá (%)"),
    "due_days": _("Hạn trả (ngày)"),
    "estimate_cycles": _("Ước tính theo (kỳ)"),
    "own_days_before": _("Khách tự ghi trước (ngày)"),
    "own_days_after": _("Khách tự ghi sau (ngày)"),
}
HELPS = {"reading_day": _("31 là ngày cuối tháng."), "days_around": _("Quanh ngày ghi chỉ số.")}


class PolicyForm(forms.Form):
    """Whose, from when, what, by what decision."""

    unit_code = forms.ChoiceField(label=_("Đơn vị"), required=False)
    valid_from = forms.DateField(label=_("Có hiệu lực từ ngày"))

    def __init__(self, *args: Any, units: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit_code"].choices = units  # type: ignore[attr-defined]
        for name, label in LABELS.items():
            least, most = billing_ops.POLICY_BOUNDS[name]
            self.fields[name] = forms.IntegerField(
                label=label, min_value=least, max_value=most, help_text=HELPS.get(name, "")
            )
        self.fields["norm_rounding"] = forms.ChoiceField(
            label=_("Định mức bậc thang"), choices=list(ROUNDINGS.items())
        )
        self.fields["asks_customers"] = forms.BooleanField(
            label=_("Khách hàng được tự ghi chỉ số"), required=False
        )
        self.fields["source"] = forms.CharField(label=_("Căn cứ"), max_length=400)

    @property
    def policy(self) -> NewPolicy:
        return NewPolicy(**{name: self.cleaned_data[name] for name in NewPolicy.__dataclass_fields__})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*sections.MONEY)
def policies(request: StaffRequest) -> HttpResponse:
    """Every row of the units within reach, newest first; what waits; one more to propose."""
    units = _units(request)
    held = policy_queries.find_held("", local_date(clock.now()))
    form = PolicyForm(request.POST or None, units=units, initial=_values(held) if held else {})
    if request.method == "POST" and form.is_valid():
        with refusals_beside(form):
            billing_ops.propose_policy(
                unit_code=form.cleaned_data["unit_code"], valid_from=form.cleaned_data["valid_from"], policy=form.policy,
                source=form.cleaned_data["source"], actor=request.actor, at=clock.now(),
            )  # fmt: skip
            messages.success(request, gettext("Đã gửi, chờ người khác duyệt."))
            return redirect("money:policies")
    return _page(request, form, status=422 if form.errors else 200)


@require_POST
@staff_page(*sections.MONEY)
def act(request: StaffRequest, proposal_id: UUID) -> HttpResponse:
    """Let it hold from its day on, or refuse it with the reason."""
    told: dict[str, Any] = {"proposal_id": proposal_id, "actor": request.actor, "at": clock.now()}
    try:
        if request.POST.get("viec") == "duyet":
            billing_ops.approve_policy(**told)
        elif request.POST.get("viec") == "khong":
            billing_ops.refuse_policy(reason=request.POST.get("ly_do", ""), **told)
        else:
            raise Http404
    except Refused as refusal:
        form = PolicyForm(units=_units(request))
        return _page(request, form, error=refused_text(refusal), status=422)
    messages.success(request, gettext("Đã lưu."))
    return redirect("money:policies")


def _page(request: StaffRequest, form: PolicyForm, *, error: str = "", status: int = 200) -> HttpResponse:
    on = local_date(clock.now())
    names = dict(_units(request))
    reach = {*names, ""}
    context = {
        "form": form,
        "error": error,
        "rows": [_row(row, names, on) for row in policy_queries.list_rows(reach)],
        "waiting": [_proposal(row, names) for row in policy_queries.list_waiting(reach)],
    }
    return render(request, "money/policies.html", context, status=status)


def _units(request: StaffRequest) -> list[tuple[str, str]]:
    """The company (at its centre), and the units within reach."""
    units = [(unit.code, unit.name) for unit in company_queries.list_units(request.actor.unit_codes)]
    is_whole = company_queries.get_centre().code in request.actor.unit_codes
    return [("", gettext("Cả tổng công ty")), *units] if is_whole else units


def _row(row: BillingPolicy, names: dict[str, str], on: date) -> dict[str, Any]:
    holds = row.valid_from <= on and (row.valid_to is None or row.valid_to > on)
    return {
        "row": row,
        "unit": names.get(row.unit_code, gettext("Cả tổng công ty")),
        "facts": _facts(_values(row)),
        "state": gettext("đang dùng")
        if holds
        else gettext("chưa đến ngày")
        if row.valid_from > on
        else gettext("đã hết"),
        "tone": "good" if holds else "wait" if row.valid_from > on else "neutral",
    }


def _proposal(row: PolicyProposal, names: dict[str, str]) -> dict[str, Any]:
    """With what it changes of what holds on its first day."""
    held = policy_queries.find_held(row.unit_code, row.valid_from)
    before = _values(held) if held else {}
    changed = {name: value for name, value in row.policy.items() if before.get(name) != value}
    return {
        "row": row,
        "unit": names.get(row.unit_code, gettext("Cả tổng công ty")),
        "changes": [(label, _said(name, before.get(name, "–")), _said(name, changed[name])) for name, label in _labels() if name in changed],
    }  # fmt: skip


def _values(row: BillingPolicy) -> dict[str, Any]:
    return {name: getattr(row, name) for name in NewPolicy.__dataclass_fields__}


def _labels() -> list[tuple[str, Any]]:
    more = {"norm_rounding": _("Định mức bậc thang"), "asks_customers": _("Khách hàng được tự ghi chỉ số")}
    return list({**LABELS, **more}.items())


def _facts(values: dict[str, Any]) -> list[tuple[Any, Any]]:
    return [(label, _said(name, values[name])) for name, label in _labels()]


def _said(name: str, value: Any) -> Any:
    if name == "norm_rounding":
        return ROUNDINGS.get(value, value)
    if name == "asks_customers" and isinstance(value, bool):
        return gettext("có") if value else gettext("không")
    return value
