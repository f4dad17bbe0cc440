"""The phone on a carrier's line."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from motcua.channels import stand_ins
from motcua.config.env import ENV
from motcua.sandbox import phones_shown, smpp
from motcua.sandbox.gate import demo_only
from motcua.sandbox.phones_shown import TextPhone
from motcua.sandbox.views import json_or_form


def _write(company: str, _host: str, phone: str, text: str, at: datetime) -> object:
    return smpp.write(company_code=company, phone=phone, text=text, at=at)


PHONE = TextPhone(smpp.STORE, smpp.FAULT_LABELS, "smpp", smpp.list_texts, smpp.list_numbers, _write)
inbox = demo_only(require_GET(PHONE.inbox))
reply = demo_only(json_or_form(require_http_methods(["POST"])(PHONE.reply)))


@demo_only
@require_GET
def phone(request: HttpRequest) -> HttpResponse:
    """The screen; what each message cost in segments stands under it, and where the centre waits beside it."""
    port, company = stand_ins.smpp_port(ENV.edge_port), phones_shown.company_code()
    return PHONE.screen(request, port=port, system_id=company, to=smpp.NUMBER)


@demo_only
@json_or_form
@require_http_methods(["POST"])
def faults(request: HttpRequest) -> HttpResponse:
    """Let something go wrong on the line."""
    phones_shown.company_code()
    return phones_shown.plan_faults(request, smpp.STORE, PHONE.back(request.POST.get("phone", "")))
