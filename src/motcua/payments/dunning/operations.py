"""Debt step by step: a daily job opens cases, tells, announces and orders stops; a payment at any moment undoes what is not
done and orders the reconnection.

Locks: a case's row before anything is done in it. A payment holds its charge, then the case; the job holds the case and
only reads charges: whichever comes second sees what the first one did.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from motcua.companies import queries as company_queries
from motcua.config import jobs
from motcua.customers.models import Topic
from motcua.kernel import ids, local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.ledger import queries as ledger_queries
from motcua.ledger import registry
from motcua.messaging.mass import operations as mass_ops
from motcua.messaging.mass import queries as mass_queries
from motcua.payments.dunning import cases, queries, rules, telling
from motcua.payments.models import DunningCase, DunningStep, InstalmentPromise, StepKind, StepState
from motcua.payments.operations.statement_refusals import NotAtThisHour, StepOver
from motcua.supply import operations as supply_ops
from motcua.supply.operations.meters import ReadingGiven

AT_ONCE = 1000
CLERK = Actor.system("dunning")

# Accounts that owe beyond their day and are neither spared nor promised about; `{account}` narrows them.
OPEN_NEW = """
INSERT INTO payments_dunningcase (id, account_code, unit_code, customer_id, overdue_since, opened_at, next_kind, next_at)
SELECT uuidv7(), c.account_code, min(c.unit_code), (array_agg(c.customer_id ORDER BY c.due_at DESC))[1], min(c.due_at), %(at)s,
       'NOTICE', min(c.due_at) + make_interval(days => %(first_days)s)
FROM ledger_charge c
WHERE c.status = 'OPEN' AND c.due_at < %(at)s AND c.account_code <> ''
  AND NOT EXISTS (SELECT FROM payments_dunningcase d WHERE d.account_code = c.account_code AND d.closed_at IS NULL)
GROUP BY c.account_code HAVING sum(c.total_vnd - c.paid_vnd) >= %(least)s
ON CONFLICT DO NOTHING
"""
SPARED = """
 (EXISTS (SELECT FROM payments_dunningexemption e WHERE e.account_code = d.account_code AND e.valid_from <= %(day)s
          AND (e.valid_to IS NULL OR e.valid_to > %(day)s) AND e.ended_at IS NULL)
  OR EXISTS (SELECT FROM payments_instalmentpromise p WHERE p.account_code = d.account_code AND p.state = 'OPEN'))
"""
OWES = """
 EXISTS (SELECT FROM ledger_charge c WHERE c.account_code = d.account_code AND c.status = 'OPEN' AND c.due_at < %(at)s)
"""
DUE = """
SELECT d.id FROM payments_dunningcase d
WHERE d.closed_at IS NULL AND d.next_at <= %(at)s AND NOT {spared} AND {owes}
ORDER BY d.next_at, d.id LIMIT %(limit)s FOR UPDATE OF d SKIP LOCKED
""".replace("{spared}", SPARED).replace("{owes}", OWES)
PAID_UP = """
SELECT d.id FROM payments_dunningcase d WHERE d.closed_at IS NULL AND NOT {owes} ORDER BY d.id LIMIT %(limit)s
FOR UPDATE OF d SKIP LOCKED
""".replace("{owes}", OWES)

OPEN_CASE = (
    "SELECT FROM payments_dunningcase d WHERE d.account_code = charge.account_code AND d.closed_at IS NULL"
)


def run(*, at: datetime) -> int:
    """What a day asks for; returns how many steps were taken. Without a policy in force nothing is done."""
    policy = queries.policy_on(local_time.local_date(at))
    if policy is None:
        return 0
    _judge_promises(at=at)
    while _close_paid(at=at):
        pass
    with transaction.atomic(), connection.cursor() as cursor:
        told: dict[str, Any] = {"at": at, "first_days": policy.first_days, "least": policy.least_owed_vnd}
        cursor.execute(OPEN_NEW, told)
    steps = 0
    while taken := _take_due(policy, at=at):
        steps += taken
    return steps


@transaction.atomic
def _take_due(policy: rules.Policy, *, at: datetime) -> int:
    """The steps that are due, of a thousand cases at most; the notices among them by one notice to many."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"at": at, "day": local_time.local_date(at), "limit": AT_ONCE})
        chosen = [row[0] for row in cursor.fetchall()]
    if not chosen:
        return 0
    works, tells = company_queries.get_calendar().is_working_day, mass_queries.first_sending
    batches = {kind: ids.new_id(at) for kind in (rules.NOTICE, rules.ANNOUNCE, rules.STOP)}
    made: list[DunningStep] = []
    found = list(DunningCase.objects.filter(id__in=chosen).prefetch_related("steps").order_by("id"))
    for case in found:
        taken = cases.taken_of(case)
        step = rules.next_step(policy, case.overdue_since, taken, works, tells)
        if step and step.at <= at:
            first = rules.first_time(policy, step.kind, at, works, tells)
            if first == at:
                made.append(_step(case, step.kind, batches[step.kind], at))
                taken = [*taken, rules.Taken(step.kind, at)]
                step = rules.next_step(policy, case.overdue_since, taken, works, tells)
            else:  # due in quiet hours: at their end
                step = rules.Next(step.kind, first) if first else None
        case.next_kind, case.next_at = (step.kind, step.at) if step else ("", None)
    DunningStep.objects.bulk_create(made)
    DunningCase.objects.bulk_update(found, ["next_kind", "next_at"])
    if any(step.kind == rules.STOP for step in made):
        jobs.wake(cases.ORDERS_JOB)
    _tell(batches, {step.kind for step in made}, at=at)
    return len(made)


def _step(case: DunningCase, kind: str, batch: UUID, at: datetime) -> DunningStep:
    is_told = kind in {rules.NOTICE, rules.ANNOUNCE}
    state = StepState.TOLD if is_told else StepState.ORDERED
    return DunningStep(case=case, kind=kind, turn=cases.turn_of(case, kind), state=state, batch=batch, at=at)


def _tell(batches: dict[str, UUID], kinds: set[str], *, at: datetime) -> None:
    for kind, template in ((rules.NOTICE, telling.NOTICE), (rules.ANNOUNCE, telling.ANNOUNCE)):
        if kind in kinds:
            day = local_time.local_date(at)
            mass_ops.plan_declared(
                notice_id=batches[kind], name=f"{template.label} {day:%d/%m/%Y}", template=template.code,
                topic=Topic.PAYMENT, audience=telling.STEP.code, audience_params={"batch": str(batches[kind])},
                actor=CLERK, at=at,
            )  # fmt: skip


@transaction.atomic
def _close_paid(*, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(PAID_UP, {"at": at, "limit": AT_ONCE})
        chosen = [row[0] for row in cursor.fetchall()]
    for case in DunningCase.objects.filter(id__in=chosen).order_by("id"):
        cases.close(case, actor=CLERK, at=at)
    return len(chosen)


def charge_paid(charge_id: UUID, at: datetime, actor: Actor) -> None:
    """Money came: when nothing of the account is overdue any more its case ends now, whatever was on its way."""
    charge = ledger_queries.find_charge(charge_id)
    if charge is None or not charge.account_code:
        return
    case = cases.lock_open(charge.account_code)
    if case is not None and not queries.owed_overdue(charge.account_code, at):
        cases.close(case, actor=actor, at=at)


registry.on_charge_paid(charge_paid, when=f"charge.account_code <> '' AND EXISTS ({OPEN_CASE})")


@transaction.atomic
def stop_done(
    *,
    step_id: int,
    actor: Actor,
    at: datetime,
    stopped_at: datetime | None = None,
    reading: ReadingGiven = "",
    request_id: UUID | None = None,
) -> None:
    """The crew stopped the electricity, now or at `stopped_at`; what the meter showed.

    Refuses NotFound, StepOver (paid meanwhile, spared, or done before), NotAtThisHour, and what `stop_supply` refuses.
    """
    step, when = _lock_step(step_id, StepKind.STOP), stopped_at or at
    if step.state != StepState.ORDERED or queries.is_spared(
        step.case.account_code, local_time.local_date(at)
    ):
        raise StepOver(field="step_id")
    if not queries.owed_overdue(step.case.account_code, at):
        raise StepOver(field="step_id")
    policy = queries.policy_on(local_time.local_date(when))
    works = company_queries.get_calendar().is_working_day
    if not step.at <= when <= at or (policy is not None and not rules.may_stop_at(policy, when, works)):
        raise NotAtThisHour(field="stopped_at" if stopped_at else "")
    supply_ops.stop_supply(
        account_code=step.case.account_code, reason="DEBT", stopped_at=when, actor=actor, at=at, key=f"dunning:{step.id}",
        request_id=request_id, reading=reading,
    )  # fmt: skip
    _end(step, actor=actor, at=at, when=when)
    told = f"{local_time.to_local(when):%H:%M %d/%m/%Y}"
    telling.tell_holder(step.case, telling.STOPPED, key=f"debt:{step.id}:stopped", at=at, stop_at=told)


@transaction.atomic
def reconnect_done(*, step_id: int, actor: Actor, at: datetime, request_id: UUID | None = None) -> None:
    """Electricity flows again. Refuses NotFound, StepOver."""
    step = _lock_step(step_id, StepKind.RECONNECT)
    if step.state != StepState.ORDERED:
        raise StepOver(field="step_id")
    supply_ops.restore_supply(
        account_code=step.case.account_code, restored_at=at, actor=actor, at=at, key=f"dunning:{step.id}",
        request_id=request_id,
    )  # fmt: skip
    _end(step, actor=actor, at=at, when=at)


def _lock_step(step_id: int, kind: str) -> DunningStep:
    case_id = DunningStep.objects.filter(id=step_id, kind=kind).values_list("case_id", flat=True).first()
    if case_id is None:
        raise NotFound(field="step_id")
    DunningCase.objects.select_for_update().get(id=case_id)
    return DunningStep.objects.select_for_update(of=("self",)).select_related("case").get(id=step_id)


def _end(step: DunningStep, *, actor: Actor, at: datetime, when: datetime) -> None:
    step.state, step.ended_at, step.ended_by, step.request_ended_at = StepState.DONE, when, actor.ref, at
    step.save(update_fields=["state", "ended_at", "ended_by", "request_ended_at"])
    cases.audit(actor, f"debt.{step.kind.lower()}-done", step.case.account_code, at)


def _judge_promises(*, at: datetime) -> None:
    """All paid that was promised about: kept. A part not paid by its day: broken, the case goes on where it was."""
    today = local_time.local_date(at)
    for row in InstalmentPromise.objects.filter(state="OPEN").order_by("made_at", "id"):
        left = queries.owed_of(row.account_code, row.made_at)
        if left == 0:
            InstalmentPromise.objects.filter(id=row.id, state="OPEN").update(state="KEPT", ended_at=at)
        elif not rules.parts_kept(queries.parts_of(row), row.owed_vnd - left, today):
            InstalmentPromise.objects.filter(id=row.id, state="OPEN").update(state="BROKEN", ended_at=at)
