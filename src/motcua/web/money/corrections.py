"""Bills put right: proposed on the bill's page, carried out by a second person where money goes back."""

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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.billing import correction_queries, queries, wording
from motcua.billing import operations as billing_ops
from motcua.billing.models import CorrectionKind, CorrectionState
from motcua.billing.queries import BillView
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel.results import Refused
from motcua.web.errors import refused_text
from motcua.web.money import sections
from motcua.web.staff_pages import StaffRequest, staff_page

SHOWN = 100
KINDS = {
    CorrectionKind.REPLACE: _("Thay thế bằng hóa đơn khác"),
    CorrectionKind.ADJUST: _("Điều chỉnh phần chênh lệch"),
    CorrectionKind.CANCEL: _("Hủy, không phải trả"),
}
STATES = {
    CorrectionState.PROPOSED: (_("chờ duyệt"), "wait"),
    CorrectionState.DONE: (_("đã làm"), "good"),
    CorrectionState.REFUSED: (_("không duyệt"), "neutral"),
}
REGISTERS = {
    "normal": _("Sản lượng giờ bình thường"),
    "off_peak": _("Sản lượng giờ thấp điểm"),
    "peak": _("Sản lượng giờ cao điểm"),
}


class CorrectionForm(forms.Form):
    """What shall become of the bill, the right kilowatt-hours (of each of its parts), why."""

    kind = forms.ChoiceField(label=_("Sửa thế nào"), choices=list(KINDS.items()))

    def __init__(self, *args: Any, case: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        for number, part in enumerate(_parts(case)):
            of_part = f" · {_part_name(part)}" if isinstance(case, list) else ""
            for name, label, told in _asked(part):
                self.fields[_name(name, number)] = forms.IntegerField(
                    label=f"{label}{of_part}", min_value=0, max_value=10**9, initial=told
                )
        self.fields["reason"] = forms.CharField(label=_("Lý do"), max_length=300)

    @property
    def right_case(self) -> Any:
        """The bill's case with the right kilowatt-hours; None where it is cancelled."""
        if self.cleaned_data["kind"] == CorrectionKind.CANCEL:
            return None
        right = [self._right_part(number, part) for number, part in enumerate(_parts(self.case))]
        return right if isinstance(self.case, list) else right[0]

    def _right_part(self, number: int, part: dict[str, Any]) -> dict[str, Any]:
        told = self.cleaned_data
        if "registers" in part:
            return {**part, "registers": {name: told[_name(name, number)] for name in REGISTERS}}
        return {**part, "kwh": told[_name("kwh", number)]}


def _parts(case: Any) -> list[dict[str, Any]]:
    """A bill's case, or those of its parts: purposes that share a meter, stretches at different prices."""
    return case if isinstance(case, list) else [case]


def _name(name: str, number: int) -> str:
    return f"{name}-{number + 1}" if number else name


def _part_name(part: dict[str, Any]) -> str:
    first, last = date.fromisoformat(part["from"]), date.fromisoformat(part["to"])
    return f"{wording.group_name(part['group'])}, {first:%d/%m} – {last:%d/%m}"


def _asked(case: dict[str, Any]) -> list[tuple[str, Any, int]]:
    if "registers" in case:
        return [(name, label, case["registers"][name]) for name, label in REGISTERS.items()]
    return [("kwh", _("Sản lượng đúng (kWh)"), case["kwh"])]


@require_safe
@staff_page(*sections.MONEY)
def corrections(request: StaffRequest) -> HttpResponse:
    """What waits for a second person."""
    return _list(request)


@require_POST
@staff_page(*sections.MONEY)
def act(request: StaffRequest, correction_id: UUID) -> HttpResponse:
    """Approve, or refuse with the reason."""
    told: dict[str, Any] = {"correction_id": correction_id, "actor": request.actor, "at": clock.now()}
    try:
        if request.POST.get("viec") == "duyet":
            billing_ops.approve_correction(**told)
        elif request.POST.get("viec") == "khong":
            billing_ops.refuse_correction(reason=request.POST.get("ly_do", ""), **told)
        else:
            raise Http404
    except Refused as refusal:
        return _list(request, error=refused_text(refusal))
    messages.success(request, gettext("Đã lưu."))
    return redirect("money:corrections")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*sections.MONEY)
def correct(request: StaffRequest, bill_id: UUID) -> HttpResponse:
    """One bill: what was done to it, and a form to put it right."""
    bill = _bill(request, bill_id)
    form = CorrectionForm(request.POST or None, case=bill.case)
    if request.method == "POST" and form.is_valid():
        try:
            done = billing_ops.propose_correction(
                bill_id=bill.id, kind=form.cleaned_data["kind"], case=form.right_case, reason=form.cleaned_data["reason"],
                actor=request.actor, at=clock.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, refused_text(refusal))
        else:
            waits = done.state == CorrectionState.PROPOSED
            messages.success(
                request, gettext("Đã gửi, chờ người khác duyệt.") if waits else gettext("Đã sửa.")
            )
            return redirect("money:correct", bill_id=bill.id)
    context = {
        "bill": bill,
        "form": form,
        "done": [
            (row, KINDS[CorrectionKind(row.kind)], *STATES[CorrectionState(row.state)])
            for row in correction_queries.list_of_bill(bill.id)
        ],
    }
    return render(request, "money/correct.html", context, status=422 if form.errors else 200)


def _list(request: StaffRequest, *, error: str = "") -> HttpResponse:
    rows = correction_queries.list_waiting(request.actor.unit_codes, limit=SHOWN)
    names = company_queries.unit_names({row.unit_code for row in rows})
    context = {
        "rows": [
            (row, KINDS[CorrectionKind(row.kind)], names.get(row.unit_code, row.unit_code)) for row in rows
        ],
        "error": error,
    }
    return render(request, "money/corrections.html", context, status=422 if error else 200)


def _bill(request: StaffRequest, bill_id: UUID) -> BillView:
    """A bill within reach. Raises Http404 for any other."""
    bill = queries.find_bill(bill_id)
    if bill is None or bill.unit_code not in request.actor.unit_codes:
        raise Http404
    return bill
