"""The doors of the wallets, one each, in the form that each of them calls."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from motcua.config import clock
from motcua.connectors.banks import credits
from motcua.connectors.wallets import paying
from motcua.connectors.wallets.contract import Answer

LARGEST_BODY = 64 * 1024


@never_cache
@require_GET
def vnpay(request: HttpRequest) -> HttpResponse:
    """VNPAY tells by the address alone."""
    return _take(request, "VNPAY", b"")


@csrf_exempt
@never_cache
@require_POST
def momo(request: HttpRequest) -> HttpResponse:
    return _take(request, "MOMO", request.body)


@csrf_exempt
@never_cache
@require_POST
def zalopay(request: HttpRequest) -> HttpResponse:
    return _take(request, "ZALOPAY", request.body)


@csrf_exempt
@never_cache
@require_POST
def credit(request: HttpRequest, source: str) -> HttpResponse:
    """Services that watch an account: money came in."""
    if len(request.body) > LARGEST_BODY:
        return HttpResponse(status=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return respond(credits.take_call(source=source, headers=headers, body=request.body, at=clock.now()))


def _take(request: HttpRequest, gateway: str, body: bytes) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    if len(body) > LARGEST_BODY or len(query) > LARGEST_BODY:
        return HttpResponse(status=413)
    return respond(paying.take_call(gateway=gateway, query=query, body=body, at=clock.now()))


def respond(answer: Answer) -> HttpResponse:
    kind = "application/json" if answer.body else "text/plain"
    return HttpResponse(answer.body, status=answer.status, content_type=kind)
