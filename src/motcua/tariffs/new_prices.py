"""A price of a decision that does not hold yet, and what a set of them must be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from motcua.kernel.results import Refused, gettext_noop
from motcua.tariffs.book import Part


class BadStructure(Refused):
    """Prices that leave a kilowatt-hour without one, or give it two."""

    code = "BAD_STRUCTURE"
    message = gettext_noop("Các mức giá của %(group)s %(voltage)s chưa đủ hoặc trùng nhau.")


@dataclass(frozen=True)
class NewPrice:
    """One price of a new decision, whole dong a kWh before VAT; see the table EnergyPrice. Of a trial nought is not entered yet."""

    customer_group: str
    part: Part
    price_vnd: int
    voltage: str = ""
    tier: int = 0
    width_kwh: int | None = None

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What the price is of: one of each in a decision."""
        return self.customer_group, self.voltage, self.part.value, self.tier

    def at(self, price_vnd: int) -> NewPrice:
        return replace(self, price_vnd=price_vnd)

    def told(self) -> dict[str, Any]:
        return asdict(self) | {"part": self.part.value}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> NewPrice:
        return cls(**{**told, "part": Part(told["part"])})


def entered(prices: Iterable[NewPrice]) -> list[NewPrice]:
    """The prices of a trial that were entered. A voltage without any price of energy has no prices at all: it is not tried."""
    found = [price for price in prices if price.price_vnd]
    tried = {(price.customer_group, price.voltage) for price in found if price.part is not Part.CAPACITY}
    return [price for price in found if (price.customer_group, price.voltage) in tried]


def check_trial(prices: Iterable[NewPrice]) -> None:
    """Each voltage has a price of capacity and what `check_structure` asks. Refuses BadStructure, also of nothing."""
    found = list(prices)
    places = {(price.customer_group, price.voltage) for price in found}
    priced = {(price.customer_group, price.voltage) for price in found if price.part is Part.CAPACITY}
    for group, voltage in sorted(places - priced) or ([] if found else [("", "")]):
        raise BadStructure(field="prices", group=group, voltage=voltage)
    check_structure(found)


def check_structure(prices: Iterable[NewPrice]) -> None:
    """Of each group and voltage: tiers numbered from one, the last without width, or one price, or all three hours; capacity
    beside these at most once, and not beside tiers.

    Refuses BadStructure.
    """
    kinds: dict[tuple[str, str], list[NewPrice]] = {}
    for price in prices:
        kinds.setdefault((price.customer_group, price.voltage), []).append(price)
    for (group, voltage), found in kinds.items():
        tiers = sorted((price for price in found if price.part is Part.TIER), key=lambda price: price.tier)
        beside = (Part.TIER, Part.UNDECLARED, Part.CAPACITY)
        parts = sorted(price.part for price in found if price.part not in beside)
        numbered = [tier.tier for tier in tiers] == list(range(1, len(tiers) + 1))
        widths = [bool(tier.width_kwh) for tier in tiers] == [True] * (len(tiers) - 1) + [False] * bool(tiers)
        whole = (
            parts in ([Part.ONE], sorted([Part.NORMAL, Part.OFF_PEAK, Part.PEAK])) if not tiers else not parts
        )
        undeclared = sum(price.part is Part.UNDECLARED for price in found) <= (1 if tiers else 0)
        capacity = sum(price.part is Part.CAPACITY for price in found) <= (0 if tiers else 1)
        if not (numbered and widths and whole and undeclared and capacity):
            raise BadStructure(field="prices", group=group, voltage=voltage)
