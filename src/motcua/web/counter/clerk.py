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
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.ledger import queries as ledger_queries
from motcua.requests import access as request_access
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.models import Entry
from motcua.requests.queries import RequestView
from motcua.requests.states import State
from motcua.services import forms
from motcua.services import picture as pictures
from motcua.web.counter.views import AT_COUNTER
from motcua.web.deadlines import line_words
from motcua.web.desk import acts, request_page, worklist
from motcua.web.desk.words import actor_names, state_words
from motcua.web.errors import refused_text
from motcua.web.staff.signed_in import StaffRequest, staff_page
from motcua.web.timeline import Moment, timeline

# The ten states of the national portal.
PORTAL_WORDS = {
    1: _("Mới đăng ký"), 2: _("Được tiếp nhận"), 3: _("Không được tiếp nhận"), 4: _("Đang xử lý"),
    5: _("Yêu cầu bổ sung giấy tờ"), 6: _("Yêu cầu thực hiện nghĩa vụ tài chính"), 7: _("Công dân yêu cầu rút hồ sơ"),
    8: _("Dừng xử lý"), 9: _("Đã xử lý xong"), 10: _("Đã trả kết quả"),
}  # fmt: skip


@require_safe
@staff_page(*AT_COUNTER)
def mine(request: StaffRequest) -> HttpResponse:
    """What I sent in, newest first."""
    rows = request_queries.list_submitted_by(request.actor.ref)
    shown = worklist.newest_page(rows, request.GET.get("sau", ""))
    context = {
        "lines": worklist.lines_of(shown[: worklist.PAGE], clock.now()),
        "next": worklist.newest_link(shown, {}),
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
    papers, _others = request_page.papers_of(view)
    return {
        "view": view,
        "state": view.state,
        "service": view.service,
        "step": view.current_step,
        "state_words": state_words(view.state.state),
        "tone": worklist.TONES.get(State(view.state.state), "neutral"),
        "portal_words": gettext(PORTAL_WORDS[view.state.portal_status]),
        "status": view.current_step.status.get(language),
        "papers_asked": [view.service.paper(code).name.get(language) for code in view.papers_asked],
        "due_lines": [line_words(line) for line in view.due_lines],
        "figure": pictures.figure(view.service, view.step, done, language),
        "timeline": timeline(
            entries, request_queries.list_notes(view.id, for_customer=True), view, for_customer=True
        ),
        "answers": forms.review(view.service, view.answers, language),
        "representative": request_page.representative_lines(view),
        "papers": papers,
        "paper_fields": acts.upload_boxes(view) if not view.is_closed else [],
        "charges": [request_page.charge_line(charge) for charge in ledger_queries.list_charges(view.id)],
        "may_cancel": not view.is_closed and view.current_step.allows_cancel,
        "key": acts.new_key(),
        "error": "",
        **more,
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
            acts.add_uploads(
                view,
                request.FILES,
                request.actor,
                clock.now(),
                request.POST.get("key", "")[:100] or acts.new_key(),
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
def cancel(request: StaffRequest, number: str) -> HttpResponse:
    """The citizen wants it no more: asked once again, then done."""
    view = _own(request, number)
    if request.method == "POST":
        try:
            request_ops.cancel(
                request_id=view.id, actor=request.actor, at=clock.now(), reason=request.POST.get("reason", "").strip(),
                key=request.POST.get("key", "")[:100] or acts.new_key(),
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
    return render(request, "counter/cancel.html", {"view": view, "key": acts.new_key()})
