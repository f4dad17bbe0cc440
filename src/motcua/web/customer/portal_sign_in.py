"""Continuing with the public-service portal: there, back, and what it proved."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from motcua.config import clock
from motcua.connectors.identity import sign_in
from motcua.customers import operations as customer_ops
from motcua.kernel.results import NotFound, Refused
from motcua.web import visitors
from motcua.web.errors import refused_text

STARTS_AN_HOUR = 30


def _return_address(request: HttpRequest) -> str:
    """Where the provider sends the citizen back to: the address it knows us by."""
    return f"{settings.PUBLIC_SCHEME}://{request.get_host()}{reverse('customer:portal-return')}"


def _goes_to(request: HttpRequest, told: str) -> str:
    """A page of ours, never anybody else's."""
    is_ours = url_has_allowed_host_and_scheme(told, allowed_hosts=None) and told.startswith("/")
    return told if is_ours else reverse("customer:home")


@never_cache
@require_safe
def start(request: HttpRequest, provider: str) -> HttpResponse:
    """To the provider. A link, so that it works without a form on the way to another host."""
    at = clock.now()
    visitor = visitors.get_visitor(request, at)
    goes_to = _goes_to(request, request.GET.get("ve", ""))
    try:
        customer_ops.count_attempt(
            subject=f"sign-in:{request.META.get('REMOTE_ADDR', '')}", limit=STARTS_AN_HOUR, window=timedelta(hours=1), at=at
        )  # fmt: skip
        address = sign_in.begin(
            provider_code=provider, session_id=visitor.id, redirect_uri=_return_address(request), goes_to=goes_to, at=at
        )  # fmt: skip
    except NotFound:
        raise Http404 from None
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
        return visitors.remember(request, redirect(goes_to), visitor)
    return visitors.remember(request, redirect(address), visitor)


@never_cache
@require_safe
def come_back(request: HttpRequest) -> HttpResponse:
    """From the provider, with a code; or without, when the citizen said no."""
    at = clock.now()
    visitor = visitors.find_visitor(request, at)
    home = redirect("customer:home")
    if visitor is None:
        messages.error(request, refused_text(sign_in.SignInLost()))
        return home
    if request.GET.get("error"):
        messages.info(
            request, gettext("Anh/chị chưa đăng nhập cổng dịch vụ công. Vẫn dùng được mọi dịch vụ ở đây.")
        )
        return home
    try:
        done = sign_in.finish(
            session_id=visitor.id, state=request.GET.get("state", "")[:200], code=request.GET.get("code", "")[:2000],
            issuer=request.GET.get("iss", "")[:300], redirect_uri=_return_address(request), at=at,
        )  # fmt: skip
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
        return home
    visitor.token = done.token
    messages.success(
        request,
        gettext("%(provider)s đã xác nhận anh/chị là %(name)s.")
        % {"provider": done.proven.provider_name, "name": done.proven.full_name},
    )
    return visitors.remember(request, redirect(_goes_to(request, done.goes_to)), visitor)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out: on a shared computer the next person is nobody again."""
    at = clock.now()
    visitor = visitors.find_visitor(request, at)
    if visitor is not None:
        sign_in.forget(session_id=visitor.id)
        customer_ops.close_session(token=request.COOKIES.get(visitors.COOKIE, ""), at=at)
    response = redirect("customer:home")
    response.delete_cookie(visitors.COOKIE, samesite="Lax")
    response.delete_cookie(visitors.FOLLOW_COOKIE, samesite="Lax")
    messages.success(request, gettext("Đã đăng xuất."))
    return response
