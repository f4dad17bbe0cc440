"""What the crew does: sets out, does the declared actions of the step, ends a visit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST

from motcua.config import clock
from motcua.fieldwork import contracts
from motcua.fieldwork import operations as fieldwork_ops
from motcua.fieldwork import queries as fieldwork_queries
from motcua.kernel.results import Refused
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.services.declaration import Action
from motcua.supply import queries as supply_queries
from motcua.web import inputs, question_fields
from motcua.web.errors import refused_text
from motcua.web.field.here import CREW, Here, needs_signatures, stand_at
from motcua.web.staff_pages import StaffRequest, staff_page

METERS_OFFERED = 40


@require_POST
@staff_page(*CREW)
def start(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """The crew sets out: the customer sees it, and the window stands."""
    here = stand_at(request.actor, visit_id)
    try:
        fieldwork_ops.start_visit(
            visit_id=visit_id,
            actor=request.actor,
            at=clock.now(),
            key=request.POST.get("key") or here.key("start"),
        )
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    return redirect("field:visit", visit_id=visit_id)


@require_POST
@staff_page(*CREW)
def finish(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """Nothing more can be done at this visit: it is over."""
    here = stand_at(request.actor, visit_id)
    fieldwork_ops.finish_visit(
        visit_id=visit_id,
        actor=request.actor,
        at=clock.now(),
        key=request.POST.get("key") or here.key("finish"),
    )
    return redirect("field:visit", visit_id=visit_id)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*CREW)
def act(request: StaffRequest, visit_id: UUID, action: str) -> HttpResponse:
    """A declared action with its inputs. What is refused stands beside its field, and nothing typed is lost."""
    here = stand_at(request.actor, visit_id)
    declared = next((a for step in here.view.service.steps for a in step.actions if a.code == action), None)
    if declared is None:
        return redirect("field:visit", visit_id=visit_id)
    if request.method != "POST":
        if not any(offered.code == action for offered in here.actions):
            return redirect("field:visit", visit_id=visit_id)
        if needs_signatures(declared) and not contracts.is_signed(here.view.id):
            return redirect("field:sign", visit_id=visit_id)
        return _page(request, here, declared, _known(here, declared), None)
    typed = question_fields.values_from(declared.inputs, request.POST)
    try:
        advance(
            here, declared, {name: value for name, value in typed.items() if value is not None},
            key=request.POST.get("key") or here.key(action), step=request.POST.get("step", ""),
            reason=request.POST.get("reason", "").strip(),
        )  # fmt: skip
    except Refused as refusal:
        return _page(request, here, declared, typed, refusal)
    messages.success(request, gettext("Đã ghi: %(what)s.") % {"what": declared.label.get(get_language())})
    return after(here)


def advance(
    here: Here, action: Action, given: dict[str, Any], *, key: str, step: str = "", reason: str = ""
) -> None:
    """Do the action, and end the visit when the crew's part is done with it."""
    at = clock.now()
    done = request_ops.advance(
        request_id=here.view.id, action=action.code, inputs=given, actor=here.actor, at=at, key=key,
        expected_step=step or None, reason=reason,
    )  # fmt: skip
    present = fieldwork_queries.find_visit(here.visit.id)
    if present is not None and present.is_ahead and here.view.service.step(done.step).role != "CREW":
        fieldwork_ops.finish_visit(visit_id=present.id, actor=here.actor, at=at, key=f"{key}:visit")


def after(here: Here) -> HttpResponse:
    """On to the next thing: the light after the meter, else the page of the visit."""
    view = request_queries.get_request(here.view.id)
    fresh = stand_at(here.actor, here.visit.id)
    main = [action for action in fresh.actions if action.style == "primary"]
    if here.view.step == "INSTALL" and view.step == "ENERGISE" and main:
        return redirect("field:act", visit_id=here.visit.id, action=main[0].code)
    return redirect("field:visit", visit_id=here.visit.id)


def _known(here: Here, action: Action) -> dict[str, Any]:
    """What was put in before under the same names: an action that corrects begins with what stands."""
    return {q.name: here.view.values[q.name] for q in action.inputs if q.name in here.view.values}


def _page(
    request: StaffRequest, here: Here, action: Action, values: dict[str, Any], refusal: Refused | None
) -> HttpResponse:
    names = [question.name for question in action.inputs]
    problems, general = inputs.problems_of(refusal, [*names, "reason"]) if refusal else ({}, [])
    boxes = inputs.boxes_of(action.inputs, values, problems, here.view.values)
    for box in boxes:
        _fit_to_phone(here, box["field"])
    if action.needs_reason:
        boxes.append({"field": _reason(request, problems), "when": ""})
    mending = next(
        (a for a in here.actions if refusal and refusal.field in {q.name for q in a.inputs} - {*names}), None
    )
    context = {
        "visit": here.visit,
        "view": here.view,
        "mending": mending and {"code": mending.code, "label": mending.label.get(get_language())},
        "action": action,
        "label": action.label.get(get_language()),
        "boxes": boxes,
        "known": inputs.known_json(action.inputs, here.view.values),
        "general": general,
        "problems": [*(("", line) for line in general), *inputs.summary_of(boxes)] if refusal else [],
        "has_errors": refusal is not None,
        "key": request.POST.get("key") or here.key(action.code),
        "step": request.POST.get("step") or here.view.step,
        "crew_name": here.visit.crew_name,
    }
    return render(request, "field/act.html", context, status=422 if refusal else 200)


def _reason(request: StaffRequest, problems: inputs.Problems) -> dict[str, Any]:
    return {
        "kind": "textarea", "name": "reason", "id": "id_reason", "label": gettext("Lý do"),
        "value": request.POST.get("reason", ""),
        "errors": [question_fields.problem_text(problem) for problem in problems.get("reason", ())],
    }  # fmt: skip


def _fit_to_phone(here: Here, field: dict[str, Any]) -> None:
    """The unit's stock to choose a serial from; keyboards without corrections for codes."""
    if field["name"] == "meter_serial":
        phases = contracts.phases_of(here.view)
        stock = supply_queries.list_stock_meters(here.view.unit_code)
        fitting = [meter.serial for meter in stock if phases is None or meter.phases == phases]
        field["suggestions"] = fitting[:METERS_OFFERED]
        field["attrs"] = {
            **field["attrs"],
            "autocapitalize": "characters",
            "spellcheck": "false",
            "autocomplete": "off",
        }
    elif field["name"] == "seals":
        field["attrs"] = {
            **field["attrs"],
            "autocapitalize": "characters",
            "spellcheck": "false",
            "autocomplete": "off",
        }
