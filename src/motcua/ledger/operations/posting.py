"""A booking: its key is claimed, its legs are written. Every act of the ledger ends here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from motcua.kernel import hashing, ids, local_time
from motcua.kernel.actors import Actor
from motcua.ledger import rules
from motcua.ledger.models import LedgerTransaction, TransactionKind
from motcua.ledger.operations.refusals import AccountUnknown, AmountInvalid, DayClosed, KeyReused
from motcua.ledger.rules import Leg

_wrapper: Any = connection  # the library's wrapper knows more than Django's type says


@dataclass(frozen=True)
class Posted:
    """A booking made, or found made before (`is_new` false)."""

    transaction_id: UUID
    is_new: bool


@dataclass(frozen=True)
class Booked:
    """What stands in the books under a key: `charge_id` and `outcome` are those of the first call."""

    id: UUID
    charge_id: UUID | None
    outcome: Mapping[str, Any]


def post(
    kind: TransactionKind,
    legs: Iterable[Leg],
    *,
    content: Mapping[str, object],
    actor: Actor,
    at: datetime,
    key: str,
    charge_id: UUID | None = None,
    outcome: Mapping[str, object] | None = None,
    reason: str = "",
    reverses_id: UUID | None = None,
) -> tuple[Posted, Booked]:
    """Claim the key and write header and legs, in one call; or find what the key was used for. Inside a transaction.

    The day of booking is that of `at` in Vietnam. Refuses DayClosed, AccountUnknown, KeyReused.
    """
    written = list(legs)
    if not rules.is_balanced(written):
        raise ValueError("debits do not equal credits")
    id = ids.new_id(at)
    content_hash = hashing.fingerprint(content)
    day = local_time.local_date(at)
    values: list[Any] = [
        id, str(kind), key, Jsonb(dict(content)), content_hash, Jsonb(dict(outcome or {})), charge_id, at, day, actor.ref,
        reason[:200], reverses_id, [leg.account for leg in written], [leg.side.value for leg in written],
        [leg.amount_vnd for leg in written], [leg.party_id for leg in written],
    ]  # fmt: skip
    with _wrapper.prepared_cursor() as cursor:
        cursor.execute(_POST, values)
        said = cursor.fetchone()[0]
    if not said:
        return Posted(id, is_new=True), Booked(id, charge_id, dict(outcome or {}))
    if said != "TAKEN":
        raise refusal_of(said, day)
    before = find_same(key, content)
    if before is None:
        raise RuntimeError("a key is taken by a row nobody can see; read-committed isolation is needed")
    return Posted(before.id, is_new=False), Booked(before.id, before.charge_id, before.outcome)


_POST = """
SELECT ledger_post(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::text[], %s::text[], %s::bigint[], %s::uuid[])
"""


def refusal_of(said: str, day: date) -> DayClosed | AccountUnknown:
    """What the database said to a booking that it did not write: that the day is closed, or which account is unknown."""
    if said == "CLOSED":
        return DayClosed(field="at", day=f"{day:%d/%m/%Y}")
    return AccountUnknown(field="account", account=said)


def find_same(key: str, content: Mapping[str, object]) -> LedgerTransaction | None:
    """The booking with this key. Refuses KeyReused when it was asked with other content."""
    before = LedgerTransaction.objects.filter(key=key).first()
    if before is None:
        return None
    if before.content_hash != hashing.fingerprint(content):
        name = rules.differing_field(before.content, content) or "content"
        raise KeyReused(field=name, name=name, key=key)
    return before


def require_amount(amount_vnd: int) -> None:
    """Refuses AmountInvalid."""
    if not rules.is_amount(amount_vnd):
        raise AmountInvalid(field="amount_vnd")


def text(value: UUID | None) -> str | None:
    """An id as the content of a booking says it."""
    return None if value is None else str(value)
