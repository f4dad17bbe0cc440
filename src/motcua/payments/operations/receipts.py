"""Money in: matched to a charge by its payment code, or kept in suspense; and where each dong of it went."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from motcua.config import rows
from motcua.kernel import ids
from motcua.ledger import chart
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger.models import ChargeStatus
from motcua.payments import naming, rules
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
    try:
        return _book(notice, at=at)
    except ledger_ops.AccountUnknown:  # the bank's first money; nothing is written yet
        open_clearing(notice.bank, notice.bank)
        return _book(notice, at=at)


def _book(notice: BankNotification, *, at: datetime) -> Recorded:
    found = rules.codes_in(notice.text)
    charges = ledger_queries.find_charges_by_code(found)
    choice = rules.choose(
        found, [rules.Candidate(charge.id, charge.remaining_vnd) for charge in charges], notice.amount_vnd
    )
    if choice.charge_id is None and not charges and (under := naming.charges_named(notice.text)):
        return _book_account(notice, under, at=at)
    if choice.charge_id is None:
        outcome = _book_unmatched(notice, SuspenseReason(choice.reason), at=at)
        return finish(notice, outcome, None, at=at)
    outcome = _book_matched(notice, choice.charge_id, at=at)
    return finish(notice, outcome, choice.charge_id, at=at)


def _book_account(
    notice: BankNotification, charges: list[ledger_queries.ChargeView], *, at: datetime
) -> Recorded:
    """The text names an account: the charge that owes just this amount, else one charge after the other, the first due first."""
    exact = [charge for charge in charges if charge.remaining_vnd == notice.amount_vnd]
    rest, parts = notice.amount_vnd, []
    for charge in exact[:1] or charges:
        if rest:
            parts.append((charge.id, min(rest, charge.remaining_vnd)))
            rest -= parts[-1][1]
    first = parts[0][0]
    if len(parts) == 1:
        return finish(notice, _book_matched(notice, first, at=at), first, at=at)
    parts[-1] = (parts[-1][0], parts[-1][1] + rest)  # what is too much is the customer's credit, as ever
    payment: Payment | None = None
    for turn, (charge_id, amount_vnd) in enumerate(parts):
        settled = _settle(
            notice,
            charge_id,
            amount_vnd,
            f"{ledger_key(notice)}:{turn}" if turn else ledger_key(notice),
            at=at,
        )
        payment = payment or _make_payment(notice, settled.transaction_id, at=at)
        allocate(payment, settled, AllocationSource.CLEARING, at=at)
        if settled.case_id:
            _open_case(
                payment, settled.case_id, settled.excess_vnd, SuspenseReason.OWNER_UNKNOWN, charge_id, at=at
            )
    outcome = Outcome.OVERPAID if rest else Outcome.PARTIAL if settled.remaining_vnd else Outcome.MATCHED
    return finish(notice, outcome, first, at=at)


def _settle(
    notice: BankNotification, charge_id: UUID, amount_vnd: int, key: str, *, at: datetime
) -> ledger_ops.Settled:
    return ledger_ops.settle_charge(
        charge_id=charge_id,
        amount_vnd=amount_vnd,
        clearing_account=clearing_account(notice.bank),
        reference=f"{notice.bank}:{notice.txn_id}",
        actor=actor_of(notice.bank),
        at=at,
        key=key,
    )


def _book_matched(notice: BankNotification, charge_id: UUID, *, at: datetime) -> Outcome:
    settled = _settle(notice, charge_id, notice.amount_vnd, ledger_key(notice), at=at)
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
    payment = Payment(
        id=ids.new_id(at),
        notification=notice,
        bank=notice.bank,
        txn_id=notice.txn_id,
        amount_vnd=notice.amount_vnd,
        paid_at=notice.paid_at,
        booked_at=at,
        ledger_transaction_id=transaction_id,
    )
    rows.insert(payment)
    return payment


def allocate(
    payment: Payment, settled: ledger_ops.Settled, source: AllocationSource, *, at: datetime
) -> None:
    parts: list[tuple[AllocationTarget, UUID, int]] = []
    if settled.applied_vnd:
        parts.append((AllocationTarget.CHARGE, settled.charge_id, settled.applied_vnd))
    if settled.excess_vnd:
        target_id = settled.case_id or ledger_queries.get_charge(settled.charge_id).customer_id
        assert target_id is not None  # what is nobody's goes to suspense, under its case
        parts.append((_TARGET_OF_ACCOUNT[settled.excess_account], target_id, settled.excess_vnd))
    rows.insert(
        *(
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
