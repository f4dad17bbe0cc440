"""Who looks at a board, and what they may do there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from motcua.companies import access as company_access
from motcua.companies.models import Company, CompanyKind
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.reports.operations import DECIDES
from motcua.web.board import handovers

SEES_BOARD = (Role.SUPERVISOR, Role.ADMIN, Role.BUSINESS, Role.DIRECTOR)
SEES_MONEY = (*SEES_BOARD, Role.ACCOUNTANT)


@dataclass(frozen=True)
class Viewer:
    """Who looks: a member of staff, or a director who came over from the group (read-only)."""

    actor: Actor
    is_group: bool
    is_visitor: bool = False
    reaches_company: bool = False

    @property
    def decides(self) -> bool:
        """Whether they set targets and close months here."""
        return not self.is_visitor and self.actor.has_role(*DECIDES)

    @property
    def closes(self) -> bool:
        """Whether they close months, which are the whole company's."""
        return self.decides and self.reaches_company

    def decides_for(self, unit_code: str) -> bool:
        """Whether they set targets for the unit; for the whole company, when none is named."""
        return self.closes or (self.decides and bool(unit_code) and unit_code in self.actor.unit_codes)

    def seen_units(self) -> frozenset[str] | None:
        """The units whose cases they may look at; None for all of the company."""
        return None if self.is_visitor or self.reaches_company else self.actor.unit_codes


class BoardRequest(HttpRequest):
    """A request behind `board_page`: its viewer and company are known."""

    viewer: Viewer
    company: Company


View = Callable[..., HttpResponse]


def find_viewer(request: HttpRequest, roles: tuple[Role, ...] = SEES_BOARD) -> Viewer | None:
    company: Company = request.company  # type: ignore[attr-defined]
    if request.user.is_authenticated:
        actor = company_access.actor_of(request.user)
        if not actor.has_role(*roles):
            return None
        reaches = company_access.reaches_company(actor)
        return Viewer(actor, company.kind == CompanyKind.GROUP, reaches_company=reaches)
    visit = handovers.read_visit(request.COOKIES.get(handovers.COOKIE, ""), company_code=company.code)
    if visit is None:
        return None
    return Viewer(Actor.staff(visit["who"], "", [Role.DIRECTOR], []), False, is_visitor=True)


def refuse(request: HttpRequest) -> HttpResponse:
    """To the sign-in, or the page that says it is not theirs."""
    if request.user.is_authenticated:
        words = gettext("Tài khoản của anh/chị không có quyền mở trang này.")
        return render(request, "errors/403.html", {"explanation": words}, status=403)
    if request.method not in {"GET", "HEAD"}:
        return redirect(settings.LOGIN_URL)
    return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")


def board_page(*, decides: bool = False, roles: tuple[Role, ...] = SEES_BOARD) -> Callable[[View], View]:
    """Only for those who see boards (with `decides`: who set targets and close months); never kept by a cache."""

    def wrap(view: View) -> View:
        @never_cache
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            viewer = find_viewer(request, roles)
            if viewer is None or (decides and not viewer.decides):
                return refuse(request)
            request.viewer = viewer  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        return page

    return wrap
