"""The only ways to get a contract for somebody who asks."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from motcua.companies.roles import Role
from motcua.kernel.actors import Actor, ActorKind
from motcua.kernel.results import NotFound
from motcua.supply import queries

MAY_SEE_ANY_UNIT = (Role.INTAKE, Role.ADMIN)
MAY_SEE_OWN_UNIT = (Role.BUSINESS, Role.CREW, Role.SUPERVISOR)


def access_contract(
    *, actor: Actor, account_code: str, customer_ids: Collection[UUID] = ()
) -> queries.ContractView:
    """The contract, when the actor may see it. Raises NotFound in every other case.

    Intake answers the whole company; other staff see their units; a customer sees their own: `customer_ids`
    are the ids that mean the customer who asks or whom they may act for.
    """
    found = queries.find_contract(account_code)
    if found is None or not _may_see(actor, found, customer_ids):
        raise NotFound
    return found


def _may_see(actor: Actor, contract: queries.ContractView, customer_ids: Collection[UUID]) -> bool:
    if actor.kind is ActorKind.SYSTEM:
        return True
    if actor.kind is ActorKind.STAFF:
        own_unit = contract.unit_code in actor.unit_codes
        return actor.has_role(*MAY_SEE_ANY_UNIT) or (own_unit and actor.has_role(*MAY_SEE_OWN_UNIT))
    return actor.kind is ActorKind.CUSTOMER and contract.customer_id in customer_ids
