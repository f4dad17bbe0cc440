"""One case to rate: whose, how much, between which two readings; and the days that norms count by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from motcua.kernel.periods import month_of
from motcua.tariffs.book import Part

WHOLE_QUOTA = 100


class NormRounding(StrEnum):
    """Norms to whole kilowatt-hours, half up (the circular's annex as the power company of the centre prints it), or kept.

    Kept ones have four decimals, half up, so that a sum over a table gives the same.
    """

    CIRCULAR = "CIRCULAR"
    NONE = "NONE"

    @property
    def unit(self) -> int:
        """Into how many parts a kilowatt-hour is cut."""
        return 1 if self is NormRounding.CIRCULAR else 10_000


@dataclass(frozen=True, slots=True)
class Case:
    """`start` is the day of the previous reading, `end` the day of this one; what was used lies between them.

    `use` holds kilowatt-hours by register: ONE alone, or NORMAL, OFF_PEAK and PEAK. `quota_hundredths` 125 is one and
    a quarter households. `norm_days` are the days of which a month's norms are a share. `known` are kilowatt-hours
    counted from the start to a day between (a reading on the day of a price change, a meter changed). `kw_hundredths` is the
    highest demand measured in the period, of two-part prices alone.
    """

    group: str
    start: date
    end: date
    use: Mapping[Part, int]
    billing_month: date
    norm_days: int
    voltage: str = ""
    quota_hundredths: int = WHOLE_QUOTA
    is_undeclared: bool = False
    cosphi_hundredths: int | None = None
    area: str = ""
    norm_rounding: NormRounding = NormRounding.CIRCULAR
    known: Mapping[date, Mapping[Part, int]] = field(default_factory=dict)
    kw_hundredths: int | None = None

    @property
    def total_kwh(self) -> int:
        return sum(self.use.values())

    @property
    def has_registers(self) -> bool:
        return Part.ONE not in self.use

    @property
    def is_demand_too_low(self) -> bool:
        """Whether so much cannot be used by a demand that never was higher; two readings may lie a day's hours further apart."""
        if self.kw_hundredths is None:
            return False
        hours = 24 * ((self.end - self.start).days + 1)
        return self.total_kwh * 100 > self.kw_hundredths * hours


def norm_days(start: date, end: date, billing_month: date | None) -> int:
    """T of the norm formula: the calendar days of the month before the billing month.

    The norms of a period of N days are Mq / T * N * h. A period from a day of one month to the same day of the next has
    N = T, so it has whole norms. So has one from the last day of a month to the last day of the next, where nobody
    has named another billing month: a reading day at the end of the month has not moved because February is short.
    """
    if billing_month is None and _ends_month(start) and _ends_month(end) and _is_next_month(start, end):
        return (end - start).days
    before = (billing_month or end).replace(day=1) - timedelta(days=1)
    return before.day


def billing_month_of(end: date) -> date:
    """The month that a bill read on a day belongs to, when nobody says another."""
    return end.replace(day=1)


def _ends_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _is_next_month(start: date, end: date) -> bool:
    return month_of(start).is_followed_by(month_of(end))
