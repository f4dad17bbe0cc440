"""Money for a charge: what it pays, what is left over and where that goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.kernel import ids
from motcua.kernel.actors import Actor
from motcua.ledger import chart, registry, rules
from motcua.ledger.models import Charge, ChargeStatus, LedgerTransaction, TransactionKind
from motcua.ledger.operations.charges import hold_charge
from motcua.ledger.operations.posting import post, require_amount


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
    require_amount(amount_vnd)
    charge = hold_charge(charge_id)
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
    posted, stored = post(
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


def _apply(charge: Charge, amount_vnd: int, *, at: datetime, actor: Actor) -> None:
    charge.paid_vnd += amount_vnd
    if charge.paid_vnd == charge.total_vnd:
        charge.status = ChargeStatus.PAID
        charge.paid_at = at
    charge.save(update_fields=["paid_vnd", "status", "paid_at"])
    if charge.status == ChargeStatus.PAID:
        registry.charge_paid(charge.id, at, actor)


def take_back(charge: Charge, amount_vnd: int, *, at: datetime, actor: Actor) -> None:
    """The charge owes this much again; a charge that was paid is told to `registry.charge_reopened`."""
    was_paid = charge.status == ChargeStatus.PAID
    charge.paid_vnd -= amount_vnd
    charge.status = ChargeStatus.OPEN
    charge.paid_at = None
    charge.save(update_fields=["paid_vnd", "status", "paid_at"])
    if was_paid:
        registry.charge_reopened(charge.id, at, actor)
