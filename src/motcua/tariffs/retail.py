"""The state's retail prices by day: what a page shows. Before VAT, whole dong a kilowatt-hour.

A decision holds from a day on; a day finds its decision, and every price says where it was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from motcua.tariffs.book import Decision as DecisionRow
from motcua.tariffs.book import Part, Price, PriceBook

GROUPS = ("PRODUCTION", "BUSINESS", "HOSPITAL_SCHOOL", "ADMIN_LIGHTING")


@dataclass(frozen=True)
class Tier:
    """The price of the kilowatt-hours from `first` to `last` of a month and a quota; no `last`: all above."""

    first: int
    last: int | None
    price_vnd: int


@dataclass(frozen=True)
class Line:
    """Prices of one voltage: one for all hours, or by normal, off-peak and peak hours."""

    code: str
    name: str
    name_en: str
    normal_vnd: int
    off_peak_vnd: int | None = None
    peak_vnd: int | None = None


@dataclass(frozen=True)
class Group:
    """Who pays these prices, one of GROUPS."""

    code: str
    lines: tuple[Line, ...]
    source: str

    @property
    def has_hours(self) -> bool:
        return any(line.peak_vnd is not None for line in self.lines)


@dataclass(frozen=True)
class Decision:
    """A price decision: its number, the days it holds, the prices of homes and of the other groups."""

    number: str
    valid_from: date
    valid_to: date | None  # the last day
    tiers: tuple[Tier, ...]
    prepaid_vnd: int
    source: str
    groups: tuple[Group, ...]

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def find_decision(book: PriceBook, on: date) -> Decision | None:
    """The decision that holds on a day with its prices of that day; None before the first one we know."""
    row = book.find_decision(on)
    return _decision(book, row, on) if row else None


def list_decisions(book: PriceBook) -> tuple[DecisionRow, ...]:
    """Every decision we know, newest first."""
    return tuple(sorted(book.decisions, key=lambda decision: decision.valid_from, reverse=True))


def _decision(book: PriceBook, row: DecisionRow, on: date) -> Decision:
    prices = [price for price in book.prices if price.holds_on(on)]
    homes = [price for price in prices if price.customer_group == "HOME" and price.part is Part.TIER]
    prepaid = [price for price in prices if price.customer_group == "HOME_PREPAID"]
    return Decision(
        number=row.number,
        valid_from=row.valid_from,
        valid_to=row.valid_to - timedelta(days=1) if row.valid_to else None,
        tiers=_tiers(sorted(homes, key=lambda price: price.tier)),
        prepaid_vnd=prepaid[0].price_vnd if prepaid else 0,
        source=homes[0].source if homes else row.source,
        groups=tuple(
            _group(book, code, found)
            for code in GROUPS
            if (found := [price for price in prices if price.customer_group == code])
        ),
    )


def _tiers(prices: Sequence[Price]) -> tuple[Tier, ...]:
    """Widths as bounds, as the decisions print them: 0-50, 51-100 ..."""
    tiers: list[Tier] = []
    above = 0
    for price in prices:
        last = above + price.width_kwh if price.width_kwh else None
        tiers.append(Tier(above + 1 if above else 0, last, price.price_vnd))
        above = last or above
    return tuple(tiers)


def _group(book: PriceBook, code: str, prices: Sequence[Price]) -> Group:
    known = {voltage.code: voltage for voltage in book.voltages}
    by_voltage: dict[str, dict[Part, int]] = {}
    for price in prices:
        by_voltage.setdefault(price.voltage, {})[price.part] = price.price_vnd
    ordered = sorted(by_voltage, key=lambda v: -known[v].from_kv if v in known else 0)
    return Group(
        code,
        tuple(
            Line(
                voltage,
                known[voltage].name if voltage in known else "",
                known[voltage].name_en if voltage in known else "",
                by_voltage[voltage].get(Part.NORMAL) or by_voltage[voltage].get(Part.ONE) or 0,
                by_voltage[voltage].get(Part.OFF_PEAK),
                by_voltage[voltage].get(Part.PEAK),
            )
            for voltage in ordered
        ),
        prices[0].source,
    )
