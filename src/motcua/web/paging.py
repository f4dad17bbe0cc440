"""Where a page of a list begins: the instant and id of the line before it, as an address says them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

Key = tuple[datetime, UUID]


def write_key(at: datetime, id: UUID) -> str:
    return f"{at.isoformat()}~{id}"


def read_key(text: str) -> Key | None:
    """What `write_key` wrote; None for anything else, and for an instant without its zone.

    A plus typed by hand into an address arrives as a space.
    """
    instant, _separator, id = text.partition("~")
    try:
        at = datetime.fromisoformat(instant.replace(" ", "+"))
        return (at, UUID(id)) if at.tzinfo else None
    except ValueError:
        return None
