"""What this room holds of a customer: their conversations and what was sent to them. Said for a copy, and erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from motcua.customers import registry
from motcua.kernel.actors import Actor
from motcua.messaging import conversations, turns
from motcua.messaging.desk import rating
from motcua.messaging.models import (
    Conversation,
    ConversationStatus,
    InboxEvent,
    InboxState,
    Message,
    OutboxMessage,
    OutboxState,
)

ROOM = "messaging"
ERASURE = Actor.system("erasure")
_SAID = ("seq", "channel", "direction", "kind", "author_name", "text", "at")
_SENT = (
    "channel",
    "address",
    "kind",
    "template",
    "text",
    "params",
    "state",
    "created_at",
    "sent_at",
    "delivered_at",
)


def export(customer_ids: Sequence[UUID]) -> Mapping[str, Any]:
    """Conversations with all that was said in them (no notes between staff), and notices that were sent."""
    rows = list(
        Conversation.objects.filter(customer_id__in=customer_ids)
        .prefetch_related("legs")
        .order_by("opened_at", "id")
    )
    said: dict[UUID, list[dict[str, Any]]] = {row.id: [] for row in rows}
    lines = Message.objects.filter(conversation_id__in=said, is_internal=False).order_by(
        "conversation_id", "seq"
    )
    for line in lines.values("conversation_id", *_SAID):
        said[line.pop("conversation_id")].append(line)
    notices = OutboxMessage.objects.filter(customer_id__in=customer_ids).order_by("created_at", "id")
    return {
        "conversations": [
            {
                "id": row.id, "opened_at": row.opened_at, "closed_at": row.closed_at,
                "addresses": [{"channel": leg.channel, "address": leg.address} for leg in row.legs.all()],
                "messages": said[row.id],
            }
            for row in rows
        ],
        "sent": list(notices.values(*_SENT)),
    }  # fmt: skip


def erase(customer_id: UUID, at: datetime) -> None:
    """The customer is erased: what was said and sent goes, with the addresses it went to; what waited is not sent."""
    for row in Conversation.objects.filter(customer_id=customer_id).order_by("id"):
        if row.status == ConversationStatus.OPEN:
            turns.close(conversation_id=row.id, actor=ERASURE, at=at)
        conversations.erase_conversation(conversation_id=row.id)
        rating.erase(row)
        for leg in row.legs.order_by("id"):
            InboxEvent.objects.filter(channel=leg.channel, sender=leg.address).exclude(
                state=InboxState.NEW
            ).update(payload={}, sender=f"erased:{leg.id}")
        row.legs.update(address=Concat(Value("erased:"), Cast("id", CharField())))
        Conversation.objects.filter(id=row.id).update(address=f"erased:{row.id}")
    sent = OutboxMessage.objects.filter(customer_id=customer_id)
    sent.filter(state__in=(OutboxState.QUEUED, OutboxState.HELD)).update(
        state=OutboxState.EXPIRED, reason="ERASED"
    )
    sent.exclude(state=OutboxState.SENDING).update(text="", params={}, buttons=[], address="")


registry.on_export(ROOM, export)
registry.on_erasure(ROOM, erase)
