"""Where a page of a list begins: the instant or day and the id of the line before it, as an address says them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

Key = tuple[datetime, UUID]
Id = TypeVar("Id", int, UUID)


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


def write_day_key(day: date, id: int | UUID) -> str:
    return f"{day.isoformat()}~{id}"


def read_day_key(text: str, read_id: Callable[[str], Id]) -> tuple[date, Id] | None:
    """What `write_day_key` wrote of a list with such ids, `int` or `UUID`; None for anything else."""
    day, _separator, id = text.partition("~")
    try:
        return date.fromisoformat(day), read_id(id)
    except ValueError:
        return None
