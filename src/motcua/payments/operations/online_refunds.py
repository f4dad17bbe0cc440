"""Refunds through the wallet the money came by: what two people agreed to is sent, asked about, and told done.

The books moved when the refund was approved (see `refunds`); here the provider is made to do it, once. Locks: the
attempt's row, then the refund's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.companies import operations as company_ops
from motcua.kernel import ids
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.payments import online_rules
from motcua.payments.models import OnlineEvent, OnlinePayment, OnlineRefund, Refund, RefundState, RefundWay
from motcua.payments.online_rules import State
from motcua.payments.operations import refunds
from motcua.payments.operations.clearing import actor_of
from motcua.payments.operations.statement_refusals import RefundDecided

OPEN = ("ASKED", "UNKNOWN")


@transaction.atomic
def plan_refunds(*, ref_of: Callable[[str, UUID], str], at: datetime) -> int:
    """Each refund that is to go back through a wallet is asked for there; one at a time for an attempt. How many."""
    planned = 0
    waiting = Refund.objects.filter(way=RefundWay.BACK, state=RefundState.ORDERED, online__isnull=True)
    for refund in waiting.select_related("payment").order_by("asked_at", "id")[:50]:
        attempts = OnlinePayment.objects.select_for_update()
        attempt = attempts.filter(
            gateway_id=refund.payment.bank, provider_txn_id=refund.payment.txn_id
        ).first()
        if attempt is None or attempt.state != State.PAID:
            continue  # no wallet's, or one refund of it is on its way
        # asked again after a refusal it needs a new reference: a provider answers the old one as it did
        asking = refund.id
        if OnlineRefund.objects.filter(payment=attempt, ref=ref_of(attempt.gateway_id, asking)).exists():
            asking = ids.new_id(at)
        OnlineRefund.objects.create(
            id=ids.new_id(at), payment=attempt, refund=refund, ref=ref_of(attempt.gateway_id, asking),
            amount_vnd=refund.amount_vnd, reason=refund.reason, asked_by=refund.decided_by, asked_at=at, next_at=at,
        )  # fmt: skip
        _move(attempt, State.REFUNDING, "ASKED", at=at)
        planned += 1
    return planned


@transaction.atomic
def claim_refund(*, at: datetime) -> OnlineRefund | None:
    """The refund to ask for next; moved on so that nobody else does meanwhile. A repeat carries the same reference."""
    rows = OnlineRefund.objects.select_for_update(skip_locked=True, of=("self",)).select_related("payment")
    refund = rows.filter(state__in=OPEN, next_at__lte=at).order_by("next_at", "id").first()
    if refund is not None:
        refund.tries += 1
        refund.next_at = online_rules.poll_at(at, refund.tries + 1)
        refund.save(update_fields=["tries", "next_at"])
    return refund


@transaction.atomic
def hear_refund(*, refund_id: UUID, state: str, code: str, at: datetime) -> None:
    """What the provider said: DONE, REFUSED (a person must look: the money is out of the customer's credit), UNKNOWN.

    Told once; whatever is said after DONE or REFUSED changes nothing.
    """
    payment_id = OnlineRefund.objects.values_list("payment_id", flat=True).get(id=refund_id)
    attempt = OnlinePayment.objects.select_for_update().get(id=payment_id)
    refund = OnlineRefund.objects.select_for_update().get(id=refund_id)
    if refund.state not in OPEN:
        return
    refund.state, refund.code = state, code[:40]
    if state in ("DONE", "REFUSED"):
        refund.next_at, refund.done_at = None, at
    refund.save(update_fields=["state", "code", "next_at", "done_at"])
    if state == "DONE":
        attempt.refunded_vnd += refund.amount_vnd
        is_whole = attempt.refunded_vnd == attempt.paid_vnd
        _move(attempt, State.REFUNDED if is_whole else State.PAID, code, at=at)
        agreed = Refund.objects.filter(online=refund, state=RefundState.ORDERED)
        agreed.update(state=RefundState.DONE, ended_at=at)
    elif state == "REFUSED":
        _move(attempt, State.PAID, code, at=at)


@transaction.atomic
def retry_refund(*, online_refund_id: UUID, actor: Actor, at: datetime) -> None:
    """Ask the provider again for what it refused, under a new reference: the refused asking stays as it was.

    Locks the asking. Refuses NotFound, RefundDecided (it is not refused, or the refund is over).
    """
    row = _refused(online_refund_id)
    row.refund = None
    row.save(update_fields=["refund"])
    _audit(actor, "refund.asked-again", row, at)


@transaction.atomic
def give_up_refund(*, online_refund_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """The provider will not do it: the money is back where it was, and another way can be asked for, with four eyes.

    Locks the asking, then the refund. Refuses NotFound, RefundDecided, ReasonMissing.
    """
    row = _refused(online_refund_id)
    assert row.refund_id is not None  # _refused sees to it
    refunds.fail_refund(refund_id=row.refund_id, reason=reason, actor=actor, at=at)


def _refused(online_refund_id: UUID) -> OnlineRefund:
    row = (
        OnlineRefund.objects.select_for_update(of=("self",))
        .select_related("refund")
        .filter(id=online_refund_id)
        .first()
    )
    if row is None:
        raise NotFound(field="online_refund_id")
    if row.state != "REFUSED" or row.refund is None or row.refund.state != RefundState.ORDERED:
        raise RefundDecided(field="online_refund_id")
    return row


def _audit(actor: Actor, verb: str, row: OnlineRefund, at: datetime) -> None:
    company_ops.record_audit(
        actor=actor,
        verb=verb,
        subject_type="online_refund",
        subject_id=str(row.id),
        at=at,
        facts={"ref": row.ref},
    )


def _move(attempt: OnlinePayment, became: State, code: str, *, at: datetime) -> None:
    attempt.events_count += 1
    OnlineEvent.objects.create(
        payment=attempt, seq=attempt.events_count, came_from="REFUND", was=attempt.state, became=became.value, said="",
        code=code[:40], actor=actor_of(attempt.gateway_id).ref, at=at,
    )  # fmt: skip
    attempt.state, attempt.changed_at = became.value, at
    attempt.save(update_fields=["state", "changed_at", "refunded_vnd", "events_count"])
