"""The mailbox in which a person plays a customer. Forms for people, the same posts in JSON for programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from motcua.channels import stand_ins
from motcua.config import clock
from motcua.kernel.results import Refused
from motcua.sandbox import mail, phones_shown
from motcua.sandbox.gate import demo_only
from motcua.sandbox.views import is_json, json_or_form, refusal, sentence

LONGEST, LONGEST_SUBJECT = 8000, 200
FILE_LIMIT = 5_000_000


def _back(person: str) -> HttpResponse:
    return redirect(f"{reverse('sandbox:mail')}?{urlencode({'mail': person})}")


@demo_only
@require_GET
def box(request: HttpRequest) -> HttpResponse:
    """The mailbox: `?mail=hoa@example.com`, and `answers` for the mail to answer."""
    company, person = phones_shown.company_code(), request.GET.get("mail", "").strip()
    context: dict[str, Any] = {
        "person": person,
        "people": mail.list_people(company),
        "to": stand_ins.mailbox_of(company),
        "letters": [],
        "answered": None,
        "error": "",
    }
    if person:
        try:
            found = mail.list_letters(company, person)
        except Refused as refused:
            context["error"] = sentence(refused)
        else:
            wanted = request.GET.get("answers", "")
            context["letters"] = found
            context["answered"] = next((letter for letter in found if str(letter.serial) == wanted), None)
    who = "" if context["error"] else person
    context |= phones_shown.frame(mail.STORE, mail.FAULT_LABELS, "mail", who, field="mail")
    return render(request, "sandbox/mail.html", context, status=422 if context["error"] else 200)


@demo_only
@require_GET
def letters(request: HttpRequest) -> HttpResponse:
    """The same as JSON, for programs that play a person."""
    try:
        found = mail.list_letters(phones_shown.company_code(), request.GET.get("mail", ""))
    except Refused as refused:
        return refusal(refused)
    return JsonResponse({"letters": [letter.as_json() for letter in found]})


@demo_only
@json_or_form
@require_http_methods(["POST"])
def write(request: HttpRequest) -> HttpResponse:
    """The person writes, or answers: {"mail", "subject", "text", "answers", "name"}, and a file from the page."""
    company = phones_shown.company_code()
    told = phones_shown.told_by(request)
    person, text = str(told.get("mail", "")), str(told.get("text", "")).strip()[:LONGEST]
    answers, given = str(told.get("answers", "") or "0"), request.FILES.get("file")
    files = []
    if given is not None and given.size and given.size <= FILE_LIMIT:
        files = [(given.name or "tep", _mime(given.content_type or ""), given.read())]
    sent = ""
    try:
        person = mail.clean(person)
        if text or files:
            sent = mail.write(
                company,
                person,
                text=text,
                at=clock.now(),
                subject=" ".join(str(told.get("subject", "")).split())[:LONGEST_SUBJECT],
                answers=int(answers) if answers.isdigit() else 0,
                name=" ".join(str(told.get("name", "")).replace("<", "").split())[:60],
                files=files,
            )
    except Refused as refused:
        if is_json(request):
            return refusal(refused)
    return (
        JsonResponse({"sent": bool(sent), "message_id": sent}, status=202)
        if is_json(request)
        else _back(person)
    )


def _mime(told: str) -> str:
    return told if told in {"image/jpeg", "image/png", "application/pdf"} else "application/octet-stream"


@demo_only
@json_or_form
@require_http_methods(["POST"])
def faults(request: HttpRequest) -> HttpResponse:
    """Let something go wrong with the next mails: {"faults": [...]}."""
    phones_shown.company_code()
    return phones_shown.plan_faults(request, mail.STORE, _back(request.POST.get("mail", "")))
