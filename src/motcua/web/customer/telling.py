"""What people look up without asking for anything: where the power is out, what electricity costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel import money
from motcua.kernel.local_time import local_date
from motcua.requests import queries as request_queries
from motcua.services import catalogue
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs import retail

RECENT = timedelta(hours=24)
FAULT = "FAULT"
GROUPS = {
    "PRODUCTION": _("Sản xuất"),
    "BUSINESS": _("Kinh doanh, dịch vụ"),
    "HOSPITAL_SCHOOL": _("Bệnh viện, trường học, nhà trẻ"),
    "LIGHTING_ADMIN": _("Chiếu sáng công cộng, cơ quan hành chính"),
}
VOLTAGES = {
    "ge_110kV": _("Từ 110 kV trở lên"),
    "kV22_110": _("Từ 22 kV đến dưới 110 kV"),
    "kV6_22": _("Từ 6 kV đến dưới 22 kV"),
    "lt_6kV": _("Dưới 6 kV"),
    "ge_22kV": _("Từ 22 kV trở lên"),
    "ge_6kV": _("Từ 6 kV trở lên"),
}


@dataclass(frozen=True)
class Cut:
    """A unit where reports of faults are open: how many, since when."""

    unit: str
    count: int
    since: datetime


@require_safe
def power_cut(request: HttpRequest) -> HttpResponse:
    """Call, report, see where others have reported."""
    at = clock.now()
    page = {"at": at, "cuts": _cuts(at), "fault": catalogue.current().find(FAULT, local_date(at))}
    return render(request, "customer/power_cut.html", page)


def _cuts(at: datetime) -> Sequence[Cut]:
    """Open reports of the last day by unit, most first. By unit alone, so that no house can be told from it."""
    names = {unit.code: unit.name for unit in company_queries.list_units()}
    reports = request_queries.list_recent(unit_codes=list(names), service=FAULT)
    open_ones = reports.filter(closed_at__isnull=True, submitted_at__gt=at - RECENT)
    rows = open_ones.order_by("unit_code").values_list("unit_code")
    counted = rows.annotate(n=Count("id"), since=Min("submitted_at")).order_by("-n", "unit_code")
    return [Cut(names[code], n, since) for code, n, since in counted[:20]]


@require_safe
def prices(request: HttpRequest) -> HttpResponse:
    """The state's prices on a day, by tier and group, with the decision they stand in."""
    day = _day(request.GET.get("ngay", "")) or local_date(clock.now())
    decision = retail.find_decision(day)
    page: dict[str, Any] = {"day": day, "decision": decision, "decisions": retail.decisions()}
    if decision is not None:
        rate = tariff_queries.find_rate("VAT_ELECTRICITY", day)
        page |= {
            "vat": rate is not None,
            "vat_percent": f"{(rate or 0) * 100:.0f}",
            "tiers": [
                {
                    "first": tier.first,
                    "last": tier.last,
                    "price_vnd": tier.price_vnd,
                    "with_vat": tier.price_vnd + money.vat_vnd(tier.price_vnd, rate) if rate else None,
                }
                for tier in decision.tiers
            ],
            "prepaid_with_vat": decision.prepaid_vnd + money.vat_vnd(decision.prepaid_vnd, rate)
            if rate
            else None,
            "groups": [_group(group) for group in decision.groups],
            "fees": [
                {"text": fee.name if get_language() != "en" else fee.name_en, "amount_vnd": fee.amount_vnd}
                for fee in tariff_queries.list_fees(day, "RECONNECT_")
            ],
        }
    return render(request, "customer/prices.html", page)


def _group(group: retail.Group) -> dict[str, Any]:
    return {
        "name": GROUPS[group.code],
        "has_hours": group.has_hours,
        "source": group.source,
        "lines": [
            {
                "name": VOLTAGES.get(line.code, gettext("Mọi điện áp")),
                "normal_vnd": line.normal_vnd,
                "off_peak_vnd": line.off_peak_vnd,
                "peak_vnd": line.peak_vnd,
            }
            for line in group.lines
        ],
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
