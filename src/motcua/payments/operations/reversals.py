"""Money taken back by its bank: every booking of the payment is undone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from motcua.ledger import chart
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import rules
from motcua.payments.models import (
    BankNotification,
    CaseState,
    NotificationState,
    Outcome,
    Payment,
    PaymentStatus,
    Resolution,
)
from motcua.payments.operations.clearing import actor_of
from motcua.payments.operations.outcomes import Recorded, finish, ledger_key


def book_reversal(notice: BankNotification, *, at: datetime) -> Recorded:
    payment = (
        Payment.objects.select_for_update().filter(bank=notice.bank, txn_id=notice.original_txn_id).first()
    )
    if payment is None:
        return _wait(notice, at=at)
    if payment.amount_vnd != notice.amount_vnd:
        notice.state = NotificationState.FAILED
        notice.outcome = Outcome.REVERSAL_DIFFERS
        notice.save(update_fields=["state", "outcome"])
        return Recorded("pending", None, notice.id, notice.outcome)
    if payment.status == PaymentStatus.BOOKED:
        _reverse_payment(payment, notice, at=at)
    return finish(notice, Outcome.REVERSED, None, at=at)


def _wait(notice: BankNotification, *, at: datetime) -> Recorded:
    """The bank's messages came in the wrong order: the reversal waits for its receipt."""
    notice.state = NotificationState.WAITING
    notice.attempts += 1
    notice.next_at = rules.retry_at(at, notice.attempts)
    notice.save(update_fields=["state", "attempts", "next_at"])
    return Recorded("pending", None, notice.id)


def _reverse_payment(payment: Payment, notice: BankNotification, *, at: datetime) -> None:
    """Undo every booking of the payment, the last one first."""
    bookings = dict.fromkeys(
        payment.allocations.order_by("-id").values_list("ledger_transaction_id", flat=True)
    )
    for transaction_id in bookings:
        _reverse_booking(payment, transaction_id, notice, at=at)
    payment.cases.filter(state=CaseState.OPEN).update(
        state=CaseState.CLOSED,
        resolution=Resolution.REVERSED,
        closed_at=at,
        closed_by=actor_of(notice.bank).ref,
    )
    payment.status = PaymentStatus.REVERSED
    payment.reversed_at = at
    payment.save(update_fields=["status", "reversed_at"])


def _reverse_booking(
    payment: Payment, transaction_id: UUID, notice: BankNotification, *, at: datetime
) -> None:
    actor, key = actor_of(notice.bank), f"{ledger_key(notice)}:{transaction_id}"
    reason = f"{notice.bank}:{notice.txn_id}"
    try:
        ledger_ops.reverse(transaction_id=transaction_id, reason=reason, actor=actor, at=at, key=key)
    except ledger_ops.NotReversible:
        # Paid in part, then cancelled: that part is the customer's credit now, and is taken from there.
        booking = ledger_queries.get_transaction(transaction_id)
        charge = ledger_queries.get_charge(booking.charge_id)  # type: ignore[arg-type]  # settles have one
        came_from = next(leg for leg in booking.postings if leg.side == "D")
        ledger_ops.transfer(
            debit_account=chart.CUSTOMER_CREDIT,
            debit_party=charge.customer_id,
            credit_account=came_from.account,
            credit_party=came_from.party_id,
            amount_vnd=came_from.amount_vnd,
            reason=reason,
            actor=actor,
            at=at,
            key=key,
        )
