"""On duty or away, how many conversations at once, which queues: what agents and their supervisors say."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from motcua.companies import access as company_access
from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.config import jobs
from motcua.kernel.actors import Actor
from motcua.kernel.ids import parse_id
from motcua.kernel.results import NotAllowed, Refused, gettext_noop
from motcua.messaging.desk import assigning, episodes, rules
from motcua.messaging.desk.models import DeskAgent, DeskQueue, DeskSkill

ANSWERERS = frozenset({Role.INTAKE.value, Role.BUSINESS.value, Role.SUPERVISOR.value})
OVERSEERS = frozenset({Role.SUPERVISOR.value, Role.ADMIN.value})


class AgentUnknown(Refused):
    code = "AGENT_UNKNOWN"
    message = gettext_noop("Không có nhân viên này trong các đơn vị của anh/chị.")


class CapacityInvalid(Refused):
    code = "CAPACITY_INVALID"
    message = gettext_noop("Số cuộc cùng lúc phải từ 1 đến 50.")


def come_on_duty(*, actor: Actor, at: datetime) -> DeskAgent:
    """From now on conversations come to them by themselves, until closing time or until they go away.

    Who comes for the first time answers every queue until somebody says otherwise. Raises NotAllowed for other roles.
    """
    if not actor.has_role(*ANSWERERS):
        raise NotAllowed
    with transaction.atomic():
        agent = _lock(actor.id)
        agent.is_on_duty, agent.duty_since, agent.seen_at = True, at, at
        agent.duty_until = rules.duty_until(company_queries.get_calendar(), at)
        agent.unit_codes = sorted(actor.unit_codes)
        agent.save()
        _audit("desk.on-duty", agent.staff_id, actor, at)
    jobs.wake(episodes.ASSIGN_JOB)
    return agent


def go_away(*, actor: Actor, at: datetime, staff_id: str = "") -> None:
    """They get nothing more, and what they never answered waits again. A supervisor may send another away."""
    whose = staff_id or actor.id
    if whose != actor.id:
        _reach(actor, whose)
    assigning.end_duty(staff_id=whose, at=at)
    _audit("desk.away", whose, actor, at)


def set_agent(
    *, staff_id: str, capacity: int, queue_ids: Collection[int], actor: Actor, at: datetime
) -> DeskAgent:
    """How many conversations at once, and which queues. Raises NotAllowed, AgentUnknown, CapacityInvalid."""
    _reach(actor, staff_id)
    if not 1 <= capacity <= 50:
        raise CapacityInvalid(field="capacity")
    with transaction.atomic():
        agent = _lock(staff_id)
        agent.capacity = capacity
        agent.save(update_fields=["capacity"])
        DeskSkill.objects.filter(agent=agent).exclude(queue_id__in=queue_ids).delete()
        known = DeskQueue.objects.filter(id__in=list(queue_ids)).order_by("id")
        DeskSkill.objects.bulk_create(
            [DeskSkill(agent=agent, queue=queue) for queue in known], ignore_conflicts=True
        )
        _audit(
            "desk.agent-set",
            staff_id,
            actor,
            at,
            capacity=capacity,
            queues=sorted(queue.code for queue in known),
        )
    jobs.wake(episodes.ASSIGN_JOB)
    return agent


def _reach(actor: Actor, staff_id: str) -> None:
    """Raise unless the actor oversees the units of this person."""
    if not actor.has_role(*OVERSEERS):
        raise NotAllowed
    person = company_queries.find_staff(staff_id) if parse_id(staff_id) else None
    if person is None or person.unit_id not in actor.unit_codes:
        raise AgentUnknown(field="staff")


def _lock(staff_id: str) -> DeskAgent:
    """The agent's row, made when there is none: with every queue as a skill."""
    made = DeskAgent.objects.bulk_create([DeskAgent(staff_id=staff_id)], ignore_conflicts=True)
    agent = DeskAgent.objects.select_for_update().get(staff_id=staff_id)
    if made and agent.duty_since is None and agent.seen_at is None and not agent.skills.exists():
        queues = DeskQueue.objects.filter(is_active=True)
        DeskSkill.objects.bulk_create(
            [DeskSkill(agent=agent, queue=queue) for queue in queues], ignore_conflicts=True
        )
    return agent


def reach_of(staff_id: str) -> Actor | None:
    """A member of staff as an actor, when they still work here and may answer."""
    person = company_queries.find_staff(staff_id) if parse_id(staff_id) else None
    actor = company_access.actor_of(person) if person is not None else None
    return actor if actor is not None and actor.has_role(*ANSWERERS) else None


def _audit(verb: str, staff_id: str, actor: Actor, at: datetime, **facts: object) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="staff", subject_id=staff_id, at=at, facts=facts
    )
