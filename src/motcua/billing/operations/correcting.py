"""Bills are put right by other bills, and by what the books and the journal say of them; never by an edit.

Who proposes says why. Where money that was paid, or a claim that stands, is given up in favour of the customer after payment,
another person carries it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from motcua.billing import queries, registry
from motcua.billing.models import (
    Bill,
    BillCorrection,
    BillEvent,
    BillKind,
    BillState,
    CorrectionKind,
    CorrectionState,
)
from motcua.billing.operations.deciding import ReasonMissing
from motcua.billing.operations.issuing import ELECTRICITY, lock_account, told_lines
from motcua.billing.rules import rating, reading
from motcua.billing.rules.case import Case
from motcua.billing.rules.refusals import FieldMissing
from motcua.companies import operations as company_ops
from motcua.companies.roles import Role
from motcua.kernel import ids
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotAllowed, NotFound, Refused, gettext_noop
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.tariffs import queries as tariff_queries

MAY_CORRECT = (Role.BUSINESS, Role.ACCOUNTANT, Role.SUPERVISOR)
MAY_APPROVE = (Role.ACCOUNTANT, Role.SUPERVISOR)


class BillNotStanding(Refused):
    """It was cancelled or replaced before; what stands now is corrected."""

    code = "BILL_NOT_STANDING"
    message = gettext_noop("Hóa đơn này đã bị hủy hoặc thay thế.")


class NothingToCorrect(Refused):
    code = "NOTHING_TO_CORRECT"
    message = gettext_noop("Tính lại vẫn ra đúng như hóa đơn.")


class CorrectionWaits(Refused):
    """Somebody has proposed something for this bill already."""

    code = "CORRECTION_WAITS"
    message = gettext_noop("Hóa đơn này đang có một đề nghị sửa chờ duyệt.")


class SamePerson(Refused):
    """Money goes back by four eyes."""

    code = "SAME_PERSON"
    message = gettext_noop("Người đề nghị không tự duyệt khoản phải hoàn.")


class CustomerUnknown(Refused):
    """Money cannot be given back to nobody."""

    code = "CUSTOMER_UNKNOWN"
    message = gettext_noop("Chưa rõ khách hàng của hóa đơn này để hoàn tiền.")


@dataclass(frozen=True)
class _Sums:
    kwh: int
    active_vnd: int
    reactive_vnd: int
    vat_vnd: int

    @property
    def total_vnd(self) -> int:
        return self.active_vnd + self.reactive_vnd + self.vat_vnd

    def less(self, bill: Bill) -> _Sums:
        return _Sums(
            self.kwh - bill.kwh, self.active_vnd - bill.active_vnd, self.reactive_vnd - bill.reactive_vnd, self.vat_vnd - bill.vat_vnd
        )  # fmt: skip


@transaction.atomic
def propose_correction(
    *,
    bill_id: UUID,
    kind: str,
    reason: str,
    actor: Actor,
    at: datetime,
    case: Any = None,
    readings: Sequence[Mapping[str, Any]] | None = None,
) -> BillCorrection:
    """CANCEL, or with the right `case` REPLACE or ADJUST a standing bill. Done at once, unless money goes back: then it waits
    for another person (state PROPOSED).

    Refuses NotFound, NotAllowed, ReasonMissing, BillNotStanding, CorrectionWaits, NothingToCorrect, CustomerUnknown and, by
    field, what rating refuses. Locks the account, then the charge.
    """
    bill = standing(bill_id, actor, MAY_CORRECT)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    if (kind == CorrectionKind.CANCEL) != (case is None):
        raise FieldMissing(field="case", name="case")
    difference = _difference(bill, kind, case)
    if kind != CorrectionKind.CANCEL and not (difference.total_vnd or difference.kwh):
        raise NothingToCorrect(field="case")
    gives_back = is_given_back(bill, kind, difference.total_vnd)
    row = BillCorrection(
        id=ids.new_id(at), bill=bill, kind=kind, unit_code=bill.unit_code, case=case,
        readings=list(bill.readings if readings is None else readings), difference_vnd=difference.total_vnd, gives_back=gives_back,
        reason=reason.strip()[:300], proposed_at=at, proposed_by=actor.ref,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise CorrectionWaits(field="bill_id") from error
    _audit("billing.correction_proposed", row, actor, at)
    return row if gives_back else _carry_out(row, bill, actor, at)


@transaction.atomic
def approve_correction(*, correction_id: UUID, actor: Actor, at: datetime) -> BillCorrection:
    """Another person has looked: it is done. Refuses NotFound, NotAllowed, SamePerson, BillNotStanding."""
    row = _waiting(correction_id, actor)
    if row.proposed_by == actor.ref:
        raise SamePerson(field="correction_id")
    bill = standing(row.bill_id, actor, MAY_APPROVE)
    return _carry_out(row, bill, actor, at)


@transaction.atomic
def refuse_correction(*, correction_id: UUID, reason: str, actor: Actor, at: datetime) -> BillCorrection:
    """It is not done; the bill stands. Refuses NotFound, NotAllowed, ReasonMissing."""
    row = _waiting(correction_id, actor)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    row.state, row.refusal, row.decided_at, row.decided_by = (
        CorrectionState.REFUSED,
        reason.strip()[:300],
        at,
        actor.ref,
    )
    row.save(update_fields=["state", "refusal", "decided_at", "decided_by"])
    _audit("billing.correction_refused", row, actor, at)
    return row


def is_given_back(bill: Bill, kind: str, difference_vnd: int) -> bool:
    """Whether money goes back to the customer. Refuses CustomerUnknown where it would to nobody."""
    gives_back = difference_vnd < 0 and (kind == CorrectionKind.ADJUST or _paid_vnd(bill) > 0)
    if gives_back and _owner(bill) is None:
        raise CustomerUnknown(field="bill_id")
    return gives_back


def carry_out_approved(row: BillCorrection, bill: Bill, actor: Actor, at: datetime) -> None:
    """By another person than who proposed it, also where it was paid meanwhile. Refuses CustomerUnknown."""
    if is_given_back(bill, row.kind, row.difference_vnd) and not row.gives_back:
        row.gives_back = True
        row.save(update_fields=["gives_back"])
    _carry_out(row, bill, actor, at)


def _carry_out(row: BillCorrection, bill: Bill, actor: Actor, at: datetime) -> BillCorrection:
    """What the books and the journal say of it. A charge that was paid meanwhile makes the proposal wait for another person."""
    if not row.gives_back and row.difference_vnd < 0 and _paid_vnd(bill) > 0:
        row.gives_back = True
        row.save(update_fields=["gives_back"])
        return row
    new: Bill | None
    if row.kind == CorrectionKind.ADJUST:
        new = _adjust(row, bill, actor, at)
    else:
        _take_back(row, bill, actor, at)
        new = _replace(row, bill, actor, at) if row.kind == CorrectionKind.REPLACE else None
    told = {
        "correction": str(row.id),
        "new_bill": str(new.id) if new else None,
        "difference_vnd": row.difference_vnd,
    }
    BillEvent.objects.create(
        id=ids.new_id(at), bill=bill, kind=_EVENTS[CorrectionKind(row.kind)], at=at, actor=actor.ref, data=told,
        key=f"correction:{row.id}",
    )  # fmt: skip
    row.state, row.decided_at, row.decided_by = CorrectionState.DONE, at, actor.ref
    row.new_bill_id = new.id if new else None
    row.save(update_fields=["state", "decided_at", "decided_by", "new_bill_id"])
    _audit("billing.correction_done", row, actor, at)
    if new is not None:
        registry.bills_issued(bill_ids=[new.id], at=at, actor=actor)
    elif row.kind == CorrectionKind.CANCEL:
        registry.bill_cancelled(bill_id=bill.id, reason=row.reason, at=at, actor=actor)
    return row


_EVENTS = {
    CorrectionKind.CANCEL: "CANCELLED",
    CorrectionKind.REPLACE: "REPLACED",
    CorrectionKind.ADJUST: "ADJUSTED",
}


def _take_back(row: BillCorrection, bill: Bill, actor: Actor, at: datetime) -> None:
    """The old bill is owed no more; what was paid of it is the customer's."""
    state = BillState.CANCELLED if row.kind == CorrectionKind.CANCEL else BillState.REPLACED
    Bill.objects.filter(id=bill.id).update(state=state)
    if bill.charge_id is None:
        return
    charge = ledger_queries.get_charge(bill.charge_id)
    key = f"correction:{row.id}:back"
    if not charge.is_paid:
        ledger_ops.cancel_charge(
            charge_id=bill.charge_id, reason=row.reason[:200], actor=actor, at=at, key=key
        )
        return
    _give(row, bill, bill.subtotal_vnd, bill.vat_vnd, actor, at, key)


def _replace(row: BillCorrection, bill: Bill, actor: Actor, at: datetime) -> Bill:
    rated, cases = _rated(row.case)
    new = _new_bill(row, bill, BillKind.REPLACEMENT, _sums(rated, cases), actor, at)
    new.from_day, new.to_day = min(c.start for c in cases), max(c.end for c in cases)
    new.lines, new.case, new.vat_rate = told_lines(rated), row.case, rated.vat_rate
    _write(row, new, actor, at)
    if new.charge_id and _paid_vnd(bill):  # what was paid for the old one pays the new one first
        ledger_ops.apply_credit(
            charge_id=new.charge_id,
            actor=actor,
            at=at,
            key=f"correction:{row.id}:apply",
            at_most_vnd=bill.total_vnd,
        )
    return new


def _adjust(row: BillCorrection, bill: Bill, actor: Actor, at: datetime) -> Bill:
    rated, cases = _rated(row.case)
    difference = _sums(rated, cases).less(bill)
    new = _new_bill(row, bill, BillKind.ADJUSTMENT, difference, actor, at)
    new.lines = [
        *told_lines(rated),
        *({**line, "kwh": -line["kwh"], "amount_vnd": -line["amount_vnd"]} for line in bill.lines),
    ]
    new.case, new.vat_rate = row.case, bill.vat_rate
    _write(row, new, actor, at)
    if new.total_vnd < 0:
        _give(row, bill, -new.subtotal_vnd, -new.vat_vnd, actor, at, f"correction:{row.id}:back")
    return new


def _new_bill(
    row: BillCorrection, bill: Bill, kind: BillKind, sums: _Sums, actor: Actor, at: datetime
) -> Bill:
    return Bill(
        id=ids.new_id(at), kind=kind, account_code=bill.account_code, customer_id=bill.customer_id, payer_id=bill.payer_id,
        unit_code=bill.unit_code, billing_month=bill.billing_month, period=bill.period, from_day=bill.from_day, to_day=bill.to_day,
        readings=row.readings, kwh=sums.kwh, active_vnd=sums.active_vnd, reactive_vnd=sums.reactive_vnd,
        subtotal_vnd=sums.active_vnd + sums.reactive_vnd, vat_vnd=sums.vat_vnd, total_vnd=sums.total_vnd, corrects=bill,
        reason=row.reason, due_at=bill.due_at, issued_at=at, issued_by=actor.ref,
    )  # fmt: skip


def _write(row: BillCorrection, new: Bill, actor: Actor, at: datetime) -> None:
    """With its charge, whose tax is told and not computed: a difference of two roundings is no rounding of the difference."""
    if new.total_vnd > 0:
        new.charge_id = ids.new_id(at)
        with connection.cursor() as cursor:
            ledger_ops.open_stage()
            cursor.execute(
                """INSERT INTO ledger_to_raise (charge_id, net_vnd, vat_rate, vat_vnd, customer_id, account_code, unit_code, due_at,
                                                description) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
                [
                    new.charge_id, new.subtotal_vnd, new.vat_rate, new.vat_vnd, _owner(new), new.account_code, new.unit_code,
                    new.due_at, f"{new.account_code} {new.billing_month:%m/%Y}",
                ],
            )  # fmt: skip
            ledger_ops.raise_staged(
                kind=ELECTRICITY,
                actor=actor,
                at=at,
                key=f"correction:{row.id}:raise",
                reason=row.reason[:200],
            )
            cursor.execute("DROP TABLE ledger_to_raise")
    new.save(force_insert=True)


def _give(
    row: BillCorrection, bill: Bill, net_vnd: int, vat_vnd: int, actor: Actor, at: datetime, key: str
) -> None:
    owner = _owner(bill)
    if owner is None:
        raise CustomerUnknown(field="bill_id")
    ledger_ops.give_credit(
        customer_id=owner, kind=ELECTRICITY, net_vnd=net_vnd, vat_vnd=vat_vnd, vat_rate=bill.vat_rate, reason=row.reason[:200],
        actor=actor, at=at, key=key, charge_id=bill.charge_id,
    )  # fmt: skip


def _difference(bill: Bill, kind: str, case: Any) -> _Sums:
    if kind == CorrectionKind.CANCEL:
        return _Sums(0, 0, 0, 0).less(bill)
    return _sums(*_rated(case)).less(bill)


def _rated(case: Any) -> tuple[rating.Bill, list[Case]]:
    """A case, or several of one meter: reactive power and VAT by the one that ends last. Refuses by field."""
    book = tariff_queries.price_book()
    cases = [reading.read_owed(one, book) for one in (case if isinstance(case, list) else [case])]
    if not cases:
        raise FieldMissing(field="case", name="case")
    return rating.rate_together(cases, book, max(cases, key=lambda one: one.end)), cases


def _sums(rated: rating.Bill, cases: Sequence[Case]) -> _Sums:
    return _Sums(sum(case.total_kwh for case in cases), rated.active_vnd, rated.reactive_vnd, rated.vat_vnd)


def _paid_vnd(bill: Bill) -> int:
    return ledger_queries.get_charge(bill.charge_id).paid_vnd if bill.charge_id else 0


def _owner(bill: Bill) -> UUID | None:
    return bill.payer_id or bill.customer_id


def standing(bill_id: UUID, actor: Actor, roles: Sequence[Role]) -> Bill:
    """The bill, its account and charge locked, when the actor may correct it."""
    found = queries.find_bill(bill_id)
    if found is None:
        raise NotFound(field="bill_id")
    if not actor.has_role(*roles) or found.unit_code not in actor.unit_codes:
        raise NotAllowed(field="bill_id")
    lock_account(found.account_code)
    bill = Bill.objects.get(id=bill_id)
    if bill.charge_id:
        ledger_ops.lock_charge(bill.charge_id)
    if bill.state != BillState.ISSUED or bill.kind == BillKind.ADJUSTMENT:
        raise BillNotStanding(field="bill_id")
    return bill


def _waiting(correction_id: UUID, actor: Actor) -> BillCorrection:
    row = (
        BillCorrection.objects.select_for_update()
        .filter(id=correction_id, state=CorrectionState.PROPOSED, series__isnull=True)
        .first()
    )
    if row is None:
        raise NotFound(field="correction_id")
    if not actor.has_role(*MAY_APPROVE) or row.unit_code not in actor.unit_codes:
        raise NotAllowed(field="correction_id")
    return row


def _audit(verb: str, row: BillCorrection, actor: Actor, at: datetime) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="bill", subject_id=str(row.bill_id), at=at,
        facts={"correction": str(row.id), "kind": row.kind, "difference_vnd": row.difference_vnd},
    )  # fmt: skip
