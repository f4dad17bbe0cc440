"""The plan of a day: which crew makes which visits, in which order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from motcua.companies import queries as company_queries
from motcua.companies.models import Unit
from motcua.fieldwork import access, queries, rules
from motcua.fieldwork.models import Crew, Visit
from motcua.fieldwork.operations.journal import Act
from motcua.fieldwork.operations.refusals import VisitNotYours
from motcua.fieldwork.states import Half, VisitKind, VisitStatus
from motcua.kernel import local_time
from motcua.kernel.actors import Actor


def plan_day(*, unit_code: str, day: date, actor: Actor, at: datetime) -> int:
    """Give the visits of a unit's day to its crews, each in its order; those under way stay. How many changed.

    Windows are not touched: customers keep what they were promised. Raises VisitNotYours.
    """
    if not access.may_see(actor, unit_code):
        raise VisitNotYours()
    slot_unit = queries.serving_unit(unit_code)
    unit = Unit.objects.filter(code=slot_unit).first()
    crews = Crew.objects.filter(unit_code=slot_unit, is_active=True).order_by("code")
    base = (unit.latitude, unit.longitude) if unit else (None, None)
    teams = [rules.Team(crew.code, crew.visits_per_half, *base) for crew in crews]
    with transaction.atomic():
        rows = list(
            Visit.objects.select_for_update()
            .filter(slot_unit=slot_unit, date=day, status__in=[VisitStatus.PLANNED, VisitStatus.ASSIGNED])
            .order_by("id")
        )
        stops = [
            rules.Stop(str(row.id), VisitKind(row.kind), Half(row.half), row.lat, row.lon) for row in rows
        ]
        planned = {plan.stop_id: plan for plan in rules.plan(stops, teams)}
        return sum(_assign_planned(row, planned.get(str(row.id)), actor, at) for row in rows)


def _assign_planned(row: Visit, planned: rules.Planned | None, actor: Actor, at: datetime) -> int:
    if planned is None or (row.crew_code, row.position) == (planned.team_code, planned.position):
        return 0
    act = Act(row, actor, at, "")
    act.append("visit.assigned", {"crew": planned.team_code, "position": planned.position})
    act.save()
    return 1


def plan_tomorrow(*, at: datetime) -> int:
    """Plan the next working day of every unit that has crews: what the evening job does. How many changed."""
    day = company_queries.get_calendar().next_working_day(local_time.local_date(at))
    units: Iterable[str] = (
        Crew.objects.filter(is_active=True)
        .values_list("unit_code", flat=True)
        .distinct()
        .order_by("unit_code")
    )
    planner = Actor.system("planner")
    return sum(plan_day(unit_code=code, day=day, actor=planner, at=at) for code in units)
