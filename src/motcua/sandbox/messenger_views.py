"""The phone on which a person plays a customer on Messenger. Forms for people, the same posts in JSON for programs."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from motcua.channels import accounts
from motcua.channels.messenger import PAGE_INBOX
from motcua.channels.messenger.events import GET_STARTED
from motcua.companies.context import current_company
from motcua.companies.models import CompanyKind
from motcua.config import clock
from motcua.kernel import phones
from motcua.sandbox import messenger, messenger_calls
from motcua.sandbox.gate import demo_only
from motcua.sandbox.views import is_json, json_or_form, read_json

LONGEST = 2000
PICTURE_LIMIT = 1_000_000


def _company() -> str:
    company = current_company()
    if company.kind != CompanyKind.POWER:
        raise Http404
    return company.code


def _host(request: HttpRequest) -> str:
    return request.get_host().rsplit(":", 1)[0]


def _told(request: HttpRequest) -> dict[str, Any]:
    return read_json(request) if is_json(request) else request.POST.dict()


def _back(phone: str) -> HttpResponse:
    return redirect(f"{reverse('sandbox:messenger')}?{urlencode({'phone': phone})}")


@demo_only
@require_GET
def phone(request: HttpRequest) -> HttpResponse:
    """The screen: `?phone=0901234567`."""
    company, number = _company(), phones.normalise(request.GET.get("phone", ""))
    context: dict[str, Any] = {
        "phone": number or request.GET.get("phone", ""),
        "people": messenger.list_people(company),
        "faults": [(fault.value, label) for fault, label in messenger.FAULT_LABELS.items()],
        "is_wrong": bool(request.GET.get("phone")) and number is None,
        "lines": [],
    }
    if number:
        person = messenger.ensure_person(company, phone=number)
        context["lines"] = [_drawn(line) for line in messenger.list_lines(company, person)]
    return render(request, "sandbox/messenger.html", context, status=422 if context["is_wrong"] else 200)


def _drawn(line: messenger.Line) -> dict[str, Any]:
    """Choices are said, buttons are pressed, addresses open."""
    chips = [
        {"label": one.get("title", ""), "value": one["payload"], "name": "choice"}
        for one in line.extra.get("choices", ())
        if one.get("payload")
    ]
    chips += [
        {"label": one["title"], "value": one.get("payload", ""), "name": "button", "href": one.get("url", "")}
        for one in line.extra.get("buttons", ())
    ]
    asks = any(one.get("content_type") == "user_phone_number" for one in line.extra.get("choices", ()))
    return {"line": line, "chips": chips, "attached": line.extra.get("file") or "", "asks": asks}


@demo_only
@require_GET
def lines(request: HttpRequest) -> HttpResponse:
    """The same as JSON, for programs that play a person."""
    company, number = _company(), phones.normalise(request.GET.get("phone", ""))
    if number is None:
        return JsonResponse({"code": "NUMBER_UNREADABLE"}, status=422)
    found = messenger.list_lines(company, messenger.ensure_person(company, phone=number))
    return JsonResponse({"lines": [{**vars(line)} for line in found]})


def _label_of(company: str, person: str, value: str) -> str:
    for line in reversed(messenger.list_lines(company, person)):
        for one in [*line.extra.get("choices", ()), *line.extra.get("buttons", ())]:
            if one.get("payload") == value:
                return str(one.get("title", ""))
    return value


@demo_only
@json_or_form
@require_http_methods(["POST"])
def say(request: HttpRequest) -> HttpResponse:
    """The person writes, taps a choice or a button, sends a picture: {"phone", "text", "choice", "button", "name"}."""
    company, told, at = _company(), _told(request), clock.now()
    number, host = phones.normalise(str(told.get("phone", ""))), _host(request)
    if number is None:
        return JsonResponse({"code": "NUMBER_UNREADABLE"}, status=422)
    person = messenger.ensure_person(company, phone=number, name=str(told.get("name", ""))[:60])
    text = str(told.get("text", "")).strip()[:LONGEST]
    choice, button = (str(told.get(name, ""))[:1000] for name in ("choice", "button"))
    picture = request.FILES.get("picture")
    if picture is not None and picture.size and picture.size <= PICTURE_LIMIT:
        brand = current_company().brand
        token = messenger.keep_upload(company, "image", "anh.jpg", picture.read())
        base = accounts.stand_in(messenger.CHANNEL, company, brand, host).base_url
        attachment = {"type": "image", "payload": {"url": f"{base}/files/{token}"}}
        message: dict[str, Any] = {"attachments": [attachment], **({"text": text} if text else {})}
        messenger_calls.say(company, host, person, message, at, shown=text, extra={"file": "anh.jpg"})
    elif choice:
        label = _label_of(company, person, choice)
        message = {"text": label, "quick_reply": {"payload": choice}}
        messenger_calls.say(company, host, person, message, at, shown=label)
    elif button:
        title = "Bắt đầu" if button == GET_STARTED else _label_of(company, person, button)
        messenger_calls.tell(
            company, host, person, "postback",
            {"mid": f"m_postback_{at.timestamp()}", "title": title, "payload": button}, at,
        )  # fmt: skip
    elif text:
        messenger_calls.say(company, host, person, {"text": text}, at, shown=text)
    return JsonResponse({"sent": True, "user_id": person}, status=202) if is_json(request) else _back(number)


@demo_only
@json_or_form
@require_http_methods(["POST"])
def act(request: HttpRequest) -> HttpResponse:
    """Read, react, take back the last message, come by a link, be silent, give the conversation away: {"phone", "act", "hours"}."""
    company, told, at = _company(), _told(request), clock.now()
    number, wanted = phones.normalise(str(told.get("phone", ""))), str(told.get("act", ""))
    if number is None:
        return JsonResponse({"code": "NUMBER_UNREADABLE"}, status=422)
    person, host = messenger.ensure_person(company, phone=number), _host(request)
    lines = messenger.list_lines(company, person)
    if wanted == "read":
        messenger_calls.read(company, host, person, at)
    elif wanted == "sticker":
        attachment = {
            "type": "sticker",
            "payload": {"url": "https://scontent.xx.fbcdn.net/s.png", "sticker_id": 369239263222822},
        }
        messenger_calls.say(company, host, person, {"attachments": [attachment]}, at, shown="[sticker]")
    elif wanted == "like":
        mid = next((line.id for line in reversed(lines) if not line.is_theirs), "")
        reaction = {"reaction": "like", "emoji": "👍", "action": "react", "mid": mid}
        messenger_calls.tell(company, host, person, "reaction", reaction, at)
    elif wanted == "delete":
        mine = next((line.id for line in reversed(lines) if line.is_theirs), "")
        messenger.change_message(company, mine, "[đã xóa]")
        messenger_calls.tell(company, host, person, "message", {"mid": mine, "is_deleted": True}, at)
    elif wanted == "link":
        referral = {"ref": "qr-diem-giao-dich", "source": "SHORTLINK", "type": "OPEN_THREAD"}
        messenger_calls.tell(company, host, person, "referral", referral, at)
    elif wanted == "silent":
        hours = str(told.get("hours", ""))
        messenger.move_sign(company, person, hours=min(int(hours), 5000) if hours.isdigit() else 30, at=at)
    elif wanted in {"away", "back"}:
        messenger.give_to(company, person, PAGE_INBOX if wanted == "away" else "")
    elif wanted == "approve":
        for name in messenger.decide_templates(company, "APPROVED"):
            value = {"event": "APPROVED", "message_template_name": name}
            messenger_calls.about_page(company, host, "message_template_status_update", value, at)
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
        return JsonResponse({"planned": messenger.plan_faults([str(name) for name in names])}, status=202)
    messenger.plan_faults(request.POST.getlist("faults"))
    return _back(request.POST.get("phone", ""))
