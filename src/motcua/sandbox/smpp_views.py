"""The phone on a carrier's line. Forms for people, the same posts in JSON for programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from motcua.channels import stand_ins
from motcua.config import clock
from motcua.config.env import ENV
from motcua.kernel.results import Refused
from motcua.sandbox import phones_shown, smpp
from motcua.sandbox.gate import demo_only
from motcua.sandbox.views import is_json, json_or_form, refusal

LONGEST = 600


def _back(phone: str) -> HttpResponse:
    return redirect(f"{reverse('sandbox:smpp')}?{urlencode({'phone': phone})}")


@demo_only
@require_GET
def phone(request: HttpRequest) -> HttpResponse:
    """The screen of a phone: `?phone=0901234567`; what each message cost in segments stands under it."""
    company, number = phones_shown.company_code(), request.GET.get("phone", "")
    context: dict[str, Any] = {
        "phone": number,
        "people": [(one, one, one) for one in smpp.list_numbers(company_code=company)],
        "is_wrong": False,
        "texts": [],
        "port": stand_ins.smpp_port(ENV.edge_port),
        "system_id": company,
        "to": smpp.NUMBER,
    }
    if number:
        try:
            context["texts"] = smpp.list_texts(phone=number, company_code=company)
        except Refused:
            context["is_wrong"] = True
    who = "" if context["is_wrong"] else number
    context |= phones_shown.frame(smpp.STORE, smpp.FAULT_LABELS, "smpp", who)
    return render(request, "sandbox/smpp.html", context, status=422 if context["is_wrong"] else 200)


@demo_only
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The same as JSON, for programs that play a person with a phone."""
    try:
        found = smpp.list_texts(phone=request.GET.get("phone", ""), company_code=phones_shown.company_code())
    except Refused as refused:
        return refusal(refused)
    return JsonResponse({"texts": [text.as_json() for text in found]})


@demo_only
@json_or_form
@require_http_methods(["POST"])
def reply(request: HttpRequest) -> HttpResponse:
    """The person writes to the company's number: {"phone", "text"}."""
    told = phones_shown.told_by(request)
    number, text = str(told.get("phone", "")), str(told.get("text", "")).strip()
    try:
        if text:
            smpp.write(
                company_code=phones_shown.company_code(), phone=number, text=text[:LONGEST], at=clock.now()
            )
    except Refused as refused:
        if is_json(request):
            return refusal(refused)
    return JsonResponse({"sent": bool(text)}, status=202) if is_json(request) else _back(number)


@demo_only
@json_or_form
@require_http_methods(["POST"])
def faults(request: HttpRequest) -> HttpResponse:
    """Let something go wrong on the line: {"faults": [...]}."""
    phones_shown.company_code()
    return phones_shown.plan_faults(request, smpp.STORE, _back(request.POST.get("phone", "")))
