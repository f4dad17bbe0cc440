"""Who asked for a copy of their data or to be forgotten: how long they wait, and what was answered."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from motcua.companies import operations as company_ops
from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.web.desk.customer import data_lines
from motcua.web.desk.customer_access import DECIDERS
from motcua.web.staff_pages import StaffRequest, staff_page

DONE = "xong"
SHOWN = 200


@require_safe
@staff_page(*DECIDERS)
def requests(request: StaffRequest) -> HttpResponse:
    """Those that wait, the oldest first; or those answered, the newest first. That they were looked at is audited."""
    at, is_done = clock.now(), request.GET.get("xem") == DONE
    rows = (
        customer_queries.list_closed_data_requests(limit=SHOWN)
        if is_done
        else list(customer_queries.list_open_data_requests()[:SHOWN])
    )
    company_ops.record_audit(
        actor=request.actor,
        verb="data.listed",
        subject_type="search",
        subject_id="",
        at=at,
        facts={"found": len(rows)},
    )
    context = {
        "lines": data_lines(rows, at),
        "is_done": is_done,
        "tabs": [
            {"label": gettext("Đang chờ"), "href": "?", "here": not is_done},
            {"label": gettext("Đã trả lời"), "href": f"?xem={DONE}", "here": is_done},
        ],
    }
    return render(request, "desk/customer_data.html", context)
