"""What happens around every page: which company, which language, what the log says, what a refusal looks like."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import translation
from django_tenants.middleware.main import TenantMainMiddleware

from motcua.companies.models import Company, Domain
from motcua.kernel.results import Refused
from motcua.web import errors

GetResponse = Callable[[HttpRequest], HttpResponse]

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_HOSTS_FOR_SECONDS = 15.0
_hosts: dict[str, tuple[float, Company]] = {}


def forget_hosts() -> None:
    """Drop the cached host look-up (tests, and `motcua company add` in this process)."""
    _hosts.clear()


class CompanyMiddleware(TenantMainMiddleware):
    """The host name picks the company. An unknown host is 404 and touches no company."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        wrapper: Any = connection  # the library's wrapper knows more than Django's type says
        wrapper.set_schema_to_public()
        host = request.META.get("HTTP_HOST", "").rsplit(":", 1)[0].lower()
        company = self._company_of(host)
        if company is None:
            return errors.unknown_host(request, host)
        request.company = company  # type: ignore[attr-defined]
        wrapper.set_tenant(company)
        return None

    def _company_of(self, host: str) -> Company | None:
        cached = _hosts.get(host)
        if cached and time.monotonic() - cached[0] < _HOSTS_FOR_SECONDS:
            return cached[1]
        domain = Domain.objects.select_related("tenant").filter(domain=host, tenant__is_active=True).first()
        if domain is None:
            return None
        company: Company = domain.tenant
        _hosts[host] = (time.monotonic(), company)
        return company


class LanguageMiddleware:
    """Vietnamese unless the person chose English; a browser's own language does not decide."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_CODE)
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class TextMiddleware:
    """Zero bytes go out of what a browser sends: no keyboard makes one, and no text of the database holds one.

    A door for programs (one without a form's token) reads the bytes of its body itself, and must find them unread.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if "\0" in request.path_info:
            raise Http404
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = _without_zeros(request.GET)
        is_form = request.content_type in _FORMS and not getattr(view, "csrf_exempt", False)
        if is_form and any("\0" in one for _, many in request.POST.lists() for one in many):
            request.POST = _without_zeros(request.POST)


def _without_zeros(given: QueryDict) -> Any:  # Django types what it reads itself as never to be changed
    found = QueryDict(mutable=True)
    for name, many in given.lists():
        found.setlist(name.replace("\0", ""), [str(one).replace("\0", "") for one in many])
    found._mutable = False
    return found


class LogContextMiddleware:
    """Binds request id, company and actor to every log line of the request."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex[:16]
        user = getattr(request, "user", None)
        actor = f"staff:{user.pk}" if user is not None and user.is_authenticated else "public"
        with structlog.contextvars.bound_contextvars(
            request_id=request_id,
            company=request.company.code,  # type: ignore[attr-defined]
            actor=actor,
        ):
            response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        return response


class RefusedMiddleware:
    """A refusal no view turned into a message beside its field becomes a plain page that says what to do next."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return errors.refused(request, exception) if isinstance(exception, Refused) else None
