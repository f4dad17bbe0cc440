"""Reads: charges, balances, and the recount that must find nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import F

from motcua.kernel import hashing
from motcua.ledger.chart import Side
from motcua.ledger.models import (
    Account,
    AccountBalance,
    Charge,
    ChargeStatus,
    LedgerTransaction,
    Posting,
    TransactionKind,
)


@dataclass(frozen=True)
class ChargeView:
    """A charge as others may see it."""

    id: UUID
    kind: str
    payment_code: str
    customer_id: UUID | None
    request_id: UUID | None
    unit_code: str
    description: str
    net_vnd: int
    vat_rate: Decimal
    vat_vnd: int
    total_vnd: int
    paid_vnd: int
    status: str
    created_at: datetime
    due_at: datetime | None
    paid_at: datetime | None

    @property
    def amount_vnd(self) -> int:
        """The amount before tax, under the name `raise_charge` takes it by."""
        return self.net_vnd

    @property
    def remaining_vnd(self) -> int:
        return self.total_vnd - self.paid_vnd if self.status == ChargeStatus.OPEN else 0

    @property
    def is_open(self) -> bool:
        return self.status == ChargeStatus.OPEN

    @property
    def is_paid(self) -> bool:
        return self.status == ChargeStatus.PAID


@dataclass(frozen=True)
class PostingView:
    account: str
    side: str
    amount_vnd: int
    party_id: UUID | None


@dataclass(frozen=True)
class TransactionView:
    id: UUID
    kind: str
    at: datetime
    charge_id: UUID | None
    reverses_id: UUID | None
    is_reversed: bool
    reason: str
    postings: tuple[PostingView, ...]


@dataclass(frozen=True)
class Balance:
    """What an account holds, on its normal side."""

    account: str
    debit_vnd: int
    credit_vnd: int
    balance_vnd: int


@dataclass(frozen=True)
class LedgerProblem:
    """Something that may never be: a stable code, what it is about, and the figures."""

    code: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.code} {self.subject}: {self.detail}"


class ChargeUnknown(LookupError):
    """No such charge in this company."""


def view_of(charge: Charge) -> ChargeView:
    return ChargeView(
        id=charge.id,
        kind=charge.kind,
        payment_code=charge.payment_code,
        customer_id=charge.customer_id,
        request_id=charge.request_id,
        unit_code=charge.unit_code,
        description=charge.description,
        net_vnd=charge.net_vnd,
        vat_rate=charge.vat_rate,
        vat_vnd=charge.vat_vnd,
        total_vnd=charge.total_vnd,
        paid_vnd=charge.paid_vnd,
        status=charge.status,
        created_at=charge.created_at,
        due_at=charge.due_at,
        paid_at=charge.paid_at,
    )


def get_charge(charge_id: UUID) -> ChargeView:
    """The charge. Raises ChargeUnknown."""
    charge = Charge.objects.filter(id=charge_id).first()
    if charge is None:
        raise ChargeUnknown(charge_id)
    return view_of(charge)


def find_charge(charge_id: UUID) -> ChargeView | None:
    charge = Charge.objects.filter(id=charge_id).first()
    return view_of(charge) if charge else None


def find_charges_by_code(payment_codes: list[str]) -> list[ChargeView]:
    """The charges with these payment codes, in the order of the codes."""
    found = {charge.payment_code: charge for charge in Charge.objects.filter(payment_code__in=payment_codes)}
    return [view_of(found[code]) for code in payment_codes if code in found]


def list_charges(request_id: UUID) -> list[ChargeView]:
    """The charges of a request, oldest first."""
    return [
        view_of(charge)
        for charge in Charge.objects.filter(request_id=request_id).order_by("created_at", "id")
    ]


def list_charges_of_requests(request_ids: Collection[UUID]) -> list[ChargeView]:
    """The charges of these requests, oldest first, in one query."""
    if not request_ids:
        return []
    charges = Charge.objects.filter(request_id__in=list(request_ids))
    return [view_of(charge) for charge in charges.order_by("created_at", "id")]


def list_charges_of_customer(customer_id: UUID, *, open_only: bool = False) -> list[ChargeView]:
    """The charges of a customer, oldest first."""
    charges = Charge.objects.filter(customer_id=customer_id)
    if open_only:
        charges = charges.filter(status=ChargeStatus.OPEN)
    return [view_of(charge) for charge in charges.order_by("created_at", "id")]


def list_owing(amount_vnd: int, *, limit: int) -> list[ChargeView]:
    """Open charges that owe exactly this amount, oldest first."""
    charges = Charge.objects.filter(status=ChargeStatus.OPEN, total_vnd=F("paid_vnd") + amount_vnd)
    return [view_of(charge) for charge in charges.order_by("created_at", "id")[:limit]]


def was_paid_from(charge_id: UUID, account: str) -> bool:
    """Whether the newest money of a charge came from this account."""
    newest = (
        LedgerTransaction.objects.filter(charge_id=charge_id, kind=TransactionKind.SETTLE)
        .order_by("-id")
        .first()
    )
    return bool(newest and newest.postings.filter(account_id=account, side=Side.DEBIT).exists())


def list_transactions(charge_id: UUID) -> list[TransactionView]:
    """The bookings of a charge with their legs, oldest first."""
    rows = (
        LedgerTransaction.objects.filter(charge_id=charge_id)
        .select_related("reversed_by")
        .prefetch_related("postings")
        .order_by("id")
    )
    return [_transaction_view(row) for row in rows]


def get_transaction(transaction_id: UUID) -> TransactionView:
    """One booking with its legs. Raises LedgerTransaction.DoesNotExist."""
    return _transaction_view(LedgerTransaction.objects.select_related("reversed_by").get(id=transaction_id))


def _transaction_view(row: LedgerTransaction) -> TransactionView:
    return TransactionView(
        id=row.id,
        kind=row.kind,
        at=row.at,
        charge_id=row.charge_id,
        reverses_id=row.reverses_id,
        is_reversed=getattr(row, "reversed_by", None) is not None,
        reason=row.reason,
        postings=tuple(
            PostingView(leg.account_id, leg.side, leg.amount_vnd, leg.party_id)
            for leg in sorted(row.postings.all(), key=lambda leg: leg.pk)
        ),
    )


def get_balance(account: str) -> Balance:
    """The stored balance of an account: a sum over its few stripes. Raises Account.DoesNotExist."""
    row = Account.objects.get(code=account)
    debit = credit = 0
    for stripe in AccountBalance.objects.filter(account=row):
        debit += stripe.debit_vnd
        credit += stripe.credit_vnd
    return _balance(row.code, row.normal_side, debit, credit)


def list_balances() -> list[Balance]:
    """Every account that was ever posted to, by code."""
    sums: dict[str, list[int]] = {}
    sides = dict(Account.objects.values_list("code", "normal_side"))
    for stripe in AccountBalance.objects.order_by("account_id", "stripe"):
        total = sums.setdefault(stripe.account_id, [0, 0])
        total[0] += stripe.debit_vnd
        total[1] += stripe.credit_vnd
    return [_balance(code, sides[code], debit, credit) for code, (debit, credit) in sums.items()]


def get_party_balance(account: str, party_id: UUID) -> int:
    """What an account holds for one customer or case, on its normal side."""
    side = Account.objects.values_list("normal_side", flat=True).get(code=account)
    total = 0
    for posting in Posting.objects.filter(account_id=account, party_id=party_id):
        total += posting.amount_vnd if posting.side == side else -posting.amount_vnd
    return total


def _balance(code: str, side: str, debit: int, credit: int) -> Balance:
    return Balance(code, debit, credit, debit - credit if side == Side.DEBIT else credit - debit)


# The recount: each statement gives rows (subject, detail) and must give none.
_RECOUNT = {
    "TRANSACTION_UNBALANCED": """
        SELECT t.id::text, format('debit %s, credit %s, header %s, legs %s of %s', COALESCE(p.debit, 0),
               COALESCE(p.credit, 0), t.total_vnd, COALESCE(p.legs, 0), t.posting_count)
        FROM ledger_ledgertransaction t LEFT JOIN (
            SELECT transaction_id, count(*) AS legs,
                   COALESCE(sum(amount_vnd) FILTER (WHERE side = 'D'), 0) AS debit,
                   COALESCE(sum(amount_vnd) FILTER (WHERE side = 'C'), 0) AS credit
            FROM ledger_posting GROUP BY transaction_id) p ON p.transaction_id = t.id
        WHERE p.debit IS DISTINCT FROM t.total_vnd OR p.credit IS DISTINCT FROM t.total_vnd
           OR p.legs IS DISTINCT FROM t.posting_count""",
    "BALANCE_DIFFERS": """
        SELECT COALESCE(p.account_id, b.account_id), format('stored %s/%s (%s), counted %s/%s (%s)',
               b.debit, b.credit, b.legs, p.debit, p.credit, p.legs)
        FROM (SELECT account_id, count(*) AS legs,
                     COALESCE(sum(amount_vnd) FILTER (WHERE side = 'D'), 0) AS debit,
                     COALESCE(sum(amount_vnd) FILTER (WHERE side = 'C'), 0) AS credit
              FROM ledger_posting GROUP BY account_id) p
        FULL JOIN (SELECT account_id, sum(debit_vnd) AS debit, sum(credit_vnd) AS credit, sum(postings) AS
        legs
              FROM ledger_accountbalance GROUP BY account_id) b USING (account_id)
        WHERE (p.debit, p.credit, p.legs) IS DISTINCT FROM (b.debit, b.credit, b.legs)
          AND (COALESCE(p.legs, 0), COALESCE(b.debit, 0), COALESCE(b.credit, 0)) <> (0, 0, 0)""",
    "LEDGER_NOT_ZERO": """
        SELECT 'ledger', format('debit %s, credit %s', sum(debit_vnd), sum(credit_vnd))
        FROM ledger_accountbalance HAVING sum(debit_vnd) <> sum(credit_vnd)""",
    "CHARGE_DIFFERS": """
        SELECT c.id::text, format('paid %s, booked %s; owed %s, receivable %s', c.paid_vnd,
               COALESCE(p.settled, 0), CASE c.status WHEN 'OPEN' THEN c.total_vnd - c.paid_vnd ELSE 0 END,
               COALESCE(p.receivable, 0))
        FROM ledger_charge c LEFT JOIN (
            SELECT t.charge_id,
                   COALESCE(sum(CASE l.side WHEN 'C' THEN l.amount_vnd ELSE -l.amount_vnd END) FILTER (
                       WHERE COALESCE(o.kind, t.kind) IN ('SETTLE', 'TRANSFER')), 0) AS settled,
                   sum(CASE l.side WHEN 'D' THEN l.amount_vnd ELSE -l.amount_vnd END) AS receivable
            FROM ledger_ledgertransaction t
            JOIN ledger_posting l ON l.transaction_id = t.id AND l.account_id LIKE '131-%'
            LEFT JOIN ledger_ledgertransaction o ON o.id = t.reverses_id
            WHERE t.charge_id IS NOT NULL GROUP BY t.charge_id) p ON p.charge_id = c.id
        WHERE c.paid_vnd <> COALESCE(p.settled, 0)
           OR COALESCE(p.receivable, 0) <> CASE c.status WHEN 'OPEN' THEN c.total_vnd - c.paid_vnd ELSE 0
           END""",
    "RECEIVABLE_DIFFERS": """
        SELECT COALESCE(b.account_id, c.account_id), format('account %s, open charges %s', b.held, c.owed)
        FROM (SELECT account_id, sum(debit_vnd - credit_vnd) AS held FROM ledger_accountbalance
              WHERE account_id LIKE '131-%' GROUP BY account_id) b
        FULL JOIN (SELECT '131-' || kind AS account_id, sum(total_vnd - paid_vnd) AS owed FROM ledger_charge
              WHERE status = 'OPEN' GROUP BY kind) c USING (account_id)
        WHERE COALESCE(b.held, 0) <> COALESCE(c.owed, 0)""",
    "REVERSAL_DIFFERS": """
        SELECT t.id::text, 'a reversal does not mirror ' || t.reverses_id
        FROM ledger_ledgertransaction t
        WHERE t.reverses_id IS NOT NULL AND EXISTS (
            (SELECT account_id, side, amount_vnd, party_id FROM ledger_posting WHERE transaction_id = t.id
             EXCEPT ALL
             SELECT account_id, CASE side WHEN 'D' THEN 'C' ELSE 'D' END, amount_vnd, party_id
             FROM ledger_posting WHERE transaction_id = t.reverses_id))""",
}


def check_ledger() -> list[LedgerProblem]:
    """Recount the whole ledger of the company from its postings; an empty list is the only good answer.

    Reads one snapshot per statement; run it in a repeatable-read transaction beside live bookings to compare
    them.
    """
    problems: list[LedgerProblem] = []
    with connection.cursor() as cursor:
        for code, statement in _RECOUNT.items():
            cursor.execute(statement)
            problems += [
                LedgerProblem(code, str(subject), str(detail)) for subject, detail in cursor.fetchall()
            ]
    problems += _check_contents()
    return problems


def _check_contents() -> Iterator[LedgerProblem]:
    rows = LedgerTransaction.objects.values_list("id", "content", "content_hash")
    for id, content, content_hash in rows.iterator(chunk_size=5000):
        if hashing.fingerprint(content) != content_hash:
            yield LedgerProblem("CONTENT_HASH_DIFFERS", str(id), "the content is not what was hashed")
