"""One request with everything about it: where it stands, what can be done, whose it is, where, papers, money,
talk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from motcua.channels import webchat
from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.roles import LABELS, Role
from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.fieldwork import queries as fieldwork_queries
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.ledger import queries as ledger_queries
from motcua.messaging import queries as messaging_queries
from motcua.requests import access as request_access
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.models import Entry
from motcua.requests.queries import RequestView
from motcua.requests.states import State
from motcua.services import forms, values
from motcua.services import picture as pictures
from motcua.services.declaration import CUSTOMER, SYSTEM
from motcua.supply import queries as supply_queries
from motcua.web import request_facts, words
from motcua.web.act_form import Failed
from motcua.web.deadlines import line_words
from motcua.web.desk import acts, customer_access, step_acts, talk_lines
from motcua.web.desk.acting import ACTORS
from motcua.web.request_lines import TONES, lines_of
from motcua.web.staff_pages import StaffRequest, staff_page
from motcua.web.timeline import Moment, timeline

READERS = (*ACTORS, Role.ADMIN, Role.DIRECTOR)
OTHERS_SHOWN = 5
MESSAGES_SHOWN = 30


@dataclass(frozen=True)
class PlaceLines:
    """Where it is, which unit serves it, and why that one."""

    text: str
    facts: list[dict[str, Any]]
    map_url: str
    unit_name: str
    why: str
    other_unit: str


@require_safe
@staff_page(*READERS)
def request_page(request: StaffRequest, number: str) -> HttpResponse:
    """The page of a request; that it was opened, and by whom, stands in the audit."""
    view = request_access.access_by_number(actor=request.actor, number=number)
    if view.number != number:
        return redirect("desk:request", number=view.number)
    company_ops.record_audit(
        actor=request.actor,
        verb="request.seen",
        subject_type="request",
        subject_id=str(view.id),
        at=clock.now(),
        facts={"number": view.number},
    )
    request_ops.read_mentions(actor=request.actor, at=clock.now(), request_id=view.id)
    return render_page(request, view)


def render_page(
    request: StaffRequest, view: RequestView, *, failed: Failed | None = None, status: int = 200
) -> HttpResponse:
    """The page, with a refused act in its place."""
    return render(
        request, "desk/request.html", page_of(request.actor, view, clock.now(), failed), status=status
    )


def page_of(actor: Actor, view: RequestView, at: datetime, failed: Failed | None = None) -> dict[str, Any]:
    """Everything the page shows."""
    state, language = view.state, get_language() or "vi"
    entries = request_queries.list_entries(view.id)
    done = [entry.payload["step"] for entry in entries if entry.name == "step.done"]
    step_forms, act_forms = step_acts.step_forms(actor, view, failed), acts.act_forms(actor, view, at, failed)
    shown = {form.code for form in (*step_forms, *act_forms)}
    names = words.actor_names(
        {entry.actor for entry in entries} | {state.assignee, state.submitted_by} - {""}
    )
    papers, others = request_facts.papers_of(view)
    return {
        "view": view,
        "state": state,
        "service": view.service,
        "step": view.current_step,
        "state_words": words.state_words(state.state),
        "tone": TONES.get(State(state.state), "neutral"),
        "turn": turn_words(view),
        "waits_for_papers": state.state == State.WAITING_PAPERS,
        "papers_asked": [view.service.paper(code).name.get(language) for code in view.papers_asked],
        "is_late": not view.is_closed
        and state.paused_at is None
        and state.due_at is not None
        and state.due_at < at,
        "is_step_late": not view.is_closed and state.step_due_at is not None and state.step_due_at < at,
        "due_lines": [line_words(line) for line in view.due_lines],
        "step_due_lines": [line_words(line) for line in view.step_due_lines],
        "promise": view.service.promise.text.get(language),
        "figure": pictures.figure(view.service, view.step, done, language),
        "timeline": timeline_of(view, entries, names),
        "step_forms": step_forms,
        "act_forms": act_forms,
        "summary": [line for form in (*step_forms, *act_forms) for line in form.summary],
        "orphan": _orphan(failed) if failed and failed.code not in shown else None,
        "has_errors": failed is not None,
        "more_open": any(form.is_open for form in act_forms),
        "assignee": names.get(state.assignee, ""),
        "submitted_by": names.get(state.submitted_by, ""),
        "channel": words.channel_words(state.channel),
        "answers": forms.review(view.service, view.answers, language),
        "inputs": input_lines(view, language),
        "representative": request_facts.representative_lines(view),
        "papers": papers,
        "other_documents": others,
        "place": place_lines(view),
        "charges": [request_facts.charge_line(charge) for charge in ledger_queries.list_charges(view.id)],
        "visits": fieldwork_queries.list_visits(view.id),
        "customer": _customer(actor, view, at),
        "talk": _talk(actor, view),
        "notes": request_queries.list_notes(view.id),
    }


def _orphan(failed: Failed) -> dict[str, Any]:
    """What was typed for an act that is no longer offered: it is shown, so that nothing typed is lost."""
    typed = [str(value) for value in failed.values.values() if value not in (None, "", [])]
    return {"general": failed.general or [gettext("Lúc này chưa làm được việc đó.")], "typed": typed}


def turn_words(view: RequestView) -> str:
    """Whose turn it is."""
    role = view.state.waiting_role
    if view.is_closed or not role:
        return ""
    if role == CUSTOMER:
        return gettext("khách hàng")
    return gettext("hệ thống") if role == SYSTEM else gettext(LABELS[Role(role)])


def timeline_of(view: RequestView, entries: list[Entry], names: dict[str, str]) -> list[Moment]:
    """The journal in words with the names of people, and what an entry points to."""
    told = timeline(entries, request_queries.list_notes(view.id), view, for_customer=False)
    units = company_queries.unit_names(
        {e.payload["unit_code"] for e in entries if e.name == "request.routed"}
    )
    assigned = words.actor_names(
        {e.payload["assignee"] for e in entries if e.name == "request.assigned"} - {""}
    )
    language = get_language()
    made = []
    for entry, moment in zip(reversed(entries), told, strict=True):
        note = moment.note
        if entry.name == "request.assigned":
            note = assigned.get(entry.payload["assignee"], gettext("Không giao cho ai"))
        elif entry.name == "request.routed":
            note = " · ".join(filter(None, (units.get(entry.payload["unit_code"], ""), note)))
        elif entry.name == "papers.asked":
            asked = ", ".join(view.service.paper(code).name.get(language) for code in entry.payload["papers"])
            note = ". ".join(filter(None, (asked, note)))
        elif entry.name == "paper.added":
            note = _paper_name(view, entry.payload["paper"])
        elif entry.name == "late.explained":
            note = f"{gettext(words.PARTIES.get(entry.payload['party'], ''))}: {note}"
        made.append(Moment(moment.at, moment.title, note, names.get(entry.actor, ""), entry.name))
    return made


def _paper_name(view: RequestView, code: str) -> str:
    return next((paper.name.get(get_language()) for paper in view.service.papers if paper.code == code), code)


def input_lines(view: RequestView, language: str) -> list[dict[str, Any]]:
    """What staff put in at the steps so far."""
    questions = {question.name: question for question in view.service.inputs()}
    return [
        {
            "key": questions[name].short_label.get(language),
            "value": values.show(questions[name], value, language),
        }
        for name, value in view.inputs.items()
        if name in questions
    ]


def place_lines(view: RequestView) -> PlaceLines:
    """The place in its parts, and by what the unit was found."""
    units = company_queries.unit_names({view.unit_code})
    unit_name = units.get(view.unit_code, view.unit_code)
    if view.place_id is None or view.state.submitted_at is None:
        return PlaceLines("", [], "", unit_name, "", "")
    place = supply_queries.get_place(view.place_id)
    found = supply_queries.find_unit_for_place(place, local_date(view.state.submitted_at))
    parts = [
        (gettext("Thôn, xóm"), place.hamlet), (gettext("Xã, phường"), place.new_commune or place.commune),
        (gettext("Quận, huyện cũ"), place.district), (gettext("Số cột"), place.pole_number),
        (gettext("Mã KH nhà bên cạnh"), place.neighbour_account_code),
    ]  # fmt: skip
    other = ""
    if found is not None and found.unit_code != view.unit_code:
        other = company_queries.unit_names({found.unit_code}).get(found.unit_code, found.unit_code)
    is_own = found is not None and not other
    return PlaceLines(
        text=place.text,
        facts=[{"key": key, "value": value} for key, value in parts if value],
        map_url=f"https://www.openstreetmap.org/?mlat={place.lat}&mlon={place.lon}#map=17/{place.lat}/{place.lon}"
        if place.lat
        else "",
        unit_name=unit_name,
        why=gettext(words.FOUND_BY[found.by]) if is_own and found and found.by in words.FOUND_BY else "",
        other_unit=other,
    )


def _customer(actor: Actor, view: RequestView, at: datetime) -> dict[str, Any] | None:
    """Who asks, with their contracts and other requests."""
    if view.customer_id is None:
        return None
    known = customer_queries.find_customer(view.customer_id)
    if known is None:
        return None
    rows = request_queries.list_for_search(customer_ids=[view.customer_id], limit=OTHERS_SHOWN + 1)
    return {
        "view": known,
        "may_open": actor.has_role(*customer_access.READERS),
        "contracts": supply_queries.list_contracts([view.customer_id]),
        "others": lines_of([row for row in rows if row.id != view.id][:OTHERS_SHOWN], at),
    }


def _talk(actor: Actor, view: RequestView) -> dict[str, Any] | None:
    """The newest conversation about the request or with the customer, and whether this person may answer
    there.
    """
    listed = messaging_queries.list_conversations(request_id=view.id, customer_id=view.customer_id, limit=5)
    if view.state.conversation_id and all(c.id != view.state.conversation_id for c in listed):
        first = messaging_queries.find_conversation(view.state.conversation_id)
        listed = [*listed, first] if first else listed
    if not listed:
        return None
    chosen = next((c for c in listed if c.is_open), listed[0])
    rows = messaging_queries.list_last_messages(chosen.id, limit=MESSAGES_SHOWN, with_internal=True)
    earlier = talk_lines.draw_earlier(chosen, MESSAGES_SHOWN - len(rows))
    return {
        "conversation": chosen,
        "channel": words.channel_words(chosen.channel),
        "messages": [*earlier, *talk_lines.draw(chosen, rows)],
        "may_answer": chosen.is_open and actor.has_role(Role.INTAKE, Role.BUSINESS, Role.SUPERVISOR),
        "is_mine": chosen.staff_id == actor.id,
        "is_other": bool(chosen.staff_id) and chosen.staff_id != actor.id,
        "post_url": reverse("desk:conversation", args=(chosen.id,)),
        "client_msg_id": uuid4().hex,
        "attach": "" if chosen.channel == webchat.CODE else "no",
        "extra": {"next": reverse("desk:request", args=(view.number,)) + "#hoi-thoai"},
    }


def request_of(conversation_request_id: UUID | None, actor: Actor) -> RequestView | None:
    """The request a conversation is about, when this person may see it."""
    view = request_queries.find_request(conversation_request_id) if conversation_request_id else None
    return view if view is not None and request_access.may_see(actor, view) else None
