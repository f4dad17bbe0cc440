"""Keys that banks sign with. Two may be valid at once, so that a bank changes its key without a pause."""

from __future__ import annotations

import re
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from motcua.companies import operations as company_ops
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.payments import banking, seals
from motcua.payments.models import KeyKind, Partner, PartnerKey
from motcua.payments.operations.refusals import KeyInvalid, KeysTooMany, KeyUnknown

_PUBLIC = re.compile(r"^[0-9a-f]{64}\Z")


@transaction.atomic
def add_secret_key(
    *,
    code: str,
    secret: str,
    actor: Actor,
    at: datetime,
    valid_from: datetime | None = None,
    is_sandbox: bool = False,
    needs_nonce: bool = True,
) -> int:
    """One more shared secret, valid from that instant beside the one in use; the key's number.

    Locks the partner. Refuses NotFound, KeysTooMany.
    """
    partner = _lock_with_room(code, valid_from or at)
    return write_secret(
        partner, secret, is_sandbox=is_sandbox, needs_nonce=needs_nonce, actor=actor, at=at, valid_from=valid_from
    )  # fmt: skip


@transaction.atomic
def add_public_key(
    *,
    code: str,
    public_key: str,
    actor: Actor,
    at: datetime,
    valid_from: datetime | None = None,
    is_sandbox: bool = False,
) -> int:
    """A bank's Ed25519 key (32 bytes in hexadecimal), valid from that instant; the key's number.

    Locks the partner. Refuses NotFound, KeyInvalid, KeysTooMany.
    """
    partner = _lock_with_room(code, valid_from or at)
    public_key = public_key.strip().lower()
    if not _PUBLIC.match(public_key):
        raise KeyInvalid(field="public_key")
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    key = PartnerKey.objects.create(
        partner=partner, kind=KeyKind.ED25519, public_key=public_key, is_sandbox=is_sandbox, needs_nonce=True,
        valid_from=valid_from or at, created_at=at, created_by=actor.ref,
    )  # fmt: skip
    _note("partner.key-added", partner.code, key, actor=actor, at=at)
    return key.pk


def write_secret(
    partner: Partner,
    secret: str,
    *,
    is_sandbox: bool,
    needs_nonce: bool,
    actor: Actor,
    at: datetime,
    valid_from: datetime | None = None,
) -> int:
    key = PartnerKey.objects.create(
        partner=partner, kind=KeyKind.HMAC, secret_sealed=seals.seal(secret, settings.SECRET_KEY),
        is_sandbox=is_sandbox, needs_nonce=needs_nonce, valid_from=valid_from or at, created_at=at,
        created_by=actor.ref,
    )  # fmt: skip
    _note("partner.key-added", partner.code, key, actor=actor, at=at)
    return key.pk


@transaction.atomic
def end_key(*, code: str, key_id: int, actor: Actor, at: datetime, valid_to: datetime | None = None) -> None:
    """The key is good until that instant (now, when none is given). Locks the partner. Refuses KeyUnknown."""
    _lock(code)
    key = PartnerKey.objects.filter(_living(at), partner_id=code, id=key_id).first()
    if key is None:
        raise KeyUnknown(field="key_id")
    key.valid_to = max(valid_to or at, at, key.valid_from)
    key.save(update_fields=["valid_to"])
    _note("partner.key-ended", code, key, actor=actor, at=at)


@transaction.atomic
def change_partner_secret(*, code: str, secret: str, actor: Actor, at: datetime) -> None:
    """Give a partner a new secret; every other key stops at once, as when one became known. Refuses NotFound."""
    partner = _lock(code)
    before = PartnerKey.objects.filter(_living(at), partner=partner)
    kept = before.filter(kind=KeyKind.HMAC).order_by("-id").first()
    for key in before:
        key.valid_to = max(at, key.valid_from)
        key.save(update_fields=["valid_to"])
    write_secret(
        partner, secret, is_sandbox=bool(kept and kept.is_sandbox), needs_nonce=bool(kept is None or kept.needs_nonce),
        actor=actor, at=at,
    )  # fmt: skip
    company_ops.record_audit(
        actor=actor, verb="partner.secret-changed", subject_type="partner", subject_id=code, at=at
    )


def _lock(code: str) -> Partner:
    partner = Partner.objects.select_for_update().filter(code=code).first()
    if partner is None:
        raise NotFound(field="code")
    return partner


def _lock_with_room(code: str, begins: datetime) -> Partner:
    partner = _lock(code)
    if PartnerKey.objects.filter(_living(begins), partner=partner).count() >= banking.KEYS_AT_ONCE:
        raise KeysTooMany(field="code")
    return partner


def _living(at: datetime) -> Q:
    """Keys that are good at that instant, or will be later."""
    return Q(valid_to__isnull=True) | Q(valid_to__gt=at)


def _note(verb: str, code: str, key: PartnerKey, *, actor: Actor, at: datetime) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="partner", subject_id=code, at=at,
        facts={"key": key.pk, "kind": key.kind, "sandbox": key.is_sandbox},
    )  # fmt: skip
