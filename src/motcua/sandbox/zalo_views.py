"""The phone on which a person plays a customer on Zalo."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_http_methods

from motcua.channels import accounts
from motcua.companies.context import current_company
from motcua.config import clock
from motcua.sandbox import phones_shown, zalo, zalo_calls
from motcua.sandbox.chat_book import Line
from motcua.sandbox.gate import demo_only
from motcua.sandbox.phones_shown import ChatPhone
from motcua.sandbox.views import json_or_form

STICKER = {"id": "4021", "url": "https://stc.zdn.vn/4021.png"}
PLACE = {"latitude": "21.0362", "longitude": "105.7906"}
RELATIONS = {"follow", "unfollow", "user_click_chatnow", "user_withdraw"}


def _drawn(line: Line) -> dict[str, Any]:
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


PHONE = ChatPhone(zalo.STORE, zalo.FAULT_LABELS, "zalo", _drawn)
phone, lines = demo_only(require_GET(PHONE.screen)), demo_only(require_GET(PHONE.lines))
faults = demo_only(json_or_form(require_http_methods(["POST"])(PHONE.faults)))


@demo_only
@json_or_form
@require_http_methods(["POST"])
def say(request: HttpRequest) -> HttpResponse:
    """The person writes, taps a button, or sends a picture: {"phone", "text", "value", "name"}."""
    company, told, at = phones_shown.company_code(), phones_shown.told_by(request), clock.now()
    number, host = phones_shown.number_in(told), phones_shown.host_of(request)
    if number is None:
        return JsonResponse(phones_shown.UNREADABLE, status=422)
    person = zalo.ensure_person(company, phone=number, name=str(told.get("name", ""))[:60])
    text = str(told.get("text", "")).strip()[: phones_shown.LONGEST]
    value = str(told.get("value", ""))[:1000]
    if picture := phones_shown.picture_in(request):
        token = zalo.keep_upload(company, "image", "anh.jpg", picture, at)
        base = accounts.stand_in(zalo.CHANNEL, company, current_company().brand, host).base_url
        attachment = {"type": "image", "payload": {"url": f"{base}/files/{token}", "thumbnail": ""}}
        message = {"attachments": [attachment], **({"text": text} if text else {})}
        zalo_calls.say(company, host, person, "image", message, at, shown=text, extra={"image": "anh.jpg"})
    elif value or text:
        message = {"text": value or text}
        zalo_calls.say(company, host, person, "text", message, at, shown=text or value, extra={})
    return PHONE.done(request, number, {"sent": True, "user_id": person})


@demo_only
@json_or_form
@require_http_methods(["POST"])
def act(request: HttpRequest) -> HttpResponse:
    """Follow, leave, share name and number, read, a sticker, a place, be silent for days: {"phone", "act", "hours"}."""
    company, told, at = phones_shown.company_code(), phones_shown.told_by(request), clock.now()
    number, wanted = phones_shown.number_in(told), str(told.get("act", ""))
    if number is None:
        return JsonResponse(phones_shown.UNREADABLE, status=422)
    person, host = zalo.ensure_person(company, phone=number), phones_shown.host_of(request)
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
        message: dict[str, Any] = {"attachments": [{"type": "sticker", "payload": STICKER}]}
        zalo_calls.say(company, host, person, "sticker", message, at, shown="[sticker]", extra={})
    elif wanted == "place":
        message = {"attachments": [{"type": "location", "payload": {"coordinates": PLACE}}]}
        zalo_calls.say(company, host, person, "location", message, at, shown="[vị trí]", extra={})
    elif wanted == "silent":
        zalo.move_sign(company, person, hours=phones_shown.hours_in(told, 200), at=at)
    elif wanted == "take_back":
        zalo.kill_tokens(company)
    else:
        raise Http404
    return PHONE.done(request, number, {"done": wanted, "user_id": person})
