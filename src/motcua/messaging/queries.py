"""Reading conversations, messages, the inbox and the outbox. Frozen values out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Min, OuterRef, Q

from motcua.kernel import local_time
from motcua.messaging import rules
from motcua.messaging.models import (
    ChannelRule,
    Conversation,
    ConversationStatus,
    Direction,
    InboxEvent,
    InboxState,
    Message,
    OutboxMessage,
    OutboxState,
    Owner,
    PushSubscription,
)


@dataclass(frozen=True)
class ConversationView:
    id: UUID
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


def view_message(row: Message, *, is_new: bool = False) -> MessageView:
    return MessageView(**{name: getattr(row, name) for name in _MESSAGE_FIELDS}, is_new=is_new)


def view_outbox(row: OutboxMessage) -> OutboxView:
    return OutboxView(**{name: getattr(row, name) for name in OutboxView.__dataclass_fields__})


def view_event(row: InboxEvent) -> InboxView:
    return InboxView(**{name: getattr(row, name) for name in InboxView.__dataclass_fields__})


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


def list_deliveries(conversation_id: UUID, seqs: Iterable[int]) -> dict[int, tuple[str, str]]:
    """What became of messages that leave the house, by their numbers: state and, where it stands still, the reason."""
    keys = {f"message:{conversation_id}:{seq}": seq for seq in seqs}
    rows = OutboxMessage.objects.filter(key__in=list(keys)).values_list("key", "state", "reason")
    return {keys[key]: (state, reason) for key, state, reason in rows}


def list_unowned_events(channel: str, limit: int = 20) -> list[InboxView]:
    """What a channel told that belongs to no conversation (its quota, its templates, its rights), newest first."""
    rows = InboxEvent.objects.filter(channel=channel, sender="?").order_by("-id")
    return [view_event(row) for row in rows[:limit]]


def count_waiting_by_reason(channels: Collection[str]) -> dict[str, int]:
    """How many messages of these channels wait, are held or were given up, by reason."""
    rows = (
        OutboxMessage.objects.filter(
            channel__in=list(channels),
            state__in=[OutboxState.QUEUED, OutboxState.SENDING, OutboxState.HELD, OutboxState.FAILED],
        )
        .exclude(reason="")
        .values("reason")
        .annotate(n=Count("id"))
        .order_by("-n", "reason")
    )
    return {row["reason"]: row["n"] for row in rows[:20]}


def find_message(conversation_id: UUID, seq: int) -> MessageView | None:
    row = Message.objects.filter(conversation_id=conversation_id, seq=seq).first()
    return None if row is None else view_message(row)


def list_waiting(channel: str, sender: str, limit: int = 20) -> list[InboxView]:
    """What a sender said that is stored and stands in no conversation yet, oldest first."""
    rows = InboxEvent.objects.filter(channel=channel, sender=sender, state=InboxState.NEW).order_by("id")
    return [view_event(row) for row in rows[:limit]]


def find_event(channel: str, event_id: str) -> InboxView | None:
    """A stored event by the key of its channel."""
    row = InboxEvent.objects.filter(channel=channel, event_id=event_id).first()
    return view_event(row) if row else None


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


def find_rule(channel: str, kind: str, on: date) -> rules.Rule | None:
    """The rule of a channel for a kind of message on a day."""
    row = (
        ChannelRule.objects.filter(channel=channel, kind=kind, valid_from__lte=on)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on))
        .first()
    )
    if row is None:
        return None
    return rules.Rule(
        is_allowed=row.is_allowed,
        needs_consent=row.needs_consent,
        window_hours=row.window_hours,
        day_from=row.day_from,
        day_to=row.day_to,
        max_per_day=row.max_per_day,
        label=row.label,
        free_hours=row.free_hours,
        after_window=row.after_window,
        person_hours=row.person_hours,
    )


def may_send(
    *,
    channel: str,
    kind: str,
    address: str,
    at: datetime,
    has_consent: bool = False,
    by_person: bool = False,
) -> rules.Permission:
    """Whether a message of this kind may go to this address now; the same answer a composer shows before
    typing.
    """
    rule = find_rule(channel, kind, local_time.local_date(at))
    last_in_at = None
    sent_today = 0
    if rule is not None and rule.window_hours is not None:
        last_in_at = _last_sign(channel, address)
    if rule is not None and rule.max_per_day is not None:
        sent_today = OutboxMessage.objects.filter(
            channel=channel,
            address=address,
            kind=kind,
            state__in=[OutboxState.SENT, OutboxState.DELIVERED, OutboxState.READ],
            sent_at__gt=at - timedelta(hours=24),
        ).count()
    return rules.may_send(
        rule,
        at=at,
        has_consent=has_consent,
        last_in_at=last_in_at,
        sent_today=sent_today,
        by_person=by_person,
    )


def _last_sign(channel: str, address: str) -> datetime | None:
    """When the customer last gave a sign of any kind from this address."""
    return (
        Conversation.objects.filter(channel=channel, address=address)
        .order_by(F("last_in_at").desc(nulls_last=True))
        .values_list("last_in_at", flat=True)
        .first()
    )


def find_window(
    *, channel: str, address: str, at: datetime, kind: str = rules.Kind.REPLY, by_person: bool = False
) -> rules.Window:
    """The reply window of an address now, as the channel's rule of the day has it."""
    rule = find_rule(channel, kind, local_time.local_date(at))
    windowed = rule is not None and rule.window_hours is not None
    last = _last_sign(channel, address) if windowed else None
    return rules.window_of(rule, last_in_at=last, at=at, by_person=by_person)


def is_known_ref(channel: str, ref: str) -> bool:
    """Whether a message of ours goes by this name at the provider."""
    return OutboxMessage.objects.filter(channel=channel, refs__contains=[ref]).exists()


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


def list_parked(limit: int = 100) -> list[InboxView]:
    """Events that could not be understood, oldest first, with the reason."""
    return [
        view_event(row) for row in InboxEvent.objects.filter(state=InboxState.PARKED).order_by("id")[:limit]
    ]


def list_dead_letters(limit: int = 100) -> list[OutboxView]:
    """Messages given up or held, newest first."""
    rows = OutboxMessage.objects.filter(state__in=[OutboxState.FAILED, OutboxState.HELD]).order_by(
        "-created_at"
    )
    return [view_outbox(row) for row in rows[:limit]]


def find_outbox(key: str) -> OutboxView | None:
    row = OutboxMessage.objects.filter(key=key).first()
    return None if row is None else view_outbox(row)


def list_subscriptions(
    *, customer_ids: Iterable[UUID] = (), visitor_id: UUID | None = None
) -> list[SubscriptionView]:
    """Browsers that may be woken: of these customers, or this one browser's own."""
    wanted = Q(customer_id__in=list(customer_ids))
    if visitor_id is not None:
        wanted |= Q(visitor_id=visitor_id)
    rows = PushSubscription.objects.filter(wanted, ended_at__isnull=True).order_by("created_at", "id")
    return [_view_subscription(row) for row in rows]


def find_subscription(subscription_id: UUID) -> SubscriptionView | None:
    """A browser that may be woken, by the id under which messages go to it."""
    row = PushSubscription.objects.filter(id=subscription_id, ended_at__isnull=True).first()
    return _view_subscription(row) if row else None


def _view_subscription(row: PushSubscription) -> SubscriptionView:
    return SubscriptionView(row.id, row.customer_id, row.endpoint, row.p256dh, row.auth, row.language)


def measure_health(at: datetime) -> Health:
    """Depth and age of the queues of this company. A message's age begins when it is due, not when it was planned."""
    inbox = InboxEvent.objects.filter(state=InboxState.NEW).aggregate(
        n=Count("id"), oldest=Min("received_at")
    )
    outbox = OutboxMessage.objects.filter(
        state__in=[OutboxState.QUEUED, OutboxState.SENDING], next_at__lte=at
    ).aggregate(n=Count("id"), oldest=Min("next_at"))
    return Health(
        inbox_waiting=inbox["n"],
        inbox_oldest=at - inbox["oldest"] if inbox["oldest"] else timedelta(0),
        inbox_parked=InboxEvent.objects.filter(state=InboxState.PARKED).count(),
        outbox_waiting=outbox["n"],
        outbox_oldest=at - outbox["oldest"] if outbox["oldest"] else timedelta(0),
        outbox_dead=OutboxMessage.objects.filter(state=OutboxState.FAILED).count(),
        outbox_held=OutboxMessage.objects.filter(state=OutboxState.HELD).count(),
        conversations_waiting=Conversation.objects.filter(
            status=ConversationStatus.OPEN, owner=Owner.QUEUE
        ).count(),
    )


def count_recent_from_customer(conversation_id: UUID, *, since: datetime) -> int:
    """How many messages the customer sent since then: to slow down who sends too fast."""
    return Message.objects.filter(
        conversation_id=conversation_id, direction=Direction.IN, at__gt=since
    ).count()
