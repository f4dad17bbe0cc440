"""Reading meter after meter: the homes of a unit and a reading day that are still to be read, one form a screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from motcua.billing import operations as billing_ops
from motcua.billing import rounds as round_queries
from motcua.billing.operations import RoundReading, RoundTaken
from motcua.billing.rounds import Stop
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused, fill
from motcua.supply import hanging
from motcua.supply.hanging import Hanging
from motcua.web.errors import refused_text
from motcua.web.field.here import CREW
from motcua.web.staff_pages import StaffRequest, staff_page

A_PAGE = 10
QUESTIONS = {
    "ABOVE": _("Nhiều hơn hẳn kỳ trước. Đọc lại công tơ."),
    "BELOW": _("Ít hơn hẳn kỳ trước. Đọc lại công tơ."),
    "NEGATIVE": _("Nhỏ hơn kỳ trước. Đọc lại công tơ."),
    "ZERO_HOME": _("Cả kỳ không dùng điện. Đọc lại công tơ."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*CREW)
def read_meters(request: StaffRequest) -> HttpResponse:
    """The next homes of the round. What is right is in, what is far off is asked again, what is wrong stands beside its field."""
    at = clock.now()
    asked = request.POST if request.method == "POST" else request.GET
    unit, day = _unit(request, asked.get("don_vi", "")), _day(asked.get("ngay", ""), at)
    try:
        if request.method == "POST":
            return _take(request, unit, day, at)
        stops = round_queries.list_left(unit, day, after=_after(request.GET), limit=A_PAGE + 1)
        context = _context(request, unit, day, stops[:A_PAGE], at) | {"next": _next(unit, day, stops)}
    except Refused as refusal:
        return render(request, "field/rounds.html", _frame(request, unit, day) | {"error": refused_text(refusal)}, status=422)  # fmt: skip
    return render(request, "field/rounds.html", context)


def _take(request: StaffRequest, unit: str, day: date, at: datetime) -> HttpResponse:
    stops = [
        stop for stop in round_queries.list_of(request.POST.getlist("ma")[:A_PAGE]) if stop.unit_code in request.actor.unit_codes
    ]  # fmt: skip
    typed = {name: str(value).strip()[:20] for name, value in request.POST.items() if name.startswith("so_")}
    meters = hanging.list_hanging([stop.account_code for stop in stops], at)
    sure = set(request.POST.getlist("dung"))
    came = billing_ops.take_round(
        readings=[
            RoundReading(
                stop.account_code, _shown(meters.get(stop.account_code, []), typed), stop.account_code in sure
            )
            for stop in stops
        ],
        read_at=_instant(request.POST.get("luc", ""), at), actor=request.actor, at=at,
    )  # fmt: skip
    done = len(came.accounts)
    if done:
        messages.success(request, ngettext("Đã ghi %(n)d nhà.", "Đã ghi %(n)d nhà.", done) % {"n": done})
    left = [stop for stop in stops if stop.account_code in came.doubts or _is_wrong(stop, meters, came)]
    if not left:
        return redirect(_url(unit, day))
    context = _context(request, unit, day, left, at, typed=typed, came=came)
    context["luc"] = request.POST.get("luc", "") or at.isoformat()
    return render(request, "field/rounds.html", context, status=422)


def _is_wrong(stop: Stop, meters: Mapping[str, Sequence[Hanging]], came: RoundTaken) -> bool:
    return any(
        (meter.serial, register) in came.problems
        for meter in meters.get(stop.account_code, [])
        for register in meter.registers
    )


def _shown(meters: Sequence[Hanging], typed: Mapping[str, str]) -> dict[tuple[str, str], str]:
    return {(m.serial, r): typed.get(f"so_{m.serial}_{r}", "") for m in meters for r in m.registers}


def _context(
    request: StaffRequest, unit: str, day: date, stops: Sequence[Stop], at: datetime, *, typed: Mapping[str, str] | None = None,
    came: RoundTaken | None = None,
) -> dict[str, Any]:  # fmt: skip
    meters = hanging.list_hanging([stop.account_code for stop in stops], at)
    return _frame(request, unit, day) | {
        "progress": round_queries.measure(unit, day),
        "homes": [
            _home(stop, meters.get(stop.account_code, []), typed or {}, came or RoundTaken())
            for stop in stops
        ],
        "luc": at.isoformat(),
        "has_errors": came is not None,
    }


def _frame(request: StaffRequest, unit: str, day: date) -> dict[str, Any]:
    units = company_queries.list_units(request.actor.unit_codes)
    return {"units": [(one.code, one.name) for one in units], "unit": unit, "day": day}


def _home(
    stop: Stop, meters: Sequence[Hanging], typed: Mapping[str, str], came: RoundTaken
) -> dict[str, Any]:
    doubtful = came.doubts.get(stop.account_code)
    return {
        "stop": stop,
        "question": QUESTIONS[doubtful.doubt.value] if doubtful else "",
        "doubtful": doubtful,
        "fields": [_field(m, register, typed, came) for m in meters for register in m.registers],
    }


def _field(meter: Hanging, register: str, typed: Mapping[str, str], came: RoundTaken) -> dict[str, Any]:
    name = f"so_{meter.serial}_{register}"
    problem = came.problems.get((meter.serial, register))
    last = meter.last.get(register)
    return {
        "name": name, "label": f"{meter.serial} {register}", "value": typed.get(name, ""),
        "error": fill(gettext(problem.message), problem.facts) if problem else "",
        "help": gettext("Lần trước: %(value)s") % {"value": int(last.value)} if last else "",
    }  # fmt: skip


def _unit(request: StaffRequest, told: str) -> str:
    """The unit that was chosen, within reach; else one's own."""
    if told in request.actor.unit_codes:
        return told
    own = str(getattr(request.user, "unit_id", ""))
    return own if own in request.actor.unit_codes else min(request.actor.unit_codes, default="")


def _day(told: str, at: datetime) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError:
        return local_date(at)


def _instant(told: str, at: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        return at
    return found if found.tzinfo else at


def _after(told: Mapping[str, str]) -> tuple[str, str, str]:
    return told.get("tram", "")[:40], told.get("cot", "")[:40], told.get("sau", "")[:13]


def _url(unit: str, day: date, **more: str) -> str:
    return f"{reverse('field:rounds')}?{urlencode({'don_vi': unit, 'ngay': day.isoformat(), **more})}"


def _next(unit: str, day: date, stops: Sequence[Stop]) -> str:
    if len(stops) <= A_PAGE:
        return ""
    last = stops[A_PAGE - 1]
    return _url(unit, day, tram=last.station_code, cot=last.pole_number, sau=last.account_code)
