"""Error pages: each says what happened and what to do next, with the hotline."""

from __future__ import annotations

import sys

import psycopg
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from motcua.kernel.results import NotFound, Refused, fill

RETRY_SECONDS = 15
# Classes of SQLSTATE: connection lost, out of connections, operator intervention (stopping, starting).
AWAY = ("08", "53", "57P")
STATUS_OF = {"NOT_FOUND": 404, "FORBIDDEN": 403, "TOO_MANY": 429, "STALE": 409, "CONFLICT": 409}


def refused_text(refusal: Refused) -> str:
    """The refusal in the reader's language."""
    return fill(gettext(refusal.message), refusal.facts)


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    status = 404 if isinstance(refusal, NotFound) else STATUS_OF.get(refusal.code, 409)
    if status in {403, 404, 429}:
        return render(request, f"errors/{status}.html", {"explanation": refused_text(refusal)}, status=status)
    return render(
        request,
        "errors/refused.html",
        {"explanation": refused_text(refusal), "refusal": refusal},
        status=status,
    )


def unknown_host(request: HttpRequest, host: str) -> HttpResponse:
    """No company has this host. Plain text: no company means no look."""
    return HttpResponse(
        f"Không có trang nào ở địa chỉ này. No company is served at {host[:80]!r}.\n",
        content_type="text/plain; charset=utf-8",
        status=404,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(
        request,
        "errors/403.html",
        {"explanation": gettext("Trang đã để quá lâu. Hãy tải lại trang và gửi lại.")},
        status=403,
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """What nobody expected; or the database is away, which passes: then nothing of the page asks it for anything."""
    if not is_database_away(sys.exc_info()[1]):
        return render(request, "errors/500.html", status=500)
    request.user = AnonymousUser()
    if hasattr(request, "_messages"):
        del request._messages
    response = render(request, "errors/503.html", status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def is_database_away(error: BaseException | None) -> bool:
    """Whether the database could not be reached, or sent us away: it is starting, stopping, or full of connections."""
    while error is not None:
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return error.sqlstate is None or error.sqlstate.startswith(AWAY)
        error = error.__cause__ or error.__context__
    return False
