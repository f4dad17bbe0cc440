"""How a bill differs from an earlier one of the same account, and why, to the dong: pure.

The difference of the kilowatt-hours has two parts that add up to it: more or fewer days, and more or less a day. That of
the money has two as well: what was used (the later use at the earlier bill's prices and days), and the rest (prices, days
by which norms count, households, relief, tax). Where the earlier bill cannot be rated again with another use (several
purposes on one meter, a meter changed in between), only the kilowatt-hours are explained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Protocol

from motcua.billing.rules import rating, reading
from motcua.kernel.results import Refused
from motcua.tariffs.book import PriceBook

TENTH = Decimal("0.1")


class Billed(Protocol):
    """What is compared."""

    @property
    def billing_month(self) -> date: ...
    @property
    def from_day(self) -> date: ...
    @property
    def to_day(self) -> date: ...
    @property
    def case(self) -> Any: ...
    @property
    def lines(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def kwh(self) -> int: ...
    @property
    def vat_rate(self) -> Decimal: ...
    @property
    def reactive_vnd(self) -> int: ...
    @property
    def total_vnd(self) -> int: ...


class Why(StrEnum):
    """What is another than before beside the use."""

    PRICES = "PRICES"
    DAYS = "DAYS"
    QUOTAS = "QUOTAS"
    RELIEF = "RELIEF"
    REACTIVE = "REACTIVE"
    VAT = "VAT"


@dataclass(frozen=True)
class Comparison:
    """This bill less the earlier one. Kilowatt-hours a day have one decimal."""

    before_month: date
    kwh: int
    vnd: int
    percent_kwh: int | None
    days: int
    kwh_of_days: int
    kwh_of_use: int
    kwh_a_day: Decimal
    kwh_a_day_before: Decimal
    vnd_of_use: int | None
    vnd_of_rest: int | None
    why: tuple[Why, ...]
    top_tier: int
    top_tier_before: int
    top_price_vnd: int

    @property
    def is_same(self) -> bool:
        return self.kwh == 0 and self.vnd == 0

    @property
    def reached_dearer_tier(self) -> bool:
        """Whether some of the electricity was in a tier that was not reached before."""
        return self.top_tier > self.top_tier_before > 0


def compare(now: Billed, before: Billed, book: PriceBook) -> Comparison:
    """What differs between two bills of use, the earlier one second."""
    days, days_before = _days(now), _days(before)
    of_days = round_half_up(Decimal(before.kwh * (days - days_before)) / days_before)
    use = _vnd_of_use(now, before, book)
    vnd = now.total_vnd - before.total_vnd
    tiers, tiers_before = _tiers(now), _tiers(before)
    top = max(tiers, default=0)
    return Comparison(
        before_month=before.billing_month,
        kwh=now.kwh - before.kwh,
        vnd=vnd,
        percent_kwh=round_half_up(Decimal(100 * (now.kwh - before.kwh)) / before.kwh) if before.kwh else None,
        days=days - days_before,
        kwh_of_days=of_days,
        kwh_of_use=now.kwh - before.kwh - of_days,
        kwh_a_day=a_day(now),
        kwh_a_day_before=a_day(before),
        vnd_of_use=use,
        vnd_of_rest=None if use is None else vnd - use,
        why=tuple(_why(now, before)),
        top_tier=top,
        top_tier_before=max(tiers_before, default=0),
        top_price_vnd=tiers.get(top, 0),
    )


def a_day(bill: Billed) -> Decimal:
    """Kilowatt-hours a day, to one decimal, half up."""
    return (Decimal(bill.kwh) / _days(bill)).quantize(TENTH, ROUND_HALF_UP)


def round_half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def month_before(month: date, bills: Sequence[Billed]) -> Billed | None:
    """The bill of the month before, if there is exactly one."""
    earlier = date(month.year - (month.month == 1), month.month - 1 or 12, 1)
    return _only(earlier, bills)


def year_before(month: date, bills: Sequence[Billed]) -> Billed | None:
    """The bill of the same month a year before, if there is exactly one."""
    return _only(month.replace(day=1, year=month.year - 1), bills)


def _only(month: date, bills: Sequence[Billed]) -> Billed | None:
    found = [bill for bill in bills if bill.billing_month == month]
    return found[0] if len(found) == 1 else None


def _days(bill: Billed) -> int:
    return (bill.to_day - bill.from_day).days


def _tiers(bill: Billed) -> dict[int, int]:
    """The price of each tier that was reached."""
    found = {}
    for line in bill.lines:
        name = str(line.get("rule", "")).split(" ")[0]
        if name.startswith("TIER_") and name[5:].isdigit() and line.get("kwh"):
            found[int(name[5:])] = int(line["price_vnd"])
    return found


def _vnd_of_use(now: Billed, before: Billed, book: PriceBook) -> int | None:
    """What the earlier bill would come to with the later use, less what it came to."""
    if not (isinstance(now.case, Mapping) and isinstance(before.case, Mapping)):
        return None
    if ("registers" in now.case) != ("registers" in before.case):
        return None
    told = {key: value for key, value in before.case.items() if key not in ("kwh", "registers")}
    told |= {key: now.case[key] for key in ("kwh", "registers") if key in now.case}
    try:
        again = rating.rate(reading.read_case(reading.given(before.case), book), book)
        if again.total_vnd != before.total_vnd:
            return None
        return rating.rate(reading.read_case(reading.given(told), book), book).total_vnd - before.total_vnd
    except Refused:
        return None


def _why(now: Billed, before: Billed) -> list[Why]:
    found = []
    if _prices(now) != _prices(before):
        found.append(Why.PRICES)
    if _days(now) != _days(before):
        found.append(Why.DAYS)
    if _households(now) != _households(before):
        found.append(Why.QUOTAS)
    if _reliefs(now) != _reliefs(before):
        found.append(Why.RELIEF)
    if bool(now.reactive_vnd) != bool(before.reactive_vnd):
        found.append(Why.REACTIVE)
    if now.vat_rate != before.vat_rate:
        found.append(Why.VAT)
    return found


def _prices(bill: Billed) -> set[str]:
    return {str(line.get("source", "")) for line in bill.lines}


def _households(bill: Billed) -> tuple[Any, Any]:
    case = bill.case if isinstance(bill.case, Mapping) else {}
    return case.get("quotas") or 1, case.get("tenants")


def _reliefs(bill: Billed) -> set[str]:
    """The reliefs that made lines cheaper."""
    return {str(line["rule"]).partition(" ")[2] for line in bill.lines if " " in str(line.get("rule", ""))}
