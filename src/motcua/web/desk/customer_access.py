"""Whose card may be looked at: a counter serves anybody of the company, others those whose requests they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from motcua.companies.roles import Role
from motcua.customers import queries as customer_queries
from motcua.customers.models import CustomerStatus
from motcua.customers.queries import CustomerView
from motcua.kernel import phones
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.requests import queries as request_queries
from motcua.requests.models import Request

SERVERS = (Role.INTAKE, Role.BUSINESS, Role.SUPERVISOR)
DECIDERS = (Role.BUSINESS, Role.SUPERVISOR)
READERS = (*SERVERS, Role.ADMIN, Role.DIRECTOR)
MOST_REQUESTS = 500


@dataclass(frozen=True)
class Card:
    """A customer as this person may see them. `requests` are those of theirs, `elsewhere` counts the others'."""

    view: CustomerView
    ids: tuple[UUID, ...]
    serves: bool
    requests: tuple[Request, ...]
    elsewhere: int

    @property
    def is_active(self) -> bool:
        return self.view.status == CustomerStatus.ACTIVE

    @property
    def phone(self) -> str:
        if not self.view.phone:
            return ""
        return phones.display(self.view.phone) if self.serves else self.view.masked_phone

    @property
    def email(self) -> str:
        return self.view.email if self.serves else masked_email(self.view.email)

    @property
    def address(self) -> str:
        return self.view.contact_address if self.serves else ""

    def facts(self) -> dict[str, Any]:
        """What a page says of them: numbers of papers are never shown whole."""
        return {
            "phone": self.phone,
            "email": self.email,
            "id_number": self.view.masked_id_number,
            "address": self.address,
        }


def masked_email(email: str) -> str:
    name, at, host = email.partition("@")
    return f"{name[:1]}•••{at}{host}" if at else ""


def access_card(*, actor: Actor, customer_id: UUID) -> Card:
    """The customer's card for this person; of a merged one, the one they went into. Raises NotFound."""
    found = customer_queries.find_customer(customer_queries.survivor_id(customer_id))
    if found is None:
        raise NotFound
    ids = tuple(customer_queries.list_ids(found.id))
    rows = request_queries.list_for_search(customer_ids=ids, limit=MOST_REQUESTS)
    visible = tuple(row for row in rows if row.submitted_by == actor.ref or row.unit_code in actor.unit_codes)
    serves = actor.has_role(*SERVERS)
    if not (serves or visible):
        raise NotFound
    return Card(found, ids, serves, visible, len(rows) - len(visible))
