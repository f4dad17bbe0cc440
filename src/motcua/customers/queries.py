"""Reads: who a customer is, what was merged into them, who may act for them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Reverse

from motcua.customers import rules
from motcua.customers.models import (
    Authority,
    Consent,
    Customer,
    CustomerChange,
    CustomerStatus,
    DataRequest,
    DataRequestState,
    Handle,
    MergeRecord,
    NoticeChoice,
    Scope,
)
from motcua.kernel import phones, vietnamese

MERGE_DEPTH = 50
ACTING = frozenset({Scope.ALL.value, Scope.REQUESTS.value})
SEEING = ACTING | {Scope.VIEW.value}
SHORTEST_TAIL = 4


@dataclass(frozen=True)
class CustomerView:
    """A customer as other rooms see them."""

    id: UUID
    kind: str
    full_name: str
    id_number: str
    phone: str
    email: str
    contact_address: str
    language: str
    status: str
    merged_into_id: UUID | None
    created_at: datetime

    @property
    def masked_phone(self) -> str:
        return phones.mask(self.phone) if self.phone else ""

    @property
    def masked_id_number(self) -> str:
        return "•" * max(0, len(self.id_number) - 3) + self.id_number[-3:]


@dataclass(frozen=True)
class Reach:
    """Every id that means a customer, and the channels they chose for a topic; None when they chose nothing."""

    ids: tuple[UUID, ...]
    channels: tuple[str, ...] | None


@dataclass(frozen=True)
class HandleView:
    channel: str
    address: str
    customer_id: UUID | None
    proof: str
    proven_at: datetime


@dataclass(frozen=True)
class SessionView:
    """A browser's session: who it is proven to be, if anybody."""

    id: UUID
    customer_id: UUID | None
    proven_phone: str
    proven_at: datetime | None
    acting_for: UUID | None = None


def view(customer: Customer) -> CustomerView:
    return CustomerView(
        id=customer.id,
        kind=customer.kind,
        full_name=customer.full_name,
        id_number=customer.id_number,
        phone=customer.phone,
        email=customer.email,
        contact_address=customer.contact_address,
        language=customer.language,
        status=customer.status,
        merged_into_id=customer.merged_into_id,
        created_at=customer.created_at,
    )


def get_customer(customer_id: UUID) -> CustomerView:
    """The customer with this id, merged or erased ones too. Raises Customer.DoesNotExist."""
    return view(Customer.objects.get(id=customer_id))


def find_customer(customer_id: UUID) -> CustomerView | None:
    customer = Customer.objects.filter(id=customer_id).first()
    return view(customer) if customer else None


def survivor_id(customer_id: UUID) -> UUID:
    """The id of the customer that this one was merged into at the end; itself when it was not."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE way(id, next, depth) AS (
                SELECT id, merged_into_id, 0 FROM customers_customer WHERE id = %s
                UNION ALL
                SELECT c.id, c.merged_into_id, way.depth + 1
                FROM way JOIN customers_customer c ON c.id = way.next
                WHERE way.depth < %s
            )
            SELECT id FROM way ORDER BY depth DESC LIMIT 1
            """,
            [customer_id, MERGE_DEPTH],
        )
        row = cursor.fetchone()
    return row[0] if row else customer_id


# Up to the survivor of all merges, then down to everybody who was merged into it.
_FAMILY = """
WITH RECURSIVE way(id, next, depth) AS (
    SELECT id, merged_into_id, 0 FROM customers_customer WHERE id = %(id)s
    UNION ALL
    SELECT c.id, c.merged_into_id, way.depth + 1
    FROM way JOIN customers_customer c ON c.id = way.next
    WHERE way.depth < %(depth)s
), family(id, depth) AS (
    SELECT COALESCE((SELECT id FROM way ORDER BY depth DESC LIMIT 1), %(id)s::uuid), 0
    UNION ALL
    SELECT c.id, family.depth + 1
    FROM family JOIN customers_customer c ON c.merged_into_id = family.id
    WHERE family.depth < %(depth)s
)
"""
_IDS = f"{_FAMILY} SELECT id FROM family ORDER BY depth, id"  # noqa: S608
_REACH = f"""{_FAMILY}
SELECT (SELECT array_agg(id ORDER BY depth, id) FROM family),
       (SELECT channels FROM customers_noticechoice
         WHERE customer_id IN (SELECT id FROM family) AND topic = %(topic)s
         ORDER BY changed_at DESC LIMIT 1)
"""  # noqa: S608


def list_ids(customer_id: UUID) -> list[UUID]:
    """Every id that means this customer: the survivor's and those merged into it."""
    with connection.cursor() as cursor:
        cursor.execute(_IDS, {"id": customer_id, "depth": MERGE_DEPTH})
        return [row[0] for row in cursor.fetchall()]


def list_by_phone(phone: str) -> list[CustomerView]:
    """Active customers with this number on record. Reveals who they are: only after the number was proven."""
    found = (
        Customer.objects.filter(phone=phone, status=CustomerStatus.ACTIVE).exclude(phone="").order_by("id")
    )
    return [view(customer) for customer in found]


def list_by_id_number(id_number: str) -> list[CustomerView]:
    """Active customers with this number on record, in its stored form."""
    rows = Customer.objects.filter(id_number=id_number, status=CustomerStatus.ACTIVE).order_by("id")
    return [view(row) for row in rows[:20]]


def search(text: str, *, limit: int = 20) -> list[CustomerView]:
    """Customers for the desk: by phone, identity number or name, with or without marks. Merged ones are left
    out.
    """
    active = Customer.objects.filter(status=CustomerStatus.ACTIVE)
    exact = Q()
    if phone := phones.normalise(text):
        exact |= Q(phone=phone)
    if id_number := rules.clean_id_number(text):
        exact |= Q(id_number=id_number)
    if exact:
        found = active.filter(exact).order_by("search_key", "id")[:limit]
        if found:
            return [view(customer) for customer in found]
    words = vietnamese.tokens(text)
    if not words:
        return []
    for word in words:
        active = active.filter(search_key__contains=word)
    # Ordered in the database a common name would be read to its end; these few are ordered here.
    begun = " ".join(words)
    ordered = sorted(
        active[: limit * 10], key=lambda c: (not c.search_key.startswith(begun), c.search_key, c.id)
    )
    return [view(customer) for customer in ordered[:limit]]


def search_by_phone_tail(tail: str, *, limit: int = 20) -> list[CustomerView]:
    """Customers whose number on record ends with these digits (four or more), for the desk."""
    digits = "".join(character for character in tail if character.isdigit())
    if len(digits) < SHORTEST_TAIL:
        return []
    found = (
        Customer.objects.filter(status=CustomerStatus.ACTIVE)
        .exclude(phone="")
        .annotate(backwards=Reverse("phone"))
        .filter(backwards__startswith=digits[::-1])
    )
    return [view(customer) for customer in found.order_by("search_key", "id")[:limit]]


def list_names(customer_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names by id, in one query."""
    return dict(Customer.objects.filter(id__in=list(customer_ids)).values_list("id", "full_name"))


def find_handle(channel: str, address: str) -> HandleView | None:
    """Who has proven to hold this address."""
    cleaned = rules.clean_address(channel, address)
    handle = Handle.objects.filter(channel=channel, address=cleaned).first() if cleaned else None
    return (
        HandleView(handle.channel, handle.address, handle.customer_id, handle.proof, handle.proven_at)
        if handle
        else None
    )


def list_handles(customer_id: UUID) -> list[HandleView]:
    """The proven addresses of a customer, newest first."""
    rows = Handle.objects.filter(customer_id=customer_id).exclude(address="").order_by("-proven_at", "-id")
    return [HandleView(row.channel, row.address, row.customer_id, row.proof, row.proven_at) for row in rows]


def has_consent(*, customer_id: UUID, purpose: str, channel: str) -> bool:
    """True while the customer's consent to the purpose on the channel stands."""
    return Consent.objects.filter(
        customer_id=customer_id, purpose=purpose, channel=channel, withdrawn_at__isnull=True
    ).exists()


def list_consents(customer_id: UUID) -> QuerySet[Consent]:
    return Consent.objects.filter(customer_id=customer_id).select_related("wording").order_by("-at", "-id")


def may_act_for(*, agent_id: UUID, customer_id: UUID, on: date, scopes: Collection[str] = ACTING) -> bool:
    """True for the customer themselves, and for an agent with an authority of such a scope in force on the day."""
    agent, customer = survivor_id(agent_id), survivor_id(customer_id)
    if agent == customer:
        return True
    found = list_authorities(customer, on=on).filter(agent_id__in=list_ids(agent), scope__in=scopes)
    return found.exists()


def list_authorities(customer_id: UUID, *, on: date) -> QuerySet[Authority]:
    """Who may act for the customer on the day, and why."""
    return (
        Authority.objects.filter(
            customer_id__in=list_ids(customer_id), revoked_at__isnull=True, valid_from__lte=on
        )
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on))
        .select_related("agent")
        .order_by("granted_at", "id")
    )


def list_agencies(agent_id: UUID, *, on: date) -> QuerySet[Authority]:
    """For whom somebody may act or look on the day, and why."""
    return (
        Authority.objects.filter(agent_id__in=list_ids(agent_id), revoked_at__isnull=True, valid_from__lte=on)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on))
        .filter(customer__status=CustomerStatus.ACTIVE)
        .select_related("customer")
        .order_by("granted_at", "id")
    )


def find_reach(customer_id: UUID, topic: str) -> Reach:
    """Under which ids a customer is reached, and by which channels they want to hear of the topic."""
    with connection.cursor() as cursor:
        cursor.execute(_REACH, {"id": customer_id, "depth": MERGE_DEPTH, "topic": topic})
        ids, channels = cursor.fetchone()
    return Reach(
        tuple(ids), None if channels is None else tuple(str(channel) for channel in json.loads(channels))
    )


def list_changes(customer_id: UUID) -> QuerySet[CustomerChange]:
    return CustomerChange.objects.filter(customer_id=customer_id).order_by("-at", "-id")


def list_handle_rows(customer_id: UUID) -> QuerySet[Handle]:
    """Every proven address of the customer and of those merged into them: how, when, by whom it was proven."""
    rows = Handle.objects.filter(customer_id__in=list_ids(customer_id)).exclude(address="")
    return rows.order_by("-proven_at", "-id")


def list_merges(customer_id: UUID) -> QuerySet[MergeRecord]:
    """Every merge that one of the customer's ids took part in, undone ones too, newest first."""
    ids = list_ids(customer_id)
    rows = MergeRecord.objects.filter(Q(loser_id__in=ids) | Q(winner_id__in=ids))
    return rows.select_related("loser", "winner").order_by("-at", "-id")


def list_notice_choices(customer_id: UUID) -> dict[str, tuple[str, ...]]:
    """What the customer chose by topic; what is not there, the company decides."""
    rows = NoticeChoice.objects.filter(customer_id__in=list_ids(customer_id)).order_by("changed_at")
    return {row.topic: tuple(row.channels) for row in rows}


def list_data_requests(customer_id: UUID) -> QuerySet[DataRequest]:
    """What the customer asked about their own data, newest first."""
    return DataRequest.objects.filter(customer_id__in=list_ids(customer_id)).order_by("-asked_at", "-id")


def list_open_data_requests() -> QuerySet[DataRequest]:
    """What waits for an answer, the oldest first."""
    rows = DataRequest.objects.filter(state=DataRequestState.OPEN).select_related("customer")
    return rows.order_by("asked_at", "id")


@dataclass(frozen=True)
class DataRequestsDue:
    """How many wait for an answer, how many of them past their limit, and since when the oldest."""

    waiting: int
    late: int
    oldest_due_at: datetime | None


def count_data_requests(at: datetime) -> DataRequestsDue:
    """What waits at an instant, and what is late by the limit of the day it was asked."""
    rows = DataRequest.objects.filter(state=DataRequestState.OPEN)
    told = rows.aggregate(
        waiting=Count("id"),
        late=Count("id", filter=Q(due_at__lte=at)),
        oldest=Min("due_at", filter=Q(due_at__lte=at)),
    )
    return DataRequestsDue(told["waiting"], told["late"], told["oldest"])


def list_closed_data_requests(*, limit: int = 50) -> list[DataRequest]:
    """What was answered or taken back, the newest first."""
    rows = DataRequest.objects.exclude(state=DataRequestState.OPEN).select_related("customer")
    return list(rows.order_by("-closed_at", "-id")[:limit])


LIKE_NAME = 0.6  # share of three-letter groups in common from which two names are alike


def list_like(customer_id: UUID, *, limit: int = 20) -> list[tuple[CustomerView, frozenset[str]]]:
    """Others who may be the same customer, with what is alike: PHONE, ID_NUMBER, NAME. Proves nothing.

    A like name alone says little: whoever asks must know another thing in common (the place).
    """
    here = Customer.objects.filter(id=customer_id, status=CustomerStatus.ACTIVE).first()
    if here is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LIKE, {
            "id": here.id, "phone": here.phone, "number": here.id_number, "name": here.search_key, "limit": limit,
        })  # fmt: skip
        found = {row[0]: frozenset(row[1]) for row in cursor.fetchall()}
    rows = Customer.objects.filter(id__in=found)
    order = {id: place for place, id in enumerate(found)}
    return [(view(row), found[row.id]) for row in sorted(rows, key=lambda row: order[row.id])]


# Each arm by its own index; the alike counted together, the surest first.
_LIKE = f"""
WITH alike AS (
    (SELECT id, 'ID_NUMBER' AS what FROM customers_customer
      WHERE id_number = %(number)s AND %(number)s <> '' LIMIT %(limit)s)
    UNION ALL
    (SELECT id, 'PHONE' FROM customers_customer WHERE phone = %(phone)s AND %(phone)s <> '' LIMIT %(limit)s)
    UNION ALL
    (SELECT id, 'NAME' FROM customers_customer
      WHERE search_key %% %(name)s AND similarity(search_key, %(name)s) >= {LIKE_NAME} LIMIT 200)
)
SELECT alike.id, array_agg(DISTINCT what ORDER BY what) FROM alike
JOIN customers_customer c ON c.id = alike.id AND c.status = 'ACTIVE'
WHERE alike.id <> %(id)s
GROUP BY alike.id
ORDER BY bool_or(what = 'ID_NUMBER') DESC, count(*) DESC, alike.id LIMIT %(limit)s
"""  # noqa: S608 - a number of our own
