"""Signing in where the company keeps its people: to the issuer, and back."""

from __future__ import annotations

import secrets

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.connectors.identity import staff
from motcua.kernel.results import NotFound, Refused
from motcua.web.errors import refused_text

COOKIE = "mc_staff_way"
BACKEND = "motcua.web.sign_in.DirectoryBackend"


@never_cache
@require_safe
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """Off to the issuer; a cookie tells this browser from others on the way back."""
    browser = secrets.token_urlsafe(32)
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    try:
        address = staff.begin(
            code=code,
            browser=browser,
            redirect_uri=_back(),
            goes_to=wanted if is_ours else "",
            at=clock.now(),
        )
    except NotFound:
        raise
    except Refused as refusal:
        return _refused(request, refusal)
    response = redirect(address)
    response.set_cookie(
        COOKIE, browser, max_age=600, httponly=True, samesite="Lax", secure=request.is_secure(), path=reverse("staff_directory_back"),
    )  # fmt: skip
    return response


@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Back from the issuer; on through our own second factor where one is set up."""
    if request.GET.get("error") or not request.GET.get("code"):
        messages.warning(request, gettext("Chưa đăng nhập: nơi đăng nhập của công ty không xác nhận."))
        return redirect(settings.LOGIN_URL)
    try:
        person, goes_to = staff.finish(
            browser=request.COOKIES.get(COOKIE, ""), state=request.GET.get("state", ""), code=request.GET["code"],
            redirect_uri=_back(), at=clock.now(),
        )  # fmt: skip
    except Refused as refusal:
        return _refused(request, refusal)
    person.backend = BACKEND
    response: HttpResponse = perform_login(
        request, person, email_verification="none", redirect_url=goes_to or settings.LOGIN_REDIRECT_URL
    )
    response.delete_cookie(COOKIE, path=reverse("staff_directory_back"))
    return response


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    messages.error(request, refused_text(refusal))
    return redirect(settings.LOGIN_URL)


def _back() -> str:
    return company_queries.public_address(reverse("staff_directory_back"))
