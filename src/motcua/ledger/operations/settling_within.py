"""Money for charges that owe at least as much and that nobody waits for, as parts of a statement of the caller's.

Most payments are this. Whoever writes beside the booking (that the money came, from whom) says both in one round trip, for one
payment or for many; whatever is not so plain is left to `settle_charge`, whose twin this is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from motcua.kernel import hashing, ids, local_time
from motcua.kernel.actors import Actor
from motcua.ledger import registry
from motcua.ledger.operations.settling import content_of

_COLUMNS = "booking uuid, booking_key text, content text, content_hash text, account text, booked_at timestamptz, day date, actor text"

_PLAIN = """
SELECT charge.kind, charge.customer_id, charge.total_vnd - charge.paid_vnd - {amount} AS left_vnd
FROM ledger_charge charge WHERE charge.id = {charge} AND charge.status = 'OPEN'
AND {amount} BETWEEN 1 AND charge.total_vnd - charge.paid_vnd AND NOT ({amount} = charge.total_vnd - charge.paid_vnd AND ({awaited}))
AND EXISTS (SELECT FROM ledger_account a WHERE a.code = {account})
AND NOT EXISTS (SELECT FROM ledger_period p WHERE p.state = 'CLOSED'
    AND (p.kind, p.first_day) IN (('DAY', {day}), ('MONTH', date_trunc('month', {day})::date)))
OFFSET 0
"""

_BOOKING = """
header AS (
    INSERT INTO ledger_ledgertransaction (id, kind, key, content, content_hash, outcome, charge_id, at, business_date, actor, reason,
        reverses_id, total_vnd, posting_count)
    SELECT p.booking, 'SETTLE', p.booking_key, p.content::jsonb, p.content_hash,
           jsonb_build_object('applied_vnd', p.amount_vnd, 'excess_vnd', 0, 'excess_account', '', 'remaining_vnd', p.left_vnd,
               'status', CASE p.left_vnd WHEN 0 THEN 'PAID' ELSE 'OPEN' END, 'case_id', NULL),
           p.charge_id, p.booked_at, p.day, p.actor, '', NULL, p.amount_vnd, 2
    FROM plain p
    RETURNING id),
leg AS (
    INSERT INTO ledger_posting (transaction_id, account_id, day, side, amount_vnd, party_id)
    SELECT h.id, l.account, p.day, l.side, p.amount_vnd, l.party
    FROM header h JOIN plain p ON p.booking = h.id
    CROSS JOIN LATERAL (VALUES (1, p.account, 'D', NULL::uuid), (2, '131-' || p.kind, 'C', p.customer_id)) l (turn, account, side, party)
    ORDER BY p.booking, l.turn),
marked AS (
    UPDATE ledger_charge c SET paid_vnd = c.paid_vnd + p.amount_vnd, status = CASE p.left_vnd WHEN 0 THEN 'PAID' ELSE 'OPEN' END,
        paid_at = CASE p.left_vnd WHEN 0 THEN p.booked_at END
    FROM plain p WHERE c.id = p.charge_id)
"""


def settling_row(
    *,
    charge_id: UUID,
    amount_vnd: int,
    clearing_account: str,
    reference: str,
    actor: Actor,
    at: datetime,
    key: str,
) -> Mapping[str, Any]:
    """What a payment says in the columns of `settling_within`, as JSON writes it."""
    told = hashing.canonical_json(content_of(charge_id, amount_vnd, clearing_account, reference))
    return {
        "booking": str(ids.new_id(at)), "booking_key": key, "content": told.decode(), "content_hash": hashing.sha256_hex(told),
        "account": clearing_account, "booked_at": at.isoformat(), "day": local_time.local_date(at).isoformat(), "actor": actor.ref,
    }  # fmt: skip


@dataclass(frozen=True)
class Within:
    """Parts of a statement. `columns`: what `settling_row` says, with their types, beside `charge_id` and `amount_vnd`. `plain`: a
    subquery beside such a row, `kind`, `customer_id` and `left_vnd` of its charge; without a row when `settle_charge` would not book
    the whole amount to the charge, or would tell somebody of it. `booking`: what books every row of `plain`.
    """

    columns: str
    plain: str
    booking: str


def settling_within(row: str) -> Within:
    """`settle_charge` as parts of the caller's statement, in which the given rows are named `row`.

    The caller joins each with `plain`, names what is left `plain`, and then says `booking`, whose `header` has the ids that are booked.
    The charges are locked, and none is there twice. A key that was used before is a violation of its unique constraint.
    """
    plain = _PLAIN.format(
        charge=f"{row}.charge_id", amount=f"{row}.amount_vnd", account=f"{row}.account", day=f"{row}.day", awaited=registry.is_awaited(),
    )  # fmt: skip
    return Within(_COLUMNS, plain, _BOOKING)
