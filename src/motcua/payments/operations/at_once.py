"""Payments of no more than their charges owe: stored and booked by one statement, as the inbox stores and books each of them.

Most payments are this, and each way to the database and back costs more than what is done there. Whatever is not so plain (somebody
waits for the charge, a closed day, a bank's first money, a notice that came before) is not touched here: it goes through the inbox.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError

from motcua.config import rows
from motcua.config.rows import Statement
from motcua.kernel import ids
from motcua.ledger import operations as ledger_ops
from motcua.ledger.queries import ChargeView
from motcua.payments.models import Outcome
from motcua.payments.operations.clearing import actor_of, clearing_account
from motcua.payments.operations.inbox import Storing
from motcua.payments.operations.outcomes import key_of

log = structlog.get_logger(__name__)

# In the order in which notices are stored everywhere: two statements that store some of the same never wait for each other in a ring.
_BOOK = """
WITH given AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%s::json) AS g (notice_id uuid, payment_id uuid, bank text, txn_id text, amount_vnd bigint, text text,
        paid_at timestamptz, raw_sha256 text, request_id text, channel text, charge_id uuid, outcome text, {columns})),
fit AS MATERIALIZED (SELECT g.*, c.* FROM given g CROSS JOIN LATERAL ({plain}) c),
stored AS (
    INSERT INTO payments_banknotification (id, bank, txn_id, kind, original_txn_id, amount_vnd, text, paid_at, raw_sha256, request_id,
        channel, charge_id, received_at, state, outcome, attempts, next_at, last_error, processed_at)
    SELECT notice_id, bank, txn_id, 'RECEIPT', '', amount_vnd, text, paid_at, raw_sha256, request_id, channel, charge_id, booked_at,
           'PROCESSED', outcome, 0, booked_at, '', booked_at
    FROM fit ORDER BY bank, txn_id
    ON CONFLICT (bank, txn_id) DO NOTHING
    RETURNING id, pg_advisory_xact_lock(hashtextextended('payment:' || bank || ':' || txn_id, 0))),
plain AS MATERIALIZED (SELECT f.* FROM fit f JOIN stored s ON s.id = f.notice_id),
{booking},
paid AS (
    INSERT INTO payments_payment (id, notification_id, bank, txn_id, amount_vnd, paid_at, booked_at, status, ledger_transaction_id)
    SELECT p.payment_id, p.notice_id, p.bank, p.txn_id, p.amount_vnd, p.paid_at, p.booked_at, 'BOOKED', p.booking FROM plain p),
allocated AS (
    INSERT INTO payments_allocation (payment_id, source, target, target_id, amount_vnd, ledger_transaction_id, at)
    SELECT p.payment_id, 'CLEARING', 'CHARGE', p.charge_id, p.amount_vnd, p.booking, p.booked_at FROM plain p)
SELECT notice_id FROM plain
"""
# Only now is every reversal seen that came before: it waited for the notice, or the notice for it.
_WAITING = """
SELECT n.id, w.id FROM unnest(%s::uuid[]) g (id) JOIN payments_banknotification n ON n.id = g.id
CROSS JOIN LATERAL (
    SELECT w.id FROM payments_banknotification w WHERE w.bank = n.bank AND w.original_txn_id = n.txn_id
    AND w.kind = 'REVERSAL' AND w.state IN ('RECEIVED', 'WAITING') OFFSET 0) w
ORDER BY w.id
"""


_BEGIN: Statement = ("SAVEPOINT payments_at_once", [])
_END: Statement = ("RELEASE SAVEPOINT payments_at_once", [])
_UNDO: Statement = ("ROLLBACK TO SAVEPOINT payments_at_once", [])


@dataclass(frozen=True)
class Paying:
    """A notice that names its charge, which is locked, is open, and owes at least the amount."""

    storing: Storing
    charge: ChargeView


@dataclass(frozen=True)
class Booked:
    """A payment that is stored and booked. `reversals`: notices that waited to take it back, to be booked next."""

    notice_id: UUID
    booking: UUID
    reversals: tuple[UUID, ...]


def book_at_once(payments: Sequence[Paying]) -> list[Booked | None]:
    """Store and book these payments, no two of one charge; None for what is left to the inbox, and nothing is written of it.

    In the caller's transaction. What fails is undone, and all of it left to the inbox.
    """
    said = [_row(one.storing, one.charge) for one in payments]
    within = ledger_ops.settling_within("g")
    book = _BOOK.format(columns=within.columns, plain=within.plain, booking=within.booking)
    ids_said = [one.storing.id for one in payments]
    try:
        _, found, waiting, _ = rows.ask(_BEGIN, (book, [json.dumps(said)]), (_WAITING, [ids_said]), _END)
    except DatabaseError as error:
        rows.say(_UNDO)
        log.error("payment.booking-failed", payments=len(payments), error=type(error).__name__)
        return [None] * len(payments)
    done = {notice_id for (notice_id,) in found}
    return [
        Booked(id, UUID(row["booking"]), tuple(later for notice, later in waiting if notice == id)) if id in done else None
        for id, row in zip(ids_said, said, strict=True)
    ]  # fmt: skip


def _row(storing: Storing, charge: ChargeView) -> dict[str, Any]:
    amount_vnd: int = storing.content["amount_vnd"]
    is_whole = amount_vnd == charge.remaining_vnd
    settling = ledger_ops.settling_row(
        charge_id=charge.id, amount_vnd=amount_vnd, clearing_account=clearing_account(storing.bank),
        reference=f"{storing.bank}:{storing.txn_id}", actor=actor_of(storing.bank), at=storing.at,
        key=key_of(storing.bank, storing.txn_id),
    )  # fmt: skip
    return {
        "notice_id": str(storing.id), "payment_id": str(ids.new_id(storing.at)), "bank": storing.bank, "txn_id": storing.txn_id,
        "amount_vnd": amount_vnd, "text": storing.content["text"], "paid_at": storing.content["paid_at"].isoformat(),
        "raw_sha256": storing.raw_sha256, "request_id": storing.request_id, "channel": storing.channel, "charge_id": str(charge.id),
        "outcome": str(Outcome.MATCHED if is_whole else Outcome.PARTIAL), **settling,
    }  # fmt: skip
