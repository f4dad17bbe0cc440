"""What a Vietnamese identity card says to a machine: its QR, and the three lines a reader takes from its back.

QR: seven parts between bars, as a scanner types them, `number|old number|name|ddmmyyyy|sex|residence|issued ddmmyyyy`. Cards
of 2024 and later put more parts behind; they are left alone. Source: the card's own print, read by scanners at counters; the
order is unchanged since the chip card of 2021.

Lines: three of thirty signs each, a card of size TD1 by ICAO Doc 9303 part 5 with its check digits; the twelve digits of the
number stand in the first line's optional data, the nine last of them are the document's number. The name has no marks there.
The century of birth is in the number itself: its fourth digit, even for men, odd for women, counts two a century from 1900.
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
    """One card. `number` has 12 digits; `old_number` 9 or none; days are None where the card has none.

    `is_unmarked`: the name came from the three lines, in letters without marks.
    """

    number: str
    old_number: str
    full_name: str
    born: date | None
    sex: str
    residence: str
    issued: date | None
    is_unmarked: bool = False


def looks_like(text: str) -> bool:
    """Whether this can be nothing but a card's text, right or broken: nobody looks for bars or for fillers."""
    return text.count("|") >= PARTS - 2 or text.count("<") >= 2


def parse(text: str) -> IdCard | None:
    """The card, or None when the text is not one. Spaces around parts and between lines do not matter."""
    if "<" in text:
        return _parse_lines("".join(text.split()).upper())
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


LINE = 30
_LINES = re.compile(r"I[A-Z<]VNM[A-Z0-9<]{85}")
_WEIGHTS = (7, 3, 1)


def _parse_lines(text: str) -> IdCard | None:
    if not _LINES.fullmatch(text):
        return None
    first, second, third = text[:LINE], text[LINE : 2 * LINE], text[2 * LINE :]
    number = first[15:27]
    checked = (
        (first[5:14], first[14]),
        (second[:6], second[6]),
        (second[8:14], second[14]),
        (first[5:] + second[:7] + second[8:15] + second[18:29], second[29]),
    )
    if not _NUMBER.match(number) or number[3:] != first[5:14]:
        return None
    if any(check_digit(field) != digit for field, digit in checked):
        return None
    family, _, given = third.partition("<<")
    name = " ".join(f"{family} {given}".replace("<", " ").split()).title()
    century = 19 + int(number[3]) // 2
    sex = "Nữ" if int(number[3]) % 2 else "Nam"
    born = _day(f"{second[4:6]}{second[2:4]}{century}{second[:2]}")
    return IdCard(number, "", name, born, sex, "", None, is_unmarked=True) if name else None


def check_digit(field: str) -> str:
    """The check digit of a field of the lines: digits as they are, letters from 10, the filler 0; weights 7, 3, 1."""
    values = (0 if sign == "<" else int(sign, 36) for sign in field)
    return str(sum(value * _WEIGHTS[place % 3] for place, value in enumerate(values)) % 10)
