"""What this company knows of whoever asks, for `services.known`: only what is proven to be theirs."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from motcua.customers import queries as customer_queries
from motcua.customers.queries import CustomerView
from motcua.kernel.actors import Actor, ActorKind
from motcua.services.known import NOTHING, Account, Known
from motcua.supply import queries as supply_queries
from motcua.supply.queries import ContractView

ACTIVE = "ACTIVE"


def known_of(
    *,
    customer_id: UUID | None = None,
    proven_phone: str = "",
    contract: ContractView | None = None,
    phone: str = "",
    is_private: bool = True,
) -> Known:
    """What is known of a proven customer, of whoever proved a phone number, or (to an employee) about a contract.

    A proven phone that two customers have names nobody. Without `is_private` phone, e-mail and identity number stay out:
    whoever reads is no employee of the company; numbers change hands, so a phone alone shows no identity number. `phone` is the number somebody calls or writes from.
    """
    customer = _customer(customer_id, proven_phone)
    contracts = [contract] if contract is not None else []
    if customer is not None:
        contracts += [
            found
            for found in supply_queries.list_contracts(customer_queries.list_ids(customer.id))
            if found.status == ACTIVE and (contract is None or found.account_code != contract.account_code)
        ]
    if contract is not None:
        contracts = contracts[:1]
    number = phone or (customer.phone if customer is not None and is_private else "")
    if customer is None and not contracts and not number:
        return NOTHING
    return Known(
        full_name=customer.full_name if customer else "",
        phone=number,
        email=customer.email if customer is not None and is_private else "",
        id_number=customer.id_number if customer is not None and is_private and customer_id else "",
        accounts=tuple(_accounts(contracts)),
    )


def known_to(actor: Actor, *, customer_id: UUID | None = None, proven_phone: str = "") -> Known:
    """What an actor may have filled in for them: a customer's own; nothing for a visitor who proved nothing."""
    own = UUID(actor.id) if actor.kind is ActorKind.CUSTOMER else None
    if own is not None and len(actor.acts_for) == 1:  # what is asked is asked of the one they act for
        own, proven_phone = UUID(next(iter(actor.acts_for))), ""
    if own is None and not (actor.is_staff() and customer_id) and not proven_phone:
        return NOTHING
    return known_of(customer_id=own or (customer_id if actor.is_staff() else None), proven_phone=proven_phone)


def _customer(customer_id: UUID | None, proven_phone: str) -> CustomerView | None:
    if customer_id is not None:
        return customer_queries.find_customer(customer_queries.survivor_id(customer_id))
    found = customer_queries.list_by_phone(proven_phone) if proven_phone else []
    return found[0] if len(found) == 1 else None


def _accounts(contracts: Iterable[ContractView]) -> Iterable[Account]:
    for contract in contracts:
        yield Account(
            account_code=contract.account_code,
            place={"text": contract.place_text, "pole_number": contract.pole_number},
            purpose=contract.purpose,
            quota=contract.quota,
            capacity_kw=float(contract.capacity_kw) if contract.capacity_kw is not None else None,
            phases=contract.phases,
        )
