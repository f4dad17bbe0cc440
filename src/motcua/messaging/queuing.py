"""What goes into the outbox, what goes in again, and what is forgotten of it. Sending is `outbox`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from motcua.companies import operations as company_ops
from motcua.config import jobs, rows, sets
from motcua.kernel import ids
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, gettext_noop
from motcua.messaging.models import OutboxMessage, OutboxState
from motcua.messaging.rules import Kind

SINGLE, MASS = 0, 1  # lanes


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
    template: str = ""
    template_version: int = 0


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
    is_by_person: bool = False,
    purpose: str = "",
    template_version: int = 0,
    mass_id: UUID | None = None,
) -> bool:
    """Put a message in the outbox, in the caller's transaction; False when its key is already there.

    `purpose`: what the customer must have agreed to on the channel, where its rule asks for consent; looked up when it is
    sent. `mass_id`: it belongs to a notice to many and goes in their lane.
    """
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
        is_by_person=is_by_person,
        purpose=purpose,
        template_version=template_version,
        mass_id=mass_id,
        lane=SINGLE if mass_id is None else MASS,
        next_at=at,
        created_at=at,
        expires_at=expires_at,
    )
    if not rows.insert_new(message):
        return False
    jobs.wake("messaging-outbox" if mass_id is None else "messaging-mass-send")
    return True


def queue_texts(texts: Sequence[PhoneText], *, kind: Kind) -> None:
    """Put many text messages in the outbox at once, in the caller's transaction; those whose key is there stay as they are."""
    sets.write(
        [
            OutboxMessage(
                id=ids.new_id(text.at), key=text.key, channel="SMS", address=text.phone, kind=kind, texts=dict(text.texts),
                params={name: str(value) for name, value in text.params.items()}, next_at=text.at, created_at=text.at,
                template=text.template, template_version=text.template_version,
            )
            for text in texts
        ],
        ignore=True,
    )  # fmt: skip
    if texts:
        jobs.wake("messaging-outbox")


def retry_dead(*, outbox_id: UUID, actor: Actor, at: datetime) -> None:
    """Try a message again that was given up or held. Raises OutboxNotFound when it is neither."""
    with transaction.atomic():
        changed = OutboxMessage.objects.filter(
            id=outbox_id, state__in=[OutboxState.FAILED, OutboxState.HELD]
        ).update(
            state=OutboxState.QUEUED,
            lane=SINGLE,
            attempts=0,
            next_at=at,
            reason="",
            claim=None,
            fell_back_at=None,
        )
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
