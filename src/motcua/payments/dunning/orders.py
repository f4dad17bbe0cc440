"""Stops and reconnections as requests of declared services: opened when ordered, called off when they are off, and what
their crews do about the case.

A payment writes only in the case (charge, then case): the request follows by a job, woken by the same commit and found
by its sweep when the wake-up is lost. A crew's act holds its request, then the case, and asks there whether the order
still stands. So neither waits for the other in a ring, and nobody is cut off who has paid.
"""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from motcua.companies import queries as company_queries
from motcua.customers import queries as customer_queries
from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.ledger import queries as ledger_queries
from motcua.payments.dunning import cases, operations, queries, rules
from motcua.payments.models import DunningCase, DunningStep, StepKind, StepState
from motcua.payments.operations.statement_refusals import StepOver
from motcua.requests import operations as request_ops
from motcua.requests import registry
from motcua.requests.queries import RequestView
from motcua.requests.registry import EffectContext
from motcua.requests.states import Channel
from motcua.supply import queries as supply_queries
from motcua.supply.models import Purpose

STOP, BACK = "DEBT-STOP", "DEBT-BACK"
SERVICE_OF = {StepKind.STOP: STOP, StepKind.RECONNECT: BACK}
CLERK = Actor.system("dunning")
WHY_OFF = {
    StepKind.STOP: "Khách hàng đã trả hoặc được miễn; lệnh ngừng không còn.",
    StepKind.RECONNECT: "Khoản trả đã bị rút lại; trả lại xong thì có lệnh đóng điện mới.",
}


def send_due(*, at: datetime, limit: int) -> int:
    """Open the requests of orders that have none, call off those of orders that are off. How many.

    Each in its own transaction and under a key of its own: killed anywhere, the next run goes on where this one was.
    """
    waiting = DunningStep.objects.filter(
        Q(state=StepState.ORDERED, request_id__isnull=True)
        | Q(state=StepState.CANCELLED, request_id__isnull=False),
        kind__in=list(SERVICE_OF), request_ended_at__isnull=True,
    )  # fmt: skip
    sent = 0
    for step in waiting.select_related("case").order_by("at", "id")[:limit]:
        if step.state == StepState.ORDERED:
            with contextlib.suppress(FeeTakenBack):
                _open(step, at=at)
                sent += 1
        else:
            _call_off(step, at=at)
            sent += 1
    return sent


class FeeTakenBack(Exception):
    """In the moment in which an order was opened as one whose fee is paid: the next run opens it with a fee."""


@transaction.atomic
def _open(step: DunningStep, *, at: datetime) -> None:
    """An order that is off by now gets its request all the same; the next run calls it off.

    The case is held last, after all bookings, as by whoever takes a payment back: a fee that is taken back is seen here, or
    finds the request there. Raises FeeTakenBack.
    """
    answers = _answers(step, at)
    made = request_ops.submit(
        service_code=SERVICE_OF[StepKind(step.kind)], answers=answers, channel=Channel.API, actor=CLERK, at=at,
        key=f"debt:{step.id}", customer_id=step.case.customer_id if step.kind == StepKind.RECONNECT else None,
        unit_code=step.case.unit_code,
    )  # fmt: skip
    case = DunningCase.objects.select_for_update().get(id=step.case_id)
    if answers.get("fee_paid") and not _is_fee_paid(case):
        raise FeeTakenBack
    DunningStep.objects.filter(id=step.id).update(request_id=made.request_id)


def _answers(step: DunningStep, at: datetime) -> dict[str, Any]:
    """What the crew must know; for a reconnection how its fee is paid."""
    case, day = step.case, local_time.local_date(step.at)
    contract = supply_queries.find_contract(case.account_code)
    if step.kind == StepKind.STOP:
        holder = customer_queries.find_customer(case.customer_id) if case.customer_id else None
        told = {
            "account_code": case.account_code, "owed_vnd": max(1, queries.owed_overdue(case.account_code, step.at)),
            "overdue_since": local_time.local_date(case.overdue_since).isoformat(),
            "holder": holder.full_name if holder else "", "contact_phone": holder.phone if holder else "",
        }  # fmt: skip
        return {name: value for name, value in told.items() if value != ""}
    policy = queries.policy_on(day)
    is_first = policy.fee_first if policy is not None else True
    due = (
        {}
        if is_first or policy is None
        else {"fee_due_on": (day + timedelta(days=policy.fee_days)).isoformat()}
    )
    is_home = contract is None or contract.purpose == Purpose.RESIDENTIAL
    paid = {"fee_paid": True} if _is_fee_paid(case) else {}
    return {"account_code": case.account_code, "is_home": is_home, "fee_first": is_first, **due, **paid}


def _is_fee_paid(case: DunningCase) -> bool:
    """Whether the fee was paid for a reconnection of this case that was called off before it was done."""
    off = case.steps.filter(
        kind=StepKind.RECONNECT, state=StepState.CANCELLED, request_id__isnull=False
    ).values_list("request_id", flat=True)
    return any(charge.is_paid for charge in ledger_queries.list_charges_of_requests([id for id in off if id]))


def _call_off(step: DunningStep, *, at: datetime) -> None:
    assert step.request_id is not None
    with contextlib.suppress(
        request_ops.AlreadyClosed, request_ops.NotNow
    ):  # a person's act closed it before
        request_ops.cancel(
            request_id=step.request_id, actor=CLERK, at=at, key=f"debt:{step.id}:off", reason=WHY_OFF[StepKind(step.kind)]
        )  # fmt: skip
    DunningStep.objects.filter(id=step.id).update(request_ended_at=at)


# what the steps of these services do


def _step_of(view: RequestView) -> DunningStep:
    """Raises StepOver for a request that no order of ours opened."""
    step = DunningStep.objects.filter(request_id=view.id).select_related("case").first()
    if step is None:
        raise StepOver(field="")
    return step


@registry.effect("stop_for_debt")
def stop_for_debt(context: EffectContext) -> None:
    """The crew stopped it; refused when it is paid, spared, or not the hour for it."""
    given, told = context.inputs, context.inputs.get("stopped_at")
    peak, low = given.get("stop_reading_cd"), given.get("stop_reading_td")
    reading: Any = given.get("stop_reading", "")
    if peak not in (None, "") or low not in (None, ""):
        reading = {"BT": reading, "CD": peak or 0, "TD": low or 0}
    operations.stop_done(
        step_id=_step_of(context.request).id, actor=context.actor, at=context.at, reading=reading,
        stopped_at=_instant(told), request_id=context.request.id,
    )  # fmt: skip


def _instant(told: object) -> datetime | None:
    if isinstance(told, datetime):
        return told
    return datetime.fromisoformat(str(told)) if told else None


@registry.effect("back_after_debt")
def back_after_debt(context: EffectContext) -> None:
    """The crew switched it on again."""
    operations.reconnect_done(
        step_id=_step_of(context.request).id,
        actor=context.actor,
        at=context.at,
        request_id=context.request.id,
    )


@registry.effect("withdraw_debt_stop")
def withdraw_debt_stop(context: EffectContext) -> None:
    """Staff take the order back: should it come to that again, it is announced anew."""
    _hold(context.request, context.actor, context.at)


@registry.on_closed
def stop_closed(view: RequestView, actor: Actor, at: datetime) -> None:
    """A stop that was called off in any other way is off here too."""
    if view.service_code == STOP:
        _hold(view, actor, at)


def _hold(view: RequestView, actor: Actor, at: datetime) -> None:
    """Cancel the order that still stands; one that is done, or off already, stays as it is. Lock: request, then case."""
    step = DunningStep.objects.filter(request_id=view.id).first()
    if step is None:
        return
    case = DunningCase.objects.select_for_update().get(id=step.case_id)
    step.refresh_from_db()
    if step.state == StepState.ORDERED and case.closed_at is None:
        cases.hold(case, actor=actor, at=at)
        DunningStep.objects.filter(id=step.id).update(request_ended_at=at)


@registry.visit_time
def may_come(view: RequestView, start: datetime, end: datetime) -> bool:
    """A crew comes to stop only where an instant of the window is one at which the policy lets it."""
    policy = queries.policy_on(local_time.local_date(start)) if view.service_code == STOP else None
    if policy is None:
        return True
    first = rules.first_allowed(policy, start, company_queries.get_calendar().is_working_day)
    return first is not None and first < end
