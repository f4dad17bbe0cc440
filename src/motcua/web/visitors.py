"""The browser's own session: nobody known, a proven phone, a customer. One cookie, host-only, never a staff session."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse

from motcua.companies.context import current_company_code
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.customers.queries import SessionView
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.requests import queries as request_queries
from motcua.requests.queries import RequestView

COOKIE = "mc_visitor"
FOLLOW_COOKIE, UNTIL_COOKIE = "mc_follow", "mc_until"
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
        """Its person; one who acts for another stays themselves, so that journals tell who it was."""
        if self.session.customer_id is None:
            return Actor.anonymous(self.id)
        return Actor.customer(self.session.customer_id, acts_for=filter(None, [self.session.acting_for]))

    @property
    def customer_id(self) -> UUID | None:
        """For whom things are done: the one they act for, else themselves."""
        return self.session.acting_for or self.session.customer_id

    def representative(self, at: datetime) -> dict[str, str]:
        """Who acts for the applicant and why, for the request; nothing when they ask for themselves."""
        own, other = self.session.customer_id, self.session.acting_for
        if own is None or other is None:
            return {}
        agent = customer_queries.get_customer(own)
        found = customer_queries.list_authorities(other, on=local_date(at))
        authority = found.filter(agent_id__in=customer_queries.list_ids(own)).first()
        return {
            "name": agent.full_name,
            "phone": agent.phone,
            "ground": authority.ground if authority else "",
            "authority": str(authority.id) if authority else "",
        }


def find_visitor(request: HttpRequest, at: datetime) -> Visitor | None:
    """The visitor of this browser, if it has been here before."""
    token = request.COOKIES.get(COOKIE, "")
    session = customer_ops.resume_session(token=token, at=at) if token else None
    if session and session.acting_for and session.customer_id:  # it may have been taken back since
        stands = customer_queries.may_act_for(
            agent_id=session.customer_id, customer_id=session.acting_for, on=local_date(at)
        )
        session = session if stands else replace(session, acting_for=None)
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


def may_follow(request: HttpRequest, visitor: Visitor | None, view: RequestView, at: datetime) -> bool:
    """Whether this browser proved that the request is its person's: it sent it, its phone is the request's, it is the
    customer's or of somebody who may look for them, or it gave number and code word."""
    if str(view.id) in _followed(request):
        return True
    if visitor is None:
        return False
    if visitor.session.customer_id and view.customer_id and _may_see(visitor.session.customer_id, view, at):
        return True
    if visitor.session.proven_phone and visitor.session.proven_phone == view.answers.get("phone"):
        return True
    return request_queries.was_sent_by_visitor(view.id, visitor.id)


def _may_see(own: UUID, view: RequestView, at: datetime) -> bool:
    return own == view.customer_id or customer_queries.may_act_for(
        agent_id=own, customer_id=view.customer_id or own, on=local_date(at), scopes=customer_queries.SEEING
    )


def _salt() -> str:
    return f"motcua.follow.{current_company_code()}"


def _followed(request: HttpRequest) -> list[str]:
    try:
        told = signing.loads(request.COOKIES.get(FOLLOW_COOKIE, ""), salt=_salt(), max_age=FOLLOW_SECONDS)
    except signing.BadSignature:
        return []
    return [str(item) for item in told]


def list_followed(request: HttpRequest) -> list[str]:
    """Ids of the requests that this browser follows by number and code word."""
    return _followed(request)


def allow_follow(request: HttpRequest, response: HttpResponse, view: RequestView) -> HttpResponse:
    """This browser gave number and secret of the request: it may follow it for half a day."""
    return _keep(request, response, [*dict.fromkeys([*_followed(request), str(view.id)])][-MOST_FOLLOWED:])


def extend_follow(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What this browser may follow now, it may follow for another half day; nothing when its time is over."""
    ids = _followed(request)
    return _keep(request, response, ids) if ids else response


def follows_until(request: HttpRequest) -> datetime | None:
    """When what was given by number and code word ends, for the page to say so in time."""
    told = request.COOKIES.get(UNTIL_COOKIE, "")
    return datetime.fromtimestamp(int(told), tz=UTC) if told.isdigit() and len(told) < 12 else None


def _keep(request: HttpRequest, response: HttpResponse, ids: list[str]) -> HttpResponse:
    response.set_cookie(
        FOLLOW_COOKIE, signing.dumps(ids, salt=_salt()), max_age=FOLLOW_SECONDS, httponly=True, samesite="Lax",
        secure=request.is_secure(),
    )  # fmt: skip
    # says only when, so that a script can warn in time; browsers and signatures know the real clock alone
    ends = int(time.time()) + FOLLOW_SECONDS  # noqa: TID251
    response.set_cookie(
        UNTIL_COOKIE, str(ends), max_age=FOLLOW_SECONDS, samesite="Lax",
        secure=request.is_secure(),
    )  # fmt: skip
    return response
