"""The messages of a conversation as the desk draws them: by which channel, from whom, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from motcua.messaging import queries as messaging_queries
from motcua.messaging.queries import ConversationView, MessageView
from motcua.web import presenting, words
from motcua.web.desk import deliveries

AUDIO = frozenset({"audio/mpeg", "audio/aac", "audio/ogg", "audio/mp4", "audio/wav", "audio/webm"})
DESK_KEY = "desk:"


def draw(here: ConversationView, rows: Sequence[MessageView]) -> list[dict[str, Any]]:
    """Messages for `components/chat_message.html` with all that staff may know."""
    drawn = [presenting.present(row, file_url="desk:conversation-file") for row in rows]
    for row, message in zip(rows, drawn, strict=True):
        _tell_more(here, row, message)
    presenting.mark_read(drawn, here.customer_read_seq, direction="OUT")
    return deliveries.mark(here, drawn)


def draw_earlier(here: ConversationView, limit: int) -> list[dict[str, Any]]:
    """What was said in the conversations that became part of this one; how it went out is told there no more."""
    rows = messaging_queries.list_earlier_messages(here.id, limit=max(limit, 0), with_internal=True)
    drawn = [presenting.present(row, file_url="desk:conversation-file", is_earlier=True) for row in rows]
    for row, message in zip(rows, drawn, strict=True):
        _tell_more(here, row, message)
    return drawn


def told_beside(here: ConversationView, limit: int = 5) -> list[dict[str, Any]]:
    """The last notices to this customer that stand outside the conversation: people write about them."""
    legs = [leg for leg in messaging_queries.list_legs(here.id) if leg.ended_at is None]
    addresses = [(leg.channel, leg.address) for leg in legs]
    return [
        {
            "channel": words.way_words(row.channel),
            "text": row.text,
            "at": row.sent_at or row.created_at,
            "state": gettext(deliveries.WORDS.get(row.state, "")) or words.why_not_sent(row.reason),
            "is_failed": row.state in deliveries.NOT_SENT,
        }
        for row in messaging_queries.list_notices_to(here.customer_id, addresses, limit=limit)
    ]


def _tell_more(here: ConversationView, row: MessageView, message: dict[str, Any]) -> None:
    message["channel"] = "" if row.is_internal else words.channel_words(row.channel or here.channel)
    message["is_note"] = row.is_internal and row.kind != "EVENT"
    message["key"] = (row.client_msg_id or "").removeprefix(DESK_KEY) if row.direction == "OUT" else ""
    if message["author_kind"] == "CUSTOMER" and not message["author_name"]:
        message["author_name"] = gettext("Khách hàng")
    if message["file"] and row.payload.get("mime") in AUDIO:
        message["file"]["kind"] = "audio"
    message["mail"] = _mail(row)
    message["resend"] = reverse("desk:conversation-resend", args=(row.conversation_id, row.seq))


def _mail(row: MessageView) -> dict[str, Any] | None:
    """What a mail says beside its words: subject, who it says it is from, the request it names when that is proven."""
    told = row.payload
    if not row.is_from_customer or "from_address" not in told:
        return None
    return {
        "subject": told.get("subject", ""),
        "sender": " ".join(filter(None, [told.get("from_name", ""), f"<{told['from_address']}>"])),
        "is_new_topic": bool(told.get("new_topic")),
        "number": told.get("request_number", ""),
    }
