"""Auto-debit: a customer agrees and may stop at any time; due charges become debits, files, and what their bank says.

Locks: the mandate's row; a debit's row before the charge that its money pays.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from django.db import IntegrityError, connection, transaction

from motcua.companies import context
from motcua.companies import operations as company_ops
from motcua.kernel import codes, hashing, ids, local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.payments import debit_files
from motcua.payments.debit_files import DebitLine, ResultLine
from motcua.payments.models import Debit, DebitFile, Mandate
from motcua.payments.operations.clearing import open_clearing
from motcua.payments.operations.receiving_many import Receipt, finish_rest, receive_together

log = structlog.get_logger(__name__)

# What may be tried again and when: no funds, a limit of the day. Everything else is for a person, or ends the mandate.
RETRY_REASONS = frozenset({"AM04", "AM02", "AM14", "TM01", "MS03"})
RETRY_AFTER = (timedelta(days=2), timedelta(days=3))
# The account is closed or blocked, or the bank knows of no mandate: nothing is asked of it again.
ENDING_REASONS = frozenset({"AC01", "AC04", "AC06", "MD01", "MD02", "MD07"})
MOST_IN_A_FILE = 5_000
LINES_AT_ONCE = 1_000


class MandateExists(Refused):
    code = "MANDATE_EXISTS"
    message = gettext_noop("Mã khách hàng này đã có một ủy quyền trích tiền đang dùng.")


class MandateInvalid(Refused):
    code = "MANDATE_INVALID"
    message = gettext_noop("Hãy xem lại số tài khoản, tên chủ tài khoản và mức trích cao nhất.")


class ConsentMissing(Refused):
    code = "CONSENT_MISSING"
    message = gettext_noop("Hãy đánh dấu đồng ý để ngân hàng trích tiền.")


@dataclass(frozen=True)
class ResultTaken:
    """What a file of results came to. `unknown`: lines about debits that are not ours, or not as they were sent."""

    paid: int
    refused: int
    waiting: int
    unknown: tuple[str, ...]


@transaction.atomic
def give_mandate(
    *, customer_id: UUID, account_code: str, partner: str, debtor_bin: str, debtor_account: str, debtor_name: str,
    most_vnd: int, consent_text: str, consent_channel: str, actor: Actor, at: datetime,
) -> Mandate:  # fmt: skip
    """The customer agrees, in these words, over this channel. One active for an account code.

    Refuses ConsentMissing, MandateInvalid, MandateExists.
    """
    if not consent_text.strip():
        raise ConsentMissing(field="consent")
    account, name = debtor_account.replace(" ", ""), " ".join(debtor_name.split())[:70]
    is_fit = (
        account.isascii()
        and account.isalnum()
        and 4 <= len(account) <= 24
        and debtor_bin.isdigit()
        and len(debtor_bin) == 6
    )
    if not (is_fit and name and most_vnd > 0 and codes.is_account_code(account_code)):
        raise MandateInvalid(field="debtor_account")
    mandate_id = ids.new_id(at)
    try:
        with transaction.atomic():
            mandate = Mandate.objects.create(
                id=mandate_id, number=f"UQ{mandate_id.hex[-12:].upper()}", customer_id=customer_id, account_code=account_code,
                partner=partner, debtor_bin=debtor_bin, debtor_account=account, debtor_name=name, most_vnd=most_vnd,
                consent_text=consent_text[:500], consent_channel=consent_channel, consent_by=actor.ref, consent_at=at,
            )  # fmt: skip
    except IntegrityError:
        raise MandateExists(field="account_code") from None
    open_clearing(partner, partner)
    _audit("mandate.given", mandate, actor, at)
    return mandate


@transaction.atomic
def cancel_mandate(*, mandate_id: UUID, actor: Actor, at: datetime) -> None:
    """The customer stops it: from now on nothing is sent. What is at the bank already is still heard. Again changes nothing.

    Refuses NotFound.
    """
    mandate = Mandate.objects.select_for_update().filter(id=mandate_id).first()
    if mandate is None:
        raise NotFound(field="mandate_id")
    if mandate.state == "ACTIVE":
        _end(mandate, "CANCELLED", "CUSTOMER", actor, at)


def _end(mandate: Mandate, state: str, reason: str, actor: Actor, at: datetime) -> None:
    mandate.state, mandate.ended_at, mandate.ended_by, mandate.end_reason = state, at, actor.ref, reason
    mandate.save(update_fields=["state", "ended_at", "ended_by", "end_reason"])
    mandate.debits.filter(state="PLANNED").update(state="CANCELLED", decided_at=at)
    _audit("mandate.ended", mandate, actor, at)


def _audit(verb: str, mandate: Mandate, actor: Actor, at: datetime) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="mandate", subject_id=mandate.number, at=at,
        facts={"channel": mandate.consent_channel, "reason": mandate.end_reason},
    )  # fmt: skip


@transaction.atomic
def plan_debits(*, at: datetime) -> int:
    """Every charge that is owed under an active mandate, and its retries that are due, becomes a debit; how many.

    Larger than what the customer allowed is left to them. A charge with an open debit gets no second.
    """
    mandates = list(Mandate.objects.select_for_update(skip_locked=True).filter(state="ACTIVE").order_by("id"))
    return sum(
        _plan_for(mandates[start : start + LINES_AT_ONCE], at)
        for start in range(0, len(mandates), LINES_AT_ONCE)
    )


def _plan_for(mandates: Sequence[Mandate], at: datetime) -> int:
    owed: dict[str, list[ChargeView]] = defaultdict(list)
    for charge in ledger_queries.list_charges_of_accounts(
        [mandate.account_code for mandate in mandates], open_only=True
    ):
        owed[charge.account_code].append(charge)
    newest = (
        Debit.objects.filter(
            mandate__in=mandates, charge_id__in=[charge.id for charges in owed.values() for charge in charges]
        )
        .order_by("mandate_id", "charge_id", "-attempt")
        .distinct("mandate_id", "charge_id")
    )
    tried = {(debit.mandate_id, debit.charge_id): debit for debit in newest}
    planned = 0
    for mandate in mandates:
        for charge in owed.get(mandate.account_code, ()):
            before = tried.get((mandate.id, charge.id))
            if charge.remaining_vnd > mandate.most_vnd or (before and not _is_due_again(before, at)):
                continue
            planned += _plan(mandate, charge, before.attempt + 1 if before else 1, at)
    return planned


def _is_due_again(debit: Debit, at: datetime) -> bool:
    return debit.state == "REFUSED" and debit.again_at is not None and debit.again_at <= at


def _plan(mandate: Mandate, charge: ChargeView, attempt: int, at: datetime) -> int:
    with connection.cursor() as cursor:  # another mandate of the past may still have an open debit
        cursor.execute(
            """
            INSERT INTO payments_debit (id, end_to_end_id, mandate_id, charge_id, payment_code, amount_vnd, attempt, state,
                   reason, planned_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, 'PLANNED', '', %s) ON CONFLICT DO NOTHING
            """,
            [
                ids.new_id(at),
                f"{charge.payment_code}-{mandate.number[-6:]}-{attempt}",
                mandate.id,
                charge.id,
                charge.payment_code,
                charge.remaining_vnd,
                attempt,
                at,
            ],
        )
        return int(cursor.rowcount)


@transaction.atomic
def make_file(*, partner: str, collect_on: date, at: datetime) -> DebitFile | None:
    """The planned debits of a partner as one file; None when there are none.

    What is not owed any more, or less, since it was planned is left out. Raises debit_files.FileUnfit.
    """
    rows = Debit.objects.select_for_update(skip_locked=True, of=("self",)).select_related("mandate")
    found = list(
        rows.filter(state="PLANNED", mandate__partner=partner).order_by("planned_at", "id")[:MOST_IN_A_FILE]
    )
    debits = [debit for debit in found if _is_still_owed(debit, at)]
    if not debits:
        return None
    company, file_id = context.current_company(), ids.new_id(at)
    number = f"DD{local_time.local_date(at):%y%m%d}{file_id.hex[-12:].upper()}"
    content = debit_files.write(
        number=number, made_at=local_time.to_local(at), collect_on=collect_on, creditor=company.name,
        creditor_bin=company.bank_bin, creditor_account=company.bank_account, lines=[_line(debit) for debit in debits],
    )  # fmt: skip
    made = DebitFile.objects.create(
        id=file_id, number=number, partner=partner, collect_on=collect_on, count=len(debits),
        total_vnd=sum(debit.amount_vnd for debit in debits), content=content.decode(), made_at=at, next_at=at,
    )  # fmt: skip
    Debit.objects.filter(id__in=[debit.id for debit in debits]).update(state="SENT", file=made)
    return made


def _is_still_owed(debit: Debit, at: datetime) -> bool:
    charge = ledger_queries.get_charge(debit.charge_id)
    if charge.remaining_vnd == debit.amount_vnd and debit.mandate.state == "ACTIVE":
        return True
    debit.state, debit.decided_at, debit.again_at = "CANCELLED", at, None
    debit.save(update_fields=["state", "decided_at", "again_at"])
    return False


def _line(debit: Debit) -> DebitLine:
    mandate = debit.mandate
    return DebitLine(
        debit.end_to_end_id, debit.amount_vnd, mandate.number, local_time.local_date(mandate.consent_at),
        mandate.debtor_name, mandate.debtor_bin, mandate.debtor_account, debit.payment_code,
    )  # fmt: skip


def take_results(*, partner: str, content: bytes, at: datetime) -> ResultTaken:
    """What became of a file's debits, as the partner wrote it. The same file again changes nothing.

    A line is paid once, whatever is said of it afterwards; money for a debit that was stopped meanwhile is money. A thousand
    lines are one transaction, their payments settled together. Raises debit_files.FileUnfit.
    """
    told = debit_files.read_results(content)
    became: Counter[str] = Counter()
    unknown: list[str] = []
    for first in range(0, len(told.lines), LINES_AT_ONCE):
        lines = told.lines[first : first + LINES_AT_ONCE]
        states, rest = _take_lines(partner, told.of_file, lines, at=at)
        finish_rest(rest, at=at)
        became.update(states)
        unknown += [line.end_to_end_id for line, state in zip(lines, states, strict=True) if not state]
    with transaction.atomic():
        if not Debit.objects.filter(file__number=told.of_file, state="SENT").exists():
            DebitFile.objects.filter(number=told.of_file, partner=partner, state__in=["MADE", "SENT"]).update(
                state="ANSWERED", answered_at=at
            )
    if unknown:
        log.error("debit-result.unknown-lines", file=told.number, count=len(unknown))
    return ResultTaken(became["PAID"], became["REFUSED"], became["SENT"], tuple(unknown))


@transaction.atomic
def _take_lines(
    partner: str, of_file: str, lines: Sequence[ResultLine], *, at: datetime
) -> tuple[list[str], list[UUID]]:
    """Each line's debit's state now, empty for a line that is not ours or names another amount; and what is to be booked yet."""
    rows = Debit.objects.select_for_update(of=("self",)).select_related("mandate").order_by("id")
    asked = {line.end_to_end_id for line in lines}
    found = rows.filter(end_to_end_id__in=asked, file__number=of_file, mandate__partner=partner)
    debits = {debit.end_to_end_id: debit for debit in found}
    states: list[str] = []
    paid: dict[UUID, tuple[Debit, ResultLine]] = {}
    refused: dict[UUID, Debit] = {}
    ending: dict[UUID, str] = {}
    for line in lines:
        debit = debits.get(line.end_to_end_id)
        if debit is None or (line.amount_vnd is not None and line.amount_vnd != debit.amount_vnd):
            states.append("")
            continue
        if line.is_paid and debit.state != "PAID":
            debit.state, debit.decided_at, debit.reason, debit.again_at = "PAID", at, "", None
            paid[debit.id] = (debit, line)
        elif line.is_refused and debit.state == "SENT":
            _refuse(debit, line.reason, at=at)
            refused[debit.id] = debit
            if line.reason in ENDING_REASONS:
                ending[debit.mandate_id] = line.reason
        states.append(debit.state)
    _end_mandates(ending, at=at)
    changed = {**refused, **{id: debit for id, (debit, _line) in paid.items()}}
    Debit.objects.bulk_update(changed.values(), ["state", "decided_at", "reason", "again_at"])
    if not paid:
        return states, []
    receipts = [_receipt(*one, at=at) for one in paid.values()]
    return states, receive_together(bank=partner, receipts=receipts, at=at).rest


def _receipt(debit: Debit, line: ResultLine, *, at: datetime) -> Receipt:
    return Receipt(
        txn_id=debit.end_to_end_id, amount_vnd=debit.amount_vnd, text=f"{debit.payment_code} {line.reference}".strip(), paid_at=at,
        raw_sha256=hashing.fingerprint([debit.end_to_end_id, line.status, line.reference]), charge_id=debit.charge_id,
    )  # fmt: skip


def _refuse(debit: Debit, reason: str, *, at: datetime) -> None:
    debit.state, debit.reason, debit.decided_at = "REFUSED", reason[:10], at
    if reason in RETRY_REASONS and debit.attempt <= len(RETRY_AFTER):
        debit.again_at = at + RETRY_AFTER[debit.attempt - 1]


def _end_mandates(reasons: Mapping[UUID, str], *, at: datetime) -> None:
    """The bank says that nothing more is to be asked of these accounts."""
    if not reasons:
        return
    for mandate in Mandate.objects.select_for_update().filter(id__in=reasons, state="ACTIVE").order_by("id"):
        _end(mandate, "ENDED", reasons[mandate.id], Actor.partner(mandate.partner), at)


@transaction.atomic
def claim_file(*, at: datetime, partners: list[str]) -> DebitFile | None:
    """The file to send, or to ask the results of, next; moved on so that nobody else does meanwhile."""
    rows = DebitFile.objects.select_for_update(skip_locked=True).filter(
        state__in=["MADE", "SENT"], next_at__lte=at, partner__in=partners
    )
    found = rows.order_by("next_at", "id").first()
    if found is not None:
        found.attempts += 1
        found.next_at = at + min(timedelta(seconds=30) * 2 ** min(found.attempts, 8), timedelta(hours=1))
        found.save(update_fields=["attempts", "next_at"])
    return found


@transaction.atomic
def note_sent(*, file_id: UUID, at: datetime) -> None:
    """The partner has it."""
    DebitFile.objects.filter(id=file_id, state="MADE").update(state="SENT", sent_at=at, attempts=0)
