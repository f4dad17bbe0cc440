"""A bank's notice: stored first, then booked; both may be repeated at will.

`store_notification` commits before `process_notification` begins, so that a kill between them loses nothing: the job
`payments-notifications` finishes what was stored. Locks: the notice's row, then the charge's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected

from motcua.config import jobs
from motcua.kernel import ids, vietnamese
from motcua.kernel.results import Conflict
from motcua.ledger import operations as ledger_ops
from motcua.ledger import rules as ledger_rules
from motcua.payments import rules
from motcua.payments.models import BankNotification, NotificationKind, NotificationState, Outcome
from motcua.payments.operations.outcomes import Recorded, recorded
from motcua.payments.operations.receipts import book_receipt
from motcua.payments.operations.refusals import NotificationDiffers
from motcua.payments.operations.reversals import book_reversal

log = structlog.get_logger(__name__)
_wrapper: Any = connection  # the library's wrapper knows more than Django's type says
TEXT_LENGTH = 500
DEADLOCK_RETRIES = 3


@dataclass(frozen=True)
class Stored:
    """The inbox row of a notice. `is_first_request`: it was stored by this request id, now or before."""

    id: UUID
    is_new: bool
    is_first_request: bool


@dataclass(frozen=True)
class Storing:
    """A notice that is to be stored. `content`: what it must say should it be there already."""

    id: UUID
    bank: str
    txn_id: str
    content: Mapping[str, Any]
    raw_sha256: str
    request_id: str
    channel: str
    charge_id: UUID | None
    at: datetime


def record_bank_notification(
    *,
    bank: str,
    txn_id: str,
    amount_vnd: int,
    text: str,
    paid_at: datetime,
    raw_sha256: str,
    at: datetime,
    kind: str = NotificationKind.RECEIPT,
    original_txn_id: str = "",
    request_id: str = "",
) -> Recorded:
    """Store a bank's notice, commit, then book it. The same notice again changes nothing and says "duplicate".

    A failure while booking is no failure of the notice: it says "pending" and the job tries again. Refuses
    AmountInvalid, NotificationDiffers (same bank and transaction id, other content).
    """
    stored = store_notification(
        bank=bank,
        txn_id=txn_id,
        amount_vnd=amount_vnd,
        text=text,
        paid_at=paid_at,
        raw_sha256=raw_sha256,
        at=at,
        kind=kind,
        original_txn_id=original_txn_id,
        request_id=request_id,
    )
    done = process_or_leave(stored.id, at=at)
    if stored.is_new:
        return done
    return Recorded("duplicate", done.charge_id, done.notification_id, done.outcome)


def store_notification(
    *,
    bank: str,
    txn_id: str,
    amount_vnd: int,
    text: str,
    paid_at: datetime,
    raw_sha256: str,
    at: datetime,
    kind: str = NotificationKind.RECEIPT,
    original_txn_id: str = "",
    request_id: str = "",
    channel: str = "",
    charge_id: UUID | None = None,
) -> Stored:
    """Put a bank's notice into the inbox under (bank, transaction id), by one statement; nothing is booked here.

    A new receipt and a new reversal of it that come at once follow each other to the end of their transactions: neither
    would see the other otherwise. So do a reversal and a file of receipts of its bank (`receiving_many`). `charge_id`: the bank
    named the charge itself, so until the booking it counts as paid to whoever asks. Refuses AmountInvalid, NotificationDiffers.
    """
    storing = storing_of(
        bank=bank, txn_id=txn_id, amount_vnd=amount_vnd, text=text, paid_at=paid_at, raw_sha256=raw_sha256, at=at, kind=kind,
        original_txn_id=original_txn_id, request_id=request_id, channel=channel, charge_id=charge_id,
    )  # fmt: skip
    return store(storing)


def store(storing: Storing) -> Stored:
    """Put it into the inbox. Refuses NotificationDiffers."""
    values: list[Any] = [
        storing.id, storing.bank, storing.txn_id, *storing.content.values(), storing.raw_sha256, storing.request_id, storing.channel,
        storing.charge_id, storing.at, storing.at, storing.bank, storing.content["original_txn_id"] or storing.txn_id,
    ]  # fmt: skip
    with _wrapper.prepared_cursor() as cursor:
        cursor.execute(_STORE, values)
        is_new = cursor.rowcount == 1
    return _stored(storing, is_new=is_new)


_STORE = """
INSERT INTO payments_banknotification (id, bank, txn_id, kind, original_txn_id, amount_vnd, text,
    paid_at, raw_sha256, request_id, channel, charge_id, received_at, state, outcome, attempts, next_at,
    last_error)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'RECEIVED', '', 0, %s, '')
ON CONFLICT (bank, txn_id) DO NOTHING
RETURNING pg_advisory_xact_lock(hashtextextended('payment:' || %s || ':' || %s, 0)),
    CASE kind WHEN 'REVERSAL' THEN pg_advisory_xact_lock_shared(
        hashtextextended(current_schema() || ':receipts:' || bank, 0)) END
"""


def storing_of(
    *, bank: str, txn_id: str, amount_vnd: int, text: str, paid_at: datetime, raw_sha256: str, at: datetime,
    kind: str = NotificationKind.RECEIPT, original_txn_id: str = "", request_id: str = "", channel: str = "",
    charge_id: UUID | None = None,
) -> Storing:  # fmt: skip
    """What `store_notification` says. Refuses AmountInvalid."""
    if not ledger_rules.is_amount(amount_vnd):
        raise ledger_ops.AmountInvalid(field="amount_vnd")
    if (kind == NotificationKind.REVERSAL) != bool(original_txn_id):
        raise Conflict(field="original_txn_id")
    content: dict[str, Any] = {
        "kind": str(kind),
        "original_txn_id": original_txn_id,
        "amount_vnd": amount_vnd,
        "text": vietnamese.clean(text)[:TEXT_LENGTH],
        "paid_at": paid_at,
    }
    return Storing(ids.new_id(at), bank, txn_id, content, raw_sha256, request_id, channel, charge_id, at)


def _stored(storing: Storing, *, is_new: bool) -> Stored:
    """The inbox row of what was said: this one, or the one before it. Refuses NotificationDiffers."""
    if is_new:
        return Stored(storing.id, is_new=True, is_first_request=True)
    before = BankNotification.objects.get(bank=storing.bank, txn_id=storing.txn_id)
    stored = {name: getattr(before, name) for name in storing.content}
    if field := ledger_rules.differing_field(stored, storing.content):
        raise NotificationDiffers(field=field, name=field, txn_id=storing.txn_id)
    return Stored(before.id, is_new=False, is_first_request=before.request_id == storing.request_id)


def process_or_leave(notification_id: UUID, *, at: datetime) -> Recorded:
    """Book a stored notice now; when that fails, leave it to the job. Also books the reversals that waited for it."""
    try:
        done = _process_despite_deadlocks(notification_id, at=at)
    except Exception as error:
        log.error("payment.booking-failed", notification_id=str(notification_id), error=type(error).__name__)
        _note_failure(notification_id, error, at=at)
        jobs.wake("payments-notifications")
        return Recorded("pending", None, notification_id)
    if done.outcome == Outcome.REVERSED:
        return done
    for waiting in _reversals_waiting_for(notification_id):
        process_or_leave(waiting, at=at)
    return done


def _process_despite_deadlocks(notification_id: UUID, *, at: datetime) -> Recorded:
    """Somebody who cancels a request holds it and wants its charge; we hold the charge and want the request."""
    for _ in range(DEADLOCK_RETRIES):
        try:
            return process_notification(notification_id, at=at)
        except OperationalError as error:
            if connection.in_atomic_block or not isinstance(error.__cause__, DeadlockDetected):
                raise
    return process_notification(notification_id, at=at)


@transaction.atomic
def process_notification(notification_id: UUID, *, at: datetime) -> Recorded:
    """Book a stored notice, once. Locks its row; a second call waits and finds the first one's result.

    The text names the charge by its payment code. Less than owed leaves the rest open, more becomes credit;
    without a known code the money waits in suspense as a case. Raises BankNotification.DoesNotExist.
    """
    notice = BankNotification.objects.select_for_update().get(id=notification_id)
    if notice.state == NotificationState.PROCESSED:
        return recorded(notice)
    if notice.kind == NotificationKind.REVERSAL:
        return book_reversal(notice, at=at)
    return book_receipt(notice, at=at)


def process_due(*, at: datetime, limit: int = 100) -> int:
    """Book what was stored and not booked, oldest first; returns how many are done now."""
    due = BankNotification.objects.filter(
        state__in=[NotificationState.RECEIVED, NotificationState.WAITING], next_at__lte=at
    ).order_by("next_at", "id")
    done = 0
    for notification_id in list(due.values_list("id", flat=True)[:limit]):
        done += process_or_leave(notification_id, at=at).state != "pending"
    return done


@transaction.atomic
def _note_failure(notification_id: UUID, error: Exception, *, at: datetime) -> None:
    notice = BankNotification.objects.select_for_update().get(id=notification_id)
    if notice.state == NotificationState.PROCESSED:
        return
    notice.attempts += 1
    notice.next_at = rules.retry_at(at, notice.attempts)
    notice.last_error = getattr(error, "code", None) or type(error).__name__
    notice.last_error = str(notice.last_error)[:80]
    notice.save(update_fields=["attempts", "next_at", "last_error"])


_WAITING = """
SELECT w.id FROM payments_banknotification n JOIN payments_banknotification w ON w.bank = n.bank AND w.original_txn_id = n.txn_id
WHERE n.id = %s AND n.kind = 'RECEIPT' AND w.kind = 'REVERSAL' AND w.state IN ('RECEIVED', 'WAITING') ORDER BY w.id
"""


def _reversals_waiting_for(notification_id: UUID) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [notification_id])
        return [row[0] for row in cursor.fetchall()]
