"""What happens to the episode when something happens to its conversation: called by the acts on conversations, in their
transaction and under the row lock they hold.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from motcua.companies import queries as company_queries
from motcua.config import jobs
from motcua.kernel import ids
from motcua.kernel.local_time import local_date
from motcua.messaging.desk import rules
from motcua.messaging.desk.models import (
    DeskAgent,
    DeskEpisode,
    DeskQueue,
    DeskTarget,
    EndReason,
    EpisodeState,
)
from motcua.messaging.models import Conversation, Owner

ASSIGN_JOB = "desk-assign"
SEEN_EVERY = timedelta(minutes=1)


def find_open(row: Conversation) -> DeskEpisode | None:
    """The conversation's open episode; its conversation is locked by the caller."""
    return DeskEpisode.objects.filter(conversation_id=row.id).exclude(state=EpisodeState.ENDED).first()


def wanted(
    row: Conversation, at: datetime, *, topic: str = "", queue_id: int | None = None, not_to: str = ""
) -> None:
    """A person is to answer: the conversation waits, in the queue named or in the one its topic leads to."""
    episode = find_open(row)
    if episode is None:
        episode = _begin(row, at, topic=topic, queue_id=queue_id)
    elif queue_id is not None and queue_id != episode.queue_id:
        _move(episode, queue_id)
    if episode.state != EpisodeState.WAITING:
        episode.waiting_since = at
    episode.state, episode.staff_id, episode.not_to = EpisodeState.WAITING, "", not_to
    episode.assigned_at, episode.held_answered_at = None, None
    episode.snoozed_until, episode.is_urgent, episode.unit_code = None, row.is_urgent, row.unit_code
    episode.save()
    jobs.wake(ASSIGN_JOB)


def taken(row: Conversation, at: datetime) -> None:
    """The member of staff whom the conversation now names answers it."""
    episode = find_open(row) or _begin(row, at)
    if episode.state == EpisodeState.HELD and episode.staff_id == row.staff_id:
        return
    episode.state, episode.staff_id, episode.not_to = EpisodeState.HELD, row.staff_id, ""
    episode.assigned_at, episode.held_answered_at, episode.snoozed_until = at, None, None
    episode.is_urgent, episode.unit_code = row.is_urgent, row.unit_code
    episode.save()
    DeskAgent.objects.filter(staff_id=row.staff_id).update(last_given_at=at)


def ended(row: Conversation, at: datetime, reason: EndReason) -> DeskEpisode | None:
    """No person is wanted any more; the episode that ended, if one was open."""
    episode = find_open(row)
    if episode is None:
        return None
    episode.state, episode.ended_at, episode.end_reason = EpisodeState.ENDED, at, reason
    episode.snoozed_until = None
    episode.resolve_minutes = _minutes(episode.begun_at, at)
    episode.save()
    jobs.wake(ASSIGN_JOB)  # its holder has room again
    return episode


def joined(into_id: UUID, part_id: UUID, at: datetime) -> None:
    """A conversation became part of another, which takes over who is waited for; the older clock goes on there."""
    into, row = Conversation.objects.get(id=into_id), Conversation.objects.get(id=part_id)
    episode = ended(row, at, EndReason.MERGED)
    if episode is None:
        return
    there = find_open(into)
    if there is None:
        there = _begin(into, episode.begun_at, topic=episode.topic, queue_id=episode.queue_id)
        there.first_answered_at, there.first_answered_by = (
            episode.first_answered_at,
            episode.first_answered_by,
        )
        there.first_minutes = episode.first_minutes
        there.waiting_since = at
    is_held = into.owner == Owner.STAFF
    there.state = EpisodeState.HELD if is_held else EpisodeState.WAITING
    if there.staff_id != into.staff_id:
        there.staff_id, there.held_answered_at = into.staff_id, None
        there.assigned_at = at if is_held else None
    there.is_urgent, there.snoozed_until = into.is_urgent, None
    there.save()


def customer_wrote(row: Conversation) -> None:
    """The customer said something: they wait for us, and what was put off is back at once."""
    if row.owner == Owner.BOT:
        return
    told = DeskEpisode.objects.filter(conversation_id=row.id).exclude(state=EpisodeState.ENDED)
    told.filter(Q(customer_since__isnull=False) | Q(snoozed_until__isnull=False)).update(
        customer_since=None, snoozed_until=None
    )


def staff_said(row: Conversation, staff_id: str, at: datetime) -> None:
    """A member of staff (empty: one we do not know, in the channel's own program) said something to the customer: the first
    time, the first answer stands.
    """
    episode = find_open(row)
    if episode is None:
        return
    if episode.first_answered_at is None:
        episode.first_answered_at, episode.first_answered_by = at, staff_id
        episode.first_minutes = _minutes(episode.begun_at, at)
    if episode.staff_id == staff_id and episode.held_answered_at is None:
        episode.held_answered_at = at
    episode.customer_since = at
    episode.save()
    if staff_id:
        seen(staff_id, at)


def marked_urgent(row: Conversation) -> None:
    """The conversation stands in front from now on."""
    DeskEpisode.objects.filter(conversation_id=row.id).exclude(state=EpisodeState.ENDED).update(
        is_urgent=True
    )


def moved(row: Conversation) -> None:
    """Another unit's: agents of that unit may be given it."""
    told = DeskEpisode.objects.filter(conversation_id=row.id).exclude(state=EpisodeState.ENDED)
    told.exclude(unit_code=row.unit_code).update(unit_code=row.unit_code)


def seen(staff_id: str, at: datetime) -> None:
    """Something was seen of an agent: written once a minute at most."""
    DeskAgent.objects.filter(staff_id=staff_id, is_on_duty=True).filter(
        Q(seen_at__isnull=True) | Q(seen_at__lt=at - SEEN_EVERY)
    ).update(seen_at=at)


def list_rules() -> list[rules.QueueRule]:
    """What leads into the queues in use, in the company's order."""
    return [
        rules.QueueRule(row.id, row.unit_code, frozenset(row.topics), row.is_general)
        for row in DeskQueue.objects.filter(is_active=True).order_by("place", "id")
    ]


def _begin(row: Conversation, at: datetime, *, topic: str = "", queue_id: int | None = None) -> DeskEpisode:
    if queue_id is None:
        queue_id = rules.choose_queue(list_rules(), topic=topic, unit_code=row.unit_code)
    episode = DeskEpisode(
        id=ids.new_id(at), conversation_id=row.id, queue_id=queue_id, unit_code=row.unit_code, topic=topic[:40],
        state=EpisodeState.WAITING, is_urgent=row.is_urgent, begun_at=at, waiting_since=at,
    )  # fmt: skip
    _promise(episode)
    return episode


def _move(episode: DeskEpisode, queue_id: int) -> None:
    """Into another queue: its targets count, from when the customer began to wait."""
    episode.queue_id = queue_id
    _promise(episode)


def _promise(episode: DeskEpisode) -> None:
    day = local_date(episode.begun_at)
    target = (
        DeskTarget.objects.filter(queue_id=episode.queue_id, valid_from__lte=day)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
        .first()
    )
    if target is None:
        episode.first_due_at = episode.resolve_due_at = None
        return
    calendar = company_queries.get_calendar()
    episode.first_due_at = calendar.add_minutes(episode.begun_at, target.first_minutes).at
    episode.resolve_due_at = calendar.add_minutes(episode.begun_at, target.resolve_minutes).at


def _minutes(start: datetime, end: datetime) -> int:
    return max(company_queries.get_calendar().minutes_between(start, end), 0)
