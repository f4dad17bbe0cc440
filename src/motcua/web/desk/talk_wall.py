"""The supervisor's wall: the desk at this moment; and its figures over a period. Every number leads to its conversations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.ids import parse_id
from motcua.kernel.local_time import day_bounds, local_date
from motcua.messaging.desk import administered, figures
from motcua.messaging.desk.figures import AgentNow, QueueNow, Sums
from motcua.web.desk import live_desk
from motcua.web.desk.talk_filters import TalkFilters
from motcua.web.desk.talk_lists import talkers
from motcua.web.staff_pages import StaffRequest, staff_page

PERIODS = (1, 7, 30, 90)
MOST_DAYS = 370


@require_safe
@staff_page(Role.SUPERVISOR)
def wall(request: StaffRequest) -> HttpResponse:
    """By queue and by person: what waits, since when, what is in hand, late; refreshed by the desk's stream."""
    actor, at = request.actor, clock.now()
    unit = request.GET.get("don-vi", "")
    units = frozenset({unit}) if unit in actor.unit_codes else actor.unit_codes
    chosen = unit if unit in actor.unit_codes else ""
    names = company_queries.unit_names(actor.unit_codes)
    queues = figures.queues_now(at=at, unit_codes=units)
    people = figures.agents_now(at=at, unit_codes=units)
    today = day_bounds(local_date(at))
    context = {
        "queues": [_queue(row, chosen, at) for row in queues],
        "sums": {
            name: sum(getattr(row, name) for row in queues) for name in ("waiting", "held", "snoozed", "late")
        },
        "people": _people(people, chosen),
        "colleagues": talkers(request),
        "scores": _scores(
            figures.scores(since=today[0], until=today[1], unit_codes=units, at=at), local_date(at), chosen
        ),
        "links": {
            view: TalkFilters(xem=view, don_vi=chosen).query()
            for view in ("cho", "dang-tra-loi", "hen", "qua-han")
        },
        "units": [
            (code, name, code == chosen) for code, name in sorted(names.items(), key=lambda one: one[1])
        ]
        if len(names) > 1
        else [],
        "desk_stream": live_desk.list_stream(request),
        "at": at,
    }
    return render(request, "desk/talk_wall.html", context)


def _queue(row: QueueNow, unit: str, at: datetime) -> dict[str, Any]:
    here = TalkFilters(hang=str(row.id), don_vi=unit)
    return {
        "row": row,
        "minutes": int((at - row.oldest_since).total_seconds() // 60) if row.oldest_since else None,
        "waiting": here.only("cho").query(), "held": here.only("dang-tra-loi").query(),
        "snoozed": here.only("hen").query(), "late": here.only("qua-han").query(),
        "nobody": bool(row.waiting and not row.on_duty),
    }  # fmt: skip


def _people(rows: list[AgentNow], unit: str) -> list[dict[str, Any]]:
    names = company_queries.staff_names([row.staff_id for row in rows if parse_id(row.staff_id)])
    queues = {queue.code: queue.name for queue in administered.list_queues()}
    return [
        {
            "row": row,
            "name": names.get(row.staff_id, gettext("Nhân viên")),
            "queues": ", ".join(queues[code] for code in row.queues if code in queues),
            "held": TalkFilters(xem="dang-tra-loi", nguoi=row.staff_id, don_vi=unit).query(),
            "snoozed": TalkFilters(xem="hen", nguoi=row.staff_id, don_vi=unit).query(),
            "late": TalkFilters(xem="qua-han", nguoi=row.staff_id, don_vi=unit).query(),
        }
        for row in rows
    ]


def _scores(found: dict[int, int], day: date, unit: str, until: date | None = None) -> dict[str, Any]:
    total = sum(found.values())
    span = {"tu": day.isoformat(), "den": (until or day).isoformat(), "don_vi": unit}
    return {
        "total": total,
        "mean": round(sum(score * n for score, n in found.items()) / total, 1) if total else None,
        "all": TalkFilters(xem="xong", sao="co", **span).query(),
        "rows": [
            {
                "score": n,
                "count": found.get(n, 0),
                "href": TalkFilters(xem="xong", sao=str(n), **span).query(),
            }
            for n in (5, 4, 3, 2, 1)
        ],
    }


@require_safe
@staff_page(Role.SUPERVISOR)
def report(request: StaffRequest) -> HttpResponse:
    """First answers, ends and stars of a period, by queue and by person."""
    actor, at = request.actor, clock.now()
    first, last = _period(request, local_date(at))
    unit = request.GET.get("don-vi", "") if request.GET.get("don-vi", "") in actor.unit_codes else ""
    units = frozenset({unit}) if unit else actor.unit_codes
    since, until = day_bounds(first)[0], day_bounds(last)[1]
    span = {"since": since, "until": until, "at": at, "unit_codes": units}
    by_queue = figures.sums_of(by="queue", **span)  # type: ignore[arg-type]
    by_person = figures.sums_of(by="staff", **span)  # type: ignore[arg-type]
    queues = {str(queue.id): queue.name for queue in administered.list_queues(with_closed=True)}
    people = company_queries.staff_names([row.key for row in by_person if parse_id(row.key)])
    base = TalkFilters(xem="bat-dau", tu=first.isoformat(), den=last.isoformat(), don_vi=unit)
    names = company_queries.unit_names(actor.unit_codes)
    context = {
        "by_queue": [_sums(row, queues.get(row.key, ""), base, hang=row.key) for row in by_queue],
        "by_person": [_sums(row, people.get(row.key, gettext("Nhân viên")), base, tra_loi=row.key) for row in by_person],
        "scores": _scores(
            figures.scores(since=since, until=until, unit_codes=units, at=at), first, unit, last
        ),
        "first": first, "last": last, "unit": unit,
        "periods": [_shortcut(days, local_date(at), unit) for days in PERIODS],
        "units": [(code, name, code == unit) for code, name in sorted(names.items(), key=lambda one: one[1])]
        if len(names) > 1
        else [],
    }  # fmt: skip
    return render(request, "desk/talk_figures.html", context)


def _shortcut(days: int, today: date, unit: str) -> dict[str, str]:
    """The last so many days, today with them."""
    first = today - timedelta(days=days - 1)
    return {
        "label": gettext("Hôm nay") if days == 1 else gettext("%(days)s ngày") % {"days": days},
        "href": TalkFilters(tu=first.isoformat(), den=today.isoformat(), don_vi=unit).query(),
    }


def _period(request: StaffRequest, today: date) -> tuple[date, date]:
    """The days asked for, in order and no more than a year of them; the last seven when they are no days."""
    chosen = TalkFilters.of(request.GET, request.actor)
    if not chosen.tu or not chosen.den or chosen.den < chosen.tu:
        return today - timedelta(days=6), today
    first, last = date.fromisoformat(chosen.tu), date.fromisoformat(chosen.den)
    return max(first, last - timedelta(days=MOST_DAYS)), last


def _sums(row: Sums, name: str, base: TalkFilters, **of: str) -> dict[str, Any]:
    here = replace(base, **of)
    return {
        "name": name, "row": row, "all": here.query(), "first_late": replace(here, tre="tra-loi-tre").query(),
        "first_in_time": replace(here, tre="tra-loi-kip").query(), "resolved_late": replace(here, tre="xong-tre").query(),
        "resolved_in_time": replace(here, tre="xong-kip").query(), "rated": replace(here, sao="co").query(),
    }  # fmt: skip
