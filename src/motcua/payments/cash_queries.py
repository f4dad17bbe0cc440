"""Reads: receipts of cash, and a unit's cash of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q, Sum

from motcua.payments.models import CashReceipt


@dataclass(frozen=True)
class ReceiptView:
    """One receipt. `taken_by` and `voided_by` are references of actors."""

    id: UUID
    number: str
    unit_code: str
    charge_id: UUID
    amount_vnd: int
    payer_name: str
    taken_by: str
    taken_at: datetime
    business_date: date
    voided_at: datetime | None
    voided_by: str
    void_reason: str


@dataclass(frozen=True)
class CashDay:
    """What a unit's drawer should hold of one day: receipts that stand, their sum, and how many were struck."""

    receipts: int
    amount_vnd: int
    voided: int


def view_of(receipt: CashReceipt) -> ReceiptView:
    return ReceiptView(
        id=receipt.id,
        number=receipt.number,
        unit_code=receipt.unit_code,
        charge_id=receipt.charge_id,
        amount_vnd=receipt.amount_vnd,
        payer_name=receipt.payer_name,
        taken_by=receipt.taken_by,
        taken_at=receipt.taken_at,
        business_date=receipt.business_date,
        voided_at=receipt.voided_at,
        voided_by=receipt.voided_by,
        void_reason=receipt.void_reason,
    )


def find_receipt(number: str) -> ReceiptView | None:
    receipt = CashReceipt.objects.filter(number=number).first()
    return view_of(receipt) if receipt else None


def page_day(unit_codes: frozenset[str], day: date, *, limit: int, after: str = "") -> list[ReceiptView]:
    """The receipts of these units on a day, by number, beginning after a number."""
    rows = CashReceipt.objects.filter(unit_code__in=unit_codes, business_date=day, number__gt=after)
    return [view_of(receipt) for receipt in rows.order_by("number")[:limit]]


def measure_day(unit_codes: frozenset[str], day: date) -> CashDay:
    """The day's sum of these units."""
    stands = Q(voided_at__isnull=True)
    found = CashReceipt.objects.filter(unit_code__in=unit_codes, business_date=day).aggregate(
        receipts=Count("id", filter=stands), amount=Sum("amount_vnd", filter=stands), voided=Count("id", filter=~stands)
    )  # fmt: skip
    return CashDay(found["receipts"], found["amount"] or 0, found["voided"])
