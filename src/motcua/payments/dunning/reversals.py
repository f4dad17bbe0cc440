"""A payment is taken back: the debt is there again. Its case goes on from where it stood, unless electricity is back or a
crew is on its way to bring it back: then a new case begins with its notices, by the daily job. The fee of a reconnection
that is taken back holds nobody in the dark: it is owed again on its own charge, now with a last day. Where its order was
called off and a later one took it for paid, that one's request owes it.

Locks: the charge (whoever takes the money back holds it), then the account's cases, the oldest first. So a crew that
reconnects comes before, and is done, or after, and is told that the order is off.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.kernel.money import format_vnd
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger import registry
from motcua.ledger.queries import ChargeView
from motcua.payments.dunning import cases, queries, rules, telling
from motcua.payments.dunning.standing import FEE_KIND
from motcua.payments.models import DunningCase, DunningStep, InstalmentPromise, StepKind, StepState
from motcua.requests import queries as request_queries
from motcua.requests import registry as request_registry

SETTLE = "SETTLE"


@registry.on_charge_reopened
def charge_reopened(charge_id: UUID, at: datetime, actor: Actor) -> None:
    """Money was taken back: for an overdue charge it undoes the closing of the case that this money had ended; the fee that a
    reconnection had waited for is to be paid later.
    """
    charge = ledger_queries.find_charge(charge_id)
    if charge is not None and charge.kind == FEE_KIND and charge.request_id is not None:
        step = DunningStep.objects.filter(request_id=charge.request_id, kind=StepKind.RECONNECT).first()
        if step is not None and _fee_reopened(charge, step, actor=actor, at=at):
            return
    if charge is None or not charge.account_code or charge.due_at is None or charge.due_at >= at:
        return
    rows = DunningCase.objects.select_for_update().filter(account_code=charge.account_code)
    found = list(rows.order_by("opened_at", "id"))
    case = next((row for row in reversed(found) if row.closed_at is not None), None)
    if case is None or not _was_about(case, charge):
        return
    back = case.steps.filter(kind=StepKind.RECONNECT).exclude(state=StepState.CANCELLED).last()
    if back is not None and (back.state == StepState.DONE or _is_somebody_going(back)):
        return
    if back is None and any(row.closed_at is None for row in found):
        return  # another case is open, and goes on about all that is owed
    _take_up(case, back, actor=actor, at=at)
    template = telling.BACK_OFF if back is not None else telling.TAKEN_BACK
    telling.tell_holder(case, template, key=f"debt:{case.id}:{charge_id}:back:{at.isoformat()}", at=at)
    cases.audit(actor, "debt.payment-taken-back", case.account_code, at)


def _fee_reopened(charge: ChargeView, step: DunningStep, *, actor: Actor, at: datetime) -> bool:
    """Whether the fee's own way was taken; one that had a last day and whose order stands is a debt as any other.

    The debt is paid, so electricity comes back, or is back: the fee gets a last day, as where it is paid later, and is
    pursued from then on. Of an order that is off nobody owes it, unless a later order was opened as one whose fee is paid.
    """
    case = DunningCase.objects.select_for_update().get(id=step.case_id)
    step.refresh_from_db(fields=["state"])
    if step.state == StepState.CANCELLED:
        _ask_again(charge, case, actor=actor, at=at)
        return True
    if charge.due_at is not None:
        return False
    ledger_ops.give_last_day(charge_id=charge.id, due_at=_last_day(at))
    cases.audit(actor, "debt.fee-taken-back", case.account_code, at)
    return True


def _ask_again(charge: ChargeView, case: DunningCase, *, actor: Actor, at: datetime) -> None:
    """The same fee on the request of the order that counts on it. One that has no request yet is opened with its own fee."""
    rows = case.steps.filter(kind=StepKind.RECONNECT, request_id__isnull=False)
    later = rows.exclude(state=StepState.CANCELLED).last()
    if later is None or later.request_id is None:
        return
    request = request_queries.get_request(later.request_id)
    if not request.answers.get("fee_paid"):
        return
    asked = ledger_ops.raise_charge(
        kind=charge.kind, amount_vnd=charge.net_vnd, vat_rate=charge.vat_rate, customer_id=charge.customer_id,
        request_id=request.id, unit_code=charge.unit_code, account_code=case.account_code, due_at=_last_day(at),
        description=request.number, actor=actor, at=at, key=f"debt:{later.id}:fee-again:{charge.id}",
    )  # fmt: skip
    key = f"debt:{later.id}:fee-again:{charge.id}"
    telling.tell_holder(case, telling.TAKEN_BACK, key=key, at=at, amount=format_vnd(asked.total_vnd))
    cases.audit(actor, "debt.fee-asked-again", case.account_code, at)


def _last_day(at: datetime) -> datetime:
    """The end of the last day on which a fee that is asked now may be paid."""
    day = local_time.local_date(at)
    policy = queries.policy_on(day)
    days = policy.fee_days if policy is not None else rules.Policy.fee_days
    return local_time.day_bounds(day + timedelta(days=days))[1]


def _was_about(case: DunningCase, charge: ChargeView) -> bool:
    """Whether the charge was owed beyond its day while the case was open, and was paid in it."""
    assert case.closed_at is not None
    paid = [one.at for one in ledger_queries.list_transactions(charge.id) if one.kind == SETTLE]
    is_late = charge.due_at is not None and charge.due_at < case.closed_at
    return is_late and bool(paid) and max(paid) >= case.opened_at


def _is_somebody_going(back: DunningStep) -> bool:
    if back.request_id is None:
        return False
    return request_registry.is_under_way(request_queries.get_request(back.request_id))


def _take_up(case: DunningCase, back: DunningStep | None, *, actor: Actor, at: datetime) -> None:
    """Open the case again; what was announced before is announced anew, and a promise that had ended with it holds."""
    closed_at = case.closed_at
    if back is not None:
        back.state, back.ended_at, back.ended_by = StepState.CANCELLED, at, actor.ref
        back.save(update_fields=["state", "ended_at", "ended_by"])
    case.closed_at = None
    while True:
        try:
            with transaction.atomic():
                case.save(update_fields=["closed_at"])
            break
        except IntegrityError:  # another case is open: electricity is off by this one, so it goes on here
            _fold(case.account_code, actor=actor, at=at)
    cases.hold(case, actor=actor, at=at)
    promise = InstalmentPromise.objects.filter(
        account_code=case.account_code, state="KEPT", made_at__gte=case.opened_at, ended_at__gte=closed_at
    ).last()
    if promise is not None:
        _promise_again(promise)


def _fold(account_code: str, *, actor: Actor, at: datetime) -> None:
    """End the account's other case: what it is about is looked after by the one that is taken up again."""
    other = cases.lock_open(account_code)
    if other is None:
        return
    other.steps.filter(kind=StepKind.STOP, state=StepState.ORDERED).update(
        state=StepState.CANCELLED, ended_at=at, ended_by=actor.ref
    )
    other.closed_at, other.next_kind, other.next_at = max(at, other.opened_at), "", None
    other.save(update_fields=["closed_at", "next_kind", "next_at"])


def _promise_again(promise: InstalmentPromise) -> None:
    promise.state, promise.ended_at = "OPEN", None
    try:
        with transaction.atomic():
            promise.save(update_fields=["state", "ended_at"])
    except IntegrityError:
        return  # another promise was made since: it covers what is owed now
