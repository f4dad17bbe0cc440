"""Browsers that let us wake them: begun and ended by their owner, or ended by their push service."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.customers import queries as customer_queries
from motcua.kernel import ids
from motcua.kernel.results import Refused, gettext_noop
from motcua.messaging import queuing
from motcua.messaging.models import OutboxMessage, OutboxState, PushSubscription
from motcua.messaging.rules import Kind

CHANNEL = "WEBPUSH"
MOST_BROWSERS = 8
BY_OWNER, BY_SERVICE, BY_OTHERS, BY_ERASURE = "OWNER", "SERVICE", "REPLACED", "ERASED"


class SubscriptionInvalid(Refused):
    code = "SUBSCRIPTION_INVALID"
    message = gettext_noop("Máy này chưa nhận thông báo được. Hãy thử lại, hoặc chọn tin nhắn SMS.")


def subscribe(
    *,
    customer_id: UUID,
    visitor_id: UUID,
    endpoint: str,
    p256dh: str,
    auth: str,
    language: str = "vi",
    at: datetime,
) -> UUID:
    """The browser may be woken for this customer from now on; the id of the subscription.

    The same browser again takes over its row, also for another customer. Past eight browsers the oldest one ends.
    Raises SubscriptionInvalid when an entry is missing or too long.
    """
    if not (0 < len(endpoint) <= 500 and 0 < len(p256dh) <= 100 and 0 < len(auth) <= 40):
        raise SubscriptionInvalid
    with transaction.atomic():
        row, _is_new = PushSubscription.objects.update_or_create(
            endpoint=endpoint,
            defaults={
                "customer_id": customer_id,
                "visitor_id": visitor_id,
                "p256dh": p256dh,
                "auth": auth,
                "language": language,
                "ended_at": None,
                "ended_why": "",
            },
            create_defaults={
                "id": ids.new_id(at),
                "customer_id": customer_id,
                "visitor_id": visitor_id,
                "p256dh": p256dh,
                "auth": auth,
                "language": language,
                "created_at": at,
            },
        )
        live = PushSubscription.objects.filter(customer_id=customer_id, ended_at__isnull=True)
        newest = live.order_by("-created_at", "-id").values_list("id", flat=True)[:MOST_BROWSERS]
        _end(live.exclude(id__in=list(newest)), BY_OTHERS, at)
    return row.id


def unsubscribe(*, visitor_id: UUID, at: datetime) -> int:
    """This browser is woken no more; how many rows that ended."""
    return _end(PushSubscription.objects.filter(visitor_id=visitor_id, ended_at__isnull=True), BY_OWNER, at)


def end_subscription(*, subscription_id: UUID, at: datetime) -> bool:
    """The push service knows the browser no more: nothing is sent to it again."""
    return bool(
        _end(PushSubscription.objects.filter(id=subscription_id, ended_at__isnull=True), BY_SERVICE, at)
    )


def fall_back(*, outbox_id: UUID, at: datetime) -> bool:
    """A browser is gone with a message on the way: it goes as a text message, unless another browser or an SMS has it."""
    row = OutboxMessage.objects.filter(id=outbox_id, channel=CHANNEL).first()
    if row is None or row.customer_id is None or ":push:" not in row.key:
        return False
    notice = row.key.partition(":push:")[0]
    family = customer_queries.list_ids(row.customer_id)
    others = PushSubscription.objects.filter(customer_id__in=family, ended_at__isnull=True).exists()
    customer = customer_queries.find_customer(row.customer_id)
    if others or customer is None or not customer.phone:
        return False
    return queuing.queue_message(
        key=f"{notice}:sms",
        channel="SMS",
        address=customer.phone,
        texts=row.texts,
        params=row.params,
        kind=Kind(row.kind),
        at=at,
        template=row.template,
        language=row.language,
        customer_id=row.customer_id,
        expires_at=row.expires_at,
    )


def erase(customer_id: UUID, at: datetime) -> None:
    """The customer is erased: where their browsers are is forgotten."""
    rows = PushSubscription.objects.filter(customer_id=customer_id)
    _end(rows, BY_ERASURE, at)
    rows.delete()


def _end(rows: object, why: str, at: datetime) -> int:
    ended = list(rows.values_list("id", flat=True))  # type: ignore[attr-defined]
    PushSubscription.objects.filter(id__in=ended).update(ended_at=at, ended_why=why)
    waiting = OutboxMessage.objects.filter(
        channel=CHANNEL, address__in=[str(id) for id in ended], state=OutboxState.QUEUED
    )
    waiting.update(state=OutboxState.EXPIRED, reason="UNSUBSCRIBED")
    return len(ended)
