"""Reads of debt: the policy of a day, what an account owes beyond its day, where it stands and what comes next."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, Sum

from motcua.ledger.models import Charge, ChargeStatus
from motcua.payments.dunning import rules
from motcua.payments.models import (
    DunningCase,
    DunningExemption,
    DunningPolicy,
    DunningStep,
    InstalmentPromise,
    PolicyState,
    StepKind,
    StepState,
)
from motcua.supply.models import Contract

AGES = (0, 7, 15, 30, 60, 90)  # days; each band ends where the next begins


@dataclass(frozen=True)
class OrderView:
    """A stop or a reconnection that somebody must carry out."""

    step_id: int
    kind: str
    account_code: str
    unit_code: str
    ordered_at: datetime
    request_id: UUID | None = None


def policy_on(day: date) -> rules.Policy | None:
    """The policy in force on a day; None: the company has none, and nothing is done."""
    rows = DunningPolicy.objects.filter(valid_from__lte=day, state=PolicyState.AGREED)
    row = rows.order_by("-valid_from").first()
    return policy_of(row) if row is not None else None


def policy_of(row: DunningPolicy) -> rules.Policy:
    """A row of the company's policy as the rules take it."""
    return rules.Policy(**{name: getattr(row, name) for name in rules.Policy.__dataclass_fields__})


def shipped_policies() -> list[dict[str, Any]]:
    """What law and practice say, with their sources, to choose from: none is in force until the company takes it."""
    found: list[dict[str, Any]] = json.loads(
        Path(__file__).with_name("policies.json").read_text(encoding="utf-8")
    )
    return found


def owed_overdue(account_code: str, at: datetime) -> int:
    """What an account owes whose day is over."""
    return owed_of(account_code, at)


def owed_of(account_code: str, due_before: datetime) -> int:
    """What an account still owes of charges that were due before an instant."""
    rows = Charge.objects.filter(account_code=account_code, status=ChargeStatus.OPEN, due_at__lt=due_before)
    return rows.aggregate(sum=Sum(F("total_vnd") - F("paid_vnd")))["sum"] or 0


def is_spared(account_code: str, day: date) -> bool:
    """Whether an exemption or a promise that is kept protects the account."""
    return find_exemption(account_code, day) is not None or find_promise(account_code) is not None


def find_exemption(account_code: str, day: date) -> DunningExemption | None:
    """What spares the account on a day; of several the one that holds longest."""
    still = Q(valid_to__isnull=True) | Q(valid_to__gt=day)
    rows = DunningExemption.objects.filter(
        still, account_code=account_code, valid_from__lte=day, ended_at__isnull=True
    )
    return rows.order_by(F("valid_to").desc(nulls_first=True), "id").first()


def find_promise(account_code: str) -> InstalmentPromise | None:
    """The promise of the account that is open."""
    return InstalmentPromise.objects.filter(account_code=account_code, state="OPEN").first()


def has_broken(case: DunningCase) -> bool:
    """Whether a promise about this debt was broken before."""
    rows = InstalmentPromise.objects.filter(account_code=case.account_code, state="BROKEN")
    return rows.filter(ended_at__gte=case.opened_at).exists()


def is_stopped(case: DunningCase) -> bool:
    """Whether electricity was stopped in this case."""
    return case.steps.filter(kind=StepKind.STOP, state=StepState.DONE).exists()


def parts_of(promise: InstalmentPromise) -> list[tuple[date, int]]:
    """The last day and the amount of each part."""
    return [(date.fromisoformat(part["day"]), part["amount_vnd"]) for part in promise.parts]


_BY_AGE = """
SELECT width_bucket(EXTRACT(DAY FROM %(at)s - d.overdue_since)::int, %(ages)s::int[]) AS band, count(*), sum(o.owed)::bigint
FROM payments_dunningcase d JOIN LATERAL (
    SELECT sum(c.total_vnd - c.paid_vnd) AS owed FROM ledger_charge c
    WHERE c.account_code = d.account_code AND c.status = 'OPEN' AND c.due_at < %(at)s) o ON o.owed > 0
WHERE d.closed_at IS NULL AND d.unit_code = ANY(%(units)s) GROUP BY 1 ORDER BY 1
"""


def by_age(at: datetime, units: frozenset[str]) -> list[tuple[int, int | None, int, int]]:
    """Debt of these units by age: from day, to day (None: and more), accounts, sum."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_AGE, {"at": at, "ages": list(AGES), "units": list(units)})
        found = {band: (count, owed) for band, count, owed in cursor.fetchall()}
    return [
        (start, AGES[place + 1] if place + 1 < len(AGES) else None, *found.get(place + 1, (0, 0)))
        for place, start in enumerate(AGES)
    ]


_ACCOUNTS = """
SELECT d.account_code, d.overdue_since, o.owed FROM payments_dunningcase d JOIN LATERAL (
    SELECT sum(c.total_vnd - c.paid_vnd)::bigint AS owed FROM ledger_charge c
    WHERE c.account_code = d.account_code AND c.status = 'OPEN' AND c.due_at < %(at)s) o ON o.owed > 0
WHERE d.closed_at IS NULL AND d.unit_code = ANY(%(units)s)
  AND EXTRACT(DAY FROM %(at)s - d.overdue_since)::int >= %(start)s
  AND (%(end)s::int IS NULL OR EXTRACT(DAY FROM %(at)s - d.overdue_since)::int < %(end)s)
  AND (%(owed)s::bigint IS NULL OR (-o.owed, d.account_code) > (-%(owed)s::bigint, %(code)s))
ORDER BY o.owed DESC, d.account_code LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Debtor:
    account_code: str
    overdue_since: datetime
    owed_vnd: int


def list_accounts(
    at: datetime, units: frozenset[str], start: int, end: int | None, *, limit: int = 200,
    after: tuple[int, str] | None = None,
) -> list[Debtor]:  # fmt: skip
    """The accounts of a band of `by_age`, those that owe most first; `after`: behind the one that owes so much, of this code."""
    owed, code = after or (None, "")
    told: dict[str, Any] = {
        "at": at, "units": list(units), "start": start, "end": end, "limit": limit, "owed": owed, "code": code,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, told)
        return [Debtor(*row) for row in cursor.fetchall()]


def list_orders(units: frozenset[str], *, limit: int = 200, offset: int = 0) -> list[OrderView]:
    """Stops and reconnections to be carried out in these units; reconnections first, then the oldest."""
    rows = DunningStep.objects.filter(state=StepState.ORDERED, case__unit_code__in=units).select_related(
        "case"
    )
    return [
        OrderView(row.id, row.kind, row.case.account_code, row.case.unit_code, row.at, row.request_id)
        for row in rows.order_by("kind", "at", "id")[offset : offset + limit]
    ]


@dataclass(frozen=True)
class PolicyView:
    """A row of the policy: what it says, who proposed it, who decided."""

    id: int
    valid_from: date
    policy: rules.Policy
    source: str
    confidence: str
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str


def list_policies() -> list[PolicyView]:
    """Every policy, the newest day first."""
    rows = DunningPolicy.objects.order_by("-valid_from", "-id")
    return [
        PolicyView(
            row.id, row.valid_from, policy_of(row), row.source, row.confidence, row.state, row.changed_by, row.changed_at,
            row.decided_by,
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class StepView:
    """A step taken about an account; `request_id` of the one that carries a stop or reconnection out."""

    kind: str
    state: str
    at: datetime
    ended_at: datetime | None
    request_id: UUID | None


def list_steps(account_code: str, *, limit: int = 60) -> list[StepView]:
    """What was done about an account, the newest first."""
    rows = DunningStep.objects.filter(case__account_code=account_code).order_by("-at", "-id")[:limit]
    return [StepView(row.kind, row.state, row.at, row.ended_at, row.request_id) for row in rows]


@dataclass(frozen=True)
class ExemptionView:
    """Who is spared, why, what shows it, until when; `is_on`: it holds today."""

    id: int
    account_code: str
    reason: str
    note: str
    proof: str
    valid_from: date
    valid_to: date | None
    made_by: str
    made_at: datetime
    is_on: bool


@dataclass(frozen=True)
class PromiseView:
    """A promise to pay in parts, and what became of it."""

    id: UUID
    account_code: str
    owed_vnd: int
    parts: tuple[tuple[date, int], ...]
    state: str
    made_by: str
    made_at: datetime


def _in_units(units: Collection[str]) -> Q:
    """An account of one of these units: by its contract, else by the cases about it."""
    contract = Contract.objects.filter(account_code=OuterRef("account_code"))
    case = DunningCase.objects.filter(account_code=OuterRef("account_code"), unit_code__in=units)
    here = contract.filter(service_point__unit_code__in=units)
    return Q(Exists(here)) | (Q(Exists(case)) & ~Q(Exists(contract)))


def list_exemptions(
    day: date, *, account_code: str = "", units: Collection[str] = (), limit: int = 500, offset: int = 0
) -> list[ExemptionView]:
    """Those of an account, or of these units all that hold on a day or begin later; what ends first comes first."""
    on = Q(ended_at__isnull=True) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))
    chosen = Q(account_code=account_code) if account_code else on & _in_units(units)
    rows = DunningExemption.objects.filter(chosen)
    return [
        ExemptionView(
            row.id, row.account_code, row.reason, row.note, row.proof, row.valid_from, row.valid_to, row.made_by,
            row.made_at, row.ended_at is None and (row.valid_to is None or row.valid_to > day),
        )
        for row in rows.order_by(F("valid_to").asc(nulls_last=True), "id")[offset : offset + limit]
    ]  # fmt: skip


def list_promises(
    *, account_code: str = "", units: Collection[str] = (), limit: int = 500, offset: int = 0
) -> list[PromiseView]:
    """Those of an account, or of these units all that are open; the newest first."""
    chosen = Q(account_code=account_code) if account_code else Q(state="OPEN") & _in_units(units)
    rows = InstalmentPromise.objects.filter(chosen)
    return [
        PromiseView(
            row.id, row.account_code, row.owed_vnd, tuple(parts_of(row)), row.state, row.made_by, row.made_at
        )
        for row in rows.order_by("-made_at", "-id")[offset : offset + limit]
    ]


def units_of(account_codes: Collection[str]) -> dict[str, str]:
    """The unit of each of these accounts' newest case."""
    rows = DunningCase.objects.filter(account_code__in=account_codes).order_by("opened_at")
    return dict(rows.values_list("account_code", "unit_code"))
