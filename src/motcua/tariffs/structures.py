"""What a new price decision may begin as: today's prices, moved with the average, or worked out from the decided percentages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from motcua.tariffs import energy
from motcua.tariffs.book import Part, PriceBook
from motcua.tariffs.new_prices import NewPrice

# Names in the structure's table, and ours.
VOLTAGES = {
    "ge_220kV": "GE_220KV",
    "gt_35kV_lt_220kV": "GT_35KV_LT_220KV",
    "gt_1kV_to_35kV": "GT_1KV_TO_35KV",
    "le_1kV": "LE_1KV",
    "medium_and_high": "GT_1KV",
    "low": "LE_1KV",
}
GROUPS = {
    ("public", "health_education"): "HOSPITAL_SCHOOL",
    ("public", "lighting_admin"): "ADMIN_LIGHTING",
    ("business", "tourist_accommodation"): "LODGING",
    ("business", "ev_charging"): "EV_CHARGING",
    ("business", "other"): "BUSINESS",
}

ENERGY_PARTS = (Part.ONE, Part.NORMAL, Part.OFF_PEAK, Part.PEAK)


def present(book: PriceBook, on: date) -> list[NewPrice]:
    """The prices that hold on a day, of all groups; what is on trial beside them is decided by itself."""
    return [price for price in _held(book, on) if price.customer_group not in book.trial_groups]


def on_trial(book: PriceBook, on: date) -> list[NewPrice]:
    """The prices of groups on trial that hold on a day."""
    return [price for price in _held(book, on) if price.customer_group in book.trial_groups]


def trial_begun_from(book: PriceBook, on: date) -> list[NewPrice]:
    """What the table of a trial begins with: the prices of capacity that were made public, and those of energy at nought, one
    for all hours or three by hours to be entered; what is tried already stands as it is.
    """
    held = {price.key: price for price in on_trial(book, on)}
    groups = sorted({trial.trial_group for trial in book.trials if trial.holds_on(on)})
    begun: list[NewPrice] = []
    for group in groups:
        for voltage, capacity_vnd in energy.capacity_vnd().items():
            begun.append(NewPrice(group, Part.CAPACITY, capacity_vnd, voltage))
            begun += [NewPrice(group, part, 0, voltage) for part in ENERGY_PARTS]
    return [held.get(price.key, price) for price in begun]


def _held(book: PriceBook, on: date) -> Iterator[NewPrice]:
    for row in book.prices:
        if row.holds_on(on):
            yield NewPrice(row.customer_group, row.part, row.price_vnd, row.voltage, row.tier, row.width_kwh)


def scaled(prices: Iterable[NewPrice], old_average: Decimal, new_average: Decimal) -> list[NewPrice]:
    """Prices moved as the average moves, whole dong half up; to be mended by the decision's own table."""
    return [price.at(_whole(price.price_vnd * new_average / old_average)) for price in prices]


def by_percentages(average: Decimal) -> list[NewPrice]:
    """The prices that Decision 14/2025/QĐ-TTg's percentages give for an average; source and confidence stand in the data."""
    return [*_homes(average), *_others(average)]


def _homes(average: Decimal) -> Iterator[NewPrice]:
    told: Mapping[str, Any] = energy.tables()["residential_five_tier"]
    prices = [_share(average, percent) for percent in told["percent_of_average"]]
    for tier, (width, price) in enumerate(zip(told["widths"], prices, strict=True), start=1):
        yield NewPrice("HOME", Part.TIER, price, tier=tier, width_kwh=width)
    yield NewPrice("HOME", Part.UNDECLARED, prices[told["tenant_flat_tier"] - 1])


def _others(average: Decimal) -> Iterator[NewPrice]:
    told: Mapping[str, Any] = energy.tables()["decision_14_2025_structure"]
    for voltage, percents in told["production"].items():
        yield from _at("PRODUCTION", voltage, percents, average)
    for (kind, name), group in GROUPS.items():
        for voltage, percents in told[kind][name].items():
            yield from _at(group, voltage, percents, average)


def _at(group: str, voltage: str, percents: Any, average: Decimal) -> Iterator[NewPrice]:
    by_part = {Part(name.upper()): value for name, value in percents.items()} if isinstance(percents, Mapping) else {Part.ONE: percents}  # fmt: skip
    for part, percent in by_part.items():
        yield NewPrice(group, part, _share(average, percent), voltage=VOLTAGES[voltage])


def begun_from(book: PriceBook, on: date, average: Decimal, *, new_structure: bool) -> Sequence[NewPrice]:
    """What the table of a new decision begins with; groups that the percentages do not name move with the average."""
    decision = book.find_decision(on)
    held = present(book, on)
    moved = scaled(held, decision.average_vnd, average) if decision else held
    if not new_structure:
        return moved
    decided = by_percentages(average)
    named = {price.customer_group for price in decided}
    return [*decided, *(price for price in moved if price.customer_group not in named)]


def _share(average: Decimal, percent: int) -> int:
    return _whole(average * percent / 100)


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
