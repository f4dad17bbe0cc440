"""A payment of no more than its charge owes: stored and booked in one round trip, as the inbox stores and books it.

Most payments are this, and each way to the database and back costs more than what is done there. Whatever is not so plain (somebody
waits for the charge, a closed day, a bank's first money, a reversal that came before) is stored here all the same, and left to
`process_or_leave`.
"""

from __future__ import annotations

from datetime import datetime
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
from motcua.payments.operations.inbox import WAITING, Stored, Storing, stored_of
from motcua.payments.operations.outcomes import key_of

log = structlog.get_logger(__name__)


# Without the row of the notice (another call stored it) nothing is booked.
_BOOK = """
WITH settled AS MATERIALIZED (
    SELECT s.said, s.booking, n.id, n.bank, n.txn_id, n.charge_id, n.amount_vnd, n.paid_at
    FROM payments_banknotification n CROSS JOIN LATERAL {settling} s WHERE n.id = %s),
paid AS (
    INSERT INTO payments_payment (id, notification_id, bank, txn_id, amount_vnd, paid_at, booked_at, status, ledger_transaction_id)
    SELECT %s, id, bank, txn_id, amount_vnd, paid_at, %s, 'BOOKED', booking FROM settled WHERE said = ''
    RETURNING id, booked_at),
allocated AS (
    INSERT INTO payments_allocation (payment_id, source, target, target_id, amount_vnd, ledger_transaction_id, at)
    SELECT paid.id, 'CLEARING', 'CHARGE', s.charge_id, s.amount_vnd, s.booking, paid.booked_at FROM paid CROSS JOIN settled s)
SELECT said, booking FROM settled
"""
_FINISH = """
UPDATE payments_banknotification n SET state = 'PROCESSED', outcome = %s, processed_at = p.booked_at
FROM payments_payment p WHERE n.id = %s AND p.notification_id = n.id
"""
_BEGIN: Statement = ("SAVEPOINT payments_at_once", [])
_END: Statement = ("RELEASE SAVEPOINT payments_at_once", [])
_UNDO: Statement = ("ROLLBACK TO SAVEPOINT payments_at_once", [])


def book_at_once(storing: Storing, charge: ChargeView, *, at: datetime) -> tuple[Stored, UUID | None]:
    """Store the notice of a payment for this charge, and book it; the notice, and the booking when nothing is left to do.

    In the caller's transaction. The charge is locked, is open, and owes at least the amount. What fails in the booking leaves
    the notice stored. Refuses NotificationDiffers.
    """
    amount_vnd = storing.content["amount_vnd"]
    outcome = Outcome.PARTIAL if amount_vnd < charge.remaining_vnd else Outcome.MATCHED
    call, values = ledger_ops.settling_within(
        charge_id=charge.id, amount_vnd=amount_vnd, clearing_account=clearing_account(storing.bank),
        reference=f"{storing.bank}:{storing.txn_id}", actor=actor_of(storing.bank), at=at,
        key=key_of(storing.bank, storing.txn_id), charge="n.charge_id", amount="n.amount_vnd",
    )  # fmt: skip
    book = (_BOOK.format(settling=call), [*values, storing.id, ids.new_id(at), at])
    finish = (_FINISH, [str(outcome), storing.id])
    try:
        stored, _, booked, _, _, waiting = rows.ask(
            storing.statement, _BEGIN, book, finish, _END, (WAITING, [storing.id])
        )
    except DatabaseError as error:
        rows.say(_UNDO)
        log.error("payment.booking-failed", notification_id=str(storing.id), error=type(error).__name__)
        return stored_of(storing, is_new=True), None
    said, booking = booked[0] if booked else ("TOLD", None)
    return stored_of(storing, is_new=bool(stored)), None if said or waiting else booking
