"""The outbox: claim, commit, send, record. A kill between any two of them sends again under the same provider
key.

One message an address is under way at a time, in the order they were queued.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.db import connection, transaction

from motcua.companies import operations as company_ops
from motcua.config import jobs, rows, sets
from motcua.kernel import ids, local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, gettext_noop
from motcua.kernel.vietnamese import ascii_text
from motcua.messaging import queries, registry, rules, templates
from motcua.messaging.models import OutboxAttempt, OutboxMessage, OutboxState
from motcua.messaging.rules import Delivery, Kind, SendFailed, Sent

log = structlog.get_logger(__name__)

HIDDEN = "••••••"
_CLAIM = """
UPDATE messaging_outboxmessage SET state = 'SENDING', claim = %(claim)s, claimed_until = %(until)s,
       attempts = attempts + 1
 WHERE id IN (
       SELECT o.id FROM messaging_outboxmessage o
        WHERE o.state IN ('QUEUED', 'SENDING') AND o.next_at <= %(at)s
          AND (o.state = 'QUEUED' OR o.claimed_until <= %(at)s)
          AND NOT EXISTS (
              SELECT 1 FROM messaging_outboxmessage earlier
               WHERE earlier.channel = o.channel AND earlier.address = o.address AND earlier.kind = o.kind
                 AND earlier.state IN ('QUEUED', 'SENDING') AND earlier.id < o.id)
        ORDER BY o.next_at, o.id LIMIT %(limit)s
          FOR UPDATE SKIP LOCKED)
RETURNING id
"""


class OutboxNotFound(NotFound):
    code = "OUTBOX_NOT_FOUND"
    message = gettext_noop("Không tìm thấy tin nhắn này.")


@dataclass(frozen=True)
class PhoneText:
    """A text message to a number, with nobody on record behind it."""

    key: str
    phone: str
    texts: Mapping[str, str]
    params: Mapping[str, object]
    at: datetime


def queue_message(
    *,
    key: str,
    channel: str,
    address: str,
    texts: Mapping[str, str],
    params: Mapping[str, object],
    kind: Kind,
    at: datetime,
    template: str = "",
    language: str = "vi",
    buttons: Sequence[Mapping[str, str]] = (),
    conversation_id: UUID | None = None,
    customer_id: UUID | None = None,
    expires_at: datetime | None = None,
    has_consent: bool = False,
) -> bool:
    """Put a message in the outbox, in the caller's transaction; False when its key is already there."""
    message = OutboxMessage(
        id=ids.new_id(at),
        key=key,
        channel=channel,
        address=address,
        kind=kind,
        template=template,
        texts=dict(texts),
        params={name: str(value) for name, value in params.items()},
        language=language,
        buttons=[dict(button) for button in buttons],
        conversation_id=conversation_id,
        customer_id=customer_id,
        has_consent=has_consent,
        next_at=at,
        created_at=at,
        expires_at=expires_at,
    )
    if not rows.insert_new(message):
        return False
    jobs.wake("messaging-outbox")
    return True


def queue_texts(texts: Sequence[PhoneText], *, kind: Kind) -> None:
    """Put many text messages in the outbox at once, in the caller's transaction; those whose key is there stay as they are."""
    sets.write(
        [
            OutboxMessage(
                id=ids.new_id(text.at), key=text.key, channel="SMS", address=text.phone, kind=kind, texts=dict(text.texts),
                params={name: str(value) for name, value in text.params.items()}, next_at=text.at, created_at=text.at,
            )
            for text in texts
        ],
        ignore=True,
    )  # fmt: skip
    if texts:
        jobs.wake("messaging-outbox")


def send_due(*, at: datetime, limit: int = 50) -> int:
    """Send what is due. Returns how many messages came to an end (sent, failed, held, expired) or were put
    off.

    No transaction is open and no connection is held while a provider is called.
    """
    claim = uuid4()
    done = 0
    for delivery in _claim_due(claim, at, limit):
        result = _call(delivery)
        _record(delivery, claim, result, at)
        done += 1
    return done


def _claim_due(claim: UUID, at: datetime, limit: int) -> list[Delivery]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, {"claim": claim, "until": at + rules.CLAIM_FOR, "at": at, "limit": limit})
            claimed = [row[0] for row in cursor.fetchall()]
        rows = OutboxMessage.objects.filter(id__in=claimed).order_by("id")
        deliveries = [delivery for row in rows if (delivery := _prepare(row, at))]
    if not connection.in_atomic_block:
        connection.close()  # back to the pool while the providers are called
    return deliveries


def _prepare(row: OutboxMessage, at: datetime) -> Delivery | None:
    """Render the text now; or stop the message here when it is too late, not allowed, or its channel is
    unknown.
    """
    channel = registry.get_channel(row.channel)
    if row.expires_at is not None and row.expires_at <= at:
        _stop(row, OutboxState.EXPIRED, "TOO_LATE")
        return None
    if channel is None:
        _stop(row, OutboxState.HELD, "NO_CHANNEL")
        return None
    permission = queries.may_send(
        channel=row.channel, kind=row.kind, address=row.address, at=at, has_consent=row.has_consent
    )
    if not permission.is_given:
        if permission.from_at is None:
            _stop(row, OutboxState.HELD, permission.reason)
            return None
        row.state, row.claim, row.reason = OutboxState.QUEUED, None, permission.reason
        row.next_at, row.attempts = permission.from_at, row.attempts - 1
        row.save(update_fields=["state", "claim", "reason", "next_at", "attempts"])
        return None
    can = channel.capabilities
    text = templates.render(row.texts, row.params, row.language)
    rule = queries.find_rule(row.channel, row.kind, local_time.local_date(at))
    if rule is not None and rule.label:
        text = f"{rule.label} {text}"
    whole = "\n".join(rules.degrade(text, row.buttons, can, strip=None if can.marks else ascii_text))
    if row.text != whole and not _is_secret(row):
        row.text = whole
        row.save(update_fields=["text"])
    return Delivery(
        id=str(row.id),
        channel=row.channel,
        address=row.address,
        text=whole,
        kind=Kind(row.kind),
        attempt=row.attempts,
        buttons=tuple(row.buttons[: can.buttons]),
        conversation_id=str(row.conversation_id or ""),
    )


def _stop(row: OutboxMessage, state: OutboxState, reason: str) -> None:
    row.state, row.reason, row.claim = state, reason, None
    _forget_secret(row)
    row.save(update_fields=["state", "reason", "claim", "params", "text"])
    log.info("outbox_stopped", channel=row.channel, state=str(state), reason=reason)


def _is_secret(row: OutboxMessage) -> bool:
    try:
        return bool(row.template) and templates.get(row.template).is_secret
    except templates.UnknownTemplate:
        return False


def _forget_secret(row: OutboxMessage) -> None:
    if _is_secret(row):
        row.params = dict.fromkeys(row.params, HIDDEN)
        row.text = templates.render(row.texts, row.params, row.language)


def _call(delivery: Delivery) -> Sent | SendFailed:
    channel = registry.get_channel(delivery.channel)
    assert channel is not None  # checked when claimed
    try:
        return channel.send(delivery)
    except SendFailed as failed:
        return failed
    except Exception as error:
        log.error("channel_send_crashed", channel=delivery.channel, error=type(error).__name__)
        return SendFailed(type(error).__name__)


def _record(delivery: Delivery, claim: UUID, result: Sent | SendFailed, at: datetime) -> None:
    with transaction.atomic():
        row = OutboxMessage.objects.select_for_update().filter(id=UUID(delivery.id)).first()
        if row is None:
            return
        OutboxAttempt.objects.create(
            outbox_id=row.id,
            number=delivery.attempt,
            started_at=at,
            ended_at=at,
            result="SENT" if isinstance(result, Sent) else ("FAILED" if result.is_final else "RETRY"),
            provider_code=(result.provider_code if isinstance(result, Sent) else result.code)[:40],
        )
        if row.claim != claim:  # our claim ran out and another worker took it; its word counts
            return
        row.claim = None
        if isinstance(result, Sent):
            _record_sent(row, result, at)
        else:
            _record_failed(row, result, at)
        row.save()


def _record_sent(row: OutboxMessage, result: Sent, at: datetime) -> None:
    row.provider_ref = result.provider_ref[:120]
    row.sent_at = row.sent_at or at
    row.reason = ""
    if rules.outranks(OutboxState.SENT, row.state):  # a receipt may have been quicker
        row.state = OutboxState.SENT
    _forget_secret(row)


def _record_failed(row: OutboxMessage, result: SendFailed, at: datetime) -> None:
    row.reason = result.code[:200]
    if row.state != OutboxState.SENDING:
        return
    if result.is_final or row.attempts >= rules.MAX_SEND_ATTEMPTS:
        row.state = OutboxState.FAILED
        _forget_secret(row)
        log.warning("outbox_dead_letter", channel=row.channel, outbox_id=str(row.id), reason=result.code)
        return
    row.state = OutboxState.QUEUED
    row.next_at = at + (result.retry_after or rules.retry_delay(row.attempts, str(row.id)))


def record_receipt(*, channel: str, ref: str, state: str, at: datetime, code: str = "") -> bool:
    """What the provider says became of a message; False when it is unknown or not news. States never fall."""
    if state not in rules.RANK:
        return False
    with transaction.atomic():
        rows = OutboxMessage.objects.select_for_update().filter(channel=channel)
        as_id = ids.parse_id(ref)
        row = (rows.filter(id=as_id).first() if as_id else None) or rows.filter(provider_ref=ref).first()
        if row is None or not rules.outranks(state, row.state):
            return False
        row.state = OutboxState(state)
        if state in (OutboxState.DELIVERED, OutboxState.READ):
            row.delivered_at = row.delivered_at or at
            row.sent_at = row.sent_at or at
            row.reason = ""
            _forget_secret(row)
        elif code:
            row.reason = code[:200]
        row.save()
        return True


def retry_dead(*, outbox_id: UUID, actor: Actor, at: datetime) -> None:
    """Try a message again that was given up or held. Raises OutboxNotFound when it is neither."""
    with transaction.atomic():
        changed = OutboxMessage.objects.filter(
            id=outbox_id, state__in=[OutboxState.FAILED, OutboxState.HELD]
        ).update(state=OutboxState.QUEUED, attempts=0, next_at=at, reason="", claim=None)
        if not changed:
            raise OutboxNotFound
        company_ops.record_audit(
            actor=actor,
            verb="outbox.retried",
            subject_type="outbox_message",
            subject_id=str(outbox_id),
            at=at,
            facts={},
        )
    jobs.wake("messaging-outbox")


def erase_params(*, at: datetime, older_than: timedelta = timedelta(days=90), limit: int = 5000) -> int:
    """Take the personal words out of messages sent long ago; that they were sent stays."""
    old: list[Any] = list(
        OutboxMessage.objects.filter(created_at__lt=at - older_than)
        .exclude(text="", params={})
        .exclude(state__in=[OutboxState.QUEUED, OutboxState.SENDING])
        .values_list("id", flat=True)[:limit]
    )
    return OutboxMessage.objects.filter(id__in=old).update(text="", params={}, buttons=[])
