"""One thing was wrong with all bills of an account for a time: they are put right together, each by a bill of its own.

Who proposes sees what each was and what it will be; another person carries all of it out, or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from motcua.billing import run_queries
from motcua.billing.models import (
    AccountTerms,
    Bill,
    BillCorrection,
    BillKind,
    BillState,
    CorrectionKind,
    CorrectionState,
    Rebilling,
)
from motcua.billing.operations import correcting
from motcua.billing.operations.deciding import ReasonMissing
from motcua.billing.operations.issuing import lock_account
from motcua.billing.rules import reading, rebilling, righting
from motcua.billing.rules.case import Case
from motcua.billing.rules.refusals import FieldMissing
from motcua.billing.rules.righting import Change, Told
from motcua.companies import operations as company_ops
from motcua.kernel import codes, ids
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotAllowed, NotFound, Refused, gettext_noop
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs.book import PriceBook

BACK = "BACK_BILLING_MONTHS"
MOST_BILLS = 120
KINDS = (CorrectionKind.REPLACE, CorrectionKind.ADJUST)


class NothingToRebill(Refused):
    code = "NOTHING_TO_REBILL"
    message = gettext_noop("Không có hóa đơn nào trong thời gian ấy phải tính lại.")


class TooManyBills(Refused):
    code = "TOO_MANY_BILLS"
    message = gettext_noop("Quá nhiều hóa đơn; hãy chọn ngày bắt đầu gần hơn.")


@dataclass(frozen=True)
class Line:
    """A bill as it is and as it should be; `difference_vnd` with tax, below zero is given back."""

    bill: Bill
    case: Any  # as the bill has it: of several on one meter a list
    readings: Sequence[dict[str, Any]]
    kwh: int
    total_vnd: int

    @property
    def difference_vnd(self) -> int:
        return self.total_vnd - self.bill.total_vnd


@dataclass(frozen=True)
class Plan:
    """Every bill since the wrong began, the oldest first; those that come out the same are among them."""

    account_code: str
    since: date
    lines: tuple[Line, ...]

    @property
    def changed(self) -> list[Line]:
        return [line for line in self.lines if line.difference_vnd or line.kwh != line.bill.kwh]

    @property
    def difference_vnd(self) -> int:
        return sum(line.difference_vnd for line in self.changed)


def preview_rebilling(
    *, account_code: str, change: Change, wrong_since: date | None, actor: Actor, at: datetime
) -> Plan:
    """What it would come to, bill by bill; nothing is written. Unknown since when: so many months back as the law says.

    Refuses NothingToRebill, TooManyBills, NotAllowed, and by field what rating refuses.
    """
    code, on = codes.clean_account_code(account_code), local_date(at)
    book = tariff_queries.price_book()
    months = book.find_rate(BACK, on)
    if wrong_since is None and months is None:
        raise FieldMissing(field="wrong_since", name=BACK)
    back = int(months.value) if months else 0
    since = rebilling.rebill([], book, found_on=on, wrong_since=wrong_since, months_back=back).since
    rows = Bill.objects.filter(account_code=code, state=BillState.ISSUED, to_day__gt=since, to_day__lte=on)
    bills = list(rows.exclude(kind=BillKind.ADJUSTMENT).order_by("to_day", "id")[: MOST_BILLS + 1])
    if not bills:
        raise NothingToRebill(field="account_code")
    if len(bills) > MOST_BILLS:
        raise TooManyBills(field="wrong_since")
    if not actor.has_role(*correcting.MAY_CORRECT) or not {bill.unit_code for bill in bills} <= actor.unit_codes:  # fmt: skip
        raise NotAllowed(field="account_code")
    terms = run_queries.list_terms(code)
    right = righting.put_right(
        [Told(bill.from_day, bill.to_day, bill.case, bill.readings, _shares(bill, terms)) for bill in bills],
        change,
        book,
    )
    pairs = [
        (_read(bill.case, book), _read(case, book))
        for bill, (case, _readings) in zip(bills, right, strict=True)
    ]
    done = rebilling.rebill(pairs, book, found_on=on, wrong_since=wrong_since, months_back=back)
    return Plan(
        code,
        since,
        tuple(
            Line(bill, case, readings, sum(one.total_kwh for one in pair[1]), difference.right.total_vnd)
            for bill, (case, readings), pair, difference in zip(
                bills, right, pairs, done.differences, strict=True
            )
        ),
    )


def _read(told: Any, book: PriceBook) -> list[Case]:
    return [
        reading.read_case(reading.given(one), book) for one in (told if isinstance(told, list) else [told])
    ]


def _shares(bill: Bill, rows: Sequence[AccountTerms]) -> tuple[int, ...]:
    """What each purpose of a bill has of the meter, where terms that held in all its days tell the same purposes."""
    if not isinstance(bill.case, list):
        return ()
    billed = [(case.get("group"), case.get("voltage", "")) for case in bill.case]
    for row in rows:
        is_whole = row.valid_from <= bill.from_day and (row.valid_to is None or bill.to_day <= row.valid_to)
        if is_whole and [(share["group"], share["voltage"]) for share in row.purposes] == billed:
            return tuple(share["share"] for share in row.purposes)
    return ()


@transaction.atomic
def propose_rebilling(
    *,
    account_code: str,
    change: Change,
    wrong_since: date | None,
    kind: str,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Rebilling:
    """All bills that change, by replacements or by adjustments; it waits for another person.

    Meanwhile none of these bills is corrected otherwise. Refuses as `preview_rebilling` does, and ReasonMissing, CorrectionWaits,
    CustomerUnknown. Locks the account, then the charges.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    if kind not in KINDS:
        raise FieldMissing(field="kind", name="kind")
    lock_account(codes.clean_account_code(account_code))
    plan = preview_rebilling(account_code=account_code, change=change, wrong_since=wrong_since, actor=actor, at=at)  # fmt: skip
    if not plan.changed:
        raise NothingToRebill(field="account_code")
    row = Rebilling.objects.create(
        id=ids.new_id(at), account_code=plan.account_code, unit_code=plan.changed[-1].bill.unit_code, since=plan.since,
        change=asdict(change), kind=kind, bills=len(plan.changed), difference_vnd=plan.difference_vnd, reason=reason.strip()[:300],
        proposed_at=at, proposed_by=actor.ref,
    )  # fmt: skip
    for line in plan.changed:
        _propose_line(row, line, actor, at)
    _audit("billing.rebilling_proposed", row, actor, at)
    return row


@transaction.atomic
def approve_rebilling(*, rebilling_id: UUID, actor: Actor, at: datetime) -> Rebilling:
    """Another person has looked: every bill of it is put right. Refuses NotFound, NotAllowed, SamePerson, BillNotStanding."""
    row = _waiting(rebilling_id, actor)
    if row.proposed_by == actor.ref:
        raise correcting.SamePerson(field="rebilling_id")
    for correction in row.corrections.select_for_update().order_by("bill__to_day", "id"):
        bill = correcting.standing(correction.bill_id, actor, correcting.MAY_APPROVE)
        correcting.carry_out_approved(correction, bill, actor, at)
    row.state, row.decided_at, row.decided_by = CorrectionState.DONE, at, actor.ref
    row.save(update_fields=["state", "decided_at", "decided_by"])
    _audit("billing.rebilling_done", row, actor, at)
    return row


@transaction.atomic
def refuse_rebilling(*, rebilling_id: UUID, reason: str, actor: Actor, at: datetime) -> Rebilling:
    """None of it is done; the bills stand. Refuses NotFound, NotAllowed, ReasonMissing."""
    row = _waiting(rebilling_id, actor)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    told = {"state": CorrectionState.REFUSED, "refusal": reason.strip()[:300], "decided_at": at, "decided_by": actor.ref}  # fmt: skip
    row.corrections.update(**told)
    Rebilling.objects.filter(id=row.id).update(**told)
    _audit("billing.rebilling_refused", row, actor, at)
    row.refresh_from_db()
    return row


def _propose_line(row: Rebilling, line: Line, actor: Actor, at: datetime) -> None:
    bill = correcting.standing(line.bill.id, actor, correcting.MAY_CORRECT)
    gives_back = correcting.is_given_back(bill, row.kind, line.difference_vnd)
    try:
        with transaction.atomic():
            BillCorrection.objects.create(
                id=ids.new_id(at), bill=bill, kind=row.kind, unit_code=bill.unit_code, case=line.case, readings=list(line.readings),
                difference_vnd=line.difference_vnd, gives_back=gives_back, reason=row.reason, proposed_at=at,
                proposed_by=actor.ref, series=row,
            )  # fmt: skip
    except IntegrityError as error:
        raise correcting.CorrectionWaits(field="account_code") from error


def _waiting(rebilling_id: UUID, actor: Actor) -> Rebilling:
    row = (
        Rebilling.objects.select_for_update().filter(id=rebilling_id, state=CorrectionState.PROPOSED).first()
    )
    if row is None:
        raise NotFound(field="rebilling_id")
    if not actor.has_role(*correcting.MAY_APPROVE) or row.unit_code not in actor.unit_codes:
        raise NotAllowed(field="rebilling_id")
    lock_account(row.account_code)
    return row


def _audit(verb: str, row: Rebilling, actor: Actor, at: datetime) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="account", subject_id=row.account_code, at=at,
        facts={"rebilling": str(row.id), "bills": row.bills, "difference_vnd": row.difference_vnd},
    )  # fmt: skip
