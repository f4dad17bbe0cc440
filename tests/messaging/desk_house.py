"""A desk for tests: people who answer, customers who wait, and what became of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from motcua.companies.access import actor_of
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.messaging import operations
from motcua.messaging.desk import presence
from motcua.messaging.desk.models import DeskEpisode, DeskQueue
from motcua.messaging.queries import ConversationView
from tests.web import people


def agent(
    name: str,
    at: datetime,
    *,
    queues: tuple[str, ...] = (),
    capacity: int = 4,
    unit: str = "",
    role: Role = Role.INTAKE,
) -> Actor:
    """A member of staff on duty; with these queues, or with all."""
    actor = actor_of(people.add_staff(name, role, unit=unit))
    if queues or capacity != 4:
        presence.set_agent(
            staff_id=actor.id, capacity=capacity, queue_ids=[queue(code).id for code in queues] or all_queues(),
            actor=chief(), at=at,
        )  # fmt: skip
    presence.come_on_duty(actor=actor, at=at)
    return actor


def all_queues() -> list[int]:
    return list(DeskQueue.objects.values_list("id", flat=True))


def chief() -> Actor:
    return Actor.staff(
        uuid4(), "Chị Thảo", [Role.SUPERVISOR], ["PD", "PD0000", "PD0100", "PD0200", *centre()]
    )


def admin() -> Actor:
    return Actor.staff(uuid4(), "Anh Quân", [Role.ADMIN], centre())


def centre() -> list[str]:
    from motcua.companies import queries

    return [unit.code for unit in queries.list_units()]


def queue(code: str) -> DeskQueue:
    return DeskQueue.objects.get(code=code)


def talk(at: datetime, text: str = "alo", address: str = "") -> ConversationView:
    """A customer who wrote in the web chat; the assistant answers them."""
    visitor = uuid4()
    opened = operations.open_conversation(
        channel="WEBCHAT", address=address or str(visitor), visitor_id=visitor, at=at
    )
    operations.append_in(conversation_id=opened.id, text=text, client_msg_id=uuid4().hex, at=at)
    return opened


def waiting(at: datetime, *, topic: str = "", unit: str = "", urgent: bool = False) -> ConversationView:
    """A customer who waits for a person."""
    opened = talk(at)
    return operations.queue_for_staff(
        conversation_id=opened.id, at=at, unit_code=unit, is_urgent=urgent, topic=topic
    )


def episode(conversation_id: UUID) -> DeskEpisode:
    """The newest episode of a conversation."""
    return DeskEpisode.objects.filter(conversation_id=conversation_id).latest("begun_at", "id")


def say(here: ConversationView, who: Actor, at: datetime, text: str = "Dạ") -> None:
    operations.append_out(conversation_id=here.id, text=text, author=who, key=uuid4().hex, at=at)


def write(here: ConversationView, at: datetime, text: str = "alo") -> None:
    operations.append_in(conversation_id=here.id, text=text, client_msg_id=uuid4().hex, at=at)
