"""What a provider's number means, by the table `data/codes.json`: numbers change with the years, the program does not."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from motcua.payments.online_rules import Said


@cache
def _tables() -> dict[str, Any]:
    text = (
        resources.files("motcua.connectors.wallets").joinpath("data/codes.json").read_text(encoding="utf-8")
    )
    tables: dict[str, Any] = json.loads(text)
    return tables


def meaning(provider: str, table: str, code: str, *, otherwise: str = Said.UNKNOWN.value) -> str:
    """The word for a number; `otherwise` for one that stands nowhere."""
    found: str = _tables()[provider][table].get(code, otherwise)
    return found


def said(provider: str, table: str, code: str) -> Said:
    """What a number says of a payment; UNKNOWN for one that stands nowhere."""
    return Said(meaning(provider, table, code))


def list_codes(provider: str, table: str) -> dict[str, str]:
    return dict(_tables()[provider][table])
