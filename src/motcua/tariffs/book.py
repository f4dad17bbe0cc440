"""The national prices as plain values that rating reads: from the tables, or from our own data files alike.

Days are half-open: a row holds from `valid_from` to before `valid_to`. Prices are whole dong a kilowatt-hour before VAT.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import TypeVar


class Part(StrEnum):
    """Which kilowatt-hours a price is for."""

    TIER = "TIER"  # those of one tier of a month and a household
    ONE = "ONE"  # all
    NORMAL = "NORMAL"
    OFF_PEAK = "OFF_PEAK"
    PEAK = "PEAK"
    UNDECLARED = "UNDECLARED"  # all, of tenants whom nobody declared
    CAPACITY = "CAPACITY"  # none: the kilowatts of the highest demand, a month


class Basis(StrEnum):
    """What a relief's period is of."""

    BILL_MONTH = "BILL_MONTH"
    USE_DAYS = "USE_DAYS"


@dataclass(frozen=True)
class Row:
    """What holds from a day to before another, and where that was read."""

    valid_from: date
    valid_to: date | None
    source: str

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True)
class Rate(Row):
    """A dated share or number of a rule: VAT_ELECTRICITY 0.08, TENANTS_PER_QUOTA 4."""

    kind: str
    value: Decimal


@dataclass(frozen=True)
class FeePrice(Row):
    """What one of a fee item costs, before VAT."""

    code: str
    amount_vnd: int
    vat_kind: str


@dataclass(frozen=True)
class Decision(Row):
    """A decision of the ministry."""

    number: str
    issued_on: date
    average_vnd: Decimal
    confidence: str


@dataclass(frozen=True)
class Voltage(Row):
    """A class of voltages, in kilovolts."""

    code: str
    name: str
    name_en: str
    from_kv: Decimal
    below_kv: Decimal | None
    confidence: str

    def holds(self, other: Voltage) -> bool:
        """Whether every voltage of the other class is one of ours."""
        ends = self.below_kv is None or (other.below_kv is not None and other.below_kv <= self.below_kv)
        return self.from_kv <= other.from_kv and ends


@dataclass(frozen=True)
class Price(Row):
    """One price of one group; see the table EnergyPrice."""

    decision: str
    customer_group: str
    voltage: str
    part: Part
    tier: int
    width_kwh: int | None
    price_vnd: int
    confidence: str


@dataclass(frozen=True)
class ReliefRow(Row):
    """So much off, for a time, of the own price or of that of `price_group`; see the table Relief."""

    code: str
    customer_group: str
    area: str
    price_group: str
    basis: Basis
    tiers_to: int | None
    from_kwh: int
    to_kwh: int | None
    percent: Decimal
    confidence: str


@dataclass(frozen=True)
class Reactive(Row):
    """What is added for a power factor from `cosphi` up, in per cent."""

    cosphi: Decimal
    percent: Decimal
    confidence: str


@dataclass(frozen=True)
class Factor(Row):
    """By how much a fee grows with the distance (KM, above so many) or in mountains (MOUNTAIN)."""

    fee: str
    kind: str
    above: int
    value: Decimal
    confidence: str


@dataclass(frozen=True)
class Trial(Row):
    """Prices that are tried on paper beside the real ones; see the table PricesOnTrial."""

    code: str
    customer_group: str
    trial_group: str
    from_kwh: int
    from_kv: Decimal
    confidence: str


@dataclass(frozen=True)
class ThreePrices(Row):
    """Who of a group must be billed by three prices; see the table ThreePriceRule."""

    customer_group: str
    is_always: bool
    from_kva: int | None
    from_kwh: int | None
    months: int | None
    confidence: str


@dataclass(frozen=True)
class Hours(Row):
    """Hours of a schedule that are peak or off-peak."""

    schedule: str
    part: Part
    on_sundays: bool
    starts: time
    ends: time
    confidence: str


@dataclass(frozen=True)
class PriceSpan:
    """What one customer group pays at one voltage over days on which nothing changes; at least one of the kinds is there."""

    valid_from: date
    valid_to: date | None
    tiers: tuple[Price, ...]
    by_part: dict[Part, Price]
    reliefs: tuple[ReliefRow, ...]  # those by days of use
    # what the groups pay whose prices a relief lends
    lent: dict[str, dict[Part, Price]] = field(default_factory=dict)

    @property
    def has_hours(self) -> bool:
        return Part.NORMAL in self.by_part

    @property
    def has_capacity(self) -> bool:
        """Whether kilowatts have a price of their own: a two-part price."""
        return Part.CAPACITY in self.by_part

    def lends(self, group: str) -> bool:
        """Whether a group's prices can stand in for all of these."""
        return not self.tiers and self.by_part.keys() <= self.lent.get(group, {}).keys()


Dated = TypeVar("Dated", bound=Row)


@dataclass(frozen=True)
class PriceBook:
    """Everything that rating looks up. Spans are worked out once for each group, voltage and area that is asked for."""

    decisions: Sequence[Decision]
    voltages: Sequence[Voltage]
    prices: Sequence[Price]
    reliefs: Sequence[ReliefRow]
    reactive: Sequence[Reactive]
    rates: Sequence[Rate]
    fees: Sequence[FeePrice]
    factors: Sequence[Factor]
    trials: Sequence[Trial] = ()
    _spans: dict[tuple[str, str, str], tuple[PriceSpan, ...]] = field(default_factory=dict, repr=False)
    _rates: dict[tuple[str, date], Rate | None] = field(default_factory=dict, repr=False)
    _reliefs: dict[tuple[str, str, date], tuple[ReliefRow, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def groups(self) -> frozenset[str]:
        return frozenset(price.customer_group for price in self.prices)

    @cached_property
    def voltage_codes(self) -> frozenset[str]:
        named = {price.voltage for price in self.prices if price.voltage}
        return frozenset(named | {voltage.code for voltage in self.voltages})

    @cached_property
    def areas(self) -> frozenset[str]:
        """The places, and the kinds of place, for which there ever was a relief."""
        return frozenset(relief.area for relief in self.reliefs if relief.area)

    def find_rate(self, kind: str, on: date) -> Rate | None:
        """A rate or number of a rule on a day."""
        key = (kind, on)
        if key not in self._rates:
            self._rates[key] = _held([rate for rate in self.rates if rate.kind == kind], on)
        return self._rates[key]

    def find_fee(self, code: str, on: date) -> FeePrice | None:
        return _held([fee for fee in self.fees if fee.code == code], on)

    @cached_property
    def trial_groups(self) -> frozenset[str]:
        """The groups that nobody owes by: their prices are tried beside others."""
        return frozenset(trial.trial_group for trial in self.trials)

    def find_trials(self, group: str, on: date) -> list[Trial]:
        """What is tried beside a group's real prices on a day."""
        return [trial for trial in self.trials if trial.customer_group == group and trial.holds_on(on)]

    def lowest_kv(self, voltage: str) -> Decimal | None:
        """Where a class of voltages begins, in kilovolts; None of a code that is no class."""
        return next((row.from_kv for row in self.voltages if row.code == voltage), None)

    def find_decision(self, on: date) -> Decision | None:
        return _held(self.decisions, on)

    def reactive_percent(self, cosphi: Decimal, on: date) -> Reactive | None:
        """The row of a power factor on a day; none above the last row of the table that costs something."""
        rows = [row for row in self.reactive if row.holds_on(on) and row.cosphi <= cosphi]
        return max(rows, key=lambda row: row.cosphi, default=None)

    def spans(self, group: str, voltage: str, area: str = "") -> tuple[PriceSpan, ...]:
        """The prices of a group at a customer's voltage, by day; gaps where nobody has said a price."""
        key = (group, voltage, area)
        if key not in self._spans:
            self._spans[key] = tuple(self._spans_of(group, voltage, area))
        return self._spans[key]

    def bill_reliefs(self, group: str, area: str, billing_month: date) -> tuple[ReliefRow, ...]:
        """The reliefs by bill that a bill of a month may have."""
        key = (group, area, billing_month)
        if key not in self._reliefs:
            self._reliefs[key] = tuple(
                row
                for row in self.reliefs
                if row.basis is Basis.BILL_MONTH
                and row.customer_group == group
                and row.area in ("", area)
                and row.holds_on(billing_month)
            )
        return self._reliefs[key]

    def _spans_of(self, group: str, voltage: str, area: str) -> Iterable[PriceSpan]:
        rows = [row for row in self.prices if row.customer_group == group]
        ours = [row for row in self.reliefs if row.customer_group == group and row.area in ("", area)]
        by_days = [row for row in ours if row.basis is Basis.USE_DAYS]
        lenders = {row.price_group for row in ours if row.price_group}
        lent = [row for row in self.prices if row.customer_group in lenders]
        changing = [*rows, *by_days, *lent]
        days = {row.valid_from for row in changing} | {row.valid_to for row in changing if row.valid_to}
        ordered: list[date | None] = [*sorted(days), None]
        for start, end in itertools.pairwise(ordered):
            assert start is not None
            held = self._at_voltage([row for row in rows if row.holds_on(start)], voltage)
            if held:
                yield PriceSpan(
                    start,
                    end,
                    tuple(sorted((r for r in held if r.part is Part.TIER), key=lambda r: r.tier)),
                    _by_part(held),
                    tuple(row for row in by_days if row.holds_on(start)),
                    {name: _by_part(self._lent_on(lent, name, voltage, start)) for name in sorted(lenders)},
                )

    def _lent_on(self, lent: Sequence[Price], group: str, voltage: str, on: date) -> list[Price]:
        rows = [row for row in lent if row.customer_group == group and row.holds_on(on)]
        return self._at_voltage(rows, voltage)

    def _at_voltage(self, rows: Sequence[Price], voltage: str) -> list[Price]:
        """The rows of the narrowest class that holds the customer's voltage; none when no class does or several might."""
        known = {row.voltage for row in rows}
        if known <= {""}:
            return list(rows)
        if voltage in known:
            return [row for row in rows if row.voltage == voltage]
        classes = {row.code: row for row in self.voltages}
        customer = classes.get(voltage)
        fit = [code for code in known if customer and code in classes and classes[code].holds(customer)]
        return [row for row in rows if row.voltage == fit[0]] if len(fit) == 1 else []


def _by_part(rows: Iterable[Price]) -> dict[Part, Price]:
    return {row.part: row for row in rows if row.part is not Part.TIER}


def _held(rows: Sequence[Dated], on: date) -> Dated | None:
    return next((row for row in rows if row.holds_on(on)), None)
