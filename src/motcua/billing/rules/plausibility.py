"""Whether what a meter showed may be so: one pure rule for a crew's phone, a customer's photo, an import and a bill run.

`run_sql` says the same over a whole table; a property test holds the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Doubt(StrEnum):
    """Why a person has a look before the bill goes out."""

    NEGATIVE = "NEGATIVE"  # less than before, and too far for a round past all nines
    ABOVE = "ABOVE"
    BELOW = "BELOW"
    ZERO_HOME = "ZERO_HOME"


@dataclass(frozen=True)
class Bounds:
    """How far a use may lie from the last bill's, in per cent (dated rows of the company)."""

    above_percent: int
    below_percent: int


@dataclass(frozen=True)
class Use:
    """Kilowatt-hours over so many days."""

    kwh: int
    days: int


def doubt_of(use: Use, last: Use | None, *, is_home: bool, is_negative: bool, bounds: Bounds) -> Doubt | None:
    """What is doubtful about a use. Compared are daily averages; without a bill before there is nothing to compare."""
    if is_negative:
        return Doubt.NEGATIVE
    if use.kwh == 0 and is_home:
        return Doubt.ZERO_HOME if last is None or last.kwh else None
    if last is None:
        return None
    now, before = use.kwh * last.days * 100, last.kwh * use.days
    if now > before * (100 + bounds.above_percent):
        return Doubt.ABOVE
    if now < before * (100 - bounds.below_percent):
        return Doubt.BELOW
    return None


def is_negative(previous: int, current: int, digits: int) -> bool:
    """Less than before, where going round past all nines would mean more than half of all a register can count."""
    size: int = 10**digits
    return current < previous and (current - previous) % size > size // 2
