"""Money of which nobody knows what it is for, booked together: the books as if each row had been received by itself.

The caller fills `ledger_to_receive`, a table of the transaction. The set-based twin of `receive_unmatched`: a property test of the
payments holds the two equal.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.ledger.operations.settling_many import OPEN_DAY, KeyTakenMeanwhile

# Filled by the caller: `place`, the order of the bookings, `key`, `amount_vnd`, `reference`. `case_id`: under which it waits on 3388.
STAGE = """
CREATE TEMPORARY TABLE ledger_to_receive (
    place integer PRIMARY KEY, key text NOT NULL UNIQUE, amount_vnd bigint NOT NULL, reference text NOT NULL,
    transaction_id uuid NOT NULL DEFAULT uuidv7(), case_id uuid NOT NULL DEFAULT uuidv7()
) ON COMMIT DROP
"""
BOOK = """
WITH told AS MATERIALIZED (
    SELECT r.*, concat('{"act":"receive","amount_vnd":', amount_vnd, ',"clearing_account":', to_json(%(account)s::text),
                       ',"reference":', to_json(reference), '}') AS content
    FROM ledger_to_receive r),
header AS (
    INSERT INTO ledger_ledgertransaction (id, kind, key, content, content_hash, outcome, charge_id, at, business_date, actor,
        reason, reverses_id, total_vnd, posting_count)
    SELECT transaction_id, 'RECEIVE', key, content::jsonb, encode(sha256(convert_to(content, 'UTF8')), 'hex'), '{}', NULL, %(at)s,
           %(day)s, %(actor)s, '', NULL, amount_vnd, 2
    FROM told ORDER BY place
    ON CONFLICT (key) DO NOTHING RETURNING id),
leg AS (
    INSERT INTO ledger_posting (transaction_id, account_id, day, side, amount_vnd, party_id)
    SELECT t.transaction_id, l.account, %(day)s, l.side, t.amount_vnd, l.party
    FROM header h JOIN told t ON t.transaction_id = h.id
    CROSS JOIN LATERAL (VALUES (1, %(account)s, 'D', NULL::uuid), (2, '3388', 'C', t.case_id)) l (turn, account, side, party)
    ORDER BY t.place, l.turn)
SELECT (SELECT count(*) FROM header), (SELECT count(*) FROM told)
"""


def open_receiving() -> None:
    """Make the empty table `ledger_to_receive`; in a transaction, at whose end it goes. Empties one that is there."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.ledger_to_receive")
        cursor.execute(STAGE)


@transaction.atomic
def receive_staged(*, clearing_account: str, actor: Actor, at: datetime) -> bool:
    """Book what stands in `ledger_to_receive`: Dr clearing / Cr 3388 under each row's case. False, and nothing is booked, while
    the day is closed or the account unknown. Raises KeyTakenMeanwhile.
    """
    day = local_time.local_date(at)
    with connection.cursor() as cursor:
        cursor.execute(OPEN_DAY, [clearing_account, day, day])
        is_account, is_closed = cursor.fetchone()
        if not is_account or is_closed:
            return False
        cursor.execute(BOOK, {"account": clearing_account, "at": at, "day": day, "actor": actor.ref})
        booked, told = cursor.fetchone()
    if booked != told:
        raise KeyTakenMeanwhile
    return True
