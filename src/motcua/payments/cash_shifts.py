"""Writes: a cashier's shift, from the float in the drawer to the money handed in.

Locks: the charge a receipt is for (in the ledger) before the shift, the shift before the unit's series of numbers.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, Sum

from motcua.kernel import ids, local_time
from motcua.kernel.actors import Actor
from motcua.kernel.money import format_signed
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.ledger import chart
from motcua.ledger import operations as ledger_ops
from motcua.payments import access, shift_queries
from motcua.payments.models import CashReceipt, CashShift, ShiftState
from motcua.payments.shift_queries import ShiftView

HIGHEST = 10**12  # dong in a drawer; more is a slip of the hand


class ShiftOpen(Refused):
    code = "SHIFT_OPEN"
    message = gettext_noop("Anh/chị đang có một ca thu chưa kiểm quỹ.")


class ShiftNotOpen(Refused):
    code = "SHIFT_NOT_OPEN"
    message = gettext_noop("Ca thu này đã kiểm quỹ.")


class ShiftNotCounted(Refused):
    code = "SHIFT_NOT_COUNTED"
    message = gettext_noop("Hãy kiểm quỹ trước khi nộp tiền; mỗi ca chỉ nộp một lần.")


class CountInvalid(Refused):
    code = "COUNT_INVALID"
    message = gettext_noop("Hãy nhập số tiền đếm được, là số đồng nguyên từ 0 trở lên.")


class DifferenceUnexplained(Refused):
    """The drawer does not hold what the receipts say."""

    code = "DIFFERENCE_UNEXPLAINED"
    message = gettext_noop("Quỹ lệch %(difference)s đ so với phiếu thu; hãy ghi lý do.")


class ReferenceMissing(Refused):
    code = "REFERENCE_MISSING"
    message = gettext_noop("Hãy ghi số giấy nộp tiền hoặc người nhận.")


@transaction.atomic
def open_shift(*, float_vnd: int, unit_code: str, actor: Actor, at: datetime) -> ShiftView:
    """Begin to take cash, with so much in the drawer for change. Refuses NotAllowed, CountInvalid, ShiftOpen."""
    access.require_cashier(actor, unit_code)
    _require_count(float_vnd, "float_vnd")
    try:
        with transaction.atomic():
            made = CashShift.objects.create(
                id=ids.new_id(at), unit_code=unit_code, cashier=actor.ref, opened_at=at,
                business_date=local_time.local_date(at), float_vnd=float_vnd,
            )  # fmt: skip
    except IntegrityError as error:
        raise ShiftOpen(field="float_vnd") from error
    return shift_queries.view_of(made)


def hold_open(*, unit_code: str, actor: Actor, at: datetime) -> CashShift:
    """The cashier's open shift, held; opened without a float when there is none: no receipt is without a shift."""
    found = CashShift.objects.select_for_update().filter(cashier=actor.ref, state=ShiftState.OPEN).first()
    if found is not None:
        return found
    CashShift.objects.bulk_create(
        [
            CashShift(
                id=ids.new_id(at), unit_code=unit_code, cashier=actor.ref, opened_at=at,
                business_date=local_time.local_date(at),
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return CashShift.objects.select_for_update().get(cashier=actor.ref, state=ShiftState.OPEN)


@transaction.atomic
def count(*, shift_id: UUID, counted_vnd: int, explanation: str, actor: Actor, at: datetime) -> ShiftView:
    """End a shift by what its drawer holds. A difference is explained and booked: Dr 1381 / Cr 111 or Dr 111 / Cr 3381.

    Refuses NotFound, ShiftNotOpen, CountInvalid, DifferenceUnexplained.
    """
    shift = _hold(shift_id, actor)
    if shift.state != ShiftState.OPEN:
        raise ShiftNotOpen(field="counted_vnd")
    _require_count(counted_vnd, "counted_vnd")
    taken = CashReceipt.objects.filter(shift=shift).aggregate(
        sum=Sum("amount_vnd", filter=Q(voided_at__isnull=True))
    )
    expected = shift.float_vnd + int(taken["sum"] or 0)
    difference, said = counted_vnd - expected, " ".join(explanation.split())[:300]
    if difference and not said:
        raise DifferenceUnexplained(field="explanation", difference=format_signed(difference))
    if difference:
        _book_difference(shift, difference, said, actor=actor, at=at)
    shift.state, shift.counted_at, shift.counted_by = ShiftState.COUNTED, at, actor.ref
    shift.expected_vnd, shift.counted_vnd, shift.explanation = expected, counted_vnd, said
    shift.save()
    return shift_queries.view_of(shift)


def _book_difference(shift: CashShift, difference: int, reason: str, *, actor: Actor, at: datetime) -> None:
    debit, credit = (chart.CASH, chart.CASH_OVER) if difference > 0 else (chart.CASH_SHORT, chart.CASH)
    ledger_ops.transfer(
        debit_account=debit, credit_account=credit, amount_vnd=abs(difference), actor=actor, at=at,
        key=f"shift:{shift.id}:difference", reason=reason,
    )  # fmt: skip


@transaction.atomic
def hand_in(
    *, shift_id: UUID, reference: str, actor: Actor, at: datetime, is_at_bank: bool = False
) -> ShiftView:
    """Hand in what was taken, the float stays: Dr 113 (on the way), or 112 with the bank's slip, / Cr 111.

    Refuses NotFound, ShiftNotCounted, ReferenceMissing.
    """
    shift = _hold(shift_id, actor)
    if shift.state != ShiftState.COUNTED:
        raise ShiftNotCounted(field="reference")
    told = " ".join(reference.split())[:60]
    if not told:
        raise ReferenceMissing(field="reference")
    amount = max((shift.counted_vnd or 0) - shift.float_vnd, 0)
    account = chart.AT_BANK if is_at_bank else chart.CASH_ON_THE_WAY
    if amount:
        ledger_ops.transfer(
            debit_account=account, credit_account=chart.CASH, amount_vnd=amount, actor=actor, at=at,
            key=f"shift:{shift.id}:handed", reason=told,
        )  # fmt: skip
    shift.state, shift.handed_at, shift.handed_by = ShiftState.HANDED_IN, at, actor.ref
    shift.handed_to, shift.handed_vnd, shift.reference = account, amount, told
    shift.save()
    return shift_queries.view_of(shift)


def _hold(shift_id: UUID, actor: Actor) -> CashShift:
    """A shift of one's own, or as a supervisor one of one's units; its row locked. Refuses NotFound."""
    shift = CashShift.objects.select_for_update().filter(id=shift_id).first()
    if shift is None or not access.may_end_shift(actor, shift.cashier, shift.unit_code):
        raise NotFound(field="shift_id")
    return shift


def _require_count(amount_vnd: int, field: str) -> None:
    if isinstance(amount_vnd, bool) or not isinstance(amount_vnd, int) or not 0 <= amount_vnd < HIGHEST:
        raise CountInvalid(field=field)
