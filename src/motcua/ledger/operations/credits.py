"""What a customer has with us: given by a corrected bill, spent on what they owe, paid out again.

Spending locks the customer's credit after the charge, so that two charges do not spend the same dong.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from motcua.kernel import codes
from motcua.kernel.actors import Actor
from motcua.kernel.money import format_number
from motcua.ledger import chart, queries, rules
from motcua.ledger.chart import Side
from motcua.ledger.models import ChargeStatus, TransactionKind
from motcua.ledger.operations.charges import hold_charge
from motcua.ledger.operations.posting import Posted, find_same, post, require_amount, text
from motcua.ledger.operations.refusals import AmountInvalid, ChargeKindUnknown, CreditTooSmall
from motcua.ledger.operations.settling import Settled, settle_from_credit, told_of
from motcua.ledger.rules import Leg


@transaction.atomic
def give_credit(
    *,
    customer_id: UUID,
    kind: str,
    net_vnd: int,
    vat_vnd: int,
    vat_rate: Decimal,
    reason: str,
    actor: Actor,
    at: datetime,
    key: str,
    charge_id: UUID | None = None,
) -> Posted:
    """A corrected bill gives back: Dr 511-KIND net, 33311 tax / Cr 3387 of the customer. `charge_id`: what it corrects.

    The tax is told, not computed: it is the corrected bill's. It lowers the output VAT of the day of booking.
    Refuses ChargeKindUnknown, AmountInvalid, KeyReused.
    """
    if kind not in codes.CHARGE_KINDS:
        raise ChargeKindUnknown(field="kind", kind=kind)
    require_amount(net_vnd)
    if vat_vnd != 0:
        require_amount(vat_vnd)
    content = {
        "act": "give-credit", "customer_id": str(customer_id), "kind": kind, "net_vnd": net_vnd, "vat_vnd": vat_vnd,
        "vat_rate": rules.rate_text(vat_rate), "charge_id": text(charge_id),
    }  # fmt: skip
    legs = rules.credit_legs(kind=kind, net_vnd=net_vnd, vat_vnd=vat_vnd, customer_id=customer_id)
    posted, _ = post(
        TransactionKind.CREDIT, legs, content=content, charge_id=charge_id, actor=actor, at=at, key=key, reason=reason
    )  # fmt: skip
    return posted


@transaction.atomic
def apply_credit(
    *, charge_id: UUID, actor: Actor, at: datetime, key: str, at_most_vnd: int | None = None
) -> Settled | None:
    """Pay a charge from what its customer has with us, as far as it goes: Dr 3387 / Cr 131. None: there is nothing to do.

    A charge that becomes paid is told to `registry.on_charge_paid`. The same key again gives the first result.
    Refuses AmountInvalid, NotFound, KeyReused.
    """
    if at_most_vnd is not None:
        require_amount(at_most_vnd)
    charge = hold_charge(charge_id)
    content = {"act": "apply-credit", "charge_id": str(charge_id), "at_most_vnd": at_most_vnd}
    if before := find_same(key, content):
        return told_of(before, is_new=False)
    if charge.customer_id is None or charge.status != ChargeStatus.OPEN:
        return None
    owed = charge.total_vnd - charge.paid_vnd
    amount = min(owed, hold_credit(charge.customer_id), owed if at_most_vnd is None else at_most_vnd)
    if amount <= 0:
        return None
    return settle_from_credit(charge, amount, content=content, actor=actor, at=at, key=key)


@transaction.atomic
def take_credit(
    *,
    customer_id: UUID,
    amount_vnd: int,
    credit_account: str,
    reason: str,
    actor: Actor,
    at: datetime,
    key: str,
) -> Posted:
    """Pay out what a customer has with us: Dr 3387 / Cr `credit_account` (a bank's, cash, suspense).

    Refuses CreditTooSmall, AmountInvalid, AccountUnknown, KeyReused.
    """
    require_amount(amount_vnd)
    content = {
        "act": "take-credit", "customer_id": str(customer_id), "amount_vnd": amount_vnd, "credit_account": credit_account
    }  # fmt: skip
    if before := find_same(key, content):
        return Posted(before.id, is_new=False)
    if credit_account.startswith("131"):
        raise AmountInvalid(field="credit_account")
    require_credit(customer_id, amount_vnd)
    legs = [
        Leg(chart.CUSTOMER_CREDIT, Side.DEBIT, amount_vnd, customer_id),
        Leg(credit_account, Side.CREDIT, amount_vnd),
    ]
    posted, _ = post(
        TransactionKind.TRANSFER, legs, content=content, actor=actor, at=at, key=key, reason=reason
    )
    return posted


def require_credit(customer_id: UUID, amount_vnd: int) -> None:
    """Hold a customer's credit until the end of the transaction. Refuses CreditTooSmall."""
    held = hold_credit(customer_id)
    if held < amount_vnd:
        raise CreditTooSmall(field="amount_vnd", held=format_number(max(held, 0)))


def hold_credit(customer_id: UUID) -> int:
    """What a customer has with us, in dong; nobody else spends of it until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))",
            [f":ledger-credit:{customer_id}"],
        )
    return queries.get_party_balance(chart.CUSTOMER_CREDIT, customer_id)
