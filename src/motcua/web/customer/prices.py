"""What people look up without asking for anything: what electricity costs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from motcua.config import clock
from motcua.kernel import money
from motcua.kernel.local_time import local_date
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs import retail

GROUPS = {
    "PRODUCTION": _("Sản xuất"),
    "BUSINESS": _("Kinh doanh, dịch vụ"),
    "HOSPITAL_SCHOOL": _("Bệnh viện, trường học, nhà trẻ"),
    "ADMIN_LIGHTING": _("Chiếu sáng công cộng, cơ quan hành chính"),
}


@require_safe
def prices(request: HttpRequest) -> HttpResponse:
    """The state's prices on a day, by tier and group, with the decision they stand in."""
    day = _day(request.GET.get("ngay", "")) or local_date(clock.now())
    book = tariff_queries.price_book()
    decision = retail.find_decision(book, day)
    page: dict[str, Any] = {"day": day, "decision": decision, "decisions": retail.list_decisions(book)}
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
                "name": (line.name if get_language() != "en" else line.name_en) or gettext("Mọi điện áp"),
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
