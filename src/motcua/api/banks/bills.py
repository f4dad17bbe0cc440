"""What a bank may show a payer before he pays: what is owed, and just enough of a name to recognise it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from motcua.customers import queries as customer_queries
from motcua.kernel import codes, local_time
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.payments import queries as payment_queries
from motcua.payments import rules
from motcua.supply import queries as supply_queries


@dataclass(frozen=True)
class Found:
    """The bills of a code. `is_known` false: no such customer or payment code."""

    is_known: bool
    customer_id: UUID | None
    charges: tuple[ChargeView, ...]

    @property
    def owed(self) -> tuple[ChargeView, ...]:
        return tuple(charge for charge in self.charges if charge.is_open)


NOTHING = Found(is_known=False, customer_id=None, charges=())


def by_payment_code(text: str) -> Found:
    code = codes.parse_payment_code(text)
    charges = ledger_queries.find_charges_by_code([code]) if code else []
    return Found(True, charges[0].customer_id, tuple(charges)) if charges else NOTHING


def by_customer_code(text: str, kinds: list[str]) -> Found:
    contract = supply_queries.find_contract(codes.clean_account_code(text))
    if contract is None:
        return NOTHING
    charges = [
        charge
        for customer_id in customer_queries.list_ids(contract.customer_id)
        for charge in ledger_queries.list_charges_of_customer(customer_id, open_only=True)
        if not kinds or charge.kind in kinds
    ]
    return Found(True, contract.customer_id, tuple(charges))


def masked_customer(customer_id: UUID | None) -> dict[str, str]:
    customer = customer_queries.find_customer(customer_id) if customer_id else None
    if customer is None:
        return {"customer_name": "", "address": ""}
    return {
        "customer_name": rules.mask_name(customer.full_name),
        "address": rules.mask_address(customer.contact_address),
    }


def bill(charge: ChargeView) -> dict[str, object]:
    return {
        "bill_id": str(charge.id),
        "payment_code": charge.payment_code,
        "kind": charge.kind,
        "period": local_time.local_date(charge.created_at).strftime("%m/%Y"),
        "amount_vnd": charge.remaining_vnd,
        "due_date": local_time.local_date(charge.due_at).isoformat() if charge.due_at else None,
        "version": payment_queries.version_of(charge),
    }
