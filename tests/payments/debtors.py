"""An account that owes: a policy, time that passes, money that comes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Min
from hypothesis import strategies as st

from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.messaging.rules import first_in_hours
from motcua.payments.dunning import operations, policies, rules
from motcua.payments.models import DunningCase, DunningStep
from motcua.payments.operations import clearing

ACCOUNT = "PD01000000001"
WORKER = Actor.staff("kd-1", "Minh", ["BUSINESS"], ["PD0100"])
BOSS = Actor.staff("gs-1", "Lan", ["SUPERVISOR"], ["PD0100"])
POLICY = rules.Policy(
    notices=2, first_days=1, gap_days=7, after_first_days=15, after_last_days=1, announce_hours=24, stop_from=time(8),
    stop_to=time(15),
)  # fmt: skip
DUE = datetime(2026, 11, 2, 1, tzinfo=UTC)  # a Monday, 08:00


def weekdays(day: date) -> bool:
    return day.weekday() < 5


def by_day(at: datetime) -> datetime:
    """What anybody is told goes from seven to nine in the evening."""
    return first_in_hours(at, time(7), time(21))


drawn_policies = st.builds(
    rules.Policy, notices=st.integers(1, 4), first_days=st.integers(0, 10), gap_days=st.integers(0, 10),
    after_first_days=st.integers(0, 30), after_last_days=st.integers(0, 15), announce_hours=st.integers(0, 72),
    stop_from=st.just(time(8)), stop_to=st.sampled_from([time(9), time(15), time(17)]), needs_working_day_after=st.booleans(),
)  # fmt: skip


def hold_to(policy: rules.Policy, valid_from: date = date(2026, 1, 1)) -> None:
    """Proposed by one, agreed by another."""
    made = policies.propose_policy(
        valid_from=valid_from, policy=policy, source="thử", confidence="SECONDARY", actor=WORKER, at=DUE
    )
    policies.decide_policy(policy_id=made, agrees=True, actor=BOSS, at=DUE)


def pay(charge: Any, amount_vnd: int = 0, at: datetime = DUE) -> None:
    clearing.open_clearing("NHTHU", "N")
    ledger_ops.settle_charge(
        charge_id=charge.id, amount_vnd=amount_vnd or charge.total_vnd, clearing_account="138-NHTHU", reference="x",
        actor=WORKER, at=at, key=f"pay:{charge.id}:{at.isoformat()}",
    )  # fmt: skip


def take_back(charge: Any, at: datetime) -> None:
    """The bank takes back the newest money of a charge."""
    newest = [row for row in ledger_queries.list_transactions(charge.id) if row.kind == "SETTLE"][-1]
    ledger_ops.reverse(
        transaction_id=newest.id, reason="ngân hàng rút lại", actor=WORKER, at=at, key=f"back:{newest.id}"
    )


def days(count: int, *, first: datetime = DUE) -> Iterator[datetime]:
    """Every hour of so many days."""
    for hour in range(count * 24):
        yield first + timedelta(hours=hour)


def run_until(kind: str) -> datetime:
    """The hour in which the first step of the kind is taken; hours before anything is due are passed over."""
    at = DUE
    while at < DUE + timedelta(days=60):
        operations.run(at=at)
        if DunningStep.objects.filter(kind=kind).exists():
            return at
        at = max(at + timedelta(hours=1), _hour_of_next_step())
    raise AssertionError(kind)


def _hour_of_next_step() -> datetime:
    due = DunningCase.objects.filter(closed_at=None, next_at__isnull=False).aggregate(first=Min("next_at"))[
        "first"
    ]
    return DUE if due is None else DUE + timedelta(hours=math.ceil((due - DUE) / timedelta(hours=1)))
