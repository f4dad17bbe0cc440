"""The declared actions of a request's step: each is a form on the request's page with a key of its own."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused
from motcua.requests import access as request_access
from motcua.requests import operations as request_ops
from motcua.requests import rules as request_rules
from motcua.requests.queries import RequestView
from motcua.requests.states import State
from motcua.services.declaration import Action
from motcua.web import inputs, question_fields
from motcua.web.act_form import Failed, Form, box, key_of, new_key
from motcua.web.desk.acting import ACTORS, again
from motcua.web.staff_pages import StaffRequest, staff_page


def may_do(actor: Actor, view: RequestView, role: str) -> bool:
    return request_rules.may_act(actor, role, unit_code=view.unit_code, customer_id=view.customer_id)


def offered(actor: Actor, view: RequestView) -> list[Action]:
    """The actions of the present step that this person may do now."""
    step, state = view.current_step, view.state
    if state.state == State.WAITING_PAPERS or (view.is_closed and not step.final):
        return []
    found = [
        a for a in request_rules.offered_actions(step, view.values) if may_do(actor, view, step.role_of(a))
    ]
    return [a for a in found if not (step.final and state.rating)]


def step_forms(actor: Actor, view: RequestView, failed: Failed | None) -> list[Form]:
    """A form for each action of the step; the first main one stands open."""
    language = get_language()
    forms: list[Form] = []
    for action in offered(actor, view):
        mine = failed if failed and failed.code == action.code else None
        boxes = inputs.boxes_of(
            action.inputs,
            mine.values if mine else {},
            mine.problems if mine else {},
            view.values,
            prefix=f"id_{action.code}",
        )
        if action.needs_reason:
            boxes.append(box("reason", "textarea", gettext("Lý do"), action.code, mine))
        forms.append(
            Form(
                code=action.code,
                label=action.label.get(language),
                post_url=reverse("desk:advance", args=(view.number, action.code)),
                key=mine.key if mine else new_key(),
                style=str(action.style.value),
                boxes=boxes,
                hidden={"step": view.step},
                known=inputs.known_json(action.inputs, view.values),
                general=mine.general if mine else [],
                is_open=mine is not None or (not forms and not failed),
            )
        )
    return forms


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*ACTORS)
def advance(request: StaffRequest, number: str, action: str) -> HttpResponse:
    """Do an action of the step."""
    view = request_access.access_by_number(actor=request.actor, number=number)
    if request.method != "POST":
        return redirect(reverse("desk:request", args=(view.number,)) + f"#act-{action}")
    declared = next((a for step in view.service.steps for a in step.actions if a.code == action), None)
    if declared is None:
        raise Http404
    typed = question_fields.values_from(declared.inputs, request.POST)
    reason, key = request.POST.get("reason", "").strip(), key_of(request)
    try:
        done = request_ops.advance(
            request_id=view.id, action=action, inputs={name: v for name, v in typed.items() if v is not None},
            actor=request.actor, at=clock.now(), key=key, expected_step=request.POST.get("step") or None, reason=reason,
        )  # fmt: skip
    except Refused as refusal:
        return again(request, view.id, action, refusal, {**typed, "reason": reason}, key)
    step = view.service.step(done.step).name.get(get_language())
    messages.success(
        request,
        gettext("Đã làm: %(action)s. Bước hiện tại: %(step)s.")
        % {"action": declared.label.get(get_language()), "step": step},
    )
    return redirect("desk:request", number=view.number)
