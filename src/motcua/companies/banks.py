"""Banks by their number in NAPAS 247: dated data, see `data/banks.json` for the sources."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Bank:
    """A bank of the list. `collects`: one of those that collect for electricity companies."""

    bin: str
    code: str
    name: str
    swift: str
    collects: bool
    valid_from: date
    valid_to: date | None


@cache
def _banks() -> tuple[Bank, ...]:
    text = resources.files("motcua.companies").joinpath("data/banks.json").read_text(encoding="utf-8")
    told = json.loads(text)
    return tuple(
        Bank(
            row["bin"], row["code"], row["name"], row.get("swift", ""), row.get("collects", False),
            date.fromisoformat(row.get("valid_from", told["valid_from"])),
            date.fromisoformat(row["valid_to"]) if row.get("valid_to") else None,
        )
        for row in told["banks"]
    )  # fmt: skip


@cache
def source() -> str:
    """Where the list is from."""
    text = resources.files("motcua.companies").joinpath("data/banks.json").read_text(encoding="utf-8")
    return str(json.loads(text)["source"])


def name_of(bin: str) -> str:
    """The short name of the bank, or its number when we do not know it."""
    return next((bank.name for bank in _banks() if bank.bin == bin), bin)


def list_collecting(on: date) -> list[Bank]:
    """The banks that may be let in to collect on that day, by code. A list made later counts for the days before it."""
    return sorted(
        (bank for bank in _banks() if bank.collects and (bank.valid_to is None or on < bank.valid_to)),
        key=lambda bank: bank.code,
    )
