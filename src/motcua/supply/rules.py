"""Pure decisions: readings, pins, and what the parts of a written address are."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

EARTH_KM = 6371.0088
NEAR_KM = 2.0
# The land and islands of Vietnam; a pin outside it was set by mistake.
SOUTH, NORTH, WEST, EAST = 6.0, 23.6, 101.9, 118.0
SCALE = Decimal("0.001")

_READING = re.compile(r"^\d{1,9}(?:[.,]\d{1,3})?$", re.ASCII)
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class AddressParts:
    """What a written address says; `province` as written. Empty where it says nothing."""

    house: str = ""
    street: str = ""
    hamlet: str = ""
    commune: str = ""
    district: str = ""
    province: str = ""


def reading_value(given: object, digits: int) -> tuple[Decimal | None, str]:
    """The reading as stored, or None and why not: NOT_A_NUMBER, NEGATIVE, TOO_MANY_DIGITS.

    A comma or a dot may stand before at most three decimals; no thousands separators, a meter shows none.
    """
    if isinstance(given, bool) or given is None:
        return None, "NOT_A_NUMBER"
    text = _SPACES.sub("", str(given))
    if text.startswith("-") and _READING.match(text[1:]):
        return None, "NEGATIVE"
    if not _READING.match(text):
        return None, "TOO_MANY_DIGITS" if re.match(r"^[0-9]{10,}(?:[.,][0-9]*)?$", text) else "NOT_A_NUMBER"
    try:
        value = Decimal(text.replace(",", ".")).quantize(SCALE)
    except InvalidOperation:
        return None, "NOT_A_NUMBER"
    return (value, "") if value < 10**digits else (None, "TOO_MANY_DIGITS")


def is_in_vietnam(lat: float, lon: float) -> bool:
    return SOUTH <= lat <= NORTH and WEST <= lon <= EAST


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Kilometres between two pins over the earth's surface."""
    a, b = math.radians(lat), math.radians(other_lat)
    half_lat, half_lon = (b - a) / 2, math.radians(other_lon - lon) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(a) * math.cos(b) * math.sin(half_lon) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(chord)))


def box_around(lat: float, lon: float, km: float) -> tuple[float, float, float, float]:
    """South, north, west, east of a box that holds every pin within so many kilometres."""
    up = math.degrees(km / EARTH_KM)
    aside = math.degrees(km / (EARTH_KM * max(0.01, math.cos(math.radians(lat)))))
    return lat - up, lat + up, lon - aside, lon + aside


_PROVINCE_WORDS = r"tỉnh|tinh|thành phố|thanh pho|thủ đô|thu do|tp"
_PART_KINDS = (
    (
        "commune",
        re.compile(
            r"^(?:phường|phuong|p\.|p(?=\s*\d)|xã|xa\b|x\.|thị trấn|thi tran|tt\b\.?"
            r"|đặc khu|dac khu)\s*(.+)$",
            re.I,
        ),
    ),
    (
        "district",
        re.compile(r"^(?:quận|quan\b|q\.|q(?=\s*\d)|huyện|huyen|h\.|thị xã|thi xa|tx\b\.?)\s*(.+)$", re.I),
    ),
    (
        "hamlet",
        re.compile(
            r"^((?:thôn|thon|xóm|xom|ấp|ap|bản|ban|buôn|buon|làng|lang|khóm|khom|tổ dân phố|to dan pho"
            r"|tổ|to|tdp|khu phố|khu pho|khu|kp|đội|doi)\b\.?\s*.+)$",
            re.I,
        ),
    ),
    ("city", re.compile(rf"^(?:{_PROVINCE_WORDS})\b\.?\s*(.+)$", re.I)),
)
_HOUSE = re.compile(r"^(?:(?:số nhà|so nha|số|so|sn)\b\.?\s*)?(\d[\w/\-.]*)\s*(.*)$", re.I)


def split_address(text: str) -> AddressParts:
    """The parts of an address as people and utilities write it, from the smallest to the largest, with
    commas.

    "Số 12 ngõ 5 Trần Phú, P. Mộ Lao, Q. Hà Đông, TP Hà Nội". Unclear parts join the street: nothing is lost,
    and the text is kept beside it.
    """
    parts = [part for raw in text.replace(";", ",").split(",") if (part := raw.strip(" .-"))]
    found: dict[str, str] = {}
    rest: list[str] = []
    for position, part in enumerate(parts):
        kind, name = _part_kind(part)
        is_last = position == len(parts) - 1
        if kind == "city":
            kind = "province" if is_last else "district"
        elif not kind and is_last and len(parts) >= 3:
            kind, name = "province", part
        if kind and kind not in found:
            found[kind] = name
        else:
            rest.append(part)
    house = ""
    if rest and (numbered := _HOUSE.match(rest[0])):
        house, rest[0] = numbered[1], numbered[2]
    street = ", ".join(part for part in rest if part)
    return AddressParts(
        house=house[:60], street=street[:160], **{kind: name[:80] for kind, name in found.items()}
    )


@lru_cache(maxsize=20_000)
def _part_kind(part: str) -> tuple[str, str]:
    for kind, pattern in _PART_KINDS:
        if found := pattern.match(part):
            return kind, found[1].strip()
    return "", part
