"""Who is signed in and what they may open: one decorator on every staff page, one middleware for the second
factor.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from motcua.companies import access as company_access
from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.web import sign_in
from motcua.web.shell import first_url

View = Callable[..., HttpResponse]


class StaffRequest(HttpRequest):
    """A request behind `staff_page`: its actor is known."""

    actor: Actor


def staff_page(*roles: Role) -> Callable[[View], View]:
    """Only for signed-in staff with one of the roles (any role when none is named); never kept by a cache.

    Others are sent to sign in, or told that the page is not theirs.
    """

    def wrap(view: View) -> View:
        @never_cache
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            actor = actor_of(request)
            if roles and not actor.has_role(*roles):
                return refuse(request)
            return view(request, *args, **kwargs)

        page.staff_roles = frozenset(roles)  # type: ignore[attr-defined]
        return page

    return wrap


def company_admin_page(view: View) -> View:
    """Only for administrators of the whole company: those whose reach begins at its centre."""

    @staff_page(Role.ADMIN)
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if company_queries.get_centre().code not in actor_of(request).unit_codes:
            return refuse(request)
        return view(request, *args, **kwargs)

    return page


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in person as an actor; asked once a request."""
    known = getattr(request, "actor", None)
    if known is None:
        known = company_access.actor_of(request.user)  # type: ignore[arg-type]
        request.actor = known  # type: ignore[attr-defined]
        request.user.role_codes = known.roles  # type: ignore[union-attr]
    return known


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in, then back to this page (to one's work, when something was being sent)."""
    if request.method not in {"GET", "HEAD"}:
        return redirect(settings.LOGIN_URL)
    return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")


def refuse(request: HttpRequest, explanation: str = "") -> HttpResponse:
    """Not theirs: what to do about it, and the way back to their own work."""
    words = explanation or gettext("Tài khoản của anh/chị không có quyền mở trang này.")
    context = {"explanation": words, "own_work": first_url("staff:home")}
    return render(request, "errors/403.html", context, status=403)


class SecondFactorMiddleware:
    """Before anything else, staff change a password that was given them, and set up the second factor they must use."""

    FREE_NAMES = frozenset(
        {
            "account_login", "account_logout", "account_reauthenticate", "account_change_password", "account_inactive",
            "mfa_activate_totp", "mfa_authenticate", "mfa_reauthenticate", "look", "company_css", "manifest",
        }
    )  # fmt: skip
    FREE_SPACES = frozenset({"customer", "group", "chat", "pwa"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return None
        match = request.resolver_match
        if (
            match is None
            or match.url_name in self.FREE_NAMES
            or self.FREE_SPACES.intersection(match.namespaces)
        ):
            return None
        if request.user.must_change_password:
            return redirect("account_change_password")
        if not request.user.must_use_totp or sign_in.has_second_factor(request.user.pk):
            return None
        return redirect("mfa_activate_totp")
