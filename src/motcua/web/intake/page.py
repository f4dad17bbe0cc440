"""Taking in a request for somebody who stands or calls: one page, one key, errors beside the fields, nothing
lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.connectors.portals import dossiers
from motcua.customers import queries as customer_queries
from motcua.customers.queries import CustomerView
from motcua.documents import operations as document_ops
from motcua.documents import queries as document_queries
from motcua.documents.queries import DocumentView
from motcua.kernel import phones
from motcua.kernel.ids import new_id, parse_id
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Invalid, Problem, Refused
from motcua.kernel.results import gettext_noop as _
from motcua.kernel.vietnamese import fold
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.models import DraftStatus
from motcua.requests.states import Channel
from motcua.services import catalogue, flow, forms
from motcua.services.declaration import Give, QuestionType, Service
from motcua.web import inputs, question_fields
from motcua.web.errors import refused_text
from motcua.web.finding import find_contract
from motcua.web.intake import cards, doubles, known
from motcua.web.intake.doubles import Double
from motcua.web.staff_pages import StaffRequest
from motcua.web.words import GROUNDS

CODE_WORDS = "counter_code_words"
CODE_WORD_LIFE = timedelta(minutes=30)
MOST_CODE_WORDS = 5
REPRESENTATIVE = ("rep_name", "rep_ground", "rep_phone", "rep_id_number", "rep_note")


class DossierTaken(Refused):
    code = "DOSSIER_TAKEN"
    message = _("Mã hồ sơ này đã được nộp, là yêu cầu %(number)s.")


@dataclass(frozen=True)
class Door:
    """Where somebody asks: the channel of the request, who may take it in, where the form lives."""

    channel: Channel
    roles: tuple[Role, ...]
    url_name: str
    title: str
    back: str


COUNTER = Door(
    Channel.COUNTER,
    (Role.INTAKE, Role.BUSINESS, Role.SUPERVISOR),
    "counter:new",
    _("Phiếu tại quầy"),
    "counter:home",
)
CALL = Door(
    Channel.CALL,
    (Role.INTAKE, Role.BUSINESS, Role.SUPERVISOR),
    "desk:call-form",
    _("Phiếu qua điện thoại"),
    "desk:call",
)
DESK = Door(
    Channel.DESK, (Role.DESK_CLERK,), "counter:new", _("Phiếu tại trung tâm hành chính công"), "counter:home"
)


@dataclass
class Typed:
    """The form as it stands: answers, representative, dossier number, papers, and what is wrong."""

    answers: dict[str, Any]
    extra: dict[str, str]
    key: str
    draft: str = ""
    problems: Mapping[str, list[Problem]] | None = None
    general: tuple[str, ...] = ()
    doubles: tuple[Double, ...] = ()


def form(request: StaffRequest, door: Door, code: str) -> HttpResponse:
    """Show the form, or send it in."""
    service = catalogue.find(code.upper(), local_date(clock.now()))
    if service is None:
        raise Http404
    customer = _customer(request, door)
    if request.method == "POST":
        return _send(request, door, service, customer)
    typed = Typed(
        answers=known.answers(
            service, customer_id=customer.id if customer else None, phone=request.GET.get("dt", "")[:20],
            contract=find_contract(request.GET.get("ma", "")), is_private=door is not DESK,
        )
        | cards.answers(service, cards.find(request, request.GET.get("the", ""), clock.now())),
        extra={},
        key=f"{door.channel.value.lower()}:{new_id(clock.now())}",
    )  # fmt: skip
    return _render(request, door, service, customer, typed)


def _customer(request: StaffRequest, door: Door) -> CustomerView | None:
    """The customer that was chosen before, by id; with a phone alone, the only one who has it."""
    id = parse_id(request.POST.get("khach") or request.GET.get("khach") or "")
    if id is not None:
        return customer_queries.find_customer(customer_queries.survivor_id(id))
    phone = phones.normalise(request.GET.get("dt", "")) if door is not DESK else None
    found = customer_queries.list_by_phone(phone) if phone else []
    return found[0] if len(found) == 1 else None


def _send(request: StaffRequest, door: Door, service: Service, customer: CustomerView | None) -> HttpResponse:
    at = clock.now()
    typed = Typed(
        answers=question_fields.values_from(service.questions, request.POST),
        extra={name: request.POST.get(name, "").strip() for name in (*REPRESENTATIVE, "external_number")},
        key=request.POST.get("key", "")[:100] or f"{door.channel.value.lower()}:{new_id(at)}",
        draft=request.POST.get("draft", ""),
    )
    given = {name: value for name, value in typed.answers.items() if value is not None}
    # A clerk of another authority is not told what others have here; and what is wrong is put right before.
    may_be_told = door is not DESK and not request_queries.was_sent_with(typed.key)
    if may_be_told and not forms.validate(service, given).problems:
        found = doubles.find(service, given, customer.id if customer else None, request.actor, local_date(at))
        if doubles.fingerprint(found) != request.POST.get("da_xem", ""):
            typed.doubles = tuple(found)
    number = typed.extra["external_number"] = _dossier_number(typed.extra["external_number"])
    try:
        representative = _representative(typed.extra)
        draft_id = _keep_papers(request, door, service, typed, given, at)
        if typed.doubles:
            return _render(request, door, service, customer, typed, status=409)
        receipt = request_ops.submit(
            service_code=service.code, answers=given, channel=door.channel, actor=request.actor, at=at, key=typed.key,
            draft_id=draft_id, customer_id=_same_person(customer, service, given), representative=representative,
            portal=dossiers.filed_under(number) if number else "", external_number=number,
        )  # fmt: skip
    except Invalid as refusal:
        typed.problems = refusal.errors
    except Refused as refused:
        plain = _told_plainly(refused, number)
        if plain.field:
            typed.problems = {plain.field: plain.problems()[plain.field]}
        else:
            typed.general = (refused_text(plain),)
    else:
        if receipt.code_word:
            _remember_code_word(request, receipt.number, receipt.code_word, at)
        cards.forget(request)
        return redirect("counter:done", number=receipt.number)
    return _render(request, door, service, customer, typed, status=422)


def _told_plainly(refused: Refused, number: str) -> Refused:
    """A dossier number that is taken says by which request."""
    if isinstance(refused, request_ops.KeyReused) and refused.field == "external_number":
        known = dossiers.find_filed(number)
        return DossierTaken(field="external_number", number=known.number) if known else refused
    return refused


def _dossier_number(typed: str) -> str:
    """As portals write it, however it was typed."""
    return "".join(typed.split()).upper()[:60]


def _same_person(customer: CustomerView | None, service: Service, given: Mapping[str, Any]) -> UUID | None:
    """The chosen customer, unless the form names somebody else."""
    if customer is None:
        return None
    question = next((q for q in service.questions if q.type is QuestionType.PERSON_NAME), None)
    name = str(given.get(question.name, "")) if question else ""
    return customer.id if not name or fold(name) == fold(customer.full_name) else None


def _representative(extra: Mapping[str, str]) -> dict[str, str]:
    """Who asks for the applicant and on what ground; all or nothing. Raises Invalid."""
    if not any(extra[name] for name in REPRESENTATIVE):
        return {}
    wrong: dict[str, list[Problem]] = {}
    if not extra["rep_name"]:
        wrong["rep_name"] = [Problem("REQUIRED", _("Hãy ghi họ tên người đại diện."))]
    if extra["rep_ground"] not in GROUNDS:
        wrong["rep_ground"] = [Problem("REQUIRED", _("Hãy chọn căn cứ đại diện."))]
    phone = phones.normalise(extra["rep_phone"]) if extra["rep_phone"] else ""
    if phone is None:
        wrong["rep_phone"] = [Problem("PHONE", _("Số điện thoại chưa đúng. Ví dụ: 0901 234 567."))]
    if wrong:
        raise Invalid(wrong)
    told = {
        "name": extra["rep_name"][:120], "ground": extra["rep_ground"], "phone": phone or "",
        "id_number": extra["rep_id_number"][:20], "note": extra["rep_note"][:300],
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}


# papers given at the counter lie with a draft until the request is there


def _salt(request: StaffRequest) -> str:
    return f"motcua.counter.draft.{request.actor.id}"


def _open_draft(request: StaffRequest, token: str) -> UUID | None:
    """The draft this page began, if this person's signature is on it and it is still open."""
    try:
        id = parse_id(signing.loads(token, salt=_salt(request), max_age=24 * 3600)) if token else None
    except signing.BadSignature:
        return None
    draft = request_queries.find_draft(id) if id else None
    return draft.id if draft is not None and draft.status == DraftStatus.OPEN else None


def _keep_papers(
    request: StaffRequest, door: Door, service: Service, typed: Typed, given: Mapping[str, Any], at: datetime
) -> UUID | None:
    """Store the files that came with the form, so that an error elsewhere does not lose them."""
    draft_id = _open_draft(request, typed.draft)
    wrong: dict[str, list[Problem]] = {}
    for paper in flow.list_papers(service, given):
        for upload in request.FILES.getlist(f"paper_{paper.code}"):
            if draft_id is None:
                draft_id = request_ops.start_draft(
                    service_code=service.code, channel=door.channel, actor=request.actor, at=at
                ).id
                typed.draft = signing.dumps(str(draft_id), salt=_salt(request))
            try:
                document_ops.store(
                    content=upload.read(), name=upload.name or "", kind=paper.code, subject_type="draft",
                    subject_id=draft_id, sensitive=paper.sensitive, actor=request.actor, at=at,
                )  # fmt: skip
            except Refused as refusal:
                wrong[f"paper_{paper.code}"] = [Problem(refusal.code, refusal.message, refusal.facts)]
    if wrong:
        raise Invalid(wrong)
    return draft_id


def _render(
    request: StaffRequest,
    door: Door,
    service: Service,
    customer: CustomerView | None,
    typed: Typed,
    *,
    status: int = 200,
) -> HttpResponse:
    problems = typed.problems or {}
    boxes = inputs.boxes_of(service.questions, typed.answers, problems, {})
    extra = _extra_fields(door, typed, problems)
    draft_id = _open_draft(request, typed.draft)
    papers = _paper_fields(service, typed, problems, draft_id)
    named = {question.name for question in service.questions} | {box["name"] for box in (*extra, *papers)}
    rest = [
        question_fields.problem_text(p)
        for name, found in problems.items()
        if name not in named
        for p in found
    ]
    context = {
        "door": door,
        "title": gettext(door.title),
        "service": service,
        "name": service.name.get(get_language()),
        "customer": customer,
        "boxes": boxes,
        "representative": [box for box in extra if box["name"] in REPRESENTATIVE],
        "dossier": [box for box in extra if box["name"] == "external_number"],
        "is_represented": any(typed.extra.get(name) for name in REPRESENTATIVE),
        "papers": papers,
        "key": typed.key,
        "draft": typed.draft,
        "post_url": reverse(door.url_name, args=(service.code,)),
        "back": reverse(door.back),
        "summary": [
            *(("", line) for line in (*typed.general, *rest)),
            *inputs.summary_of([*boxes, *({"field": box} for box in (*extra, *papers))]),
        ],
        "has_errors": bool(problems or typed.general),
        "doubles": typed.doubles,
        "doubles_seen": doubles.fingerprint(list(typed.doubles)) or request.POST.get("da_xem", "")[:16],
        "fee": service.fee.text.get(get_language()) if service.fee else "",
        "promise": service.promise.text.get(get_language()),
    }
    return render(request, "counter/form.html", context, status=status)


def _extra_fields(door: Door, typed: Typed, problems: Mapping[str, list[Problem]]) -> list[dict[str, Any]]:
    """Who asks for the applicant; at an administration centre also the number of the dossier there."""
    grounds = [("", gettext("– Hãy chọn –")), *((code, gettext(name)) for code, name in GROUNDS.items())]
    fields: list[dict[str, Any]] = [
        {"name": "rep_name", "kind": "text", "label": gettext("Họ tên người đại diện")},
        {"name": "rep_ground", "kind": "select", "label": gettext("Căn cứ đại diện"), "options": grounds},
        {
            "name": "rep_phone",
            "kind": "tel",
            "label": gettext("Điện thoại người đại diện"),
            "required": False,
        },
        {
            "name": "rep_id_number",
            "kind": "number",
            "label": gettext("Số định danh người đại diện"),
            "required": False,
        },
        {"name": "rep_note", "kind": "text", "label": gettext("Giấy tờ chứng minh"), "required": False},
    ]
    if door.channel is Channel.DESK:
        fields.append(
            {
                "name": "external_number", "kind": "text", "label": gettext("Mã hồ sơ trên cổng dịch vụ công"),
                "required": False, "attrs": {"maxlength": 60, "autocomplete": "off"},
                "help": gettext("Ví dụ: H26.17.15-261122-0001. Để trống nếu không có."),
            }
        )  # fmt: skip
    for drawn in fields:
        drawn["id"] = f"id_{drawn['name']}"
        drawn["value"] = typed.extra.get(drawn["name"], "")
        drawn["errors"] = [question_fields.problem_text(p) for p in problems.get(drawn["name"], ())]
    return fields


def _paper_fields(
    service: Service, typed: Typed, problems: Mapping[str, list[Problem]], draft_id: UUID | None
) -> list[dict[str, Any]]:
    """A file field for each paper that may come in now, with what was taken already."""
    taken: list[DocumentView] = document_queries.list_documents("draft", draft_id) if draft_id else []
    given = {name: value for name, value in typed.answers.items() if value is not None}
    made = []
    for paper in service.papers:
        if Give.UPLOAD not in paper.give or not (paper in flow.list_papers(service, given) or not given):
            continue
        count = sum(1 for document in taken if document.kind == paper.code)
        made.append(
            {
                "name": f"paper_{paper.code}", "id": f"id_paper_{paper.code}", "kind": "file", "required": False, "multiple": True,
                "label": paper.name.get(get_language()), "attrs": {"accept": "image/*,.heic,application/pdf"},
                "help": gettext("Đã nhận %(count)s tệp.") % {"count": count} if count else "",
                "errors": [question_fields.problem_text(p) for p in problems.get(f"paper_{paper.code}", ())],
            }
        )  # fmt: skip
    return made


# the code word is told once; for half an hour the slip can be printed with it


def _remember_code_word(request: StaffRequest, number: str, word: str, at: datetime) -> None:
    kept = dict(list(request.session.get(CODE_WORDS, {}).items())[-(MOST_CODE_WORDS - 1) :])
    request.session[CODE_WORDS] = {**kept, number: [word, at.isoformat()]}


def code_word_of(request: StaffRequest, number: str, at: datetime) -> str:
    """The code word of a request this person has just taken in; empty after half an hour."""
    word, told_at = request.session.get(CODE_WORDS, {}).get(number, ("", ""))
    return word if told_at and at - datetime.fromisoformat(told_at) <= CODE_WORD_LIFE else ""
