"""What the pages of the stand-ins' phones share: whose phone it is, what was typed, the faults that are planned. Forms for
people, the same posts in JSON for programs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from motcua.companies.context import current_company
from motcua.companies.models import CompanyKind
from motcua.config import clock
from motcua.kernel import phones
from motcua.kernel.results import Refused
from motcua.sandbox import installation
from motcua.sandbox.chat_book import ChatBook, Line
from motcua.sandbox.store import Store
from motcua.sandbox.views import is_json, read_json, refusal

LONGEST, LONGEST_TEXT = 2000, 600
PICTURE_LIMIT = 1_000_000
MOST_HOURS = 5000
FORGET = "forget"
UNREADABLE = {"code": "NUMBER_UNREADABLE"}


def company_code() -> str:
    """The company whose customers are played; the group has none."""
    company = current_company()
    if company.kind != CompanyKind.POWER:
        raise Http404
    return company.code


def host_of(request: HttpRequest) -> str:
    return installation.host_of(request.get_host())


def told_by(request: HttpRequest) -> dict[str, Any]:
    return read_json(request) if is_json(request) else request.POST.dict()


def number_in(told: Mapping[str, Any]) -> str | None:
    return phones.normalise(str(told.get("phone", "")))


def hours_in(told: Mapping[str, Any], default: int) -> int:
    hours = str(told.get("hours", ""))
    return min(int(hours), MOST_HOURS) if hours.isdigit() else default


def picture_in(request: HttpRequest) -> bytes:
    """The picture sent along, empty for none and for one that is too large."""
    picture = request.FILES.get("picture")
    is_good = picture is not None and picture.size and picture.size <= PICTURE_LIMIT
    return picture.read() if picture is not None and is_good else b""


def frame(
    store: Store[Any], labels: Mapping[Any, str], name: str, who: str, field: str = "phone"
) -> dict[str, Any]:
    """What the frame of a phone shows: whose it is ("": nobody's yet), what can go wrong, and what will."""
    return {
        "who": who,
        "fault_url": reverse(f"sandbox:{name}-faults"),
        "fault_name": field,
        "faults": [(fault.value, label) for fault, label in labels.items()],
        "planned": [gettext(labels[fault]) for fault in store.list_planned()],
    }


def plan_faults(request: HttpRequest, store: Store[Any], back: HttpResponse) -> HttpResponse:
    """Let something go wrong with what comes next, {"faults": [...]}; or forget what was planned, {"forget": true}."""
    told = read_json(request) if is_json(request) else request.POST
    if told.get(FORGET):
        store.forget_faults()
    if not is_json(request):
        store.plan_faults(request.POST.getlist("faults"))
        return back
    names = told.get("faults") or []
    return JsonResponse({"planned": store.plan_faults([str(name) for name in names])}, status=202)


@dataclass(frozen=True)
class ChatPhone:
    """The phone of a person on a chat service: `draw` says how a line looks on it."""

    book: ChatBook[Any]
    labels: Mapping[Any, str]
    name: str
    draw: Callable[[Line], dict[str, Any]]

    def screen(self, request: HttpRequest) -> HttpResponse:
        """`?phone=0901234567`; without one, who wrote last."""
        company, asked = company_code(), request.GET.get("phone", "")
        number = phones.normalise(asked)
        shown: dict[str, Any] = {
            "phone": number or asked,
            "people": self.book.list_people(company),
            "is_wrong": bool(asked) and number is None,
            "lines": [],
            **frame(self.book, self.labels, self.name, number or ""),
        }
        if number:
            person = self.book.ensure_person(company, phone=number)
            shown["lines"] = [self.draw(line) for line in self.book.list_lines(company, person)]
        return render(request, f"sandbox/{self.name}.html", shown, status=422 if shown["is_wrong"] else 200)

    def lines(self, request: HttpRequest) -> HttpResponse:
        """The same as JSON, for programs that play a person."""
        company, number = company_code(), phones.normalise(request.GET.get("phone", ""))
        if number is None:
            return JsonResponse(UNREADABLE, status=422)
        found = self.book.list_lines(company, self.book.ensure_person(company, phone=number))
        return JsonResponse({"lines": [vars(line) for line in found]})

    def faults(self, request: HttpRequest) -> HttpResponse:
        company_code()
        return plan_faults(request, self.book, self.back(request.POST.get("phone", "")))

    def back(self, phone: str) -> HttpResponse:
        return redirect(f"{reverse(f'sandbox:{self.name}')}?{urlencode({'phone': phone})}")

    def done(self, request: HttpRequest, number: str, told: Mapping[str, Any]) -> HttpResponse:
        """After an act: the screen, or what a program is told."""
        return JsonResponse(told, status=202) if is_json(request) else self.back(number)


class ShownText(Protocol):
    """A text message on the phone."""

    def as_json(self) -> dict[str, object]: ...


@dataclass(frozen=True)
class TextPhone:
    """The phone of a person with text messages alone. `write` is the person's answer: company, host, number, words, instant."""

    store: Store[Any]
    labels: Mapping[Any, str]
    name: str
    list_texts: Callable[..., Sequence[ShownText]]
    list_numbers: Callable[..., list[str]]
    write: Callable[[str, str, str, str, datetime], object]

    def screen(self, request: HttpRequest, **more: Any) -> HttpResponse:
        """`?phone=0901234567`; without one, the numbers last written to."""
        company, number = company_code(), request.GET.get("phone", "")
        shown: dict[str, Any] = {
            "phone": number,
            "people": [(one, one, one) for one in self.list_numbers(company_code=company)],
            "is_wrong": False,
            "texts": [],
            **more,
        }
        if number:
            try:
                shown["texts"] = self.list_texts(phone=number, company_code=company)
            except Refused:
                shown["is_wrong"] = True
        shown |= frame(self.store, self.labels, self.name, "" if shown["is_wrong"] else number)
        return render(request, f"sandbox/{self.name}.html", shown, status=422 if shown["is_wrong"] else 200)

    def inbox(self, request: HttpRequest) -> HttpResponse:
        """The same as JSON, for programs that play a person with a phone."""
        try:
            found = self.list_texts(phone=request.GET.get("phone", ""), company_code=company_code())
        except Refused as refused:
            return refusal(refused)
        return JsonResponse({"texts": [text.as_json() for text in found]})

    def reply(self, request: HttpRequest) -> HttpResponse:
        """The person answers: {"phone", "text"}."""
        told, company = told_by(request), company_code()
        number, text = str(told.get("phone", "")), str(told.get("text", "")).strip()[:LONGEST_TEXT]
        try:
            if text:
                self.write(company, host_of(request), number, text, clock.now())
        except Refused as refused:
            if is_json(request):
                return refusal(refused)
        return JsonResponse({"sent": bool(text)}, status=202) if is_json(request) else self.back(number)

    def back(self, phone: str) -> HttpResponse:
        return redirect(f"{reverse(f'sandbox:{self.name}')}?{urlencode({'phone': phone})}")
