"""Reads: bills of an account, of a customer, by their charge."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q

from motcua.billing.models import Bill, BillKind, BillState, ShadowBill


@dataclass(frozen=True)
class BillView:
    """A bill as others may see it; the shapes of `readings`, `case`, `lines` are those of the model."""

    id: UUID
    kind: str
    state: str
    account_code: str
    customer_id: UUID | None
    payer_id: UUID | None
    unit_code: str
    billing_month: date
    period: int
    from_day: date
    to_day: date
    readings: Sequence[Mapping[str, Any]]
    case: Any
    lines: Sequence[Mapping[str, Any]]
    kwh: int
    active_vnd: int
    reactive_vnd: int
    subtotal_vnd: int
    vat_rate: Decimal
    vat_vnd: int
    total_vnd: int
    charge_id: UUID | None
    run_id: UUID | None
    corrects_id: UUID | None
    reason: str
    due_at: datetime | None
    issued_at: datetime

    @property
    def stands(self) -> bool:
        return self.state == BillState.ISSUED

    @property
    def days(self) -> int:
        return (self.to_day - self.from_day).days


def view_of(bill: Bill) -> BillView:
    return BillView(
        id=bill.id, kind=bill.kind, state=bill.state, account_code=bill.account_code, customer_id=bill.customer_id,
        payer_id=bill.payer_id, unit_code=bill.unit_code, billing_month=bill.billing_month, period=bill.period,
        from_day=bill.from_day, to_day=bill.to_day, readings=bill.readings, case=bill.case, lines=bill.lines, kwh=bill.kwh,
        active_vnd=bill.active_vnd, reactive_vnd=bill.reactive_vnd, subtotal_vnd=bill.subtotal_vnd, vat_rate=bill.vat_rate,
        vat_vnd=bill.vat_vnd, total_vnd=bill.total_vnd, charge_id=bill.charge_id, run_id=bill.run_id,
        corrects_id=bill.corrects_id, reason=bill.reason, due_at=bill.due_at, issued_at=bill.issued_at,
    )  # fmt: skip


def find_bill(bill_id: UUID) -> BillView | None:
    bill = Bill.objects.filter(id=bill_id).first()
    return view_of(bill) if bill else None


def list_bills(
    account_code: str, *, limit: int, before: tuple[date, UUID] | None = None, standing: bool = True
) -> list[BillView]:
    """Bills of an account, newest month first, beginning behind the one with this month and id."""
    bills = Bill.objects.filter(account_code=account_code)
    if standing:
        bills = bills.filter(state=BillState.ISSUED)
    if before:
        bills = bills.filter(Q(billing_month__lt=before[0]) | Q(billing_month=before[0], id__lt=before[1]))
    return [view_of(bill) for bill in bills.order_by("-billing_month", "-id")[:limit]]


def list_bills_of_charges(charge_ids: Collection[UUID]) -> dict[UUID, BillView]:
    """Bills by the id of their charge, in one query."""
    bills = Bill.objects.filter(charge_id__in=list(charge_ids))
    return {bill.charge_id: view_of(bill) for bill in bills if bill.charge_id}


@dataclass(frozen=True)
class ShadowView:
    """What a bill would have been by prices on trial; see the model. `lines` have the shape of a bill's."""

    trial: str
    kw: Decimal
    lines: Sequence[Mapping[str, Any]]
    active_vnd: int
    capacity_vnd: int
    reactive_vnd: int
    subtotal_vnd: int
    vat_rate: Decimal
    vat_vnd: int
    total_vnd: int
    source: str
    made_at: datetime


def list_shadows(bill_id: UUID) -> list[ShadowView]:
    """The newest shadow of each trial."""
    rows = ShadowBill.objects.filter(bill_id=bill_id).order_by("trial", "-made_at", "-id").distinct("trial")
    return [
        ShadowView(
            row.trial, Decimal(row.kw_hundredths) / 100, row.lines, row.active_vnd, row.capacity_vnd, row.reactive_vnd,
            row.subtotal_vnd, row.vat_rate, row.vat_vnd, row.total_vnd, row.source, row.made_at,
        )
        for row in rows
    ]  # fmt: skip


def find_last_demand(account_code: str, before: date) -> int | None:
    """The highest demand told of the newest period that was read before a day, in hundredths of a kilowatt."""
    rows = ShadowBill.objects.filter(bill__account_code=account_code, bill__to_day__lt=before)
    told = rows.order_by("-bill__to_day", "-made_at", "-id").values_list("kw_hundredths", flat=True).first()
    return int(told) if told is not None else None


def find_standing(account_code: str, billing_month: date, period: int) -> BillView | None:
    """The bill of use of an account's period that stands."""
    bills = Bill.objects.filter(
        account_code=account_code,
        billing_month=billing_month.replace(day=1),
        period=period,
        state=BillState.ISSUED,
    )
    bill = bills.exclude(kind=BillKind.ADJUSTMENT).first()
    return view_of(bill) if bill else None
