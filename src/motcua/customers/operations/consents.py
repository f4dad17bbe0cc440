"""What a customer agreed to, who may act for them, what they want to be told and how."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from motcua.companies import operations as company_ops
from motcua.customers.models import (
    Authority,
    Consent,
    ConsentEnd,
    ConsentWording,
    Ground,
    NoticeChoice,
    Scope,
    Topic,
)
from motcua.customers.operations.people import lock_customer
from motcua.kernel import ids, vietnamese
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import sha256_hex
from motcua.kernel.results import Refused, gettext_noop


class AuthorityInvalid(Refused):
    code = "AUTHORITY_INVALID"
    message = gettext_noop("Giấy tờ hoặc thời hạn đại diện chưa đúng.")


def record_consent(
    *, customer_id: UUID, purpose: str, channel: str, wording: str, actor: Actor, at: datetime
) -> UUID:
    """The customer agrees to the purpose on the channel, in these words; the id of the consent.

    The same words again change nothing; other words replace the consent. Raises CustomerUnknown. Locks the
    customer.
    """
    hashed = sha256_hex(wording)
    with transaction.atomic():
        customer = lock_customer(customer_id)
        ConsentWording.objects.get_or_create(hash=hashed, defaults={"text": wording, "first_used_at": at})
        live = Consent.objects.filter(
            customer=customer, purpose=purpose, channel=channel, withdrawn_at__isnull=True
        ).first()
        if live and live.wording_id == hashed:
            return live.id
        if live:
            live.withdrawn_at, live.withdrawn_why = at, ConsentEnd.REPLACED
            live.save(update_fields=["withdrawn_at", "withdrawn_why"])
        consent = Consent.objects.create(
            id=ids.new_id(at),
            customer=customer,
            purpose=purpose,
            channel=channel,
            wording_id=hashed,
            at=at,
            given_by=actor.ref,
        )
        return consent.id


def withdraw_consent(*, customer_id: UUID, purpose: str, channel: str, actor: Actor, at: datetime) -> bool:
    """The consent ends now; False when there was none. Withdrawing needs no reason."""
    with transaction.atomic():
        ended = Consent.objects.filter(
            customer_id=customer_id, purpose=purpose, channel=channel, withdrawn_at__isnull=True
        ).update(withdrawn_at=at, withdrawn_why=ConsentEnd.WITHDRAWN)
        if ended:
            company_ops.record_audit(
                actor=actor,
                verb="consent.withdrawn",
                subject_type="customer",
                subject_id=str(customer_id),
                at=at,
                facts={"purpose": purpose, "channel": channel},
            )
        return bool(ended)


def grant_authority(
    *,
    customer_id: UUID,
    agent_id: UUID,
    ground: str,
    scope: str = Scope.ALL,
    valid_from: date,
    actor: Actor,
    at: datetime,
    valid_to: date | None = None,
    note: str = "",
    document_id: UUID | None = None,
) -> UUID:
    """`agent_id` may act for the customer from the day on, on this ground; the id of the authority.

    A power of attorney names its paper (document or note). Raises AuthorityInvalid, CustomerUnknown.
    Locks the customer.
    """
    if ground not in Ground.values:
        raise AuthorityInvalid(field="ground")
    if scope not in Scope.values:
        raise AuthorityInvalid(field="scope")
    if agent_id == customer_id:
        raise AuthorityInvalid(field="agent_id")
    if valid_to is not None and valid_to <= valid_from:
        raise AuthorityInvalid(field="valid_to")
    note = vietnamese.clean(note)[:300]
    if ground == Ground.POWER_OF_ATTORNEY and not (note or document_id):
        raise AuthorityInvalid(field="document_id")
    with transaction.atomic():
        for id in sorted((customer_id, agent_id)):
            lock_customer(id)
        authority = Authority.objects.create(
            id=ids.new_id(at),
            customer_id=customer_id,
            agent_id=agent_id,
            ground=ground,
            scope=scope,
            note=note,
            document_id=document_id,
            valid_from=valid_from,
            valid_to=valid_to,
            granted_at=at,
            granted_by=actor.ref,
        )
        company_ops.record_audit(
            actor=actor,
            verb="authority.granted",
            subject_type="customer",
            subject_id=str(customer_id),
            at=at,
            facts={"agent": str(agent_id), "ground": ground, "scope": scope},
        )
        return authority.id


def revoke_authority(*, authority_id: UUID, actor: Actor, at: datetime) -> bool:
    """The agent may no longer act; False when that was so already."""
    with transaction.atomic():
        authority = (
            Authority.objects.select_for_update().filter(id=authority_id, revoked_at__isnull=True).first()
        )
        if authority is None:
            return False
        authority.revoked_at, authority.revoked_by = at, actor.ref
        authority.save(update_fields=["revoked_at", "revoked_by"])
        company_ops.record_audit(
            actor=actor,
            verb="authority.revoked",
            subject_type="customer",
            subject_id=str(authority.customer_id),
            at=at,
            facts={"agent": str(authority.agent_id)},
        )
        return True


class NoChannelLeft(Refused):
    code = "NO_CHANNEL_LEFT"
    message = gettext_noop("Hãy giữ ít nhất một cách để chúng tôi báo việc này cho anh/chị.")


# What must reach people: how their request goes, what they owe.
MUST_REACH = frozenset({Topic.REQUEST.value, Topic.PAYMENT.value})


def choose_channels(
    *, customer_id: UUID, topic: str, channels: Iterable[str], actor: Actor, at: datetime
) -> None:
    """The customer wants to be told about the topic on these channels, from now on.

    Raises NoChannelLeft for what must reach them, CustomerUnknown. Locks the customer.
    """
    chosen = sorted(set(channels))
    if not chosen and topic in MUST_REACH:
        raise NoChannelLeft(field=topic)
    if topic not in Topic.values:
        raise ValueError(topic)
    with transaction.atomic():
        customer = lock_customer(customer_id)
        NoticeChoice.objects.update_or_create(
            customer=customer,
            topic=topic,
            defaults={"channels": chosen, "changed_at": at, "changed_by": actor.ref},
        )
