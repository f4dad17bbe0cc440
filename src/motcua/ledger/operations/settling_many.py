"""Money for many charges, settled together: a few statements, and the books as if each row had been settled by itself.

The caller fills `ledger_to_settle`, a table of the transaction, and has it settled; what became of each row then stands in it.
The set-based twin of `settle_charge`: a property test holds the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.ledger import registry

# Filled by the caller: `place`, the order in which the money counts, `key`, `charge_id`, `amount_vnd`, `reference`. The rest is
# said of it by `settle_staged`: `refusal` is empty for what is booked (`is_new`, or under this key before), else why not.
STAGE = """
CREATE TEMPORARY TABLE ledger_to_settle (
    place integer PRIMARY KEY, key text NOT NULL, charge_id uuid NOT NULL, amount_vnd bigint NOT NULL, reference text NOT NULL,
    transaction_id uuid NOT NULL DEFAULT uuidv7(), case_id uuid DEFAULT uuidv7(), content text, content_hash text, kind text,
    customer_id uuid, is_new boolean NOT NULL DEFAULT false, refusal text, applied_vnd bigint, excess_vnd bigint,
    excess_account text, remaining_vnd bigint, status text
) ON COMMIT DROP
"""
LOCK = """
SELECT count(*) FROM (
    SELECT c.id FROM ledger_charge c WHERE c.id IN (SELECT charge_id FROM ledger_to_settle) ORDER BY c.id FOR UPDATE) held
"""
CONTENT = """
UPDATE ledger_to_settle SET content = concat('{"act":"settle","amount_vnd":', amount_vnd, ',"charge_id":"', charge_id,
    '","clearing_account":', to_json(%(account)s::text), ',"reference":', to_json(reference), '}')
"""
# What is new, what was booked before, what is refused and why; then how much of each goes to its charge. Of rows with one key the
# first that can be booked is, the others are it again. `prior`: what came before it, in this stage, for the same charge.
JUDGE = """
WITH hashed AS (
    SELECT s.place, s.key, s.charge_id, s.amount_vnd, encode(sha256(convert_to(s.content, 'UTF8')), 'hex') AS hash
    FROM ledger_to_settle s),
seen AS (
    SELECT h.*, c.kind, c.customer_id, c.status, CASE c.status WHEN 'OPEN' THEN c.total_vnd - c.paid_vnd ELSE 0 END AS owed,
           t.id AS before_id, t.content_hash AS before_hash, t.outcome AS before,
           CASE WHEN NOT h.amount_vnd BETWEEN 1 AND 999999999999999 THEN 'AMOUNT_INVALID' WHEN c.id IS NULL THEN 'NOT_FOUND'
                WHEN NOT %(is_account)s THEN 'ACCOUNT_UNKNOWN' WHEN t.id IS NOT NULL THEN 'BEFORE'
                WHEN %(is_closed)s THEN 'DAY_CLOSED' END AS said
    FROM hashed h LEFT JOIN ledger_charge c ON c.id = h.charge_id
    LEFT JOIN ledger_ledgertransaction t ON t.key = h.key),
turned AS (
    SELECT *, said IS NULL AND row_number() OVER keyed = 1 AS is_new, first_value(hash) OVER keyed AS first_hash
    FROM seen WINDOW keyed AS (PARTITION BY key, said ORDER BY place)),
counted AS (
    SELECT *, COALESCE(sum(amount_vnd) FILTER (WHERE is_new) OVER (
               PARTITION BY charge_id ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS prior
    FROM turned),
parted AS (
    SELECT *, least(amount_vnd, greatest(owed - prior, 0)) AS applied, greatest(owed - prior, 0) AS due FROM counted)
UPDATE ledger_to_settle s SET
    content_hash = p.hash, kind = p.kind, customer_id = p.customer_id, is_new = p.is_new,
    refusal = CASE WHEN p.is_new THEN '' WHEN p.said = 'BEFORE' AND p.before_hash = p.hash THEN ''
                   WHEN p.said IS NULL AND p.first_hash = p.hash THEN '' ELSE COALESCE(nullif(p.said, 'BEFORE'), 'KEY_REUSED') END,
    transaction_id = COALESCE(p.before_id, s.transaction_id), applied_vnd = p.applied, excess_vnd = p.amount_vnd - p.applied,
    excess_account = CASE WHEN p.amount_vnd = p.applied THEN ''
                          WHEN p.customer_id IS NOT NULL AND p.status <> 'CANCELLED' THEN '3387' ELSE '3388' END,
    remaining_vnd = p.due - p.applied, status = CASE WHEN p.owed > 0 AND p.due = p.applied THEN 'PAID' ELSE p.status END
FROM parted p WHERE p.place = s.place
"""
# What a row again says is what was said the first time: by an earlier booking, or by the first row with its key.
AGAIN = """
UPDATE ledger_to_settle s SET transaction_id = f.id, case_id = (f.outcome->>'case_id')::uuid,
    applied_vnd = (f.outcome->>'applied_vnd')::bigint, excess_vnd = (f.outcome->>'excess_vnd')::bigint,
    excess_account = f.outcome->>'excess_account', remaining_vnd = (f.outcome->>'remaining_vnd')::bigint,
    status = f.outcome->>'status'
FROM ledger_ledgertransaction f WHERE s.refusal = '' AND NOT s.is_new AND f.key = s.key
"""
BOOK = """
WITH header AS (
    INSERT INTO ledger_ledgertransaction (id, kind, key, content, content_hash, outcome, charge_id, at, business_date, actor,
        reason, reverses_id, total_vnd, posting_count)
    SELECT s.transaction_id, 'SETTLE', s.key, s.content::jsonb, s.content_hash,
           jsonb_build_object('applied_vnd', s.applied_vnd, 'excess_vnd', s.excess_vnd, 'excess_account', s.excess_account,
               'remaining_vnd', s.remaining_vnd, 'status', s.status,
               'case_id', CASE s.excess_account WHEN '3388' THEN s.case_id END),
           s.charge_id, %(at)s, %(day)s, %(actor)s, '', NULL, s.amount_vnd,
           1 + (s.applied_vnd > 0)::int + (s.excess_vnd > 0)::int
    FROM ledger_to_settle s WHERE s.is_new ORDER BY s.place
    ON CONFLICT (key) DO NOTHING RETURNING id),
leg AS (
    INSERT INTO ledger_posting (transaction_id, account_id, day, side, amount_vnd, party_id)
    SELECT s.transaction_id, l.account, %(day)s, l.side, l.amount, l.party
    FROM header h JOIN ledger_to_settle s ON s.transaction_id = h.id
    CROSS JOIN LATERAL (VALUES
        (1, %(account)s, 'D', s.amount_vnd, NULL::uuid), (2, '131-' || s.kind, 'C', s.applied_vnd, s.customer_id),
        (3, s.excess_account, 'C', s.excess_vnd, CASE s.excess_account WHEN '3387' THEN s.customer_id ELSE s.case_id END)
    ) l (turn, account, side, amount, party)
    WHERE l.amount > 0 ORDER BY s.place, l.turn)
SELECT count(*) FROM header
"""
MARK = """
UPDATE ledger_charge c SET paid_vnd = c.paid_vnd + s.applied, status = CASE WHEN s.is_paid THEN 'PAID' ELSE c.status END,
    paid_at = CASE WHEN s.is_paid THEN %(at)s::timestamptz END
FROM (SELECT charge_id, sum(applied_vnd) AS applied, bool_or(status = 'PAID') AS is_paid
      FROM ledger_to_settle WHERE is_new AND applied_vnd > 0 GROUP BY charge_id) s WHERE c.id = s.charge_id
"""
HEARD = """
SELECT charge.id FROM ledger_charge charge WHERE charge.id IN (
    SELECT charge_id FROM ledger_to_settle WHERE is_new AND applied_vnd > 0 AND status = 'PAID') AND ({awaited}) ORDER BY charge.id
"""
COUNT = """
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE refusal = '' AND NOT is_new), count(*) FILTER (WHERE refusal <> '')
FROM ledger_to_settle
"""
OPEN_DAY = """
SELECT EXISTS (SELECT FROM ledger_account WHERE code = %s),
       EXISTS (SELECT FROM ledger_period WHERE state = 'CLOSED' AND (kind, first_day)
               IN (('DAY', %s::date), ('MONTH', date_trunc('month', %s::date)::date)))
"""


class KeyTakenMeanwhile(Exception):
    """Another transaction booked one of the keys for another charge: nothing is booked here, do it again."""


@dataclass(frozen=True)
class SettledMany:
    """How many rows were booked now, were booked before under their key, and are refused."""

    booked: int
    again: int
    refused: int


def open_settling() -> None:
    """Make the empty table `ledger_to_settle`; in a transaction, at whose end it goes. Empties one that is there."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.ledger_to_settle")
        cursor.execute(STAGE)


@transaction.atomic
def settle_staged(*, clearing_account: str, actor: Actor, at: datetime) -> SettledMany:
    """Settle what is staged, in the order of `place`: Dr clearing / Cr 131, and the rest where `settle_charge` puts it.

    Refuses row by row what `settle_charge` refuses, by the codes of its refusals: AMOUNT_INVALID, NOT_FOUND, ACCOUNT_UNKNOWN,
    DAY_CLOSED, KEY_REUSED. Charges that become paid are told to `registry.on_charge_paid` where somebody waits for them. Locks the
    charges in the order of their ids. Raises KeyTakenMeanwhile.
    """
    day = local_time.local_date(at)
    told: dict[str, Any] = {"account": clearing_account, "at": at, "day": day, "actor": actor.ref}
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(OPEN_DAY, [clearing_account, day, day])
        told["is_account"], told["is_closed"] = cursor.fetchone()
        cursor.execute(CONTENT, told)
        cursor.execute(JUDGE, told)
        cursor.execute(COUNT)
        booked, again, refused = cursor.fetchone()
        if booked:
            cursor.execute(BOOK, told)
            if cursor.fetchone()[0] != booked:
                raise KeyTakenMeanwhile
            cursor.execute(MARK, told)
        if again:
            cursor.execute(AGAIN)
        cursor.execute(HEARD.format(awaited=registry.is_awaited()))
        heard = [row[0] for row in cursor.fetchall()]
    for charge_id in heard:
        registry.charge_paid(charge_id, at, actor)
    return SettledMany(booked, again, refused)
