"""What people do with a conversation's way through the desk: hand it on, put it off, open it again, label it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from motcua.companies import operations as company_ops
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop
from motcua.messaging import queries, spoken, writing
from motcua.messaging.desk import episodes, presence, rules
from motcua.messaging.desk.models import DeskEpisode, DeskLabel, DeskMark, DeskQueue, EpisodeState
from motcua.messaging.models import Conversation, ConversationStatus, Direction, MessageKind, Owner
from motcua.messaging.queries import ConversationView
from motcua.messaging.rules import Notice
from motcua.messaging.writing import ConversationClosed, NotOwner

NOTE_LIMIT = 2000
DESK = Actor.system("desk")


class QueueUnknown(Refused):
    code = "QUEUE_UNKNOWN"
    message = gettext_noop("Không có hàng chờ này.")


class TakerUnfit(Refused):
    """The colleague may not see this conversation, or answers none."""

    code = "TAKER_UNFIT"
    message = gettext_noop("Người này không trả lời được hội thoại của đơn vị này.")


class SnoozeInvalid(Refused):
    code = "SNOOZE_INVALID"
    message = gettext_noop("Hãy chọn lúc nhắc lại sau bây giờ, trong vòng 60 ngày.")


class NotHeld(Refused):
    code = "NOT_HELD"
    message = gettext_noop("Hãy nhận hội thoại này trước.")


class TalkOpenAlready(Refused):
    code = "TALK_OPEN_ALREADY"
    message = gettext_noop("Khách đã có một cuộc trò chuyện khác đang mở.")


def transfer_to_colleague(
    *, conversation_id: UUID, staff_id: str, note: str, actor: Actor, at: datetime
) -> ConversationView:
    """A colleague answers from now on. Its holder may do this, a supervisor too, and anybody while it waits.

    Raises NotOwner, TakerUnfit (another unit's, or no longer here), ConversationClosed.
    """
    taker = presence.reach_of(staff_id)
    with transaction.atomic():
        row = _lock_for(conversation_id, actor)
        if taker is None or (row.unit_code and row.unit_code not in taker.unit_codes):
            raise TakerUnfit(field="staff")
        _note(row, note, actor, at)
        if row.staff_id != taker.id:
            row.owner, row.staff_id, row.owned_at = Owner.STAFF, taker.id, at
            _tell(row, gettext_noop("Chuyển cho đồng nghiệp."), actor, at)
            episodes.taken(row, at)
            _audit("conversation.transferred", row, actor, at, to=taker.ref)
        return queries.view_conversation(row)


def transfer_to_queue(
    *, conversation_id: UUID, queue_id: int, note: str, actor: Actor, at: datetime
) -> ConversationView:
    """It waits in this queue; whoever gave it away is not given it again by itself.

    Raises NotOwner, QueueUnknown (not in use, or of another unit), ConversationClosed.
    """
    with transaction.atomic():
        row = _lock_for(conversation_id, actor)
        queue = DeskQueue.objects.filter(id=queue_id, is_active=True).first()
        if queue is None or queue.unit_code not in {"", row.unit_code}:
            raise QueueUnknown(field="queue")
        _note(row, note, actor, at)
        held_by = row.staff_id
        row.owner, row.staff_id, row.owned_at = Owner.QUEUE, "", at
        _tell(row, gettext_noop("Chuyển sang hàng chờ khác."), actor, at)
        episodes.wanted(row, at, queue_id=queue.id, not_to=held_by)
        _audit("conversation.queued", row, actor, at, queue=queue.code)
        return queries.view_conversation(row)


def snooze(*, conversation_id: UUID, until: datetime, actor: Actor, at: datetime) -> None:
    """Out of sight until an instant, or until the customer writes; it stays its holder's and takes no room of theirs.

    The clock of the targets goes on. Raises NotHeld, NotOwner, SnoozeInvalid, ConversationClosed.
    """
    if not at < until <= at + rules.LONGEST_SNOOZE:
        raise SnoozeInvalid(field="until")
    with transaction.atomic():
        row, episode = _lock_held(conversation_id, actor)
        episode.snoozed_until = until
        episode.save(update_fields=["snoozed_until"])
        _tell(row, gettext_noop("Hẹn xem lại sau."), actor, at)
        _audit("conversation.snoozed", row, actor, at, until=until.isoformat())


def wake(*, conversation_id: UUID, actor: Actor, at: datetime) -> None:
    """Back in sight now. Raises NotHeld, NotOwner, ConversationClosed."""
    with transaction.atomic():
        row, episode = _lock_held(conversation_id, actor)
        if episode.snoozed_until is not None:
            episode.snoozed_until = None
            episode.save(update_fields=["snoozed_until"])
            _tell(row, gettext_noop("Bỏ hẹn, xem lại ngay."), actor, at)


def wake_due(*, at: datetime, limit: int = 200) -> int:
    """What was put off until now is back: a line tells whoever has it open. Returns how many."""
    with transaction.atomic():
        due = (
            DeskEpisode.objects.select_related("conversation")
            .select_for_update(of=("self", "conversation"), skip_locked=True)
            .filter(snoozed_until__lte=at)
            .order_by("snoozed_until")[:limit]
        )
        episodes_due = list(due)
        for episode in episodes_due:
            episode.snoozed_until = None
            episode.save(update_fields=["snoozed_until"])
            _tell(episode.conversation, gettext_noop("Đến giờ hẹn xem lại."), DESK, at)
        return len(episodes_due)


def reopen(*, conversation_id: UUID, actor: Actor, at: datetime) -> ConversationView:
    """A closed conversation goes on with whoever opens it; a new episode begins. Nothing changes when it is open.

    Raises TalkOpenAlready when the customer has another open one by now, SpokenOnly for what was spoken.
    """
    with transaction.atomic():
        row = writing.lock(conversation_id)
        if row.status == ConversationStatus.OPEN:
            return queries.view_conversation(row)
        if row.channel in spoken.SPOKEN:
            raise spoken.SpokenOnly
        _open_legs(row)
        row.status, row.closed_at = ConversationStatus.OPEN, None
        row.owner, row.staff_id, row.owned_at = Owner.STAFF, actor.id, at
        _tell(row, gettext_noop("Mở lại cuộc trò chuyện."), actor, at)
        episodes.taken(row, at)
        _audit("conversation.reopened", row, actor, at)
        return queries.view_conversation(row)


def _open_legs(row: Conversation) -> None:
    """Its addresses speak in it again, those that were its own when it was closed."""
    others = Conversation.objects.filter(customer_id=row.customer_id, status=ConversationStatus.OPEN)
    if row.customer_id is not None and others.exists():
        raise TalkOpenAlready
    try:
        with transaction.atomic():
            row.legs.filter(Q(ended_at=row.closed_at) | Q(id=row.leg_id)).update(ended_at=None)
    except IntegrityError as error:
        raise TalkOpenAlready from error


def set_labels(*, conversation_id: UUID, label_ids: Collection[int], actor: Actor, at: datetime) -> None:
    """These labels and no others; labels no longer in use stay where they are. A label twice is one."""
    with transaction.atomic():
        row = writing.lock(conversation_id)
        wanted = {
            label.id: label for label in DeskLabel.objects.filter(id__in=list(label_ids), is_active=True)
        }
        gone = DeskMark.objects.filter(conversation=row, label__is_active=True).exclude(label_id__in=wanted)
        taken_off = gone.delete()[0]
        held = set(DeskMark.objects.filter(conversation=row).values_list("label_id", flat=True))
        new = [
            DeskMark(conversation=row, label_id=id, set_by=actor.ref, set_at=at)
            for id in wanted
            if id not in held
        ]
        DeskMark.objects.bulk_create(new, ignore_conflicts=True)
        if taken_off or new:
            _audit("conversation.labelled", row, actor, at, labels=sorted(wanted))


def _lock_for(conversation_id: UUID, actor: Actor) -> Conversation:
    """The open conversation, for who may send it elsewhere: its holder, a supervisor, anybody while nobody holds it."""
    row = writing.lock(conversation_id)
    if row.status == ConversationStatus.CLOSED:
        raise ConversationClosed
    if row.owner == Owner.STAFF and row.staff_id != actor.id and not actor.has_role(Role.SUPERVISOR):
        raise NotOwner
    return row


def _lock_held(conversation_id: UUID, actor: Actor) -> tuple[Conversation, DeskEpisode]:
    row = _lock_for(conversation_id, actor)
    episode = episodes.find_open(row)
    if episode is None or episode.state != EpisodeState.HELD:
        raise NotHeld
    return row, episode


def _note(row: Conversation, note: str, actor: Actor, at: datetime) -> None:
    """What the next one should know, for staff alone."""
    if words := note.strip()[:NOTE_LIMIT]:
        writing.append(
            row, direction=Direction.OUT, kind=MessageKind.TEXT, author=actor.ref, author_name=actor.name, text=words,
            payload={}, key=None, at=at, is_internal=True,
        )  # fmt: skip


def _tell(row: Conversation, text: str, actor: Actor, at: datetime) -> None:
    writing.tell(row, Notice.ROUTED, text, actor, at, is_internal=True)


def _audit(verb: str, row: Conversation, actor: Actor, at: datetime, **facts: object) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="conversation", subject_id=str(row.id), at=at, facts=facts
    )
