"""Pure decisions on debt: what comes next in a case, when it may come at the earliest, and when nobody is cut off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from motcua.kernel import local_time

NOTICE, ANNOUNCE, STOP = "NOTICE", "ANNOUNCE", "STOP"
FURTHEST = 60  # days looked ahead for one on which electricity may be stopped
Works = Callable[[date], bool]
Tells = Callable[[datetime], datetime]  # when something to be told from an instant on really goes


@dataclass(frozen=True)
class Policy:
    """How patient the company is; see the model of this name."""

    notices: int
    first_days: int
    gap_days: int
    after_first_days: int
    after_last_days: int
    announce_hours: int
    stop_from: time
    stop_to: time
    needs_working_day_after: bool = True
    least_owed_vnd: int = 1
    promise_parts: int = 0
    promise_days: int = 0
    claim_days: int = 0
    fee_first: bool = True
    fee_days: int = 15


@dataclass(frozen=True)
class Taken:
    """A step that was taken, and when."""

    kind: str
    at: datetime


@dataclass(frozen=True)
class Next:
    """The next step, and the instant before which it may not come."""

    kind: str
    at: datetime


def next_step(
    policy: Policy, overdue_since: datetime, taken: Sequence[Taken], works: Works, tells: Tells
) -> Next | None:
    """Notices first, then the announcement, then the stop; each no earlier than the policy allows. None: nothing is left.

    `works` tells working days, `tells` the hours in which anybody is told something: what would come at night comes in the
    morning. Every wait counts from when the step before was really taken, however late it was.
    """
    if any(step.kind == STOP for step in taken):
        return None
    notices = [step.at for step in taken if step.kind == NOTICE]
    announced = [step.at for step in taken if step.kind == ANNOUNCE]
    if not notices:
        return Next(NOTICE, tells(overdue_since + timedelta(days=policy.first_days)))
    if len(notices) < policy.notices:
        return Next(NOTICE, tells(notices[-1] + timedelta(days=policy.gap_days)))
    if not announced:
        first = notices[0] + timedelta(days=policy.after_first_days)
        return Next(ANNOUNCE, tells(max(first, notices[-1] + timedelta(days=policy.after_last_days))))
    at = first_allowed(policy, announced[-1] + timedelta(hours=policy.announce_hours), works)
    return Next(STOP, at) if at else None


def may_stop_at(policy: Policy, at: datetime, works: Works) -> bool:
    """Whether electricity may be stopped at this instant: in the hours, on a working day, with another behind it."""
    local = local_time.to_local(at)
    day = local.date()
    if not policy.stop_from <= local.time() < policy.stop_to or not works(day):
        return False
    return works(day + timedelta(days=1)) or not policy.needs_working_day_after


def first_allowed(policy: Policy, at: datetime, works: Works) -> datetime | None:
    """The first instant from `at` on at which electricity may be stopped; None when none is near."""
    if may_stop_at(policy, at, works):
        return at
    first = local_time.to_local(at).date()
    for ahead in range(FURTHEST):
        start = local_time.instant(first + timedelta(days=ahead), policy.stop_from)
        if start >= at and may_stop_at(policy, start, works):
            return start
    return None


def first_time(policy: Policy, kind: str, at: datetime, works: Works, tells: Tells) -> datetime | None:
    """The first instant from `at` on at which a step of the kind may be taken; None when none is near."""
    return first_allowed(policy, at, works) if kind == STOP else tells(at)


def outlook(
    policy: Policy, overdue_since: datetime, taken: Sequence[Taken], works: Works, tells: Tells, now: datetime
) -> list[Next]:
    """All that comes, each at the earliest instant it can when the steps before it are taken as early as they can."""
    done, coming = list(taken), []
    while step := next_step(policy, overdue_since, done, works, tells):
        at = first_time(policy, step.kind, max(step.at, now), works, tells)
        if at is None:
            break
        coming.append(Next(step.kind, at))
        done.append(Taken(step.kind, at))
    return coming


def counts(kind: str, at: datetime, spared_at: datetime | None) -> bool:
    """Whether a step that was taken still counts: who was spared after the announcement hears it anew."""
    return kind != ANNOUNCE or spared_at is None or at > spared_at


def parts_of(owed_vnd: int, count: int, today: date, days: int) -> tuple[tuple[date, int], ...]:
    """So many parts, as equal as whole dong allow, spread evenly; the last on the last day allowed.

    Example: 100 in 3 over 60 days: 34 after 20 days, 33 after 40, 33 after 60.
    """
    each, left = divmod(owed_vnd, count)
    return tuple(
        (today + timedelta(days=days * (place + 1) // count), each + (place < left)) for place in range(count)
    )


def offers(policy: Policy, owed_vnd: int, today: date) -> list[tuple[tuple[date, int], ...]]:
    """The ways to pay in parts that a customer may choose alone, fewest parts first; none for less than a dong a part."""
    return [
        parts_of(owed_vnd, count, today, policy.promise_days)
        for count in range(2, policy.promise_parts + 1)
        if owed_vnd >= count
    ]


def due_now(parts: Sequence[tuple[date, int]], paid_vnd: int) -> int:
    """What the next part that is not paid in full still asks for; 0 when all are paid.

    Example: parts of 50 and 50, 20 paid: 30; 60 paid: 40.
    """
    so_far = 0
    for _day, amount in parts:
        so_far += amount
        if paid_vnd < so_far:
            return so_far - paid_vnd
    return 0


def spread(amount_vnd: int, owed: Sequence[int]) -> list[int]:
    """So much over what is owed, in its order; no more to each than it owes.

    Example: 150 over 100 and 200: 100 and 50.
    """
    given = []
    for one in owed:
        given.append(min(one, amount_vnd))
        amount_vnd -= given[-1]
    return given


def parts_kept(parts: Sequence[tuple[date, int]], paid_vnd: int, today: date) -> bool:
    """Whether so much was paid as the parts whose day is over come to."""
    return paid_vnd >= sum(amount for day, amount in parts if day < today)
