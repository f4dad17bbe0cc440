"""Reading conversations and what was said in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from motcua.messaging.models import Conversation, ConversationStatus, Direction, Message, Owner
from motcua.messaging.queries.views import (
    ConversationView,
    MessageView,
    QueuedConversation,
    view_conversation,
    view_message,
)


def find_conversation(conversation_id: UUID) -> ConversationView | None:
    row = Conversation.objects.filter(id=conversation_id).first()
    return None if row is None else view_conversation(row)


def get_conversation(conversation_id: UUID) -> ConversationView:
    """Raises Conversation.DoesNotExist."""
    return view_conversation(Conversation.objects.get(id=conversation_id))


def find_open_conversation(channel: str, address: str) -> ConversationView | None:
    row = Conversation.objects.filter(
        channel=channel, address=address, status=ConversationStatus.OPEN
    ).first()
    return None if row is None else view_conversation(row)


def find_latest_conversation(channel: str, address: str) -> ConversationView | None:
    """The open one, else the last closed: what a returning visitor sees."""
    row = (
        Conversation.objects.filter(channel=channel, address=address)
        .order_by(F("closed_at").desc(nulls_first=True), "-opened_at")
        .first()
    )
    return None if row is None else view_conversation(row)


def list_conversations(
    *, request_id: UUID | None = None, customer_id: UUID | None = None, limit: int = 50
) -> list[ConversationView]:
    """Conversations about a request or with a customer, newest first."""
    if request_id is None and customer_id is None:
        return []
    wanted = Q()
    if request_id is not None:
        wanted |= Q(request_id=request_id)
    if customer_id is not None:
        wanted |= Q(customer_id=customer_id)
    return [
        view_conversation(row) for row in Conversation.objects.filter(wanted).order_by("-opened_at")[:limit]
    ]


def list_messages(
    conversation_id: UUID, *, after: int = 0, limit: int = 200, with_internal: bool = False
) -> list[MessageView]:
    """Messages in order, after a number. Notes between staff only on request."""
    rows = Message.objects.filter(conversation_id=conversation_id, seq__gt=after)
    if not with_internal:
        rows = rows.filter(is_internal=False)
    return [view_message(row) for row in rows.order_by("seq")[:limit]]


def list_last_messages(
    conversation_id: UUID, *, limit: int = 100, with_internal: bool = False
) -> list[MessageView]:
    """The last messages, in order."""
    rows = Message.objects.filter(conversation_id=conversation_id)
    if not with_internal:
        rows = rows.filter(is_internal=False)
    return [view_message(row) for row in reversed(rows.order_by("-seq")[:limit])]


def list_unnoted(*, channel: str, key: str, since: datetime, limit: int = 20) -> list[ConversationView]:
    """Open conversations of a channel, begun since then, that have no line under this key yet, oldest first."""
    noted = Message.objects.filter(conversation_id=OuterRef("id"), direction=Direction.OUT, client_msg_id=key)
    rows = Conversation.objects.filter(
        ~Exists(noted), channel=channel, status=ConversationStatus.OPEN, opened_at__gte=since
    ).order_by("opened_at")
    return [view_conversation(row) for row in rows[:limit]]


def find_message(conversation_id: UUID, seq: int) -> MessageView | None:
    row = Message.objects.filter(conversation_id=conversation_id, seq=seq).first()
    return None if row is None else view_message(row)


def list_known_keys(conversation_id: UUID, keys: Collection[str]) -> set[str]:
    """Which of the customer's own keys stand in the conversation already."""
    rows = Message.objects.filter(
        conversation_id=conversation_id, direction=Direction.IN, client_msg_id__in=list(keys)
    )
    return {str(key) for key in rows.values_list("client_msg_id", flat=True)}


def list_queue(
    *, unit_codes: Iterable[str] | None = None, staff_id: str = "", limit: int = 100
) -> list[QueuedConversation]:
    """Open conversations waiting for a person (of these units, or of no unit yet) and those of one member of
    staff.

    Urgent ones first, then who waits longest. `unit_codes=None` means every unit.
    """
    waiting = Q(owner=Owner.QUEUE)
    if unit_codes is not None:
        waiting &= Q(unit_code__in=[*unit_codes, ""])
    wanted = waiting if not staff_id else waiting | Q(owner=Owner.STAFF, staff_id=staff_id)
    rows = list(
        Conversation.objects.filter(wanted, status=ConversationStatus.OPEN).order_by(
            "-is_urgent", "owned_at", "id"
        )[:limit]
    )
    last = {
        m.conversation_id: m
        for m in Message.objects.filter(
            conversation_id__in=[row.id for row in rows], is_internal=False, direction=Direction.IN
        )
        .order_by("conversation_id", "-seq")
        .distinct("conversation_id")
    }
    return [
        QueuedConversation(
            conversation=view_conversation(row),
            last_text=last[row.id].text[:160] if row.id in last else "",
            last_at=last[row.id].at if row.id in last else row.opened_at,
            waiting_since=row.owned_at,
        )
        for row in rows
    ]


def find_button(conversation_id: UUID, value: str, *, last: int = 30) -> str:
    """The label of a button with this value under one of the last messages to the customer; "" when there is none."""
    if not value or len(value) > 200:
        return ""
    rows = Message.objects.filter(
        conversation_id=conversation_id, direction=Direction.OUT, payload__has_key="buttons"
    ).order_by("-seq")[:last]
    for row in rows:
        for button in row.payload.get("buttons", ()):
            if button.get("value") == value:
                return str(button.get("label", ""))
    return ""


def count_recent_from_customer(conversation_id: UUID, *, since: datetime) -> int:
    """How many messages the customer sent since then: to slow down who sends too fast."""
    return Message.objects.filter(
        conversation_id=conversation_id, direction=Direction.IN, at__gt=since
    ).count()
