"""What of money waits for a person: counted up to a thousand, each list opens to the cases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from motcua.kernel.waiting import COUNTED, Waiting
from motcua.payments.models import (
    BankStatement,
    CaseState,
    Difference,
    DifferenceState,
    DunningStep,
    Refund,
    RefundState,
    StatementState,
    StepState,
    SuspenseCase,
)


def statements_waiting() -> Waiting:
    """Statements in quarantine."""
    return _waiting(BankStatement.objects.filter(state=StatementState.QUARANTINED).values_list("came_at"))


def differences_waiting() -> Waiting:
    """Differences of the days that nobody has closed."""
    return _waiting(Difference.objects.filter(state=DifferenceState.OPEN).values_list("opened_at"))


def suspense_waiting() -> Waiting:
    """Money that came and is nobody's yet."""
    return _waiting(SuspenseCase.objects.filter(state=CaseState.OPEN).values_list("opened_at"))


def refunds_waiting() -> Waiting:
    """Refunds that a second person has to allow, or for which the bank has no order yet."""
    states = (RefundState.ASKED, RefundState.APPROVED)
    return _waiting(Refund.objects.filter(state__in=states).values_list("asked_at"))


def orders_waiting(units: frozenset[str]) -> Waiting:
    """Stops and reconnections that somebody must carry out in these units."""
    found = DunningStep.objects.filter(state=StepState.ORDERED, case__unit_code__in=units)
    return _waiting(found.values_list("at"))


def _waiting(rows: QuerySet[Any, tuple[datetime]]) -> Waiting:
    instants = [at for (at,) in rows[:COUNTED]]
    return Waiting(len(instants), min(instants, default=None))
