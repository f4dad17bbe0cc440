"""Writes: a bank's notice is stored first, then booked; both may be repeated at will.

`store_notification` commits before `process_notification` begins, so that a kill between them loses nothing:
the job
`payments-notifications` finishes what was stored. Locks: the notice's row, then the charge's.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected

from motcua.companies import context
from motcua.companies import operations as company_ops
from motcua.config import jobs
from motcua.kernel import hashing, ids, vietnamese
from motcua.kernel.actors import Actor
from motcua.kernel.results import Conflict, NotFound, Refused, gettext_noop
from motcua.ledger import chart
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger import rules as ledger_rules
from motcua.ledger.chart import AccountKind
from motcua.ledger.models import ChargeStatus
from motcua.payments import rules, seals
from motcua.payments.models import (
    Allocation,
    AllocationSource,
    AllocationTarget,
    BankNotification,
    CaseState,
    NotificationKind,
    NotificationState,
    Outcome,
    Partner,
    PartnerAnswer,
    Payment,
    PaymentStatus,
    Resolution,
    SuspenseCase,
    SuspenseReason,
)

log = structlog.get_logger(__name__)

TEXT_LENGTH = 500
CLEARING_STRIPES = 8
DEADLOCK_RETRIES = 3
_STATE_OF_OUTCOME = {Outcome.SUSPENSE: "suspense", Outcome.REVERSED: "reversed"}
_TARGET_OF_ACCOUNT = {
    chart.CUSTOMER_CREDIT: AllocationTarget.CREDIT,
    chart.SUSPENSE: AllocationTarget.SUSPENSE,
}


class NotificationDiffers(Refused):
    """The bank used this transaction id before for something else; `field` names the first difference."""

    code = "NOTIFICATION_DIFFERS"
    message = gettext_noop(
        "Giao dịch %(txn_id)s của ngân hàng đã được báo với nội dung khác (khác ở: %(name)s)."
    )


class RequestReused(Refused):
    code = "REQUEST_REUSED"
    message = gettext_noop("Mã yêu cầu này đã dùng cho một nội dung khác.")


class CaseClosed(Refused):
    code = "CASE_CLOSED"
    message = gettext_noop("Khoản tiền này đã được xử lý.")


class ChargeCannotTake(Refused):
    code = "CHARGE_CANNOT_TAKE"
    message = gettext_noop("Khoản thu này không còn phải thu, hãy chọn khoản khác.")


class NoteMissing(Refused):
    code = "NOTE_MISSING"
    message = gettext_noop("Hãy ghi rõ lý do.")


class PartnerExists(Refused):
    code = "PARTNER_EXISTS"
    message = gettext_noop("Đã có đối tác mang mã %(partner)s.")


@dataclass(frozen=True)
class Stored:
    """The inbox row of a notice. `is_first_request`: it was stored by this request id, now or before."""

    id: UUID
    is_new: bool
    is_first_request: bool


@dataclass(frozen=True)
class Recorded:
    """What became of a notice: matched, duplicate, suspense, reversed, or pending (stored only)."""

    state: str
    charge_id: UUID | None
    notification_id: UUID
    outcome: str = ""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    is_first: bool


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
    """Store a bank's notice, commit, then book it. The same notice again changes nothing and says
    "duplicate".

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


@transaction.atomic
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
) -> Stored:
    """Put a bank's notice into the inbox under (bank, transaction id); nothing is booked here.

    Refuses AmountInvalid, NotificationDiffers.
    """
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
    notice_id = ids.new_id(at)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO payments_banknotification (id, bank, txn_id, kind, original_txn_id, amount_vnd, text,
            paid_at,
                raw_sha256, request_id, received_at, state, outcome, attempts, next_at, last_error)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'RECEIVED', '', 0, %s, '')
            ON CONFLICT (bank, txn_id) DO NOTHING
            """,
            [notice_id, bank, txn_id, *content.values(), raw_sha256, request_id, at, at],
        )
        is_new = cursor.rowcount == 1
    if is_new:
        return Stored(notice_id, is_new=True, is_first_request=True)
    before = BankNotification.objects.get(bank=bank, txn_id=txn_id)
    stored = {name: getattr(before, name) for name in content}
    if field := ledger_rules.differing_field(stored, content):
        raise NotificationDiffers(field=field, name=field, txn_id=txn_id)
    return Stored(before.id, is_new=False, is_first_request=before.request_id == request_id)


def process_or_leave(notification_id: UUID, *, at: datetime) -> Recorded:
    """Book a stored notice now; when that fails, leave it to the job. Also books the reversals that waited
    for it.
    """
    try:
        done = _process_despite_deadlocks(notification_id, at=at)
    except Exception as error:
        log.error("payment.booking-failed", notification_id=str(notification_id), error=type(error).__name__)
        _note_failure(notification_id, error, at=at)
        jobs.wake("payments-notifications")
        return Recorded("pending", None, notification_id)
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
    without
    a known code the money waits in suspense as a case. Raises BankNotification.DoesNotExist.
    """
    notice = BankNotification.objects.select_for_update().get(id=notification_id)
    if notice.state == NotificationState.PROCESSED:
        return _recorded(notice)
    if notice.kind == NotificationKind.REVERSAL:
        return _book_reversal(notice, at=at)
    return _book_receipt(notice, at=at)


def process_due(*, at: datetime, limit: int = 100) -> int:
    """Book what was stored and not booked, oldest first; returns how many are done now."""
    due = BankNotification.objects.filter(
        state__in=[NotificationState.RECEIVED, NotificationState.WAITING], next_at__lte=at
    ).order_by("next_at", "id")
    done = 0
    for notification_id in list(due.values_list("id", flat=True)[:limit]):
        done += process_or_leave(notification_id, at=at).state != "pending"
    return done


# receipts


def _book_receipt(notice: BankNotification, *, at: datetime) -> Recorded:
    open_clearing(notice.bank, notice.bank)
    found = rules.codes_in(notice.text)
    charges = ledger_queries.find_charges_by_code(found)
    choice = rules.choose(
        found, [rules.Candidate(charge.id, charge.remaining_vnd) for charge in charges], notice.amount_vnd
    )
    if choice.charge_id is None:
        outcome = _book_unmatched(notice, SuspenseReason(choice.reason), at=at)
        return _finish(notice, outcome, None, at=at)
    outcome = _book_matched(notice, choice.charge_id, at=at)
    return _finish(notice, outcome, choice.charge_id, at=at)


def _book_matched(notice: BankNotification, charge_id: UUID, *, at: datetime) -> Outcome:
    settled = ledger_ops.settle_charge(
        charge_id=charge_id,
        amount_vnd=notice.amount_vnd,
        clearing_account=clearing_account(notice.bank),
        reference=f"{notice.bank}:{notice.txn_id}",
        actor=actor_of(notice.bank),
        at=at,
        key=_ledger_key(notice),
    )
    payment = _make_payment(notice, settled.transaction_id, at=at)
    _allocate(payment, settled, AllocationSource.CLEARING, at=at)
    if settled.case_id:
        is_cancelled = settled.status == ChargeStatus.CANCELLED
        reason = SuspenseReason.CHARGE_CANCELLED if is_cancelled else SuspenseReason.OWNER_UNKNOWN
        _open_case(payment, settled.case_id, settled.excess_vnd, reason, charge_id, at=at)
    if not settled.applied_vnd:
        return Outcome.SUSPENSE if settled.case_id else Outcome.CREDITED
    if settled.excess_vnd:
        return Outcome.OVERPAID
    return Outcome.PARTIAL if settled.remaining_vnd else Outcome.MATCHED


def _book_unmatched(notice: BankNotification, reason: SuspenseReason, *, at: datetime) -> Outcome:
    case_id = ids.new_id(at)
    posted = ledger_ops.receive_unmatched(
        amount_vnd=notice.amount_vnd,
        clearing_account=clearing_account(notice.bank),
        case_id=case_id,
        reference=f"{notice.bank}:{notice.txn_id}",
        actor=actor_of(notice.bank),
        at=at,
        key=_ledger_key(notice),
    )
    payment = _make_payment(notice, posted.transaction_id, at=at)
    Allocation.objects.create(
        payment=payment,
        source=AllocationSource.CLEARING,
        target=AllocationTarget.SUSPENSE,
        target_id=case_id,
        amount_vnd=notice.amount_vnd,
        ledger_transaction_id=posted.transaction_id,
        at=at,
    )
    _open_case(payment, case_id, notice.amount_vnd, reason, None, at=at)
    return Outcome.SUSPENSE


def _make_payment(notice: BankNotification, transaction_id: UUID, *, at: datetime) -> Payment:
    return Payment.objects.create(
        id=ids.new_id(at),
        notification=notice,
        bank=notice.bank,
        txn_id=notice.txn_id,
        amount_vnd=notice.amount_vnd,
        paid_at=notice.paid_at,
        booked_at=at,
        ledger_transaction_id=transaction_id,
    )


def _allocate(
    payment: Payment, settled: ledger_ops.Settled, source: AllocationSource, *, at: datetime
) -> None:
    charge = ledger_queries.get_charge(settled.charge_id)
    parts: list[tuple[AllocationTarget, UUID, int]] = []
    if settled.applied_vnd:
        parts.append((AllocationTarget.CHARGE, settled.charge_id, settled.applied_vnd))
    if settled.excess_vnd:
        target_id = settled.case_id or charge.customer_id or settled.charge_id
        parts.append((_TARGET_OF_ACCOUNT[settled.excess_account], target_id, settled.excess_vnd))
    Allocation.objects.bulk_create(
        Allocation(
            payment=payment,
            source=source,
            target=target,
            target_id=target_id,
            amount_vnd=amount,
            ledger_transaction_id=settled.transaction_id,
            at=at,
        )
        for target, target_id, amount in parts
    )


def _open_case(
    payment: Payment,
    case_id: UUID,
    amount_vnd: int,
    reason: SuspenseReason,
    charge_id: UUID | None,
    *,
    at: datetime,
) -> None:
    SuspenseCase.objects.create(
        id=case_id,
        payment=payment,
        amount_vnd=amount_vnd,
        reason=reason,
        charge_id=charge_id,
        opened_at=at,
    )


# reversals


def _book_reversal(notice: BankNotification, *, at: datetime) -> Recorded:
    payment = (
        Payment.objects.select_for_update().filter(bank=notice.bank, txn_id=notice.original_txn_id).first()
    )
    if payment is None:
        return _wait(notice, at=at)
    if payment.amount_vnd != notice.amount_vnd:
        notice.state = NotificationState.FAILED
        notice.outcome = Outcome.REVERSAL_DIFFERS
        notice.save(update_fields=["state", "outcome"])
        return Recorded("pending", None, notice.id, notice.outcome)
    if payment.status == PaymentStatus.BOOKED:
        _reverse_payment(payment, notice, at=at)
    return _finish(notice, Outcome.REVERSED, None, at=at)


def _wait(notice: BankNotification, *, at: datetime) -> Recorded:
    """The bank's messages came in the wrong order: the reversal waits for its receipt."""
    notice.state = NotificationState.WAITING
    notice.attempts += 1
    notice.next_at = rules.retry_at(at, notice.attempts)
    notice.save(update_fields=["state", "attempts", "next_at"])
    return Recorded("pending", None, notice.id)


def _reverse_payment(payment: Payment, notice: BankNotification, *, at: datetime) -> None:
    """Undo every booking of the payment, the last one first."""
    bookings = dict.fromkeys(
        payment.allocations.order_by("-id").values_list("ledger_transaction_id", flat=True)
    )
    for transaction_id in bookings:
        _reverse_booking(payment, transaction_id, notice, at=at)
    payment.cases.filter(state=CaseState.OPEN).update(
        state=CaseState.CLOSED,
        resolution=Resolution.REVERSED,
        closed_at=at,
        closed_by=actor_of(notice.bank).ref,
    )
    payment.status = PaymentStatus.REVERSED
    payment.reversed_at = at
    payment.save(update_fields=["status", "reversed_at"])


def _reverse_booking(
    payment: Payment, transaction_id: UUID, notice: BankNotification, *, at: datetime
) -> None:
    actor, key = actor_of(notice.bank), f"{_ledger_key(notice)}:{transaction_id}"
    reason = f"{notice.bank}:{notice.txn_id}"
    try:
        with transaction.atomic():
            ledger_ops.reverse(transaction_id=transaction_id, reason=reason, actor=actor, at=at, key=key)
    except ledger_ops.NotReversible:
        # Paid in part, then cancelled: that part is the customer's credit now, and is taken from there.
        booking = ledger_queries.get_transaction(transaction_id)
        charge = ledger_queries.get_charge(booking.charge_id)  # type: ignore[arg-type]  # settles have one
        came_from = next(leg for leg in booking.postings if leg.side == "D")
        ledger_ops.transfer(
            debit_account=chart.CUSTOMER_CREDIT,
            debit_party=charge.customer_id,
            credit_account=came_from.account,
            credit_party=came_from.party_id,
            amount_vnd=came_from.amount_vnd,
            reason=reason,
            actor=actor,
            at=at,
            key=key,
        )


# cases


@transaction.atomic
def resolve_case(*, case_id: UUID, charge_id: UUID, actor: Actor, at: datetime, note: str = "") -> Recorded:
    """A person found what the money is for: Dr 3388 / Cr 131. The same choice again changes nothing.

    Locks the case. Refuses NotFound, CaseClosed, ChargeCannotTake (paid or cancelled).
    """
    case = _lock_case(case_id)
    if case.state == CaseState.CLOSED:
        if case.resolution == Resolution.CHARGE and case.charge_id == charge_id:
            return Recorded("duplicate", charge_id, case.payment.notification_id)
        raise CaseClosed(field="case_id")
    settled = ledger_ops.settle_charge(
        charge_id=charge_id,
        amount_vnd=case.amount_vnd,
        clearing_account=chart.SUSPENSE,
        clearing_party=case.id,
        reference=f"case:{case.id}",
        actor=actor,
        at=at,
        key=f"case:{case.id}",
    )
    if not settled.applied_vnd or settled.case_id:
        raise ChargeCannotTake(field="charge_id")
    _allocate(case.payment, settled, AllocationSource.SUSPENSE, at=at)
    _close_case(case, Resolution.CHARGE, charge_id, actor=actor, at=at, note=note)
    return Recorded("matched", charge_id, case.payment.notification_id)


@transaction.atomic
def credit_case(*, case_id: UUID, customer_id: UUID, actor: Actor, at: datetime, note: str = "") -> None:
    """It is known whose the money is, but not what for: Dr 3388 / Cr 3387. Refuses NotFound, CaseClosed."""
    case = _lock_case(case_id)
    if case.state == CaseState.CLOSED:
        raise CaseClosed(field="case_id")
    posted = ledger_ops.transfer(
        debit_account=chart.SUSPENSE,
        debit_party=case.id,
        credit_account=chart.CUSTOMER_CREDIT,
        credit_party=customer_id,
        amount_vnd=case.amount_vnd,
        actor=actor,
        at=at,
        key=f"case:{case.id}",
        reason=note,
    )
    Allocation.objects.create(
        payment=case.payment,
        source=AllocationSource.SUSPENSE,
        target=AllocationTarget.CREDIT,
        target_id=customer_id,
        amount_vnd=case.amount_vnd,
        ledger_transaction_id=posted.transaction_id,
        at=at,
    )
    _close_case(case, Resolution.CREDIT, None, actor=actor, at=at, note=note)


@transaction.atomic
def return_case(*, case_id: UUID, note: str, actor: Actor, at: datetime) -> None:
    """The money is nobody's here: it goes back through the bank it came from, Dr 3388 / Cr that bank's clearing.

    The note says why and how (the bank's order, say). Locks the case. Refuses NotFound, CaseClosed, NoteMissing.
    """
    case = _lock_case(case_id)
    if case.state == CaseState.CLOSED:
        raise CaseClosed(field="case_id")
    if not note.strip():
        raise NoteMissing(field="note")
    posted = ledger_ops.transfer(
        debit_account=chart.SUSPENSE,
        debit_party=case.id,
        credit_account=clearing_account(case.payment.bank),
        amount_vnd=case.amount_vnd,
        actor=actor,
        at=at,
        key=f"case:{case.id}",
        reason=note,
    )
    Allocation.objects.create(
        payment=case.payment,
        source=AllocationSource.SUSPENSE,
        target=AllocationTarget.RETURN,
        target_id=case.id,
        amount_vnd=case.amount_vnd,
        ledger_transaction_id=posted.transaction_id,
        at=at,
    )
    _close_case(case, Resolution.RETURNED, None, actor=actor, at=at, note=note.strip())


def _lock_case(case_id: UUID) -> SuspenseCase:
    """The case, after its payment's row is locked: a reversal of the payment takes the same lock."""
    payment_id = SuspenseCase.objects.filter(id=case_id).values_list("payment_id", flat=True).first()
    if payment_id is None:
        raise NotFound(field="case_id")
    Payment.objects.select_for_update().get(id=payment_id)
    return SuspenseCase.objects.select_for_update(of=("self",)).select_related("payment").get(id=case_id)


def _close_case(
    case: SuspenseCase,
    resolution: Resolution,
    charge_id: UUID | None,
    *,
    actor: Actor,
    at: datetime,
    note: str,
) -> None:
    case.state = CaseState.CLOSED
    case.resolution = resolution
    case.charge_id = charge_id or case.charge_id
    case.closed_at = max(at, case.opened_at)
    case.closed_by = actor.ref
    case.note = note[:200]
    case.save(update_fields=["state", "resolution", "charge_id", "closed_at", "closed_by", "note"])
    company_ops.record_audit(
        actor=actor,
        verb="suspense.resolved",
        subject_type="suspense_case",
        subject_id=str(case.id),
        at=at,
        facts={"resolution": str(resolution), "charge_id": str(charge_id or "")},
    )


# partners


@transaction.atomic
def add_partner(*, code: str, name: str, bank: str, secret: str, actor: Actor, at: datetime) -> None:
    """Let a bank call this company, and open its clearing account. The same again changes nothing.

    Refuses PartnerExists when the code is taken with another bank or secret.
    """
    partner, is_new = Partner.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "bank": bank,
            "secret_sealed": seals.seal(secret, settings.SECRET_KEY),
            "created_at": at,
        },
    )
    if not is_new:
        known = seals.unseal(partner.secret_sealed, settings.SECRET_KEY)
        if partner.bank != bank or not hmac.compare_digest(known, secret):
            raise PartnerExists(field="code", partner=code)
        return
    open_clearing(bank, name)
    company_ops.record_audit(
        actor=actor,
        verb="partner.added",
        subject_type="partner",
        subject_id=code,
        at=at,
        facts={"bank": bank},
    )


@transaction.atomic
def switch_partner(*, code: str, is_active: bool, actor: Actor, at: datetime) -> None:
    """Suspend a partner, or let it in again. Refuses NotFound."""
    if not Partner.objects.filter(code=code).update(is_active=is_active):
        raise NotFound(field="code")
    company_ops.record_audit(
        actor=actor,
        verb="partner.resumed" if is_active else "partner.suspended",
        subject_type="partner",
        subject_id=code,
        at=at,
    )


@transaction.atomic
def change_partner_secret(*, code: str, secret: str, actor: Actor, at: datetime) -> None:
    """Give a partner a new secret; the old one stops at once. Refuses NotFound."""
    sealed = seals.seal(secret, settings.SECRET_KEY)
    if not Partner.objects.filter(code=code).update(secret_sealed=sealed):
        raise NotFound(field="code")
    company_ops.record_audit(
        actor=actor, verb="partner.secret-changed", subject_type="partner", subject_id=code, at=at
    )


def open_clearing(bank: str, name: str) -> None:
    """The account of money this bank told us of."""
    ledger_ops.open_account(
        code=clearing_account(bank), kind=AccountKind.ASSET, name=name, stripes=CLEARING_STRIPES
    )


def clearing_account(bank: str) -> str:
    return chart.clearing(bank)


def actor_of(bank: str) -> Actor:
    return Actor.partner(bank)


@transaction.atomic
def answer_once(
    *,
    partner_code: str,
    request_id: str,
    body: bytes,
    at: datetime,
    act: Callable[[], tuple[int, Mapping[str, object]]],
) -> Answer:
    """Run `act` for a partner's request id once and keep its answer; the same request again gets the same
    bytes.

    What `act` refuses is not kept, and its writes are undone. Holds one advisory lock per partner and request
    id.
    Refuses RequestReused when the id came before with another body.
    """
    body_sha256 = hashing.sha256_hex(body)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{context.current_company_code()}:{partner_code}:{request_id}"],
        )
    before = PartnerAnswer.objects.filter(partner_id=partner_code, request_id=request_id).first()
    if before is not None:
        if before.body_sha256 != body_sha256:
            raise RequestReused(field="request_id")
        return Answer(before.status, bytes(before.body), is_first=False)
    status, answer = act()
    written = hashing.canonical_json(dict(answer))
    PartnerAnswer.objects.create(
        partner_id=partner_code,
        request_id=request_id,
        body_sha256=body_sha256,
        status=status,
        body=written,
        at=at,
    )
    return Answer(status, written, is_first=True)


# the state of a notice


def _finish(notice: BankNotification, outcome: Outcome, charge_id: UUID | None, *, at: datetime) -> Recorded:
    notice.state = NotificationState.PROCESSED
    notice.outcome = outcome
    notice.charge_id = charge_id
    notice.processed_at = at
    notice.last_error = ""
    notice.save(update_fields=["state", "outcome", "charge_id", "processed_at", "last_error"])
    return _recorded(notice)


def _recorded(notice: BankNotification) -> Recorded:
    state = _STATE_OF_OUTCOME.get(Outcome(notice.outcome), "matched")
    return Recorded(state, notice.charge_id, notice.id, notice.outcome)


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


def _reversals_waiting_for(notification_id: UUID) -> list[UUID]:
    notice = BankNotification.objects.get(id=notification_id)
    if notice.kind == NotificationKind.REVERSAL:
        return []
    waiting = BankNotification.objects.filter(
        kind=NotificationKind.REVERSAL,
        bank=notice.bank,
        original_txn_id=notice.txn_id,
        state__in=[NotificationState.RECEIVED, NotificationState.WAITING],
    )
    return list(waiting.order_by("id").values_list("id", flat=True))


def _ledger_key(notice: BankNotification) -> str:
    return f"bank:{notice.bank}:{notice.txn_id}"
