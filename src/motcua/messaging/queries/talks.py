"""Reading conversations and what was said in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from motcua.messaging.models import Conversation, ConversationStatus, Direction, Leg, Message, Owner
from motcua.messaging.queries.views import (
    ConversationView,
    LegView,
    MessageView,
    QueuedConversation,
    view_conversation,
    view_leg,
    view_message,
)


def find_conversation(conversation_id: UUID) -> ConversationView | None:
    row = Conversation.objects.filter(id=conversation_id).first()
    return None if row is None else view_conversation(row)


def get_conversation(conversation_id: UUID) -> ConversationView:
    """Raises Conversation.DoesNotExist."""
    return view_conversation(Conversation.objects.get(id=conversation_id))


def find_open_conversation(channel: str, address: str) -> ConversationView | None:
    """The open conversation this address speaks in."""
    row = Conversation.objects.filter(
        legs__channel=channel, legs__address=address, legs__ended_at__isnull=True
    ).first()
    return None if row is None else view_conversation(row)


def find_leg(channel: str, address: str) -> LegView | None:
    """Where this address speaks now, else where it did last: what a returning visitor sees."""
    row = (
        Leg.objects.filter(channel=channel, address=address)
        .order_by(F("ended_at").desc(nulls_first=True), "-began_at")
        .first()
    )
    return None if row is None else view_leg(row)


def find_latest_conversation(channel: str, address: str) -> ConversationView | None:
    """The conversation this address speaks in, else the one it spoke in last."""
    leg = find_leg(channel, address)
    return find_conversation(leg.conversation_id) if leg else None


def list_legs(conversation_id: UUID) -> list[LegView]:
    """The addresses that speak in a conversation, or in the one it goes on in, who spoke last first."""
    goes_on = Conversation.objects.filter(id=conversation_id).values("continued_in_id")
    rows = Leg.objects.filter(Q(conversation_id=conversation_id) | Q(conversation_id__in=goes_on))
    return [view_leg(row) for row in rows.order_by(F("last_in_at").desc(nulls_last=True), "-began_at")]


def list_addresses(customer_id: UUID, channel: str) -> list[str]:
    """The addresses on a channel that spoke in the conversations of a customer."""
    rows = Leg.objects.filter(conversation__customer_id=customer_id, channel=channel)
    return list(rows.values_list("address", flat=True).distinct().order_by("address"))


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
    conversation_id: UUID,
    *,
    after: int = 0,
    limit: int = 200,
    with_internal: bool = False,
    leg_id: UUID | None = None,
) -> list[MessageView]:
    """Messages in order, after a number. Notes between staff only on request; of one leg, when it is named."""
    rows = _seen(conversation_id, with_internal, leg_id).filter(seq__gt=after)
    return [view_message(row) for row in rows.order_by("seq")[:limit]]


def list_last_messages(
    conversation_id: UUID, *, limit: int = 100, with_internal: bool = False, leg_id: UUID | None = None
) -> list[MessageView]:
    """The last messages, in order; of one leg, when it is named."""
    rows = _seen(conversation_id, with_internal, leg_id)
    return [view_message(row) for row in reversed(rows.order_by("-seq")[:limit])]


def list_earlier_messages(
    conversation_id: UUID, *, limit: int = 100, with_internal: bool = False, leg_id: UUID | None = None
) -> list[MessageView]:
    """What was said, in order, in the conversations that became part of this one; of one leg, when it is named."""
    parts = Conversation.objects.filter(continued_in_id=conversation_id).values_list("id", flat=True)
    rows = _shown(Message.objects.filter(conversation_id__in=list(parts)), with_internal, leg_id)
    return [view_message(row) for row in reversed(rows.order_by("-at", "-id")[:limit])]


def _seen(conversation_id: UUID, with_internal: bool, leg_id: UUID | None) -> QuerySet[Message]:
    return _shown(Message.objects.filter(conversation_id=conversation_id), with_internal, leg_id)


def _shown(rows: QuerySet[Message], with_internal: bool, leg_id: UUID | None) -> QuerySet[Message]:
    """What every leg is told, and what one leg said and heard: a leg never sees the words of another."""
    if not with_internal:
        rows = rows.filter(is_internal=False)
    return rows if leg_id is None else rows.filter(Q(leg_id=leg_id) | Q(leg_id__isnull=True))


def list_unnoted(*, channel: str, key: str, since: datetime, limit: int = 20) -> list[ConversationView]:
    """Open conversations of a channel, begun since then, that have no line under this key yet, oldest first."""
    noted = Message.objects.filter(conversation_id=OuterRef("id"), direction=Direction.OUT, client_msg_id=key)
    speaking = Leg.objects.filter(conversation_id=OuterRef("id"), channel=channel, ended_at__isnull=True)
    rows = Conversation.objects.filter(
        ~Exists(noted), Exists(speaking), status=ConversationStatus.OPEN, opened_at__gte=since
    ).order_by("opened_at")
    return [view_conversation(row) for row in rows[:limit]]


def find_message(conversation_id: UUID, seq: int) -> MessageView | None:
    row = Message.objects.filter(conversation_id=conversation_id, seq=seq).first()
    return None if row is None else view_message(row)


def list_said(*, channel: str, address: str, key: str) -> list[MessageView]:
    """What a person sent at once under one key of theirs: its first line and those numbered after it (an album's pictures)."""
    rows = Message.objects.filter(leg__channel=channel, leg__address=address, direction=Direction.IN)
    return [view_message(row) for row in rows.filter(_keys_of(key)).order_by("seq")]


def is_shown(document_id: UUID, *, conversation_id: UUID, beside: Collection[int]) -> bool:
    """Whether another line of the conversation than these shows the file: the same picture sent twice is kept once."""
    rows = Message.objects.filter(conversation_id=conversation_id, payload__document_id=str(document_id))
    return rows.exclude(seq__in=beside).exists()


def _keys_of(key: str) -> Q:
    return Q(client_msg_id=key) | Q(client_msg_id__startswith=f"{key}:")


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
