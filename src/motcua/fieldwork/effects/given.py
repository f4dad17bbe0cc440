"""What a crew wrote down, as values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from motcua.supply.operations.meters import ReadingGiven


def readings_of(values: Mapping[str, Any], name: str) -> ReadingGiven:
    """A reading as the crew wrote it: one number, or three where the meter tells normal, peak and off-peak hours."""
    peak, low = values.get(f"{name}_cd"), values.get(f"{name}_td")
    first: Any = values.get(name, "")
    if peak in (None, "") and low in (None, ""):
        return first  # type: ignore[no-any-return]
    return {"BT": first, "CD": peak or 0, "TD": low or 0}


def each_reading(given: ReadingGiven) -> list[Any]:
    return list(given.values()) if isinstance(given, Mapping) else [given]


def split_seals(text: object) -> list[str]:
    """The seals as typed: with commas, semicolons or lines between."""
    return [
        part.strip()
        for part in str(text or "").replace(";", ",").replace("\n", ",").split(",")
        if part.strip()
    ]


def kilowatts(values: Mapping[str, Any]) -> Decimal | None:
    given = values.get("capacity_kw")
    return Decimal(str(given)) if given not in (None, "") else None


def energised_at_of(values: Mapping[str, Any], at: datetime) -> datetime:
    """When the light went on, as the crew says; else now."""
    given = values.get("energised_at")
    if not given:
        return at
    return given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
