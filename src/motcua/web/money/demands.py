"""The highest demand of a billed period, told by hand: what the bill would have been by prices on trial."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from motcua.billing import operations as billing_ops
from motcua.billing import queries, wording
from motcua.billing.models import BillKind
from motcua.billing.operations import DemandDoubtful
from motcua.billing.queries import BillView
from motcua.config import clock
from motcua.kernel import codes
from motcua.kernel.ids import parse_id
from motcua.kernel.money import format_number
from motcua.kernel.results import Refused
from motcua.web.errors import refused_text
from motcua.web.money import sections
from motcua.web.staff_pages import StaffRequest, staff_page

BILLS_SHOWN = 14


class DemandForm(forms.Form):
    """Of which period, how much, where it was read. `sure` is asked for what may be a slip."""

    bill = forms.ChoiceField(label=_("Kỳ hóa đơn"))
    kw = forms.DecimalField(
        label=_("Công suất lớn nhất (kW)"), min_value=Decimal("0.01"), max_digits=9, decimal_places=2
    )
    source = forms.CharField(label=_("Đọc ở đâu"), max_length=200)
    sure = forms.BooleanField(label=_("Đã kiểm tra, đúng như vậy"), required=False)

    def __init__(self, *args: Any, bills: list[BillView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bill"].choices = [(str(bill.id), _label(bill)) for bill in bills]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*sections.MONEY)
def demands(request: StaffRequest) -> HttpResponse:
    """The bills of an account with what was told of them; one more to tell. Nothing that is owed changes."""
    typed = (request.POST if request.method == "POST" else request.GET).get("ma", "").strip()[:40]
    account = codes.clean_account_code(typed)
    bills = _bills(request, account) if account else []
    form = DemandForm(request.POST or None, bills=bills)
    is_doubtful = False
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            made = billing_ops.tell_demand(
                bill_id=parse_id(told["bill"]) or bills[0].id, kw_hundredths=int(told["kw"] * 100), source=told["source"],
                actor=request.actor, at=clock.now(), is_sure=told["sure"],
            )  # fmt: skip
        except Refused as refusal:
            is_doubtful = isinstance(refusal, DemandDoubtful)
            form.add_error("kw" if refusal.field == "kw" else "bill", refused_text(refusal))
        else:
            text = gettext("Đã ghi. Tính thử: %(vnd)s đồng.")
            messages.success(request, text % {"vnd": format_number(sum(one.total_vnd for one in made))})
            return redirect(f"{reverse('money:demands')}?{urlencode({'ma': account})}")
    context = {
        "typed": typed, "form": form, "account": account, "is_doubtful": is_doubtful, "lines": [_line(bill) for bill in bills],
    }  # fmt: skip
    return render(request, "money/demands.html", context, status=422 if form.errors else 200)


def _bills(request: StaffRequest, account: str) -> list[BillView]:
    """The newest standing bills of use within reach."""
    found = queries.list_bills(account, limit=BILLS_SHOWN)
    return [bill for bill in found if bill.kind != BillKind.ADJUSTMENT and bill.unit_code in request.actor.unit_codes]  # fmt: skip


def _line(bill: BillView) -> dict[str, Any]:
    shadows = queries.list_shadows(bill.id)
    return {
        "bill": bill, "month": wording.month_name(bill), "shadows": [
            {"shadow": one, "difference": wording.signed_vnd(one.total_vnd - bill.total_vnd)} for one in shadows
        ],
    }  # fmt: skip


def _label(bill: BillView) -> str:
    return f"{wording.month_name(bill)} ({wording.period_words(bill)}): {format_number(bill.kwh)} kWh"
