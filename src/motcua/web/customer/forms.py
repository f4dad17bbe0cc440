"""A service's form: one thing a page, kept as typed, gone on with on another device, checked before it is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.companies.models import CompanyKind
from motcua.config import clock
from motcua.connectors.identity import sign_in
from motcua.customers import operations as customer_ops
from motcua.documents import operations as document_ops
from motcua.documents import queries as document_queries
from motcua.kernel.ids import new_id
from motcua.kernel.results import Invalid, Refused
from motcua.requests import knowing
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.models import DraftStatus
from motcua.requests.queries import DraftView
from motcua.requests.states import Channel
from motcua.services import flow, forms
from motcua.services import known as service_known
from motcua.services.declaration import Give, Paper, QuestionType, Service
from motcua.web import question_fields, visitors
from motcua.web.customer.services import offered
from motcua.web.errors import refused_text

CODE_WORD_TAG = "page code-word"


def _draft(request: HttpRequest, draft_id: UUID) -> tuple[visitors.Visitor, DraftView]:
    """This browser's draft. Raises Http404 for anybody else's."""
    visitor = visitors.find_visitor(request, clock.now())
    draft = request_queries.find_draft(draft_id)
    if visitor is None or draft is None or draft.visitor_id != visitor.id:
        raise Http404
    return visitor, draft


def _sent(draft: DraftView) -> HttpResponse | None:
    """Where to go when the draft is no longer open."""
    if draft.status == DraftStatus.SUBMITTED and draft.request_id:
        return redirect("customer:request", number=request_queries.get_request(draft.request_id).number)
    return None if draft.status == DraftStatus.OPEN else redirect("customer:services")


@require_POST
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Begin, or go on with, this visitor's form of the service. On the group's host one first says where one lives."""
    service, at = offered(code), clock.now()
    if request.company.kind == CompanyKind.GROUP:  # type: ignore[attr-defined]
        return redirect("customer:home")
    visitor = visitors.get_visitor(request, at)
    draft = request_ops.start_draft(
        service_code=service.code, channel=Channel.WEB, actor=visitor.actor, at=at, visitor_id=visitor.id,
        customer_id=visitor.customer_id, answers=_known(request, service, visitor),
        proven_phone=visitor.session.proven_phone,
    )  # fmt: skip
    return visitors.remember(request, redirect("customer:draft", draft_id=draft.id), visitor)


def _known(request: HttpRequest, service: Service, visitor: visitors.Visitor) -> dict[str, Any]:
    """What need not be asked: the place named at the group's door, and what a portal proved of the visitor."""
    place = request.POST.get("noi", "").strip()[:400]
    question = next((q for q in service.questions if q.type is QuestionType.PLACE), None)
    named = {question.name: {"text": place}} if place and question else {}
    return named | _proven(service, visitor)


def _proven(service: Service, visitor: visitors.Visitor) -> dict[str, Any]:
    known = sign_in.find_proven(visitor.id, clock.now())
    if known is None:
        return {}
    said = {
        QuestionType.PERSON_NAME: known.full_name,
        QuestionType.ID_NUMBER: known.id_number,
        QuestionType.PHONE: known.phone,
    }
    answers: dict[str, Any] = {}
    for kind, value in said.items():
        asked = next((q for q in service.questions if q.type is kind), None)
        if asked is not None and value:
            answers[asked.name] = value
    return answers


@never_cache
@require_safe
def go_on(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """To the first page where something is missing, else to the review."""
    _visitor, draft = _draft(request, draft_id)
    if elsewhere := _sent(draft):
        return elsewhere
    page = forms.first_open_page(draft.service, draft.answers)
    return (
        redirect("customer:draft-page", draft.id, page.code)
        if page
        else redirect("customer:draft-review", draft.id)
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def form_page(request: HttpRequest, draft_id: UUID, page: str) -> HttpResponse:
    """One page of the form. What is typed is kept first and judged after."""
    visitor, draft = _draft(request, draft_id)
    if elsewhere := _sent(draft):
        return elsewhere
    service = draft.service
    here = forms.find_page(service, draft.answers, page)
    if here is None:
        return redirect("customer:draft", draft.id)
    problems: dict[str, Any] = {}
    if request.method == "POST":
        draft = request_ops.save_answers(
            draft_id=draft.id, values=question_fields.values_from(here.questions, request.POST), page=page,
            actor=visitor.actor, at=clock.now(), proven_phone=visitor.session.proven_phone,
        )  # fmt: skip
        problems = forms.validate_page(service, page, draft.answers, get_language() or "vi").problems
        if not problems or "later" in request.POST:
            return _after_page(request, visitor, draft, page)
        # Problems stand at an address of their own: going back to it later never asks to send the form again.
        query = {"sai": "1"} | ({"sua": "1"} if request.POST.get("back_to_review") else {})
        return redirect(f"{reverse('customer:draft-page', args=[draft.id, page])}?{urlencode(query)}")
    if "sai" in request.GET:
        problems = forms.validate_page(service, page, draft.answers, get_language() or "vi").problems
    listed = forms.pages(service, draft.answers)
    position = [listed_page.code for listed_page in listed].index(page)
    fields = question_fields.fields_of(here.questions, draft.answers, problems, heading=True)
    context = {
        "draft": draft,
        "service": service,
        "page": here,
        "fields": fields,
        "wrong": question_fields.summary_of(fields),
        "has_errors": bool(problems),
        "is_single": len(here.questions) == 1,
        "number": position + 1,
        "total": len(listed),
        "previous": listed[position - 1].code if position else "",
        "back_to_review": request.GET.get("sua") == "1",
    }
    return render(request, "customer/form_page.html", context)


def _after_page(request: HttpRequest, visitor: visitors.Visitor, draft: DraftView, page: str) -> HttpResponse:
    if "later" in request.POST:
        return redirect("customer:resume")
    known = knowing.known_to(visitor.actor, proven_phone=visitor.session.proven_phone)
    settled = service_known.settled(draft.service, draft.answers, known)
    following = forms.next_page(draft.service, draft.answers, page, settled)
    if request.POST.get("back_to_review") and not forms.validate(draft.service, draft.answers).problems:
        return redirect("customer:draft-review", draft.id)
    if following is not None:
        return redirect("customer:draft-page", draft.id, following.code)
    return redirect("customer:draft-papers" if papers_to_upload(draft) else "customer:draft-review", draft.id)


def papers_to_upload(draft: DraftView) -> list[Paper]:
    """The papers that these answers call for and that may be sent as a picture or file."""
    return [paper for paper in flow.list_papers(draft.service, draft.answers) if Give.UPLOAD in paper.give]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def papers(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Pictures of papers, now or later: the phone's camera or a file."""
    visitor, draft = _draft(request, draft_id)
    if elsewhere := _sent(draft):
        return elsewhere
    errors: dict[str, str] = {}
    wanted = papers_to_upload(draft)
    if request.method == "POST":
        for paper in wanted:
            for upload in request.FILES.getlist(paper.code):
                try:
                    document_ops.store(
                        content=upload.read(), name=upload.name or "", kind=paper.code, subject_type="draft",
                        subject_id=draft.id, sensitive=paper.sensitive, actor=visitor.actor, at=clock.now(),
                    )  # fmt: skip
                except Refused as refusal:
                    errors[paper.code] = refused_text(refusal)
        if not errors:
            return redirect("customer:draft-review", draft.id)
    context = {
        "draft": draft,
        "service": draft.service,
        "papers": [
            {"paper": paper, "error": errors.get(paper.code, ""),
             "given": document_queries.list_documents("draft", draft.id, kinds=(paper.code,))}
            for paper in wanted
        ],
        "errors": errors,
    }  # fmt: skip
    return render(request, "customer/papers.html", context, status=422 if errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Check your answers, then send; sending twice makes one request."""
    visitor, draft = _draft(request, draft_id)
    if elsewhere := _sent(draft):
        return elsewhere
    language = get_language() or "vi"
    problems = forms.validate(draft.service, draft.answers, language).problems
    if request.method == "POST" and not problems:
        try:
            receipt = request_ops.submit(
                service_code=draft.service_code, answers=draft.answers, channel=Channel.WEB, actor=visitor.actor,
                at=clock.now(), key=f"draft:{draft.id}", draft_id=draft.id, customer_id=visitor.customer_id,
                representative=visitor.representative(clock.now()),
            )  # fmt: skip
        except Invalid as refusal:
            problems = refusal.errors
        else:
            if receipt.code_word:
                messages.success(request, receipt.code_word, extra_tags=CODE_WORD_TAG)
            return redirect("customer:request", number=receipt.number)
    lines = forms.review(draft.service, draft.answers, language)
    context = {
        "draft": draft,
        "service": draft.service,
        "lines": [
            {"line": line, "page": line.question.page or line.question.name} for line in lines
        ],
        "problems": {name: [question_fields.problem_text(p) for p in found] for name, found in problems.items()},
        "missing": forms.first_open_page(draft.service, draft.answers) if problems else None,
        "papers": [
            {"paper": paper, "count": len(document_queries.list_documents("draft", draft.id, kinds=(paper.code,)))}
            for paper in flow.list_papers(draft.service, draft.answers)
        ],
        "has_uploads": bool(papers_to_upload(draft)),
    }  # fmt: skip
    return render(
        request, "customer/review.html", context, status=422 if problems and request.method == "POST" else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Ask once more, then forget the form."""
    visitor, draft = _draft(request, draft_id)
    if request.method == "POST":
        request_ops.discard_draft(draft_id=draft.id, actor=visitor.actor, at=clock.now())
        messages.success(request, gettext("Đã bỏ phiếu này."))
        return redirect("customer:services")
    return render(request, "customer/discard.html", {"draft": draft, "service": draft.service})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest) -> HttpResponse:
    """Go on with a form: those of this browser, or one begun elsewhere, by its code (also as `?ma=`)."""
    at = clock.now()
    visitor = visitors.get_visitor(request, at)
    typed = request.POST.get("ma") or request.GET.get("ma") or ""
    error = ""
    if request.method == "POST":
        try:
            customer_guard(request, visitor)
            draft = request_ops.resume_draft(
                resume_code=typed, visitor_id=visitor.id, actor=visitor.actor, at=at
            )
        except Refused as refusal:
            error = (
                refused_text(refusal)
                if refusal.code != "NOT_FOUND"
                else gettext("Không có phiếu nào với mã này. Hãy xem lại mã.")
            )
        else:
            return visitors.remember(request, redirect("customer:draft", draft.id), visitor)
    context = {"drafts": request_queries.list_open_drafts(visitor.id), "typed": typed, "error": error}
    return visitors.remember(
        request, render(request, "customer/resume.html", context, status=422 if error else 200), visitor
    )


def customer_guard(request: HttpRequest, visitor: visitors.Visitor) -> None:
    """Ten codes an hour from one address: a code is guessed by nobody. Raises TooManyAttempts."""
    address = request.META.get("REMOTE_ADDR", "")
    customer_ops.count_attempt(
        subject=f"resume:{address}", limit=30, window=timedelta(hours=1), at=clock.now()
    )


def fresh_key(prefix: str) -> str:
    """An idempotency key for a form: written into the page, so that sending it again acts once."""
    return f"{prefix}:{new_id(clock.now())}"


def form_key_of(request: HttpRequest) -> str:
    """The key a form for a code was sent with, kept while the page comes again; a new one for a new page."""
    return request.POST.get("key", "")[:64] or fresh_key("code")
