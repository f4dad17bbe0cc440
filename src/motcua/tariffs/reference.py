"""The data files of this room, as plain dated values: half-open periods, whole dong, decimals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

# The reduced rate has so far been the same for electricity and for the works and services around it.
VAT_KINDS = ("ELECTRICITY", "SERVICE")


@dataclass(frozen=True)
class ReferenceRate:
    kind: str
    value: Decimal
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(frozen=True)
class ReferenceFee:
    code: str
    name: str
    name_en: str
    measure: str
    amount_vnd: int
    vat_kind: str
    is_configuration: bool
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(frozen=True)
class ReferenceLimit:
    service: str
    case: str
    within: str
    rule_set: str
    is_verified: bool
    valid_from: date
    valid_to: date | None
    source: str

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@cache
def read(name: str) -> Any:
    """One of our data files, parsed."""
    return json.loads((files("motcua.tariffs") / "data" / name).read_text(encoding="utf-8"))


def vat_rates() -> Iterator[ReferenceRate]:
    """The VAT of every kind; the file's last days belong to its periods, ours end the day after."""
    tariffs = read("tariffs-vn.json")
    for kind in VAT_KINDS:
        for row in tariffs["vat"]:
            yield ReferenceRate(
                kind=f"VAT_{kind}",
                value=Decimal(row["rate"]),
                valid_from=date.fromisoformat(row["start"]),
                valid_to=day_after(row["end"]),
                source=tariffs["vat_notes"]["source"][:400],
            )


def rates() -> Iterator[ReferenceRate]:
    """VAT, and the numbers of the rules of rating."""
    yield from vat_rates()
    for row in read("rating-vn.json")["rules"]:
        yield ReferenceRate(
            kind=row["kind"],
            value=Decimal(row["value"]),
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            source=row["source"],
        )


def fees() -> Iterator[ReferenceFee]:
    """Every price of every fee item."""
    for item in read("fees-vn.json")["items"]:
        for price in item["prices"]:
            yield ReferenceFee(
                code=item["code"],
                name=item["name"],
                name_en=item["name_en"],
                measure=item["measure"],
                amount_vnd=price["amount_vnd"],
                vat_kind=item["vat_kind"],
                is_configuration=item["is_configuration"],
                valid_from=date.fromisoformat(price["valid_from"]),
                valid_to=date.fromisoformat(price["valid_to"]) if price["valid_to"] else None,
                source=price["source"],
            )


def limits() -> Iterator[ReferenceLimit]:
    """How long each service may take, by rule set."""
    for row in read("limits-vn.json")["limits"]:
        yield ReferenceLimit(
            service=row["service"],
            case=row["case"],
            within=row["within"],
            rule_set=row["rule_set"],
            is_verified=row["is_verified"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            source=row["source"],
        )


@cache
def fee_codes() -> frozenset[str]:
    """Every fee item that has a price on some day."""
    return frozenset(fee.code for fee in fees())


def day_after(last_day: str | None) -> date | None:
    """The first day on which what held to a last day no longer holds."""
    return date.fromisoformat(last_day) + timedelta(days=1) if last_day else None
