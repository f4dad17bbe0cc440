"""What a customer does with a request: pay, move the visit, send papers, answer, cancel, object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from motcua.config import clock
from motcua.connectors.wallets import paying as wallets
from motcua.documents import operations as document_ops
from motcua.fieldwork import operations as fieldwork_ops
from motcua.fieldwork import queries as fieldwork_queries
from motcua.kernel.results import Invalid, Refused
from motcua.ledger import queries as ledger_queries
from motcua.payments import queries as payment_queries
from motcua.requests import operations as request_ops
from motcua.requests import rules as request_rules
from motcua.requests.states import State
from motcua.services import flow, forms
from motcua.services.declaration import CUSTOMER, Give, QuestionType
from motcua.web import question_fields
from motcua.web.customer.follow import page_of
from motcua.web.customer.forms import fresh_key
from motcua.web.customer.guard import Followed, ProofNeeded, followed
from motcua.web.errors import refused_text

View = Callable[[HttpRequest, Followed], HttpResponse]


def of_request(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of a request this browser has proven; otherwise to where it proves it."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    def wrapped(request: HttpRequest, number: str, **more: Any) -> HttpResponse:
        try:
            here = followed(request, number)
        except ProofNeeded:
            return redirect("customer:request", number=number)
        return view(request, here, **more)

    return wrapped


def _back(here: Followed) -> HttpResponse:
    return redirect("customer:request", number=here.view.number)


@require_safe
@of_request
def pay(request: HttpRequest, here: Followed) -> HttpResponse:
    """What is owed, as a QR and as words for a transfer; paid charges with when."""
    charges = ledger_queries.list_charges(here.view.id)
    if not charges:
        return _back(here)
    views = [payment_queries.payment_of(charge) for charge in charges]
    context = {"view": here.view, "service": here.view.service, "payments": views,
               "wallets": wallets.list_offers(min((v.remaining_vnd for v in views if v.remaining_vnd), default=0)),
               "is_waiting": any(v.remaining_vnd and v.qr_text for v in views)}  # fmt: skip
    return render(request, "customer/pay.html", context)


@of_request
def papers(request: HttpRequest, here: Followed) -> HttpResponse:
    """Send papers asked for, or any that the service knows."""
    view = here.view
    wanted = [view.service.paper(code) for code in view.papers_asked] or [
        paper for paper in flow.list_papers(view.service, view.values) if Give.UPLOAD in paper.give
    ]
    errors: dict[str, str] = {}
    if request.method == "POST" and not view.is_closed and here.may_act:
        given, stored = [], []
        for paper in wanted:
            for upload in request.FILES.getlist(paper.code):
                try:
                    document = document_ops.store(
                        content=upload.read(), name=upload.name or "", kind=paper.code, subject_type="request",
                        subject_id=view.id, sensitive=paper.sensitive, actor=here.actor, at=clock.now(),
                    )  # fmt: skip
                except Refused as refusal:
                    errors[paper.code] = refused_text(refusal)
                else:
                    given.append(paper.code)
                    stored.append(document.id)
        if given:
            request_ops.add_papers(
                request_id=view.id, papers=given, documents=stored, actor=here.actor, at=clock.now(),
                key=request.POST.get("key") or fresh_key("papers"),
            )  # fmt: skip
            messages.success(request, gettext("Đã nhận giấy tờ của anh/chị."))
        if given and not errors:
            return _back(here)
        if not given and not errors:
            errors[""] = gettext("Hãy chọn ít nhất một ảnh hoặc tệp.")
    context = {
        "view": view, "service": view.service, "errors": errors, "key": fresh_key("papers"), "request_number": view.number,
        "papers": [{"paper": paper, "error": errors.get(paper.code, ""), "given": []} for paper in wanted],
        "is_asked": view.state.state == State.WAITING_PAPERS,
    }  # fmt: skip
    return render(request, "customer/request_papers.html", context, status=422 if errors else 200)


@of_request
def visit(request: HttpRequest, here: Followed) -> HttpResponse:
    """Another time for the visit: the windows that are free."""
    planned = next((v for v in fieldwork_queries.list_visits(here.view.id) if v.is_ahead), None)
    if planned is None:
        return _back(here)
    at, error = clock.now(), ""
    if request.method == "POST":
        try:
            fieldwork_ops.move_visit(
                visit_id=planned.id, window=request.POST.get("window", ""), actor=here.actor, at=at,
                key=request.POST.get("key") or fresh_key("move"),
            )  # fmt: skip
        except Refused as refusal:
            error = refused_text(refusal)
        else:
            messages.success(request, gettext("Đã đổi lịch hẹn."))
            return _back(here)
    context = {
        "view": here.view, "visit": planned, "error": error, "key": fresh_key("move"),
        "windows": fieldwork_queries.offer_windows(unit_code=planned.unit_code, at=at, visit_id=planned.id),
    }  # fmt: skip
    return render(request, "customer/visit.html", context, status=422 if error else 200)


@of_request
def act(request: HttpRequest, here: Followed, action: str) -> HttpResponse:
    """An action that the declaration gives to the customer at this step (an answer, a rating)."""
    view = here.view
    step = view.current_step
    chosen = next(
        (
            a
            for a in request_rules.offered_actions(step, view.values)
            if a.code == action and step.role_of(a) == CUSTOMER
        ),
        None,
    )
    if chosen is None:
        return _back(here)
    typed = question_fields.values_from(chosen.inputs, request.POST) if request.method == "POST" else {}
    problems: dict[str, Any] = {}
    error = ""
    if request.method == "POST":
        try:
            request_ops.advance(
                request_id=view.id, action=action, inputs={n: v for n, v in typed.items() if v is not None},
                actor=here.actor, at=clock.now(), key=request.POST.get("key") or fresh_key("act"),
                expected_step=request.POST.get("step") or None,
            )  # fmt: skip
        except Invalid as refusal:
            problems = refusal.errors
        except Refused as refusal:
            error = refused_text(refusal)
        else:
            messages.success(request, gettext("Đã ghi nhận. Cảm ơn anh/chị."))
            return _back(here)
    fields = question_fields.fields_of(forms.visible_inputs(chosen, typed, view.values), typed, problems)
    for field, question in zip(fields, forms.visible_inputs(chosen, typed, view.values), strict=True):
        field["is_score"] = question.type == QuestionType.INTEGER and question.min == 1 and question.max == 5
    context = {"view": view, "step": step, "action": chosen, "fields": fields, "error": error,
               "wrong": question_fields.summary_of(fields), "has_errors": bool(problems or error),
               "key": request.POST.get("key") or fresh_key("act")}  # fmt: skip
    return render(request, "customer/act.html", context, status=422 if problems or error else 200)


@of_request
def cancel(request: HttpRequest, here: Followed) -> HttpResponse:
    """Ask once more, then cancel."""
    if request.method == "POST":
        try:
            request_ops.cancel(
                request_id=here.view.id, reason=request.POST.get("reason", "")[:1000], actor=here.actor, at=clock.now(),
                key=request.POST.get("key") or fresh_key("cancel"),
            )  # fmt: skip
        except Refused as refusal:
            return _with_error(request, here, refusal)
        messages.success(request, gettext("Yêu cầu đã được hủy."))
        return _back(here)
    return render(
        request,
        "customer/cancel.html",
        {"view": here.view, "service": here.view.service, "key": fresh_key("cancel")},
    )


@of_request
def object_to(request: HttpRequest, here: Followed) -> HttpResponse:
    """Say why a result is not right."""
    error, text = "", request.POST.get("text", "")[:4000]
    if request.method == "POST":
        try:
            request_ops.object_to(
                request_id=here.view.id, text=text, actor=here.actor, at=clock.now(),
                key=request.POST.get("key") or fresh_key("object"),
            )  # fmt: skip
        except Refused as refusal:
            error = (
                gettext("Hãy viết điều anh/chị chưa đồng ý.")
                if refusal.code == "REASON_MISSING"
                else refused_text(refusal)
            )
        else:
            messages.success(request, gettext("Chúng tôi đã nhận phản hồi của anh/chị và sẽ xem lại."))
            return _back(here)
    context = {
        "view": here.view,
        "error": error,
        "text": text,
        "key": request.POST.get("key") or fresh_key("object"),
    }
    return render(request, "customer/object.html", context, status=422 if error else 200)


def _with_error(request: HttpRequest, here: Followed, refusal: Refused) -> HttpResponse:
    return render(
        request,
        "customer/request.html",
        {**page_of(request, here), "error": refused_text(refusal)},
        status=409,
    )
