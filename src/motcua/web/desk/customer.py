"""The customer's card: who they are, by what they are proven, what is theirs, who acts for them, what was changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from motcua.billing import access as bill_access
from motcua.companies import operations as company_ops
from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.customers.models import Authority
from motcua.customers.queries import CustomerView
from motcua.kernel import phones, vietnamese
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound
from motcua.messaging import access as messaging_access
from motcua.messaging import queries as messaging_queries
from motcua.messaging.queries import ConversationView
from motcua.supply import queries as supply_queries
from motcua.web import words
from motcua.web.act_form import Failed
from motcua.web.bills import lines_of as lines_of_bills
from motcua.web.desk import customer_acts
from motcua.web.desk import customer_words as told
from motcua.web.desk.customer_access import READERS, Card, access_card
from motcua.web.finding import LONGEST, find_contract, find_customers
from motcua.web.request_lines import lines_of
from motcua.web.staff_pages import StaffRequest, staff_page

PAGE = 10
TALKS = 20
OTHERS = 10
BILLS = 3  # the newest of each account


@require_safe
@staff_page(*READERS)
def card(request: StaffRequest, customer_id: UUID) -> HttpResponse:
    """The card; that it was looked at, and by whom, stands in the audit. A merged customer's leads to who stands for them."""
    here = access_card(actor=request.actor, customer_id=customer_id)
    if here.view.id != customer_id:
        return redirect("desk:customer", customer_id=here.view.id)
    company_ops.record_audit(
        actor=request.actor,
        verb="customer.seen",
        subject_type="customer",
        subject_id=str(here.view.id),
        at=clock.now(),
    )
    return render_card(request, here)


def render_card(
    request: StaffRequest, here: Card, *, failed: Failed | None = None, status: int = 200
) -> HttpResponse:
    """The card, with a refused act in its place."""
    at = clock.now()
    forms = customer_acts.act_forms(request, here, at, failed)
    number = request.GET.get("trang", "")
    page = {
        "card": here,
        "person": here.view,
        "kind": gettext(told.KINDS.get(here.view.kind, here.view.kind)),  # type: ignore[call-overload]
        **here.facts(),
        **_requests(here, int(number) if number.isascii() and number.isdigit() else 1, at),
        **_proven(here),
        **_accounts(request.actor, here, local_date(at)),
        **_people(here, local_date(at)),
        **_agreed(here),
        **_history(here),
        "talks": _talks(request.actor, here),
        "data_requests": data_lines(customer_queries.list_data_requests(here.view.id), at),
        "forms": forms,
        "summary": [line for form in forms for line in form.summary],
        "has_errors": failed is not None,
        "may_export": customer_acts.may_export(request.actor) and here.is_active,
    }
    if here.serves and here.is_active:
        page |= {"doubles": list_doubles(here.view), **_others(request, here)}
    return render(request, "desk/customer.html", page, status=status)


def _requests(here: Card, page: int, at: datetime) -> dict[str, Any]:
    first = (max(1, page) - 1) * PAGE
    rows = here.requests[first : first + PAGE]
    return {
        "lines": lines_of(list(rows), at),
        "request_count": len(here.requests),
        "page": max(1, page),
        "newer": f"?trang={page - 1}#yeu-cau" if first and rows else "",
        "older": f"?trang={max(1, page) + 1}#yeu-cau" if len(here.requests) > first + PAGE else "",
    }


def _proven(here: Card) -> dict[str, Any]:
    rows = list(customer_queries.list_handle_rows(here.view.id))
    names = words.actor_names({row.proven_by for row in rows})
    return {
        "handles": [
            {
                "row": row,
                "channel": told.channel(row.channel),
                "address": _shown_address(row.channel, row.address)
                if here.serves
                else "•••" + row.address[-3:],
                "proof": gettext(told.PROOFS[row.proof]),  # type: ignore[index]
                "by": names.get(row.proven_by, ""),
            }
            for row in rows
        ]
    }


def _shown_address(channel: str, address: str) -> str:
    return phones.display(address) if channel == "SMS" else address


def _accounts(actor: Actor, here: Card, today: date) -> dict[str, Any]:
    """Account codes of theirs, whatever they are to them; everybody who is something to each, and the last bills."""
    own = supply_queries.list_contracts(here.ids)
    parts = supply_queries.list_parts(here.ids)
    codes = list(dict.fromkeys([*(c.account_code for c in own), *(p.account_code for p in parts)]))
    contracts = supply_queries.find_contracts(codes)
    listed = supply_queries.list_parts_of(codes)
    names = customer_queries.list_names(
        {part.customer_id for part in listed} | {c.customer_id for c in contracts.values()}
    )
    may_see_bills = actor.has_role(*bill_access.READERS)
    billed = bill_access.list_for_staff(actor, codes, limit=BILLS) if may_see_bills else {}
    lines = []
    for code in codes:
        contract = contracts.get(code)
        people = [_part(part, names, here, today) for part in listed if part.account_code == code]
        if contract is not None:
            people.insert(0, {
                "role": gettext(told.HOLDER), "name": names.get(contract.customer_id, ""), "id": contract.customer_id,
                "is_own": contract.customer_id in here.ids, "is_now": contract.status == "ACTIVE", "reason": "",
                "since": contract.started_at, "until": None,
            })  # fmt: skip
        bills = lines_of_bills(billed.get(code, []), today)
        lines.append({"code": code, "contract": contract, "people": people, "bills": bills})
    return {"accounts": lines}


def _part(part: supply_queries.PartView, names: dict[UUID, str], here: Card, today: date) -> dict[str, Any]:
    return {
        "role": gettext(told.PARTS[part.role]),  # type: ignore[index]
        "name": names.get(part.customer_id, ""),
        "id": part.customer_id,
        "is_own": part.customer_id in here.ids,
        "is_now": part.holds_on(today),
        "reason": part.reason,
        "since": part.valid_from,
        "until": part.valid_to,
    }


def _people(here: Card, today: date) -> dict[str, Any]:
    return {
        "agents": [_held(row, row.agent) for row in customer_queries.list_authorities(here.view.id, on=today)],
        "principals": [_held(row, row.customer) for row in customer_queries.list_agencies(here.view.id, on=today)],
    }  # fmt: skip


def _held(row: Authority, who: Any) -> dict[str, Any]:
    return {
        "id": who.id,
        "name": who.full_name,
        "ground": gettext(words.GROUNDS.get(row.ground, row.ground)),
        "scope": gettext(told.SCOPES[row.scope]),  # type: ignore[index]
        "until": row.valid_to,
    }


def _agreed(here: Card) -> dict[str, Any]:
    rows = [row for id in here.ids for row in customer_queries.list_consents(id)]
    names = words.actor_names({row.given_by for row in rows})
    chosen = customer_queries.list_notice_choices(here.view.id)
    return {
        "consents": [
            {
                "row": row,
                "purpose": told.purpose(row.purpose),
                "channel": told.channel(row.channel),
                "by": names.get(row.given_by, ""),
                "end": gettext(told.ENDS[row.withdrawn_why]) if row.withdrawn_why else "",  # type: ignore[index]
            }
            for row in sorted(rows, key=lambda row: (row.at, row.id), reverse=True)
        ],
        "notices": [
            {
                "topic": gettext(label),
                "channels": ", ".join(told.channel(code) for code in chosen[topic]) or gettext("không báo")
                if topic in chosen
                else gettext("như công ty vẫn báo"),
            }
            for topic, label in told.TOPICS.items()
        ],
    }


def _history(here: Card) -> dict[str, Any]:
    changes = [row for id in here.ids for row in customer_queries.list_changes(id)[:50]]
    merges = list(customer_queries.list_merges(here.view.id))
    names = words.actor_names(
        {row.actor for row in changes}
        | {row.actor for row in merges}
        | {row.undone_by for row in merges} - {""}
    )
    return {
        "changes": [
            {
                "row": row,
                "field": told.field(row.field),
                "old": _old(row.field, row.old_value, here),
                "by": names.get(row.actor, ""),
            }
            for row in sorted(changes, key=lambda row: (row.at, row.id), reverse=True)
        ],
        "merges": [
            {
                "row": row,
                "by": names.get(row.actor, ""),
                "undone_by": names.get(row.undone_by, ""),
            }
            for row in merges
        ],
    }


def _old(field: str, value: str, here: Card) -> str:
    """A former value, masked as the present one is."""
    if field == "id_number":
        return "•" * max(0, len(value) - 3) + value[-3:]
    if field == "kind":
        return gettext(told.KINDS.get(value, value))  # type: ignore[call-overload]
    return value if here.serves or field == "full_name" else "•••"


def _talks(actor: Actor, here: Card) -> list[dict[str, Any]]:
    found: list[ConversationView] = []
    for id in here.ids:
        found += messaging_queries.list_conversations(customer_id=id, limit=TALKS)
    found.sort(key=lambda talk: talk.opened_at, reverse=True)
    return [
        {"talk": talk, "channel": words.channel_words(talk.channel), "may_open": _may_open(actor, talk)}
        for talk in found[:TALKS]
    ]


def _may_open(actor: Actor, talk: ConversationView) -> bool:
    try:
        messaging_access.access_as_staff(conversation_id=talk.id, actor=actor)
    except NotFound:
        return False
    return actor.has_role(*messaging_access.READERS)


def data_lines(rows: Iterable[Any], at: datetime) -> list[dict[str, Any]]:
    """What was asked about somebody's data, with its age and limit."""
    return [
        {
            "row": row,
            "wish": gettext(told.WISHES[row.wish]),
            "state": gettext(told.WISH_STATES[row.state]),
            "age": _age(at - row.asked_at),
            "is_open": row.closed_at is None,
            "is_late": row.closed_at is None and row.due_at is not None and row.due_at < at,
        }
        for row in rows
    ]


def _age(age: timedelta) -> str:
    hours = max(0, int(age.total_seconds() // 3600))
    return gettext("%(days)s ngày %(hours)s giờ") % {"days": hours // 24, "hours": hours % 24}


def list_doubles(person: CustomerView) -> list[dict[str, Any]]:
    """Others who may be the same person, and why one may think so: by number, phone, or a like name at the same place."""
    found = customer_queries.list_like(person.id)
    own = _places([person])[person.id]
    theirs = _places([other for other, _what in found])
    lines = []
    for other, what in found:
        alike = set(what) | ({"PLACE"} if own & theirs[other.id] else set())
        if alike != {"NAME"}:
            lines.append({
                "person": other,
                "why": ", ".join(gettext(told.ALIKE[code]) for code in sorted(alike)),
                "places": theirs[other.id],
            })  # fmt: skip
    return lines[:OTHERS]


def _places(people: Iterable[CustomerView]) -> dict[UUID, frozenset[str]]:
    """Where people live or have electricity, folded for comparing."""
    listed = list(people)
    texts: dict[UUID, set[str]] = {person.id: {person.contact_address} for person in listed}
    for contract in supply_queries.list_contracts([person.id for person in listed]):
        texts[contract.customer_id].add(contract.place_text)
    return {
        id: frozenset(vietnamese.search_key(text) for text in given if text) for id, given in texts.items()
    }


def _others(request: StaffRequest, here: Card) -> dict[str, Any]:
    """Customers looked for to merge with this one."""
    text = request.GET.get("tim", "").strip()[:LONGEST]
    found = find_customers(text, find_contract(text)) if text else []
    if text:
        company_ops.record_audit(
            actor=request.actor,
            verb="desk.searched",
            subject_type="search",
            subject_id="",
            at=clock.now(),
            facts={"found": len(found)},
        )
    return {"looked_for": text, "others": [other for other in found if other.id != here.view.id][:OTHERS]}
