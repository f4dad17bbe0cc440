"""The only way to get a request for somebody. What is not theirs is not found."""

from __future__ import annotations

from uuid import UUID

from motcua.customers import queries as customer_queries
from motcua.kernel import codes
from motcua.kernel.actors import Actor, ActorKind
from motcua.kernel.ids import parse_id
from motcua.kernel.local_time import local_date
from motcua.requests import queries
from motcua.requests.operations.refusals import RequestUnknown
from motcua.requests.queries import RequestView

SEES_UNIT = ("INTAKE", "BUSINESS", "CREW", "SUPERVISOR", "ADMIN", "DIRECTOR")


def access_request(*, actor: Actor, request_id: UUID) -> RequestView:
    """The request for this actor. Raises RequestUnknown when it is not there, or not theirs."""
    return _checked(actor, queries.find_request(request_id))


def access_by_number(*, actor: Actor, number: str) -> RequestView:
    """The request by the number as typed. Raises RequestUnknown."""
    return _checked(actor, queries.find_by_number(number) if codes.parse_request_number(number) else None)


def _checked(actor: Actor, view: RequestView | None) -> RequestView:
    if view is None or not may_see(actor, view):
        raise RequestUnknown()
    return view


def may_see(actor: Actor, view: RequestView) -> bool:
    """Whether the actor may see this request."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    if actor.kind is ActorKind.STAFF:
        if view.state.submitted_by == actor.ref:
            return True
        return actor.has_role(*SEES_UNIT) and view.unit_code in actor.unit_codes
    if actor.kind is ActorKind.PARTNER:
        return view.state.submitted_by == actor.ref or (
            bool(view.state.portal) and view.state.portal == actor.id
        )
    if actor.kind is ActorKind.CUSTOMER and view.customer_id is not None:
        return actor.is_customer(view.customer_id) or _acts_for(actor, view)
    return False


def _acts_for(actor: Actor, view: RequestView) -> bool:
    agent_id = parse_id(actor.id)
    if agent_id is None or view.customer_id is None or view.state.submitted_at is None:
        return False
    return customer_queries.may_act_for(
        agent_id=agent_id, customer_id=view.customer_id, on=local_date(view.state.submitted_at)
    )
