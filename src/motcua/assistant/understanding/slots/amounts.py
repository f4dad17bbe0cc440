"""Money, energy and power: "1tr2", "350 nghìn", "300 số", "7,5 hp", "3 pha"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from motcua.assistant.understanding.slots.spans import Kind, Slot

_N = r"(\d{1,3}(?:[.,]\d{3})+|\d+(?:[.,]\d{1,2})?)"
_START = r"(?<![\w.,/])"
_MILLIONS = re.compile(
    rf"{_START}{_N} ?(?:tr|trieu|cu)\b(?: ?(ruoi|\d{{1,3}})(?![\d/]| ?(?:kw|so|ky|pha|a\b)))?|{_START}(\d+)tr(\d{{1,3}})(?![\w/])"
)
_THOUSANDS = re.compile(rf"{_START}{_N} ?(?:k|nghin|ngan)(?! ?w)(?:\s+dong)?\b")
_DONG = re.compile(rf"{_START}(\d{{1,3}}(?:[.,]\d{{3}})+|\d{{4,9}}) ?(?:d|vnd|dong)\b")
_GROUPED = re.compile(r"(?<![\w.,/])(\d{1,3}(?:[.,]\d{3}){1,3})(?![\w.,/]|\s*(?:kwh|kw|so|ky|ki))")
_BARE = re.compile(r"\b(?:tien|dong|tra|no|nop|ck|chuyen khoan|thanh toan)\W+(?:\w+\W+){0,2}?(\d{5,9})(?!\w)")
_ENERGY = re.compile(
    rf"{_START}{_N} ?(kwh|so dien(?! thoai)|so(?! ?(?:nha|dt|dien thoai|hop|tai|cmnd|cccd|0|\d))|k[yi] dien|k[yi](?! ?(?:gao|duong|lo|ket|thuat|hop|ten|nhan)))\b"
)
_POWER = re.compile(rf"{_START}{_N} ?(kw|kva|mw|mva|w|watt|hp|ngua|kilo ?oat|kg oat|ampe|amp|a|pha)(?![\w/])")
_UNITS = {
    "kw": "kW", "kva": "kVA", "mw": "MW", "mva": "MVA", "w": "W", "watt": "W", "hp": "HP", "ngua": "HP", "kilo oat": "kW", "kilooat": "kW",
    "kg oat": "kW", "ampe": "A", "amp": "A", "a": "A", "pha": "pha",
}  # fmt: skip
_AMPERES = frozenset(
    {6, 10, 15, 16, 20, 25, 30, 32, 40, 50, 60, 63, 75, 80, 100, 125, 150, 160, 200, 250, 300, 400}
)


def number(written: str) -> Decimal:
    """ "1.250.000" and "1,250,000" are whole; "7,5" and "7.5" are seven and a half."""
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", written):
        return Decimal(re.sub(r"[.,]", "", written))
    return Decimal(written.replace(",", "."))


def plain(value: Decimal) -> str:
    return str(int(value)) if value == int(value) else str(value.normalize())


def find_money(folded: str) -> Iterator[Slot]:
    for found in _MILLIONS.finditer(folded):
        whole, rest = (found[1], found[2]) if found[1] else (found[3], found[4])
        value = number(whole) * 1_000_000
        if rest == "ruoi":
            value += 500_000
        elif rest:
            value += int(rest.ljust(3, "0")) * 1000
        yield _money(value, found.start(), found.end())
    for found in _THOUSANDS.finditer(folded):
        yield _money(number(found[1]) * 1000, found.start(), found.end())
    for found in _DONG.finditer(folded):
        yield _money(number(found[1]), found.start(), found.end())
    for pattern in (_GROUPED, _BARE):
        for found in pattern.finditer(folded):
            if number(found[1]) >= 10_000:
                yield _money(number(found[1]), found.start(1), found.end(1))


def _money(value: Decimal, start: int, end: int) -> Slot:
    return Slot(Kind.MONEY, plain(value), start, end)


def find_energy(folded: str) -> Iterator[Slot]:
    """A price asked for one unit ("1 số điện bao nhiêu") is no amount of energy."""
    for found in _ENERGY.finditer(folded):
        value = number(found[1])
        if value > 1 or found[2] == "kwh":
            yield Slot(Kind.ENERGY, plain(value), found.start(), found.end())


def find_power(folded: str) -> Iterator[Slot]:
    """ "a" is ampere only behind a size that breakers have, and glued or followed by nothing of a person."""
    for found in _POWER.finditer(folded):
        value, unit = number(found[1]), _UNITS[found[2]]
        if (
            unit == "A"
            and found[2] == "a"
            and (value not in _AMPERES or re.match(r" (chi|e|em|oi)\b", folded[found.end() :]))
        ):
            continue
        if unit == "pha" and value not in (1, 2, 3):
            continue
        yield Slot(Kind.POWER, f"{plain(value)} {unit}", found.start(), found.end())
