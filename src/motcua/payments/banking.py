"""Pure decisions of the bank interface: the order of charges, a bank's day, what a reservation leaves to others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from motcua.kernel import local_time
from motcua.ledger.queries import ChargeView

# How the payer came to the bank. Online is narrower than cashless: a branch's counter and a standing order are not.
CHANNELS = ("MOBILE", "WEB", "ATM", "COUNTER", "STANDING", "OTHER")
WINDOW = timedelta(minutes=5)
KEYS_AT_ONCE = 2
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class CutOff:
    """From this day on a bank's day ends at this local time; none: at midnight."""

    valid_from: date
    ends_at: time | None


@dataclass(frozen=True)
class Policy:
    """Which charge comes first, may a part be paid, must the order be kept, how long a hold lasts."""

    order: str
    part_payment: bool
    must_follow_order: bool
    hold_seconds: int


def in_order(charges: Iterable[ChargeView], policy: Policy) -> list[ChargeView]:
    """The charges, the one to be paid first in front. Those without a due day come last, the oldest first."""
    if policy.order == "OLDEST_RAISED":
        return sorted(charges, key=lambda charge: (charge.created_at, str(charge.id)))
    return sorted(charges, key=lambda charge: (charge.due_at or _LAST, charge.created_at, str(charge.id)))


def day_ends(day: date, cut_offs: Sequence[CutOff]) -> datetime:
    """The first instant that no longer belongs to this day of the bank."""
    known = [cut_off for cut_off in cut_offs if cut_off.valid_from <= day]
    ends_at = max(known, key=lambda cut_off: cut_off.valid_from).ends_at if known else None
    return local_time.day_bounds(day)[1] if ends_at is None else local_time.instant(day, ends_at)


def day_of(at: datetime, cut_offs: Sequence[CutOff]) -> date:
    """The day of the bank that an instant belongs to: behind the cut-off it is the next one."""
    day = local_time.local_date(at)
    return day if at < day_ends(day, cut_offs) else day + timedelta(days=1)


def day_span(day: date, cut_offs: Sequence[CutOff]) -> tuple[datetime, datetime]:
    """First instant of the bank's day, and first instant of the next."""
    return day_ends(day - timedelta(days=1), cut_offs), day_ends(day, cut_offs)


def left_vnd(charge: ChargeView, reserved_vnd: int) -> int:
    """What of a charge is owed and not reserved by somebody who is about to pay it."""
    return max(charge.remaining_vnd - reserved_vnd, 0)
