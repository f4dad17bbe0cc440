"""The phone on which a person plays a customer on Messenger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_http_methods

from motcua.channels import accounts
from motcua.channels.messenger import PAGE_INBOX
from motcua.channels.messenger.events import GET_STARTED
from motcua.companies.context import current_company
from motcua.config import clock
from motcua.sandbox import messenger, messenger_calls, phones_shown
from motcua.sandbox.chat_book import Line
from motcua.sandbox.gate import demo_only
from motcua.sandbox.phones_shown import ChatPhone
from motcua.sandbox.views import json_or_form

STICKER = {"url": "https://scontent.xx.fbcdn.net/s.png", "sticker_id": 369239263222822}
PLACE = {
    "title": "Điện lực Cầu Giấy",
    "url": "https://maps.example/p",
    "coordinates": {"lat": 21.0362, "long": 105.7906},
}
REFERRAL = {"ref": "qr-diem-giao-dich", "source": "SHORTLINK", "type": "OPEN_THREAD"}


def _drawn(line: Line) -> dict[str, Any]:
    """Choices are said, buttons are pressed, addresses open."""
    chips = [
        {"label": one.get("title", ""), "value": one["payload"], "name": "choice"}
        for one in line.extra.get("choices", ())
        if one.get("payload")
    ]
    asks = any(one.get("content_type") == "user_phone_number" for one in line.extra.get("choices", ()))
    cards = [{**card, "chips": _chips(card)} for card in line.extra.get("cards", ())]
    return {
        "line": line, "chips": chips + _chips(line.extra), "attached": line.extra.get("file") or "", "asks": asks, "cards": cards,
    }  # fmt: skip


def _chips(shown: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"label": one["title"], "value": one.get("payload", ""), "name": "button", "href": one.get("url", "")}
        for one in shown.get("buttons", ())
    ]


PHONE = ChatPhone(messenger.STORE, messenger.FAULT_LABELS, "messenger", _drawn)
phone, lines = demo_only(require_GET(PHONE.screen)), demo_only(require_GET(PHONE.lines))
faults = demo_only(json_or_form(require_http_methods(["POST"])(PHONE.faults)))


def _label_of(company: str, person: str, value: str) -> str:
    """What stands on the choice or button with this value."""
    for line in reversed(messenger.list_lines(company, person)):
        cards = [one for card in line.extra.get("cards", ()) for one in card.get("buttons", ())]
        for one in [*line.extra.get("choices", ()), *line.extra.get("buttons", ()), *cards]:
            if one.get("payload") == value:
                return str(one.get("title", ""))
    return value


@demo_only
@json_or_form
@require_http_methods(["POST"])
def say(request: HttpRequest) -> HttpResponse:
    """The person writes, taps a choice or a button, sends a picture: {"phone", "text", "choice", "button", "name"}."""
    company, told, at = phones_shown.company_code(), phones_shown.told_by(request), clock.now()
    number, host = phones_shown.number_in(told), phones_shown.host_of(request)
    if number is None:
        return JsonResponse(phones_shown.UNREADABLE, status=422)
    person = messenger.ensure_person(company, phone=number, name=str(told.get("name", ""))[:60])
    text = str(told.get("text", "")).strip()[: phones_shown.LONGEST]
    choice, button = (str(told.get(name, ""))[:1000] for name in ("choice", "button"))
    if picture := phones_shown.picture_in(request):
        _send_picture(company, host, person, picture, text, at)
    elif choice:
        label = _label_of(company, person, choice)
        message = {"text": label, "quick_reply": {"payload": choice}}
        messenger_calls.say(company, host, person, message, at, shown=label)
    elif button:
        title = "Bắt đầu" if button == GET_STARTED else _label_of(company, person, button)
        messenger_calls.tap(company, host, person, title, button, at)
    elif text:
        messenger_calls.say(company, host, person, {"text": text}, at, shown=text)
    return PHONE.done(request, number, {"sent": True, "user_id": person})


def _send_picture(company: str, host: str, person: str, picture: bytes, text: str, at: datetime) -> None:
    brand = current_company().brand
    token = messenger.keep_upload(company, "image", "anh.jpg", picture)
    base = accounts.stand_in(messenger.CHANNEL, company, brand, host).base_url
    url = f"{base}/files/{token}"
    message: dict[str, Any] = {"attachments": [{"type": "image", "payload": {"url": url}}]}
    if text:
        message["text"] = text
    extra = {"file": "anh.jpg", "url": url}
    messenger_calls.say(company, host, person, message, at, shown=text, extra=extra)


@demo_only
@json_or_form
@require_http_methods(["POST"])
def act(request: HttpRequest) -> HttpResponse:
    """What is no words: {"phone", "act", "hours"}."""
    company, told, at = phones_shown.company_code(), phones_shown.told_by(request), clock.now()
    number, wanted = phones_shown.number_in(told), str(told.get("act", ""))
    if number is None:
        return JsonResponse(phones_shown.UNREADABLE, status=422)
    person, host = messenger.ensure_person(company, phone=number), phones_shown.host_of(request)
    lines = messenger.list_lines(company, person)
    heard = next((line.id for line in reversed(lines) if not line.is_theirs), "")
    if wanted == "read":
        messenger_calls.read(company, host, person, at)
    elif wanted == "sticker":
        message = {"attachments": [{"type": "sticker", "payload": STICKER}]}
        messenger_calls.say(company, host, person, message, at, shown="[sticker]")
    elif wanted == "place":
        message = {"attachments": [{"type": "location", "payload": PLACE}]}
        messenger_calls.say(company, host, person, message, at, shown="[vị trí]")
    elif wanted == "like":
        reaction = {"reaction": "like", "emoji": "👍", "action": "react", "mid": heard}
        messenger_calls.tell(company, host, person, "reaction", reaction, at)
    elif wanted == "delete":
        mine = next((line.id for line in reversed(lines) if line.is_theirs), "")
        messenger.change_message(company, mine, "[đã xóa]")
        messenger_calls.tell(company, host, person, "message", {"mid": mine, "is_deleted": True}, at)
    elif wanted == "link":
        messenger_calls.tell(company, host, person, "referral", REFERRAL, at)
    elif wanted == "comment":
        messenger_calls.comment(company, host, person, str(told.get("text") or "Bao giờ có điện lại ạ?"), at)
    elif wanted == "silent":
        messenger.move_sign(company, person, hours=phones_shown.hours_in(told, 30), at=at)
    elif wanted in {"away", "back"}:
        messenger.give_to(company, person, PAGE_INBOX if wanted == "away" else "")
    elif wanted == "approve":
        _approve_templates(company, host, at)
    else:
        raise Http404
    return PHONE.done(request, number, {"done": wanted, "user_id": person})


def _approve_templates(company: str, host: str, at: datetime) -> None:
    """Meta has looked at what was handed in."""
    for name in messenger.decide_templates(company, "APPROVED"):
        value = {"event": "APPROVED", "message_template_name": name}
        messenger_calls.about_page(company, host, "message_template_status_update", value, at)
