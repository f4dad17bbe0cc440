"""Banks by their number in NAPAS 247."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources


@cache
def _names() -> dict[str, str]:
    text = resources.files("motcua.companies").joinpath("data/banks.json").read_text(encoding="utf-8")
    return {bank["bin"]: bank["name"] for bank in json.loads(text)["banks"]}


def name_of(bin: str) -> str:
    """The short name of the bank, or its number when we do not know it."""
    return _names().get(bin, bin)
