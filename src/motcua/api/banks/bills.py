"""What a bank may show a payer before he pays: what is owed, in which order, and just enough of a name to recognise it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from motcua.customers import queries as customer_queries
from motcua.kernel import codes, local_time
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.payments import banking, owing, partner_queries, rules
from motcua.payments import queries as payment_queries
from motcua.payments.banking import Policy
from motcua.supply import queries as supply_queries


@dataclass(frozen=True)
class Found:
    """The charges of a code. `is_known` false: no such customer, charge or payment code."""

    is_known: bool
    customer_id: UUID | None
    charges: tuple[ChargeView, ...]
    account_code: str = ""

    @property
    def owed(self) -> tuple[ChargeView, ...]:
        return tuple(charge for charge in self.charges if charge.is_open)


NOTHING = Found(is_known=False, customer_id=None, charges=())


def by_payment_code(text: str) -> Found:
    code = codes.parse_payment_code(text)
    charges = ledger_queries.find_charges_by_code([code]) if code else []
    return _of_charge(charges[0]) if charges else NOTHING


def by_charge(charge_id: UUID) -> Found:
    charge = ledger_queries.find_charge(charge_id)
    return _of_charge(charge) if charge else NOTHING


def _of_charge(charge: ChargeView) -> Found:
    return Found(True, charge.customer_id, (charge,), charge.account_code)


def by_customer_code(text: str, kinds: Collection[str] = ()) -> Found:
    """What stands under an account code, and what its customer owes that stands under no code at all."""
    account = codes.clean_account_code(text)
    owed = owing.owed_at(account)
    if owed is None:
        return NOTHING
    contract = supply_queries.find_contract(account)
    customer_id = contract.customer_id if contract else _customer_of(owed.charges)
    charges = {charge.id: charge for charge in (*owed.charges, *owed.paid)}
    if contract is not None:
        for one in customer_queries.list_ids(contract.customer_id):
            beside = ledger_queries.list_charges_of_customer(one, open_only=True)
            charges |= {charge.id: charge for charge in beside if not charge.account_code}
    chosen = (charge for charge in charges.values() if not kinds or charge.kind in kinds)
    return Found(True, customer_id, tuple(chosen), account)


def _customer_of(charges: Sequence[ChargeView]) -> UUID | None:
    return next((charge.customer_id for charge in charges if charge.customer_id), None)


def masked_customer(customer_id: UUID | None) -> dict[str, str]:
    customer = customer_queries.find_customer(customer_id) if customer_id else None
    if customer is None:
        return {"customer_name": "", "address": ""}
    return {
        "customer_name": rules.mask_name(customer.full_name),
        "address": rules.mask_address(customer.contact_address),
    }


def policy_facts(policy: Policy) -> dict[str, object]:
    return {
        "order": policy.order,
        "part_payment": policy.part_payment,
        "must_follow_order": policy.must_follow_order,
        "hold_seconds": policy.hold_seconds,
    }


def list_bills(charges: Sequence[ChargeView], policy: Policy, *, at: datetime) -> list[dict[str, object]]:
    """The charges as a bank is told of them, the one to be paid first in front."""
    reserved = partner_queries.reserved_vnd([charge.id for charge in charges], at=at)
    return [
        bill(charge, reserved.get(charge.id, 0), position, policy)
        for position, charge in enumerate(banking.in_order(charges, policy), 1)
    ]


def bill(charge: ChargeView, reserved_vnd: int, position: int, policy: Policy) -> dict[str, object]:
    return {
        "bill_id": str(charge.id),
        "payment_code": charge.payment_code,
        "customer_code": charge.account_code,
        "kind": charge.kind,
        "description": owing.kind_name(charge.kind),
        "period": local_time.local_date(charge.created_at).strftime("%m/%Y"),
        "amount_vnd": charge.remaining_vnd,
        "payable_vnd": banking.left_vnd(charge, reserved_vnd),
        "due_date": local_time.local_date(charge.due_at).isoformat() if charge.due_at else None,
        "position": position,
        "part_payment": policy.part_payment,
        "version": payment_queries.version_of(charge),
    }
