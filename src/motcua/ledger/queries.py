"""Reads: charges, bookings, balances."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Q, Sum

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
from motcua.ledger.recounting import LedgerProblem, check_ledger

__all__ = ["LedgerProblem", "check_ledger"]  # asked for under this name; the rest are our own


@dataclass(frozen=True)
class ChargeView:
    """A charge as others may see it."""

    id: UUID
    kind: str
    payment_code: str
    customer_id: UUID | None
    request_id: UUID | None
    account_code: str
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


class ChargeUnknown(LookupError):
    """No such charge in this company."""


def view_of(charge: Charge) -> ChargeView:
    return ChargeView(
        id=charge.id,
        kind=charge.kind,
        payment_code=charge.payment_code,
        customer_id=charge.customer_id,
        request_id=charge.request_id,
        account_code=charge.account_code,
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


VIEWED = ", ".join(
    field.name for field in fields(ChargeView)
)  # the columns of a view, as a statement names them


def view_of_row(row: Sequence[Any]) -> ChargeView:
    """The charge of a row of `VIEWED`."""
    return ChargeView(*row)


def get_charge(charge_id: UUID) -> ChargeView:
    """The charge. Raises ChargeUnknown."""
    charge = Charge.objects.filter(id=charge_id).first()
    if charge is None:
        raise ChargeUnknown(charge_id)
    return view_of(charge)


def known_payment_codes(payment_codes: Collection[str]) -> set[str]:
    """Those of these codes that a charge has, in one query."""
    found = Charge.objects.filter(payment_code__in=list(payment_codes))
    return set(found.values_list("payment_code", flat=True)) if payment_codes else set()


def find_charge(charge_id: UUID) -> ChargeView | None:
    charge = Charge.objects.filter(id=charge_id).first()
    return view_of(charge) if charge else None


def find_charges_by_code(payment_codes: list[str]) -> list[ChargeView]:
    """The charges with these payment codes, in the order of the codes."""
    found = {charge.payment_code: charge for charge in Charge.objects.filter(payment_code__in=payment_codes)}
    return [view_of(found[code]) for code in payment_codes if code in found]


def list_charges_by_id(charge_ids: Collection[UUID]) -> list[ChargeView]:
    """The charges with these ids, in no order, in one query."""
    return [view_of(charge) for charge in Charge.objects.filter(id__in=set(charge_ids))] if charge_ids else []


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


def list_charges_of_accounts(account_codes: Collection[str], *, open_only: bool = False) -> list[ChargeView]:
    """The charges under these account codes, oldest first, in one query."""
    if not account_codes:
        return []
    charges = Charge.objects.filter(account_code__in=list(account_codes)).exclude(account_code="")
    if open_only:
        charges = charges.filter(status=ChargeStatus.OPEN)
    return [view_of(charge) for charge in charges.order_by("created_at", "id")]


def accounts_that_owe(account_codes: Collection[str]) -> set[str]:
    """Those of these account codes under which a charge is open, in one query."""
    if not account_codes:
        return set()
    charges = Charge.objects.filter(account_code__in=list(account_codes), status=ChargeStatus.OPEN)
    return set(charges.exclude(account_code="").values_list("account_code", flat=True))


def list_owing(amount_vnd: int, *, limit: int) -> list[ChargeView]:
    """Open charges that owe exactly this amount, oldest first."""
    charges = Charge.objects.alias(left_vnd=F("total_vnd") - F("paid_vnd"))
    charges = charges.filter(status=ChargeStatus.OPEN, left_vnd=amount_vnd)
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
    """The stored balance of an account: a sum over its days and stripes, not over what was posted. Raises Account.DoesNotExist."""
    row = Account.objects.get(code=account)
    held = AccountBalance.objects.filter(account=row).aggregate(
        debit=Sum("debit_vnd"), credit=Sum("credit_vnd")
    )
    return _balance(row.code, row.normal_side, int(held["debit"] or 0), int(held["credit"] or 0))


def list_balances() -> list[Balance]:
    """Every account that was ever posted to, by code."""
    sides = dict(Account.objects.values_list("code", "normal_side"))
    rows = AccountBalance.objects.values("account_id").annotate(
        debit=Sum("debit_vnd"), credit=Sum("credit_vnd")
    )
    return [
        _balance(row["account_id"], sides[row["account_id"]], int(row["debit"]), int(row["credit"]))
        for row in rows.order_by("account_id")
    ]


def count_postings() -> int:
    """How many legs the books hold, by the kept sums."""
    return int(AccountBalance.objects.aggregate(legs=Sum("postings"))["legs"] or 0)


def get_party_balance(account: str, party_id: UUID) -> int:
    """What an account holds for one customer or case, on its normal side."""
    side = Account.objects.values_list("normal_side", flat=True).get(code=account)
    sums = Posting.objects.filter(account_id=account, party_id=party_id).aggregate(
        on_side=Sum("amount_vnd", filter=Q(side=side)), against=Sum("amount_vnd", filter=~Q(side=side))
    )
    return int(sums["on_side"] or 0) - int(sums["against"] or 0)


def _balance(code: str, side: str, debit: int, credit: int) -> Balance:
    return Balance(code, debit, credit, debit - credit if side == Side.DEBIT else credit - debit)
