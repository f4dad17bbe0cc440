"""The web chat: messages come from our own pages and go out as rows; the edge plays them live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from motcua.messaging import operations as messaging_ops
from motcua.messaging.queries import InboxView
from motcua.messaging.rules import Capabilities, Delivery, Incoming, Receipt, SendFailed, Sent

CODE = "WEBCHAT"
ANSWER_WITHIN = timedelta(seconds=2)


class WebChat:
    code = CODE
    capabilities = Capabilities(pushes=False, text_limit=8000, buttons=12)

    def parse(self, event: InboxView) -> Sequence[Incoming | Receipt]:
        payload: Mapping[str, Any] = event.payload
        facts = {
            name: payload[name]
            for name in ("button", "document_id", "file_name", "mime", "page")
            if payload.get(name)
        }
        return [
            Incoming(
                address=event.sender,
                text=str(payload.get("text", "")),
                client_msg_id=str(payload["client_msg_id"]),
                kind="FILE" if payload.get("document_id") else "TEXT",
                payload=facts,
                visitor_id=event.sender,
                customer_id=payload.get("customer_id"),
                language=str(payload.get("language") or "vi")[:2],
            )
        ]

    def send(self, delivery: Delivery) -> Sent:
        raise SendFailed("ROWS_ARE_THE_DELIVERY", is_final=True)


@dataclass(frozen=True)
class Said:
    """What a visitor sent with one press of a button."""

    client_msg_id: str
    text: str = ""
    button: str = ""
    document_id: str = ""
    file_name: str = ""
    mime: str = ""
    page: str = ""
    language: str = "vi"
    customer_id: str = ""


def accept(*, visitor_id: UUID, said: Said, at: datetime) -> bool:
    """Store what a visitor sent, once per `client_msg_id`; False for a repeat. The commit acknowledges it."""
    payload = {name: value for name, value in vars(said).items() if value}
    return messaging_ops.receive(
        channel=CODE,
        event_id=f"{visitor_id}:{said.client_msg_id}"[:200],
        sender=str(visitor_id),
        payload=payload,
        at=at,
        wakes_worker=False,
    )


def answer_now(*, visitor_id: UUID, at: datetime) -> int:
    """Work through the visitor's waiting messages at once; while somebody else is at it, wait for a moment."""
    return messaging_ops.drain_sender(channel=CODE, sender=str(visitor_id), at=at, wait=ANSWER_WITHIN)
