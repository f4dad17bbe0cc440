"""Reads: cashiers' shifts, and what of them is open on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q, Sum

from motcua.payments.models import CashReceipt, CashShift, ShiftState


@dataclass(frozen=True)
class ShiftView:
    """A shift. `expected_vnd` is float and receipts when it was counted."""

    id: UUID
    unit_code: str
    cashier: str
    opened_at: datetime
    business_date: date
    float_vnd: int
    state: str
    counted_at: datetime | None
    expected_vnd: int | None
    counted_vnd: int | None
    explanation: str
    handed_at: datetime | None
    handed_to: str
    handed_vnd: int | None
    reference: str

    @property
    def is_open(self) -> bool:
        return self.state == ShiftState.OPEN

    @property
    def is_counted(self) -> bool:
        return self.state == ShiftState.COUNTED

    @property
    def difference_vnd(self) -> int:
        return (self.counted_vnd or 0) - (self.expected_vnd or 0)


@dataclass(frozen=True)
class ShiftSums:
    """Receipts of a shift that stand, their sum, how many were struck."""

    receipts: int
    amount_vnd: int
    voided: int


def view_of(shift: CashShift) -> ShiftView:
    return ShiftView(
        id=shift.id, unit_code=shift.unit_code, cashier=shift.cashier, opened_at=shift.opened_at,
        business_date=shift.business_date, float_vnd=shift.float_vnd, state=shift.state, counted_at=shift.counted_at,
        expected_vnd=shift.expected_vnd, counted_vnd=shift.counted_vnd, explanation=shift.explanation,
        handed_at=shift.handed_at, handed_to=shift.handed_to, handed_vnd=shift.handed_vnd, reference=shift.reference,
    )  # fmt: skip


def find_shift(shift_id: UUID) -> ShiftView | None:
    shift = CashShift.objects.filter(id=shift_id).first()
    return view_of(shift) if shift else None


def find_open(cashier: str) -> ShiftView | None:
    """The open shift of a cashier."""
    shift = CashShift.objects.filter(cashier=cashier, state=ShiftState.OPEN).first()
    return view_of(shift) if shift else None


def list_shifts(unit_codes: frozenset[str], *, cashier: str = "", limit: int = 50) -> list[ShiftView]:
    """The newest shifts of these units, of one cashier when named."""
    rows = CashShift.objects.filter(unit_code__in=unit_codes)
    if cashier:
        rows = rows.filter(cashier=cashier)
    return [view_of(shift) for shift in rows.order_by("-opened_at")[:limit]]


def measure_shift(shift_id: UUID) -> ShiftSums:
    stands = Q(voided_at__isnull=True)
    found = CashReceipt.objects.filter(shift_id=shift_id).aggregate(
        receipts=Count("id", filter=stands), amount=Sum("amount_vnd", filter=stands), voided=Count("id", filter=~stands)
    )  # fmt: skip
    return ShiftSums(found["receipts"], found["amount"] or 0, found["voided"])


def count_not_ended(day: date) -> tuple[int, int]:
    """Of the shifts begun up to a day: how many are still open, how many counted and not handed in."""
    found = CashShift.objects.filter(business_date__lte=day).aggregate(
        open=Count("id", filter=Q(state=ShiftState.OPEN)),
        counted=Count("id", filter=Q(state=ShiftState.COUNTED)),
    )
    return found["open"], found["counted"]
