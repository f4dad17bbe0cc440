"""The only ways to get a customer for somebody who asks."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from motcua.companies.roles import Role
from motcua.customers import queries
from motcua.kernel.actors import Actor, ActorKind
from motcua.kernel.ids import parse_id
from motcua.kernel.results import NotFound

# A counter serves anybody of the company. Others (crews, administrators, clerks of an administration centre) see what
# belongs to the requests that are theirs.
MAY_SEE_CUSTOMERS = (Role.INTAKE, Role.BUSINESS, Role.SUPERVISOR)


def access_customer(*, actor: Actor, customer_id: object, on: date) -> queries.CustomerView:
    """The customer, when the actor may see them: staff with a role for it, the customer, who may act for
    them.

    Raises NotFound in every other case, so that an id reveals nothing.
    """
    id = parse_id(customer_id)
    found = queries.find_customer(id) if id else None
    if found is None or not _may_see(actor, found.id, on):
        raise NotFound
    return found


def _may_see(actor: Actor, customer_id: UUID, on: date) -> bool:
    if actor.kind is ActorKind.SYSTEM:
        return True
    if actor.kind is ActorKind.STAFF:
        return actor.has_role(*MAY_SEE_CUSTOMERS)
    if actor.kind is ActorKind.CUSTOMER:
        own = parse_id(actor.id)
        return own is not None and queries.may_act_for(agent_id=own, customer_id=customer_id, on=on)
    return False
