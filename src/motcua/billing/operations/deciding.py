"""A person decides what becomes of those whom a run could not bill."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from motcua.billing.models import BillRun, ExceptionState, RunException
from motcua.companies import operations as company_ops
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotAllowed, NotFound, Refused, gettext_noop

MAY_DECIDE = (Role.BUSINESS, Role.ACCOUNTANT, Role.SUPERVISOR)
DECISIONS = (
    ExceptionState.CONFIRMED,
    ExceptionState.ESTIMATE,
    ExceptionState.REREAD,
    ExceptionState.LEFT_OUT,
)
# What was read may be so; of these alone "it is so" can be said. The others lack something.
DOUBTS = ("NEGATIVE", "ABOVE", "BELOW", "ZERO_HOME")
ESTIMABLE = (*DOUBTS, "NO_READING", "TOO_LARGE")
MOST_REASON = 300


class DecisionUnfit(Refused):
    """This cannot be decided about such an exception."""

    code = "DECISION_UNFIT"
    message = gettext_noop("Không thể quyết định như vậy với trường hợp này.")


class ReasonMissing(Refused):
    code = "REASON_MISSING"
    message = gettext_noop("Hãy ghi lý do.")


class AlreadyBilledByRun(Refused):
    """Another decision, or the run itself, was faster."""

    code = "EXCEPTION_SETTLED"
    message = gettext_noop("Trường hợp này đã có hóa đơn.")


@transaction.atomic
def decide(*, exception_id: int, decision: str, reason: str, actor: Actor, at: datetime) -> RunException:
    """One exception: CONFIRMED, ESTIMATE, REREAD or LEFT_OUT, with the reason. It is billed when the run is taken up again.

    Refuses NotFound, NotAllowed, DecisionUnfit, ReasonMissing, AlreadyBilledByRun. Locks the exception.
    """
    row = RunException.objects.select_for_update().filter(id=exception_id).first()
    if row is None:
        raise NotFound(field="exception_id")
    _require(actor, [row.unit_code], decision, reason)
    if row.state == ExceptionState.SETTLED:
        raise AlreadyBilledByRun(field="exception_id")
    if row.code not in _fit(decision):
        raise DecisionUnfit(field="decision")
    row.state, row.reason = decision, reason.strip()[:MOST_REASON]
    row.decided_at, row.decided_by = at, actor.ref
    row.save(update_fields=["state", "reason", "decided_at", "decided_by"])
    _audit(row.run_id, decision, actor, at, {"account": row.account_code, "code": row.code, "kwh": row.kwh})
    return row


@transaction.atomic
def decide_all(*, run_id: UUID, code: str, decision: str, reason: str, actor: Actor, at: datetime) -> int:
    """Every open exception of a code in a run, in the actor's units: how many. Refuses as `decide` does."""
    if not BillRun.objects.filter(id=run_id).exists():
        raise NotFound(field="run_id")
    _require(actor, [], decision, reason)
    if code not in _fit(decision):
        raise DecisionUnfit(field="decision")
    rows: QuerySet[RunException] = RunException.objects.filter(
        run_id=run_id, code=code, state=ExceptionState.OPEN, unit_code__in=actor.unit_codes
    )
    count = rows.update(
        state=decision, reason=reason.strip()[:MOST_REASON], decided_at=at, decided_by=actor.ref
    )
    if count:
        _audit(run_id, decision, actor, at, {"code": code, "count": count})
    return count


def _fit(decision: str) -> Collection[str]:
    """The codes about which this may be decided."""
    if decision == ExceptionState.CONFIRMED:
        return DOUBTS
    return ESTIMABLE if decision == ExceptionState.ESTIMATE else _Everything()


class _Everything(frozenset[str]):
    """Every code, those of refusals too."""

    def __contains__(self, code: object) -> bool:
        return True


def _require(actor: Actor, unit_codes: Collection[str], decision: str, reason: str) -> None:
    if not actor.has_role(*MAY_DECIDE) or not set(unit_codes) <= actor.unit_codes:
        raise NotAllowed(field="exception_id")
    if decision not in DECISIONS:
        raise DecisionUnfit(field="decision")
    if not reason.strip():
        raise ReasonMissing(field="reason")


def _audit(run_id: UUID, decision: str, actor: Actor, at: datetime, facts: dict[str, object]) -> None:
    company_ops.record_audit(
        actor=actor, verb=f"bill_run.exception_{decision.lower()}", subject_type="bill_run", subject_id=str(run_id), at=at,
        facts=facts,
    )  # fmt: skip
