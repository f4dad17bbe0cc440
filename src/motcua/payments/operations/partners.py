"""Banks that may call us, their limits and cut-offs, and under which rules bills are collected."""

from __future__ import annotations

import hmac
from datetime import date, datetime, time

from django.conf import settings
from django.db import transaction

from motcua.companies import operations as company_ops
from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.payments import banking, seals
from motcua.payments.models import CollectionPolicy, KeyKind, Partner, PartnerCutOff
from motcua.payments.operations.clearing import open_clearing
from motcua.payments.operations.partner_keys import write_secret
from motcua.payments.operations.refusals import LimitInvalid, PartnerExists, PeriodPast

MOST_CALLS = 1_000_000


@transaction.atomic
def add_partner(
    *,
    code: str,
    name: str,
    bank: str,
    secret: str,
    actor: Actor,
    at: datetime,
    is_sandbox: bool = False,
    needs_nonce: bool = False,
) -> None:
    """Let a bank call this company with this secret, and open its clearing account. The same again changes nothing.

    Refuses PartnerExists when the code is taken with another bank or secret.
    """
    partner, is_new = Partner.objects.get_or_create(
        code=code, defaults={"name": name, "bank": bank, "created_at": at}
    )
    if not is_new:
        if partner.bank != bank or not _is_newest_secret(partner, secret):
            raise PartnerExists(field="code", partner=code)
        return
    write_secret(partner, secret, is_sandbox=is_sandbox, needs_nonce=needs_nonce, actor=actor, at=at)
    open_clearing(bank, name)
    _note("partner.added", code, actor=actor, at=at, bank=bank)


def _is_newest_secret(partner: Partner, secret: str) -> bool:
    key = partner.keys.filter(kind=KeyKind.HMAC).order_by("-id").first()
    return key is not None and hmac.compare_digest(
        seals.unseal(key.secret_sealed, settings.SECRET_KEY), secret
    )


@transaction.atomic
def switch_partner(*, code: str, is_active: bool, actor: Actor, at: datetime) -> None:
    """Suspend a partner, or let it in again. Refuses NotFound."""
    if not Partner.objects.filter(code=code).update(is_active=is_active):
        raise NotFound(field="code")
    _note("partner.resumed" if is_active else "partner.suspended", code, actor=actor, at=at)


@transaction.atomic
def limit_partner(*, code: str, calls_per_minute: int, actor: Actor, at: datetime) -> None:
    """So many calls a minute are answered; the rest is told to come later. Refuses NotFound, LimitInvalid."""
    if not 0 < calls_per_minute <= MOST_CALLS:
        raise LimitInvalid(field="calls_per_minute")
    if not Partner.objects.filter(code=code).update(calls_per_minute=calls_per_minute):
        raise NotFound(field="code")
    _note("partner.limited", code, actor=actor, at=at, calls_per_minute=calls_per_minute)


@transaction.atomic
def set_cut_off(*, code: str, valid_from: date, ends_at: time | None, actor: Actor, at: datetime) -> None:
    """From that day on the bank's day ends at this local time (none: midnight). Refuses NotFound, PeriodPast.

    Today's cut-off may be changed while the day it ends has not begun to be told: that is, until tomorrow.
    """
    if not Partner.objects.select_for_update().filter(code=code).exists():
        raise NotFound(field="code")
    if valid_from < local_time.local_date(at):
        raise PeriodPast(field="valid_from")
    PartnerCutOff.objects.update_or_create(
        partner_id=code,
        valid_from=valid_from,
        defaults={"ends_at": ends_at, "created_by": actor.ref, "created_at": at},
    )
    _note(
        "partner.cut-off",
        code,
        actor=actor,
        at=at,
        valid_from=valid_from.isoformat(),
        ends_at=ends_at.isoformat() if ends_at else "",
    )


@transaction.atomic
def set_collection_policy(
    *, valid_from: date, policy: banking.Policy, source: str, actor: Actor, at: datetime
) -> None:
    """From that day on bills are collected like this. Refuses PeriodPast."""
    if valid_from < local_time.local_date(at):
        raise PeriodPast(field="valid_from")
    CollectionPolicy.objects.update_or_create(
        valid_from=valid_from,
        defaults={
            "order": policy.order,
            "part_payment": policy.part_payment,
            "must_follow_order": policy.must_follow_order,
            "hold_seconds": policy.hold_seconds,
            "source": source[:200],
            "created_by": actor.ref,
        },
    )
    company_ops.record_audit(
        actor=actor, verb="collection.policy", subject_type="collection_policy",
        subject_id=valid_from.isoformat(), at=at, facts={"order": policy.order, "part": policy.part_payment},
    )  # fmt: skip


def _note(verb: str, code: str, *, actor: Actor, at: datetime, **facts: object) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="partner", subject_id=code, at=at, facts=facts
    )
