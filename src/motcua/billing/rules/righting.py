"""What a series of bills should have been: one thing was wrong with all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

from motcua.billing.rules.refusals import (
    FieldMissing,
    FieldWrong,
    HoursUnknown,
    NoHouseholds,
    RegistersChanged,
)
from motcua.billing.rules.terms import kind_of_prices
from motcua.tariffs.book import PriceBook


class Wrong(StrEnum):
    """What was wrong."""

    PRICE = "PRICE"  # the purpose, and so the price group
    QUOTA = "QUOTA"  # the households that share the tiers
    FACTOR = "FACTOR"  # that of the meter's transformers
    READINGS = "READINGS"  # read unfairly: little for months, then all at once


@dataclass(frozen=True)
class Change:
    """What is right: of PRICE `group` and `voltage`, of QUOTA `quotas` (households, down to hundredths), of FACTOR `factor`."""

    wrong: Wrong
    group: str = ""
    voltage: str = ""
    quotas: float | None = None
    factor: int | None = None


@dataclass(frozen=True)
class Told:
    """A bill as it stands: its case (several of one meter: a list) and readings as they are kept on it. `shares`: what each case of
    a list has of the meter by the terms, in hundredths of a per cent; nothing where the list is not one of purposes.
    """

    start: date
    end: date
    case: Any
    readings: Sequence[Mapping[str, Any]]
    shares: tuple[int, ...] = ()

    @property
    def cases(self) -> list[Mapping[str, Any]]:
        return list(self.case) if isinstance(self.case, list) else [self.case]


Right = tuple[Any, list[dict[str, Any]]]


def put_right(bills: Sequence[Told], change: Change, book: PriceBook) -> list[Right]:
    """The case (of several: a list) and the readings of each, in the same order. Refuses what is missing or does not fit.

    PRICE makes one of purposes that shared their days; where they knew no hours and the right group does, the readings tell them.
    FACTOR and READINGS share out anew, by the shares of the terms where they are known, else as it was shared. READINGS keeps the
    kilowatt-hours of all together and gives each bill those of its days; the whole sum stays to the last one.
    """
    if change.wrong == Wrong.PRICE:
        return [
            (_told([_priced(case, change, book) for case in _merged(one, change, book)]), _same(one))
            for one in bills
        ]
    if change.wrong == Wrong.QUOTA:
        if not change.quotas:
            raise FieldMissing(field="quotas", name="quotas")
        return [(_told(_counted(one, change.quotas)), _same(one)) for one in bills]
    if change.wrong == Wrong.FACTOR:
        return [_multiplied(one, change) for one in bills]
    return _spread(bills)


def _told(cases: list[dict[str, Any]]) -> Any:
    return cases if len(cases) > 1 else cases[0]


def _merged(one: Told, change: Change, book: PriceBook) -> list[Mapping[str, Any]]:
    """Cases of the same days as one: the meter's use belongs to one group after all."""
    by_days: dict[tuple[Any, Any], list[Mapping[str, Any]]] = {}
    for case in one.cases:
        by_days.setdefault((case.get("from"), case.get("to")), []).append(case)
    stretches = list(by_days.values())
    if any(_has_hours_to_find(one, cases, change, book) for cases in stretches):
        return _by_hours(one, stretches)
    return [_together(cases) if len(cases) > 1 else cases[0] for cases in stretches]


def _has_hours_to_find(
    one: Told, cases: Sequence[Mapping[str, Any]], change: Change, book: PriceBook
) -> bool:
    """Whether the right prices ask for hours that the cases put together, while the meter counted them."""
    known = sum("registers" in case for case in cases)
    is_counted = known > 0 or any(reading.get("register") in ("TD", "CD") for reading in one.readings)
    return known < len(cases) and is_counted and _right_prices(cases[0], change, book)[0]


def _right_prices(case: Mapping[str, Any], change: Change, book: PriceBook) -> tuple[bool, bool]:
    """Whether the right group's prices know hours, and whether they know tiers."""
    on = _day(case["to"]) if "to" in case else date.max
    return kind_of_prices(change.group, change.voltage, on, book)


def _together(cases: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Hours stay where all of them know hours."""
    first = _without(cases[0], "kwh", "registers")
    if all("registers" in case for case in cases):
        sums = {name: sum(case["registers"][name] for case in cases) for name in cases[0]["registers"]}
        return {**first, "registers": sums}
    return {**first, "kwh": sum(sum(_kwh_of(case).values()) for case in cases)}


def _by_hours(one: Told, stretches: Sequence[Sequence[Mapping[str, Any]]]) -> list[Mapping[str, Any]]:
    """One case for each stretch of days, by the hours that the readings tell of all of them, shared out by days as a run does.

    Refuses HoursUnknown where the bill was shared out otherwise.
    """
    whole, given = _hours(one), dict[str, int]()
    made: list[Mapping[str, Any]] = []
    for cases in stretches:
        end = one.end if cases is stretches[-1] else _day(cases[0]["to"])
        until = {name: _until(kwh, one, end) for name, kwh in whole.items()}
        use = {name: kwh - given.get(name, 0) for name, kwh in until.items()}
        if sum(use.values()) != sum(sum(_kwh_of(case).values()) for case in cases):
            raise _hours_unknown(one)
        made.append({**_without(cases[0], "kwh", "registers"), "registers": use})
        given = until
    return made


def _until(kwh: int, one: Told, day: date) -> int:
    """What of a bill's use falls before a day of it, half up."""
    if day == one.end:
        return kwh
    days, of = (day - one.start).days, (one.end - one.start).days
    return (2 * kwh * days + of) // (2 * of)


def _day(told: Any) -> date:
    return told if isinstance(told, date) else date.fromisoformat(told)


def _hours_unknown(one: Told) -> HoursUnknown:
    return HoursUnknown(field="group", start=f"{one.start:%d/%m/%Y}", end=f"{one.end:%d/%m/%Y}")


def _counted(one: Told, quotas: float) -> list[dict[str, Any]]:
    """Households where there are any: of several purposes only homes have them."""
    homes = [case for case in one.cases if len(one.cases) == 1 or _has_households(case)]
    if not homes:
        raise NoHouseholds(field="quotas", start=f"{one.start:%d/%m/%Y}", end=f"{one.end:%d/%m/%Y}")
    return [
        _without(case, "tenants") | {"quotas": _plain(quotas)} if case in homes else dict(case)
        for case in one.cases
    ]


def _has_households(case: Mapping[str, Any]) -> bool:
    return case.get("group") == "HOME" or "quotas" in case or "tenants" in case


def _priced(case: Mapping[str, Any], change: Change, book: PriceBook) -> dict[str, Any]:
    """Hours only where the right group's prices know them, households only where they have tiers."""
    if not change.group:
        raise FieldMissing(field="group", name="group")
    has_hours, has_tiers = _right_prices(case, change, book)
    kept = _without(case, "voltage", "group", *(() if has_tiers else ("quotas", "tenants")))
    right = kept | {"group": change.group} | ({"voltage": change.voltage} if change.voltage else {})
    if "registers" in right and not has_hours:
        right = _without(right, "registers") | {"kwh": sum(right["registers"].values())}
    return right


def _multiplied(one: Told, change: Change) -> Right:
    if not change.factor or change.factor < 1:
        raise FieldMissing(field="factor", name="factor")
    factors = {int(reading.get("factor") or 1) for reading in one.readings} or {1}
    if len(factors) > 1:
        raise FieldWrong(field="factor", name="factor", expected="1")
    ratio = Fraction(change.factor, factors.pop())
    readings = [
        {
            **r,
            "factor": change.factor,
            "kwh": None if r.get("kwh") is None else _times(int(r["kwh"]), ratio),
        }
        for r in one.readings
    ]
    whole = _whole(one)
    right = {name: _times(kwh, ratio) for name, kwh in whole.items()}
    return _told(_shared(one, whole, right)), readings


def _whole(one: Told) -> dict[str, int]:
    """What the meter counted by register, over all cases. Where only some know hours the readings tell the registers."""
    with_hours = [case for case in one.cases if "registers" in case]
    if not with_hours or len(with_hours) == len(one.cases):
        names = _kwh_of(one.cases[0])
        return {name: sum(_kwh_of(case)[name] for case in one.cases) for name in names}
    return _hours(one)


def _hours(one: Told) -> dict[str, int]:
    """What the readings tell of each register. Refuses HoursUnknown where that is not what was billed."""
    found = dict.fromkeys(("normal", "off_peak", "peak"), 0)
    for reading in one.readings:
        name = HOURS_OF.get(str(reading.get("register")))
        if name is not None:
            found[name] += int(reading.get("kwh") or 0)
    if sum(found.values()) != sum(sum(_kwh_of(case).values()) for case in one.cases):
        raise _hours_unknown(one)
    return found


def _shared(one: Told, whole: Mapping[str, int], right: Mapping[str, int]) -> list[dict[str, Any]]:
    """The cases with what each has of `right`, half up; the last has the rest. Nothing changes where `right` is `whole`."""
    if len(one.cases) == 1:
        return [_use(one.cases[0], right)]
    if right == whole:
        return [dict(case) for case in one.cases]
    weights = list(one.shares) or [sum(_kwh_of(case).values()) for case in one.cases]
    total = sum(weights)
    weights = weights if total else [*(0 for _case in one.cases[1:]), 1]
    total, reached, given, made = total or 1, 0, dict.fromkeys(right, 0), []
    for case, weight in zip(one.cases, weights, strict=True):
        reached += weight
        until = {name: (2 * kwh * reached + total) // (2 * total) for name, kwh in right.items()}
        use = {name: until[name] - given[name] for name in right}
        made.append(_use(case, use if "registers" in case or "kwh" in right else {"kwh": sum(use.values())}))
        given = until
    return made


def _spread(bills: Sequence[Told]) -> list[Right]:
    wholes = [_whole(one) for one in bills]
    for after, before, whole in zip(bills[1:], wholes, wholes[1:], strict=False):
        if before.keys() != whole.keys():
            raise RegistersChanged(field="wrong_since", day=f"{after.start:%d/%m/%Y}")
    days = [(one.end - one.start).days for one in bills]
    shares: list[dict[str, int]] = [{} for _ in bills]
    for name in sorted(wholes[0] if wholes else ()):
        all_of_it = sum(whole[name] for whole in wholes)
        given = passed = 0
        for place, length in enumerate(days):
            passed += length
            upto = all_of_it * passed // sum(days)
            shares[place][name], given = upto - given, upto
    return [
        (_told(_shared(one, whole, share)), _estimated(one, share))
        for one, whole, share in zip(bills, wholes, shares, strict=True)
    ]


REGISTER_OF = {"kwh": "KT", "normal": "BT", "off_peak": "TD", "peak": "CD"}
HOURS_OF = {"KT": "normal", "BT": "normal", "TD": "off_peak", "CD": "peak"}


def _estimated(one: Told, share: Mapping[str, int]) -> list[dict[str, Any]]:
    """What the registers showed stays; what was used is that of the days. The last meter of a register has it all."""
    left = {REGISTER_OF[name]: kwh for name, kwh in share.items()}
    told = []
    for reading in reversed(one.readings):
        register = reading.get("register")
        told.append(
            {**reading, "kwh": left.pop(register, 0), "estimated": True}
            if register in REGISTER_OF.values()
            else dict(reading)
        )
    return told[::-1]


def _kwh_of(case: Mapping[str, Any]) -> dict[str, int]:
    return dict(case["registers"]) if "registers" in case else {"kwh": case["kwh"]}


def _use(case: Mapping[str, Any], kwh: Mapping[str, int]) -> dict[str, Any]:
    return {**case, "registers": dict(kwh)} if "registers" in case else {**case, **kwh}


def _times(kwh: int, ratio: Fraction) -> int:
    """Half up."""
    return int((kwh * ratio * 2 + 1) // 2)


def _plain(quotas: float) -> float:
    return int(quotas) if quotas == int(quotas) else quotas


def _without(case: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in case.items() if name not in names}


def _same(one: Told) -> list[dict[str, Any]]:
    return [dict(reading) for reading in one.readings]
