"""Following a request: number and a code by message, or number and the code word."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.config import clock
from motcua.connectors.identity import sign_in
from motcua.customers import operations as customer_ops
from motcua.documents import operations as document_ops
from motcua.documents import queries as document_queries
from motcua.fieldwork import queries as fieldwork_queries
from motcua.kernel import codes, phones
from motcua.kernel.ids import new_id
from motcua.kernel.results import Refused
from motcua.ledger import queries as ledger_queries
from motcua.messaging import operations as messaging_ops
from motcua.requests import queries as request_queries
from motcua.requests import rules as request_rules
from motcua.requests.models import Entry
from motcua.requests.queries import RequestView
from motcua.requests.states import State
from motcua.services import flow, forms
from motcua.services import picture as pictures
from motcua.services.declaration import CUSTOMER, Give
from motcua.web import slips, visitors
from motcua.web.customer import sharing
from motcua.web.customer.forms import CODE_WORD_TAG, form_key_of, fresh_key
from motcua.web.customer.guard import Followed, ProofNeeded, followed, followed_or_404
from motcua.web.deadlines import line_words
from motcua.web.errors import refused_text
from motcua.web.timeline import timeline

PROOF_PURPOSE = "FOLLOW"
HOUR = timedelta(hours=1)
# What a customer may open of what we made; everything they sent themselves besides.
OWN_KINDS = ("CONTRACT_SIGNED", "CONTRACT", "RECEIPT", "PHOTO")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Which request? The number as people type it."""
    typed = (request.POST.get("so") or request.GET.get("so") or "").strip()[:40]
    error = ""
    if typed:
        number = codes.parse_request_number(typed)
        if number:
            return redirect("customer:request", number=number)
        error = gettext("Số yêu cầu chưa đúng. Số có dạng %(example)s, in trên phiếu và trong tin nhắn.") % {
            "example": codes.request_number(request.company.number_prefix, 2026, 123)  # type: ignore[attr-defined]
        }
    return render(
        request, "customer/find.html", {"typed": typed, "error": error}, status=422 if error else 200
    )


@never_cache
@require_safe
def request_page(request: HttpRequest, number: str) -> HttpResponse:
    """Where the request stands, what happens next, what the customer can do; or the proof that it is theirs."""
    canonical = codes.parse_request_number(number)
    if canonical is None:
        return redirect("customer:follow")
    if canonical != number:
        return redirect("customer:request", number=canonical)
    try:
        here = followed(request, number)
    except ProofNeeded:
        return _proof(request, number)
    return render(request, "customer/request.html", page_of(request, here))


def page_of(request: HttpRequest, here: Followed) -> dict[str, Any]:
    """Everything the follow page shows."""
    view, language = here.view, get_language() or "vi"
    state = view.state
    entries = request_queries.list_entries(view.id)
    done = [entry.payload["step"] for entry in entries if entry.name == "step.done"]
    told = list(messages.get_messages(request))
    words = [str(message) for message in told if CODE_WORD_TAG in (message.extra_tags or "")]
    return {
        "view": view,
        "state": state,
        "service": view.service,
        "step": view.current_step,
        "is_closed": view.is_closed,
        "waits_for_papers": state.state == State.WAITING_PAPERS,
        "papers_asked": [view.service.paper(code) for code in view.papers_asked],
        "code_word": words[0] if words else "",
        "due_lines": [line_words(line) for line in view.due_lines],
        "due": {"state": _due_state(view)},
        "steps": _steps(view, entries, done, language),
        "figure": pictures.figure(view.service, view.step, done, language),
        "timeline": timeline(
            entries, request_queries.list_notes(view.id, for_customer=True), view, for_customer=True
        ),
        "answers": forms.review(view.service, view.answers, language, masked=True),
        "charges": ledger_queries.list_charges(view.id),
        "visits": fieldwork_queries.list_visits(view.id),
        "documents": [d for d in slips.papers_of(view) if may_open(d.kind, view)],
        "papers": [p for p in flow.list_papers(view.service, view.values) if Give.UPLOAD in p.give],
        "actions": _actions(view) if here.may_act else [],
        "may_cancel": here.may_act and not view.is_closed and view.current_step.allows_cancel,
        "may_object": here.may_act and view.is_closed and state.state == State.REJECTED,
        "may_act": here.may_act,
        "holds_photos": sharing.COOKIE in request.COOKIES and here.may_act and not view.is_closed,
        "key": fresh_key("follow"),
    }


def _due_state(view: RequestView) -> str:
    """How the promise stands, as the deadline component says it; nothing for a request that ended without a result."""
    state = view.state
    if state.state == State.SETTLED and state.closed_at:
        return "met"
    if view.is_closed or state.due_at is None:
        return ""
    if state.paused_at:
        return "paused"
    return "late" if clock.now() > state.due_at else "on_time"


def _steps(
    view: RequestView, entries: Iterable[Entry], done: list[str], language: str
) -> list[dict[str, Any]]:
    """The way of the request as lamps on a wire. What never comes after an end is left out."""
    done_at = {entry.payload["step"]: entry.at for entry in entries if entry.name == "step.done"}
    has_ended = view.state.state in {State.CANCELLED, State.REJECTED}
    waits = view.state.state == State.WAITING_PAPERS or view.current_step.role == CUSTOMER
    items = []
    for mark in pictures.list_marks(view.service, view.step, done, language):
        state: str = mark.state
        if mark.state is pictures.State.NOW:
            state = "stopped" if has_ended else "waiting" if waits else "now"
        elif has_ended and mark.state is pictures.State.NEXT:
            continue
        ahead = mark.state in {pictures.State.NOW, pictures.State.NEXT} and not has_ended
        items.append({
            "title": mark.name, "state": state, "at": done_at.get(mark.step.code, "") if not ahead else "",
            "who": ", ".join(filter(None, (mark.who, mark.time))) if ahead else "",
        })  # fmt: skip
    return items


def _actions(view: RequestView) -> list[Any]:
    """What the declaration lets the customer do at this step."""
    if view.state.state == State.WAITING_PAPERS or (view.is_closed and not view.current_step.final):
        return []
    step = view.current_step
    offered = [a for a in request_rules.offered_actions(step, view.values) if step.role_of(a) == CUSTOMER]
    return [a for a in offered if not (view.state.rating and step.final)]


def _proof(request: HttpRequest, number: str, **more: Any) -> HttpResponse:
    context = {
        "number": number,
        "proof": request.GET.get("ma", ""),
        "key": form_key_of(request),
        "error_code": "",
        "error_word": "",
        "error_phone": "",
        "providers": sign_in.list_providers(),
        **more,
    }
    return render(
        request,
        "customer/proof.html",
        context,
        status=422 if any(k.startswith("error") for k in more) else 200,
    )


@never_cache
@require_POST
def send_code(request: HttpRequest, number: str) -> HttpResponse:
    """Send a code to the phone of the request. The page says the same whether number and phone fit together or not."""
    at = clock.now()
    visitor = visitors.get_visitor(request, at)
    typed = request.POST.get("phone", "")
    phone = phones.normalise(typed)
    if phone is None:
        return _proof(
            request, number, phone=typed, error_phone=gettext("Số điện thoại chưa đúng. Ví dụ: 0901 234 567.")
        )
    view = request_queries.find_by_number(number)
    try:
        customer_ops.count_attempt(
            subject=f"follow:{request.META.get('REMOTE_ADDR', '')}", limit=30, window=HOUR, at=at
        )
        proof_id = _start(view, phone, visitor, form_key_of(request), at)
    except Refused as refusal:
        return _proof(request, number, phone=typed, error_phone=refused_text(refusal))
    return visitors.remember(
        request, _proof(request, number, phone=typed, proof=proof_id, sent_to=phones.mask(phone)), visitor
    )


def _start(
    view: RequestView | None, phone: str, visitor: visitors.Visitor, form_key: str, at: datetime
) -> str:
    """Start the proof when the phone is the request's; else an id that proves nothing."""
    if view is None or phones.normalise(str(view.answers.get("phone", ""))) != phone:
        return str(new_id(at))
    started = messaging_ops.send_proof_code(
        phone=phone, purpose=PROOF_PURPOSE, actor=visitor.actor, at=at, form_key=form_key
    )
    return str(started.id)


@never_cache
@require_POST
def enter_code(request: HttpRequest, number: str) -> HttpResponse:
    """The code from the message."""
    at = clock.now()
    visitor = visitors.get_visitor(request, at)
    proof = request.POST.get("proof", "")
    try:
        proof_id = UUID(proof)
        finished = customer_ops.finish_proof(proof_id=proof_id, code=request.POST.get("code", ""), at=at)
    except (Refused, ValueError) as refusal:
        text = gettext("Mã chưa đúng. Hãy xem lại tin nhắn, số điện thoại và số yêu cầu.")
        if isinstance(refusal, Refused) and refusal.code != "PROOF_UNKNOWN":
            text = refused_text(refusal)
        return _proof(request, number, proof=proof, error_code=text)
    view = request_queries.find_by_number(number)
    if view is None or phones.normalise(str(view.answers.get("phone", ""))) != finished.phone:
        return _proof(
            request,
            number,
            error_code=gettext("Mã chưa đúng. Hãy xem lại tin nhắn, số điện thoại và số yêu cầu."),
        )
    linked = customer_ops.link_session(
        session_id=visitor.id, proof_id=finished.id, at=at,
        customer_id=view.customer_id if view.customer_id in finished.customer_ids else None,
    )  # fmt: skip
    visitor.token = linked.token
    response = visitors.remember(request, redirect("customer:request", number=view.number), visitor)
    return visitors.allow_follow(request, response, view)


@never_cache
@require_POST
def enter_word(request: HttpRequest, number: str) -> HttpResponse:
    """Number and code word, for whoever has no phone."""
    at = clock.now()
    view = request_queries.find_by_number(number)
    wrong = gettext("Số yêu cầu hoặc từ khóa chưa đúng. Từ khóa in trên phiếu tiếp nhận.")
    try:
        customer_ops.count_attempt(
            subject=f"follow:{request.META.get('REMOTE_ADDR', '')}", limit=30, window=HOUR, at=at
        )
        stored = request_queries.get_code_word_hash(view.id) if view else ""
        is_right = bool(stored) and view is not None and customer_ops.check_code_word(
            subject=str(view.id), said=request.POST.get("word", ""), stored_hash=stored, at=at
        )  # fmt: skip
    except Refused as refusal:
        return _proof(request, number, error_word=refused_text(refusal))
    if not is_right or view is None:
        return _proof(request, number, error_word=wrong)
    return visitors.allow_follow(request, redirect("customer:request", number=view.number), view)


@require_safe
def picture(request: HttpRequest, number: str) -> HttpResponse:
    """The process with today's step marked."""
    view = followed_or_404(request, number).view
    done = [e.payload["step"] for e in request_queries.list_entries(view.id) if e.name == "step.done"]
    drawn = pictures.svg(view.service, view.step, done, get_language() or "vi")
    return HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8")


@never_cache
@require_safe
def slip(request: HttpRequest, number: str) -> HttpResponse:
    """The printed receipt, with a QR that leads back here."""
    view = followed_or_404(request, number).view
    return pdf_response(slips.slip_pdf(view, language=get_language() or "vi"), f"{view.number}.pdf")


def pdf_response(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def may_open(kind: str, view: RequestView) -> bool:
    """Whether a customer may open a document of this kind: what they sent, and the papers we made for them."""
    return kind in OWN_KINDS or any(paper.code == kind for paper in view.service.papers) or kind == "ANSWER"


@never_cache
@require_safe
def document(request: HttpRequest, number: str, document_id: UUID) -> HttpResponse:
    """A paper of the request; opening it is logged."""
    here = followed_or_404(request, number)
    found = next((d for d in slips.papers_of(here.view) if d.id == document_id), None)
    if found is None or not may_open(found.kind, here.view):
        raise Http404
    content = document_ops.open_document(
        document_id=found.id, actor=here.actor, at=clock.now(), purpose="customer"
    )
    response = HttpResponse(content, content_type=found.mime)
    suffix = "pdf" if found.mime == "application/pdf" else "jpg"
    response["Content-Disposition"] = f'inline; filename="{here.view.number}-{found.kind.lower()}.{suffix}"'
    return response


@never_cache
@require_safe
def crew_photo(request: HttpRequest, number: str, staff_id: UUID) -> HttpResponse:
    """The face of one who will come, so that a stranger at the door can be told from them."""
    here = followed_or_404(request, number)
    coming = [m for v in fieldwork_queries.list_visits(here.view.id) if v.is_ahead for m in v.members]
    photo = next((m.photo_id for m in coming if m.staff_id == staff_id), None)
    found = document_queries.find_document(photo) if photo else None
    if found is None:
        raise Http404
    content = document_ops.open_document(
        document_id=found.id, actor=here.actor, at=clock.now(), purpose="crew-photo"
    )
    return HttpResponse(content, content_type=found.mime)
