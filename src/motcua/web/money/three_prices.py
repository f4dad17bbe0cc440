"""Who should be billed by three prices and hangs on a meter of one register."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from motcua.billing import three_price_queries
from motcua.billing.models import ThreePriceCase, ThreePriceWhy
from motcua.billing.wording import group_name
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.tariffs import queries as tariff_queries
from motcua.web.money import sections
from motcua.web.staff_pages import StaffRequest, staff_page

A_PAGE = 50
WHYS = {
    ThreePriceWhy.GROUP: _("cả nhóm giá phải mua ba giá"),
    ThreePriceWhy.TRANSFORMER: _("có máy biến áp riêng"),
    ThreePriceWhy.USE: _("dùng nhiều điện"),
}


@require_safe
@staff_page(*sections.MONEY)
def three_prices(request: StaffRequest) -> HttpResponse:
    """The list, page by page, with the rules it was made by."""
    after = request.GET.get("sau", "")[:13]
    found = three_price_queries.list_cases(request.actor.unit_codes, after=after, limit=A_PAGE + 1)
    shown = found[:A_PAGE]
    units = company_queries.unit_names({row.unit_code for row in shown})
    context = {
        "lines": [_line(row, units) for row in shown],
        "rules": [(group_name(rule.customer_group), rule) for rule in tariff_queries.list_three_prices(local_date(clock.now()))],
        "next": shown[-1].account_code if len(found) > A_PAGE else "", "is_first": not after,
    }  # fmt: skip
    return render(request, "money/three_prices.html", context)


def warning(row: ThreePriceCase | None) -> str:
    """What stands beside a bill that could not be made; nothing of who is on no list."""
    if row is None:
        return ""
    return gettext("Thuộc diện ba giá (%(why)s) mà công tơ chỉ một giá.") % {
        "why": WHYS[ThreePriceWhy(row.why)]
    }


def _line(row: ThreePriceCase, units: dict[str, str]) -> dict[str, Any]:
    return {
        "row": row, "group": group_name(row.price_group), "why": WHYS[ThreePriceWhy(row.why)],
        "unit": units.get(row.unit_code, row.unit_code),
    }  # fmt: skip
