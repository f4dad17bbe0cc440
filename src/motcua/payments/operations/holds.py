"""A bank holds a charge while its customer pays, then confirms or lets go. No money, no booking, until it confirms."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import connection

from motcua.config.joining import joins
from motcua.kernel import ids
from motcua.ledger import rules as ledger_rules
from motcua.payments import partner_queries
from motcua.payments.models import BankHold, HoldState
from motcua.payments.operations.collecting import (
    Order,
    Taken,
    book,
    lock_bill,
    require_amount,
    require_payable,
    taken,
)
from motcua.payments.operations.refusals import (
    AmountDiffers,
    HoldConfirmed,
    HoldUnknown,
    NotificationDiffers,
)


@joins
def hold_bill(*, order: Order, at: datetime, seconds: int | None = None) -> Taken:
    """Keep this much of a charge for the bank until the time is over. The same transaction again changes nothing.

    `seconds`: shorter than the policy's time. Locks the charge. Refuses what `pay_bill` refuses.
    """
    charge = lock_bill(order.charge_id)
    require_amount(order.amount_vnd)
    standing = partner_queries.standing_of(order.bank, order.txn_id, charge.id, at=at)
    if standing.has_hold:
        return _same(BankHold.objects.get(bank=order.bank, txn_id=order.txn_id), order, at=at)
    if standing.was_told:
        raise NotificationDiffers(field="txn_id", name="txn_id", txn_id=order.txn_id)
    require_payable(order, charge, standing, at=at)
    most = standing.policy.hold_seconds
    expires_at = at + timedelta(seconds=min(seconds or most, most))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO payments_bankhold (id, bank, txn_id, charge_id, amount_vnd, channel, request_id, held_at,
                expires_at, state) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'HELD')
            ON CONFLICT (bank, txn_id) DO NOTHING
            """,
            [
                ids.new_id(at), order.bank, order.txn_id, charge.id, order.amount_vnd, order.channel, order.request_id,
                at, expires_at,
            ],
        )  # fmt: skip
        is_new = cursor.rowcount == 1
    if not is_new:
        return _same(BankHold.objects.get(bank=order.bank, txn_id=order.txn_id), order, at=at)
    return taken(order.bank, order.txn_id, at=at)


def _same(hold: BankHold, order: Order, *, at: datetime) -> Taken:
    stored = {"charge_id": hold.charge_id, "amount_vnd": hold.amount_vnd}
    asked = {"charge_id": order.charge_id, "amount_vnd": order.amount_vnd}
    if field := ledger_rules.differing_field(stored, asked):
        raise NotificationDiffers(field=field, name=field, txn_id=order.txn_id)
    return taken(order.bank, order.txn_id, at=at, is_duplicate=True)


@joins
def confirm_hold(
    *,
    bank: str,
    txn_id: str,
    paid_at: datetime,
    request_id: str,
    raw_sha256: str,
    at: datetime,
    amount_vnd: int | None = None,
) -> Taken:
    """The customer has paid: book what was held. Money is never refused for being late (`was_late`).

    After its time, or after the bank let go, the charge may be paid by somebody else: then it becomes the customer's
    credit, as with any notice. Locks the charge, then the hold. Refuses HoldUnknown, AmountDiffers, NotificationDiffers.
    """
    charge_id = BankHold.objects.filter(bank=bank, txn_id=txn_id).values_list("charge_id", flat=True).first()
    if charge_id is None:
        raise HoldUnknown(field="txn_id")
    charge = lock_bill(charge_id)
    hold = BankHold.objects.select_for_update().get(bank=bank, txn_id=txn_id)
    if amount_vnd is not None and amount_vnd != hold.amount_vnd:
        raise AmountDiffers(field="amount_vnd", amount_vnd=hold.amount_vnd)
    was_late = (hold.closed_at or at) >= hold.expires_at or hold.state == HoldState.RELEASED
    order = Order(bank, txn_id, hold.charge_id, hold.amount_vnd, request_id, raw_sha256, channel=hold.channel)
    booked = book(order, charge, paid_at=paid_at, at=at)
    if hold.state != HoldState.CONFIRMED:
        hold.state, hold.closed_at = HoldState.CONFIRMED, max(at, hold.held_at)
        hold.save(update_fields=["state", "closed_at"])
    return replace(booked, was_late=was_late)


@joins
def release_hold(*, bank: str, txn_id: str, at: datetime) -> Taken:
    """The customer has not paid: let go. Locks the hold. Refuses HoldUnknown, HoldConfirmed."""
    hold = BankHold.objects.select_for_update().filter(bank=bank, txn_id=txn_id).first()
    if hold is None:
        raise HoldUnknown(field="txn_id")
    if hold.state == HoldState.CONFIRMED:
        raise HoldConfirmed(field="txn_id")
    is_duplicate = hold.state == HoldState.RELEASED
    if not is_duplicate:
        hold.state, hold.closed_at = HoldState.RELEASED, max(at, hold.held_at)
        hold.save(update_fields=["state", "closed_at"])
    return taken(bank, txn_id, at=at, is_duplicate=is_duplicate)
