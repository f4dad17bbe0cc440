"""From a case to a bill: pure, in whole dong, all sums in whole numbers.

Sources of the rules (the annex of Circular 16/2014 as the power company of the centre publishes it, unless said):

- tiers are filled in order; norms are Mq / T * N * h, each rounded half up to whole kilowatt-hours;
- a price that changes inside a period cuts it: old kWh = S / T * Nc, rounded half up, the last part takes the rest;
- relief: the price, or another group's where it lends that, is reduced and rounded to whole dong first, then multiplied
  (notices of 2020); of several the one that leaves the lowest price;
- capacity (two-part prices): the highest demand of the period times the price of a kilowatt and a month times N / T, half up;
  our reading of "per kW and month", as no text of the trial says how a part of a month counts;
- reactive power: the amount of active energy, without capacity, times the table's percentage, rounded half up to whole dong;
- VAT: the rate of the day on which the meter is read, on the subtotal, rounded half up to whole dong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from motcua.billing.rules.case import WHOLE_QUOTA, Case
from motcua.billing.rules.refusals import Contradiction, FieldWrong, NoPrice
from motcua.kernel import money
from motcua.tariffs.book import Part, Price, PriceBook, PriceSpan, ReliefRow

VAT_KIND = "VAT_ELECTRICITY"
HOUR_PARTS = (Part.NORMAL, Part.OFF_PEAK, Part.PEAK)


class Line(NamedTuple):
    """Kilowatt-hours at one price: `kwh_parts / unit` of them, used between two days; or kilowatts at theirs."""

    start: date
    end: date
    part: Part
    tier: int
    kwh_parts: int
    unit: int
    price_vnd: int
    amount_vnd: int
    group: str
    decision: str
    relief: str
    kw_hundredths: int | None = None

    @property
    def kwh(self) -> int | float:
        """Whole where it is whole."""
        whole, rest = divmod(self.kwh_parts, self.unit)
        return round(self.kwh_parts / self.unit, 4) if rest else whole

    @property
    def rule(self) -> str:
        """TIER_2, PEAK ..., with the relief that made it cheaper."""
        name = f"TIER_{self.tier}" if self.part is Part.TIER else self.part.value
        return f"{name} {self.relief}" if self.relief else name


@dataclass(frozen=True, slots=True)
class Bill:
    """What is owed for a period, line by line. `capacity_vnd` is None where kilowatts have no price."""

    lines: tuple[Line, ...]
    active_vnd: int
    capacity_vnd: int | None
    reactive_percent: Decimal
    reactive_vnd: int
    vat_rate: Decimal
    vat_vnd: int

    @property
    def subtotal_vnd(self) -> int:
        return self.active_vnd + (self.capacity_vnd or 0) + self.reactive_vnd

    @property
    def total_vnd(self) -> int:
        return self.subtotal_vnd + self.vat_vnd


def rate(case: Case, book: PriceBook) -> Bill:
    """The bill of one case. Refuses with NoPrice, Contradiction and FieldWrong, naming the case's field."""
    return rate_together([case], book)


def rate_together(cases: Sequence[Case], book: PriceBook, whole: Case | None = None) -> Bill:
    """One bill of one meter's cases (purposes that share it, terms that changed): lines of each, reactive power and VAT of the
    sum. `whole` is the case of all the period where the first is only a part of it.
    """
    first = whole or cases[0]
    lines = tuple(line for case in cases for line in _lines(case, book))
    active = sum(line.amount_vnd for line in lines if line.part is not Part.CAPACITY)
    of_capacity = [line.amount_vnd for line in lines if line.part is Part.CAPACITY]
    capacity = sum(of_capacity) if of_capacity else None
    percent, reactive = _reactive(active, first, book)
    vat = book.find_rate(VAT_KIND, first.end)
    if vat is None:
        raise _no_price(first)
    net = active + (capacity or 0) + reactive
    return Bill(lines, active, capacity, percent, reactive, vat.value, money.vat_vnd(net, vat.value))


def norm_parts(width_kwh: int, days: int, case: Case) -> int:
    """How much of a tier a period of so many days has, in parts of a kilowatt-hour: Mq / T * N * h, half up."""
    over = 2 * case.norm_days * WHOLE_QUOTA
    return (2 * case.norm_rounding.unit * width_kwh * days * case.quota_hundredths + over // 2) // over


def relieved_vnd(price_vnd: int, percent: Decimal) -> int:
    """A price after so much per cent off, rounded half up to whole dong."""
    left = 10_000 - int(percent * 100)
    return (2 * price_vnd * left + 10_000) // 20_000


def used_until(case: Case, part: Part, day: date) -> int:
    """Kilowatt-hours of a register from the start to a day: as read then, or in proportion to the days, half up."""
    before, after = (case.start, 0), (case.end, case.use[part])
    for known_day, known in sorted(case.known.items()):
        if known_day <= day:
            before = (known_day, known.get(part, 0))
        elif known_day < after[0]:
            after = (known_day, known.get(part, 0))
    if before[0] == day or after[0] == before[0]:
        return before[1]
    days, of = (day - before[0]).days, (after[0] - before[0]).days
    return before[1] + (2 * (after[1] - before[1]) * days + of) // (2 * of)


def _lines(case: Case, book: PriceBook) -> Iterator[Line]:
    reliefs = book.bill_reliefs(case.group, case.area, case.billing_month)
    used = dict.fromkeys(case.use, 0)
    for span, start, end in list(_segments(case, book)):  # all days are priced before any line is
        # homes go by days even when somebody read their meter on the day of the change
        plain = case if not (span.tiers and case.known) else _without_readings(case)
        until = {part: used_until(plain, part, end) for part in case.use}
        segment = _Segment(case, span, start, end, (*reliefs, *span.reliefs))
        yield from segment.lines({part: until[part] - used[part] for part in case.use})
        used = until


def _segments(case: Case, book: PriceBook) -> Iterator[tuple[PriceSpan, date, date]]:
    """The days of the period, cut where a price changes; refuses a period that is not wholly priced."""
    reached = case.start
    for span in book.spans(case.group, case.voltage, case.area):
        if span.valid_from >= case.end or (span.valid_to is not None and span.valid_to <= reached):
            continue
        if span.valid_from > reached:
            raise _no_price(case)
        end = case.end if span.valid_to is None else min(case.end, span.valid_to)
        yield span, reached, end
        reached = end
    if reached != case.end:
        raise _no_price(case)


@dataclass(frozen=True, slots=True)
class _Segment:
    """Days of a case on which one set of prices holds."""

    case: Case
    span: PriceSpan
    start: date
    end: date
    reliefs: tuple[ReliefRow, ...]

    def lines(self, use: Mapping[Part, int]) -> Iterator[Line]:
        unit = self.case.norm_rounding.unit
        self._fit()
        hours = [(self.span.by_part[part], use[part] * unit) for part in HOUR_PARTS if part in use]
        for price, kwh_parts in hours or self._of_one_register(use[Part.ONE] * unit):
            if kwh_parts:
                yield self._line(price, kwh_parts)
        if self.case.kw_hundredths is not None:
            yield self._capacity(self.case.kw_hundredths)

    def _fit(self) -> None:
        by_part, group = self.span.by_part, self.case.group
        if self.case.has_registers and not self.span.has_hours:
            raise Contradiction(field="registers", name="registers", other=group)
        if self.case.is_undeclared and Part.UNDECLARED not in by_part:
            raise Contradiction(field="tenants", name="tenants", other=group)
        if (self.case.kw_hundredths is not None) != self.span.has_capacity:
            raise Contradiction(field="kw", name="kw", other=group)
        if not all(self.span.lends(row.price_group) for row in self.reliefs if row.price_group):
            raise Contradiction(field="voltage", name="voltage", other=self.case.area)

    def _of_one_register(self, kwh_parts: int) -> Iterator[tuple[Price, int]]:
        by_part = self.span.by_part
        if self.case.is_undeclared:
            yield by_part[Part.UNDECLARED], kwh_parts
        elif self.span.tiers:
            yield from self._tiers(kwh_parts)
        else:  # who has no three prices pays the one of normal hours
            yield by_part.get(Part.ONE) or by_part[Part.NORMAL], kwh_parts

    def _tiers(self, kwh_parts: int) -> Iterator[tuple[Price, int]]:
        days = (self.end - self.start).days
        for price in self.span.tiers:
            if not kwh_parts:
                return
            width = price.width_kwh
            taken = kwh_parts if width is None else min(kwh_parts, norm_parts(width, days, self.case))
            yield price, taken
            kwh_parts -= taken

    def _line(self, price: Price, kwh_parts: int) -> Line:
        unit = self.case.norm_rounding.unit
        vnd, paid, relief = self._relieved(price) if self.reliefs else (price.price_vnd, price, "")
        return Line(
            self.start,
            self.end,
            price.part,
            price.tier,
            kwh_parts,
            unit,
            vnd,
            (2 * kwh_parts * vnd + unit) // (2 * unit),
            self.case.group,
            paid.decision,
            relief,
        )

    def _capacity(self, kw_hundredths: int) -> Line:
        price = self.span.by_part[Part.CAPACITY]
        of = 100 * self.case.norm_days
        days = (self.end - self.start).days
        return Line(
            self.start,
            self.end,
            Part.CAPACITY,
            0,
            0,
            self.case.norm_rounding.unit,
            price.price_vnd,
            (2 * price.price_vnd * kw_hundredths * days + of) // (2 * of),
            self.case.group,
            price.decision,
            "",
            kw_hundredths,
        )

    def _relieved(self, price: Price) -> tuple[int, Price, str]:
        """The lowest price that a relief leaves, whose it is, and the relief's code: reliefs are not added to one another."""
        total = self.case.total_kwh
        found = [(price.price_vnd, Decimal(0), price, "")]
        for row in self.reliefs:
            if (
                (row.tiers_to is None or price.tier <= row.tiers_to)
                and row.from_kwh <= total
                and (row.to_kwh is None or total <= row.to_kwh)
            ):
                paid = self.span.lent[row.price_group][price.part] if row.price_group else price
                found.append((relieved_vnd(paid.price_vnd, row.percent), -row.percent, paid, row.code))
        vnd, _, paid, code = min(found, key=lambda one: (one[0], not one[3], one[1]))
        return vnd, paid, code


def _reactive(active_vnd: int, case: Case, book: PriceBook) -> tuple[Decimal, int]:
    if case.cosphi_hundredths is None:
        return Decimal(0), 0
    row = book.reactive_percent(Decimal(case.cosphi_hundredths) / 100, case.end)
    if row is None:
        raise FieldWrong(field="cosphi", name="cosphi", expected="0.00 ... 1.00")
    return row.percent, (2 * active_vnd * int(row.percent * 100) + 10_000) // 20_000


def _without_readings(case: Case) -> Case:
    return replace(case, known={})


def _no_price(case: Case) -> NoPrice:
    return NoPrice(field="from", group=case.group, start=case.start.isoformat(), end=case.end.isoformat())
