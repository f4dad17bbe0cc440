"""Reads of refunds: lists by state, one, what may be ordered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, Sum

from motcua.payments.models import OnlineRefund, Refund, RefundOrder, RefundState, RefundWay


@dataclass(frozen=True)
class RefundView:
    id: UUID
    number: str
    payment_id: UUID
    bank: str
    txn_id: str
    case_id: UUID | None
    customer_id: UUID | None
    amount_vnd: int
    way: str
    payee_name: str
    payee_account: str
    payee_bin: str
    reason: str
    state: str
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_note: str
    order_id: UUID | None
    ended_at: datetime | None


@dataclass(frozen=True)
class RefusedOnline:
    """A refund that its wallet refused, with the wallet's own number for why."""

    id: UUID
    refund_id: UUID
    number: str
    gateway_name: str
    ref: str
    amount_vnd: int
    code: str
    reason: str
    refused_at: datetime | None


def list_refused_online(*, limit: int) -> list[RefusedOnline]:
    """Refused by a wallet and not dealt with, the oldest first."""
    rows = OnlineRefund.objects.filter(state="REFUSED", refund__state=RefundState.ORDERED)
    return [
        RefusedOnline(
            row.id, row.refund.id, row.refund.number, row.payment.gateway.name, row.ref, row.amount_vnd, row.code,
            row.reason, row.done_at,
        )
        for row in rows.select_related("refund", "payment__gateway").order_by("done_at", "id")[:limit]
        if row.refund is not None
    ]  # fmt: skip


def count_refused_online() -> int:
    return OnlineRefund.objects.filter(state="REFUSED", refund__state=RefundState.ORDERED).count()


def page_refunds(
    *, limit: int, states: tuple[str, ...] = (), before: tuple[datetime, UUID] | None = None
) -> list[RefundView]:
    """Refunds, the newest first; of these states alone where some are named."""
    rows = Refund.objects.select_related("payment")
    if states:
        rows = rows.filter(state__in=states)
    if before:
        rows = rows.filter(Q(asked_at__lt=before[0]) | Q(asked_at=before[0], id__lt=before[1]))
    return [refund_view(row) for row in rows.order_by("-asked_at", "-id")[:limit]]


def find_refund(refund_id: UUID) -> RefundView | None:
    row = Refund.objects.select_related("payment").filter(id=refund_id).first()
    return refund_view(row) if row else None


def refund_of_case(case_id: UUID) -> RefundView | None:
    """The refund that a case waits for, if one was asked."""
    rows = Refund.objects.select_related("payment").filter(case_id=case_id)
    row = rows.exclude(state__in=[RefundState.REFUSED, RefundState.FAILED]).first()
    return refund_view(row) if row else None


def to_order() -> tuple[int, int]:
    """Approved transfers that stand in no order yet: how many, and their sum."""
    rows = Refund.objects.filter(state=RefundState.APPROVED, way=RefundWay.BANK)
    summed = rows.aggregate(count=Count("id"), sum=Sum("amount_vnd"))
    return summed["count"], summed["sum"] or 0


def list_orders(*, limit: int = 10) -> list[RefundOrder]:
    """The last orders made, the newest first."""
    return list(RefundOrder.objects.order_by("-made_at", "-id")[:limit])


def find_order(order_id: UUID) -> RefundOrder | None:
    return RefundOrder.objects.filter(id=order_id).first()


def refund_view(row: Refund) -> RefundView:
    return RefundView(
        id=row.id, number=row.number, payment_id=row.payment_id, bank=row.payment.bank, txn_id=row.payment.txn_id,
        case_id=row.case_id, customer_id=row.customer_id, amount_vnd=row.amount_vnd, way=row.way, payee_name=row.payee_name,
        payee_account=row.payee_account, payee_bin=row.payee_bin, reason=row.reason, state=row.state, asked_by=row.asked_by,
        asked_at=row.asked_at, decided_by=row.decided_by, decided_at=row.decided_at, decision_note=row.decision_note,
        order_id=row.order_id, ended_at=row.ended_at,
    )  # fmt: skip
