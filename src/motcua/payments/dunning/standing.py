"""Where an account stands, for its customer and for staff: what it owes, what comes next and when, and how to avert it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from motcua.companies import queries as company_queries
from motcua.kernel import local_time, money
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.messaging.mass import queries as mass_queries
from motcua.payments.dunning import cases, queries, rules
from motcua.payments.models import DunningCase, DunningStep, InstalmentPromise, StepKind, StepState
from motcua.tariffs import queries as tariff_queries

FEE_KIND = "NG"  # of the charge
FEE = "RECONNECT_LE_038KV"  # what a home pays, and others at least


class Where(StrEnum):
    """The one word for it; the earlier in this list, the more it counts."""

    BACK_ORDERED = "BACK_ORDERED"  # all is paid, electricity comes back
    STOPPED = "STOPPED"
    NOTHING = "NOTHING"
    WAITING = "WAITING"  # something is to be paid, its day is not over
    PROMISED = "PROMISED"
    SPARED = "SPARED"
    STOP_ORDERED = "STOP_ORDERED"
    ANNOUNCED = "ANNOUNCED"
    NOTIFIED = "NOTIFIED"
    OVERDUE = "OVERDUE"


@dataclass(frozen=True)
class Part:
    """One part of a promise, and whether so much has been paid."""

    day: date
    amount_vnd: int
    is_paid: bool


@dataclass(frozen=True)
class Due:
    """What is to be paid of one charge now: all it owes, or of a promise's next part what falls to it."""

    charge: ChargeView
    amount_vnd: int

    @property
    def is_part(self) -> bool:
        return self.amount_vnd < self.charge.remaining_vnd


@dataclass(frozen=True)
class Standing:
    """`owed_vnd` is overdue, `later_vnd` is not yet. `coming`: every step still ahead, at its earliest instant.

    `dues`: what to pay now; where a promise runs its next part and what fell due beside it, else all that is overdue; and
    the fee that a reconnection waits for.
    """

    account_code: str
    where: Where
    owed_vnd: int
    later_vnd: int
    overdue_since: datetime | None
    charges: tuple[ChargeView, ...]
    coming: tuple[rules.Next, ...]
    dues: tuple[Due, ...]
    parts: tuple[Part, ...]
    paid_of_promise_vnd: int
    spared_until: date | None
    spared_reason: str
    step_at: datetime | None  # of the stop or reconnection that was ordered or done
    ways: tuple[tuple[tuple[date, int], ...], ...]  # to pay in parts
    may_say_paid: bool
    fee_vnd: int  # of a reconnection, VAT included; 0: none is known
    fee_first: bool
    stop_from: time | None  # the hours of the policy
    stop_to: time | None

    @property
    def next_part(self) -> Part | None:
        return next((part for part in self.parts if not part.is_paid), None)


def standing(account_code: str, at: datetime) -> Standing:
    """Where an account stands now. Told from the books and the case; nothing is written."""
    day = local_time.local_date(at)
    policy = queries.policy_on(day)
    case = (
        DunningCase.objects.filter(account_code=account_code, closed_at__isnull=True)
        .prefetch_related("steps")
        .first()
    )
    charges = ledger_queries.list_charges_of_accounts([account_code], open_only=True)
    overdue = [charge for charge in charges if charge.due_at is not None and charge.due_at < at]
    owed = sum(charge.remaining_vnd for charge in overdue)
    promise, exemption = queries.find_promise(account_code), queries.find_exemption(account_code, day)
    steps = list(case.steps.all()) if case is not None else []
    back = _back_ordered(account_code)
    where = _where(back, steps, bool(owed), bool(charges), promise is not None, exemption is not None)
    is_off = where in (Where.STOPPED, Where.BACK_ORDERED)
    free = policy is not None and owed > 0 and promise is None and not is_off
    since = min((charge.due_at for charge in overdue if charge.due_at), default=None)
    parts, paid = _parts(promise, charges)
    fees = (Due(one, one.remaining_vnd) for one in charges if one.kind == FEE_KIND and one.due_at is None)
    dues = (*_dues(overdue, promise, paid), *fees)
    return Standing(
        account_code=account_code, where=where, owed_vnd=owed,
        later_vnd=sum(charge.remaining_vnd for charge in charges) - owed,
        overdue_since=since, charges=tuple(charges),
        coming=_coming(policy, case, since, at) if where in _GOES_ON else (),
        dues=dues, parts=parts, paid_of_promise_vnd=paid,
        spared_until=exemption.valid_to if exemption else None, spared_reason=exemption.reason if exemption else "",
        step_at=_step_at(where, steps, back),
        ways=tuple(rules.offers(policy, owed, day)) if free and policy and not (case and queries.has_broken(case)) else (),
        may_say_paid=bool(free and policy and policy.claim_days and case and not exemption and not _has_said(case)),
        fee_vnd=fee_vnd(day), fee_first=policy.fee_first if policy else True,
        stop_from=policy.stop_from if policy else None, stop_to=policy.stop_to if policy else None,
    )  # fmt: skip


_GOES_ON = frozenset({Where.OVERDUE, Where.NOTIFIED, Where.ANNOUNCED})


def _where(
    back: DunningStep | None, steps: list[DunningStep], owes: bool, waits: bool, promised: bool, spared: bool
) -> Where:
    stops = {step.state for step in steps if step.kind == StepKind.STOP}
    if back is not None:
        return Where.BACK_ORDERED
    if StepState.DONE in stops:
        return Where.STOPPED
    if not owes:
        return Where.WAITING if waits else Where.NOTHING
    if promised or spared:
        return Where.PROMISED if promised else Where.SPARED
    if StepState.ORDERED in stops:
        return Where.STOP_ORDERED
    kinds = {taken.kind for taken in (cases.taken_of(steps[0].case) if steps else ())}
    if rules.ANNOUNCE in kinds:
        return Where.ANNOUNCED
    return Where.NOTIFIED if rules.NOTICE in kinds else Where.OVERDUE


def _back_ordered(account_code: str) -> DunningStep | None:
    rows = DunningStep.objects.filter(
        kind=StepKind.RECONNECT, state=StepState.ORDERED, case__account_code=account_code
    )
    return rows.order_by("-at").first()


def _step_at(where: Where, steps: list[DunningStep], back: DunningStep | None) -> datetime | None:
    if back is not None:
        return back.at
    stops = [step for step in steps if step.kind == StepKind.STOP and step.state != StepState.CANCELLED]
    if not stops:
        return None
    return stops[-1].ended_at if where is Where.STOPPED else stops[-1].at


def _coming(
    policy: rules.Policy | None, case: DunningCase | None, since: datetime | None, at: datetime
) -> tuple[rules.Next, ...]:
    if policy is None or since is None:
        return ()
    taken = cases.taken_of(case) if case is not None else []
    begun = case.overdue_since if case is not None else since
    works = company_queries.get_calendar().is_working_day
    return tuple(rules.outlook(policy, begun, taken, works, mass_queries.first_sending, at))


def _parts(promise: InstalmentPromise | None, charges: list[ChargeView]) -> tuple[tuple[Part, ...], int]:
    """The parts of a promise, those that are paid marked in the order of their days; and what was paid.

    Told from the charges that were read already: read again, a payment in between would be in one figure of the
    page and not in the other.
    """
    if promise is None:
        return (), 0
    left = sum(
        charge.remaining_vnd for charge in charges if charge.due_at and charge.due_at < promise.made_at
    )
    paid = promise.owed_vnd - left
    parts, so_far = [], 0
    for day, amount in queries.parts_of(promise):
        so_far += amount
        parts.append(Part(day, amount, paid >= so_far))
    return tuple(parts), paid


def _dues(overdue: list[ChargeView], promise: InstalmentPromise | None, paid_vnd: int) -> tuple[Due, ...]:
    """Oldest first; what fell due after the promise was made is not in it."""
    ordered = sorted(overdue, key=lambda charge: (charge.due_at or charge.created_at, charge.id))
    if promise is None:
        return tuple(Due(charge, charge.remaining_vnd) for charge in ordered)
    within = [charge for charge in ordered if charge.due_at and charge.due_at < promise.made_at]
    asked = rules.due_now(queries.parts_of(promise), paid_vnd)
    falls = dict(zip(within, rules.spread(asked, [charge.remaining_vnd for charge in within]), strict=True))
    found = (Due(charge, falls.get(charge, charge.remaining_vnd)) for charge in ordered)
    return tuple(due for due in found if due.amount_vnd)


def _has_said(case: DunningCase) -> bool:
    return case.exemptions.filter(reason="PAID_SAID").exists()


def fee_vnd(day: date) -> int:
    """What a home pays for stop and reconnection on a day, VAT included; 0 where no price is known."""
    try:
        net, rate = tariff_queries.fee_vnd(FEE, day), tariff_queries.vat_rate("SERVICE", day)
    except (tariff_queries.NoFee, tariff_queries.NoRate):
        return 0
    return net + money.vat_vnd(net, rate)
