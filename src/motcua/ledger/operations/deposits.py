"""Deposits: what was laid down is given back or set off against what is owed, never more than is held.

A deposit is a charge of kind DC: raised Dr 131-DC / Cr 344, paid as any charge. What goes back is asked by one and
decided by another. Locks the charge.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from motcua.kernel import ids
from motcua.kernel.actors import Actor
from motcua.kernel.money import format_number
from motcua.kernel.results import NotFound
from motcua.ledger import chart
from motcua.ledger.chart import Side
from motcua.ledger.models import DepositReturn, Posting, ReturnState, TransactionKind
from motcua.ledger.operations.charges import hold_charge, raise_charge
from motcua.ledger.operations.posting import Posted, find_same, post, require_amount
from motcua.ledger.operations.refusals import (
    DepositTooSmall,
    NotADeposit,
    ReasonMissing,
    ReturnDecided,
    SamePerson,
)
from motcua.ledger.queries import ChargeView
from motcua.ledger.rules import Leg

DEPOSIT = "DC"


@transaction.atomic
def raise_deposit(
    *, customer_id: UUID, account_code: str, unit_code: str, amount_vnd: int, due_at: datetime, reason: str,
    actor: Actor, at: datetime, key: str,
) -> ChargeView:  # fmt: skip
    """Ask a customer for a deposit, free of tax, and say what it is for. Refuses ReasonMissing, AmountInvalid, KeyReused."""
    return raise_charge(
        kind=DEPOSIT, amount_vnd=amount_vnd, vat_rate=Decimal(0), customer_id=customer_id, request_id=None,
        unit_code=unit_code, account_code=account_code, due_at=due_at, description=_said(reason), actor=actor, at=at, key=key,
    )  # fmt: skip


@transaction.atomic
def ask_deposit_return(*, charge_id: UUID, amount_vnd: int, reason: str, actor: Actor, at: datetime) -> UUID:
    """Propose to give back a part of a deposit into its customer's credit. Nothing moves yet.

    Refuses NotFound, NotADeposit, AmountInvalid, ReasonMissing, DepositTooSmall (with what others asked for: more than is held).
    """
    require_amount(amount_vnd)
    charge = hold_charge(charge_id)
    if charge.kind != DEPOSIT or charge.customer_id is None:
        raise NotADeposit(field="charge_id")
    said = _said(reason)
    asked = charge.deposit_returns.filter(state=ReturnState.ASKED).aggregate(sum=Sum("amount_vnd"))["sum"]
    free = charge.paid_vnd - returned_of(charge_id) - int(asked or 0)
    if amount_vnd > free:
        raise DepositTooSmall(field="amount_vnd", held=format_number(max(free, 0)))
    row = DepositReturn.objects.create(
        id=ids.new_id(at), charge=charge, amount_vnd=amount_vnd, reason=said, asked_by=actor.ref, asked_at=at
    )
    return row.id


@transaction.atomic
def approve_deposit_return(*, return_id: UUID, actor: Actor, at: datetime) -> Posted:
    """A second person agrees, and it is booked: Dr 344 / Cr the customer's credit.

    Refuses NotFound, ReturnDecided, SamePerson, DepositTooSmall (given back otherwise meanwhile), DayClosed.
    """
    row = _hold_return(return_id, actor)
    posted = return_deposit(
        charge_id=row.charge_id, amount_vnd=row.amount_vnd, reason=row.reason, actor=actor, at=at,
        key=f"deposit-return:{row.id}",
    )  # fmt: skip
    row.state, row.decided_by, row.decided_at = ReturnState.DONE, actor.ref, at
    row.transaction_id = posted.transaction_id
    row.save(update_fields=["state", "decided_by", "decided_at", "transaction"])
    return posted


@transaction.atomic
def refuse_deposit_return(*, return_id: UUID, note: str, actor: Actor, at: datetime) -> None:
    """A second person says no, and why. Refuses NotFound, ReturnDecided, SamePerson, ReasonMissing."""
    row = _hold_return(return_id, actor)
    row.note = _said(note, field="note")
    row.state, row.decided_by, row.decided_at = ReturnState.REFUSED, actor.ref, at
    row.save(update_fields=["state", "decided_by", "decided_at", "note"])


def _hold_return(return_id: UUID, actor: Actor) -> DepositReturn:
    """The charge is held first, as every act on a deposit does."""
    charge_id = DepositReturn.objects.filter(id=return_id).values_list("charge_id", flat=True).first()
    if charge_id is None:
        raise NotFound(field="return_id")
    hold_charge(charge_id)
    row = DepositReturn.objects.select_for_update().get(id=return_id)
    if row.state != ReturnState.ASKED:
        raise ReturnDecided(field="return_id")
    if row.asked_by == actor.ref:
        raise SamePerson(field="return_id")
    return row


def _said(reason: str, *, field: str = "reason") -> str:
    said = " ".join(reason.split())[:200]
    if len(said) < 3:
        raise ReasonMissing(field=field)
    return said


@transaction.atomic
def return_deposit(
    *,
    charge_id: UUID,
    amount_vnd: int,
    reason: str,
    actor: Actor,
    at: datetime,
    key: str,
    credit_account: str = chart.CUSTOMER_CREDIT,
) -> Posted:
    """Give back of a deposit: Dr 344 / Cr the customer's credit (from where `apply_credit` sets it off), or `credit_account`.

    Refuses AmountInvalid, NotADeposit, DepositTooSmall, AccountUnknown, NotFound, KeyReused.
    """
    require_amount(amount_vnd)
    charge = hold_charge(charge_id)
    content = {
        "act": "return-deposit", "charge_id": str(charge_id), "amount_vnd": amount_vnd, "credit_account": credit_account
    }  # fmt: skip
    if before := find_same(key, content):
        return Posted(before.id, is_new=False)
    if charge.kind != DEPOSIT or credit_account.startswith("131"):
        raise NotADeposit(field="charge_id")
    if charge.customer_id is None and credit_account == chart.CUSTOMER_CREDIT:
        raise NotFound(field="customer_id")
    held = charge.paid_vnd - returned_of(charge_id)
    if amount_vnd > held:
        raise DepositTooSmall(field="amount_vnd", held=format_number(held))
    party = charge.customer_id if credit_account == chart.CUSTOMER_CREDIT else None
    legs = [
        Leg(chart.DEPOSITS, Side.DEBIT, amount_vnd, charge.customer_id),
        Leg(credit_account, Side.CREDIT, amount_vnd, party),
    ]
    posted, _ = post(
        TransactionKind.TRANSFER, legs, content=content, charge_id=charge_id, actor=actor, at=at, key=key, reason=reason
    )  # fmt: skip
    return posted


def returned_of(charge_id: UUID) -> int:
    """What was given back of a deposit, in dong."""
    given = Posting.objects.filter(
        transaction__charge_id=charge_id, transaction__kind=TransactionKind.TRANSFER, account_id=chart.DEPOSITS, side=Side.DEBIT
    ).aggregate(sum=Sum("amount_vnd"))  # fmt: skip
    return int(given["sum"] or 0)
