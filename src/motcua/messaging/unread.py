"""How much somebody has not seen yet."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F, Q

from motcua.messaging.models import Direction, Message, MessageKind

MOST = 99


def count_by_customer(conversation_id: UUID, leg_id: UUID) -> int:
    """Messages to one leg of a conversation that its customer has not read, up to a lid."""
    rows = Message.objects.filter(
        Q(leg_id=leg_id) | Q(leg_id__isnull=True),
        conversation_id=conversation_id,
        direction=Direction.OUT,
        is_internal=False,
        seq__gt=F("conversation__customer_read_seq"),
    ).exclude(kind=MessageKind.EVENT)
    return len(rows.values_list("id", flat=True)[:MOST])
