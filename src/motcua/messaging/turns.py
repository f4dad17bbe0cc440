"""Whose turn it is to answer: a member of staff takes over, gives back, the assistant hands over, the conversation ends."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.kernel.actors import Actor
from motcua.kernel.results import gettext_noop
from motcua.messaging import legs, queries, writing
from motcua.messaging.desk import episodes, rating
from motcua.messaging.desk.models import EndReason
from motcua.messaging.models import ConversationStatus, Owner
from motcua.messaging.queries import ConversationView
from motcua.messaging.rules import Notice
from motcua.messaging.writing import BOT, ConversationClosed, NotOwner


def take_over(
    *, conversation_id: UUID, actor: Actor, at: datetime, must_be_free: bool = True
) -> ConversationView:
    """A member of staff answers from now on; the bot falls silent. A second one is refused (NotOwner)
    unless `must_be_free` is off, as when a supervisor steps in."""
    with transaction.atomic():
        row = writing.lock(conversation_id)
        if row.status == ConversationStatus.CLOSED:
            raise ConversationClosed
        mine = row.owner == Owner.STAFF and row.staff_id == actor.id
        if row.owner == Owner.STAFF and not mine and must_be_free:
            raise NotOwner
        if not mine:
            writing.give_to(row, actor, at)
        return queries.view_conversation(row)


def release(*, conversation_id: UUID, actor: Actor, at: datetime, to_queue: bool = False) -> ConversationView:
    """Staff gives the conversation back to the bot, or to the queue for a colleague."""
    with transaction.atomic():
        row = writing.lock(conversation_id)
        if row.status == ConversationStatus.CLOSED:
            raise ConversationClosed
        if row.owner == Owner.STAFF and actor.is_staff() and row.staff_id != actor.id:
            raise NotOwner
        owner = Owner.QUEUE if to_queue else Owner.BOT
        if row.owner != owner:
            held_by = row.staff_id
            row.owner, row.staff_id, row.owned_at = owner, "", at
            is_watched = row.is_urgent and not actor.is_staff()  # nobody has looked at the danger yet
            row.is_urgent = row.is_urgent and (to_queue or is_watched)
            text = (
                gettext_noop("Cuộc trò chuyện được chuyển cho nhân viên khác.")
                if to_queue
                else gettext_noop("Trợ lý tự động tiếp tục hỗ trợ anh/chị.")
            )
            writing.tell(row, Notice.RELEASED, text, actor, at)
            if to_queue:
                episodes.wanted(row, at, not_to=held_by)
            elif not is_watched:
                episodes.ended(row, at, EndReason.BOT)
        return queries.view_conversation(row)


def queue_for_staff(
    *, conversation_id: UUID, at: datetime, unit_code: str = "", is_urgent: bool = False, topic: str = ""
) -> ConversationView:
    """The bot hands over: a person is to answer, in the queue its topic (an intent, a service) leads to.

    Nothing changes when a person already does.
    """
    with transaction.atomic():
        row = writing.lock(conversation_id)
        if row.status == ConversationStatus.CLOSED:
            raise ConversationClosed
        if row.owner == Owner.BOT:
            row.owner, row.staff_id, row.owned_at = Owner.QUEUE, "", at
            row.unit_code = unit_code or row.unit_code
            row.is_urgent = is_urgent or row.is_urgent
            writing.tell(row, Notice.QUEUED, gettext_noop("Đang chờ nhân viên."), BOT, at, is_internal=True)
            episodes.wanted(row, at, topic=topic)
        elif is_urgent and not row.is_urgent:
            row.is_urgent = True
            row.save(update_fields=["is_urgent"])
            episodes.marked_urgent(row)
        return queries.view_conversation(row)


def call_staff(*, conversation_id: UUID, at: datetime, unit_code: str = "", topic: str = "") -> None:
    """There is danger: the conversation stands in front of the desk's lists at once, and whoever answers goes on answering.

    While the assistant does, it waits for a person in the queue its topic leads to: the first who writes takes it, and after
    two minutes somebody on duty is given it. Called again, it changes nothing.
    """
    with transaction.atomic():
        row = writing.lock(conversation_id)
        was_urgent, row.is_urgent = row.is_urgent, True
        if row.owner == Owner.BOT and episodes.find_open(row) is None:
            row.unit_code = row.unit_code or unit_code
            text = gettext_noop("Khách báo nguy hiểm: cần nhân viên vào ngay. Trợ lý vẫn đang hỏi tiếp.")
            writing.tell(row, Notice.QUEUED, text, BOT, at, is_internal=True)
            episodes.wanted(row, at, topic=topic)
        elif not was_urgent:
            row.save(update_fields=["is_urgent"])
            episodes.marked_urgent(row)


def close(*, conversation_id: UUID, actor: Actor, at: datetime, is_idle: bool = False) -> ConversationView:
    """End the conversation; the next message from the address opens a new one. Closing twice changes
    nothing. After a member of staff has closed it, the customer is asked how they liked it.
    """
    with transaction.atomic():
        row = writing.lock(conversation_id)
        if row.status == ConversationStatus.OPEN:
            row.status, row.closed_at = ConversationStatus.CLOSED, at
            row.owner, row.staff_id = Owner.BOT, ""
            legs.end(row, at)
            writing.tell(
                row, Notice.CLOSED, gettext_noop("Cuộc trò chuyện đã kết thúc. Cảm ơn anh/chị."), actor, at
            )
            ended = episodes.ended(row, at, EndReason.IDLE if is_idle else EndReason.CLOSED)
            if ended is not None and actor.is_staff():
                rating.ask(row, ended, at)
        return queries.view_conversation(row)
