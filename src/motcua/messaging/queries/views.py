"""What reading gives out: frozen values, and how rows become them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from motcua.messaging.models import (
    Conversation,
    ConversationStatus,
    Direction,
    InboxEvent,
    InboxState,
    Leg,
    Message,
    OutboxMessage,
)


@dataclass(frozen=True)
class ConversationView:
    id: UUID
    leg_id: UUID | None
    channel: str
    address: str
    visitor_id: UUID | None
    customer_id: UUID | None
    request_id: UUID | None
    unit_code: str
    owner: str
    staff_id: str
    owned_at: datetime
    is_urgent: bool
    status: str
    language: str
    last_seq: int
    customer_read_seq: int
    staff_read_seq: int
    opened_at: datetime
    last_in_at: datetime | None
    closed_at: datetime | None
    continued_in_id: UUID | None = None

    @property
    def is_open(self) -> bool:
        return self.status == ConversationStatus.OPEN

    @property
    def unread_by_staff(self) -> int:
        return max(self.last_seq - self.staff_read_seq, 0)

    @property
    def unread_by_customer(self) -> int:
        return max(self.last_seq - self.customer_read_seq, 0)


@dataclass(frozen=True)
class LegView:
    """An address that speaks, or spoke, in a conversation."""

    id: UUID
    conversation_id: UUID
    channel: str
    address: str
    visitor_id: UUID | None
    began_at: datetime
    last_in_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class MessageView:
    conversation_id: UUID
    seq: int
    direction: str
    kind: str
    author: str
    author_name: str
    text: str
    payload: Mapping[str, Any]
    client_msg_id: str | None
    is_internal: bool
    at: datetime
    leg_id: UUID | None = None
    channel: str = ""
    is_new: bool = field(default=False, compare=False)

    @property
    def buttons(self) -> list[dict[str, str]]:
        return list(self.payload.get("buttons", ()))

    @property
    def is_from_customer(self) -> bool:
        return self.direction == Direction.IN

    @property
    def document_id(self) -> str:
        return str(self.payload.get("document_id", ""))


@dataclass(frozen=True)
class QueuedConversation:
    """A line of the desk's list."""

    conversation: ConversationView
    last_text: str
    last_at: datetime
    waiting_since: datetime


@dataclass(frozen=True)
class InboxView:
    id: int
    channel: str
    event_id: str
    sender: str
    payload: Any
    received_at: datetime
    state: str = InboxState.NEW.value
    attempts: int = 0
    reason: str = ""


@dataclass(frozen=True)
class OutboxView:
    id: UUID
    key: str
    channel: str
    address: str
    template: str
    state: str
    attempts: int
    text: str
    reason: str
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True)
class SubscriptionView:
    """A browser that may be woken."""

    id: UUID
    customer_id: UUID
    endpoint: str
    p256dh: str
    auth: str
    language: str


@dataclass(frozen=True)
class Health:
    """Depth and age of the queues, for metrics and `motcua check`."""

    inbox_waiting: int
    inbox_oldest: timedelta
    inbox_parked: int
    outbox_waiting: int
    outbox_oldest: timedelta
    outbox_dead: int
    outbox_held: int
    conversations_waiting: int


_CONVERSATION_FIELDS = tuple(ConversationView.__dataclass_fields__)


_MESSAGE_FIELDS = tuple(name for name in MessageView.__dataclass_fields__ if name != "is_new")


def view_conversation(row: Conversation) -> ConversationView:
    return ConversationView(**{name: getattr(row, name) for name in _CONVERSATION_FIELDS})


def view_leg(row: Leg) -> LegView:
    return LegView(**{name: getattr(row, name) for name in LegView.__dataclass_fields__})


def view_message(row: Message, *, is_new: bool = False) -> MessageView:
    return MessageView(**{name: getattr(row, name) for name in _MESSAGE_FIELDS}, is_new=is_new)


def view_outbox(row: OutboxMessage) -> OutboxView:
    return OutboxView(**{name: getattr(row, name) for name in OutboxView.__dataclass_fields__})


def view_event(row: InboxEvent) -> InboxView:
    return InboxView(**{name: getattr(row, name) for name in InboxView.__dataclass_fields__})
