"""Error pages: each says what happened and what to do next, with the hotline."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from motcua.kernel.results import NotFound, Refused, fill

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
    return render(request, "errors/500.html", status=500)
