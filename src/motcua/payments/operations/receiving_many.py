"""Many receipts of one bank at once: stored, settled and written down by a few statements, as if each had come by itself.

The set-based twin of storing a notice and booking it. It takes those whose text names one charge that we know, and those of
which nobody can know what they are for; the others are stored and left to `process_or_leave`, one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from motcua.config import jobs
from motcua.kernel import vietnamese
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import naming, rules
from motcua.payments.operations.clearing import actor_of, clearing_account, open_clearing
from motcua.payments.operations.inbox import TEXT_LENGTH, process_or_leave


@dataclass(frozen=True)
class Receipt:
    """Money as a bank's file tells it. `charge_id`: the charge it was asked for."""

    txn_id: str
    amount_vnd: int
    text: str
    paid_at: datetime
    raw_sha256: str
    charge_id: UUID | None = None


@dataclass(frozen=True)
class Received:
    """How many receipts were stored now, and what `finish_rest` is to book after the commit."""

    stored: int
    rest: list[UUID]


STAGE = """
CREATE TEMPORARY TABLE payments_to_receive (
    place integer PRIMARY KEY, txn_id text NOT NULL, amount_vnd bigint NOT NULL, text text NOT NULL, paid_at timestamptz NOT NULL,
    raw_sha256 text NOT NULL, charge_id uuid, code text NOT NULL, reason text NOT NULL, notice_id uuid NOT NULL DEFAULT uuidv7(),
    is_new boolean NOT NULL
) ON COMMIT DROP
"""
FILL = """
INSERT INTO payments_to_receive (place, txn_id, amount_vnd, text, paid_at, raw_sha256, charge_id, code, reason, is_new)
SELECT r.*, false FROM unnest(%s::int[], %s::text[], %s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::uuid[], %s::text[],
    %s::text[]) r
"""
# Reversals of this bank wait until the receipts can be seen, and those that came just before are waited for (`store_notification`).
MEET = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':receipts:' || %(bank)s, 0))"
# A notice that is stored already keeps what it says; `is_new` is for those that came now.
STORE = """
WITH stored AS (
    INSERT INTO payments_banknotification (id, bank, txn_id, kind, original_txn_id, amount_vnd, text, paid_at, raw_sha256, request_id,
        channel, charge_id, received_at, state, outcome, attempts, next_at, last_error)
    SELECT notice_id, %(bank)s, txn_id, 'RECEIPT', '', amount_vnd, text, paid_at, raw_sha256, '', '', charge_id, %(at)s, 'RECEIVED', '',
           0, %(at)s, ''
    FROM payments_to_receive ORDER BY place
    ON CONFLICT (bank, txn_id) DO NOTHING RETURNING id)
UPDATE payments_to_receive r SET is_new = true FROM stored WHERE stored.id = r.notice_id
"""
SETTLE = """
INSERT INTO ledger_to_settle (place, key, charge_id, amount_vnd, reference)
SELECT r.place, 'bank:' || %(bank)s || ':' || r.txn_id, c.id, r.amount_vnd, %(bank)s || ':' || r.txn_id
FROM payments_to_receive r JOIN ledger_charge c ON c.payment_code = r.code WHERE r.is_new
"""
PAY = """
WITH paid AS (
    INSERT INTO payments_payment (id, notification_id, bank, txn_id, amount_vnd, paid_at, booked_at, status, ledger_transaction_id)
    SELECT uuidv7(), r.notice_id, %(bank)s, r.txn_id, r.amount_vnd, r.paid_at, %(at)s, 'BOOKED', s.transaction_id
    FROM payments_to_receive r JOIN ledger_to_settle s USING (place) WHERE s.refusal = '' ORDER BY place
    RETURNING id, notification_id),
settled AS (
    SELECT p.id AS payment_id, s.* FROM paid p JOIN payments_to_receive r ON r.notice_id = p.notification_id
    JOIN ledger_to_settle s USING (place)),
allocated AS (
    INSERT INTO payments_allocation (payment_id, source, target, target_id, amount_vnd, ledger_transaction_id, at)
    SELECT s.payment_id, 'CLEARING', t.target, t.target_id, t.amount, s.transaction_id, %(at)s
    FROM settled s CROSS JOIN LATERAL (VALUES
        (1, 'CHARGE', s.charge_id, s.applied_vnd),
        (2, CASE s.excess_account WHEN '3387' THEN 'CREDIT' ELSE 'SUSPENSE' END,
            CASE s.excess_account WHEN '3387' THEN s.customer_id ELSE s.case_id END, s.excess_vnd)) t (turn, target, target_id, amount)
    WHERE t.amount > 0 ORDER BY s.place, t.turn)
INSERT INTO payments_suspensecase (id, payment_id, amount_vnd, reason, charge_id, state, resolution, opened_at, closed_by, note)
SELECT s.case_id, s.payment_id, s.excess_vnd, CASE s.status WHEN 'CANCELLED' THEN 'CHARGE_CANCELLED' ELSE 'OWNER_UNKNOWN' END,
       s.charge_id, 'OPEN', '', %(at)s, '', ''
FROM settled s WHERE s.excess_account = '3388'
"""
RECEIVE = """
INSERT INTO ledger_to_receive (place, key, amount_vnd, reference)
SELECT place, 'bank:' || %(bank)s || ':' || txn_id, amount_vnd, %(bank)s || ':' || txn_id
FROM payments_to_receive WHERE is_new AND reason <> '' RETURNING place
"""
KEEP = """
WITH paid AS (
    INSERT INTO payments_payment (id, notification_id, bank, txn_id, amount_vnd, paid_at, booked_at, status, ledger_transaction_id)
    SELECT uuidv7(), r.notice_id, %(bank)s, r.txn_id, r.amount_vnd, r.paid_at, %(at)s, 'BOOKED', k.transaction_id
    FROM payments_to_receive r JOIN ledger_to_receive k USING (place) ORDER BY place
    RETURNING id, notification_id),
kept AS (
    SELECT p.id AS payment_id, r.place, r.notice_id, r.amount_vnd, r.reason, k.transaction_id, k.case_id
    FROM paid p JOIN payments_to_receive r ON r.notice_id = p.notification_id JOIN ledger_to_receive k USING (place)),
allocated AS (
    INSERT INTO payments_allocation (payment_id, source, target, target_id, amount_vnd, ledger_transaction_id, at)
    SELECT payment_id, 'CLEARING', 'SUSPENSE', case_id, amount_vnd, transaction_id, %(at)s FROM kept ORDER BY place),
opened AS (
    INSERT INTO payments_suspensecase (id, payment_id, amount_vnd, reason, charge_id, state, resolution, opened_at, closed_by, note)
    SELECT case_id, payment_id, amount_vnd, reason, NULL, 'OPEN', '', %(at)s, '', '' FROM kept ORDER BY place)
UPDATE payments_banknotification n SET state = 'PROCESSED', outcome = 'SUSPENSE', charge_id = NULL, processed_at = %(at)s, last_error = ''
FROM kept WHERE n.id = kept.notice_id
"""
FINISH = """
UPDATE payments_banknotification n SET state = 'PROCESSED', charge_id = s.charge_id, processed_at = %(at)s, last_error = '',
    outcome = CASE WHEN s.applied_vnd = 0 AND s.excess_account = '3388' THEN 'SUSPENSE' WHEN s.applied_vnd = 0 THEN 'CREDITED'
                   WHEN s.excess_vnd > 0 THEN 'OVERPAID' WHEN s.remaining_vnd > 0 THEN 'PARTIAL' ELSE 'MATCHED' END
FROM payments_to_receive r JOIN ledger_to_settle s USING (place) WHERE n.id = r.notice_id AND s.refusal = ''
"""
LEAVE = """
UPDATE payments_banknotification n SET attempts = n.attempts + 1, next_at = %(next_at)s, last_error = s.refusal
FROM payments_to_receive r JOIN ledger_to_settle s USING (place) WHERE n.id = r.notice_id AND s.refusal <> ''
"""
# What is stored and not booked: to be booked one by one. And reversals that came before what they reverse.
REST = """
SELECT n.id FROM payments_to_receive r JOIN payments_banknotification n ON n.bank = %(bank)s AND n.txn_id = r.txn_id
WHERE n.state = 'RECEIVED' AND n.attempts = 0
UNION ALL
SELECT n.id FROM payments_to_receive r JOIN payments_banknotification n ON n.bank = %(bank)s AND n.original_txn_id = r.txn_id
WHERE n.kind = 'REVERSAL' AND n.state IN ('RECEIVED', 'WAITING')
ORDER BY 1
"""


@transaction.atomic
def receive_together(*, bank: str, receipts: Sequence[Receipt], at: datetime) -> Received:
    """Store these receipts, settle those whose text names one charge, keep in suspense what names nothing. The rest is for
    `finish_rest`, after the commit: receipts that need a closer look, and reversals that waited for these.

    A receipt that is stored already is not stored again, whatever it says now. Holds off the bank's reversals and other files of
    the bank, then locks the charges in the order of their ids.
    """
    open_clearing(bank, bank)
    told: dict[str, Any] = {"bank": bank, "at": at, "next_at": rules.retry_at(at, 1)}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.payments_to_receive")
        cursor.execute(STAGE)
        cursor.execute(FILL, _columns(receipts))
        cursor.execute(MEET, told)
        cursor.execute(STORE, told)
        stored = cursor.rowcount
        ledger_ops.open_settling()
        cursor.execute(SETTLE, told)
        done = ledger_ops.settle_staged(clearing_account=clearing_account(bank), actor=actor_of(bank), at=at)
        cursor.execute(PAY, told)
        cursor.execute(FINISH, told)
        if done.refused:
            cursor.execute(LEAVE, told)
            jobs.wake("payments-notifications")
        ledger_ops.open_receiving()
        cursor.execute(RECEIVE, told)
        if cursor.rowcount and ledger_ops.receive_staged(
            clearing_account=clearing_account(bank), actor=actor_of(bank), at=at
        ):
            cursor.execute(KEEP, told)
        cursor.execute(REST, told)
        return Received(stored, [row[0] for row in cursor.fetchall()])


def finish_rest(notice_ids: Sequence[UUID], *, at: datetime) -> None:
    """Book one by one what `receive_together` left."""
    for notice_id in notice_ids:
        process_or_leave(notice_id, at=at)


def _columns(receipts: Sequence[Receipt]) -> list[list[Any]]:
    texts = [vietnamese.clean(one.text)[:TEXT_LENGTH] for one in receipts]
    named = [rules.codes_in(text) for text in texts]
    reasons = _reasons(texts, named)
    return [
        list(range(len(receipts))), [one.txn_id for one in receipts], [one.amount_vnd for one in receipts], texts,
        [one.paid_at for one in receipts], [one.raw_sha256 for one in receipts], [one.charge_id for one in receipts],
        [codes[0] if len(codes) == 1 else "" for codes in named], reasons,
    ]  # fmt: skip


def _reasons(texts: Sequence[str], named: Sequence[Sequence[str]]) -> list[str]:
    """Why a receipt is nobody's, as `rules.choose` says it; empty for one whose text may name something here."""
    known = ledger_queries.known_payment_codes({code for codes in named for code in codes})
    perhaps = naming.named_somewhere(
        {text for text, codes in zip(texts, named, strict=True) if not known.intersection(codes)}
    )
    return [
        "" if known.intersection(codes) or text in perhaps else rules.choose(codes, [], 0).reason
        for text, codes in zip(texts, named, strict=True)
    ]
