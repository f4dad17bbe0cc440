"""The browser's own session: nobody known, a proven phone, a customer. One cookie, host-only, never a staff session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse

from motcua.companies.context import current_company_code
from motcua.customers import operations as customer_ops
from motcua.customers.queries import SessionView
from motcua.kernel.actors import Actor
from motcua.requests import queries as request_queries
from motcua.requests.queries import RequestView

COOKIE = "mc_visitor"
FOLLOW_COOKIE = "mc_follow"
LIFE_SECONDS = 30 * 24 * 3600
FOLLOW_SECONDS = 12 * 3600
MOST_FOLLOWED = 20


@dataclass
class Visitor:
    """Who this browser is. `token` is set when the cookie must be (re)written."""

    session: SessionView
    token: str = ""

    @property
    def id(self) -> UUID:
        return self.session.id

    @property
    def actor(self) -> Actor:
        return (
            Actor.customer(self.session.customer_id) if self.session.customer_id else Actor.anonymous(self.id)
        )


def find_visitor(request: HttpRequest, at: datetime) -> Visitor | None:
    """The visitor of this browser, if it has been here before."""
    token = request.COOKIES.get(COOKIE, "")
    session = customer_ops.resume_session(token=token, at=at) if token else None
    return Visitor(session) if session else None


def get_visitor(request: HttpRequest, at: datetime) -> Visitor:
    """The visitor of this browser; a new one when it has none. Write the cookie with `remember`."""
    known = find_visitor(request, at)
    if known is not None:
        return known
    opened = customer_ops.open_session(at=at)
    return Visitor(SessionView(opened.id, None, "", None), opened.token)


def remember(request: HttpRequest, response: HttpResponse, visitor: Visitor) -> HttpResponse:
    """Give the browser its cookie, when it needs a new one."""
    if visitor.token:
        response.set_cookie(
            COOKIE,
            visitor.token,
            max_age=LIFE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return response


def may_follow(request: HttpRequest, visitor: Visitor | None, view: RequestView) -> bool:
    """Whether this browser proved that the request is its person's: it sent it, its phone is the request's, it is the
    customer's, or it gave number and code word."""
    if str(view.id) in _followed(request):
        return True
    if visitor is None:
        return False
    if visitor.session.customer_id and visitor.session.customer_id == view.customer_id:
        return True
    if visitor.session.proven_phone and visitor.session.proven_phone == view.answers.get("phone"):
        return True
    return request_queries.was_sent_by_visitor(view.id, visitor.id)


def _salt() -> str:
    return f"motcua.follow.{current_company_code()}"


def _followed(request: HttpRequest) -> list[str]:
    try:
        told = signing.loads(request.COOKIES.get(FOLLOW_COOKIE, ""), salt=_salt(), max_age=FOLLOW_SECONDS)
    except signing.BadSignature:
        return []
    return [str(item) for item in told]


def allow_follow(request: HttpRequest, response: HttpResponse, view: RequestView) -> HttpResponse:
    """This browser gave number and secret of the request: it may follow it for half a day."""
    ids = [*dict.fromkeys([*_followed(request), str(view.id)])][-MOST_FOLLOWED:]
    response.set_cookie(
        FOLLOW_COOKIE, signing.dumps(ids, salt=_salt()), max_age=FOLLOW_SECONDS, httponly=True, samesite="Lax",
        secure=request.is_secure(),
    )  # fmt: skip
    return response
