"""A booking: its key is claimed, its legs are written. Every act of the ledger ends here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from motcua.kernel import hashing, ids, local_time
from motcua.kernel.actors import Actor
from motcua.ledger import rules
from motcua.ledger.chart import Side
from motcua.ledger.models import Account, LedgerTransaction, Posting, TransactionKind
from motcua.ledger.operations.refusals import AccountUnknown, AmountInvalid, KeyReused
from motcua.ledger.rules import Leg


@dataclass(frozen=True)
class Posted:
    """A booking made, or found made before (`is_new` false)."""

    transaction_id: UUID
    is_new: bool


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
) -> tuple[Posted, LedgerTransaction]:
    """Claim the key and write the legs; or find what the key was used for. Call inside a transaction."""
    written = list(legs)
    if not rules.is_balanced(written):
        raise ValueError("debits do not equal credits")
    _require_accounts(written)
    row = LedgerTransaction(
        id=ids.new_id(at),
        kind=kind,
        key=key,
        content=dict(content),
        content_hash=hashing.fingerprint(content),
        outcome=dict(outcome or {}),
        charge_id=charge_id,
        at=at,
        business_date=local_time.local_date(at),
        actor=actor.ref,
        reason=reason[:200],
        reverses_id=reverses_id,
        total_vnd=sum(leg.amount_vnd for leg in written if leg.side is Side.DEBIT),
        posting_count=len(written),
    )
    if not _claim(row):
        before = find_same(key, content)
        if before is None:
            raise RuntimeError("a key is taken by a row nobody can see; read-committed isolation is needed")
        return Posted(before.id, is_new=False), before
    Posting.objects.bulk_create(
        Posting(
            transaction_id=row.id,
            account_id=leg.account,
            side=leg.side.value,
            amount_vnd=leg.amount_vnd,
            party_id=leg.party_id,
        )
        for leg in written
    )
    return Posted(row.id, is_new=True), row


_CLAIM = """
INSERT INTO ledger_ledgertransaction (id, kind, key, content, content_hash, outcome, charge_id, at,
business_date,
    actor, reason, reverses_id, total_vnd, posting_count)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (key) DO NOTHING
"""


def _claim(row: LedgerTransaction) -> bool:
    """Insert unless the key exists; waits for another transaction that is inserting it."""
    values: list[Any] = [
        row.id,
        str(row.kind),
        row.key,
        Jsonb(row.content),
        row.content_hash,
        Jsonb(row.outcome),
        row.charge_id,
        row.at,
        row.business_date,
        row.actor,
        row.reason,
        row.reverses_id,
        row.total_vnd,
        row.posting_count,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        return bool(cursor.rowcount == 1)


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


def _require_accounts(legs: list[Leg]) -> None:
    """Foreign keys are checked at commit; a wrong account shall be told at once."""
    wanted = {leg.account for leg in legs}
    known = set(Account.objects.filter(code__in=wanted).values_list("code", flat=True))
    for account in sorted(wanted - known):
        raise AccountUnknown(field="account", account=account)


def text(value: UUID | None) -> str | None:
    """An id as the content of a booking says it."""
    return None if value is None else str(value)
