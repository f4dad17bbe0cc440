"""The stand-in browser's screen, and its push service's interface."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.channels import webpush
from motcua.config import clock
from motcua.sandbox import push
from motcua.sandbox.gate import demo_only
from motcua.sandbox.views import read_json


@demo_only
@csrf_exempt
@require_POST
def take(request: HttpRequest, device: str) -> HttpResponse:
    """A message for a browser (RFC 8030)."""
    status, wrong = push.take(device, request.headers, request.body, clock.now())
    answer = HttpResponse(wrong, status=status, content_type="text/plain; charset=utf-8")
    if status == 201:
        answer["Location"] = urlsplit(request.build_absolute_uri()).path
    if status == 429:
        answer["Retry-After"] = "1"
    return answer


@demo_only
@require_GET
def screen(request: HttpRequest) -> HttpResponse:
    """What the stand-in's browsers show; a new one to sign up with."""
    page = {
        "shown": push.list_shown(),
        "device": push.new_device(sender=webpush.public_key()) if "moi" in request.GET else None,
    }
    return render(request, "sandbox/push.html", page)


@demo_only
@require_GET
def shown(request: HttpRequest) -> HttpResponse:
    """The same as JSON, for programs."""
    return JsonResponse({"shown": [vars(one) for one in push.list_shown(request.GET.get("device", ""))]})


@demo_only
@csrf_exempt
@require_http_methods(["POST"])
def faults(request: HttpRequest) -> HttpResponse:
    """Let something go wrong with the next messages: {"faults": [...]}."""
    names = read_json(request).get("faults") or []
    return JsonResponse({"planned": push.plan_faults([str(name) for name in names])}, status=202)
