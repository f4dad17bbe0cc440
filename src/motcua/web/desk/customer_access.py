"""Whose card may be looked at: a counter serves anybody of the company, others those whose requests they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.customers import access as customers
from motcua.customers import queries as customer_queries
from motcua.customers.models import CustomerStatus
from motcua.customers.queries import CustomerView
from motcua.kernel import phones
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound
from motcua.requests import queries as request_queries
from motcua.requests.models import Request

SERVERS = customers.MAY_SEE_CUSTOMERS
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
    serves, id = actor.has_role(*SERVERS), customer_queries.survivor_id(customer_id)
    today = local_date(clock.now())
    found = customers.access_customer(actor=actor, customer_id=id, on=today) if serves else _known(id)
    ids = tuple(customer_queries.list_ids(found.id))
    rows = request_queries.list_for_search(customer_ids=ids, limit=MOST_REQUESTS)
    visible = tuple(row for row in rows if row.submitted_by == actor.ref or row.unit_code in actor.unit_codes)
    if not (serves or visible):
        raise NotFound
    return Card(found, ids, serves, visible, len(rows) - len(visible))


def _known(customer_id: UUID) -> CustomerView:
    found = customer_queries.find_customer(customer_id)
    if found is None:
        raise NotFound
    return found
