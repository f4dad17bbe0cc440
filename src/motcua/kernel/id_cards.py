"""What the QR of a Vietnamese identity card says: seven parts between bars, as a scanner types them.

`number|old number|name|ddmmyyyy|sex|residence|issued ddmmyyyy`. Cards of 2024 and later put more parts behind; they are
left alone. Source: the card's own print, read by scanners at counters; the order is unchanged since the chip card of 2021.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

_NUMBER = re.compile(r"^\d{12}$")
_OLD_NUMBER = re.compile(r"^(\d{9})?$")
PARTS = 7


@dataclass(frozen=True)
class IdCard:
    """One card. `number` has 12 digits; `old_number` 9 or none; days are None where the card has none."""

    number: str
    old_number: str
    full_name: str
    born: date | None
    sex: str
    residence: str
    issued: date | None


def looks_like(text: str) -> bool:
    """Whether this can be nothing but a card's text, right or broken: bars are in nothing else that people look for."""
    return text.count("|") >= PARTS - 2


def parse(text: str) -> IdCard | None:
    """The card, or None when the text is not one. Spaces around parts do not matter."""
    parts = [" ".join(part.split()) for part in text.strip().split("|")]
    if len(parts) < PARTS or not _NUMBER.match(parts[0]) or not _OLD_NUMBER.match(parts[1]) or not parts[2]:
        return None
    number, old_number, name, born, sex, residence, issued = parts[:PARTS]
    return IdCard(number, old_number, name, _day(born), sex, residence, _day(issued))


def _day(text: str) -> date | None:
    if not re.fullmatch(r"\d{8}", text):
        return None
    try:
        return datetime.strptime(text, "%d%m%Y").date()  # noqa: DTZ007 - a day, no instant
    except ValueError:
        return None
