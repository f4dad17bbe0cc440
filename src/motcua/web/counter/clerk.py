"""What a clerk of an administration centre follows for citizens: only what they sent in themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from motcua.companies import operations as company_ops
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.connectors.models import CallbackState
from motcua.connectors.portals import callbacks, dossiers, statuses
from motcua.kernel.results import Refused
from motcua.ledger import queries as ledger_queries
from motcua.requests import access as request_access
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.models import Entry
from motcua.requests.queries import RequestView
from motcua.requests.states import State
from motcua.services import forms
from motcua.services import picture as pictures
from motcua.web import newest, request_facts, uploads
from motcua.web.act_form import key_of, new_key
from motcua.web.counter.views import AT_COUNTER
from motcua.web.deadlines import line_words
from motcua.web.errors import refused_text
from motcua.web.request_lines import TONES, lines_of
from motcua.web.staff_pages import StaffRequest, staff_page
from motcua.web.timeline import Moment, timeline
from motcua.web.words import actor_names, state_words

HANDS = "result.handed"


@require_safe
@staff_page(*AT_COUNTER)
def mine(request: StaffRequest) -> HttpResponse:
    """What I sent in, newest first."""
    rows = request_queries.list_submitted_by(request.actor.ref)
    shown = newest.newest_page(rows, request.GET.get("sau", ""))
    context = {
        "lines": lines_of(shown[: newest.PAGE], clock.now()),
        "next": newest.newest_link(shown, {}),
        "is_first": not request.GET.get("sau"),
        "is_clerk": request.actor.has_role(Role.DESK_CLERK),
    }
    return render(request, "counter/mine.html", context)


def _own(request: StaffRequest, number: str) -> RequestView:
    """A request this person sent in. Raises RequestUnknown for any other, whatever else they may see."""
    view = request_access.access_by_number(actor=request.actor, number=number)
    if view.state.submitted_by != request.actor.ref:
        raise request_ops.RequestUnknown()
    return view


@require_safe
@staff_page(*AT_COUNTER)
def case(request: StaffRequest, number: str) -> HttpResponse:
    """Where the citizen's request stands; opening it is audited."""
    view = _own(request, number)
    company_ops.record_audit(
        actor=request.actor,
        verb="request.seen",
        subject_type="request",
        subject_id=str(view.id),
        at=clock.now(),
        facts={"number": view.number},
    )
    return render(request, "counter/case.html", _case(view))


def _case(view: RequestView, **more: Any) -> dict[str, Any]:
    language = get_language() or "vi"
    entries = request_queries.list_entries(view.id)
    done = [entry.payload["step"] for entry in entries if entry.name == "step.done"]
    papers, _others = request_facts.papers_of(view)
    return {
        "view": view,
        "state": view.state,
        "service": view.service,
        "step": view.current_step,
        "state_words": state_words(view.state.state),
        "tone": TONES.get(State(view.state.state), "neutral"),
        "portal_words": gettext(statuses.NAMES[view.state.portal_status]),
        "status": view.current_step.status.get(language),
        "papers_asked": [view.service.paper(code).name.get(language) for code in view.papers_asked],
        "due_lines": [line_words(line) for line in view.due_lines],
        "figure": pictures.figure(view.service, view.step, done, language),
        "timeline": _story(view, entries),
        "answers": forms.review(view.service, view.answers, language),
        "representative": request_facts.representative_lines(view),
        "papers": papers,
        "paper_fields": uploads.upload_boxes(view) if not view.is_closed else [],
        "charges": [request_facts.charge_line(charge) for charge in ledger_queries.list_charges(view.id)],
        "may_cancel": not view.is_closed and view.current_step.allows_cancel,
        "handed": _handed(view, entries),
        "may_hand": view.state.state == State.SETTLED and not request_ops.was_handed(view.id),
        "results": dossiers.list_results(view),
        "portal_told": _portal_told(view),
        "receiver": view.answers.get("full_name", ""),
        "key": new_key(),
        "error": "",
        **more,
    }


def _handed(view: RequestView, entries: list[Entry]) -> dict[str, Any] | None:
    """Who took the result last, when, and which documents."""
    entry = next((entry for entry in reversed(entries) if entry.name == HANDS), None)
    if entry is None:
        return None
    notes = {str(note.id): note.text for note in request_queries.list_notes(view.id, for_customer=False)}
    named = {str(document.id): document.kind for document in dossiers.list_results(view)}
    return {
        "at": entry.at,
        "receiver": notes.get(entry.payload["note"], ""),
        "documents": [named.get(id, id) for id in entry.payload["documents"]],
        "by": actor_names({entry.actor}).get(entry.actor, ""),
    }


def _portal_told(view: RequestView) -> dict[str, int]:
    """How far the portal has heard: of so many changes so many, and how many were given up."""
    told = callbacks.list_callbacks(view.id) if view.state.external_number else []
    states = [row.state for row in told]
    return {
        "all": len(states),
        "delivered": states.count(CallbackState.DELIVERED),
        "dead": states.count(CallbackState.DEAD),
    }


def _story(view: RequestView, entries: list[Entry]) -> list[Moment]:
    """What a citizen may know, with names instead of ids."""
    told = timeline(entries, request_queries.list_notes(view.id, for_customer=True), view, for_customer=True)
    names = actor_names({moment.actor for moment in told})
    return [replace(moment, actor=names.get(moment.actor, "")) for moment in told]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*AT_COUNTER)
def papers(request: StaffRequest, number: str) -> HttpResponse:
    """More papers that the citizen brought."""
    view = _own(request, number)
    if request.method == "POST":
        try:
            uploads.add_uploads(
                view,
                request.FILES,
                request.actor,
                clock.now(),
                key_of(request),
            )
        except Refused as refusal:
            return render(
                request,
                "counter/case.html",
                _case(view, error=refused_text(refusal), has_errors=True),
                status=422,
            )
        messages.success(request, gettext("Đã lưu giấy tờ."))
    return redirect("counter:case", number=view.number)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*AT_COUNTER)
def hand(request: StaffRequest, number: str) -> HttpResponse:
    """The result is in the citizen's hands: who took it, which documents."""
    view = _own(request, number)
    if request.method == "POST":
        results = {str(document.id): document.id for document in dossiers.list_results(view)}
        chosen = [results[id] for id in request.POST.getlist("documents") if id in results]
        try:
            request_ops.hand_result(
                request_id=view.id, receiver=request.POST.get("receiver", ""), documents=chosen, actor=request.actor,
                at=clock.now(), key=key_of(request), papers_exist=bool(results),
            )  # fmt: skip
        except Refused as refusal:
            shown = _case(
                view,
                error=refused_text(refusal),
                has_errors=True,
                receiver=request.POST.get("receiver", "")[:120],
            )
            return render(request, "counter/case.html", shown, status=422)
        messages.success(request, gettext("Đã ghi nhận trao kết quả."))
    return redirect("counter:case", number=view.number)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*AT_COUNTER)
def cancel(request: StaffRequest, number: str) -> HttpResponse:
    """The citizen wants it no more: asked once again, then done."""
    view = _own(request, number)
    if request.method == "POST":
        try:
            request_ops.cancel(
                request_id=view.id, actor=request.actor, at=clock.now(), reason=request.POST.get("reason", "").strip(),
                key=key_of(request),
            )  # fmt: skip
        except Refused as refusal:
            return render(
                request,
                "counter/case.html",
                _case(view, error=refused_text(refusal), has_errors=True),
                status=409,
            )
        messages.success(request, gettext("Yêu cầu đã được hủy."))
        return redirect("counter:case", number=view.number)
    return render(request, "counter/cancel.html", {"view": view, "key": new_key()})
