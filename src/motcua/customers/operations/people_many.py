"""The set-based twin of `find_or_create_customer`: whom many ask for, found at once, and the new ones written together.

A test holds the two equal. Of one lot, somebody named twice is made once, as when they came one after the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from motcua.config import sets
from motcua.customers import queries
from motcua.customers.models import Customer, CustomerKind, CustomerStatus
from motcua.customers.operations.people import build_customer, checked
from motcua.kernel import vietnamese
from motcua.kernel.actors import Actor

_LOCKS = """
SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':' || told.key, 0)) FROM unnest(%s::text[]) told(key)
"""


@dataclass(frozen=True)
class Applicant:
    """What `find_or_create_customer` takes, for one of many."""

    full_name: str
    actor: Actor
    at: datetime
    phone: str = ""
    id_number: str = ""
    email: str = ""
    kind: str = CustomerKind.PERSON
    contact_address: str = ""


def find_or_create_customers(applicants: Sequence[Applicant]) -> list[queries.CustomerView]:
    """The customer of each, in the order given; all or, when one is wrong, none are made.

    Raises Invalid with every wrong field of the first wrong one. Lock: that of each name, in their order.
    """
    lot = [checked(_told(applicant)) for applicant in applicants]
    keys = [vietnamese.search_key(values["full_name"]) for values in lot]
    with transaction.atomic():
        _lock(keys)
        known = _Known(keys, lot)
        found, new = [], []
        for applicant, values, key in zip(applicants, lot, keys, strict=True):
            customer = known.find(key, values)
            if customer is None:
                customer = build_customer(values, applicant.actor, applicant.at)
                new.append(customer)
                known.add(customer)
            found.append(queries.view(customer))
        sets.write(new)
    return found


def _told(applicant: Applicant) -> dict[str, str]:
    names = ("full_name", "phone", "id_number", "email", "contact_address", "kind")
    return {name: getattr(applicant, name) for name in names}


def _lock(keys: Iterable[str]) -> None:
    """The locks that the single act takes, in one order for all who take many."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCKS, [[f"customer:{key}" for key in sorted(set(keys))]])


class _Known:
    """The active customers of these names that have one of these numbers, and those made since."""

    def __init__(self, keys: Iterable[str], lot: Sequence[Mapping[str, str]]) -> None:
        self._by_id_number: dict[tuple[str, str], list[Customer]] = defaultdict(list)
        self._by_phone: dict[tuple[str, str], list[Customer]] = defaultdict(list)
        ids = {values["id_number"] for values in lot} - {""}
        phones = {values["phone"] for values in lot} - {""}
        if ids or phones:
            rows = Customer.objects.filter(
                Q(id_number__in=ids) | Q(phone__in=phones),
                search_key__in=set(keys),
                status=CustomerStatus.ACTIVE,
            )
            for row in rows:
                self.add(row)

    def add(self, customer: Customer) -> None:
        if customer.id_number:
            self._by_id_number[customer.search_key, customer.id_number].append(customer)
        if customer.phone:
            self._by_phone[customer.search_key, customer.phone].append(customer)

    def find(self, key: str, values: Mapping[str, str]) -> Customer | None:
        """As the single act: by number and name, else by phone and name; the oldest of several."""
        id_number = values["id_number"]
        same_phone = self._by_phone.get((key, values["phone"]), [])
        if id_number:
            # two identity numbers are two people, even of one name behind one phone
            same_phone = [row for row in same_phone if row.id_number in ("", id_number)]
        found = self._by_id_number.get((key, id_number)) or same_phone
        return min(found, key=lambda row: row.id, default=None)
