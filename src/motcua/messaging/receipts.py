"""What is heard of a message after it was handed over: receipts, how far somebody has read, its own echo."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from django.db import transaction

from motcua.config import jobs
from motcua.kernel import ids
from motcua.messaging import outbox, registry, rules
from motcua.messaging.models import OutboxMessage, OutboxState


def match_echo(*, channel: str, address: str, ref: str, text: str, at: datetime, key: str = "") -> bool:
    """Whether what a provider plays back is a message of ours, which it then counts as sent; False: written elsewhere.

    Known by our own id of it where that is played back (`key`), by the provider's name of it; else by its words, while it is
    under way or was just sent under another name.
    """
    with transaction.atomic():
        if (told := _match_key(channel, key, ref, at)) is not None:
            return told
        recent = OutboxMessage.objects.select_for_update().filter(
            channel=channel, address=address, created_at__gt=at - timedelta(days=8)
        )
        if recent.filter(refs__contains=[ref]).exists():
            return True
        words = _plain(text)
        near = [
            row
            for row in recent.exclude(state=OutboxState.QUEUED, parts_done=0).order_by("id")
            if _may_be(row, words, at)
        ]
        if not words or not near:
            return False
        row = near[0]
        row.refs = [*row.refs, f"echo:{ref}", ref]
        if row.state == OutboxState.SENDING:
            parts = _parts_of(row)
            _heard(row, ref, at, done=min(row.parts_done + 1, len(parts)), is_last=parts[-1] == words)
        row.save()
        return True


def _match_key(channel: str, key: str, ref: str, at: datetime) -> bool | None:
    """By our own id: True when it is a message of ours, None when there is no such id."""
    whole, _mark, number = key.partition("#")
    id = ids.parse_id(whole)
    row = OutboxMessage.objects.select_for_update().filter(channel=channel, id=id).first() if id else None
    if row is None:
        return None
    part = int(number) if number.isdigit() else 1
    if ref not in row.refs:
        row.refs = [*row.refs, f"echo:{ref}", ref]
        if row.state == OutboxState.SENDING and row.parts_done == part - 1:
            _heard(row, ref, at, done=part, is_last=part >= len(_parts_of(row)))
        row.save()
    return True


def _may_be(row: OutboxMessage, words: str, at: datetime) -> bool:
    parts = _parts_of(row)
    echoes = sum(1 for ref in row.refs if ref.startswith("echo:"))
    if words not in parts or echoes >= len(parts):
        return False
    return row.state == OutboxState.SENDING or (
        row.sent_at is not None and abs(row.sent_at - at) <= rules.ECHO_NEAR
    )


def _parts_of(row: OutboxMessage) -> list[str]:
    channel = registry.get_channel(row.channel)
    limit = channel.capabilities.text_limit if channel else len(row.text) + 1
    parts = [_plain(part) for part in rules.split_text(row.text, limit)]
    return [*parts, ""] if channel and outbox.goes_after(row, row.text, channel.capabilities) else parts


def _heard(row: OutboxMessage, ref: str, at: datetime, *, done: int, is_last: bool) -> None:
    """A part whose end nobody told us has arrived."""
    row.provider_ref, row.claim, row.reason = ref[:120], None, ""
    row.parts_done = done
    if is_last:
        row.state, row.sent_at = OutboxState.SENT, row.sent_at or at
        outbox.forget_secret(row)
    else:
        row.state, row.next_at, row.attempts = OutboxState.QUEUED, at, 0
        jobs.wake("messaging-outbox")


def _plain(text: str) -> str:
    """Words as two programs can compare them: Unicode composed, spaces single."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def is_under_way(*, channel: str, address: str, since_before: datetime | None = None) -> bool:
    """Whether a message to this address (queued before then) is being sent just now: its name may not be known yet."""
    rows = OutboxMessage.objects.filter(channel=channel, address=address, state=OutboxState.SENDING)
    return (rows if since_before is None else rows.filter(created_at__lte=since_before)).exists()


def record_watermark(*, channel: str, address: str, state: str, up_to: datetime) -> int:
    """All that was sent to the address until then has got so far; how many messages that lifted. States never fall."""
    if state not in (OutboxState.DELIVERED, OutboxState.READ):
        return 0
    with transaction.atomic():
        rows = OutboxMessage.objects.select_for_update().filter(
            channel=channel,
            address=address,
            state__in=[OutboxState.SENT, OutboxState.DELIVERED],
            sent_at__lte=up_to,
        )
        lifted = [row for row in rows.order_by("id") if rules.outranks(state, row.state)]
        for row in lifted:
            row.state, row.reason = OutboxState(state), ""
            row.delivered_at = row.delivered_at or up_to
            row.save(update_fields=["state", "reason", "delivered_at"])
        for last in {row.conversation_id: row for row in lifted}.values():
            outbox.tell(last)
        return len(lifted)


def record_receipt(*, channel: str, ref: str, state: str, at: datetime, code: str = "") -> bool:
    """What the provider says became of a message; False when it is unknown or not news. States never fall."""
    if state not in rules.RANK:
        return False
    with transaction.atomic():
        rows = OutboxMessage.objects.select_for_update().filter(channel=channel)
        as_id = ids.parse_id(ref.partition("#")[0])
        row = (
            (rows.filter(id=as_id).first() if as_id else None)
            or rows.filter(provider_ref=ref).first()
            or rows.filter(refs__contains=[ref]).first()
        )
        if row is None:
            return False
        if state == OutboxState.FAILED and row.state in outbox.HANDED_OVER and not outbox.is_secret(row):
            outbox.find_another_way(row, code, at)  # it came back, as a mail may days later
            row.save(update_fields=["fell_back_at", "mass_id"])
        if not rules.outranks(state, row.state):
            return False
        if row.parts_done and row.state in {OutboxState.QUEUED, OutboxState.SENDING}:
            return False  # about a part; the message goes on
        row.state = OutboxState(state)
        if state in (OutboxState.DELIVERED, OutboxState.READ):
            row.delivered_at = row.delivered_at or at
            row.sent_at = row.sent_at or at
            row.reason = ""
            outbox.forget_secret(row)
        elif code:
            row.reason = code[:200]
        row.save()
        outbox.tell(row)
        return True
