"""What is known of queues, targets, labels, agents and settings: frozen values for the faces."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from motcua.messaging.desk.models import DeskAgent, DeskLabel, DeskQueue, DeskSettings, DeskSkill, DeskTarget


@dataclass(frozen=True)
class TargetView:
    first_minutes: int
    resolve_minutes: int
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(frozen=True)
class QueueView:
    id: int
    code: str
    name: str
    name_en: str
    unit_code: str
    topics: tuple[str, ...]
    is_general: bool
    is_active: bool
    place: int


@dataclass(frozen=True)
class LabelRow:
    id: int
    name: str
    tone: str
    is_active: bool


@dataclass(frozen=True)
class AgentView:
    staff_id: str
    capacity: int
    is_on_duty: bool
    duty_since: datetime | None
    duty_until: datetime | None
    queue_ids: frozenset[int]

    def is_on(self, at: datetime) -> bool:
        return self.is_on_duty and self.duty_until is not None and self.duty_until > at


@dataclass(frozen=True)
class SettingsView:
    idle_days: int
    away_minutes: int
    asks_rating: bool
    rating_days: int


def list_queues(*, with_closed: bool = False) -> list[QueueView]:
    """The queues in the company's order."""
    rows = DeskQueue.objects.order_by("-is_active", "place", "id")
    return [_queue(row) for row in (rows if with_closed else rows.filter(is_active=True))]


def find_queue(queue_id: int) -> QueueView | None:
    row = DeskQueue.objects.filter(id=queue_id).first()
    return None if row is None else _queue(row)


def _queue(row: DeskQueue) -> QueueView:
    return QueueView(
        row.id,
        row.code,
        row.name,
        row.name_en,
        row.unit_code,
        tuple(row.topics),
        row.is_general,
        row.is_active,
        row.place,
    )


def list_targets(queue_id: int) -> list[TargetView]:
    """The targets of a queue, the newest first."""
    rows = DeskTarget.objects.filter(queue_id=queue_id).order_by("-valid_from")
    return [TargetView(r.first_minutes, r.resolve_minutes, r.valid_from, r.valid_to, r.source) for r in rows]


def targets_on(day: date) -> dict[int, TargetView]:
    """The target of each queue on a day, by the queue's id."""
    rows = DeskTarget.objects.filter(valid_from__lte=day).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=day)
    )
    return {
        r.queue_id: TargetView(r.first_minutes, r.resolve_minutes, r.valid_from, r.valid_to, r.source)
        for r in rows
    }


def list_labels(*, with_closed: bool = False) -> list[LabelRow]:
    """The labels by name, those in use first."""
    rows = DeskLabel.objects.order_by("-is_active", "name")
    return [
        LabelRow(row.id, row.name, row.tone, row.is_active)
        for row in (rows if with_closed else rows.filter(is_active=True))
    ]


def find_agent(staff_id: str) -> AgentView | None:
    return next(iter(list_agents([staff_id])), None)


def list_agents(staff_ids: Collection[str]) -> list[AgentView]:
    """Those of these people who ever were on duty, or were set up."""
    rows = list(DeskAgent.objects.filter(staff_id__in=staff_ids).order_by("staff_id"))
    skills: dict[str, set[int]] = {}
    for id, queue_id in DeskSkill.objects.filter(agent__in=rows).values_list("agent_id", "queue_id"):
        skills.setdefault(id, set()).add(queue_id)
    return [
        AgentView(
            row.staff_id, row.capacity, row.is_on_duty, row.duty_since, row.duty_until,
            frozenset(skills.get(row.staff_id, ())),
        )
        for row in rows
    ]  # fmt: skip


def get_settings() -> SettingsView:
    row = DeskSettings.objects.filter(id=1).first() or DeskSettings()
    return SettingsView(row.idle_days, row.away_minutes, row.asks_rating, row.rating_days)
