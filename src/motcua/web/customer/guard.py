"""Getting a request for the browser that asks: proven, or the page that proves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest

from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.requests import queries as request_queries
from motcua.requests.queries import RequestView
from motcua.web import visitors


@dataclass(frozen=True)
class Followed:
    """A request this browser may see, and the actor its person is."""

    view: RequestView
    actor: Actor
    visitor: visitors.Visitor | None
    may_act: bool = True


class ProofNeeded(Exception):
    """The number exists or not: who asks must prove to be its person either way."""


def followed(request: HttpRequest, number: str) -> Followed:
    """The request for this browser. Raises ProofNeeded for a number it has not proven (also for one that is not there)."""
    at = clock.now()
    visitor = visitors.find_visitor(request, at)
    view = request_queries.find_by_number(number)
    if view is None or not visitors.may_follow(request, visitor, view, at):
        raise ProofNeeded
    agent = _agent(visitor, view, at)
    if agent is not None:
        return Followed(view, agent, visitor, may_act=bool(agent.acts_for))
    return Followed(view, Actor.customer(view.customer_id), visitor)


def _agent(visitor: visitors.Visitor | None, view: RequestView, at: datetime) -> Actor | None:
    """The actor, when the browser is of somebody who has an authority of the request's customer."""
    own = visitor.session.customer_id if visitor else None
    if own is None or view.customer_id is None or own == view.customer_id:
        return None
    family = customer_queries.list_ids(own)
    held = customer_queries.list_authorities(view.customer_id, on=local_date(at)).filter(agent_id__in=family)
    scopes = {authority.scope for authority in held}
    if not scopes:
        return None
    return Actor.customer(own, acts_for=[view.customer_id] if scopes & customer_queries.ACTING else [])


def followed_or_404(request: HttpRequest, number: str) -> Followed:
    """For pictures and files: no page to prove oneself, just not found."""
    try:
        return followed(request, number)
    except ProofNeeded:
        raise Http404 from None
