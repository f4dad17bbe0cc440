"""A credit as we know it, whatever service told of it, and what the services' shapes have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from motcua.connectors.wallets import signing
from motcua.connectors.wallets.contract import Unreadable
from motcua.kernel.local_time import ZONE


@dataclass(frozen=True)
class Credit:
    """Money that came into an account. `external_id` is the service's own for it, `reference` the bank's."""

    external_id: str
    amount_vnd: int
    text: str
    paid_at: datetime
    account: str
    reference: str = ""
    virtual_account: str = ""


@dataclass(frozen=True)
class Ignored:
    """Something told that is no money of ours: kept, not booked."""

    external_id: str
    why: str


def text(told: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
    """A text field; numbers as they are written. Raises Unreadable for one that is needed and not there."""
    value = told.get(name)
    if isinstance(value, dict | list) or (needed and value in (None, "")):
        raise Unreadable(f"{name} is not there")
    return signing.plain(value).strip()


def amount(told: Mapping[str, Any], name: str) -> int:
    """Whole dong, with a sign where the service writes one. Raises Unreadable: an amount is never guessed."""
    value = told.get(name)
    negative = isinstance(value, str) and value.startswith("-")
    found = signing.whole(value[1:] if negative and isinstance(value, str) else value)
    if found is None:
        raise Unreadable(f"{name} is no whole amount")
    return -found if negative else found


def moment(told: Mapping[str, Any], name: str) -> datetime:
    """A time without a zone is Vietnam's. Raises Unreadable."""
    try:
        found = datetime.fromisoformat(text(told, name, needed=True))
    except ValueError:
        raise Unreadable(f"{name} is no time") from None
    return found if found.tzinfo else found.replace(tzinfo=ZONE)
