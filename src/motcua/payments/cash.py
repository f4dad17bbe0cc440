"""Writes: cash taken at a counter against a numbered receipt, and taking such a receipt back.

Locks: the charge first (in the ledger), then the shift, then the request that waits for it, then the unit's series of numbers.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.kernel import ids, local_time
from motcua.kernel.actors import Actor
from motcua.kernel.money import format_number
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.ledger import chart
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import access, cash_queries, cash_shifts
from motcua.payments.cash_queries import ReceiptView
from motcua.payments.models import CashReceipt, CashSeries, CashShift, ShiftState
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.states import Reception


class NothingOwed(Refused):
    code = "NOTHING_OWED"
    message = gettext_noop("Khoản này không còn phải thu. Đừng nhận tiền.")


class AmountDiffers(Refused):
    """Somebody paid a part meanwhile, or the page is old."""

    code = "AMOUNT_DIFFERS"
    message = gettext_noop("Số tiền phải thu đã đổi, nay là %(owed)s đ. Hãy xem lại trước khi nhận tiền.")


class PayerMissing(Refused):
    code = "PAYER_MISSING"
    message = gettext_noop("Hãy ghi họ tên người nộp tiền.")


class AlreadyVoid(Refused):
    code = "ALREADY_VOID"
    message = gettext_noop("Phiếu thu này đã hủy.")


class VoidReasonMissing(Refused):
    code = "VOID_REASON_MISSING"
    message = gettext_noop("Hãy ghi lý do hủy phiếu thu.")


class DayIsOver(Refused):
    """The day's cash has been counted; what is wrong now is put right by the accountants."""

    code = "DAY_IS_OVER"
    message = gettext_noop("Chỉ hủy được phiếu thu trong ngày lập phiếu.")


class ShiftIsOver(Refused):
    """The drawer has been counted with this receipt in it."""

    code = "SHIFT_IS_OVER"
    message = gettext_noop("Ca thu của phiếu này đã kiểm quỹ; kế toán xử lý bằng hoàn tiền.")


@transaction.atomic
def take(
    *, charge_id: UUID, amount_vnd: int, payer_name: str, unit_code: str, actor: Actor, at: datetime, key: str
) -> ReceiptView:
    """Take the whole of what is owed in cash: Dr 111 / Cr 131, and write the receipt with the unit's next number.

    The same key again gives the first receipt. Who pays at a counter has come to an office: the request says so,
    once a day. Refuses NotFound, NotAllowed, NothingOwed, AmountDiffers, PayerMissing.
    """
    access.require_cashier(actor, unit_code)
    payer = " ".join(payer_name.split())[:120]
    if not payer:
        raise PayerMissing(field="payer_name")
    access.access_payment(actor=actor, charge_id=charge_id)
    ledger_ops.lock_charge(charge_id)
    if before := CashReceipt.objects.filter(key=key).first():
        return cash_queries.view_of(before)
    charge = ledger_queries.get_charge(charge_id)
    if not charge.remaining_vnd or not charge.is_open:
        raise NothingOwed(field="amount_vnd")
    if amount_vnd != charge.remaining_vnd:
        raise AmountDiffers(field="amount_vnd", owed=format_number(charge.remaining_vnd))
    id = ids.new_id(at)
    shift = cash_shifts.hold_open(unit_code=unit_code, actor=actor, at=at)
    settled = ledger_ops.settle_charge(
        charge_id=charge_id, amount_vnd=amount_vnd, clearing_account=chart.CASH, reference=f"cash:{id}",
        actor=actor, at=at, key=f"cash:{id}",
    )  # fmt: skip
    if charge.request_id:
        _note_trip(charge.request_id, actor=actor, at=at)
    receipt = CashReceipt.objects.create(
        id=id, number=_next_number(unit_code, at), key=key, unit_code=unit_code, charge_id=charge_id,
        amount_vnd=amount_vnd, payer_name=payer, taken_by=actor.ref, taken_at=at,
        business_date=local_time.local_date(at), ledger_transaction_id=settled.transaction_id,
        shift=shift,
    )  # fmt: skip
    return cash_queries.view_of(receipt)


def _note_trip(request_id: UUID, *, actor: Actor, at: datetime) -> None:
    view = request_queries.get_request(request_id)
    today = local_time.local_date(at)
    asked = view.state.submitted_at
    came_to_ask = view.state.reception == Reception.DIRECT and asked and local_time.local_date(asked) == today
    if not view.state.closed_at and not came_to_ask:
        request_ops.record_trip(
            request_id=request_id, actor=actor, at=at, key=f"trip:cash:{request_id}:{today}"
        )


def _next_number(unit_code: str, at: datetime) -> str:
    year = local_time.local_date(at).year
    CashSeries.objects.get_or_create(unit_code=unit_code, year=year)
    series = CashSeries.objects.select_for_update().get(unit_code=unit_code, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return f"PT{year % 100:02d}-{unit_code}-{series.last:05d}"


@transaction.atomic
def void(*, number: str, reason: str, actor: Actor, at: datetime) -> ReceiptView:
    """Give the money back and strike the receipt: the charge is owed again, the number stays used.

    Only on the day it was written, by who wrote it or a supervisor. Refuses NotFound, VoidReasonMissing, AlreadyVoid,
    DayIsOver, ShiftIsOver.
    """
    known = access.access_receipt(actor=actor, number=number)
    if not access.may_void(actor, known):
        raise NotFound(field="number")
    told = " ".join(reason.split())[:200]
    if not told:
        raise VoidReasonMissing(field="reason")
    ledger_ops.lock_charge(known.charge_id)
    receipt = CashReceipt.objects.select_for_update().get(number=number)
    if receipt.voided_at:
        raise AlreadyVoid(field="number")
    if local_time.local_date(at) != receipt.business_date:
        raise DayIsOver(field="number")
    if receipt.shift_id and _held_state(receipt.shift_id) != ShiftState.OPEN:
        raise ShiftIsOver(field="number")
    ledger_ops.reverse(
        transaction_id=receipt.ledger_transaction_id, reason=told, actor=actor, at=at,
        key=f"cash:{receipt.id}:void",
    )  # fmt: skip
    receipt.voided_at, receipt.voided_by, receipt.void_reason = at, actor.ref, told
    receipt.save(update_fields=["voided_at", "voided_by", "void_reason"])
    return cash_queries.view_of(receipt)


def _held_state(shift_id: UUID) -> str:
    """The state of a shift that nobody counts meanwhile."""
    return CashShift.objects.select_for_update().values_list("state", flat=True).get(id=shift_id)
