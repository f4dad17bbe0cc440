"""For supervisors: who holds what, promises about to break, whom broken ones are charged to, who is away."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from motcua.companies import absences
from motcua.companies import queries as company_queries
from motcua.companies.models import AbsenceReason, StaffAbsence
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.kernel.ids import parse_id
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.requests import operations as request_ops
from motcua.requests import overseeing
from motcua.requests.operations.bulk import MOST
from motcua.requests.overseeing import Held
from motcua.web.desk import many
from motcua.web.errors import refused_text
from motcua.web.request_lines import SOON, lines_of
from motcua.web.staff_pages import StaffRequest, staff_page

WINDOW = timedelta(days=30)
UNEXPLAINED_SHOWN = 10
REASONS = {
    AbsenceReason.LEAVE: _("Nghỉ phép"),
    AbsenceReason.SICK: _("Ốm"),
    AbsenceReason.TRAINING: _("Đi học, công tác"),
    AbsenceReason.OTHER: _("Lý do khác"),
}


@require_safe
@staff_page(Role.SUPERVISOR)
def oversee(request: StaffRequest) -> HttpResponse:
    """Everything a supervisor needs to see in the morning."""
    actor, at = request.actor, clock.now()
    unit = request.GET.get("don-vi", "")
    units = frozenset({unit}) if unit in actor.unit_codes else actor.unit_codes
    names = company_queries.unit_names(actor.unit_codes)
    late = overseeing.lateness(unit_codes=units, since=at - WINDOW, until=at)
    colleagues = list(company_queries.list_staff(unit_codes=actor.unit_codes)[:400])
    context = {
        "held": _held(overseeing.who_holds(unit_codes=units, at=at, soon=SOON), at),
        "promises": [
            {"unit": names.get(row.unit_code, row.unit_code), **asdict(row)}
            for row in overseeing.promises(unit_codes=units, at=at)
        ],
        "late": [{"unit": names.get(row.unit_code, row.unit_code), **asdict(row)} for row in late],
        "late_sums": {
            name: sum(getattr(row, name) for row in late)
            for name in ("late", "company", "customer", "third_party", "unexplained")
        },
        "unexplained": lines_of(
            overseeing.list_unexplained(unit_codes=units, since=at - WINDOW, limit=UNEXPLAINED_SHOWN), at
        ),
        "absences": [
            _absence(row, at) for row in absences.list_absences(unit_codes=units, today=local_date(at))
        ],
        "people": [(str(person.id), person.name) for person in colleagues],
        "reasons": [(code.value, gettext(name)) for code, name in REASONS.items()],
        "units": [
            (code, name, code == unit) for code, name in sorted(names.items(), key=lambda pair: pair[1])
        ]
        if len(names) > 1
        else [],
        "today": local_date(at).isoformat(),
        "key": many.new_key(),
    }
    return render(request, "desk/oversee.html", context)


def _held(held: list[Held], at: datetime) -> list[dict[str, Any]]:
    """Each holder by name, with their absence and who stands in."""
    ids = [row.ref.removeprefix("staff:") for row in held if row.ref.startswith("staff:")]
    names = company_queries.staff_names([id for id in ids if parse_id(id)])
    away = absences.absent_on([id for id in ids if parse_id(id)], local_date(at))
    made = []
    for row in held:
        id = row.ref.removeprefix("staff:")
        absence = away.get(id)
        made.append(
            {
                "id": id,
                "name": names.get(id, "") if row.ref else "",
                "open": row.open,
                "late": row.late,
                "soon": row.soon,
                "is_away": absence is not None,
                "stand_in": absence.stand_in.name if absence and absence.stand_in else "",
                "stand_in_id": str(absence.stand_in_id) if absence and absence.stand_in_id else "",
            }
        )
    return made


def _absence(row: StaffAbsence, at: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.staff.name,
        "stand_in": row.stand_in.name if row.stand_in else "",
        "reason": gettext(REASONS[AbsenceReason(row.reason)]),
        "from": row.valid_from,
        "to": row.valid_to,
        "is_now": row.valid_from <= local_date(at),
    }


@require_POST
@staff_page(Role.SUPERVISOR)
def hand_over(request: StaffRequest) -> HttpResponse:
    """Everything that one person holds goes to another; it can be undone like any act on many."""
    giver, taker = parse_id(request.POST.get("tu", "")), request.POST.get("den", "")
    if giver is None or not parse_id(taker):
        messages.warning(request, gettext("Hãy chọn người nhận việc."))
        return redirect("desk:oversee")
    return _hand_over(request, f"staff:{giver}", f"staff:{taker}")


def _hand_over(request: StaffRequest, giver: str, taker: str) -> HttpResponse:
    actor: Actor = request.actor
    rows = overseeing.list_held(ref=giver, unit_codes=actor.unit_codes, limit=MOST)
    try:
        done = request_ops.assign_many(
            request_ids=[row.id for row in rows], assignee=taker, actor=actor, at=clock.now(),
            key=request.POST.get("key", "")[:60] or many.new_key(),
        )  # fmt: skip
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
        return redirect("desk:oversee")
    return HttpResponseRedirect(f"{many.LIST}?nguoi={taker.removeprefix('staff:')}&viec={done.id}")


@require_POST
@staff_page(Role.SUPERVISOR)
def absence_add(request: StaffRequest) -> HttpResponse:
    """Somebody is away; what they hold is shown to who stands in from the first day on."""
    data, staff_id = request.POST, parse_id(request.POST.get("ai", ""))
    first, back = _day(data.get("tu-ngay", "")), _day(data.get("di-lam", ""))
    if staff_id is None or first is None or back is None or data.get("ly-do") not in AbsenceReason.values:
        messages.warning(request, gettext("Hãy chọn người vắng, ngày bắt đầu và ngày đi làm lại."))
        return redirect("desk:oversee")
    try:
        absences.record_absence(
            staff_id=staff_id, valid_from=first, valid_to=back, stand_in_id=parse_id(data.get("thay", "")),
            reason=data["ly-do"], actor=request.actor, at=clock.now(),
        )  # fmt: skip
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    else:
        messages.success(request, gettext("Đã ghi ngày vắng."))
    return redirect("desk:oversee")


@require_POST
@staff_page(Role.SUPERVISOR)
def absence_end(request: StaffRequest, absence_id: int) -> HttpResponse:
    """They are back."""
    at = clock.now()
    absences.end_absence(absence_id=absence_id, today=local_date(at), actor=request.actor, at=at)
    messages.success(request, gettext("Đã kết thúc ngày vắng."))
    return redirect("desk:oversee")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
