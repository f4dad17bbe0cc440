"""Which power corporation the first two letters of an account code speak of: for routing, never proof of a customer."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources


@cache
def _corporations() -> dict[str, str]:
    text = resources.files("motcua.companies").joinpath("data/regions-vn.json").read_text(encoding="utf-8")
    rows = json.loads(text)["corporations"]
    return {prefix: row["id"] for row in rows for prefix in row["customer_code_prefixes"]}


def corporation_of(account_code: str) -> str:
    """The corporation's code ("HANOI"); empty when the prefix is nobody's."""
    return _corporations().get(account_code[:2].upper(), "")
