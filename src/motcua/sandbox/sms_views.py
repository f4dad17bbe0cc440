"""The stand-in phone's page, and the SMS centre's interface."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.config import clock
from motcua.kernel.results import Refused
from motcua.sandbox import phones_shown, sms
from motcua.sandbox.gate import demo_only
from motcua.sandbox.views import is_json, json_or_form, read_json, refusal, sentence


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


@demo_only
@require_GET
def phone(request: HttpRequest) -> HttpResponse:
    """The screen of a phone: `?phone=0901234567`."""
    company_code = phones_shown.company_code()
    number = request.GET.get("phone", "")
    context: dict[str, object] = {
        "phone": number,
        "people": [(one, one, one) for one in sms.list_numbers(company_code=company_code)],
        "error": "",
        "texts": [],
    }
    if number:
        try:
            context["texts"] = sms.list_texts(phone=number, company_code=company_code)
        except Refused as refused:
            context["error"] = sentence(refused)
    who = "" if context["error"] else number
    context |= phones_shown.frame(sms.STORE, sms.FAULT_LABELS, "sms", who)
    return render(request, "sandbox/sms.html", context, status=422 if context["error"] else 200)


@demo_only
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The same as JSON, for programs that play a person with a phone."""
    try:
        found = sms.list_texts(phone=request.GET.get("phone", ""), company_code=phones_shown.company_code())
    except Refused as refused:
        return refusal(refused)
    return JsonResponse({"texts": [text.as_json() for text in found]})


@demo_only
@json_or_form
@require_http_methods(["POST"])
def reply(request: HttpRequest) -> HttpResponse:
    """The person answers: {"phone", "text"}."""
    told = read_json(request) if is_json(request) else request.POST
    number, text = str(told.get("phone", "")), str(told.get("text", "")).strip()
    try:
        if text:
            sms.reply(
                company_code=phones_shown.company_code(),
                host=phones_shown.host_of(request),
                phone=number,
                text=text[:600],
                at=clock.now(),
            )
    except Refused as refused:
        if is_json(request):
            return refusal(refused)
    if is_json(request):
        return JsonResponse({"sent": bool(text)}, status=202)
    return redirect(f"{reverse('sandbox:sms')}?{urlencode({'phone': number})}")


@demo_only
@json_or_form
@require_http_methods(["POST"])
def faults(request: HttpRequest) -> HttpResponse:
    back = redirect(f"{reverse('sandbox:sms')}?{urlencode({'phone': request.POST.get('phone', '')})}")
    return phones_shown.plan_faults(request, sms.STORE, back)
