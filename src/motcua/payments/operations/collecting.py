"""A bank pays a charge in one call, or takes a payment back. Booked as notices are: through the inbox, at once.

A call decides, stores and books in one transaction, under the charge's lock: of two banks that pay the same charge in
the same moment one is let in and the other is told, before money moves. What cannot be booked now waits in the inbox,
and counts as paid to whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from motcua.config import rows
from motcua.config.joining import joins
from motcua.kernel.results import NotFound
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger import rules as ledger_rules
from motcua.ledger.models import ChargeStatus
from motcua.ledger.queries import ChargeView
from motcua.payments import banking, partner_queries
from motcua.payments import queries as payment_queries
from motcua.payments.models import BankNotification, NotificationKind
from motcua.payments.operations.at_once import Booked, Paying, book_at_once
from motcua.payments.operations.inbox import (
    Storing,
    process_or_leave,
    store,
    store_notification,
    storing_of,
)
from motcua.payments.operations.refusals import (
    AmountDiffers,
    BillChanged,
    BillHeld,
    BillPaid,
    BillUnknown,
    DayClosed,
    NotFirst,
    NothingOwed,
    NotificationDiffers,
)
from motcua.payments.partner_queries import Standing, TransactionStatus, Wanted


@dataclass(frozen=True)
class Order:
    """What a bank asks: this much for this charge, under its own id. `version` as it was looked up, empty for any."""

    bank: str
    txn_id: str
    charge_id: UUID
    amount_vnd: int
    request_id: str
    raw_sha256: str
    version: str = ""
    channel: str = ""


@dataclass(frozen=True)
class Taken:
    """What became of a bank's order, and the charge as it stands now."""

    status: TransactionStatus
    charge: ChargeView | None
    is_duplicate: bool = False
    was_late: bool = False


@joins
def pay_bill(*, order: Order, paid_at: datetime, at: datetime) -> Taken:
    """Take a payment for a charge and book it. The same transaction again changes nothing.

    Locks the charge. Refuses AmountInvalid, BillUnknown, BillChanged, BillPaid, NothingOwed, AmountDiffers, BillHeld,
    NotFirst, NotificationDiffers.
    """
    charge, standing = _look(order, at=at)
    require_may_pay(order, charge, standing, at=at)
    return book(order, charge, paid_at=paid_at, at=at)


def _look(order: Order, *, at: datetime) -> tuple[ChargeView, Standing]:
    """The charge, locked, and how everything else stands that decides, in one round trip. Refuses BillUnknown."""
    wanted = [Wanted(order.bank, order.txn_id, order.charge_id, at)]
    found, standings = rows.ask(
        ledger_ops.locking([order.charge_id]), partner_queries.standings_asked(wanted)
    )
    if not found:
        raise BillUnknown(field="charge_id")
    return ledger_queries.view_of_row(found[0]), partner_queries.standings_told(wanted, standings)[0]


def require_may_pay(order: Order, charge: ChargeView, standing: Standing, *, at: datetime) -> None:
    """Whether the order may be booked, or was told before. The charge is locked. Refuses what `pay_bill` refuses."""
    require_amount(order.amount_vnd)
    if standing.has_hold:
        raise NotificationDiffers(field="txn_id", name="txn_id", txn_id=order.txn_id)
    if not standing.was_told:
        require_payable(order, charge, standing, at=at)


def notice_of(order: Order, charge: ChargeView, *, paid_at: datetime, at: datetime) -> Storing:
    """What the inbox is told of a payment. Refuses AmountInvalid."""
    return storing_of(
        bank=order.bank, txn_id=order.txn_id, amount_vnd=order.amount_vnd, text=charge.payment_code, paid_at=paid_at,
        raw_sha256=order.raw_sha256, at=at, request_id=order.request_id, channel=order.channel, charge_id=charge.id,
    )  # fmt: skip


def book(order: Order, charge: ChargeView, *, paid_at: datetime, at: datetime) -> Taken:
    """Store the payment and book it now; refuses nothing but NotificationDiffers. The charge is locked."""
    notice = notice_of(order, charge, paid_at=paid_at, at=at)
    if order.amount_vnd <= charge.remaining_vnd:
        (booked,) = book_at_once([Paying(notice, charge)])
        if booked:
            return taken_of(order, charge, booked, at=at)
    stored = store(notice)
    if stored.is_new:
        process_or_leave(stored.id, at=at)
    return taken(order.bank, order.txn_id, at=at, is_duplicate=not stored.is_new)


def taken_of(order: Order, charge: ChargeView, booked: Booked, *, at: datetime) -> Taken:
    """What became of a payment that was booked now, and of the reversals that waited for it."""
    for reversal in booked.reversals:
        process_or_leave(reversal, at=at)
    if booked.reversals:
        return taken(order.bank, order.txn_id, at=at)
    return _paid(order, charge, booked, at=at)


def _paid(order: Order, charge: ChargeView, booked: Booked, *, at: datetime) -> Taken:
    """What `taken` finds of a payment that was booked now, all of it for its charge."""
    is_whole = order.amount_vnd == charge.remaining_vnd
    now = replace(
        charge,
        paid_vnd=charge.paid_vnd + order.amount_vnd,
        status=ChargeStatus.PAID if is_whole else charge.status,
        paid_at=at if is_whole else None,
    )
    status = TransactionStatus(
        "paid", str(booked.notice_id), str(booked.booking), charge.id, order.amount_vnd
    )
    return Taken(status, now)


def taken(bank: str, txn_id: str, *, at: datetime, is_duplicate: bool = False) -> Taken:
    status = partner_queries.transaction_status(bank, txn_id, at=at)
    charge = ledger_queries.find_charge(status.charge_id) if status.charge_id else None
    return Taken(status, charge, is_duplicate)


def lock_bill(charge_id: UUID) -> ChargeView:
    """The charge, locked. Refuses BillUnknown."""
    try:
        return ledger_ops.lock_charge(charge_id)
    except NotFound:
        raise BillUnknown(field="charge_id") from None


def require_amount(amount_vnd: int) -> None:
    if not ledger_rules.is_amount(amount_vnd):
        raise ledger_ops.AmountInvalid(field="amount_vnd")


def require_payable(order: Order, charge: ChargeView, standing: Standing, *, at: datetime) -> None:
    """Whether a bank may take this much for the charge now. The charge is locked."""
    if charge.is_paid:
        raise BillPaid(field="charge_id")
    if charge.status == ChargeStatus.CANCELLED:
        raise NothingOwed(field="charge_id")
    if order.version and order.version != payment_queries.version_of(charge):
        raise BillChanged(field="version", version=payment_queries.version_of(charge))
    policy = standing.policy
    if order.amount_vnd > charge.remaining_vnd or (
        order.amount_vnd < charge.remaining_vnd and not policy.part_payment
    ):
        raise AmountDiffers(field="amount_vnd", amount_vnd=charge.remaining_vnd)
    if order.amount_vnd > banking.left_vnd(charge, standing.reserved_vnd):
        raise BillHeld(field="charge_id", until=partner_queries.held_until(charge.id, at=at))
    if policy.must_follow_order and charge.account_code:
        _require_first(charge, policy)


def _require_first(charge: ChargeView, policy: banking.Policy) -> None:
    beside = ledger_queries.list_charges_of_accounts([charge.account_code], open_only=True)
    first = banking.in_order(beside, policy)[0]
    if first.id != charge.id:
        raise NotFirst(field="charge_id", first=first)


@joins
def reverse_payment(
    *,
    code: str,
    bank: str,
    txn_id: str,
    original_txn_id: str,
    amount_vnd: int,
    reason: str,
    request_id: str,
    raw_sha256: str,
    at: datetime,
) -> Taken:
    """Take a payment back on the bank's word, while its day lasts. What became of the payment; the same again is no more.

    A payment we never heard of is no error: should it come, it is undone at once ("waiting"). Refuses AmountInvalid,
    AmountDiffers, DayClosed, NotificationDiffers, NotFound (the original is no payment).
    """
    require_amount(amount_vnd)
    original = BankNotification.objects.select_for_update().filter(bank=bank, txn_id=original_txn_id).first()
    before = (
        BankNotification.objects.filter(bank=bank, txn_id=txn_id).values_list("paid_at", flat=True).first()
    )
    if original is not None and before is None:
        _require_reversible(original, amount_vnd, code=code, at=at)
    stored = store_notification(
        bank=bank,
        txn_id=txn_id,
        amount_vnd=amount_vnd,
        text=reason,
        paid_at=before or at,
        raw_sha256=raw_sha256,
        at=at,
        kind=NotificationKind.REVERSAL,
        original_txn_id=original_txn_id,
        request_id=request_id,
    )
    if stored.is_new:
        process_or_leave(stored.id, at=at)
    return taken(bank, txn_id, at=at, is_duplicate=not stored.is_new)


def _require_reversible(original: BankNotification, amount_vnd: int, *, code: str, at: datetime) -> None:
    if original.kind != NotificationKind.RECEIPT:
        raise NotFound(field="original_txn_id")
    if original.amount_vnd != amount_vnd:
        raise AmountDiffers(field="amount_vnd", amount_vnd=original.amount_vnd)
    status = partner_queries.transaction_status(original.bank, original.txn_id, at=at)
    cut_offs = partner_queries.list_cut_offs(code)
    if status.state != "reversed" and at >= banking.day_ends(
        banking.day_of(original.received_at, cut_offs), cut_offs
    ):
        raise DayClosed(field="original_txn_id")
