"""Reads: the payment page, cases, and a check that must find nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import segno
from django.db import connection
from django.db.models import Count, Min, Q, Sum

from motcua.companies import banks, context
from motcua.kernel import hashing, vietqr
from motcua.ledger import chart
from motcua.ledger import queries as ledger_queries
from motcua.ledger.models import ChargeStatus
from motcua.ledger.queries import ChargeView
from motcua.payments import rules
from motcua.payments.models import (
    Allocation,
    BankNotification,
    CaseState,
    NotificationState,
    SuspenseCase,
)

UNPROCESSED = (NotificationState.RECEIVED, NotificationState.WAITING)


class PaymentState(StrEnum):
    """What the payment page says. CHECKING: the bank has told us, the booking is not done yet."""

    WAITING = "WAITING"
    CHECKING = "CHECKING"
    PARTLY_PAID = "PARTLY_PAID"
    PAID = "PAID"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class PaymentView:
    """Everything a payment page shows. Without an open amount there is no QR."""

    charge_id: UUID
    request_id: UUID | None
    kind: str
    description: str
    state: PaymentState
    net_vnd: int
    vat_vnd: int
    total_vnd: int
    paid_vnd: int
    remaining_vnd: int
    ask_vnd: int  # what the code asks for: all that is left, or a part of it
    payment_code: str
    remittance_text: str
    bank_bin: str
    bank_name: str
    bank_account: str
    account_name: str
    qr_text: str
    qr_svg: str
    is_above_qr_limit: bool
    due_at: datetime | None
    paid_at: datetime | None

    @property
    def is_part(self) -> bool:
        return self.ask_vnd < self.remaining_vnd


@dataclass(frozen=True)
class CaseView:
    id: UUID
    payment_id: UUID
    bank: str
    txn_id: str
    amount_vnd: int
    reason: str
    text: str
    charge_id: UUID | None
    paid_at: datetime
    opened_at: datetime
    state: str
    resolution: str
    closed_at: datetime | None
    closed_by: str
    note: str

    @property
    def is_open(self) -> bool:
        return self.state == CaseState.OPEN

    def age(self, at: datetime) -> timedelta:
        return at - self.opened_at


@dataclass(frozen=True)
class PaymentProblem:
    code: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.code} {self.subject}: {self.detail}"


def payment_view(charge_id: UUID, *, part_vnd: int | None = None) -> PaymentView:
    """The payment page of a charge, for whoever may see it (see `access`); asks for a part of it where one is named.

    Raises ledger ChargeUnknown.
    """
    return payment_of(ledger_queries.get_charge(charge_id), part_vnd=part_vnd)


def payment_of(charge: ChargeView, *, part_vnd: int | None = None) -> PaymentView:
    """The same of a charge that was read already, as it was then."""
    company = context.current_company()
    ask = min(part_vnd or charge.remaining_vnd, charge.remaining_vnd)
    above = ask >= vietqr.TRANSFER_LIMIT_VND
    qr_text = qr_of(charge, ask)
    return PaymentView(
        charge_id=charge.id,
        request_id=charge.request_id,
        kind=charge.kind,
        description=charge.description,
        state=_state_of(charge),
        net_vnd=charge.net_vnd,
        vat_vnd=charge.vat_vnd,
        total_vnd=charge.total_vnd,
        paid_vnd=charge.paid_vnd,
        remaining_vnd=charge.remaining_vnd,
        ask_vnd=ask,
        payment_code=charge.payment_code,
        remittance_text=charge.payment_code,
        bank_bin=company.bank_bin,
        bank_name=banks.name_of(company.bank_bin),
        bank_account=company.bank_account,
        account_name=company.name,
        qr_text=qr_text,
        qr_svg=qr_svg(qr_text) if qr_text else "",
        is_above_qr_limit=above,
        due_at=charge.due_at,
        paid_at=charge.paid_at,
    )


def qr_of(charge: ChargeView, ask_vnd: int) -> str:
    """The VietQR text for this much of an open charge; empty for more than a single transfer carries."""
    if not charge.is_open or ask_vnd >= vietqr.TRANSFER_LIMIT_VND:
        return ""
    return transfer_qr(charge, ask_vnd)


def transfer_qr(charge: ChargeView, part_vnd: int | None = None) -> str:
    """The VietQR text for what is still owed, or a part of it: the code in 62.01, and in 62.08 which the bank carries into its
    text.

    A sum that no single transfer carries stands in no code: the code then has no amount, and the payer says how much.
    Empty when the company has no bank account yet.
    """
    company = context.current_company()
    if not (company.bank_bin and company.bank_account):
        return ""
    ask = part_vnd or charge.remaining_vnd
    return vietqr.encode(
        bin=company.bank_bin,
        account=company.bank_account,
        amount_vnd=ask if ask < vietqr.TRANSFER_LIMIT_VND else None,
        bill_number=charge.payment_code,
        purpose=charge.payment_code,
    )


def qr_svg(text: str) -> str:
    """The code as an SVG element without inline style; black on white in light and dark pages alike."""
    code = segno.make_qr(text, error="m")
    return code.svg_inline(
        border=4, omitsize=True, dark="#000", light="#fff", svgclass="qr", lineclass=None, encoding="ascii"
    )


def _state_of(charge: ChargeView) -> PaymentState:
    if charge.status == ChargeStatus.PAID:
        return PaymentState.PAID
    if charge.status == ChargeStatus.CANCELLED:
        return PaymentState.CANCELLED
    waiting = BankNotification.objects.filter(state=NotificationState.RECEIVED).values_list("text", flat=True)
    if any(charge.payment_code in rules.codes_in(text) for text in waiting[:500]):
        return PaymentState.CHECKING
    return PaymentState.PARTLY_PAID if charge.paid_vnd else PaymentState.WAITING


def version_of(charge: ChargeView) -> str:
    """Changes whenever what is owed changes; a bank sends it back with its payment."""
    return hashing.fingerprint([str(charge.id), charge.status, charge.paid_vnd])[:12]


def list_open_cases() -> list[CaseView]:
    """Money that matches nothing, oldest first."""
    cases = SuspenseCase.objects.filter(state=CaseState.OPEN).select_related("payment__notification")
    return [_case_view(case) for case in cases.order_by("opened_at", "id")]


def page_open_cases(*, limit: int, after: tuple[datetime, UUID] | None = None) -> list[CaseView]:
    """A page of the open cases, oldest first, behind the case with this instant of opening and id."""
    cases = SuspenseCase.objects.filter(state=CaseState.OPEN).select_related("payment__notification")
    if after:
        cases = cases.filter(Q(opened_at__gt=after[0]) | Q(opened_at=after[0], id__gt=after[1]))
    return [_case_view(case) for case in cases.order_by("opened_at", "id")[:limit]]


def page_closed_cases(*, limit: int, after: tuple[datetime, UUID] | None = None) -> list[CaseView]:
    """A page of the cases that were settled, newest first, behind the one with this instant of closing and id."""
    cases = SuspenseCase.objects.filter(state=CaseState.CLOSED).select_related("payment__notification")
    if after:
        cases = cases.filter(Q(closed_at__lt=after[0]) | Q(closed_at=after[0], id__lt=after[1]))
    return [_case_view(case) for case in cases.order_by("-closed_at", "-id")[:limit]]


def find_case(case_id: UUID) -> CaseView | None:
    case = SuspenseCase.objects.select_related("payment__notification").filter(id=case_id).first()
    return _case_view(case) if case else None


def _case_view(case: SuspenseCase) -> CaseView:
    return CaseView(
        id=case.id,
        payment_id=case.payment_id,
        bank=case.payment.bank,
        txn_id=case.payment.txn_id,
        amount_vnd=case.amount_vnd,
        reason=case.reason,
        text=case.payment.notification.text,
        charge_id=case.charge_id,
        paid_at=case.payment.paid_at,
        opened_at=case.opened_at,
        state=case.state,
        resolution=case.resolution,
        closed_at=case.closed_at,
        closed_by=case.closed_by,
        note=case.note,
    )


@dataclass(frozen=True)
class InboxHealth:
    """Notices stored and not booked: how many, how long the oldest has waited, how many need a person."""

    waiting: int
    oldest: timedelta
    failed: int


def measure_inbox(at: datetime) -> InboxHealth:
    """How far behind the booking of banks' notices is. A reversal that came too early is not late."""
    rows = BankNotification.objects.filter(state=NotificationState.RECEIVED)
    found = rows.aggregate(waiting=Count("id"), first=Min("received_at"))
    failed = BankNotification.objects.filter(state=NotificationState.FAILED).count()
    oldest = max(at - found["first"], timedelta(0)) if found["first"] else timedelta(0)
    return InboxHealth(found["waiting"], oldest, failed)


def count_unprocessed() -> int:
    """Notices stored and not yet booked, reversals that wait for their receipt included."""
    return BankNotification.objects.filter(state__in=UNPROCESSED).count()


_CHECKS = {
    "PAYMENT_NOT_ALLOCATED": """
        SELECT p.id::text, format('payment %s, allocated %s', p.amount_vnd, COALESCE(sum(a.amount_vnd), 0))
        FROM payments_payment p
        LEFT JOIN payments_allocation a ON a.payment_id = p.id AND a.source = 'CLEARING'
        GROUP BY p.id HAVING p.amount_vnd <> COALESCE(sum(a.amount_vnd), 0)""",
    "PAYMENT_WITHOUT_BOOKING": """
        SELECT p.id::text, 'no ledger transaction ' || p.ledger_transaction_id
        FROM payments_payment p
        WHERE NOT EXISTS (SELECT 1 FROM ledger_ledgertransaction t WHERE t.id = p.ledger_transaction_id)""",
    "PROCESSED_WITHOUT_PAYMENT": """
        SELECT n.id::text, 'a processed receipt without a payment'
        FROM payments_banknotification n
        WHERE n.kind = 'RECEIPT' AND n.state = 'PROCESSED'
          AND NOT EXISTS (SELECT 1 FROM payments_payment p WHERE p.notification_id = n.id)""",
    "CASE_DIFFERS": """
        SELECT c.id::text, format('case %s, account 3388 holds %s',
               CASE c.state WHEN 'OPEN' THEN c.amount_vnd ELSE 0 END, COALESCE(l.held, 0))
        FROM payments_suspensecase c LEFT JOIN (
            SELECT party_id, sum(CASE side WHEN 'C' THEN amount_vnd ELSE -amount_vnd END) AS held
            FROM ledger_posting WHERE account_id = '3388' GROUP BY party_id) l ON l.party_id = c.id
        WHERE COALESCE(l.held, 0) <> CASE c.state WHEN 'OPEN' THEN c.amount_vnd ELSE 0 END""",
}


def check_payments() -> list[PaymentProblem]:
    """Compare payments with the ledger; an empty list is the only good answer."""
    problems: list[PaymentProblem] = []
    with connection.cursor() as cursor:
        for code, statement in _CHECKS.items():
            cursor.execute(statement)
            problems += [PaymentProblem(code, str(row[0]), str(row[1])) for row in cursor.fetchall()]
    held = ledger_queries.get_balance(chart.SUSPENSE).balance_vnd
    cases = SuspenseCase.objects.filter(state=CaseState.OPEN).aggregate(total=Sum("amount_vnd"))["total"] or 0
    if held != cases:
        problems.append(PaymentProblem("SUSPENSE_DIFFERS", chart.SUSPENSE, f"account {held}, cases {cases}"))
    return problems


def list_allocations(charge_id: UUID) -> list[tuple[UUID, int]]:
    """The payments that a charge's money came from, with the amounts."""
    rows = Allocation.objects.filter(target="CHARGE", target_id=charge_id).order_by("id")
    return list(rows.values_list("payment_id", "amount_vnd"))
