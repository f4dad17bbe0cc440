"""Which version of the format holds on a day: dated data, not code (data/formats.json)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "formats.json"


@dataclass(frozen=True)
class Format:
    """The versions (PBan) of invoices and messages made from a day on, and who says so."""

    valid_from: date
    invoice: str
    message: str
    source: str


@cache
def list_formats() -> tuple[Format, ...]:
    """All known, oldest first."""
    rows = json.loads(_FILE.read_text(encoding="utf-8"))["versions"]
    found = [
        Format(date.fromisoformat(row["from"]), row["invoice"], row["message"], row["source"]) for row in rows
    ]
    return tuple(sorted(found, key=lambda one: one.valid_from))


def format_on(day: date) -> Format:
    """What holds on a day; before the first one, the first."""
    held = [one for one in list_formats() if one.valid_from <= day]
    return held[-1] if held else list_formats()[0]


@cache
def authority_tax_codes() -> frozenset[str]:
    """Under which tax codes the authority itself signs the codes that it gives."""
    return frozenset(json.loads(_FILE.read_text(encoding="utf-8"))["authority_tax_codes"])


def list_versions() -> tuple[str, ...]:
    return tuple(one.invoice for one in list_formats())
