"""The stand-in phone's page, and the SMS centre's interface."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.config import clock
from motcua.sandbox import phones_shown, sms
from motcua.sandbox.gate import demo_only
from motcua.sandbox.phones_shown import TextPhone
from motcua.sandbox.views import json_or_form, read_json


@demo_only
@csrf_exempt
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """The sending interface (JSON)."""
    status, answer = sms.take(
        company_code=phones_shown.company_code(),
        host=phones_shown.host_of(request),
        told=read_json(request),
        at=clock.now(),
    )
    return JsonResponse(answer, status=status)


def _write(company: str, host: str, phone: str, text: str, at: datetime) -> object:
    return sms.reply(company_code=company, host=host, phone=phone, text=text, at=at)


PHONE = TextPhone(sms.STORE, sms.FAULT_LABELS, "sms", sms.list_texts, sms.list_numbers, _write)
phone, inbox = demo_only(require_GET(PHONE.screen)), demo_only(require_GET(PHONE.inbox))
reply = demo_only(json_or_form(require_http_methods(["POST"])(PHONE.reply)))


@demo_only
@json_or_form
@require_http_methods(["POST"])
def faults(request: HttpRequest) -> HttpResponse:
    """Let something go wrong with the next messages."""
    return phones_shown.plan_faults(request, sms.STORE, PHONE.back(request.POST.get("phone", "")))
