"""Who is supplied, or asks to be, at an address as the customer says it, or beside a neighbour with a known code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language

from motcua.customers import queries as customer_queries
from motcua.kernel import codes
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.requests import queries as request_queries
from motcua.services import catalogue
from motcua.supply import finding


@dataclass(frozen=True)
class Supplied:
    """A contract at a place found, and the link that goes on with its holder."""

    name: str
    account_code: str
    place: str
    is_running: bool
    href: str


@dataclass(frozen=True)
class Open:
    """An open request about a place found; it opens for those who may see it."""

    number: str
    name: str
    service: str
    href: str


@dataclass(frozen=True)
class Found:
    supplied: list[Supplied] = field(default_factory=list)
    requests: list[Open] = field(default_factory=list)
    is_beside: bool = False

    def __len__(self) -> int:
        return len(self.supplied) + len(self.requests)


def find(text: str, actor: Actor, at: datetime) -> Found:
    """What is at the address, or beside the neighbour whose account code the text is."""
    code = codes.clean_account_code(text)
    is_beside = codes.is_account_code(code)
    if not is_beside and not any(character.isalpha() for character in text):
        return Found()
    ids = finding.list_beside(code) if is_beside else finding.find_places(text, local_date(at))
    return _at(ids, actor, is_beside=is_beside) if ids else Found(is_beside=is_beside)


def _at(ids: list[UUID], actor: Actor, *, is_beside: bool) -> Found:
    contracts = finding.list_contracts_at(ids)
    rows = request_queries.list_open_at(ids)
    holders = {one.customer_id for one in contracts} | {row.customer_id for row in rows if row.customer_id}
    names = customer_queries.list_names(holders)
    supplied = [
        Supplied(
            names.get(one.customer_id, ""),
            one.account_code,
            one.place_text,
            one.status == "ACTIVE",
            f"{reverse('counter:home')}?{urlencode({'khach': str(one.customer_id), 'ma': one.account_code})}",
        )
        for one in contracts
    ]
    requests = [
        Open(
            row.number,
            names.get(row.customer_id, "") if row.customer_id else "",
            catalogue.get(row.service_code, row.service_version).name.get(get_language()),
            reverse("desk:request", args=(row.number,)) if row.unit_code in actor.unit_codes else "",
        )
        for row in rows
    ]
    return Found(supplied, requests, is_beside)
