"""Reads: banks that may call, their keys, limits, cut-offs, last calls; under which rules bills are collected."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import connection
from django.db.models import Count, OuterRef, Q, Subquery

from motcua.companies import context
from motcua.kernel import local_time
from motcua.payments import banking, seals
from motcua.payments.models import (
    BankHold,
    CollectionPolicy,
    HoldState,
    KeyKind,
    Partner,
    PartnerCall,
    PartnerCutOff,
    PartnerKey,
)


@dataclass(frozen=True)
class PartnerView:
    code: str
    name: str
    bank: str
    is_active: bool
    calls_per_minute: int


@dataclass(frozen=True)
class KeyView:
    """A key as it may be shown. `our_public_key`: with what the bank checks our answers, where it signs with Ed25519."""

    id: int
    kind: str
    is_sandbox: bool
    needs_nonce: bool
    valid_from: datetime
    valid_to: datetime | None
    public_key: str
    our_public_key: str

    def is_valid(self, at: datetime) -> bool:
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)

    def is_over(self, at: datetime) -> bool:
        return self.valid_to is not None and self.valid_to <= at


@dataclass(frozen=True)
class CallView:
    at: datetime
    call: str
    request_id: str
    code: str
    reason: str
    took_ms: int


@dataclass(frozen=True)
class CallCount:
    """What a bank did since an instant: calls, those that failed (neither done nor a fair no), the last one."""

    calls: int
    failed: int
    last_at: datetime | None


@dataclass(frozen=True)
class TransactionStatus:
    """What we know of a bank's transaction. Unknown is an answer."""

    state: str
    receipt_no: str = ""
    ledger_transaction_id: str = ""
    charge_id: UUID | None = None
    amount_vnd: int = 0
    until: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """How a bank's transaction and its charge stand: the bank holds it, or told of it; what others are about to pay of the charge
    (the bank's own transaction does not stand in its own way); the policy of the day.
    """

    has_hold: bool
    was_told: bool
    reserved_vnd: int
    policy: banking.Policy


def find_signer(code: str, *, at: datetime) -> tuple[PartnerView | None, list[PartnerKey]]:
    """The partner with that code and the keys it may sign with at that instant, the newest first."""
    valid = Q(valid_to__isnull=True) | Q(valid_to__gt=at)
    rows = PartnerKey.objects.filter(valid, partner_id=code, valid_from__lte=at).select_related("partner")
    keys = list(rows.order_by("-id"))
    return (_view(keys[0].partner), keys) if keys else (find_partner(code), [])


def find_partner(code: str) -> PartnerView | None:
    """The partner of this company with that code; partners of other companies are not there."""
    partner = Partner.objects.filter(code=code).first()
    return _view(partner) if partner else None


def find_partner_of_bank(bank: str) -> PartnerView | None:
    """The partner under whose name this bank is let in here; an active one before a suspended one."""
    partner = Partner.objects.filter(bank=bank).order_by("-is_active", "code").first()
    return _view(partner) if partner else None


def list_partners() -> list[PartnerView]:
    """The banks that may call this company, suspended ones too."""
    return [_view(partner) for partner in Partner.objects.order_by("code")]


def _view(partner: Partner) -> PartnerView:
    return PartnerView(partner.code, partner.name, partner.bank, partner.is_active, partner.calls_per_minute)


def get_partner_secret(code: str) -> str:
    """The newest secret a bank was given; never to be shown or logged. Raises PartnerKey.DoesNotExist, SealBroken."""
    key = PartnerKey.objects.filter(partner_id=code, kind=KeyKind.HMAC).latest("id")
    return get_key_secret(key)


def get_key_secret(key: PartnerKey) -> str:
    """A key's secret, to check a signature with; never to be shown or logged. Raises SealBroken."""
    return seals.unseal(key.secret_sealed, settings.SECRET_KEY)


def list_keys(code: str) -> list[KeyView]:
    """Every key a bank ever had here, the newest first."""
    return [_key_view(key) for key in PartnerKey.objects.filter(partner_id=code).order_by("-id")]


def _key_view(key: PartnerKey) -> KeyView:
    ours = ""
    if key.kind == KeyKind.ED25519:
        public = seals.answering_key(settings.SECRET_KEY, purpose_of(key)).public_key()
        ours = public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    return KeyView(
        key.pk, key.kind, key.is_sandbox, key.needs_nonce, key.valid_from, key.valid_to, key.public_key, ours
    )


def purpose_of(key: PartnerKey) -> str:
    """What our own key beside a bank's Ed25519 key is for: this company, this bank, this key."""
    return f"{context.current_company_code()}:{key.partner_id}:{key.pk}"


def list_cut_offs(code: str) -> list[banking.CutOff]:
    """A bank's cut-offs, the newest first."""
    rows = PartnerCutOff.objects.filter(partner_id=code).order_by("-valid_from")
    return [banking.CutOff(row.valid_from, row.ends_at) for row in rows]


def policy_on(day: date) -> banking.Policy:
    """How bills are collected on that day. Raises CollectionPolicy.DoesNotExist."""
    row = CollectionPolicy.objects.filter(valid_from__lte=day).latest("valid_from")
    return banking.Policy(row.order, row.part_payment, row.must_follow_order, row.hold_seconds)


def list_policies() -> list[CollectionPolicy]:
    """Every policy, the newest first."""
    return list(CollectionPolicy.objects.order_by("-valid_from"))


def list_calls(code: str, *, failed: bool = False, limit: int = 50) -> list[CallView]:
    """A bank's last calls, the newest first; `failed`: those alone that were not answered 00."""
    rows = PartnerCall.objects.filter(partner_id=code)
    if failed:
        rows = rows.exclude(code="00")
    return [
        CallView(row.at, row.call, row.request_id, row.code, row.reason, row.took_ms)
        for row in rows.order_by("-id")[:limit]
    ]


# Codes that say that something is wrong between the two machines; the others are answers to a fair question.
FAILURES = ("06", "07", "96", "97", "98", "99")


def count_calls(codes: Collection[str], *, since: datetime) -> dict[str, CallCount]:
    """What these banks did since that instant."""
    rows = (
        PartnerCall.objects.filter(partner_id__in=codes, at__gte=since)
        .values("partner_id")
        .annotate(calls=Count("id"), failed=Count("id", filter=Q(code__in=FAILURES)))
    )
    counts = {row["partner_id"]: (row["calls"], row["failed"]) for row in rows}
    newest = PartnerCall.objects.filter(partner=OuterRef("pk")).order_by("-id").values("at")[:1]
    last = Partner.objects.filter(code__in=codes).values_list("code", Subquery(newest))
    return {code: CallCount(*counts.get(code, (0, 0)), last_at) for code, last_at in last}


_RESERVED = """
SELECT charge_id, sum(amount_vnd)::bigint FROM (
    SELECT charge_id, amount_vnd FROM payments_banknotification
    WHERE charge_id = ANY(%(charges)s) AND state = 'RECEIVED' AND kind = 'RECEIPT'
    UNION ALL
    SELECT charge_id, amount_vnd FROM payments_bankhold WHERE charge_id = ANY(%(charges)s) AND state = 'HELD' AND expires_at > %(at)s
) r GROUP BY charge_id
"""


def reserved_vnd(charge_ids: Iterable[UUID], *, at: datetime) -> dict[UUID, int]:
    """What of these charges somebody is about to pay: holds that still hold, and named payments not yet booked."""
    with connection.cursor() as cursor:
        cursor.execute(_RESERVED, {"charges": list(charge_ids), "at": at})
        return dict(cursor.fetchall())


# Of several: EXISTS would be asked of the whole table at once, by a plan that was made while the table was small.
_STANDING = """
SELECT (SELECT true FROM payments_bankhold h WHERE h.bank = g.bank AND h.txn_id = g.txn_id) IS NOT NULL,
       (SELECT true FROM payments_banknotification n WHERE n.bank = g.bank AND n.txn_id = g.txn_id) IS NOT NULL,
       (SELECT COALESCE(sum(r.amount_vnd), 0)::bigint FROM (
            SELECT n.amount_vnd FROM payments_banknotification n
            WHERE n.charge_id = g.charge_id AND n.state = 'RECEIVED' AND n.kind = 'RECEIPT' AND (n.bank, n.txn_id) <> (g.bank, g.txn_id)
            UNION ALL
            SELECT h.amount_vnd FROM payments_bankhold h
            WHERE h.charge_id = g.charge_id AND h.state = 'HELD' AND h.expires_at > g.at AND (h.bank, h.txn_id) <> (g.bank, g.txn_id)) r),
       p."order", p.part_payment, p.must_follow_order, p.hold_seconds
FROM unnest(%s::text[], %s::text[], %s::uuid[], %s::timestamptz[], %s::date[]) WITH ORDINALITY g (bank, txn_id, charge_id, at, day, place)
CROSS JOIN LATERAL (
    SELECT * FROM payments_collectionpolicy p WHERE p.valid_from <= g.day ORDER BY p.valid_from DESC LIMIT 1) p
ORDER BY g.place
"""


@dataclass(frozen=True)
class Wanted:
    """A bank's transaction for a charge, at an instant."""

    bank: str
    txn_id: str
    charge_id: UUID
    at: datetime


def standing_of(bank: str, txn_id: str, charge_id: UUID, *, at: datetime) -> Standing:
    """Everything but the charge itself that decides whether a bank may take money for it. Raises CollectionPolicy.DoesNotExist."""
    wanted = [Wanted(bank, txn_id, charge_id, at)]
    with connection.cursor() as cursor:
        cursor.execute(*standings_asked(wanted))
        return standings_told(wanted, cursor.fetchall())[0]


def standings_asked(wanted: Sequence[Wanted]) -> tuple[str, list[Any]]:
    """`standing_of` for several as a statement said together with others; `standings_told` reads its rows."""
    return _STANDING, [
        [one.bank for one in wanted], [one.txn_id for one in wanted], [one.charge_id for one in wanted], [one.at for one in wanted],
        [local_time.local_date(one.at) for one in wanted],
    ]  # fmt: skip


def standings_told(wanted: Sequence[Wanted], found: Sequence[tuple[Any, ...]]) -> list[Standing]:
    """In the order of what was wanted. Raises CollectionPolicy.DoesNotExist."""
    if len(found) < len(wanted):
        raise CollectionPolicy.DoesNotExist
    return [
        Standing(has_hold, was_told, reserved, banking.Policy(*policy))
        for has_hold, was_told, reserved, *policy in found
    ]


def held_until(charge_id: UUID, *, at: datetime) -> datetime | None:
    """When the last hold on a charge is over; none when nothing holds it."""
    holds = BankHold.objects.filter(charge_id=charge_id, state=HoldState.HELD, expires_at__gt=at)
    return holds.order_by("-expires_at").values_list("expires_at", flat=True).first()


_STATUS = """
SELECT CASE WHEN n.id IS NOT NULL THEN
            CASE WHEN p.id IS NULL THEN CASE n.state WHEN 'PROCESSED' THEN 'reversed' WHEN 'WAITING' THEN 'waiting' ELSE 'pending' END
                 WHEN p.status = 'REVERSED' THEN 'reversed' ELSE 'paid' END
            WHEN h.id IS NULL THEN 'unknown' WHEN h.state = 'RELEASED' THEN 'released'
            WHEN h.expires_at <= %(at)s THEN 'expired' ELSE 'held' END,
       COALESCE(n.id, h.id)::text, COALESCE(p.ledger_transaction_id::text, ''),
       CASE WHEN n.id IS NULL THEN h.charge_id ELSE n.charge_id END, COALESCE(n.amount_vnd, h.amount_vnd, 0),
       CASE WHEN n.id IS NULL THEN h.expires_at END
FROM (SELECT) one
LEFT JOIN payments_banknotification n ON n.bank = %(bank)s AND n.txn_id = %(txn)s
LEFT JOIN payments_payment p ON p.notification_id = n.id
LEFT JOIN payments_bankhold h ON n.id IS NULL AND h.bank = %(bank)s AND h.txn_id = %(txn)s
"""


def transaction_status(bank: str, txn_id: str, *, at: datetime) -> TransactionStatus:
    """What became of a bank's transaction: unknown, held, expired, released, pending, waiting, paid or reversed."""
    told: dict[str, Any] = {"bank": bank, "txn": txn_id, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_STATUS, told)
        state, receipt_no, *facts = cursor.fetchone()
    return TransactionStatus(state, receipt_no or "", *facts)
