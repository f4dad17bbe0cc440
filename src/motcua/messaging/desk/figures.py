"""The desk in numbers: what the wall shows of this moment, what the reports show of a period. Each has its list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Aggregate, Avg, Count, F, FloatField, Min, Q
from django.db.models.expressions import Expression

from motcua.messaging.desk import assigning, lists
from motcua.messaging.desk.lists import Lateness, Shown, Wanted
from motcua.messaging.desk.models import OPEN, DeskAgent, DeskEpisode, DeskQueue, DeskSkill, EpisodeState


@dataclass(frozen=True)
class QueueNow:
    """A queue at this moment. `on_duty`: agents on duty who have the skill, `room`: how many more those can take."""

    id: int
    name: str
    waiting: int = 0
    oldest_since: datetime | None = None
    held: int = 0
    snoozed: int = 0
    late: int = 0
    on_duty: int = 0
    room: int = 0


@dataclass(frozen=True)
class AgentNow:
    """An agent at this moment; `late` of what they hold."""

    staff_id: str
    is_on_duty: bool
    duty_since: datetime | None
    duty_until: datetime | None
    load: int
    capacity: int
    snoozed: int
    late: int
    queues: tuple[str, ...]

    @property
    def percent(self) -> int:
        return min(round(100 * self.load / self.capacity), 100)


def _units(unit_codes: Collection[str] | None) -> Q:
    return Q() if unit_codes is None else Q(unit_code__in=[*unit_codes, ""])


def queues_now(*, at: datetime, unit_codes: Collection[str] | None = None) -> list[QueueNow]:
    """Every queue in use, and every other that something is still in, in the company's order."""
    asleep = Q(state=EpisodeState.HELD, snoozed_until__gt=at)
    rows = (
        DeskEpisode.objects.filter(_units(unit_codes), OPEN)
        .values("queue_id")
        .annotate(
            waiting=Count("id", filter=Q(state=EpisodeState.WAITING)),
            oldest_since=Min("waiting_since", filter=Q(state=EpisodeState.WAITING)),
            held=Count("id", filter=Q(state=EpisodeState.HELD) & lists.is_awake(at)),
            snoozed=Count("id", filter=asleep),
            late=Count("id", filter=lists.is_late(at)),
        )
        .order_by()
    )
    facts: dict[int, dict[str, Any]] = {}
    for row in rows:
        told: dict[str, Any] = {**row}
        facts[told.pop("queue_id")] = told
    agents = [one for one in agents_now(at=at) if one.is_on_duty]
    made = []
    for queue in DeskQueue.objects.order_by("place", "id"):
        if not queue.is_active and queue.id not in facts:
            continue
        able = [one for one in agents if queue.code in one.queues]
        made.append(
            QueueNow(
                queue.id, queue.name, on_duty=len(able), room=sum(max(one.capacity - one.load, 0) for one in able),
                **facts.get(queue.id, {}),
            )
        )  # fmt: skip
    return made


def agents_now(*, at: datetime, unit_codes: Collection[str] | None = None) -> list[AgentNow]:
    """Who is on duty, and who is not and still holds something; the fullest first."""
    held = DeskEpisode.objects.filter(_units(unit_codes), state=EpisodeState.HELD)
    facts: dict[str, dict[str, Any]] = {
        row["staff_id"]: {**row}
        for row in held.values("staff_id").annotate(
            load=Count("id", filter=lists.is_awake(at)),
            snoozed=Count("id", filter=Q(snoozed_until__gt=at)),
            late=Count("id", filter=lists.is_late(at)),
        )
    }
    agents = {
        row.staff_id: row
        for row in DeskAgent.objects.filter(assigning.on_duty(at) | Q(staff_id__in=list(facts)))
    }
    skills: dict[str, tuple[str, ...]] = {}
    for staff_id, code in (
        DeskSkill.objects.filter(agent_id__in=list(agents)).order_by("queue__place", "queue_id")
    ).values_list("agent_id", "queue__code"):
        skills[staff_id] = (*skills.get(staff_id, ()), code)
    made = [
        _agent_now(id, agents.get(id), facts.get(id, {}), skills.get(id, ()), at) for id in {*agents, *facts}
    ]
    return sorted(made, key=lambda one: (not one.is_on_duty, -one.load, one.staff_id))


def _agent_now(
    id: str, agent: DeskAgent | None, facts: dict[str, Any], queues: tuple[str, ...], at: datetime
) -> AgentNow:
    works = agent is not None and agent.is_on_duty and agent.duty_until is not None and agent.duty_until > at
    return AgentNow(
        staff_id=id, is_on_duty=works, duty_since=agent.duty_since if agent and works else None,
        duty_until=agent.duty_until if agent and works else None, load=facts.get("load", 0),
        capacity=agent.capacity if agent else 1, snoozed=facts.get("snoozed", 0), late=facts.get("late", 0), queues=queues,
    )  # fmt: skip


class Median(Aggregate):
    """The middle value of a group; None when the group has none."""

    function = "percentile_cont"
    name = "Median"
    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Sums:
    """A queue's or a person's episodes that began in a period. Minutes are working minutes, medians."""

    key: str
    begun: int
    answered: int
    first_in_time: int
    first_late: int
    first_median: float | None
    ended: int
    resolved_in_time: int
    resolved_late: int
    resolve_median: float | None
    asked: int
    rated: int
    score: float | None

    @property
    def first_share(self) -> float | None:
        """Percent of the first answers with a target that were in time."""
        return _share(self.first_in_time, self.first_late)

    @property
    def resolve_share(self) -> float | None:
        return _share(self.resolved_in_time, self.resolved_late)


def _share(good: int, bad: int) -> float | None:
    return round(100 * good / (good + bad), 1) if good + bad else None


def sums_of(
    *, by: str, since: datetime, until: datetime, at: datetime, unit_codes: frozenset[str] | None = None
) -> list[Sums]:
    """Episodes that began in [since, until), by "queue" (its id) or by "staff" (who answered first), the most first."""
    column = {"queue": "queue_id", "staff": "first_answered_by"}[by]
    wanted = Wanted(Shown.BEGUN, at, unit_codes=unit_codes, since=since, until=until)
    rows = lists.select(wanted)
    if by == "staff":
        rows = rows.exclude(first_answered_by="")
    grouped = (
        rows.values(column)
        .annotate(
            begun=Count("id"), answered=_number(Q(first_answered_at__isnull=False)),
            first_in_time=_lateness(Lateness.FIRST_IN_TIME), first_late=_lateness(Lateness.FIRST_LATE),
            first_median=Median(F("first_minutes")), ended=_number(Q(ended_at__isnull=False)),
            resolved_in_time=_lateness(Lateness.RESOLVED_IN_TIME), resolved_late=_lateness(Lateness.RESOLVED_LATE),
            resolve_median=Median(F("resolve_minutes")), asked=Count("rating"),
            rated=Count("rating__score"), score=Avg("rating__score"),
        )
        .order_by("-begun", column)
    )  # fmt: skip
    return [Sums(key=str(row.pop(column)), **row) for row in grouped]


def _number(which: Q) -> Expression:
    return Count("id", filter=which)


def _lateness(which: Lateness) -> Expression:
    return _number(lists.LATENESS[which])


def scores(
    *, since: datetime, until: datetime, unit_codes: frozenset[str] | None, at: datetime
) -> dict[int, int]:
    """How many episodes that ended in [since, until) got each number of stars."""
    wanted = Wanted(Shown.ENDED, at, unit_codes=unit_codes, since=since, until=until, is_rated=True)
    rows = lists.select(wanted).values("rating__score").annotate(n=Count("id")).order_by()
    return {int(row["rating__score"] or 0): row["n"] for row in rows}
