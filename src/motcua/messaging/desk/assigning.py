"""Who gets what waits: one worker of a company at a time deals what waits to whom is on duty and has room."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Q

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.context import current_company_code
from motcua.kernel.actors import Actor
from motcua.kernel.results import gettext_noop
from motcua.messaging import writing
from motcua.messaging.desk import episodes, rules
from motcua.messaging.desk.models import DeskAgent, DeskEpisode, DeskSettings, EpisodeState
from motcua.messaging.models import Conversation, Owner
from motcua.messaging.rules import Notice

DEALER = Actor.system("desk")
ASSISTANT_ASKS_FOR = timedelta(
    minutes=2
)  # in danger: by then it has what a crew needs, or the customer has stopped answering
_LOCK_CLASS = 0x6D64  # "md": advisory locks on a company's dealing


def assign_waiting(*, at: datetime, limit: int = 50) -> int:
    """Give waiting conversations to agents on duty: skill, unit, room, then the longest time since the last one.

    Urgent ones first, then who waits longest. Two workers never deal at once (a lock of the company); a conversation that
    somebody writes in just now is left to the next round. Returns how many were given. Whose duty is over gets nothing, so
    outside of working hours it is only who said that they work.
    """
    with transaction.atomic():
        _one_at_a_time()
        agents = _free(at)
        if not agents:
            return 0
        waiting = _waiting(agents, limit, at)
        locked = _lock_agents([one.staff_id for one in agents], at)
        dealt = rules.deal(
            [rules.Waiting(e.conversation_id, e.queue_id, e.unit_code, e.not_to) for e in waiting], locked
        )
        conversations = {e.conversation_id: e.conversation for e in waiting}
        for conversation_id, staff_id in dealt:
            _give(conversations[conversation_id], staff_id, at)
        company_ops.record_audit_many(
            actor=DEALER, verb="conversation.assigned", subject_type="conversation", at=at,
            facts={str(conversation_id): {"to": f"staff:{staff_id}"} for conversation_id, staff_id in dealt},
        )  # fmt: skip
        return len(dealt)


def _one_at_a_time() -> None:
    key = zlib.crc32(f"{current_company_code()}:dealing".encode()) - 2**31
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, key])


def _give(row: Conversation, staff_id: str, at: datetime) -> None:
    is_from_assistant = row.owner == Owner.BOT
    row.owner, row.staff_id, row.owned_at = Owner.STAFF, staff_id, at
    writing.tell(
        row, Notice.ROUTED, gettext_noop("Tự chia cho nhân viên đang trực."), DEALER, at, is_internal=True
    )
    if is_from_assistant:
        writing.tell(row, Notice.TAKEN, writing.TAKEN_OVER, DEALER, at)
    episodes.taken(row, at)


def on_duty(at: datetime) -> Q:
    """Agents whose duty has not run out."""
    return Q(is_on_duty=True, duty_until__gt=at)


def _free(at: datetime) -> list[rules.Free]:
    return _with_room(DeskAgent.objects.filter(on_duty(at)), at)


def _lock_agents(staff_ids: Sequence[str], at: datetime) -> list[rules.Free]:
    """These agents as they are now that nobody else gives them anything."""
    held = (
        DeskAgent.objects.select_for_update().filter(on_duty(at), staff_id__in=staff_ids).order_by("staff_id")
    )
    return _with_room(list(held), at)


def _with_room(agents: object, at: datetime) -> list[rules.Free]:
    rows: list[DeskAgent] = list(agents)  # type: ignore[call-overload]
    ids = [row.staff_id for row in rows]
    loads = load_of(ids, at)
    skills: dict[str, set[int]] = {}
    for staff_id, queue_id in DeskAgent.queues.through.objects.filter(agent_id__in=ids).values_list(
        "agent_id", "queue_id"
    ):
        skills.setdefault(staff_id, set()).add(queue_id)
    return [
        rules.Free(
            staff_id=row.staff_id, room=row.capacity - loads.get(row.staff_id, 0),
            queue_ids=frozenset(skills.get(row.staff_id, ())), unit_codes=frozenset(row.unit_codes),
            last_given_at=row.last_given_at,
        )
        for row in rows
        if row.capacity > loads.get(row.staff_id, 0) and skills.get(row.staff_id)
    ]  # fmt: skip


def load_of(staff_ids: Sequence[str], at: datetime) -> dict[str, int]:
    """How many conversations each of them has in hand; what is put off counts for nothing."""
    rows = DeskEpisode.objects.filter(state=EpisodeState.HELD, staff_id__in=staff_ids)
    awake = rows.filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=at))
    return dict(awake.values("staff_id").annotate(n=Count("id")).values_list("staff_id", "n"))


def _is_free(at: datetime) -> Q:
    return Q(conversation__owner=Owner.QUEUE) | Q(
        conversation__owner=Owner.BOT, waiting_since__lte=at - ASSISTANT_ASKS_FOR
    )


def _waiting(agents: Sequence[rules.Free], limit: int, at: datetime) -> list[DeskEpisode]:
    """What waits that somebody free may be given, locked with its conversation; what is locked already is left.

    Where there is danger and the assistant still asks, whoever is quickest may take it first.
    """
    suits = Q()
    for queue_ids, unit_codes in {(one.queue_ids, one.unit_codes) for one in agents}:
        suits |= Q(queue_id__in=list(queue_ids), unit_code__in=[*unit_codes, ""])
    return list(
        DeskEpisode.objects.select_related("conversation")
        .select_for_update(of=("self", "conversation"), skip_locked=True)
        .filter(suits, _is_free(at), state=EpisodeState.WAITING)
        .order_by("-is_urgent", "waiting_since", "id")[:limit]
    )


def give_back(*, staff_id: str, at: datetime, everything: bool = False) -> int:
    """What an agent holds and never answered waits again (everything they hold, when they left). Returns how many."""
    held = DeskEpisode.objects.filter(state=EpisodeState.HELD, staff_id=staff_id)
    if not everything:
        held = held.filter(held_answered_at__isnull=True)
    ids = list(held.values_list("conversation_id", flat=True))
    return sum(_back(conversation_id, staff_id, at) for conversation_id in ids)


def _back(conversation_id: UUID, staff_id: str, at: datetime) -> bool:
    with transaction.atomic():
        row = writing.lock(conversation_id)
        if row.owner != Owner.STAFF or row.staff_id != staff_id:
            return False
        row.owner, row.staff_id, row.owned_at = Owner.QUEUE, "", at
        writing.tell(
            row,
            Notice.ROUTED,
            gettext_noop("Trả lại hàng chờ: nhân viên không trực."),
            DEALER,
            at,
            is_internal=True,
        )
        episodes.wanted(row, at)
        company_ops.record_audit(
            actor=DEALER, verb="conversation.given-back", subject_type="conversation", subject_id=str(row.id), at=at,
            facts={"from": f"staff:{staff_id}"},
        )  # fmt: skip
        return True


def sweep_duty(*, at: datetime) -> int:
    """End the duty of who is gone: its time is over, nothing was seen of them for a while, or they left the company.

    What they never answered waits again; of who left, everything. Returns how many went off duty.
    """
    settings = DeskSettings.objects.filter(id=1).first() or DeskSettings()
    unseen = at - timedelta(minutes=settings.away_minutes)
    rows = list(DeskAgent.objects.filter(is_on_duty=True))
    present = company_queries.list_active_ids([row.staff_id for row in rows])
    gone = [
        row for row in rows
        if row.staff_id not in present
        or (row.duty_until is not None and row.duty_until <= at)
        or (row.seen_at or row.duty_since or at) < unseen
    ]  # fmt: skip
    for row in gone:
        end_duty(staff_id=row.staff_id, at=at, has_left=row.staff_id not in present)
    return len(gone)


def free_the_forgotten(*, at: datetime, limit: int = 200) -> int:
    """In working time, and while somebody is on duty: who wrote to an agent that is away, and waited as long as it takes to
    count as away, waits for anybody. Returns how many.
    """
    settings = DeskSettings.objects.filter(id=1).first() or DeskSettings()
    if not company_queries.get_calendar().is_open(at) or not DeskAgent.objects.filter(on_duty(at)).exists():
        return 0
    away = DeskAgent.objects.filter(is_on_duty=False).values("staff_id")
    rows = DeskEpisode.objects.filter(
        state=EpisodeState.HELD, staff_id__in=away, customer_since__isnull=True, snoozed_until__isnull=True,
        conversation__last_in_at__lt=at - timedelta(minutes=settings.away_minutes),
    ).values_list("conversation_id", "staff_id")[:limit]  # fmt: skip
    return sum(_back(conversation_id, staff_id, at) for conversation_id, staff_id in list(rows))


def end_duty(*, staff_id: str, at: datetime, has_left: bool = False) -> None:
    """They get nothing more; then what they never answered waits again."""
    DeskAgent.objects.filter(staff_id=staff_id).update(is_on_duty=False, duty_since=None, duty_until=None)
    give_back(staff_id=staff_id, at=at, everything=has_left)
