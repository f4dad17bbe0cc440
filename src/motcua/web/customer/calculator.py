"""What a month of electricity would cost: the rule of the bills, with a picture of the steps and every line.

A page to read, not an act: what was typed stands in the address, so that an answer can be sent to somebody.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from motcua.billing.rules import rating, reading
from motcua.config import clock
from motcua.kernel import periods
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused, fill
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs.book import Part, PriceBook
from motcua.web.customer.prices import GROUPS
from motcua.web.price_steps import steps

HOME = "HOME"
VOLTAGES = ("LT_6KV", "KV6_22", "KV22_110", "GE_110KV")
# which of our inputs shows what the rule refuses
INPUTS = {
    "group": "nhom",
    "voltage": "dien_ap",
    "from": "tu",
    "to": "den",
    "registers": "thap_diem",
    "registers.normal": "kwh",
    "registers.off_peak": "thap_diem",
    "registers.peak": "cao_diem",
    "quotas": "so_ho",
    "tenants": "nguoi_thue",
}
PARTS = {
    Part.ONE: _("Mọi giờ"),
    Part.NORMAL: _("Giờ bình thường"),
    Part.OFF_PEAK: _("Giờ thấp điểm"),
    Part.PEAK: _("Giờ cao điểm"),
    Part.UNDECLARED: _("Người thuê chưa khai"),
}


class CalculatorForm(forms.Form):
    """What a customer can read off a meter or a bill."""

    nhom = forms.ChoiceField(
        label=_("Dùng điện để làm gì?"), choices=[(HOME, _("Sinh hoạt")), *GROUPS.items()]
    )
    kwh = forms.IntegerField(
        label=_("Số điện dùng"), help_text=_("kWh, như trên công tơ hoặc hóa đơn"), min_value=0,
        max_value=reading.MOST_KWH,
    )  # fmt: skip
    tu = forms.DateField(label=_("Ngày đọc số lần trước"), widget=forms.DateInput())
    den = forms.DateField(label=_("Ngày đọc số lần này"), widget=forms.DateInput())
    so_ho = forms.IntegerField(
        label=_("Số hộ dùng chung công tơ"), required=False, min_value=1, max_value=reading.MOST_QUOTAS
    )
    nguoi_thue = forms.IntegerField(
        label=_("Hoặc số người thuê đã khai"), required=False, min_value=0, max_value=reading.MOST_QUOTAS,
        help_text=_("Thuê dưới 12 tháng: bốn người tính một hộ. Ghi 0 nếu chưa khai ai."),
    )  # fmt: skip
    dien_ap = forms.ChoiceField(
        label=_("Điện áp"), required=False, choices=[(code, code) for code in VOLTAGES]
    )
    thap_diem = forms.IntegerField(label=_("Trong đó giờ thấp điểm (kWh)"), required=False, min_value=0)
    cao_diem = forms.IntegerField(label=_("Trong đó giờ cao điểm (kWh)"), required=False, min_value=0)

    def told(self) -> dict[str, Any]:
        """The case that the inputs tell, as the rule reads it."""
        typed = self.cleaned_data
        told: dict[str, Any] = {
            "group": typed["nhom"],
            "from": typed["tu"].isoformat(),
            "to": typed["den"].isoformat(),
            "kwh": typed["kwh"],
            "quotas": typed["so_ho"],
            "tenants": typed["nguoi_thue"],
        }
        if typed["nhom"] == HOME:
            return told
        told["voltage"] = typed["dien_ap"] or VOLTAGES[0]
        off_peak, peak = typed["thap_diem"], typed["cao_diem"]
        if off_peak or peak:
            rest = told.pop("kwh") - (off_peak or 0) - (peak or 0)
            told["registers"] = {"normal": rest, "off_peak": off_peak or 0, "peak": peak or 0}
        return told


@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    """The form, and under it the answer once a number of kilowatt-hours was typed."""
    today = local_date(clock.now())
    first = {"nhom": HOME, "tu": periods.months_before(today, 1), "den": today, "dien_ap": VOLTAGES[0]}
    is_asked = "kwh" in request.GET
    typed = {**{name: str(value) for name, value in first.items()}, **request.GET.dict()}
    form = CalculatorForm(typed) if is_asked else CalculatorForm(initial=first)
    book = tariff_queries.price_book()
    _name_voltages(form, book)
    page: dict[str, Any] = {"form": form}
    if is_asked and form.is_valid() and (bill := _rated(form, book)):
        page |= _told(bill)
    return render(request, "customer/calculator.html", page, status=422 if form.errors else 200)


def _rated(form: CalculatorForm, book: PriceBook) -> rating.Bill | None:
    """The bill, or what the rule refuses beside the input it concerns."""
    try:
        return rating.rate(reading.read_case(reading.given(form.told()), book), book)
    except Refused as refusal:
        sentence = fill(gettext(refusal.message), refusal.facts)
        field = INPUTS.get(refusal.field or "", refusal.field)
        if field == "kwh" and "registers" in (refusal.field or ""):
            sentence = gettext("Giờ thấp điểm và cao điểm cộng lại nhiều hơn số điện dùng.")
        if field == "den":
            sentence = gettext("Ngày đọc số lần này phải sau lần trước.")
        if field in ("so_ho", "nguoi_thue"):
            sentence = gettext("Chỉ tính cho điện sinh hoạt, và chỉ một trong hai: số hộ hoặc số người thuê.")
        form.add_error(field if field in form.fields else None, sentence)
        return None


def _told(bill: rating.Bill) -> dict[str, Any]:
    return {
        "bill": bill,
        "vat_percent": f"{bill.vat_rate * 100:.0f}",
        "rows": [
            {"name": _name(line), "line": line, "relief": line.relief.replace("_", " ")}
            for line in bill.lines
        ],
        "steps": steps(bill.lines),
        "kwh": sum(line.kwh_parts for line in bill.lines) // (bill.lines[0].unit if bill.lines else 1),
    }


def _name(line: rating.Line) -> str:
    if line.part is Part.TIER:
        return gettext("Bậc %(n)s") % {"n": line.tier}
    return str(PARTS[line.part])


def _name_voltages(form: CalculatorForm, book: PriceBook) -> None:
    names = {row.code: row.name_en if get_language() == "en" else row.name for row in book.voltages}
    form.fields["dien_ap"].choices = [(code, names.get(code, code)) for code in VOLTAGES]  # type: ignore[attr-defined]
