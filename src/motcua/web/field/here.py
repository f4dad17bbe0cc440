"""The visit somebody stands at, with its request: what every page of this face begins with."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from motcua.companies.roles import Role
from motcua.fieldwork import access as fieldwork_access
from motcua.fieldwork import queries as fieldwork_queries
from motcua.fieldwork.queries import CrewView, VisitView
from motcua.kernel.actors import Actor
from motcua.requests import queries as request_queries
from motcua.requests import rules as request_rules
from motcua.requests.queries import RequestView
from motcua.requests.states import State
from motcua.services.declaration import Action

CREW = (Role.CREW, Role.SUPERVISOR)
SIGNATURES = "PACK_SIGNED"


@dataclass(frozen=True)
class Here:
    """A visit of one of the actor's units and the request it is for."""

    visit: VisitView
    view: RequestView
    actor: Actor

    @property
    def crew(self) -> CrewView | None:
        """Who signs for the company: the crew of the visit, else the actor's own."""
        found = fieldwork_queries.list_crews_by_code([self.visit.crew_code]) if self.visit.crew_code else []
        return found[0] if found else fieldwork_queries.find_crew_of(self.actor.id)

    @property
    def is_current(self) -> bool:
        """Whether this is the visit under way or ahead for the request."""
        return self.visit.is_ahead

    @property
    def actions(self) -> list[Action]:
        """What the declaration lets the crew do at the present step."""
        if self.view.state.state != State.OPEN or not self.is_current:
            return []
        step = self.view.current_step
        offered = request_rules.offered_actions(step, self.view.values)
        return [action for action in offered if self.may_do(step.role_of(action))]

    def may_do(self, role: str) -> bool:
        return role == Role.CREW and request_rules.may_act(
            self.actor, role, unit_code=self.view.unit_code, customer_id=self.view.customer_id
        )

    def key(self, what: str) -> str:
        """The key of an act: the same page sent twice acts once, and so do two pages loaded before either was sent."""
        return f"field:{self.view.id}:{self.view.state.seq}:{what}"


def stand_at(actor: Actor, visit_id: UUID) -> Here:
    """Raises VisitUnknown for a visit that is not there or of another unit."""
    visit = fieldwork_access.access_visit(actor=actor, visit_id=visit_id)
    view = request_queries.find_request(visit.request_id)
    if view is None:
        raise fieldwork_access.VisitUnknown()
    return Here(visit, view, actor)


def needs_signatures(action: Action) -> bool:
    return SIGNATURES in action.requires
