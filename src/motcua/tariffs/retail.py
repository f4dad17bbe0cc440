"""The state's retail prices by day, from the data file: what a page shows. Before VAT, whole dong a kilowatt-hour.

A decision holds from a day on; a day finds its decision, and every price says where it was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from motcua.tariffs import reference


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
    normal_vnd: int
    off_peak_vnd: int | None = None
    peak_vnd: int | None = None


@dataclass(frozen=True)
class Group:
    """Who pays these prices (PRODUCTION, BUSINESS, HOSPITAL_SCHOOL, LIGHTING_ADMIN)."""

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
    valid_to: date | None
    tiers: tuple[Tier, ...]
    prepaid_vnd: int
    source: str
    groups: tuple[Group, ...]

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def find_decision(on: date) -> Decision | None:
    """The decision that holds on a day; None before the first one we know."""
    return next((decision for decision in decisions() if decision.holds_on(on)), None)


@cache
def decisions() -> tuple[Decision, ...]:
    """Every decision we know, newest first."""
    data = reference.read("tariffs-vn.json")
    found = [_decision(row, data["residential_bounds"]) for row in data["decisions"]]
    return tuple(sorted(found, key=lambda decision: decision.valid_from, reverse=True))


def _decision(row: Mapping[str, Any], bounds: list[list[int | None]]) -> Decision:
    homes = row["residential"]
    tiers = [
        Tier(first or 0, last, price) for (first, last), price in zip(bounds, homes["tiers"], strict=True)
    ]
    groups = [
        Group("PRODUCTION", _lines(row["production"]), row["production"]["source"]),
        Group("BUSINESS", _lines(row["business"]), row["business"]["source"]),
        Group("HOSPITAL_SCHOOL", _lines(row["public"]["hospital_school"]), row["public"]["source"]),
        Group("LIGHTING_ADMIN", _lines(row["public"]["lighting_admin"]), row["public"]["source"]),
    ]
    return Decision(
        number=row["number"],
        valid_from=date.fromisoformat(row["effective_from"]),
        valid_to=date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
        tiers=tuple(tiers),
        prepaid_vnd=homes["prepaid"],
        source=homes["source"],
        groups=tuple(groups),
    )


def _lines(prices: Mapping[str, Any]) -> tuple[Line, ...]:
    lines = []
    for code, price in prices.items():
        if isinstance(price, int):
            lines.append(Line(code, price))
        elif isinstance(price, Mapping):
            lines.append(Line(code, price["normal"], price["off_peak"], price["peak"]))
    return tuple(lines)
