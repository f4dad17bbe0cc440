"""Where the power is out, where it will be, and whether that is one's own house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from motcua.companies import queries as company_queries
from motcua.companies.context import current_company_code
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.outages import queries as outage_queries
from motcua.outages.queries import Found, OutageView
from motcua.outages.states import CAUSE_NAMES, Cause
from motcua.requests import queries as request_queries
from motcua.services import catalogue

RECENT = timedelta(hours=24)
FAULT = "FAULT"
LONGEST = 200


@dataclass(frozen=True)
class Cut:
    """A unit where reports of faults are open: how many, since when."""

    unit: str
    count: int
    since: datetime


@dataclass(frozen=True)
class Known:
    """An outage as customers read it."""

    view: OutageView
    unit: str
    cause: str


@require_safe
def power_cut(request: HttpRequest) -> HttpResponse:
    """Call, report; see what is known, and what of it is one's own place."""
    at, asked = clock.now(), request.GET.get("noi", "").strip()[:LONGEST]
    found = _find(asked, at) if asked else None
    page = {
        "at": at,
        "asked": asked,
        "found": found,
        "own_now": _known(found.now) if found else [],
        "own_restored": _known(found.restored) if found else [],
        "own_ahead": _known(found.ahead) if found else [],
        "now": _known(outage_queries.list_now(at)),
        "ahead": _known(outage_queries.list_ahead(at)),
        "cuts": _cuts(at),
        "fault": catalogue.current().find(FAULT, local_date(at)),
    }
    return render(request, "customer/power_cut.html", page)


def _find(asked: str, at: datetime) -> Found:
    """By account code or by address. An unknown code is answered like one where nothing is known."""
    where = outage_queries.where_of_account(asked) or outage_queries.where_of_text(
        asked, local_date(at), current_company_code()
    )
    return outage_queries.find_at(where, at)


def _known(views: Sequence[OutageView]) -> list[Known]:
    names = company_queries.unit_names({view.state.unit_code for view in views})
    return [
        Known(view, names.get(view.state.unit_code, ""), gettext(CAUSE_NAMES[Cause(view.state.cause)]))
        for view in views
    ]


def _cuts(at: datetime) -> Sequence[Cut]:
    """Open reports of the last day by unit, most first. By unit alone, so that no house can be told from it."""
    names = {unit.code: unit.name for unit in company_queries.list_units()}
    reports = request_queries.list_recent(unit_codes=list(names), service=FAULT)
    open_ones = reports.filter(closed_at__isnull=True, submitted_at__gt=at - RECENT)
    rows = open_ones.order_by("unit_code").values_list("unit_code")
    counted = rows.annotate(n=Count("id"), since=Min("submitted_at")).order_by("-n", "unit_code")
    return [Cut(names[code], n, since) for code, n, since in counted[:20]]
