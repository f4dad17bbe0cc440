"""What is there already for whoever asks: an open request like this one, a contract at the place, a debt.

A warning, never a wall: the person at the counter knows best.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language, gettext

from motcua.customers import queries as customer_queries
from motcua.kernel import hashing, phones
from motcua.kernel.actors import Actor
from motcua.kernel.money import format_vnd
from motcua.ledger import queries as ledger_queries
from motcua.requests import queries as request_queries
from motcua.services import catalogue
from motcua.services.declaration import Category, QuestionType, Service
from motcua.supply import finding
from motcua.supply.models import ContractStatus

MOST = 5


@dataclass(frozen=True)
class Double:
    """One warning: what it says, and where to look."""

    text: str
    href: str = ""


def find(
    service: Service, given: Mapping[str, Any], customer_id: UUID | None, actor: Actor, on: date
) -> list[Double]:
    """The warnings for these answers, the gravest first. Whoever only asks or complains is not warned of anything."""
    if service.category is Category.HELP:
        return []
    told = {
        question.type: given.get(question.name) for question in service.questions if given.get(question.name)
    }
    ids = _people(told, customer_id)
    found = [*_open_requests(service, ids, actor), *_debts(ids)] if ids else []
    if service.category is Category.SUPPLY:
        found += _at_the_place(told.get(QuestionType.PLACE), ids, actor, on)
    return found[:MOST]


def fingerprint(doubles: list[Double]) -> str:
    """Says which warnings were shown: new ones are shown again."""
    return hashing.fingerprint([double.text for double in doubles])[:16] if doubles else ""


def _people(told: Mapping[QuestionType, Any], customer_id: UUID | None) -> list[UUID]:
    """Every id of the chosen customer, and of those with this phone or identity number."""
    seeds = [customer_id] if customer_id else []
    if phone := phones.normalise(str(told.get(QuestionType.PHONE, ""))):
        seeds += [customer.id for customer in customer_queries.list_by_phone(phone)]
    if number := str(told.get(QuestionType.ID_NUMBER, "")).replace(" ", ""):
        seeds += [customer.id for customer in customer_queries.list_by_id_number(number)]
    return list(dict.fromkeys(id for seed in dict.fromkeys(seeds) for id in customer_queries.list_ids(seed)))


def _open_requests(service: Service, ids: list[UUID], actor: Actor) -> list[Double]:
    rows = [
        row
        for row in request_queries.list_for_search(customer_ids=ids)
        if row.service_code == service.code and row.closed_at is None
    ]
    name = service.name.get(get_language())
    return [
        Double(
            gettext("Đang có yêu cầu %(number)s cùng loại “%(name)s”, chưa xong.")
            % {"number": row.number, "name": name},
            _link(row.number, row.unit_code, actor),
        )
        for row in rows
    ]


def _debts(ids: list[UUID]) -> list[Double]:
    owed = [charge for id in ids for charge in ledger_queries.list_charges_of_customer(id, open_only=True)]
    if not owed:
        return []
    total = format_vnd(sum(charge.remaining_vnd for charge in owed))
    codes = ", ".join(charge.payment_code for charge in owed[:3])
    return [Double(gettext("Khách còn nợ %(total)s (%(codes)s).") % {"total": total, "codes": codes})]


def _at_the_place(place: Any, ids: list[UUID], actor: Actor, on: date) -> list[Double]:
    """Contracts that run where electricity is asked for anew, and what others ask for there, by old names or new."""
    text = str(place.get("text", "")) if isinstance(place, Mapping) else ""
    places = finding.find_places(text, on) if text else []
    contracts = [row for row in finding.list_contracts_at(places) if row.status == ContractStatus.ACTIVE]
    asked = [
        row
        for row in request_queries.list_open_at(places)
        if row.customer_id not in ids
        and catalogue.get(row.service_code, row.service_version).category is Category.SUPPLY
    ]
    return [
        *(
            Double(
                gettext("Đã có hợp đồng %(code)s tại %(place)s.")
                % {"code": contract.account_code, "place": contract.place_text}
            )
            for contract in contracts
        ),
        *(
            Double(
                gettext("Người khác đang xin cấp điện tại nơi này: yêu cầu %(number)s.")
                % {"number": row.number},
                _link(row.number, row.unit_code, actor),
            )
            for row in asked
        ),
    ]


def _link(number: str, unit_code: str, actor: Actor) -> str:
    return reverse("desk:request", args=(number,)) if unit_code in actor.unit_codes else ""
