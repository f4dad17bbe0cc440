"""What every writer of a conversation does with its row: lock it, add a numbered line, tell who listens.

Whoever writes holds the conversation's row lock, so numbers have no gaps and the owner checked is the owner.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import translation

from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.messaging import queries, signs
from motcua.messaging.desk import episodes
from motcua.messaging.models import Conversation, Direction, Leg, Message, MessageKind, Owner
from motcua.messaging.queries import MessageView
from motcua.messaging.rules import Notice
from motcua.messaging.talk import finding

TEXT_LIMIT = 8000


BOT = Actor.system("bot")


class ConversationNotFound(NotFound):
    code = "CONVERSATION_NOT_FOUND"
    message = gettext_noop("Không tìm thấy cuộc trò chuyện này.")


class ConversationClosed(Refused):
    code = "CONVERSATION_CLOSED"
    message = gettext_noop("Cuộc trò chuyện đã kết thúc.")


class NotOwner(Refused):
    """Somebody else answers this conversation now."""

    code = "NOT_OWNER"
    message = gettext_noop("Người khác đang trả lời cuộc trò chuyện này.")


TAKEN_OVER = gettext_noop("Nhân viên đã tham gia cuộc trò chuyện.")


def give_to(row: Conversation, actor: Actor, at: datetime) -> None:
    """From now on this member of staff answers."""
    row.owner, row.staff_id, row.owned_at = Owner.STAFF, actor.id, at
    episodes.taken(row, at)
    tell(row, Notice.TAKEN, TAKEN_OVER, actor, at)


def lock(conversation_id: UUID) -> Conversation:
    """The row, ours until the transaction ends; of one that became part of another, that other's. Raises
    ConversationNotFound.
    """
    row = Conversation.objects.select_for_update().filter(id=conversation_id).first()
    if row is None:
        raise ConversationNotFound
    return lock(row.continued_in_id) if row.continued_in_id is not None else row


def find_by_key(conversation_id: UUID, direction: Direction, key: str | None) -> MessageView | None:
    """The line with this key of its sender, here or in a conversation that became part of this one."""
    if not key:
        return None
    known = Message.objects.filter(direction=direction, client_msg_id=key[:120])
    row = known.filter(conversation_id=conversation_id).first()
    if row is None and direction == Direction.IN:
        parts = Conversation.objects.filter(continued_in_id=conversation_id).values("id")
        row = known.filter(conversation_id__in=parts).first()
    return None if row is None else queries.view_message(row)


def append(
    row: Conversation,
    *,
    direction: Direction,
    kind: str,
    author: str,
    author_name: str,
    text: str,
    payload: dict[str, Any],
    key: str | None,
    at: datetime,
    is_internal: bool = False,
    leg: Leg | None = None,
    channel: str = "",
) -> MessageView:
    """Add the next numbered line to a locked conversation, save what changed of it, and ring the bell at commit."""
    row.last_seq += 1
    message = Message.objects.create(
        conversation_id=row.id,
        seq=row.last_seq,
        leg=leg,
        channel=leg.channel if leg else channel,
        direction=direction,
        kind=kind,
        author=author,
        author_name=author_name,
        text=text,
        payload=payload,
        client_msg_id=key[:120] if key else None,
        is_internal=is_internal,
        at=at,
    )
    row.save()
    finding.to_find(row.id)
    signs.tell_news(
        conversation_id=row.id, seq=row.last_seq, unit_code=row.unit_code, owner=row.owner, staff_id=row.staff_id,
        is_for_list=kind == MessageKind.EVENT or row.owner != Owner.BOT,
    )  # fmt: skip
    return queries.view_message(message, is_new=True)


def tell(
    row: Conversation, notice: Notice, text: str, actor: Actor, at: datetime, *, is_internal: bool = False
) -> None:
    """Say in the conversation what became of it, on every leg, in the customer's language."""
    with translation.override(row.language):
        words = translation.gettext(text)
    append(
        row,
        direction=Direction.OUT,
        kind=MessageKind.EVENT,
        author="bot" if actor == BOT else actor.ref,
        author_name=actor.name if actor.is_staff() else "",
        text=words,
        payload={"notice": notice.value, "owner": str(row.owner), "status": str(row.status)},
        key=None,
        at=at,
        is_internal=is_internal,
    )


def announce(conversation_id: UUID, seq: int) -> None:
    """Tell the edge, at commit, that there is something new; it reads the row itself."""
    finding.to_find(conversation_id)
    signs.tell_news(conversation_id=conversation_id, seq=seq)
    signs.tell_changed(conversation_id=conversation_id)
