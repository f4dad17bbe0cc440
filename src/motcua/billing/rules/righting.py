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
    """A bill as it stands: its case and readings as they are kept on it."""

    start: date
    end: date
    case: Any
    readings: Sequence[Mapping[str, Any]]


def put_right(bills: Sequence[Told], change: Change) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The case and the readings of each, in the same order. Refuses several purposes on one meter, and what is missing.

    READINGS keeps the kilowatt-hours of all together and gives each bill those of its days; the whole sum stays to the last one.
    """
    if any(isinstance(one.case, list) for one in bills):
        raise Contradiction(field="account_code", name="purposes", other=change.wrong.value)
    if change.wrong == Wrong.PRICE:
        return [(_priced(one.case, change), _same(one)) for one in bills]
    if change.wrong == Wrong.QUOTA:
        if not change.quotas:
            raise FieldMissing(field="quotas", name="quotas")
        return [
            (_without(one.case, "tenants") | {"quotas": _plain(change.quotas)}, _same(one)) for one in bills
        ]
    if change.wrong == Wrong.FACTOR:
        return [_multiplied(one, change) for one in bills]
    return _spread(bills)


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


def _multiplied(one: Told, change: Change) -> tuple[dict[str, Any], list[dict[str, Any]]]:
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
    return _use(one.case, {name: _times(kwh, ratio) for name, kwh in _kwh_of(one.case).items()}), readings


def _spread(bills: Sequence[Told]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    names = {frozenset(_kwh_of(one.case)) for one in bills}
    if len(names) > 1:
        raise Contradiction(field="account_code", name="registers", other="kwh")
    days = [(one.end - one.start).days for one in bills]
    shares: list[dict[str, int]] = [{} for _ in bills]
    for name in sorted(next(iter(names), frozenset())):
        whole = sum(_kwh_of(one.case)[name] for one in bills)
        given = passed = 0
        for place, length in enumerate(days):
            passed += length
            upto = whole * passed // sum(days)
            shares[place][name], given = upto - given, upto
    return [(_use(one.case, share), _estimated(one, share)) for one, share in zip(bills, shares, strict=True)]


REGISTER_OF = {"kwh": "KT", "normal": "BT", "off_peak": "TD", "peak": "CD"}


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
