"""Set-based twins of `submit` and `advance` for what comes by the thousand: the same decisions, rows written together.

Each request goes through the very steps of the single act; only keys, numbers, rows and journal are read and written for
all at once. A test holds the twins equal to the single acts. What differs: nobody is told a code word, so none is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from motcua.companies import queries as company_queries
from motcua.companies import remembered
from motcua.config import jobs, sets
from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import fingerprint
from motcua.kernel.local_time import local_date
from motcua.messaging import operations as messaging_ops
from motcua.messaging import template_versions
from motcua.messaging.models import Conversation
from motcua.requests import queries, registry
from motcua.requests.models import Changed, DoneOnce, Request, RequestData
from motcua.requests.operations import advancing, once, submitting, telling
from motcua.requests.operations.advancing import Advanced
from motcua.requests.operations.refusals import RequestUnknown
from motcua.requests.operations.submitting import Receipt
from motcua.requests.operations.writing import ROLLUP_JOB, Work, _iso
from motcua.requests.states import Channel
from motcua.services import catalogue
from motcua.services.declaration import QuestionType, Service
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries

_ROW_FIELDS = list(queries.STATE_FIELDS)
_DATA_FIELDS = [f.attname for f in RequestData._meta.concrete_fields if not f.primary_key]


@dataclass(frozen=True)
class Order:
    """What `submit` takes, for one of many."""

    service_code: str
    answers: Mapping[str, Any]
    channel: str
    actor: Actor
    at: datetime
    key: str
    customer_id: UUID | None = None
    unit_code: str = ""
    conversation_id: UUID | None = None
    representative: Mapping[str, Any] = field(default_factory=dict)
    portal: str = ""
    external_number: str = ""
    reception: str = ""


@dataclass(frozen=True)
class Move:
    """What `advance` takes, for one of many."""

    request_id: UUID
    action: str
    inputs: Mapping[str, Any]
    actor: Actor
    at: datetime
    key: str
    reason: str = ""


def submit_many(orders: Sequence[Order]) -> list[Receipt]:
    """Send many requests, in one transaction: all or, when one is refused, none. Receipts in the order of the orders.

    Idempotent by each order's key. Lock: the keys in their order. Raises what `submit` raises.
    """
    services = [catalogue.get(order.service_code, local_date(order.at)) for order in orders]
    contents = [_content(order, service) for order, service in zip(orders, services, strict=True)]
    with transaction.atomic(), remembered.steady():
        done = once.claim_many(
            [(order.key, content, order.at) for order, content in zip(orders, contents, strict=True)],
            act="submit",
        )
        fresh = [pair for pair in zip(orders, services, strict=True) if pair[0].key not in done]
        works = _begun(fresh)
        views = _write(works, {})
        answers: dict[str, Receipt] = {}
        rows = []
        for (order, _service), view, content in zip(
            fresh, views, [c for o, c in zip(orders, contents, strict=True) if o.key not in done], strict=True
        ):
            answer = {
                "request_id": str(view.id),
                "number": view.number,
                "due_at": _iso(view.state.due_at),
                "step": view.step,
            }
            rows.append(_done(order.key, "submit", content, order.at, view.id, answer))
            answers[order.key] = Receipt(view.id, view.number, view.state.due_at, view.step, "")
        once.finish_many(rows)
    return [answers.get(o.key) or submitting._before(done[o.key].answer or {}) for o in orders]


def _content(order: Order, service: Service) -> dict[str, Any]:
    external = f"{order.portal}:{order.external_number}"
    return submitting.content_of(service, order.answers, external, order.representative)


def _begun(fresh: Sequence[tuple[Order, Service]]) -> list[Work]:
    calendar = company_queries.get_calendar()
    told = [submitting._checked(service, order.answers, order.actor) for order, service in fresh]
    works = []
    for (order, service), clean, parties, serial in zip(
        fresh, told, _parties_of(fresh, told), _serials(len(fresh)), strict=True
    ):
        work = submitting._begin(
            service, clean, parties, channel=Channel(order.channel), actor=order.actor,
            at=order.at, key=order.key, conversation_id=order.conversation_id, representative=order.representative,
            portal=order.portal, external_number=order.external_number, reception=order.reception, code_word="",
            serial=serial, calendar=calendar,
        )  # fmt: skip
        work.enter(service.first_step)
        work.go_on_alone()
        works.append(work)
    return works


def _serials(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('requests_number_seq') FROM generate_series(1, %s)", [count])
        return [serial for (serial,) in cursor.fetchall()]


def _parties_of(
    fresh: Sequence[tuple[Order, Service]], told: Sequence[Mapping[str, Any]]
) -> list[submitting._Parties]:
    """Who asks, about which place, and which unit serves it: as the single act finds it, other rooms asked once for all."""
    accounts = [_account_of(service, clean) for (_, service), clean in zip(fresh, told, strict=True)]
    contracts = supply_queries.find_contracts({code for code in accounts if code})
    supplied = supply_queries.list_places(contract.place_id for contract in contracts.values())
    places, customers = _new_places(fresh, told), _customers(fresh, told)
    found = []
    for n, ((order, _), account_code) in enumerate(zip(fresh, accounts, strict=True)):
        on, unit_code = local_date(order.at), order.unit_code
        contract, place = contracts.get(account_code), places.get(n)
        if place is not None:
            served = None if unit_code else supply_queries.find_unit_for_place(place, on)
            unit_code = served.unit_code if served else unit_code
        elif contract is not None:
            place, unit_code = supplied[contract.place_id], unit_code or contract.unit_code
        found.append(
            submitting._Parties(
                customers.get(n, order.customer_id), place.id if place else None,
                unit_code or company_queries.get_centre().code,
                supply_queries.find_province_code(place, on) if place else "", account_code,
            )
        )  # fmt: skip
    return found


def _account_of(service: Service, clean: Mapping[str, Any]) -> str:
    return str(submitting._answer(service, clean, QuestionType.ACCOUNT_CODE) or "")


def _new_places(
    fresh: Sequence[tuple[Order, Service]], told: Sequence[Mapping[str, Any]]
) -> dict[int, supply_queries.PlaceView]:
    """The places that are told in words, by the number of their order."""
    named = {
        n: supply_ops.NewPlace(submitting._place(answer, order.at), order.actor, order.at)
        for n, ((order, service), clean) in enumerate(zip(fresh, told, strict=True))
        if (answer := submitting._answer(service, clean, QuestionType.PLACE))
    }
    return dict(zip(named, supply_ops.create_places(list(named.values())), strict=True))


def _customers(fresh: Sequence[tuple[Order, Service]], told: Sequence[Mapping[str, Any]]) -> dict[int, UUID]:
    """The customers that are named, by the number of their order."""
    named = {
        n: customer_ops.Applicant(**applicant, actor=order.actor, at=order.at)
        for n, ((order, service), clean) in enumerate(zip(fresh, told, strict=True))
        if (applicant := submitting._applicant(service, clean, order.customer_id))
    }
    views = customer_ops.find_or_create_customers(list(named.values()))
    return {n: view.id for n, view in zip(named, views, strict=True)}


def advance_many(moves: Sequence[Move]) -> list[Advanced]:
    """Do an action of each request's present step, in one transaction: all or, when one is refused, none.

    A request is named once at most. Idempotent by each move's key. Lock: the keys, then the rows, in their order.
    Raises what `advance` raises.
    """
    contents = [
        {
            "request": str(move.request_id),
            "action": move.action,
            "inputs": fingerprint(dict(move.inputs)),
            "reason": move.reason,
        }
        for move in moves
    ]
    with transaction.atomic(), remembered.steady():
        done = once.claim_many(
            [(move.key, content, move.at) for move, content in zip(moves, contents, strict=True)],
            act="advance",
        )
        fresh = [
            (move, content) for move, content in zip(moves, contents, strict=True) if move.key not in done
        ]
        facts: dict[UUID, Mapping[str, object]] = {}
        works = _moved([move for move, _ in fresh], facts)
        views = _write(works, facts)
        answers: dict[str, Advanced] = {}
        rows = []
        for (move, content), view in zip(fresh, views, strict=True):
            answer = {
                "request_id": str(view.id),
                "number": view.number,
                "step": view.step,
                "state": view.state.state,
            }
            rows.append(_done(move.key, "advance", content, move.at, view.id, answer))
            answers[move.key] = Advanced(view.id, view.number, view.step, view.state.state)
        once.finish_many(rows)
    return [answers.get(m.key) or advancing._before(done[m.key].answer or {}) for m in moves]


def _moved(moves: Sequence[Move], facts: dict[UUID, Mapping[str, object]]) -> list[Work]:
    ids = [move.request_id for move in moves]
    assert len(set(ids)) == len(ids), "a request is moved once"
    rows = {row.id: row for row in Request.objects.select_for_update().filter(id__in=ids).order_by("id")}
    data = {row.request_id: row for row in RequestData.objects.filter(request_id__in=ids)}
    calendar = company_queries.get_calendar()
    works = []
    for move in moves:
        if move.request_id not in rows:
            raise RequestUnknown()
        work = Work(
            row=rows[move.request_id], data=data[move.request_id], actor=move.actor, at=move.at, key=move.key, calendar=calendar
        )  # fmt: skip
        facts[move.request_id] = advancing.act(work, move.action, move.inputs, reason=move.reason)
        works.append(work)
    return works


def _write(works: Sequence[Work], facts: Mapping[UUID, Mapping[str, object]]) -> list[queries.RequestView]:
    """Rows, data, journal and notes of all together; then what follows."""
    views = [work.view() for work in works]
    new, old = [w for w in works if w.is_new], [w for w in works if not w.is_new]
    sets.write([work.row for work in new])
    sets.write([work.data for work in new])
    sets.write([work.row for work in old], unique=["id"], update=_ROW_FIELDS)
    sets.write([work.data for work in old], unique=["request_id"], update=_DATA_FIELDS)
    sets.write([entry for work in works for entry in work.entries])
    sets.write([note for work in works for note in work.notes])
    sets.write([Changed(request_id=work.row.id) for work in works])
    _follow(works, views, facts)
    return views


def _follow(
    works: Sequence[Work],
    views: Sequence[queries.RequestView],
    facts: Mapping[UUID, Mapping[str, object]],
) -> None:
    """What comes after the writing, as `Work.follow` does it, each room told of all at once; customers who have more than a phone one by one."""
    acts = [work.written(view) for work, view in zip(works, views, strict=True)]
    registry.tell_journaled_many(acts)
    if acts:
        jobs.wake(ROLLUP_JOB)
    registry.tell_closed_many([act for work, act in zip(works, acts, strict=True) if work.is_closing])
    noticed = [(work, view) for work, view in zip(works, views, strict=True) if work.notices()]
    talking = set(
        Conversation.objects.filter(request_id__in=[view.id for _, view in noticed]).values_list(
            "request_id", flat=True
        )
        if noticed
        else ()
    )
    by_phone: list[messaging_ops.PhoneText | None] = []
    in_force = template_versions.list_in_force(noticed[0][0].at) if noticed else {}
    for work, view in noticed:
        has_more = bool(view.customer_id or view.state.conversation_id or view.id in talking)
        more = facts.get(view.id) or {}
        for code, key in work.notices():
            if has_more:
                telling.tell(view, code, key=key, at=work.at, more=more)
            else:
                by_phone.append(
                    telling.text_for_phone(view, code, key=key, at=work.at, more=more, in_force=in_force)
                )
    messaging_ops.notify_phones([text for text in by_phone if text])


def _done(
    key: str, act: str, content: Mapping[str, Any], at: datetime, request_id: UUID, answer: Mapping[str, Any]
) -> DoneOnce:
    return DoneOnce(
        key=key,
        act=act,
        content=fingerprint({"act": act, **content}),
        at=at,
        request_id=request_id,
        answer=answer,
    )
