"""Where a page of a list begins: what orders the line before it (an instant, a day, a number) and its id, as an address says
them. Whatever else an address says there is the first page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

Key = tuple[datetime, UUID]
Id = TypeVar("Id", int, UUID)
LARGEST = 2**63 - 1  # of the database's whole numbers


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
        found = date.fromisoformat(day), read_id(id)
    except ValueError:
        return None
    return None if isinstance(found[1], int) and not 0 <= found[1] <= LARGEST else found


def write_number_key(number: int, code: str) -> str:
    return f"{number}~{code}"


def read_number_key(text: str) -> tuple[int, str] | None:
    """What `write_number_key` wrote; None for anything else."""
    told, _separator, code = text.partition("~")
    number = read_number(told)
    return (number, code) if number is not None and code else None


def read_number(text: str) -> int | None:
    """A whole number from 0 up, in digits alone; None for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))):
        return None
    return int(text) if int(text) <= LARGEST else None
