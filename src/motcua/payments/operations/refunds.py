"""Money that goes back, with four eyes: asked by one, approved by another, ordered at our bank in a file, done when the
statement says so.

Locks: the payment's row (by the wall of the database too), then the case or the customer's credit. What is approved leaves
the customer's or the case's money at once (Dr 3387 or 3388 / Cr 3388-HOAN), so that it cannot be spent meanwhile.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from motcua.companies import operations as company_ops
from motcua.documents import operations as document_ops
from motcua.kernel import ids, local_time, vietnamese
from motcua.kernel.actors import Actor
from motcua.kernel.money import format_number
from motcua.kernel.results import NotFound
from motcua.ledger import chart
from motcua.ledger import operations as ledger_ops
from motcua.ledger import rules as ledger_rules
from motcua.ledger.chart import AccountKind
from motcua.payments import pain001
from motcua.payments.models import (
    Allocation,
    AllocationSource,
    AllocationTarget,
    CaseState,
    OnlineRefund,
    OwnAccount,
    Payment,
    PaymentStatus,
    Refund,
    RefundLimit,
    RefundOrder,
    RefundState,
    RefundWay,
    Resolution,
    SuspenseCase,
)
from motcua.payments.operations.cases import close_case
from motcua.payments.operations.clearing import clearing_account
from motcua.payments.operations.matching import REFUNDS_PAYABLE
from motcua.payments.operations.refusals import CaseClosed
from motcua.payments.operations.statement_refusals import (
    NothingToOrder,
    PayeeWrong,
    ReasonMissing,
    RefundAboveLimit,
    RefundDecided,
    RefundOwnRequest,
    RefundTooLarge,
)

ENDED = (RefundState.REFUSED, RefundState.FAILED)
MOST_IN_ORDER = 1000


@transaction.atomic
def ask_refund(
    *,
    payment_id: UUID,
    amount_vnd: int,
    way: str,
    reason: str,
    actor: Actor,
    at: datetime,
    case_id: UUID | None = None,
    customer_id: UUID | None = None,
    payee_name: str = "",
    payee_account: str = "",
    payee_bin: str = "",
) -> UUID:
    """Propose to send back a part of what a payment brought: from the case where it waits, or from the customer's credit.

    Nothing moves yet. Refuses NotFound, AmountInvalid, ReasonMissing, PayeeWrong, CaseClosed, RefundTooLarge (with all other
    refunds of the payment more than it brought; of a case: not its whole amount).
    """
    if not ledger_rules.is_amount(amount_vnd):
        raise ledger_ops.AmountInvalid(field="amount_vnd")
    if len(reason.strip()) < 3:
        raise ReasonMissing(field="reason")
    account = _checked_payee(way, payee_name, payee_account, payee_bin)
    payment = Payment.objects.select_for_update().filter(id=payment_id).first()
    if payment is None or payment.status != PaymentStatus.BOOKED:
        raise NotFound(field="payment_id")
    case = _case_of(payment, case_id, amount_vnd) if case_id else None
    if case is None and customer_id is None:
        raise NotFound(field="customer_id")
    _require_left(payment, amount_vnd)
    refund_id = ids.new_id(at)
    Refund.objects.create(
        id=refund_id,
        number=f"HT{refund_id.hex[-18:].upper()}",
        payment=payment,
        case=case,
        customer_id=customer_id,
        amount_vnd=amount_vnd,
        way=way,
        payee_name=vietnamese.clean(payee_name)[:140],
        payee_account=account[:34],
        payee_bin=payee_bin,
        reason=reason.strip()[:200],
        asked_by=actor.ref,
        asked_at=at,
    )
    _audit(actor, "refund.asked", refund_id, at, amount_vnd=str(amount_vnd), way=way)
    return refund_id


def _checked_payee(way: str, name: str, account: str, bin: str) -> str:
    """The account without its spaces. Refuses PayeeWrong where a bank is to send it and does not know to whom."""
    bare = "".join(account.split())
    if way == RefundWay.BANK and not (name.strip() and bare.isalnum() and bin.isdigit() and len(bin) == 6):
        raise PayeeWrong(field="payee_account")
    return bare


def _require_left(payment: Payment, amount_vnd: int) -> None:
    left = left_to_refund(payment)
    if amount_vnd > left:
        raise RefundTooLarge(field="amount_vnd", left=format_number(left))


def left_to_refund(payment: Payment) -> int:
    """What a payment brought and no refund has promised yet."""
    promised = payment.refunds.exclude(state__in=ENDED).aggregate(sum=Sum("amount_vnd"))["sum"] or 0
    return payment.amount_vnd - promised


def _case_of(payment: Payment, case_id: UUID, amount_vnd: int) -> SuspenseCase:
    case = SuspenseCase.objects.select_for_update().filter(id=case_id, payment=payment).first()
    if case is None:
        raise NotFound(field="case_id")
    if case.state == CaseState.CLOSED:
        raise CaseClosed(field="case_id")
    if amount_vnd != case.amount_vnd or case.refunds.exclude(state__in=ENDED).exists():
        raise RefundTooLarge(field="amount_vnd", left=format_number(case.amount_vnd))
    return case


@transaction.atomic
def approve_refund(*, refund_id: UUID, actor: Actor, at: datetime, note: str = "") -> None:
    """Somebody else agrees: the money leaves the case or the customer's credit and is payable.

    Refuses NotFound, RefundDecided, RefundOwnRequest (the same person, whatever the role), RefundAboveLimit, CaseClosed,
    CreditTooSmall (it was spent meanwhile).
    """
    refund = _lock(refund_id)
    if refund.asked_by == actor.ref:
        raise RefundOwnRequest(field="refund_id")
    limit = limit_of(actor, local_time.local_date(at))
    if limit is not None and refund.amount_vnd > limit:
        raise RefundAboveLimit(field="refund_id", limit=format_number(limit))
    _take_out(refund, actor=actor, at=at)
    is_done = refund.way == RefundWay.CREDIT
    refund.state = (
        RefundState.DONE
        if is_done
        else RefundState.ORDERED
        if refund.way == RefundWay.BACK
        else RefundState.APPROVED
    )
    refund.ended_at = at if is_done else None
    _decide(refund, note, actor=actor, at=at)
    _audit(actor, "refund.approved", refund.id, at, amount_vnd=str(refund.amount_vnd))


@transaction.atomic
def refuse_refund(*, refund_id: UUID, note: str, actor: Actor, at: datetime) -> None:
    """Somebody else says no, and why. Refuses NotFound, RefundDecided, RefundOwnRequest, ReasonMissing."""
    refund = _lock(refund_id)
    if refund.asked_by == actor.ref:
        raise RefundOwnRequest(field="refund_id")
    if len(note.strip()) < 3:
        raise ReasonMissing(field="note")
    refund.state, refund.ended_at = RefundState.REFUSED, at
    _decide(refund, note, actor=actor, at=at)
    _audit(actor, "refund.refused", refund.id, at)


def limit_of(actor: Actor, day: date) -> int | None:
    """How much an actor may approve: the highest limit of their roles; None: the company has set no limits."""
    rows = RefundLimit.objects.filter(valid_from__lte=day).order_by("role", "-valid_from")
    newest: dict[str, int] = {}
    for role, most in rows.values_list("role", "most_vnd"):
        newest.setdefault(role, most)
    return max((newest.get(role, 0) for role in actor.roles), default=0) if newest else None


@transaction.atomic
def set_refund_limit(*, role: str, most_vnd: int, valid_from: date, actor: Actor, at: datetime) -> None:
    """From a day on, somebody of this role may approve so much."""
    RefundLimit.objects.update_or_create(
        role=role,
        valid_from=valid_from,
        defaults={"most_vnd": most_vnd, "changed_by": actor.ref, "changed_at": at},
    )
    company_ops.record_audit(
        actor=actor, verb="refund.limit-set", subject_type="role", subject_id=role, at=at, facts={"most_vnd": most_vnd}
    )  # fmt: skip


@transaction.atomic
def make_order(*, account: str, actor: Actor, at: datetime) -> UUID:
    """Put the approved transfers into one file for our bank (pain.001); each stands in one. Gives the order's id.

    Refuses NotFound (no such account of ours), NothingToOrder.
    """
    ours = OwnAccount.objects.filter(number=account, is_active=True).first()
    if ours is None:
        raise NotFound(field="account")
    waiting = (
        Refund.objects.select_for_update()
        .filter(state=RefundState.APPROVED, way=RefundWay.BANK)
        .order_by("id")
    )
    chosen = list(waiting[:MOST_IN_ORDER])
    if not chosen:
        raise NothingToOrder(field="account")
    order_id = ids.new_id(at)
    number = f"LC{order_id.hex[-18:].upper()}"
    transfers = [
        pain001.Transfer(one.number, one.amount_vnd, one.payee_name, one.payee_account, one.payee_bin, f"Hoan tien {one.number}")
        for one in chosen
    ]  # fmt: skip
    content = pain001.write(
        number=number, at=at, name=ours.name, account=ours.number, bank=ours.bank, transfers=transfers
    )
    document = document_ops.store_made(
        content=content, mime="application/xml", name=f"{number}.xml", kind="REFUND_ORDER", subject_type="refund_order",
        subject_id=order_id, actor=actor, at=at, sensitive=True,
    )  # fmt: skip
    order = RefundOrder.objects.create(
        id=order_id, number=number, account=ours, count=len(chosen), total_vnd=sum(one.amount_vnd for one in chosen),
        document_id=document.id, made_at=at, made_by=actor.ref,
    )  # fmt: skip
    Refund.objects.filter(id__in=[one.id for one in chosen]).update(state=RefundState.ORDERED, order=order)
    _audit(actor, "refund.ordered", order_id, at, count=str(len(chosen)))
    return order_id


@transaction.atomic
def fail_refund(*, refund_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """The bank did not do it, or the wallet refused: the money goes back to where it was, of a case as a new case.

    Refuses NotFound, RefundDecided (not at the bank, nor refused by the wallet), ReasonMissing.
    """
    refund = Refund.objects.select_for_update().filter(id=refund_id).first()
    if refund is None:
        raise NotFound(field="refund_id")
    is_ours = refund.way == RefundWay.BANK
    is_back = refund.way == RefundWay.BACK and refund.state == RefundState.ORDERED and _is_refused(refund)
    if refund.state not in {RefundState.APPROVED, RefundState.ORDERED} or not (is_ours or is_back):
        raise RefundDecided(field="refund_id")
    if len(reason.strip()) < 3:
        raise ReasonMissing(field="reason")
    if refund.case_id:
        account, party = chart.SUSPENSE, _reopened(refund, at=at).id
    else:
        assert refund.customer_id is not None  # the table holds one of the two
        account, party = chart.CUSTOMER_CREDIT, refund.customer_id
    ledger_ops.transfer(
        debit_account=REFUNDS_PAYABLE if is_ours else clearing_account(refund.payment.bank),
        credit_account=account, credit_party=party, amount_vnd=refund.amount_vnd,
        actor=actor, at=at, key=f"refund:{refund.id}:failed", reason=reason,
    )  # fmt: skip
    refund.state, refund.ended_at, refund.decision_note = RefundState.FAILED, at, reason.strip()[:200]
    refund.save(update_fields=["state", "ended_at", "decision_note"])
    _audit(actor, "refund.failed", refund.id, at, reason=reason.strip()[:200])


def _is_refused(refund: Refund) -> bool:
    """The wallet was asked last and said no."""
    return OnlineRefund.objects.filter(refund=refund, state="REFUSED").exists()


def _reopened(refund: Refund, *, at: datetime) -> SuspenseCase:
    """The money of a closed case is in suspense again, as a case of its own: closed cases stay closed."""
    assert refund.case is not None
    return SuspenseCase.objects.create(
        id=ids.new_id(at), payment=refund.payment, amount_vnd=refund.amount_vnd, reason=refund.case.reason,
        charge_id=refund.case.charge_id, opened_at=at,
    )  # fmt: skip


def _take_out(refund: Refund, *, actor: Actor, at: datetime) -> None:
    key = f"refund:{refund.id}"
    if refund.case is None:
        assert refund.customer_id is not None
        into = clearing_account(refund.payment.bank) if refund.way == RefundWay.BACK else _payable()
        ledger_ops.take_credit(
            customer_id=refund.customer_id, amount_vnd=refund.amount_vnd, credit_account=into, reason=refund.reason,
            actor=actor, at=at, key=key,
        )  # fmt: skip
        return
    case = (
        SuspenseCase.objects.select_for_update(of=("self",)).select_related("payment").get(id=refund.case.pk)
    )
    if case.state == CaseState.CLOSED:
        raise CaseClosed(field="refund_id")
    into, party, target, resolution = _where_to(refund)
    posted = ledger_ops.transfer(
        debit_account=chart.SUSPENSE, debit_party=case.id, credit_account=into, credit_party=party,
        amount_vnd=refund.amount_vnd, actor=actor, at=at, key=key, reason=refund.reason,
    )  # fmt: skip
    Allocation.objects.create(
        payment=refund.payment, source=AllocationSource.SUSPENSE, target=target, target_id=party or case.id,
        amount_vnd=refund.amount_vnd, ledger_transaction_id=posted.transaction_id, at=at,
    )  # fmt: skip
    close_case(case, resolution, None, actor=actor, at=at, note=refund.reason)


def _where_to(refund: Refund) -> tuple[str, UUID | None, AllocationTarget, Resolution]:
    if refund.way == RefundWay.CREDIT:
        return chart.CUSTOMER_CREDIT, refund.customer_id, AllocationTarget.CREDIT, Resolution.CREDIT
    into = clearing_account(refund.payment.bank) if refund.way == RefundWay.BACK else _payable()
    return into, None, AllocationTarget.RETURN, Resolution.RETURNED


def _payable() -> str:
    ledger_ops.open_account(
        code=REFUNDS_PAYABLE, kind=AccountKind.LIABILITY, name="Tiền hoàn chờ chi", stripes=1
    )
    return REFUNDS_PAYABLE


def _lock(refund_id: UUID) -> Refund:
    payment_id = Refund.objects.filter(id=refund_id).values_list("payment_id", flat=True).first()
    if payment_id is None:
        raise NotFound(field="refund_id")
    Payment.objects.select_for_update().get(id=payment_id)
    refund = (
        Refund.objects.select_for_update(of=("self",)).select_related("payment", "case").get(id=refund_id)
    )
    if refund.state != RefundState.ASKED:
        raise RefundDecided(field="refund_id")
    return refund


def _decide(refund: Refund, note: str, *, actor: Actor, at: datetime) -> None:
    refund.decided_by, refund.decided_at, refund.decision_note = actor.ref, at, note.strip()[:200]
    refund.save(update_fields=["state", "decided_by", "decided_at", "decision_note", "ended_at"])


def _audit(actor: Actor, verb: str, id: UUID, at: datetime, **facts: str) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="refund", subject_id=str(id), at=at, facts=facts
    )
