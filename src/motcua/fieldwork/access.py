"""The only way to get a visit for somebody. What is not theirs is not found."""

from __future__ import annotations

from uuid import UUID

from motcua.fieldwork import queries
from motcua.fieldwork.queries import VisitView
from motcua.kernel.actors import Actor, ActorKind
from motcua.kernel.results import NotFound

SEES_VISITS = ("CREW", "SUPERVISOR", "BUSINESS", "INTAKE", "ADMIN")


class VisitUnknown(NotFound):
    """Not there, or not theirs: said alike."""


def access_visit(*, actor: Actor, visit_id: UUID) -> VisitView:
    """The visit for a member of staff of its unit. Raises VisitUnknown."""
    found = queries.find_visit(visit_id)
    if found is None or not may_see(actor, found.unit_code):
        raise VisitUnknown()
    return found


def may_see(actor: Actor, unit_code: str) -> bool:
    if actor.kind is ActorKind.SYSTEM:
        return True
    return actor.is_staff() and actor.has_role(*SEES_VISITS) and unit_code in actor.unit_codes


def may_move(actor: Actor, unit_code: str, customer_id: UUID | None) -> bool:
    """Staff of the unit, or the customer whose request it is for."""
    if actor.kind is ActorKind.CUSTOMER:
        return actor.is_customer(customer_id)
    return may_see(actor, unit_code)
