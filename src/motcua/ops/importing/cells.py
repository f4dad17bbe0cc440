"""Cleaning single cells, a hundred million times if need be: short ways for what is common, the kernel for
the rest.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from motcua.kernel import local_time, phones, vietnamese

_WORD = re.compile(r"[a-z0-9]+")
_MOBILE = re.compile(r"^(?:\+?84|0)?([35789]\d{8})$", re.ASCII)
_PHONE_JOINERS = str.maketrans("", "", " .-()")
_SEVERAL = re.compile(r"[;/,|\n]|\s-\s|\s{2,}")
_PLAIN = re.compile(r"^-?\d+(?:\.\d+)?$", re.ASCII)
_GROUPED = re.compile(r"^-?\d{1,3}(?:([., ])\d{3})(?:\1\d{3})*$", re.ASCII)
_GROUPED_DECIMALS = re.compile(r"^(-?\d{1,3}(?:([., ])\d{3})+)([.,])(\d+)$", re.ASCII)
_COMMA_DECIMALS = re.compile(r"^-?\d+,\d+$", re.ASCII)
_DMY = re.compile(r"^(\d{1,2})[/\-.](\d{1,2})[/\-.](\d{4})(?:[ T]+\d{1,2}:\d{2}(?::\d{2})?)?$", re.ASCII)
_YMD = re.compile(
    r"^(\d{4})[/\-.](\d{1,2})[/\-.](\d{1,2})(?:[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?$", re.ASCII
)


def _folding() -> dict[int, str]:
    """Every letter of Vietnamese in one piece, and what the kernel folds it to."""
    letters = [chr(code) for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))]
    return {ord(letter): folded for letter in letters if (folded := vietnamese.fold(letter)).isascii()}


_FOLDED = _folding()


def tidy(text: str) -> str:
    """What `vietnamese.clean` gives, sooner."""
    if text.isprintable() and (text.isascii() or unicodedata.is_normalized("NFC", text)):
        return " ".join(text.split()) if "  " in text else text.strip()
    return vietnamese.clean(text)


def search_key(text: str) -> str:
    """What `vietnamese.search_key` gives, sooner."""
    folded = text.translate(_FOLDED)
    if not folded.isascii():
        return vietnamese.search_key(text)
    return " ".join(_WORD.findall(folded.lower()))


def phone(text: str) -> str | None:
    """The first valid number of a cell as it is stored, or None."""
    found = _one_phone(text)
    if found is None and (parts := _SEVERAL.split(text)) and len(parts) > 1:
        return next((number for part in parts if part.strip() and (number := _one_phone(part.strip()))), None)
    return found


def _one_phone(text: str) -> str | None:
    mobile = _MOBILE.match(text.translate(_PHONE_JOINERS))
    if mobile and _is_mobile_prefix(mobile[1][:3]):
        return "+84" + mobile[1]
    return phones.normalise(text)


@lru_cache(maxsize=1000)
def _is_mobile_prefix(three: str) -> bool:
    """Whether numbers that begin so are valid whatever follows: the kernel's answer for some of them."""
    return all(
        phones.normalise(f"0{three}{rest}") == f"+84{three}{rest}" for rest in ("000000", "123456", "999999")
    )


@lru_cache(maxsize=50_000)
def number(text: str) -> Decimal | str:
    """A number, or why it is none: NOT_A_NUMBER, AMBIGUOUS_NUMBER ("1.234" may be a thousand or one and a
    bit).
    """
    bare = text.strip().replace("\u00a0", " ")
    if _GROUPED.match(bare):
        return (
            "AMBIGUOUS_NUMBER" if len(re.findall(r"[.,]", bare)) == 1 else Decimal(re.sub(r"[., ]", "", bare))
        )
    if both := _GROUPED_DECIMALS.match(bare):
        whole, group, point, decimals = both.groups()
        return Decimal(f"{whole.replace(group, '')}.{decimals}") if group != point else "NOT_A_NUMBER"
    if _COMMA_DECIMALS.match(bare):
        bare = bare.replace(",", ".")
    if not _PLAIN.match(bare):
        return "NOT_A_NUMBER"
    try:
        return Decimal(bare)
    except InvalidOperation:
        return "NOT_A_NUMBER"


@lru_cache(maxsize=50_000)
def dong(text: str) -> int | str:
    """Whole dong; points, commas and spaces part thousands. Or why it is none."""
    bare = re.sub(r"(?i)\s*(vnđ|vnd|đồng|đ|₫)\.?$", "", text.strip().replace("\u00a0", " "))
    if _GROUPED.match(bare):
        return int(re.sub(r"[., ]", "", bare))
    value = number(bare)
    if isinstance(value, str):
        return value
    return int(value) if value == value.to_integral_value() and abs(value) < 10**15 else "NOT_WHOLE_DONG"


@lru_cache(maxsize=50_000)
def day(text: str) -> date | None:
    """A day written 31/10/2026, 31-10-2026 or 2026-10-31; a time behind it does not matter."""
    if found := _DMY.match(text):
        year, month, of_month = found[3], found[2], found[1]
    elif found := _YMD.match(text):
        year, month, of_month = found[1], found[2], found[3]
    else:
        return None
    try:
        return date(int(year), int(month), int(of_month))
    except ValueError:
        return None


@lru_cache(maxsize=50_000)
def midnight(on: date) -> datetime:
    """The first instant of the local day."""
    return local_time.instant(on)


def masked(text: str) -> str:
    """Enough of a personal value to find it in the file, and no more."""
    return text if len(text) <= 4 else f"{text[:2]}…{text[-2:]}"
