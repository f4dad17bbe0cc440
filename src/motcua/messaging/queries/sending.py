"""Reading the inbox, the outbox, the dated rules of the channels, and how old the queues are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Min, Q

from motcua.kernel import local_time
from motcua.messaging import rules, templates
from motcua.messaging.models import (
    ChannelRule,
    Conversation,
    ConversationStatus,
    InboxEvent,
    InboxState,
    Leg,
    OutboxMessage,
    OutboxState,
    Owner,
    PushSubscription,
)
from motcua.messaging.queries.views import (
    Health,
    InboxView,
    OutboxView,
    SubscriptionView,
    view_event,
    view_outbox,
)

NOTICE_KEY = "notice:"


def list_deliveries(conversation_id: UUID, seqs: Iterable[int]) -> dict[int, tuple[str, str]]:
    """What became of messages that leave the house, by their numbers: state and, where it stands still, the reason."""
    keys = {f"message:{conversation_id}:{seq}": seq for seq in seqs}
    rows = OutboxMessage.objects.filter(key__in=list(keys)).values_list("key", "state", "reason")
    return {keys[key]: (state, reason) for key, state, reason in rows}


def list_notices_to(
    customer_id: UUID | None, addresses: Collection[tuple[str, str]], *, limit: int
) -> list[OutboxView]:
    """What this customer, or one of these addresses (channel, address), was told of by itself, newest first: notices and
    messages to many, which are no lines of a conversation. What is secret (a code) is none of them.
    """
    whose = Q(customer_id=customer_id) if customer_id else Q(pk__in=[])
    for channel, address in addresses:
        whose |= Q(channel=channel, address=address)
    rows = OutboxMessage.objects.filter(whose, conversation_id__isnull=True)
    secret = [template.code for template in templates.list_all() if template.is_secret]
    told = rows.filter(Q(key__startswith=NOTICE_KEY) | Q(mass_id__isnull=False)).exclude(template__in=secret)
    return [view_outbox(row) for row in told.order_by("-created_at", "-id")[:limit]]


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


def list_waiting(channel: str, sender: str, limit: int = 20) -> list[InboxView]:
    """What a sender said that is stored and stands in no conversation yet, oldest first."""
    rows = InboxEvent.objects.filter(channel=channel, sender=sender, state=InboxState.NEW).order_by("id")
    return [view_event(row) for row in rows[:limit]]


def find_event(channel: str, event_id: str) -> InboxView | None:
    """A stored event by the key of its channel."""
    row = InboxEvent.objects.filter(channel=channel, event_id=event_id).first()
    return view_event(row) if row else None


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
        Leg.objects.filter(channel=channel, address=address)
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
    """Depth and age of the queues of this company. A message's age begins when it is due, not when it was planned; what
    goes to many has its own progress and makes nobody late.
    """
    inbox = InboxEvent.objects.filter(state=InboxState.NEW).aggregate(
        n=Count("id"), oldest=Min("received_at")
    )
    outbox = OutboxMessage.objects.filter(
        state__in=[OutboxState.QUEUED, OutboxState.SENDING], next_at__lte=at, lane=0
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
