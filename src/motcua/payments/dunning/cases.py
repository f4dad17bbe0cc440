"""One account's case under lock: what counts of its steps, and what ends or holds it up. Used by every act on debt."""

from __future__ import annotations

from datetime import datetime

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.config import jobs
from motcua.kernel import ids, local_time
from motcua.kernel.actors import Actor
from motcua.messaging.mass import queries as mass_queries
from motcua.payments.dunning import queries, rules
from motcua.payments.models import DunningCase, DunningStep, InstalmentPromise, StepKind, StepState

ORDERS_JOB = "payments-debt-orders"  # opens and calls off the requests of stops and reconnections


def lock_open(account_code: str) -> DunningCase | None:
    """The account's open case, locked for this transaction."""
    return (
        DunningCase.objects.select_for_update()
        .filter(account_code=account_code, closed_at__isnull=True)
        .first()
    )


def taken_of(case: DunningCase) -> list[rules.Taken]:
    """The steps that count, in their order."""
    steps = sorted(case.steps.all(), key=lambda step: (step.at, step.id))
    return [
        rules.Taken(step.kind, step.at)
        for step in steps
        if step.state != StepState.CANCELLED and rules.counts(step.kind, step.at, case.spared_at)
    ]


def turn_of(case: DunningCase, kind: str) -> int:
    """Which time it is that this case comes to a step of this kind, those that were withdrawn counted too."""
    return sum(step.kind == kind for step in case.steps.all()) + 1


def hold(case: DunningCase, *, actor: Actor, at: datetime) -> None:
    """The account is spared: an ordered stop is off, and should it come to that again it is announced anew."""
    ended = {"state": StepState.CANCELLED, "ended_at": at, "ended_by": actor.ref}
    case.steps.filter(kind=StepKind.STOP, state=StepState.ORDERED).update(**ended)
    case.spared_at = at
    policy = queries.policy_on(local_time.local_date(at))
    works, tells = company_queries.get_calendar().is_working_day, mass_queries.first_sending
    step = rules.next_step(policy, case.overdue_since, taken_of(case), works, tells) if policy else None
    case.next_kind, case.next_at = (step.kind, step.at) if step else ("", None)
    case.save(update_fields=["spared_at", "next_kind", "next_at"])
    jobs.wake(ORDERS_JOB)


def close(case: DunningCase, *, actor: Actor, at: datetime) -> None:
    """The case ends: a stop that is not done is cancelled; where it was done, the reconnection is ordered."""
    ended = {"ended_at": at, "ended_by": actor.ref}
    case.steps.filter(kind=StepKind.STOP, state=StepState.ORDERED).update(state=StepState.CANCELLED, **ended)
    if case.steps.filter(kind=StepKind.STOP, state=StepState.DONE).exists():
        DunningStep.objects.create(
            case=case, kind=StepKind.RECONNECT, turn=turn_of(case, StepKind.RECONNECT), state=StepState.ORDERED,
            batch=ids.new_id(at), at=at,
        )  # fmt: skip
    case.closed_at, case.next_kind, case.next_at = max(at, case.opened_at), "", None
    case.save(update_fields=["closed_at", "next_kind", "next_at"])
    jobs.wake(ORDERS_JOB)
    InstalmentPromise.objects.filter(account_code=case.account_code, state="OPEN").update(
        state="KEPT", ended_at=at
    )


def audit(actor: Actor, verb: str, account_code: str, at: datetime, **facts: str) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="account", subject_id=account_code, at=at, facts=facts
    )
