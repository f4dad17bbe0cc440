"""Reads: a request as a plain value, its journal, work lists by key, drafts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from motcua.kernel import codes, vietnamese
from motcua.kernel.worktime import Line
from motcua.requests.models import DoneOnce, Draft, DraftStatus, Entry, Note, Request, RequestData
from motcua.requests.rules import Fact, RequestState, replay
from motcua.requests.states import State
from motcua.services import catalogue
from motcua.services.declaration import Service, Step


@dataclass(frozen=True)
class RequestView:
    """A request for other rooms and for pages. `answers` and `inputs` are empty once erased."""

    id: UUID
    state: RequestState
    answers: Mapping[str, Any]
    inputs: Mapping[str, Any]
    representative: Mapping[str, Any]
    due_told: Sequence[Mapping[str, Any]]
    step_due_told: Sequence[Mapping[str, Any]]
    papers_asked: Sequence[str]

    @property
    def due_lines(self) -> tuple[Line, ...]:
        """How the promise was worked out, line by line."""
        return tuple(Line.from_json(line) for line in self.due_told)

    @property
    def step_due_lines(self) -> tuple[Line, ...]:
        """How the step's deadline was worked out."""
        return tuple(Line.from_json(line) for line in self.step_due_told)

    @property
    def service(self) -> Service:
        return catalogue.get(self.state.service_code, self.state.service_version)

    @property
    def current_step(self) -> Step:
        return self.service.step(self.state.step)

    @property
    def values(self) -> dict[str, Any]:
        """Answers and inputs by name: what conditions see."""
        return {**self.answers, **self.inputs}

    @property
    def number(self) -> str:
        return self.state.number

    @property
    def service_code(self) -> str:
        return self.state.service_code

    @property
    def unit_code(self) -> str:
        return self.state.unit_code

    @property
    def step(self) -> str:
        return self.state.step

    @property
    def customer_id(self) -> UUID | None:
        return self.state.customer_id

    @property
    def place_id(self) -> UUID | None:
        return self.state.place_id

    @property
    def is_closed(self) -> bool:
        return State(self.state.state).is_closed


@dataclass(frozen=True)
class DraftView:
    id: UUID
    service_code: str
    version: int
    answers: Mapping[str, Any]
    page: str
    resume_code: str
    visitor_id: UUID | None
    customer_id: UUID | None
    conversation_id: UUID | None
    channel: str
    status: str
    request_id: UUID | None
    updated_at: datetime

    @property
    def service(self) -> Service:
        return catalogue.get(self.service_code, self.version)


STATE_FIELDS = tuple(field.name for field in fields(RequestState))
_in_order = attrgetter(*STATE_FIELDS)


def state_of(row: Request) -> RequestState:
    """The row as the rules' value."""
    return RequestState(*_in_order(row))


def view_of(row: Request, data: RequestData | None = None) -> RequestView:
    data = data or row.data
    return RequestView(
        id=row.id,
        state=state_of(row),
        answers=data.answers,
        inputs=data.inputs,
        representative=data.representative,
        due_told=tuple(data.due_lines),
        step_due_told=tuple(data.step_due_lines),
        papers_asked=tuple(data.papers_asked),
    )


def find_request(request_id: UUID) -> RequestView | None:
    row = Request.objects.select_related("data").filter(id=request_id).first()
    return view_of(row) if row else None


def get_request(request_id: UUID) -> RequestView:
    """The request. Raises Request.DoesNotExist."""
    return view_of(Request.objects.select_related("data").get(id=request_id))


def find_by_number(text: str) -> RequestView | None:
    """By the number as a person types it: lower case, without dashes, with spaces."""
    number = codes.parse_request_number(text)
    row = Request.objects.select_related("data").filter(number=number).first() if number else None
    return view_of(row) if row else None


def find_by_external_number(portal: str, external_number: str) -> RequestView | None:
    row = (
        Request.objects.select_related("data").filter(portal=portal, external_number=external_number).first()
    )
    return view_of(row) if row else None


def list_requests(ids: Sequence[UUID]) -> list[RequestView]:
    """These requests, in the order given; two queries whatever their number."""
    rows = {row.id: view_of(row) for row in Request.objects.select_related("data").filter(id__in=ids)}
    return [rows[id] for id in ids if id in rows]


def list_entries(request_id: UUID) -> list[Entry]:
    return list(Entry.objects.filter(request_id=request_id).order_by("seq"))


def list_notes(request_id: UUID, *, for_customer: bool | None = None) -> list[Note]:
    notes = Note.objects.filter(request_id=request_id).order_by("at", "id")
    return list(notes if for_customer is None else notes.filter(for_customer=for_customer))


def replay_request(request_id: UUID) -> RequestState:
    """The state its journal leads to; equal to the row, always."""
    return replay(fact_of(entry) for entry in Entry.objects.filter(request_id=request_id).order_by("seq"))


def fact_of(entry: Entry) -> Fact:
    return Fact(entry.name, entry.at, entry.actor, entry.payload, entry.version)


def list_taken_back(*, unit_codes: frozenset[str]) -> QuerySet[Request]:
    """Requests, open or settled, whose payment was taken back and not made again. Page it by `after`."""
    rows = Request.objects.filter(unit_code__in=unit_codes, taken_back_at__isnull=False)
    return rows.order_by("step_due_at", "id")


def after(rows: QuerySet[Request], step_due_at: datetime | None, request_id: UUID) -> QuerySet[Request]:
    """The rest of a work list behind the row with this key (rows without a deadline stand last)."""
    if step_due_at is None:
        return rows.filter(step_due_at__isnull=True, id__gt=request_id)
    return rows.filter(
        Q(step_due_at__gt=step_due_at)
        | Q(step_due_at=step_due_at, id__gt=request_id)
        | Q(step_due_at__isnull=True)
    )


def was_sent_with(key: str) -> bool:
    """Whether a submission with this idempotency key has gone through."""
    return DoneOnce.objects.filter(key=key, act="submit").exists()


def has_open_requests(code: str, version: int) -> bool:
    """Whether requests are open under this version of a declaration (in this company)."""
    return Request.objects.filter(service_code=code, service_version=version, closed_at__isnull=True).exists()


def draft_view(row: Draft) -> DraftView:
    return DraftView(
        id=row.id,
        service_code=row.service_code,
        version=row.service_version,
        answers=row.answers,
        page=row.page,
        resume_code=row.resume_code,
        visitor_id=row.visitor_id,
        customer_id=row.customer_id,
        conversation_id=row.conversation_id,
        channel=row.channel,
        status=row.status,
        request_id=row.request_id,
        updated_at=row.updated_at,
    )


def get_draft(draft_id: UUID) -> DraftView:
    """Raises Draft.DoesNotExist."""
    return draft_view(Draft.objects.get(id=draft_id))


def find_draft(draft_id: UUID) -> DraftView | None:
    row = Draft.objects.filter(id=draft_id).first()
    return draft_view(row) if row else None


def find_open_draft(
    *, visitor_id: UUID | None = None, conversation_id: UUID | None = None, service_code: str = ""
) -> DraftView | None:
    """The open draft of this visitor or conversation that was touched last (of that service, when named)."""
    who = Q()
    if visitor_id:
        who |= Q(visitor_id=visitor_id)
    if conversation_id:
        who |= Q(conversation_id=conversation_id)
    if not who:
        return None
    rows = Draft.objects.filter(who, status=DraftStatus.OPEN).order_by("-updated_at")
    row = (rows.filter(service_code=service_code) if service_code else rows).first()
    return draft_view(row) if row else None


def list_open_drafts(visitor_id: UUID | None, *, conversation_id: UUID | None = None) -> list[DraftView]:
    """The open drafts of a visitor and of a conversation, the last touched first."""
    whose = Q(visitor_id=visitor_id) if visitor_id else Q(pk__in=[])
    if conversation_id:
        whose |= Q(conversation_id=conversation_id)
    rows = Draft.objects.filter(whose, status=DraftStatus.OPEN).order_by("-updated_at")
    return [draft_view(row) for row in rows[:20]]


def was_sent_by_visitor(request_id: UUID, visitor_id: UUID) -> bool:
    """Whether this browser's draft became the request."""
    return Draft.objects.filter(request_id=request_id, visitor_id=visitor_id).exists()


def find_draft_of(request_id: UUID) -> DraftView | None:
    """The draft that became the request."""
    row = Draft.objects.filter(request_id=request_id).first()
    return draft_view(row) if row else None


def list_drafts_of(request_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The id of the draft that became each of these requests, where there was one."""
    rows = Draft.objects.filter(request_id__in=list(request_ids)).order_by("id")
    return {request_id: id for request_id, id in rows.values_list("request_id", "id") if request_id}


def get_code_word_hash(request_id: UUID) -> str:
    """What to check a code word against; empty once erased."""
    return (
        RequestData.objects.filter(request_id=request_id).values_list("code_word_hash", flat=True).first()
        or ""
    )


def list_recent(*, unit_codes: Collection[str], service: str = "", state: str = "") -> QuerySet[Request]:
    """Requests of these units, open and closed, newest first. Page it by key: `older_than`."""
    rows = Request.objects.filter(unit_code__in=unit_codes)
    if service:
        rows = rows.filter(service_code=service)
    if state:
        rows = rows.filter(state=state)
    return rows.order_by("-submitted_at", "id")


def list_submitted_by(ref: str) -> QuerySet[Request]:
    """What this actor sent in, newest first. Page it by key: `older_than`."""
    return Request.objects.filter(submitted_by=ref).order_by("-submitted_at", "id")


def older_than(rows: QuerySet[Request], submitted_at: datetime, request_id: UUID) -> QuerySet[Request]:
    """The rest of a list of the newest first behind the row with this key."""
    return rows.filter(Q(submitted_at__lt=submitted_at) | Q(submitted_at=submitted_at, id__gt=request_id))


def list_for_search(
    *, customer_ids: Collection[UUID] = (), account_code: str = "", limit: int = 50
) -> list[Request]:
    """Requests of these customers, or about this account, newest first."""
    wanted = Q()
    if customer_ids:
        wanted |= Q(customer_id__in=list(customer_ids))
    if account_code:
        wanted |= Q(account_code=account_code)
    if not wanted:
        return []
    return list(Request.objects.filter(wanted).select_related("data").order_by("-submitted_at", "id")[:limit])


def list_open_at(place_ids: Collection[UUID], *, limit: int = 20) -> list[Request]:
    """Open requests about these places, newest first."""
    rows = Request.objects.filter(place_id__in=list(place_ids), closed_at__isnull=True)
    return list(rows.order_by("-submitted_at", "id")[:limit]) if place_ids else []


# looking for requests

FOUND_AT_MOST = 5000
NEWEST = 5000
PHONE_END, LONGEST_END = 4, 8  # more digits than these are a whole number, its 0 in front included


def unit_word(unit_code: str) -> str:
    return f"u_{unit_code.lower()}"


def sender_word(ref: str) -> str:
    return f"b_{_alone(ref)}"


def code_words(number: str, external_number: str, account_code: str) -> list[str]:
    """The words that stand for codes: the serial of the number, the portal's number, the account code."""
    serial = number.split("-")[1].lstrip("0") if number.count("-") == 2 else ""
    pairs = (("n", serial), ("d", _alone(external_number)), ("a", _alone(account_code)))
    return [f"{letter}_{code}" for letter, code in pairs if code]


def _alone(text: str) -> str:
    return "".join(vietnamese.tokens(text))


def _question(text: str) -> str:
    """The text as a full-text question: all words, the last may be unfinished; or one of the codes."""
    words = vietnamese.tokens(text)[:12]
    if not words:
        return ""
    alone = "".join(words)
    said = " & ".join([*(f"'{word}'" for word in words[:-1]), f"'{words[-1]}':*"])
    return f"({said}) | 'd_{alone}' | 'a_{alone}' | 'n_{alone.lstrip('0') or '0'}'"


_BY_WORDS = """
SELECT f.request_id, f.submitted_at FROM {source} f {seen}
 WHERE f.words @@ %(question)s::tsquery {may_see}
"""
_BY_PHONE = """
SELECT f.request_id FROM requests_finding f {seen}
 WHERE {ends_so} AND f.phone_backwards <> '' {may_see}
 ORDER BY f.submitted_at DESC LIMIT %(limit)s
"""
# Four digits are met by a thousand in ten million: their index has the newest first. More are met by few.
_FOUR_DIGITS, _MORE_DIGITS = "left(f.phone_backwards, 4) = %(end)s", "f.phone_backwards LIKE %(like)s"
_NEWEST = "(SELECT * FROM requests_finding ORDER BY submitted_at DESC LIMIT %(newest)s)"
_IN_ORDER = " ORDER BY f.submitted_at DESC LIMIT %(limit)s"


def _seen_by(sql: str, everything: bool, **filled: object) -> str:
    """The question among what somebody may see; whoever sees everything need not have each request's row read."""
    seen = "" if everything else "JOIN requests_request r ON r.id = f.request_id"
    may_see = "" if everything else "AND (r.unit_code = ANY(%(units)s) OR r.submitted_by = %(ref)s)"
    return sql.format(seen=seen, may_see=may_see, **filled)


def find_ids(
    text: str, *, unit_codes: Collection[str], ref: str, in_all_units: bool, limit: int = 20
) -> list[UUID]:
    """Requests that this person may see, by end of a phone, portal's number, account code, words of name and place.

    Newest first. A common name is met among the newest; few hits are read from the index of words and ordered; many
    that are old are met walking from the newest back.
    """
    parameters: dict[str, Any] = {"units": sorted(unit_codes), "ref": ref, "limit": limit}
    digits = "".join(character for character in text if character.isdigit())
    found: list[UUID] = []
    with connection.cursor() as cursor:
        if len(digits) >= PHONE_END and not any(character.isalpha() for character in text):
            end = digits.removeprefix("0") if len(digits) > LONGEST_END else digits
            ends_so = _FOUR_DIGITS if len(end) == PHONE_END else _MORE_DIGITS
            parameters |= {"end": end[::-1], "like": f"{end[::-1]}%"}
            cursor.execute(_seen_by(_BY_PHONE, in_all_units, ends_so=ends_so), parameters)
            found = [row[0] for row in cursor.fetchall()]
        question = _question(text)
        if question and len(found) < limit:
            if not in_all_units:
                mine = " | ".join(
                    f"'{word}'" for word in [*map(unit_word, sorted(unit_codes)), sender_word(ref)]
                )
                question = f"({question}) & ({mine})"
            parameters |= {"question": question, "newest": NEWEST, "most": FOUND_AT_MOST}
            cursor.execute(_seen_by(_BY_WORDS, in_all_units, source=_NEWEST) + _IN_ORDER, parameters)
            rows = cursor.fetchall()
            if len(rows) < limit:
                among_all = _seen_by(_BY_WORDS, in_all_units, source="requests_finding")
                cursor.execute(among_all + " LIMIT %(most)s", parameters)
                rows = cursor.fetchall()
                if len(rows) == FOUND_AT_MOST:
                    cursor.execute(among_all + _IN_ORDER, parameters)
                    rows = cursor.fetchall()
            rows.sort(key=lambda row: row[1], reverse=True)
            found += [id for id, _at in rows if id not in found]
    return found[:limit]
