"""Money that moves beside charges: received for nobody knows what, moved between accounts, taken back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.ledger import chart, rules
from motcua.ledger.chart import Side
from motcua.ledger.models import ChargeStatus, LedgerTransaction, TransactionKind
from motcua.ledger.operations.charges import hold_charge
from motcua.ledger.operations.credits import require_credit
from motcua.ledger.operations.posting import Posted, find_same, post, require_amount, text
from motcua.ledger.operations.refusals import AlreadyReversed, NotReversible
from motcua.ledger.operations.settling import take_back
from motcua.ledger.rules import Leg


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
    require_amount(amount_vnd)
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
    posted, _ = post(TransactionKind.RECEIVE, legs, content=content, actor=actor, at=at, key=key)
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
    require_amount(amount_vnd)
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
        "debit_party": text(debit_party),
        "credit_party": text(credit_party),
    }
    posted, _ = post(
        TransactionKind.TRANSFER, legs, content=content, actor=actor, at=at, key=key, reason=reason
    )
    return posted


_REVERSIBLE = (
    TransactionKind.SETTLE,
    TransactionKind.RECEIVE,
    TransactionKind.TRANSFER,
    TransactionKind.CREDIT,
)


@transaction.atomic
def reverse(*, transaction_id: UUID, reason: str, actor: Actor, at: datetime, key: str) -> Posted:
    """Undo a booking of received or moved money by its mirror image; the charge it settled is owed again.

    Once only. Refuses AlreadyReversed, NotReversible (a raising is undone by `cancel_charge`; a reversal, and the
    payment of a charge cancelled since, not at all), CreditTooSmall (given and spent since), NotFound, KeyReused.
    Locks the charge.
    """
    original = LedgerTransaction.objects.filter(id=transaction_id).first()
    if original is None:
        raise NotFound(field="transaction_id")
    charge = hold_charge(original.charge_id) if original.charge_id else None
    content = {"act": "reverse", "transaction_id": str(transaction_id)}
    if before := find_same(key, content):
        return Posted(before.id, is_new=False)
    if LedgerTransaction.objects.filter(reverses_id=transaction_id).exists():
        raise AlreadyReversed(field="transaction_id")
    moves_money = original.kind in _REVERSIBLE
    applied = int(original.outcome.get("applied_vnd", 0)) if original.kind == TransactionKind.SETTLE else 0
    is_release = original.kind == TransactionKind.TRANSFER and charge is not None
    if not moves_money or is_release or (applied and charge and charge.status == ChargeStatus.CANCELLED):
        raise NotReversible(field="transaction_id")
    if original.kind == TransactionKind.CREDIT:
        given = original.postings.get(account_id=chart.CUSTOMER_CREDIT)
        require_credit(given.party_id, given.amount_vnd)  # type: ignore[arg-type]  # 3387 has its customer
    legs = rules.mirrored(
        Leg(leg.account_id, Side(leg.side), leg.amount_vnd, leg.party_id)
        for leg in original.postings.order_by("id")
    )
    posted, _ = post(
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
        take_back(charge, applied, at=at, actor=actor)
    return posted
