"""The phone on which a person plays a customer on Zalo. Forms for people, the same posts in JSON for programs."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from motcua.channels import accounts
from motcua.companies.context import current_company
from motcua.companies.models import CompanyKind
from motcua.config import clock
from motcua.kernel import phones
from motcua.sandbox import zalo, zalo_calls
from motcua.sandbox.gate import demo_only
from motcua.sandbox.views import is_json, json_or_form, read_json

LONGEST = 2000
PICTURE_LIMIT = 1_000_000
STICKER = {"id": "4021", "url": "https://stc.zdn.vn/4021.png"}
PLACE = {"latitude": "21.0362", "longitude": "105.7906"}
RELATIONS = {"follow", "unfollow", "user_click_chatnow", "user_withdraw"}


def _company() -> str:
    company = current_company()
    if company.kind != CompanyKind.POWER:
        raise Http404
    return company.code


def _host(request: HttpRequest) -> str:
    return request.get_host().rsplit(":", 1)[0]


def _base(request: HttpRequest) -> str:
    company = current_company()
    return accounts.stand_in(zalo.CHANNEL, company.code, company.brand, _host(request)).base_url


def _told(request: HttpRequest) -> dict[str, Any]:
    return read_json(request) if is_json(request) else request.POST.dict()


def _back(phone: str) -> HttpResponse:
    return redirect(f"{reverse('sandbox:zalo')}?{urlencode({'phone': phone})}")


@demo_only
@require_GET
def phone(request: HttpRequest) -> HttpResponse:
    """The screen: `?phone=0901234567`."""
    company, number = _company(), phones.normalise(request.GET.get("phone", ""))
    context: dict[str, Any] = {
        "phone": number or request.GET.get("phone", ""),
        "people": zalo.list_people(company),
        "faults": [(fault.value, label) for fault, label in zalo.FAULT_LABELS.items()],
        "is_wrong": bool(request.GET.get("phone")) and number is None,
        "lines": [],
    }
    if number:
        person = zalo.ensure_person(company, phone=number)
        context["lines"] = [_drawn(line) for line in zalo.list_lines(company, person)]
    return render(request, "sandbox/zalo.html", context, status=422 if context["is_wrong"] else 200)


def _drawn(line: zalo.Line) -> dict[str, Any]:
    buttons = [
        {
            "label": button["title"],
            "value": button["payload"] if isinstance(button["payload"], str) else "",
            "href": button["payload"].get("url", "") if isinstance(button["payload"], dict) else "",
        }
        for button in line.extra.get("buttons", ())
    ]
    return {
        "line": line,
        "buttons": buttons,
        "attached": line.extra.get("file") or line.extra.get("image") or "",
    }


@demo_only
@require_GET
def lines(request: HttpRequest) -> HttpResponse:
    """The same as JSON, for programs that play a person."""
    company, number = _company(), phones.normalise(request.GET.get("phone", ""))
    if number is None:
        return JsonResponse({"code": "NUMBER_UNREADABLE"}, status=422)
    found = zalo.list_lines(company, zalo.ensure_person(company, phone=number))
    return JsonResponse({"lines": [{**vars(line)} for line in found]})


@demo_only
@json_or_form
@require_http_methods(["POST"])
def say(request: HttpRequest) -> HttpResponse:
    """The person writes, taps a button, or sends a picture: {"phone", "text", "value", "name"}."""
    company, told, at = _company(), _told(request), clock.now()
    number = phones.normalise(str(told.get("phone", "")))
    if number is None:
        return JsonResponse({"code": "NUMBER_UNREADABLE"}, status=422)
    person = zalo.ensure_person(company, phone=number, name=str(told.get("name", ""))[:60])
    text, value = str(told.get("text", "")).strip()[:LONGEST], str(told.get("value", ""))[:1000]
    picture = request.FILES.get("picture")
    if picture is not None and picture.size and picture.size <= PICTURE_LIMIT:
        token = zalo.keep_upload(company, "image", "anh.jpg", picture.read(), at)
        attachment = {"type": "image", "payload": {"url": f"{_base(request)}/files/{token}", "thumbnail": ""}}
        message = {"attachments": [attachment], **({"text": text} if text else {})}
        zalo_calls.say(
            company, _host(request), person, "image", message, at, shown=text, extra={"image": "anh.jpg"}
        )
    elif value or text:
        zalo_calls.say(
            company,
            _host(request),
            person,
            "text",
            {"text": value or text},
            at,
            shown=text or value,
            extra={},
        )
    return JsonResponse({"sent": True, "user_id": person}, status=202) if is_json(request) else _back(number)


@demo_only
@json_or_form
@require_http_methods(["POST"])
def act(request: HttpRequest) -> HttpResponse:
    """Follow, leave, share name and number, read, a sticker, a place, be silent for days: {"phone", "act", "hours"}."""
    company, told, at = _company(), _told(request), clock.now()
    number, wanted = phones.normalise(str(told.get("phone", ""))), str(told.get("act", ""))
    if number is None:
        return JsonResponse({"code": "NUMBER_UNREADABLE"}, status=422)
    person, host = zalo.ensure_person(company, phone=number), _host(request)
    if wanted in RELATIONS:
        zalo_calls.relation(company, host, person, wanted, at)
    elif wanted == "share":
        info = {"name": str(told.get("name") or "Khách thử")[:60], "phone": number.lstrip("+")}
        zalo_calls.relation(company, host, person, "user_submit_info", at, info=info)
    elif wanted == "read":
        ids = [line.id for line in zalo.list_lines(company, person) if not line.is_theirs]
        zalo_calls.receipts(company, host, person, ids[-20:], at, seen=True)
        zalo_calls.start_delivery()
    elif wanted == "sticker":
        message = {"attachments": [{"type": "sticker", "payload": STICKER}]}
        zalo_calls.say(company, host, person, "sticker", message, at, shown="[sticker]", extra={})
    elif wanted == "place":
        message = {"attachments": [{"type": "location", "payload": {"coordinates": PLACE}}]}
        zalo_calls.say(company, host, person, "location", message, at, shown="[vị trí]", extra={})
    elif wanted == "silent":
        hours = str(told.get("hours", ""))
        zalo.move_sign(company, person, hours=min(int(hours), 5000) if hours.isdigit() else 200, at=at)
    elif wanted == "take_back":
        zalo.kill_tokens(company)
    else:
        raise Http404
    return (
        JsonResponse({"done": wanted, "user_id": person}, status=202) if is_json(request) else _back(number)
    )


@demo_only
@json_or_form
@require_http_methods(["POST"])
def faults(request: HttpRequest) -> HttpResponse:
    """Let something go wrong with the next calls and events: {"faults": [...]}."""
    _company()
    if is_json(request):
        names = read_json(request).get("faults") or []
        return JsonResponse({"planned": zalo.plan_faults([str(name) for name in names])}, status=202)
    zalo.plan_faults(request.POST.getlist("faults"))
    return _back(request.POST.get("phone", ""))
