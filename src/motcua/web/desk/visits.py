"""The visits of a day at my units: which crew goes where, moved and planned by the desk, printed as one job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.fieldwork import access as fieldwork_access
from motcua.fieldwork import contracts
from motcua.fieldwork import operations as fieldwork_ops
from motcua.fieldwork import queries as fieldwork_queries
from motcua.fieldwork.queries import CrewView, VisitView
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.requests import queries as request_queries
from motcua.web.act_form import key_of, new_key
from motcua.web.errors import refused_text
from motcua.web.slips import inline
from motcua.web.staff_pages import StaffRequest, staff_page

PLANNERS = (Role.BUSINESS, Role.SUPERVISOR, Role.INTAKE)
MOST_PRINTED = 120
STATUS_WORDS = {
    "PLANNED": _("Chưa có tổ"), "ASSIGNED": _("Đã giao tổ"), "ON_THE_WAY": _("Đang đến"), "DONE": _("Đã xong"),
    "NOBODY_HOME": _("Không gặp khách"), "CANCELLED": _("Đã hủy"),
}  # fmt: skip
STATUS_TONES = {
    "PLANNED": "wait", "ASSIGNED": "go", "ON_THE_WAY": "go", "DONE": "good", "NOBODY_HOME": "bad", "CANCELLED": "neutral",
}  # fmt: skip


def _day(text: str) -> date:
    """The day asked for, else the next working day: that is the one to plan."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return company_queries.get_calendar().next_working_day(local_date(clock.now()))


def _units(request: StaffRequest) -> list[str]:
    chosen = request.GET.get("don-vi", "")
    return [chosen] if chosen in request.actor.unit_codes else sorted(request.actor.unit_codes)


@require_safe
@staff_page(*PLANNERS)
def visits(request: StaffRequest) -> HttpResponse:
    """A day's visits in the order they are driven."""
    day, units = _day(request.GET.get("ngay", "")), _units(request)
    listed = fieldwork_queries.list_day(day, unit_codes=units)
    crews = fieldwork_queries.list_crews(
        company_queries.list_unit_codes_below(frozenset(units)) | set(_above(units))
    )
    names = company_queries.unit_names(request.actor.unit_codes)
    context = {
        "day": day,
        "days": [(day + timedelta(days=move)).isoformat() for move in (-1, 1)],
        "today": local_date(clock.now()).isoformat(),
        "unit": request.GET.get("don-vi", "") if len(units) == 1 else "",
        "units": sorted(names.items(), key=lambda unit: unit[1]) if len(names) > 1 else [],
        "lines": [_line(visit, crews, names) for visit in listed],
        "print_url": reverse("desk:visits-print")
        + "?"
        + urlencode({"ngay": day.isoformat(), "don-vi": request.GET.get("don-vi", "")}),
        "has_open": any(visit.is_ahead for visit in listed),
    }
    return render(request, "desk/visits.html", context)


def _above(units: Sequence[str]) -> set[str]:
    """The units that crews of these come from: their own or one above."""
    return {fieldwork_queries.serving_unit(code) for code in units[:50]}


def _line(visit: VisitView, crews: Sequence[CrewView], names: dict[str, str]) -> dict[str, Any]:
    return {
        "visit": visit,
        "kind": gettext(contracts.KIND_NAMES.get(visit.kind, visit.kind)),
        "status": gettext(STATUS_WORDS.get(visit.status, visit.status)),
        "tone": STATUS_TONES.get(visit.status, "neutral"),
        "unit": names.get(visit.unit_code, visit.unit_code),
        "crews": [(crew.code, crew.name, crew.code == visit.crew_code) for crew in crews]
        if visit.may_move
        else [],
        "key": new_key(),
    }


@require_POST
@staff_page(*PLANNERS)
def assign(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """Put a crew down for a visit."""
    visit = fieldwork_access.access_visit(actor=request.actor, visit_id=visit_id)
    try:
        moved = fieldwork_ops.assign_crew(
            visit_id=visit.id, crew_code=request.POST.get("to", ""), actor=request.actor, at=clock.now(),
            key=key_of(request),
        )  # fmt: skip
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    else:
        messages.success(
            request,
            gettext("%(number)s: %(crew)s sẽ đến.")
            % {"number": visit.request_number, "crew": moved.crew_name},
        )
    return redirect(
        reverse("desk:visits")
        + "?"
        + urlencode({"ngay": visit.date.isoformat(), "don-vi": request.POST.get("don-vi", "")})
    )


@require_safe
@staff_page(*PLANNERS)
def print_job(request: StaffRequest) -> HttpResponse:
    """All packs of the day as one PDF; printing them is audited."""
    day, units = _day(request.GET.get("ngay", "")), _units(request)
    listed = fieldwork_queries.list_day(day, unit_codes=units, open_only=True)[:MOST_PRINTED]
    if not listed:
        messages.warning(request, gettext("Ngày này không có lịch hẹn nào để in."))
        return redirect(reverse("desk:visits") + "?" + urlencode({"ngay": day.isoformat()}))
    views = {view.id: view for view in request_queries.list_requests([visit.request_id for visit in listed])}
    names = company_queries.unit_names(units)
    printed = contracts.print_job(
        [(views[visit.request_id], visit) for visit in listed if visit.request_id in views], day=day,
        unit_name=names.get(units[0], "") if len(units) == 1 else company_queries.get_company().name,
    )  # fmt: skip
    company_ops.record_audit(
        actor=request.actor,
        verb="packs.printed",
        subject_type="day",
        subject_id=day.isoformat(),
        at=clock.now(),
        facts={"visits": len(listed)},
    )
    return inline(printed, "application/pdf", f"lich-{day.isoformat()}")
