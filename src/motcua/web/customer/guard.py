"""Getting a request for the browser that asks: proven, or the page that proves it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest
from django.shortcuts import redirect

from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.requests import queries as request_queries
from motcua.requests.queries import RequestView
from motcua.web import visitors


@dataclass(frozen=True)
class Followed:
    """A request this browser may see, and the actor its person is."""

    view: RequestView
    actor: Actor
    visitor: visitors.Visitor | None


class ProofNeeded(Exception):
    """The number exists or not: who asks must prove to be its person either way."""


def followed(request: HttpRequest, number: str) -> Followed:
    """The request for this browser. Raises ProofNeeded for a number it has not proven (also for one that is not there)."""
    visitor = visitors.find_visitor(request, clock.now())
    view = request_queries.find_by_number(number)
    if view is None or not visitors.may_follow(request, visitor, view):
        raise ProofNeeded
    return Followed(view, Actor.customer(view.customer_id), visitor)


def followed_or_404(request: HttpRequest, number: str) -> Followed:
    """For pictures and files: no page to prove oneself, just not found."""
    try:
        return followed(request, number)
    except ProofNeeded:
        raise Http404 from None


def to_proof(number: str):  # type: ignore[no-untyped-def]
    return redirect("customer:request", number=number)
