"""What the data files say of the price of electricity, as the rows of a price book: decisions, prices, voltage levels,
relief, trials, reactive power, factors of the stop and reconnect fee, hours.

The price file writes groups and voltages in lower case and with last days; here they have the codes that cases name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from motcua.tariffs import book, reference
from motcua.tariffs.book import Basis, Part

STOP_RECONNECT = "STOP_RECONNECT"
UNDECLARED_BOUNDS = [101, 200]  # "the price of 101 to 200 kWh for all kilowatt-hours"
GROUPS = {"production": "PRODUCTION", "business": "BUSINESS"}
PUBLIC_GROUPS = {"hospital_school": "HOSPITAL_SCHOOL", "lighting_admin": "ADMIN_LIGHTING"}
VOLTAGES = {
    "ge_110kV": "GE_110KV",
    "kV22_110": "KV22_110",
    "kV6_22": "KV6_22",
    "lt_6kV": "LT_6KV",
    "ge_22kV": "GE_22KV",
    "ge_6kV": "GE_6KV",
    "mv_22_110kV": "KV22_110",
    "mv_6_22kV": "KV6_22",
    "bus110_gt_100MVA": "BUS110_GT_100MVA",
    "bus110_50_100MVA": "BUS110_50_100MVA",
    "bus110_lt_50MVA": "BUS110_LT_50MVA",
}
HOURS = {"normal": Part.NORMAL, "off_peak": Part.OFF_PEAK, "peak": Part.PEAK}


@cache
def price_book() -> book.PriceBook:
    """The book of our own data files, for where there is no installation yet."""
    return book.PriceBook(
        decisions=tuple(decisions()),
        voltages=tuple(voltages()),
        prices=tuple(prices()),
        reliefs=tuple(reliefs()),
        reactive=tuple(reactive()),
        rates=tuple(
            book.Rate(row.valid_from, row.valid_to, row.source, row.kind, row.value)
            for row in reference.rates()
        ),
        fees=tuple(
            book.FeePrice(row.valid_from, row.valid_to, row.source, row.code, row.amount_vnd, row.vat_kind)
            for row in reference.fees()
        ),
        factors=tuple(factors()),
        trials=tuple(trials()),
    )


def decisions() -> Iterator[book.Decision]:
    for row in tables()["decisions"]:
        yield book.Decision(
            **_days(row),
            source=f"{row['number']} of {row['issued']}",
            number=row["number"],
            issued_on=date.fromisoformat(row["issued"]),
            average_vnd=Decimal(row["average_price"]),
            confidence=row["dates_confidence"],
        )


def prices() -> Iterator[book.Price]:
    """Every price of every decision, homes first."""
    for row in tables()["decisions"]:
        homes, public, wholesale = row["residential"], row["public"], row.get("wholesale", {})
        yield from _home_prices(row, homes)
        for name, group in GROUPS.items():
            yield from _voltage_prices(_base(row, row[name]), group, row[name])
        for name, group in PUBLIC_GROUPS.items():
            yield from _voltage_prices(_base(row, public), group, public[name])
        for name, told in wholesale.items():
            if name not in ("source", "confidence"):
                yield from _wholesale_prices(_base(row, wholesale), f"WHOLESALE_{name.upper()}", told)


def voltages() -> Iterator[book.Voltage]:
    for row in _rules()["voltages"]:
        yield book.Voltage(
            **_period(row),
            source=row["source"],
            code=row["code"],
            name=row["name"],
            name_en=row["name_en"],
            from_kv=Decimal(row["from_kv"]),
            below_kv=Decimal(row["below_kv"]) if row["below_kv"] else None,
            confidence=row["confidence"],
        )


def reliefs() -> Iterator[book.ReliefRow]:
    for row in _rules()["reliefs"]:
        for group in row["customer_groups"]:
            yield book.ReliefRow(
                **_period(row),
                source=row["source"],
                code=row["code"],
                customer_group=group,
                area=row["area"],
                price_group=row.get("price_group", ""),
                basis=Basis(row["basis"]),
                tiers_to=row["tiers_to"],
                from_kwh=row["from_kwh"],
                to_kwh=row["to_kwh"],
                percent=Decimal(row["percent"]),
                confidence=row["confidence"],
            )


def trials() -> Iterator[book.Trial]:
    """What is tried on paper, and for whom."""
    for row in _rules()["trials"]:
        yield book.Trial(
            **_period(row),
            source=row["source"],
            code=row["code"],
            customer_group=row["customer_group"],
            trial_group=row["trial_group"],
            from_kwh=row["from_kwh"],
            from_kv=Decimal(row["from_kv"]),
            confidence=row["confidence"],
        )


def three_prices() -> Iterator[book.ThreePrices]:
    """Who must be billed by three prices."""
    names = ("customer_group", "is_always", "from_kva", "from_kwh", "months", "source", "confidence")
    for row in _rules()["three_prices"]:
        yield book.ThreePrices(**_period(row), **{name: row[name] for name in names})


def capacity_vnd() -> dict[str, int]:
    """The prices of capacity that were made public, by voltage: dong a kilowatt and a month before VAT. No energy prices were."""
    told = tables()["two_part_trial"]["capacity_vnd_per_kw_month"]
    return {VOLTAGES[name]: price for name, price in told.items()}


def reactive() -> Iterator[book.Reactive]:
    """The table of additions; its last line ("below 0.60") begins at nought."""
    told = tables()["reactive_power"]
    for cosphi, percent in told["table_percent"].items():
        yield book.Reactive(
            valid_from=date.fromisoformat(_rules()["reactive_valid_from"]),
            valid_to=None,
            source=told["source"],
            cosphi=Decimal("0") if cosphi.startswith("below") else Decimal(cosphi),
            percent=Decimal(str(percent)),
            confidence=told["confidence"],
        )


def factors() -> Iterator[book.Factor]:
    """By how much the stop and reconnect fee of others than homes grows; "over 5 to 10 km" is above 5."""
    told = tables()["disconnect_reconnect_fee"]
    base = book.Factor(
        valid_from=date.fromisoformat(_rules()["fee_factors_valid_from"]),
        valid_to=None,
        source=told["source"],
        fee=STOP_RECONNECT,
        kind="KM",
        above=0,
        value=Decimal(1),
        confidence=told["confidence"],
    )
    for words, value in told["distance_factor"]:
        above = int(words.split()[1]) if words.startswith("over") else 0
        yield replace(base, above=above, value=Decimal(str(value)))
    mountain = Decimal(str(told["region_factor"]["mountain_island"]))
    yield replace(base, kind="MOUNTAIN", value=mountain)


def hours() -> Iterator[book.Hours]:
    """Peak hours of Monday to Saturday, off-peak hours of every day, by schedule."""
    for told in tables()["tou_schedules"]:
        first = told["effective_from"] or _rules()["hours_valid_from"][told["id"]]
        for part, spans in ((Part.OFF_PEAK, told["off_peak"]), (Part.PEAK, told["peak_mon_sat"])):
            for starts, ends in spans:
                yield book.Hours(
                    valid_from=date.fromisoformat(first),
                    valid_to=reference.day_after(told["effective_to"]),
                    source=told["source"],
                    schedule=told["id"].upper(),
                    part=part,
                    on_sundays=part is Part.OFF_PEAK,
                    starts=time.fromisoformat(starts),
                    ends=time.fromisoformat(ends),
                    confidence=told["confidence"],
                )


def _home_prices(row: Mapping[str, Any], homes: Mapping[str, Any]) -> Iterator[book.Price]:
    base = _base(row, homes)
    bounds = tables()["residential_bounds"]
    yield from _tiers(replace(base, customer_group="HOME"), homes["tiers"])
    undeclared = homes["tiers"][bounds.index(UNDECLARED_BOUNDS)]
    yield replace(base, customer_group="HOME", part=Part.UNDECLARED, price_vnd=undeclared)
    yield replace(base, customer_group="HOME_PREPAID", price_vnd=homes["prepaid"])


def _voltage_prices(base: book.Price, group: str, told: Mapping[str, Any]) -> Iterator[book.Price]:
    for name, price in told.items():
        if name in VOLTAGES:
            yield from _of_hours(replace(base, customer_group=group, voltage=VOLTAGES[name]), price)


def _wholesale_prices(base: book.Price, group: str, told: Any) -> Iterator[book.Price]:
    """Homes behind the buyer pay tiers, what else there is pays `_OTHER`; zones pay by voltage, markets one price."""
    if isinstance(told, int):
        yield replace(base, customer_group=group, price_vnd=told)
    elif "tiers" in told:
        yield from _tiers(replace(base, customer_group=group), told["tiers"])
        yield from _of_hours(replace(base, customer_group=f"{group}_OTHER"), told["other"])
    else:
        yield from _voltage_prices(base, group, told)


def _tiers(base: book.Price, told: list[int]) -> Iterator[book.Price]:
    for number, (width, price) in enumerate(zip(tables()["residential_widths"], told, strict=True), 1):
        yield replace(base, part=Part.TIER, tier=number, width_kwh=width, price_vnd=price)


def _of_hours(base: book.Price, told: int | Mapping[str, int]) -> Iterator[book.Price]:
    if isinstance(told, int):
        yield replace(base, price_vnd=told)
        return
    for name, part in HOURS.items():
        yield replace(base, part=part, price_vnd=told[name])


def _base(row: Mapping[str, Any], where: Mapping[str, Any]) -> book.Price:
    return book.Price(
        **_days(row),
        source=where["source"],
        decision=row["number"],
        customer_group="",
        voltage="",
        part=Part.ONE,
        tier=0,
        width_kwh=None,
        price_vnd=0,
        confidence=where["confidence"],
    )


def _days(row: Mapping[str, Any]) -> dict[str, Any]:
    """The price file gives last days; ours end the day after."""
    last = row["effective_to"]
    return {
        "valid_from": date.fromisoformat(row["effective_from"]),
        "valid_to": date.fromisoformat(last) + timedelta(days=1) if last else None,
    }


def _period(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "valid_from": date.fromisoformat(row["valid_from"]),
        "valid_to": date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
    }


def tables() -> Any:
    return reference.read("tariffs-vn.json")


def _rules() -> Any:
    return reference.read("rating-vn.json")
