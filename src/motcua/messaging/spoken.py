"""What was said where nothing is written by itself: on the phone, at the counter. Staff write it down, once for each.

A note about a customer whom staff made sure of stands in their conversation, in its place among all the rest; else it is a
conversation of its own, over as soon as it is written. No address of it is ever answered to.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from motcua.companies.context import current_company_code
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop
from motcua.messaging import conversations, legs, queries, writing
from motcua.messaging.models import Conversation, ConversationStatus, Leg, Message
from motcua.messaging.queries import MessageView

PHONE, COUNTER = "PHONE", "COUNTER"
SPOKEN = frozenset({PHONE, COUNTER})
NOBODY = "-"


class SpokenOnly(Refused):
    """There is no way to say anything on it."""

    code = "SPOKEN_ONLY"
    message = gettext_noop("Cuộc gọi và việc tại quầy chỉ được ghi lại, không mở ra để trả lời.")


def write_down(
    *,
    channel: str,
    key: str,
    text: str,
    author: Actor,
    at: datetime,
    number: str = "",
    customer_id: UUID | None = None,
    request_id: UUID | None = None,
    unit_code: str = "",
    facts: Mapping[str, str] | None = None,
) -> MessageView:
    """Keep the note, for staff alone; the same key again gives back the first.

    `customer_id`: only when staff made sure of who it was. Raises MessageEmpty. Locks the conversation.
    """
    if not text.strip():
        raise conversations.MessageEmpty(field="text")
    address = f"{number or NOBODY}/{key}"[:120]
    with transaction.atomic():
        with connection.cursor() as cursor:  # two posts of one form come one after the other
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"motcua spoken {current_company_code()} {address}"],
            )
        if known := _find(channel, address, key):
            return known
        opened = legs.open_conversation(
            channel=channel,
            address=address,
            at=at,
            customer_id=customer_id,
            unit_code=unit_code,
            is_spoken=False,
        )
        said = conversations.append_out(
            conversation_id=opened.id, text=text, author=author, key=key, at=at, is_internal=True,
            payload={"spoken": channel, **(facts or {}), **({"request": str(request_id)} if request_id else {})},
        )  # fmt: skip
        _end(opened.id, channel, address, request_id, at)
        return said


def _find(channel: str, address: str, key: str) -> MessageView | None:
    leg = Leg.objects.filter(channel=channel, address=address).first()
    row = (
        Message.objects.filter(conversation_id=leg.conversation_id, client_msg_id=key).first()
        if leg
        else None
    )
    return queries.view_message(row) if row is not None else None


def _end(conversation_id: UUID, channel: str, address: str, request_id: UUID | None, at: datetime) -> None:
    """The call is over: nothing can be answered to it. A conversation that is this call alone is over with it."""
    row = writing.lock(conversation_id)
    Leg.objects.filter(
        conversation_id=row.id, channel=channel, address=address, ended_at__isnull=True
    ).update(ended_at=at)
    if (row.channel, row.address) != (channel, address):
        return
    Conversation.objects.filter(id=row.id).update(
        status=ConversationStatus.CLOSED, closed_at=at, request_id=request_id
    )
