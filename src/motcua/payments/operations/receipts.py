"""Money in: matched to a charge by its payment code, or kept in suspense; and where each dong of it went."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from motcua.kernel import ids
from motcua.ledger import chart
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger.models import ChargeStatus
from motcua.payments import rules
from motcua.payments.models import (
    Allocation,
    AllocationSource,
    AllocationTarget,
    BankNotification,
    Outcome,
    Payment,
    SuspenseCase,
    SuspenseReason,
)
from motcua.payments.operations.clearing import actor_of, clearing_account, open_clearing
from motcua.payments.operations.outcomes import Recorded, finish, ledger_key

_TARGET_OF_ACCOUNT = {
    chart.CUSTOMER_CREDIT: AllocationTarget.CREDIT,
    chart.SUSPENSE: AllocationTarget.SUSPENSE,
}


def book_receipt(notice: BankNotification, *, at: datetime) -> Recorded:
    open_clearing(notice.bank, notice.bank)
    found = rules.codes_in(notice.text)
    charges = ledger_queries.find_charges_by_code(found)
    choice = rules.choose(
        found, [rules.Candidate(charge.id, charge.remaining_vnd) for charge in charges], notice.amount_vnd
    )
    if choice.charge_id is None:
        outcome = _book_unmatched(notice, SuspenseReason(choice.reason), at=at)
        return finish(notice, outcome, None, at=at)
    outcome = _book_matched(notice, choice.charge_id, at=at)
    return finish(notice, outcome, choice.charge_id, at=at)


def _book_matched(notice: BankNotification, charge_id: UUID, *, at: datetime) -> Outcome:
    settled = ledger_ops.settle_charge(
        charge_id=charge_id,
        amount_vnd=notice.amount_vnd,
        clearing_account=clearing_account(notice.bank),
        reference=f"{notice.bank}:{notice.txn_id}",
        actor=actor_of(notice.bank),
        at=at,
        key=ledger_key(notice),
    )
    payment = _make_payment(notice, settled.transaction_id, at=at)
    allocate(payment, settled, AllocationSource.CLEARING, at=at)
    if settled.case_id:
        is_cancelled = settled.status == ChargeStatus.CANCELLED
        reason = SuspenseReason.CHARGE_CANCELLED if is_cancelled else SuspenseReason.OWNER_UNKNOWN
        _open_case(payment, settled.case_id, settled.excess_vnd, reason, charge_id, at=at)
    if not settled.applied_vnd:
        return Outcome.SUSPENSE if settled.case_id else Outcome.CREDITED
    if settled.excess_vnd:
        return Outcome.OVERPAID
    return Outcome.PARTIAL if settled.remaining_vnd else Outcome.MATCHED


def _book_unmatched(notice: BankNotification, reason: SuspenseReason, *, at: datetime) -> Outcome:
    case_id = ids.new_id(at)
    posted = ledger_ops.receive_unmatched(
        amount_vnd=notice.amount_vnd,
        clearing_account=clearing_account(notice.bank),
        case_id=case_id,
        reference=f"{notice.bank}:{notice.txn_id}",
        actor=actor_of(notice.bank),
        at=at,
        key=ledger_key(notice),
    )
    payment = _make_payment(notice, posted.transaction_id, at=at)
    Allocation.objects.create(
        payment=payment,
        source=AllocationSource.CLEARING,
        target=AllocationTarget.SUSPENSE,
        target_id=case_id,
        amount_vnd=notice.amount_vnd,
        ledger_transaction_id=posted.transaction_id,
        at=at,
    )
    _open_case(payment, case_id, notice.amount_vnd, reason, None, at=at)
    return Outcome.SUSPENSE


def _make_payment(notice: BankNotification, transaction_id: UUID, *, at: datetime) -> Payment:
    return Payment.objects.create(
        id=ids.new_id(at),
        notification=notice,
        bank=notice.bank,
        txn_id=notice.txn_id,
        amount_vnd=notice.amount_vnd,
        paid_at=notice.paid_at,
        booked_at=at,
        ledger_transaction_id=transaction_id,
    )


def allocate(
    payment: Payment, settled: ledger_ops.Settled, source: AllocationSource, *, at: datetime
) -> None:
    charge = ledger_queries.get_charge(settled.charge_id)
    parts: list[tuple[AllocationTarget, UUID, int]] = []
    if settled.applied_vnd:
        parts.append((AllocationTarget.CHARGE, settled.charge_id, settled.applied_vnd))
    if settled.excess_vnd:
        target_id = settled.case_id or charge.customer_id or settled.charge_id
        parts.append((_TARGET_OF_ACCOUNT[settled.excess_account], target_id, settled.excess_vnd))
    Allocation.objects.bulk_create(
        Allocation(
            payment=payment,
            source=source,
            target=target,
            target_id=target_id,
            amount_vnd=amount,
            ledger_transaction_id=settled.transaction_id,
            at=at,
        )
        for target, target_id, amount in parts
    )


def _open_case(
    payment: Payment,
    case_id: UUID,
    amount_vnd: int,
    reason: SuspenseReason,
    charge_id: UUID | None,
    *,
    at: datetime,
) -> None:
    SuspenseCase.objects.create(
        id=case_id,
        payment=payment,
        amount_vnd=amount_vnd,
        reason=reason,
        charge_id=charge_id,
        opened_at=at,
    )
