"""The outbox: claim, commit, send, record. A kill between any two of them sends again under the same provider
key.

One message an address is under way at a time, in the order they were queued. What goes to many has a lane of its own and
waits for nobody's single message, nor the other way round.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.db import connection, transaction
from django.db.models import F

from motcua.companies.context import current_company
from motcua.customers import queries as customer_queries
from motcua.kernel import local_time
from motcua.kernel.vietnamese import ascii_text
from motcua.messaging import queries, registry, rules, signs, templates
from motcua.messaging.mass import queries as mass_queries
from motcua.messaging.models import OutboxAttempt, OutboxMessage, OutboxState
from motcua.messaging.pacing import Pace
from motcua.messaging.queuing import MASS, SINGLE
from motcua.messaging.rules import Capabilities, Delivery, Kind, Means, SendFailed, Sent

log = structlog.get_logger(__name__)

HIDDEN = "••••••"
# Chosen apart: the limit of a sub-select inside IN binds only its one run, and a plan may run it for each row.
# "None before it" as a look-up of its own: an anti-join would read all that waits again for each row.
_CLAIM = """
WITH due AS MATERIALIZED (
       SELECT o.id FROM messaging_outboxmessage o
        WHERE o.state IN ('QUEUED', 'SENDING') AND o.lane = %(lane)s AND o.next_at <= %(at)s
          AND (o.lane = 0 OR o.mass_id = ANY(%(running)s))
          AND (o.state = 'QUEUED' OR o.claimed_until <= %(at)s)
          AND (SELECT earlier.id FROM messaging_outboxmessage earlier
                WHERE earlier.channel = o.channel AND earlier.address = o.address AND earlier.kind = o.kind
                  AND earlier.lane = o.lane
                  AND earlier.state IN ('QUEUED', 'SENDING') AND earlier.id < o.id
                ORDER BY earlier.channel, earlier.address, earlier.id LIMIT 1) IS NULL
        ORDER BY o.next_at, o.id LIMIT %(limit)s
          FOR UPDATE SKIP LOCKED)
UPDATE messaging_outboxmessage taken SET is_doubtful = (state = 'SENDING'), state = 'SENDING', claim = %(claim)s,
       claimed_until = %(until)s, attempts = attempts + 1
  FROM due WHERE taken.id = due.id
RETURNING taken.id
"""


TOGETHER = 8  # calls of a provider at a time, in the lane of the many
HANDED_OVER = frozenset({OutboxState.SENT, OutboxState.DELIVERED})
CARRIED = ("document_id", "file_name", "mime", "ask")  # what of a message beside its words a channel needs
Stopped = Callable[[OutboxMessage, str, datetime], object]
_on_stopped: list[Stopped] = []


def on_stopped(hook: Stopped) -> Stopped:
    """Register who finds another way for a message that cannot go on its channel; called in the transaction that stops it."""
    if hook not in _on_stopped:
        _on_stopped.append(hook)
    return hook


def send_due(*, at: datetime, limit: int = 50, lane: int = SINGLE, within: timedelta | None = None) -> int:
    """Send what is due in a lane. Returns how many messages came to an end (sent, failed, held, expired) or were put
    off.

    No transaction is open and no connection is held while a provider is called. After `within` no further call begins;
    what was taken for this turn is given back.
    """
    claim = uuid4()
    begun = time.monotonic()
    deliveries, stopped = _claim_due(claim, at, limit, lane)
    chosen = deliveries if lane == SINGLE else _a_second_of(deliveries)
    pace = Pace(chosen)
    is_tested = connection.in_atomic_block  # threads would not see what stands in an open transaction
    _give_connection_back()

    def may_call(delivery: Delivery) -> bool:
        pace.wait(delivery.channel)
        return within is None or time.monotonic() - begun <= within.total_seconds()

    send = _send_each if lane == SINGLE or is_tested else _send_together
    done = send(chosen, claim, at, may_call)
    if done < len(deliveries):
        OutboxMessage.objects.filter(claim=claim, state=OutboxState.SENDING, is_doubtful=False).update(
            state=OutboxState.QUEUED, claim=None, attempts=F("attempts") - 1
        )
    return done + stopped


def _a_second_of(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """No more for a channel than it takes in a second: what is reserved for the many, a single message waits for."""
    chosen: list[Delivery] = []
    taken: Counter[str] = Counter()
    for delivery in deliveries:
        channel = registry.get_channel(delivery.channel)
        per_second = channel.capabilities.per_second if channel is not None else 0
        if not per_second or taken[delivery.channel] < max(1, per_second):
            taken[delivery.channel] += 1
            chosen.append(delivery)
    return chosen


def _send_each(
    deliveries: Sequence[Delivery], claim: UUID, at: datetime, may_call: Callable[[Delivery], bool]
) -> int:
    """One after another, each written down at once."""
    done = 0
    for delivery in deliveries:
        if not may_call(delivery):
            break
        _record(delivery, claim, _call(delivery), at)
        done += 1
    return done


def _send_together(
    deliveries: Sequence[Delivery], claim: UUID, at: datetime, may_call: Callable[[Delivery], bool]
) -> int:
    """Several at a time, written down in one transaction: what many are told takes as long as the provider lets it, not as
    long as its answers take. A kill in between sends those few again under the same keys.
    """
    company = current_company()

    def call(delivery: Delivery) -> Sent | SendFailed:
        try:
            connection.set_tenant(company)  # type: ignore[attr-defined]
            return _call(delivery)
        finally:
            connection.close()  # the thread's own, where the adapter asked for one

    with ThreadPoolExecutor(TOGETHER, thread_name_prefix="sending") as pool:
        under_way = [(one, pool.submit(call, one)) for one in takewhile(may_call, deliveries)]
    with transaction.atomic():
        for delivery, answer in under_way:
            _record(delivery, claim, answer.result(), at)
    return len(under_way)


def _claim_due(claim: UUID, at: datetime, limit: int, lane: int = SINGLE) -> tuple[list[Delivery], int]:
    """What a provider is to be called for, and how many were stopped or put off without a call: behind each of those the
    next message to the same address waits.
    """
    with transaction.atomic():
        running = mass_queries.list_sending(at) if lane == MASS else []
        told: dict[str, Any] = {
            "claim": claim,
            "until": at + rules.CLAIM_FOR,
            "at": at,
            "limit": limit,
            "lane": lane,
        }
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, {**told, "running": running})
            claimed = [row[0] for row in cursor.fetchall()]
        rows = OutboxMessage.objects.filter(id__in=claimed).order_by("id")
        deliveries = [delivery for row in rows if (delivery := _prepare(row, at))]
        return deliveries, len(claimed) - len(deliveries)


def _give_connection_back() -> None:
    """To the pool, while the providers are called."""
    if not connection.in_atomic_block:
        connection.close()


def _prepare(row: OutboxMessage, at: datetime) -> Delivery | None:
    """Render the text now; or stop the message here when it is too late, not allowed, or its channel is
    unknown.
    """
    channel = registry.get_channel(row.channel)
    if row.expires_at is not None and row.expires_at <= at:
        _stop(row, OutboxState.EXPIRED, "TOO_LATE", at)
        return None
    if channel is None:
        _stop(row, OutboxState.HELD, "NO_CHANNEL", at)
        return None
    can = channel.capabilities
    permission = queries.may_send(
        channel=row.channel,
        kind=row.kind,
        address=row.address,
        at=at,
        has_consent=row.has_consent or _has_agreed(row),
        by_person=row.is_by_person and can.tags_people,
    )
    if not permission.is_given:
        if permission.from_at is None:
            _stop(row, OutboxState.HELD, permission.reason, at)
            return None
        row.state, row.claim, row.reason = OutboxState.QUEUED, None, permission.reason
        row.next_at, row.attempts = permission.from_at, row.attempts - 1
        row.save(update_fields=["state", "claim", "reason", "next_at", "attempts"])
        return None
    if permission.means == Means.TEMPLATE and not registry.carries_template(channel, row.template):
        _stop(row, OutboxState.HELD, "WINDOW_CLOSED", at)
        return None
    text = templates.render(row.texts, row.params, row.language)
    rule = queries.find_rule(row.channel, row.kind, local_time.local_date(at))
    if rule is not None and rule.label:
        text = f"{rule.label} {text}"
    parts = rules.degrade(text, row.buttons, can, strip=None if can.marks else ascii_text)
    whole = "\n".join(parts)
    if goes_after(row, text, can):
        parts = [*parts, ""]
    if row.text != whole and not is_secret(row):
        row.text = whole
        row.save(update_fields=["text"])
    part = min(row.parts_done, len(parts) - 1)
    is_last = part == len(parts) - 1
    return Delivery(
        id=str(row.id) if part == 0 else f"{row.id}#{part + 1}",
        channel=row.channel,
        address=row.address,
        text=parts[part],
        kind=Kind(row.kind),
        attempt=row.attempts,
        buttons=tuple(row.buttons) if is_last and _has_choices(row, text, can) else (),
        conversation_id=str(row.conversation_id or ""),
        template=row.template,
        params=row.params,
        means=permission.means,
        is_doubtful=row.is_doubtful,
        payload={name: row.params[name] for name in CARRIED if name in row.params} if is_last else {},
        asked_at=row.created_at,
        has_more=not is_last,
        by_person=row.is_by_person,
    )


def _has_agreed(row: OutboxMessage) -> bool:
    """Whether the customer's consent to the purpose, on this channel, stands now."""
    if not row.purpose or row.customer_id is None:
        return False
    return customer_queries.has_consent(
        customer_id=customer_queries.survivor_id(row.customer_id), purpose=row.purpose, channel=row.channel
    )


def goes_after(row: OutboxMessage, text: str, can: Capabilities) -> bool:
    """Whether the message's file, or the cards of its choices, are a part of their own, after the words."""
    is_file = not can.captions and "document_id" in row.params
    return bool(text) and (is_file or can.lays_out(text, row.buttons))


def _has_choices(row: OutboxMessage, text: str, can: Capabilities) -> bool:
    """Whether its choices go as something to tap."""
    return can.shows(text, row.buttons) or can.lays_out(text, row.buttons)


def _stop(row: OutboxMessage, state: OutboxState, reason: str, at: datetime) -> None:
    row.state, row.reason, row.claim = state, reason, None
    if state == OutboxState.HELD:
        find_another_way(row, reason, at)
    forget_secret(row)
    row.save(update_fields=["state", "reason", "claim", "params", "text", "fell_back_at", "mass_id"])
    log.info("outbox_stopped", channel=row.channel, state=str(state), reason=reason)


def find_another_way(row: OutboxMessage, reason: str, at: datetime) -> None:
    """Once for each message; what a hook does belongs to the transaction that stops it."""
    if row.fell_back_at is None:
        row.fell_back_at = at
        for hook in _on_stopped:
            if hook(row, reason, at) and row.mass_id is not None:
                row.mass_id = None  # the notice's recipient has another message now, and is counted once


def is_secret(row: OutboxMessage) -> bool:
    try:
        return bool(row.template) and templates.get(row.template).is_secret
    except templates.UnknownTemplate:
        return False


def forget_secret(row: OutboxMessage) -> None:
    if is_secret(row):
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
        row_id = UUID(delivery.id.partition("#")[0])
        row = OutboxMessage.objects.select_for_update().filter(id=row_id).first()
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
        if (
            row.claim != claim
        ):  # our claim ran out and another worker took it, or its echo came: their word counts
            if isinstance(result, Sent) and result.provider_ref and result.provider_ref not in row.refs:
                row.refs = [*row.refs, result.provider_ref]
                row.save(update_fields=["refs"])
            return
        row.claim = None
        if isinstance(result, Sent):
            _record_sent(row, result, at, has_more=delivery.has_more)
        else:
            _record_failed(row, result, at)
        row.save()
        tell(row)


def _record_sent(row: OutboxMessage, result: Sent, at: datetime, *, has_more: bool = False) -> None:
    row.provider_ref = result.provider_ref[:120]
    if result.provider_ref:
        row.refs = [*row.refs, row.provider_ref]
    row.parts_done += 1
    row.reason, row.is_doubtful = "", False
    if has_more and row.state == OutboxState.SENDING:
        row.state, row.next_at, row.attempts = OutboxState.QUEUED, at, 0
        return
    row.sent_at = row.sent_at or at
    if rules.outranks(OutboxState.SENT, row.state):  # a receipt may have been quicker
        row.state = OutboxState.SENT
    forget_secret(row)


def _record_failed(row: OutboxMessage, result: SendFailed, at: datetime) -> None:
    row.reason = result.code[:200]
    if row.state != OutboxState.SENDING:
        return
    if not result.counts:
        row.attempts -= 1
    elif result.is_final or row.attempts >= rules.MAX_SEND_ATTEMPTS:
        row.state = OutboxState.FAILED
        find_another_way(row, result.code, at)
        forget_secret(row)
        log.warning("outbox_dead_letter", channel=row.channel, outbox_id=str(row.id), reason=result.code)
        return
    if result.is_unknown:  # it stays under way: its echo, or the provider when asked, tells what became of it
        row.claimed_until = at + rules.ECHO_WITHIN
        return
    row.state = OutboxState.QUEUED
    row.next_at = at + (result.retry_after or rules.retry_delay(row.attempts, str(row.id)))


def tell(row: OutboxMessage) -> None:
    """Whoever has the conversation open sees what became of a message in it."""
    if row.conversation_id is not None:
        signs.tell_changed(conversation_id=row.conversation_id)
