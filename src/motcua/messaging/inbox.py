"""The inbox: stored before answered, drained one sender at a time in the order of arrival, poison set aside.

An event is taken, understood and answered in one transaction with everything that follows from it, under an
advisory
lock of its sender: a kill at any instant leaves it either untouched or wholly done.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import Min, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from motcua.companies import operations as company_ops
from motcua.companies.context import current_company_code
from motcua.config import jobs
from motcua.kernel import storable
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, gettext_noop
from motcua.messaging import conversations, legs, queries, receipts, registry, rules, turns
from motcua.messaging.desk import rating
from motcua.messaging.models import InboxEvent, InboxState, Owner
from motcua.messaging.rules import Changed, Echo, Found, Happened, Incoming, Receipt
from motcua.messaging.writing import BOT

log = structlog.get_logger(__name__)

KEEP_DONE = timedelta(days=90)
RETRY_SECONDS = 2
_LOCK_CLASS = 0x6D63  # "mc": advisory locks on senders


class EventNotFound(NotFound):
    code = "EVENT_NOT_FOUND"
    message = gettext_noop("Không tìm thấy sự kiện này.")


def receive(
    *,
    channel: str,
    event_id: str,
    sender: str,
    payload: Any,
    at: datetime,
    sent_at: datetime | None = None,
    wakes_worker: bool = True,
) -> bool:
    """Store an event of a channel; False when it is already there. The commit is the acknowledgement.

    A caller who drains the sender at once need not wake the worker: its sweep is there if the caller dies.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO messaging_inboxevent (channel, event_id, sender, payload, received_at, sent_at) "
            "VALUES (%s, %s, %s, %s::jsonb, %s, %s) ON CONFLICT (channel, event_id) DO NOTHING RETURNING id",
            [
                channel,
                storable.as_text(event_id)[:200],
                storable.as_text(sender)[:120],
                storable.as_json(payload),
                at,
                sent_at,
            ],
        )
        is_new = cursor.fetchone() is not None
    if is_new and wakes_worker:
        jobs.wake("messaging-inbox")
    return is_new


def drain_inbox(*, at: datetime, limit: int = 200) -> int:
    """Work through what waits, sender by sender, oldest first. Returns how many events were done or parked.

    Senders another worker holds are left to it.
    """
    senders = (
        InboxEvent.objects.filter(Q(next_at__isnull=True) | Q(next_at__lte=at), state=InboxState.NEW)
        .values("channel", "sender")
        .annotate(first=Min("id"))
        .order_by("first")[:limit]
    )
    done = 0
    for row in list(senders):
        done += drain_sender(channel=row["channel"], sender=row["sender"], at=at, limit=limit - done)
        if done >= limit:
            break
    return done


def drain_sender(
    *, channel: str, sender: str, at: datetime, limit: int = 50, wait: timedelta | None = None
) -> int:
    """Work through one sender's events in order; 0 when another worker is at it (and still is after `wait`)."""
    done = 0
    while done < limit and _handle_next(channel, sender, at, wait):
        done += 1
    return done


def _handle_next(channel: str, sender: str, at: datetime, wait: timedelta | None = None) -> bool:
    with transaction.atomic():
        if not _lock_sender(channel, sender, wait):
            return False
        row = (
            InboxEvent.objects.select_for_update()
            .filter(channel=channel, sender=sender, state=InboxState.NEW)
            .order_by(Coalesce("sent_at", "received_at"), "id")
            .first()
        )
        if row is None or (row.next_at is not None and row.next_at > at):
            return False
        try:
            with transaction.atomic():
                _handle(queries.view_event(row), at)
        except TooEarly:
            return _let_wait(row, at)
        except Exception as error:
            return _set_aside(row, error, at)
        row.state, row.done_at, row.reason = InboxState.DONE, at, ""
        row.save(update_fields=["state", "done_at", "reason"])
        return True


def _lock_sender(channel: str, sender: str, wait: timedelta | None) -> bool:
    """One worker at a time for a sender of a company; the lock ends with the transaction."""
    key = zlib.crc32(f"{current_company_code()}:{channel}:{sender}".encode()) - 2**31
    if wait is not None:
        return _wait_for_lock(key, wait)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, key])
        row = cursor.fetchone()
    return bool(row and row[0])


def _wait_for_lock(key: int, wait: timedelta) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('lock_timeout', %s, true)", [f"{int(wait.total_seconds() * 1000)}ms"]
            )
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, key])
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except OperationalError:  # still held: whoever holds it will answer
        return False
    return True


class TooEarly(Exception):
    """What the event is about is not known yet, and will be in a moment."""


class NotUnderstood(Exception):
    """The channel will never understand this event; the text says why, without personal values."""


def _parse(event: queries.InboxView) -> list[Found]:
    channel = registry.get_channel(event.channel)
    if channel is None:
        raise NotUnderstood("unknown channel")
    try:
        return list(channel.parse(event))
    except ValueError as error:
        raise NotUnderstood(str(error)) from error


def _handle(event: queries.InboxView, at: datetime, *, is_answered: bool = True) -> None:
    for number, found in enumerate(_parse(event)):
        if isinstance(found, Receipt):
            _take_receipt(event, found, at)
        elif isinstance(found, Echo):
            _take_echo(event, found)
        elif isinstance(found, Happened):
            _take_note(event, found)
        elif isinstance(found, Changed):
            _take_change(event, found, at)
        else:
            _take_in(event, found, at, number=number, is_answered=is_answered)


def _take_receipt(event: queries.InboxView, found: Receipt, at: datetime) -> None:
    channel = found.channel or event.channel
    if found.up_to is not None:
        _take_watermark(event, found, found.up_to, at)
        return
    is_news = receipts.record_receipt(
        channel=channel, ref=found.ref, state=found.state, at=found.at or at, code=found.provider_code
    )
    if is_news or not found.address or queries.is_known_ref(channel, found.ref):
        return
    if at - event.received_at < rules.RECEIPT_WAITS and receipts.is_under_way(
        channel=channel, address=found.address
    ):
        raise TooEarly


def _take_watermark(event: queries.InboxView, found: Receipt, up_to: datetime, at: datetime) -> None:
    """What is under way just now may be meant as well: that is waited for."""
    may_wait = at - event.received_at < rules.RECEIPT_WAITS
    if may_wait and receipts.is_under_way(channel=event.channel, address=found.address, since_before=up_to):
        raise TooEarly
    receipts.record_watermark(channel=event.channel, address=found.address, state=found.state, up_to=up_to)


def _take_change(event: queries.InboxView, found: Changed, at: datetime) -> None:
    """A message of the customer's is as they want it now; what we never had is told to staff as a line."""
    told_at = found.at or event.received_at
    if conversations.change_in(
        channel=event.channel, address=found.address, key=found.ref, text=found.text, at=told_at
    ):
        return
    if at - event.received_at < rules.CHANGE_WAITS:
        raise TooEarly
    text = (
        gettext("Khách sửa một tin cũ thành: %(text)s") % {"text": found.text}
        if found.text is not None
        else gettext("Khách xóa một tin cũ.")
    )
    _take_note(event, Happened(found.address, text, told_at))


def _take_echo(event: queries.InboxView, found: Echo) -> None:
    at = found.at or event.received_at
    if receipts.match_echo(
        channel=event.channel, address=found.address, ref=found.ref, text=found.text, at=at, key=found.key
    ):
        return
    conversation = legs.open_conversation(channel=event.channel, address=found.address, at=at)
    conversations.append_elsewhere(
        conversation_id=conversation.id, text=found.text, key=found.ref, at=at, author_name=found.author_name,
        payload=found.payload,
    )  # fmt: skip


def _take_note(event: queries.InboxView, found: Happened) -> None:
    if not found.address:
        log.info("inbox_event_noted", channel=event.channel, inbox_id=event.id)
        return
    at = found.at or event.received_at
    conversation = legs.open_conversation(
        channel=event.channel, address=found.address, at=at, is_spoken=found.is_sign
    )
    conversations.note(
        conversation_id=conversation.id, text=found.text, key=event.event_id, at=at, is_sign=found.is_sign,
        payload=found.payload, channel=event.channel,
    )  # fmt: skip


def _take_in(
    event: queries.InboxView, found: Incoming, at: datetime, *, number: int, is_answered: bool
) -> None:
    key = found.client_msg_id or event.event_id
    if rating.take_answer(
        channel=event.channel, address=found.address, text=found.text, button=str(found.payload.get("button", "")),
        key=f"{key}:{number}" if number else key, at=found.at or event.received_at,
    ):  # fmt: skip
        return
    conversation = legs.open_conversation(
        channel=event.channel,
        address=found.address,
        at=at,
        visitor_id=UUID(found.visitor_id) if found.visitor_id else None,
        customer_id=UUID(found.customer_id) if found.customer_id else None,
        language=found.language,
    )
    text, payload = _with_button(conversation.id, found)
    said = conversations.append_in(
        conversation_id=conversation.id,
        text=text,
        client_msg_id=f"{key}:{number}" if number else key,
        at=found.at or event.received_at,
        kind=found.kind,
        payload=payload,
    )
    if said.is_new and payload.get("media"):
        for hook in registry.list_media_hooks():
            hook(said, at)
    if not is_answered:
        turns.queue_for_staff(conversation_id=conversation.id, at=at)
    elif said.is_new and not found.is_asking:
        _say_about_it(conversation, said, found.told, at)
    elif said.is_new:
        for responder in registry.list_responders():
            responder(conversation.id, at)


def _with_button(conversation_id: UUID, found: Incoming) -> tuple[str, dict[str, Any]]:
    """What was said, and the button behind it: some channels send a tapped button's value back as if it were typed."""
    value, payload = found.text.strip(), dict(found.payload)
    if payload.get("button") or not ("|" in value or ":" in value):
        return found.text, payload
    label = queries.find_button(conversation_id, value)
    return (label, {**payload, "button": value}) if label else (found.text, payload)


def _say_about_it(
    conversation: queries.ConversationView, said: queries.MessageView, told: str, at: datetime
) -> None:
    """A word about what the assistant cannot read, while nobody else answers."""
    if told and conversation.owner == Owner.BOT:
        conversations.append_out(
            conversation_id=conversation.id,
            text=told,
            author=BOT,
            key=f"about:{said.seq}",
            at=at,
        )


def _let_wait(row: InboxEvent, at: datetime) -> bool:
    row.next_at = at + timedelta(seconds=RETRY_SECONDS)
    row.save(update_fields=["next_at"])
    return False


def _set_aside(row: InboxEvent, error: Exception, at: datetime) -> bool:
    """Try again later; at the last failure give the message to a person, or else park the event with its reason.

    The reason is the kind of error only, or what a channel says of an event: no personal values.
    """
    row.attempts += 1
    row.reason = f"{error}"[:200] if isinstance(error, NotUnderstood) else type(error).__name__
    is_final = isinstance(error, NotUnderstood) or row.attempts >= rules.MAX_HANDLE_ATTEMPTS
    if not is_final:
        row.next_at = at + timedelta(seconds=RETRY_SECONDS * 2**row.attempts)
        log.warning("inbox_event_failed", channel=row.channel, inbox_id=row.id, reason=type(error).__name__)
    elif not isinstance(error, NotUnderstood) and _give_to_person(row, at):
        row.state, row.done_at = InboxState.DONE, at
        log.error("inbox_event_unanswered", channel=row.channel, inbox_id=row.id, reason=row.reason)
    else:
        row.state = InboxState.PARKED
        log.error("inbox_event_parked", channel=row.channel, inbox_id=row.id, reason=type(error).__name__)
    row.save(update_fields=["attempts", "state", "reason", "next_at", "done_at"])
    return is_final


def _give_to_person(row: InboxEvent, at: datetime) -> bool:
    """What was said stands in the conversation, and a person answers where the assistant could not."""
    try:
        with transaction.atomic():
            _handle(queries.view_event(row), at, is_answered=False)
    except Exception:
        return False
    return True


def replay_parked(*, inbox_id: int, actor: Actor, at: datetime) -> None:
    """Give a parked event another life, after a fix. Raises EventNotFound when it is not parked."""
    _unpark(inbox_id, InboxState.NEW, "inbox.replayed", actor, at)
    jobs.wake("messaging-inbox")


def drop_parked(*, inbox_id: int, actor: Actor, at: datetime) -> None:
    """Give a parked event up for good. Raises EventNotFound when it is not parked."""
    _unpark(inbox_id, InboxState.DROPPED, "inbox.dropped", actor, at)


def _unpark(inbox_id: int, state: InboxState, verb: str, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        changed = InboxEvent.objects.filter(id=inbox_id, state=InboxState.PARKED).update(
            state=state, attempts=0, next_at=None, done_at=at if state == InboxState.DROPPED else None
        )
        if not changed:
            raise EventNotFound
        company_ops.record_audit(
            actor=actor, verb=verb, subject_type="inbox_event", subject_id=str(inbox_id), at=at, facts={}
        )


def sweep_inbox(*, at: datetime, limit: int = 5000) -> int:
    """Forget what was done long ago: the payload holds personal words. The keys of 90 days guard against
    doubles.
    """
    old = InboxEvent.objects.filter(state=InboxState.DONE, done_at__lt=at - KEEP_DONE).order_by("done_at")[
        :limit
    ]
    return InboxEvent.objects.filter(id__in=[row.id for row in old.only("id")]).delete()[0]
