"""What a series of bills should have been: one thing was wrong with all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

from motcua.billing.rules.refusals import Contradiction, FieldMissing, FieldWrong


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


def put_right(bills: Sequence[Told], change: Change) -> list[Right]:
    """The case (of several: a list) and the readings of each, in the same order. Refuses what is missing or does not fit.

    PRICE makes one of purposes that shared their days. FACTOR and READINGS share out anew, by the shares of the terms where they are
    known, else as it was shared. READINGS keeps the kilowatt-hours of all together and gives each bill those of its days; the
    whole sum stays to the last one.
    """
    if change.wrong == Wrong.PRICE:
        return [
            (_told([_priced(case, change) for case in _merged(one, change)]), _same(one)) for one in bills
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


def _merged(one: Told, change: Change) -> list[Mapping[str, Any]]:
    """Cases of the same days as one: the meter's use belongs to one group after all."""
    by_days: dict[tuple[Any, Any], list[Mapping[str, Any]]] = {}
    for case in one.cases:
        by_days.setdefault((case.get("from"), case.get("to")), []).append(case)
    return [_together(cases, change) if len(cases) > 1 else cases[0] for cases in by_days.values()]


def _together(cases: Sequence[Mapping[str, Any]], change: Change) -> Mapping[str, Any]:
    """Hours stay where all of them know hours, or where the right group asks for none."""
    with_hours = [case for case in cases if "registers" in case]
    if with_hours and len(with_hours) < len(cases) and change.group != "HOME":
        raise Contradiction(field="group", name="registers", other="kwh")
    first = _without(cases[0], "kwh", "registers")
    if len(with_hours) == len(cases):
        sums = {name: sum(case["registers"][name] for case in cases) for name in cases[0]["registers"]}
        return {**first, "registers": sums}
    return {**first, "kwh": sum(sum(_kwh_of(case).values()) for case in cases)}


def _counted(one: Told, quotas: float) -> list[dict[str, Any]]:
    """Households where there are any: of several purposes only homes have them."""
    homes = [case for case in one.cases if len(one.cases) == 1 or _has_households(case)]
    if not homes:
        raise Contradiction(field="quotas", name="quotas", other="group")
    return [
        _without(case, "tenants") | {"quotas": _plain(quotas)} if case in homes else dict(case)
        for case in one.cases
    ]


def _has_households(case: Mapping[str, Any]) -> bool:
    return case.get("group") == "HOME" or "quotas" in case or "tenants" in case


def _priced(case: Mapping[str, Any], change: Change) -> dict[str, Any]:
    if not change.group:
        raise FieldMissing(field="group", name="group")
    kept = _without(case, "voltage", "group")
    if change.group != "HOME":
        kept = _without(kept, "quotas", "tenants")
    right = kept | {"group": change.group} | ({"voltage": change.voltage} if change.voltage else {})
    if change.group == "HOME" and "registers" in right:  # no hours at home: all of it together
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
    found = dict.fromkeys(with_hours[0]["registers"], 0)
    for reading in one.readings:
        name = HOURS_OF.get(str(reading.get("register")))
        if name in found:
            found[name] += int(reading.get("kwh") or 0)
    if sum(found.values()) != sum(sum(_kwh_of(case).values()) for case in one.cases):
        raise Contradiction(field="account_code", name="registers", other="kwh")
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
    if len({frozenset(whole) for whole in wholes}) > 1:
        raise Contradiction(field="account_code", name="registers", other="kwh")
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
