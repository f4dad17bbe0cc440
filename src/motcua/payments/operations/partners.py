"""Banks that may call us: their keys, and the answer each of their requests gets once."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from motcua.companies import context
from motcua.companies import operations as company_ops
from motcua.kernel import hashing
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.payments import seals
from motcua.payments.models import Partner, PartnerAnswer
from motcua.payments.operations.clearing import open_clearing
from motcua.payments.operations.refusals import PartnerExists, RequestReused


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    is_first: bool


@transaction.atomic
def add_partner(*, code: str, name: str, bank: str, secret: str, actor: Actor, at: datetime) -> None:
    """Let a bank call this company, and open its clearing account. The same again changes nothing.

    Refuses PartnerExists when the code is taken with another bank or secret.
    """
    partner, is_new = Partner.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "bank": bank,
            "secret_sealed": seals.seal(secret, settings.SECRET_KEY),
            "created_at": at,
        },
    )
    if not is_new:
        known = seals.unseal(partner.secret_sealed, settings.SECRET_KEY)
        if partner.bank != bank or not hmac.compare_digest(known, secret):
            raise PartnerExists(field="code", partner=code)
        return
    open_clearing(bank, name)
    company_ops.record_audit(
        actor=actor,
        verb="partner.added",
        subject_type="partner",
        subject_id=code,
        at=at,
        facts={"bank": bank},
    )


@transaction.atomic
def switch_partner(*, code: str, is_active: bool, actor: Actor, at: datetime) -> None:
    """Suspend a partner, or let it in again. Refuses NotFound."""
    if not Partner.objects.filter(code=code).update(is_active=is_active):
        raise NotFound(field="code")
    company_ops.record_audit(
        actor=actor,
        verb="partner.resumed" if is_active else "partner.suspended",
        subject_type="partner",
        subject_id=code,
        at=at,
    )


@transaction.atomic
def change_partner_secret(*, code: str, secret: str, actor: Actor, at: datetime) -> None:
    """Give a partner a new secret; the old one stops at once. Refuses NotFound."""
    sealed = seals.seal(secret, settings.SECRET_KEY)
    if not Partner.objects.filter(code=code).update(secret_sealed=sealed):
        raise NotFound(field="code")
    company_ops.record_audit(
        actor=actor, verb="partner.secret-changed", subject_type="partner", subject_id=code, at=at
    )


@transaction.atomic
def answer_once(
    *,
    partner_code: str,
    request_id: str,
    body: bytes,
    at: datetime,
    act: Callable[[], tuple[int, Mapping[str, object]]],
) -> Answer:
    """Run `act` for a partner's request id once and keep its answer; the same request again gets the same bytes.

    What `act` refuses is not kept, and its writes are undone. Holds one advisory lock per partner and request id.
    Refuses RequestReused when the id came before with another body.
    """
    body_sha256 = hashing.sha256_hex(body)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{context.current_company_code()}:{partner_code}:{request_id}"],
        )
    before = PartnerAnswer.objects.filter(partner_id=partner_code, request_id=request_id).first()
    if before is not None:
        if before.body_sha256 != body_sha256:
            raise RequestReused(field="request_id")
        return Answer(before.status, bytes(before.body), is_first=False)
    status, answer = act()
    written = hashing.canonical_json(dict(answer))
    PartnerAnswer.objects.create(
        partner_id=partner_code,
        request_id=request_id,
        body_sha256=body_sha256,
        status=status,
        body=written,
        at=at,
    )
    return Answer(status, written, is_first=True)
