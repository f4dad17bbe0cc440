"""Who saw and did what; what came in and could not be understood; what could not be sent."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.connectors.portals import callbacks, partners
from motcua.kernel import codes
from motcua.kernel.local_time import instant
from motcua.kernel.results import Refused
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.requests import queries as request_queries
from motcua.web.errors import refused_text
from motcua.web.staff.verbs import SUBJECTS, VERBS
from motcua.web.staff_pages import StaffRequest, company_admin_page
from motcua.web.words import actor_names, way_words, why_not_sent

PAGE = 100


@require_safe
@company_admin_page
def audit(request: StaffRequest) -> HttpResponse:
    """Who saw or did what, newest first, by person, kind, subject, day."""
    data = request.GET
    who, verb, about = data.get("ai", ""), data.get("viec", ""), data.get("ve", "").strip()[:64]
    since, until = _day(data.get("tu", "")), _day(data.get("den", ""))
    subject_type, subject_id = _subject(about)
    people = list(company_queries.list_staff(unit_codes=request.actor.unit_codes, with_leavers=True)[:500])
    refs = {f"staff:{person.id}" for person in people}
    rows = list(
        company_queries.search_audit(
            actor=who if who in refs else "", verb=verb if verb in VERBS else "", subject_type=subject_type, subject_id=subject_id,
            since=instant(since) if since else None, until=instant(until + timedelta(days=1)) if until else None,
            before=_key(data.get("sau", "")),
        )[: PAGE + 1]
    )  # fmt: skip
    names = actor_names({row.actor for row in rows})
    query = {"ai": who, "viec": verb, "ve": about, "tu": data.get("tu", ""), "den": data.get("den", "")}
    more = (
        {**query, "sau": f"{rows[PAGE - 1].at.isoformat()}~{rows[PAGE - 1].id}"} if len(rows) > PAGE else {}
    )
    context = {
        "lines": [
            {
                "entry": row, "who": names.get(row.actor, row.actor), "what": gettext(VERBS.get(row.verb, row.verb)),
                "about": gettext(SUBJECTS.get(row.subject_type, row.subject_type)),
                "facts": ", ".join(f"{name}: {value}" for name, value in row.facts.items()),
            }
            for row in rows[:PAGE]
        ],
        "next": "?" + urlencode({name: value for name, value in more.items() if value}) if more else "",
        "people": [(f"staff:{person.id}", person.name, f"staff:{person.id}" == who) for person in people],
        "verbs": [(code, gettext(name), code == verb) for code, name in VERBS.items()],
        "query": query,
    }  # fmt: skip
    return render(request, "staff/audit.html", context)


def _subject(text: str) -> tuple[str, str]:
    """What a number or an id means: a request's number becomes its id."""
    if number := codes.parse_request_number(text):
        view = request_queries.find_by_number(number)
        return "request", str(view.id) if view else "-"
    return "", text


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _key(text: str) -> tuple[datetime, int] | None:
    at, _separator, id = text.partition("~")
    try:
        return datetime.fromisoformat(at), int(id)
    except ValueError:
        return None


@require_safe
@company_admin_page
def events(request: StaffRequest) -> HttpResponse:
    """Events set aside and messages given up; what they say is not shown, it may be personal."""
    context = {
        "parked": messaging_queries.list_parked(),
        "dead": [
            (message, why_not_sent(message.reason), way_words(message.channel))
            for message in messaging_queries.list_dead_letters()
        ],
        "untold": callbacks.list_dead(),
    }
    return render(request, "staff/events.html", context)


@require_POST
@company_admin_page
def event_act(request: StaffRequest, event_id: int) -> HttpResponse:
    """Give a parked event another life, or give it up; both are audited by the operation."""
    wanted = {"lai": messaging_ops.replay_parked, "bo": messaging_ops.drop_parked}.get(
        request.POST.get("viec", "")
    )
    if wanted is None:
        raise Http404
    try:
        wanted(inbox_id=event_id, actor=request.actor, at=clock.now())
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    else:
        messages.success(request, gettext("Đã lưu."))
    return redirect("staff:events")


@require_POST
@company_admin_page
def outbox_act(request: StaffRequest, outbox_id: UUID) -> HttpResponse:
    """Try once more to send what was given up."""
    at = clock.now()
    try:
        messaging_ops.retry_dead(outbox_id=outbox_id, actor=request.actor, at=at)
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    else:
        messages.success(request, gettext("Tin sẽ được gửi lại."))
    return redirect("staff:events")


@require_POST
@company_admin_page
def portal_retry(request: StaffRequest, callback_id: UUID) -> HttpResponse:
    """Try once more to tell a portal what it could not be told; back to its page or to all that went wrong."""
    try:
        callbacks.retry_dead(callback_id=callback_id, actor=request.actor, at=clock.now())
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    else:
        messages.success(request, gettext("Cổng sẽ được báo lại."))
    portal = partners.find_portal(request.POST.get("cong", ""))
    return redirect("staff:portal", code=portal.code) if portal else redirect("staff:events")
