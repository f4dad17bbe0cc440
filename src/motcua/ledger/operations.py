"""Writes. Each act is one transaction with one key; the same key and content again gives the first result.

Locks: the charge's row first (`for_update`), then the key (unique), then balance stripes in order (by the
trigger).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from motcua.kernel import codes, hashing, ids, local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.ledger import chart, queries, registry, rules
from motcua.ledger.chart import AccountKind, Side
from motcua.ledger.models import (
    Account,
    Charge,
    ChargeStatus,
    LedgerTransaction,
    Posting,
    TransactionKind,
)
from motcua.ledger.queries import ChargeView
from motcua.ledger.rules import Leg


class AmountInvalid(Refused):
    code = "AMOUNT_INVALID"
    message = gettext_noop("Số tiền phải là số đồng nguyên, lớn hơn 0.")


class VatRateInvalid(Refused):
    code = "VAT_RATE_INVALID"
    message = gettext_noop("Thuế suất GTGT không hợp lệ.")


class ChargeKindUnknown(Refused):
    code = "CHARGE_KIND_UNKNOWN"
    message = gettext_noop("Không có loại khoản thu “%(kind)s”.")


class AccountUnknown(Refused):
    code = "ACCOUNT_UNKNOWN"
    message = gettext_noop("Không có tài khoản kế toán %(account)s.")


class AccountDiffers(Refused):
    code = "ACCOUNT_DIFFERS"
    message = gettext_noop("Tài khoản %(account)s đã có với nội dung khác.")


class KeyReused(Refused):
    """The key is taken by a booking with other content; `field` names the first difference."""

    code = "KEY_REUSED"
    message = gettext_noop("Mã giao dịch này đã dùng cho một nội dung khác (khác ở: %(name)s).")


class ChargeNotOpen(Refused):
    code = "CHARGE_NOT_OPEN"
    message = gettext_noop("Khoản thu này đã thanh toán, không hủy được.")


class ChargePartlyPaid(Refused):
    code = "CHARGE_PARTLY_PAID"
    message = gettext_noop(
        "Khoản thu đã nhận một phần tiền mà chưa rõ của khách hàng nào; hãy đảo khoản tiền đó trước."
    )


class AlreadyReversed(Refused):
    code = "ALREADY_REVERSED"
    message = gettext_noop("Bút toán này đã được đảo.")


class NotReversible(Refused):
    code = "NOT_REVERSIBLE"
    message = gettext_noop("Loại bút toán này không đảo trực tiếp được.")


@dataclass(frozen=True)
class Posted:
    """A booking made, or found made before (`is_new` false)."""

    transaction_id: UUID
    is_new: bool


@dataclass(frozen=True)
class Settled:
    """What became of a received amount. `case_id` is set when a part went to suspense: open a case under
    that id.
    """

    transaction_id: UUID
    charge_id: UUID
    applied_vnd: int
    excess_vnd: int
    excess_account: str
    remaining_vnd: int
    status: str
    case_id: UUID | None
    is_new: bool


def open_account(*, code: str, kind: AccountKind, name: str, charge_kind: str = "", stripes: int = 1) -> None:
    """Add an account to the chart; the same again changes nothing. Refuses AccountDiffers."""
    wanted = {"kind": kind.value, "charge_kind": charge_kind, "stripes": stripes}
    account, is_new = Account.objects.get_or_create(
        code=code, defaults={**wanted, "name": name, "normal_side": chart.NORMAL_SIDE[kind].value}
    )
    if is_new:
        return
    stored = {name: getattr(account, name) for name in wanted}
    if field := rules.differing_field(stored, wanted):
        raise AccountDiffers(field=field, account=code)


@transaction.atomic
def raise_charge(
    *,
    kind: str,
    amount_vnd: int,
    vat_rate: Decimal,
    customer_id: UUID | None,
    request_id: UUID | None,
    unit_code: str,
    actor: Actor,
    at: datetime,
    key: str,
    due_at: datetime | None = None,
    description: str = "",
) -> ChargeView:
    """Somebody owes `amount_vnd` plus VAT: Dr 131 / Cr 511, 33311. `amount_vnd` is the amount before tax.

    VAT is computed once on the whole amount, rounded half up to whole dong. Refuses AmountInvalid,
    VatRateInvalid,
    ChargeKindUnknown, KeyReused. Example: 98,000 at 0.08 gives a charge of 105,840.
    """
    if kind not in codes.CHARGE_KINDS:
        raise ChargeKindUnknown(field="kind", kind=kind)
    _require_amount(amount_vnd)
    rate = Decimal(vat_rate)
    if not (rate.is_finite() and 0 <= rate < 1) or rate != round(rate, 4):
        raise VatRateInvalid(field="vat_rate")
    vat = rules.vat_of(amount_vnd, rate)
    charge_id = ids.new_id(at)
    content = {
        "act": "raise",
        "kind": kind,
        "amount_vnd": amount_vnd,
        "vat_rate": format(rate.normalize() + 0, "f"),
        "customer_id": _text(customer_id),
        "request_id": _text(request_id),
        "unit_code": unit_code,
    }
    legs = rules.raise_legs(kind=kind, net_vnd=amount_vnd, vat_vnd=vat, customer_id=customer_id)
    posted, stored = _post(
        TransactionKind.RAISE, legs, content=content, charge_id=charge_id, actor=actor, at=at, key=key
    )
    if not posted.is_new:
        return queries.get_charge(stored.charge_id)  # type: ignore[arg-type]  # a RAISE has its charge
    charge = Charge(
        id=charge_id,
        kind=kind,
        payment_code=codes.payment_code(kind, _next_serial()),
        customer_id=customer_id,
        request_id=request_id,
        unit_code=unit_code,
        description=description,
        net_vnd=amount_vnd,
        vat_rate=rate,
        vat_vnd=vat,
        total_vnd=amount_vnd + vat,
        created_at=at,
        due_at=due_at,
    )
    charge.save(force_insert=True)
    return queries.view_of(charge)


@transaction.atomic
def settle_charge(
    *,
    charge_id: UUID,
    amount_vnd: int,
    clearing_account: str,
    reference: str,
    actor: Actor,
    at: datetime,
    key: str,
    clearing_party: UUID | None = None,
) -> Settled:
    """Money came for a charge: Dr clearing / Cr 131. Never refuses money for its amount or the charge's
    state.

    Too little leaves the charge open with the rest; too much, or money for a paid charge, becomes the
    customer's
    credit (3387); money for a cancelled charge, or without a known customer, goes to suspense (3388) under
    `Settled.case_id`. A charge that becomes paid is told to `registry.on_charge_paid` in this transaction.
    Locks the charge. Refuses AmountInvalid, AccountUnknown, NotFound, KeyReused.
    """
    _require_amount(amount_vnd)
    charge = _lock_charge(charge_id)
    owed = charge.total_vnd - charge.paid_vnd if charge.status == ChargeStatus.OPEN else 0
    how = rules.split(
        amount_vnd=amount_vnd,
        owed_vnd=owed,
        has_customer=charge.customer_id is not None,
        is_cancelled=charge.status == ChargeStatus.CANCELLED,
    )
    case_id = ids.new_id(at)
    legs = rules.settle_legs(
        kind=charge.kind,
        how=how,
        clearing_account=clearing_account,
        clearing_party=clearing_party,
        customer_id=charge.customer_id,
        case_id=case_id,
    )
    becomes_paid = owed > 0 and how.applied_vnd == owed
    outcome = {
        "applied_vnd": how.applied_vnd,
        "excess_vnd": how.excess_vnd,
        "excess_account": how.excess_account,
        "remaining_vnd": owed - how.applied_vnd,
        "status": ChargeStatus.PAID.value if becomes_paid else charge.status,
        "case_id": str(case_id) if how.excess_account == chart.SUSPENSE else None,
    }
    content = {
        "act": "settle",
        "charge_id": str(charge_id),
        "amount_vnd": amount_vnd,
        "clearing_account": clearing_account,
        "reference": reference,
    }
    posted, stored = _post(
        TransactionKind.SETTLE,
        legs,
        content=content,
        charge_id=charge_id,
        actor=actor,
        at=at,
        key=key,
        outcome=outcome,
    )
    if posted.is_new and how.applied_vnd:
        _apply(charge, how.applied_vnd, at=at, actor=actor)
    return _settled(stored, is_new=posted.is_new)


@transaction.atomic
def cancel_charge(*, charge_id: UUID, reason: str, actor: Actor, at: datetime, key: str) -> ChargeView:
    """The charge is no longer owed: its raising is taken back, what was paid in part becomes the customer's
    credit.

    Locks the charge. Refuses ChargeNotOpen (paid), ChargePartlyPaid, NotFound, KeyReused. Cancelling again
    with any key changes nothing.
    """
    charge = _lock_charge(charge_id)
    if charge.status == ChargeStatus.CANCELLED:
        return queries.view_of(charge)
    if charge.status == ChargeStatus.PAID:
        raise ChargeNotOpen(field="charge_id")
    if charge.paid_vnd and charge.customer_id is None:
        raise ChargePartlyPaid(field="charge_id")
    content = {"act": "cancel", "charge_id": str(charge_id)}
    legs = rules.mirrored(
        rules.raise_legs(
            kind=charge.kind, net_vnd=charge.net_vnd, vat_vnd=charge.vat_vnd, customer_id=charge.customer_id
        )
    )
    _post(
        TransactionKind.CANCEL,
        legs,
        content=content,
        charge_id=charge_id,
        actor=actor,
        at=at,
        key=key,
        reason=reason,
    )
    if charge.paid_vnd:
        _release_part(charge, actor=actor, at=at, key=f"{key}:credit")
    charge.paid_vnd = 0
    charge.status = ChargeStatus.CANCELLED
    charge.cancelled_at = at
    charge.save(update_fields=["paid_vnd", "status", "cancelled_at"])
    return queries.view_of(charge)


def _release_part(charge: Charge, *, actor: Actor, at: datetime, key: str) -> None:
    """What was paid of a charge that is now cancelled: Dr 131 / Cr 3387."""
    legs = [
        Leg(chart.receivable(charge.kind), Side.DEBIT, charge.paid_vnd, charge.customer_id),
        Leg(chart.CUSTOMER_CREDIT, Side.CREDIT, charge.paid_vnd, charge.customer_id),
    ]
    content = {"act": "release", "charge_id": str(charge.id), "amount_vnd": charge.paid_vnd}
    _post(TransactionKind.TRANSFER, legs, content=content, charge_id=charge.id, actor=actor, at=at, key=key)


@transaction.atomic
def receive_unmatched(
    *,
    amount_vnd: int,
    clearing_account: str,
    case_id: UUID,
    reference: str,
    actor: Actor,
    at: datetime,
    key: str,
) -> Posted:
    """Money came and nobody knows what for: Dr clearing / Cr 3388 under the case. Refuses as
    `settle_charge` does.
    """
    _require_amount(amount_vnd)
    legs = [
        Leg(clearing_account, Side.DEBIT, amount_vnd),
        Leg(chart.SUSPENSE, Side.CREDIT, amount_vnd, case_id),
    ]
    content = {
        "act": "receive",
        "amount_vnd": amount_vnd,
        "clearing_account": clearing_account,
        "reference": reference,
    }
    posted, _ = _post(TransactionKind.RECEIVE, legs, content=content, actor=actor, at=at, key=key)
    return posted


@transaction.atomic
def transfer(
    *,
    debit_account: str,
    credit_account: str,
    amount_vnd: int,
    actor: Actor,
    at: datetime,
    key: str,
    reason: str = "",
    debit_party: UUID | None = None,
    credit_party: UUID | None = None,
) -> Posted:
    """Move an amount between two accounts that are not receivables (those move by charges alone).

    Refuses AmountInvalid, AccountUnknown, NotReversible for a receivable, KeyReused.
    """
    _require_amount(amount_vnd)
    for name, account in (("debit_account", debit_account), ("credit_account", credit_account)):
        if account.startswith("131"):
            raise NotReversible(field=name)
    legs = [
        Leg(debit_account, Side.DEBIT, amount_vnd, debit_party),
        Leg(credit_account, Side.CREDIT, amount_vnd, credit_party),
    ]
    content = {
        "act": "transfer",
        "debit_account": debit_account,
        "credit_account": credit_account,
        "amount_vnd": amount_vnd,
        "debit_party": _text(debit_party),
        "credit_party": _text(credit_party),
    }
    posted, _ = _post(
        TransactionKind.TRANSFER, legs, content=content, actor=actor, at=at, key=key, reason=reason
    )
    return posted


@transaction.atomic
def reverse(*, transaction_id: UUID, reason: str, actor: Actor, at: datetime, key: str) -> Posted:
    """Undo a booking of received or moved money by its mirror image; the charge it settled is owed again.

    Once only. Refuses AlreadyReversed, NotReversible (a raising is undone by `cancel_charge`; a reversal, and
    the
    payment of a charge cancelled since, not at all), NotFound, KeyReused. Locks the charge.
    """
    original = LedgerTransaction.objects.filter(id=transaction_id).first()
    if original is None:
        raise NotFound(field="transaction_id")
    charge = _lock_charge(original.charge_id) if original.charge_id else None
    content = {"act": "reverse", "transaction_id": str(transaction_id)}
    if before := _find_same(key, content):
        return Posted(before.id, is_new=False)
    if LedgerTransaction.objects.filter(reverses_id=transaction_id).exists():
        raise AlreadyReversed(field="transaction_id")
    moves_money = original.kind in (TransactionKind.SETTLE, TransactionKind.RECEIVE, TransactionKind.TRANSFER)
    applied = int(original.outcome.get("applied_vnd", 0)) if original.kind == TransactionKind.SETTLE else 0
    is_release = original.kind == TransactionKind.TRANSFER and charge is not None
    if not moves_money or is_release or (applied and charge and charge.status == ChargeStatus.CANCELLED):
        raise NotReversible(field="transaction_id")
    legs = rules.mirrored(
        Leg(leg.account_id, Side(leg.side), leg.amount_vnd, leg.party_id)
        for leg in original.postings.order_by("id")
    )
    posted, _ = _post(
        TransactionKind.REVERSE,
        legs,
        content=content,
        charge_id=original.charge_id,
        actor=actor,
        at=at,
        key=key,
        reason=reason,
        reverses_id=transaction_id,
    )
    if posted.is_new and charge is not None and applied:
        _take_back(charge, applied, at=at, actor=actor)
    return posted


def _apply(charge: Charge, amount_vnd: int, *, at: datetime, actor: Actor) -> None:
    charge.paid_vnd += amount_vnd
    if charge.paid_vnd == charge.total_vnd:
        charge.status = ChargeStatus.PAID
        charge.paid_at = at
    charge.save(update_fields=["paid_vnd", "status", "paid_at"])
    if charge.status == ChargeStatus.PAID:
        registry.charge_paid(charge.id, at, actor)


def _take_back(charge: Charge, amount_vnd: int, *, at: datetime, actor: Actor) -> None:
    was_paid = charge.status == ChargeStatus.PAID
    charge.paid_vnd -= amount_vnd
    charge.status = ChargeStatus.OPEN
    charge.paid_at = None
    charge.save(update_fields=["paid_vnd", "status", "paid_at"])
    if was_paid:
        registry.charge_reopened(charge.id, at, actor)


def _post(
    kind: TransactionKind,
    legs: Iterable[Leg],
    *,
    content: Mapping[str, object],
    actor: Actor,
    at: datetime,
    key: str,
    charge_id: UUID | None = None,
    outcome: Mapping[str, object] | None = None,
    reason: str = "",
    reverses_id: UUID | None = None,
) -> tuple[Posted, LedgerTransaction]:
    """Claim the key and write the legs; or find what the key was used for. Call inside a transaction."""
    written = list(legs)
    if not rules.is_balanced(written):
        raise ValueError("debits do not equal credits")
    _require_accounts(written)
    row = LedgerTransaction(
        id=ids.new_id(at),
        kind=kind,
        key=key,
        content=dict(content),
        content_hash=hashing.fingerprint(content),
        outcome=dict(outcome or {}),
        charge_id=charge_id,
        at=at,
        business_date=local_time.local_date(at),
        actor=actor.ref,
        reason=reason[:200],
        reverses_id=reverses_id,
        total_vnd=sum(leg.amount_vnd for leg in written if leg.side is Side.DEBIT),
        posting_count=len(written),
    )
    if not _claim(row):
        before = _find_same(key, content)
        if before is None:
            raise RuntimeError("a key is taken by a row nobody can see; read-committed isolation is needed")
        return Posted(before.id, is_new=False), before
    Posting.objects.bulk_create(
        Posting(
            transaction_id=row.id,
            account_id=leg.account,
            side=leg.side.value,
            amount_vnd=leg.amount_vnd,
            party_id=leg.party_id,
        )
        for leg in written
    )
    return Posted(row.id, is_new=True), row


_CLAIM = """
INSERT INTO ledger_ledgertransaction (id, kind, key, content, content_hash, outcome, charge_id, at,
business_date,
    actor, reason, reverses_id, total_vnd, posting_count)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (key) DO NOTHING
"""


def _claim(row: LedgerTransaction) -> bool:
    """Insert unless the key exists; waits for another transaction that is inserting it."""
    values: list[Any] = [
        row.id,
        str(row.kind),
        row.key,
        Jsonb(row.content),
        row.content_hash,
        Jsonb(row.outcome),
        row.charge_id,
        row.at,
        row.business_date,
        row.actor,
        row.reason,
        row.reverses_id,
        row.total_vnd,
        row.posting_count,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        return bool(cursor.rowcount == 1)


def _find_same(key: str, content: Mapping[str, object]) -> LedgerTransaction | None:
    """The booking with this key. Refuses KeyReused when it was asked with other content."""
    before = LedgerTransaction.objects.filter(key=key).first()
    if before is None:
        return None
    if before.content_hash != hashing.fingerprint(content):
        name = rules.differing_field(before.content, content) or "content"
        raise KeyReused(field=name, name=name, key=key)
    return before


def lock_charges_of(request_id: UUID) -> None:
    """Lock a request's charges, in the order of their ids, before the request itself: the order in which paying locks."""
    list(Charge.objects.select_for_update().filter(request_id=request_id).order_by("id").values_list("id"))


def lock_charge(charge_id: UUID) -> None:
    """Lock a charge for an act that reads it before it books. Refuses NotFound."""
    _lock_charge(charge_id)


def _lock_charge(charge_id: UUID) -> Charge:
    charge = Charge.objects.select_for_update().filter(id=charge_id).first()
    if charge is None:
        raise NotFound(field="charge_id")
    return charge


def _require_amount(amount_vnd: int) -> None:
    if not rules.is_amount(amount_vnd):
        raise AmountInvalid(field="amount_vnd")


def _require_accounts(legs: list[Leg]) -> None:
    """Foreign keys are checked at commit; a wrong account shall be told at once."""
    wanted = {leg.account for leg in legs}
    known = set(Account.objects.filter(code__in=wanted).values_list("code", flat=True))
    for account in sorted(wanted - known):
        raise AccountUnknown(field="account", account=account)


def _next_serial() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ledger_payment_serial')")
        return int(cursor.fetchone()[0])


def _settled(row: LedgerTransaction, *, is_new: bool) -> Settled:
    found = row.outcome
    case_id = found.get("case_id")
    return Settled(
        transaction_id=row.id,
        charge_id=row.charge_id,  # type: ignore[arg-type]  # a SETTLE has its charge
        applied_vnd=int(found["applied_vnd"]),
        excess_vnd=int(found["excess_vnd"]),
        excess_account=str(found["excess_account"]),
        remaining_vnd=int(found["remaining_vnd"]),
        status=str(found["status"]),
        case_id=UUID(case_id) if case_id else None,
        is_new=is_new,
    )


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
