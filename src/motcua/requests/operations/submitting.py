"""The only way in: one transaction makes request, journal, due date, first task, notices and effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from motcua.companies import addresses, remembered
from motcua.companies import queries as company_queries
from motcua.companies.context import current_company
from motcua.companies.models import CompanyKind
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.kernel import codes, vietnamese
from motcua.kernel.actors import Actor, ActorKind
from motcua.kernel.hashing import fingerprint
from motcua.kernel.ids import new_id
from motcua.kernel.local_time import local_date, to_local
from motcua.kernel.results import Invalid
from motcua.kernel.worktime import Calendar
from motcua.requests import knowing
from motcua.requests.models import Draft, DraftStatus, Request, RequestData
from motcua.requests.operations import once
from motcua.requests.operations.refusals import DraftClosed, KeyReused, NotServedHere
from motcua.requests.operations.writing import Work, _iso, _lines, next_serial
from motcua.requests.states import RECEPTION_OF, Channel, Reception
from motcua.services import catalogue, forms
from motcua.services import known as service_known
from motcua.services.declaration import PLACE_PARTS, KnownAs, QuestionType, Service
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries

STREET_LENGTH = 160
ORGANISATION = "organisation"  # a question of this name says which organisation the named person speaks for


@dataclass(frozen=True)
class Receipt:
    """What the customer keeps. `code_word` is told once, for whoever has no phone; empty when sent before."""

    request_id: UUID
    number: str
    due_at: datetime | None
    step: str
    code_word: str
    was_sent_before: bool = False


@dataclass(frozen=True)
class _Parties:
    customer_id: UUID | None
    place_id: UUID | None
    unit_code: str
    province_code: str
    account_code: str


def submit(
    *,
    service_code: str,
    answers: Mapping[str, Any],
    channel: str,
    actor: Actor,
    at: datetime,
    key: str,
    draft_id: UUID | None = None,
    customer_id: UUID | None = None,
    unit_code: str = "",
    conversation_id: UUID | None = None,
    representative: Mapping[str, Any] | None = None,
    portal: str = "",
    external_number: str = "",
    reception: str = "",
) -> Receipt:
    """Send a request of a declared service.

    A draft ends here, and the request keeps the version of the declaration that is in force today. What the
    company orders of itself is sent by the system alone. `representative`:
    name, phone and ground of authority of whoever asks for the applicant. `reception`: how it came, where the channel
    does not say (UNKNOWN, for what an older system kept without it). Idempotent by `key`: sent again it gives the
    same receipt. Lock: the key (and the draft's row). Raises Invalid with problems by question (one may be
    NOT_ELIGIBLE), KeyReused, DraftClosed, UnknownService, NotServedHere.
    """
    if current_company().kind == CompanyKind.GROUP:
        raise NotServedHere
    service = catalogue.get(service_code, local_date(at), internal=actor.kind is ActorKind.SYSTEM)
    content = content_of(service, answers, f"{portal}:{external_number}", representative)
    with transaction.atomic(), remembered.steady():
        if done := once.claim(key=key, act="submit", content=content, at=at):
            return _before(done.answer or {})
        clean = _checked(service, answers, actor)
        draft = _take_draft(draft_id)
        parties = _parties(service, clean, customer_id=customer_id, unit_code=unit_code, actor=actor, at=at)
        code_word = customer_ops.new_code_word()
        work = _begin(
            service, clean, parties, channel=Channel(channel), actor=actor, at=at, key=key,
            conversation_id=conversation_id or (draft.conversation_id if draft else None),
            representative=representative or {}, portal=portal, external_number=external_number, reception=reception,
            code_word=code_word,
        )  # fmt: skip
        work.enter(service.first_step)
        work.go_on_alone()
        view = _save(work)
        if draft is not None:
            Draft.objects.filter(id=draft.id).update(
                status=DraftStatus.SUBMITTED, request_id=view.id, answers={}, updated_at=at
            )
        answer = {
            "request_id": str(view.id),
            "number": view.number,
            "due_at": _iso(view.state.due_at),
            "step": view.step,
        }
        once.finish(key=key, request_id=view.id, answer=answer)
    return Receipt(view.id, view.number, view.state.due_at, view.step, code_word)


def content_of(
    service: Service, answers: Mapping[str, Any], external: str, representative: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What must be the same when the same key comes again."""
    told = {"service": service.code, "answers": fingerprint(dict(answers)), "external": external}
    return told | ({"representative": fingerprint(dict(representative))} if representative else {})


def _before(answer: Mapping[str, Any]) -> Receipt:
    due_at = datetime.fromisoformat(answer["due_at"]) if answer["due_at"] else None
    return Receipt(UUID(answer["request_id"]), answer["number"], due_at, answer["step"], "", True)


def _with_known(service: Service, answers: Mapping[str, Any], actor: Actor) -> Mapping[str, Any]:
    """A proven customer need not send what we know: required questions that were left out are answered from the record."""
    found = (
        service_known.answers(service, answers, knowing.known_to(actor))
        if actor.kind is ActorKind.CUSTOMER
        else {}
    )
    required = {question.name for question in service.questions if question.required}
    return {**answers, **{name: value for name, value in found.items() if name in required}}


def _checked(service: Service, answers: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """The answers in their stored form, as this actor gives them."""
    return _clean(service, _with_known(service, answers, actor))


def _clean(service: Service, answers: Mapping[str, Any]) -> dict[str, Any]:
    checked = forms.validate(service, answers)
    if checked.problems:
        raise Invalid(checked.problems)
    return dict(checked.clean)


def _take_draft(draft_id: UUID | None) -> Draft | None:
    if draft_id is None:
        return None
    draft = Draft.objects.select_for_update().filter(id=draft_id).first()
    if draft is None or draft.status != DraftStatus.OPEN:
        raise DraftClosed()
    return draft


def _answer(service: Service, answers: Mapping[str, Any], kind: QuestionType) -> Any:
    """The answer to the first question of this type, if there is one."""
    return next((answers[q.name] for q in service.questions if q.type is kind and answers.get(q.name)), None)


def _parties(
    service: Service,
    answers: Mapping[str, Any],
    *,
    customer_id: UUID | None,
    unit_code: str,
    actor: Actor,
    at: datetime,
) -> _Parties:
    """Who asks, about which place, and which unit serves it on this day."""
    account_code = str(_answer(service, answers, QuestionType.ACCOUNT_CODE) or "")
    contract = supply_queries.find_contract(account_code) if account_code else None
    place_answer = _answer(service, answers, QuestionType.PLACE)
    place_id, province, unit = None, "", unit_code
    if place_answer:
        place = supply_ops.create_place(**_place(place_answer, at), actor=actor, at=at)
        place_id, province = place.id, supply_queries.find_province_code(place, local_date(at))
        found = supply_queries.find_unit_for_place(place, local_date(at))
        unit = unit or (found.unit_code if found else "")
    elif contract is not None:
        unit = unit or contract.unit_code
        place_id = contract.place_id
        province = supply_queries.find_province_code(
            supply_queries.get_place(contract.place_id), local_date(at)
        )
    applicant = _applicant(service, answers, customer_id)
    if applicant is not None:
        customer_id = customer_ops.find_or_create_customer(**applicant, actor=actor, at=at).id
    return _Parties(customer_id, place_id, unit or company_queries.get_centre().code, province, account_code)


def _applicant(
    service: Service, answers: Mapping[str, Any], customer_id: UUID | None
) -> dict[str, str] | None:
    """Whom the answers name, as a customer is made of it; None when nobody is named, or who sends it names themselves."""
    organisation = str(answers.get(ORGANISATION) or "")
    name = organisation or str(_answer(service, answers, QuestionType.PERSON_NAME) or "")
    if not name or (customer_id is not None and not _is_another(service, name, customer_id)):
        return None
    return {
        "full_name": name,
        "phone": str(_answer(service, answers, QuestionType.PHONE) or ""),
        "id_number": str(_answer(service, answers, QuestionType.ID_NUMBER) or ""),
        "email": str(_answer(service, answers, QuestionType.EMAIL) or ""),
        "kind": "ORGANISATION" if organisation else "PERSON",
    }


def _is_another(service: Service, name: str, customer_id: UUID) -> bool:
    """Whether the service asks for somebody new, and the person named is not who sends the request."""
    question = next((q for q in service.questions if q.type is QuestionType.PERSON_NAME), None)
    if question is None or question.known is not KnownAs.NOTHING:
        return False
    sender = customer_queries.find_customer(customer_id)
    return sender is None or vietnamese.search_key(sender.full_name) != vietnamese.search_key(name)


def _place(answer: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The place as told; what its words name fills the parts that were not given one by one."""
    parts = {name: answer[name] for name in PLACE_PARTS if answer.get(name) not in (None, "")}
    text = str(parts.get("text", ""))
    read = addresses.read_address(text, local_date(at), company_queries.get_company().code)
    for name in ("province_code", "district", "commune"):
        if getattr(read, name):
            parts.setdefault(name, getattr(read, name))
    parts["street"] = str(parts.pop("detail", "") or text)[:STREET_LENGTH]
    return parts


def _begin(
    service: Service,
    answers: Mapping[str, Any],
    parties: _Parties,
    *,
    channel: Channel,
    actor: Actor,
    at: datetime,
    key: str,
    conversation_id: UUID | None,
    representative: Mapping[str, Any],
    portal: str,
    external_number: str,
    reception: str,
    code_word: str,
    serial: int | None = None,
    calendar: Calendar | None = None,
) -> Work:
    request_id = new_id(at)
    row = Request(id=request_id)
    data = RequestData(
        request=row,
        answers=answers,
        representative=representative,
        code_word_hash=customer_ops.hash_code_word(code_word) if code_word else "",
    )
    work = Work(row=row, data=data, actor=actor, at=at, key=key, is_new=True, calendar=calendar)
    due = work.calendar.add(at, service.promise.within)
    data.due_lines = _lines(due)
    number = codes.request_number(
        company_queries.get_company().number_prefix, to_local(at).year, serial or next_serial()
    )
    work.append(
        "request.submitted",
        {
            "number": number,
            "service_code": service.code,
            "service_version": service.version,
            "unit_code": parties.unit_code,
            "province_code": parties.province_code,
            "customer_id": _text(parties.customer_id),
            "place_id": _text(parties.place_id),
            "account_code": parties.account_code,
            "conversation_id": _text(conversation_id),
            "channel": channel.value,
            "reception": Reception(reception or RECEPTION_OF[channel]).value,
            "due_at": _iso(due.at),
            "portal": portal,
            "external_number": external_number,
            "papers_online": channel not in {Channel.COUNTER, Channel.DESK},
            "answers": fingerprint(dict(answers)),
        },
    )
    return work


def _save(work: Work) -> Any:
    try:
        return work.save()
    except IntegrityError as error:
        if "request_external_once" in str(error):
            raise KeyReused(field="external_number") from error
        raise


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
