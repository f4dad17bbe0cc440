"""The stand-in browser's screen, and its push service's interface."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.channels import webpush
from motcua.config import clock
from motcua.sandbox import installation, phones_shown, push
from motcua.sandbox.gate import demo_only
from motcua.sandbox.views import json_or_form


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
    told = installation.find()
    sender = told.push_key if told else webpush.public_key()
    page = {
        "shown": push.list_shown(),
        "device": push.new_device(sender=sender) if sender and "moi" in request.GET else None,
        "is_apart": told is not None,
        **phones_shown.frame(push.STORE, push.FAULT_LABELS, "push", who="1"),
    }
    return render(request, "sandbox/push.html", page)


@demo_only
@require_GET
def shown(request: HttpRequest) -> HttpResponse:
    """The same as JSON, for programs."""
    return JsonResponse({"shown": [vars(one) for one in push.list_shown(request.GET.get("device", ""))]})


@demo_only
@json_or_form
@require_http_methods(["POST"])
def faults(request: HttpRequest) -> HttpResponse:
    """Let something go wrong with the next messages: {"faults": [...]}."""
    return phones_shown.plan_faults(request, push.STORE, redirect("sandbox:push"))
