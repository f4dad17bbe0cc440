"""Money in suspense: a person says what or whose it is, or sends it back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.companies import operations as company_ops
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.ledger import chart
from motcua.ledger import operations as ledger_ops
from motcua.payments.models import (
    Allocation,
    AllocationSource,
    AllocationTarget,
    CaseState,
    Payment,
    Resolution,
    SuspenseCase,
)
from motcua.payments.operations.clearing import clearing_account
from motcua.payments.operations.outcomes import Recorded
from motcua.payments.operations.receipts import allocate
from motcua.payments.operations.refusals import CaseClosed, ChargeCannotTake, NoteMissing


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
    allocate(case.payment, settled, AllocationSource.SUSPENSE, at=at)
    close_case(case, Resolution.CHARGE, charge_id, actor=actor, at=at, note=note)
    return Recorded("matched", charge_id, case.payment.notification_id)


@transaction.atomic
def credit_case(*, case_id: UUID, customer_id: UUID, actor: Actor, at: datetime, note: str = "") -> None:
    """It is known whose the money is, but not what for: Dr 3388 / Cr 3387. Refuses NotFound, CaseClosed."""
    case = _lock_open_case(case_id)
    _move_out(
        case, chart.CUSTOMER_CREDIT, customer_id, AllocationTarget.CREDIT, customer_id, actor=actor, at=at, reason=note
    )  # fmt: skip
    close_case(case, Resolution.CREDIT, None, actor=actor, at=at, note=note)


@transaction.atomic
def return_case(*, case_id: UUID, note: str, actor: Actor, at: datetime) -> None:
    """The money is nobody's here: it goes back through the bank it came from, Dr 3388 / Cr that bank's clearing.

    The note says why and how (the bank's order, say). Locks the case. Refuses NotFound, CaseClosed, NoteMissing.
    """
    case = _lock_open_case(case_id)
    if not note.strip():
        raise NoteMissing(field="note")
    bank = clearing_account(case.payment.bank)
    _move_out(case, bank, None, AllocationTarget.RETURN, case.id, actor=actor, at=at, reason=note)
    close_case(case, Resolution.RETURNED, None, actor=actor, at=at, note=note.strip())


def _lock_case(case_id: UUID) -> SuspenseCase:
    """The case, after its payment's row is locked: a reversal of the payment takes the same lock."""
    payment_id = SuspenseCase.objects.filter(id=case_id).values_list("payment_id", flat=True).first()
    if payment_id is None:
        raise NotFound(field="case_id")
    Payment.objects.select_for_update().get(id=payment_id)
    return SuspenseCase.objects.select_for_update(of=("self",)).select_related("payment").get(id=case_id)


def _lock_open_case(case_id: UUID) -> SuspenseCase:
    case = _lock_case(case_id)
    if case.state == CaseState.CLOSED:
        raise CaseClosed(field="case_id")
    return case


def _move_out(
    case: SuspenseCase,
    account: str,
    party: UUID | None,
    target: AllocationTarget,
    target_id: UUID,
    *,
    actor: Actor,
    at: datetime,
    reason: str,
) -> None:
    """The case's money leaves suspense for this account, and the payment says where it went."""
    posted = ledger_ops.transfer(
        debit_account=chart.SUSPENSE,
        debit_party=case.id,
        credit_account=account,
        credit_party=party,
        amount_vnd=case.amount_vnd,
        actor=actor,
        at=at,
        key=f"case:{case.id}",
        reason=reason,
    )
    Allocation.objects.create(
        payment=case.payment,
        source=AllocationSource.SUSPENSE,
        target=target,
        target_id=target_id,
        amount_vnd=case.amount_vnd,
        ledger_transaction_id=posted.transaction_id,
        at=at,
    )


def close_case(
    case: SuspenseCase,
    resolution: Resolution,
    charge_id: UUID | None,
    *,
    actor: Actor,
    at: datetime,
    note: str,
) -> None:
    """A case ends, once; the caller has moved its money and holds its row."""
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
