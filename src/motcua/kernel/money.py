"""Whole dong: writing them, saying them, rounding tax."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_BILLION = 1_000_000_000
_AMOUNT = re.compile(r"^(\d{1,3}(?:[.,\s]\d{3})+|\d+)$")


def format_number(amount: int) -> str:
    """1234567 gives "1.234.567"."""
    return f"{amount:,}".replace(",", ".")


def format_signed(amount: int) -> str:
    """A difference: 1500 gives "+1.500", -1500 gives "-1.500"."""
    return f"{amount:+,}".replace(",", ".")


def format_vnd(amount_vnd: int) -> str:
    """1234567 gives "1.234.567 đ"."""
    return f"{format_number(amount_vnd)} đ"


def parse_vnd(text: str) -> int | None:
    """The amount a person typed ("1.234.567 đ", "98,000", "105840 VND"), or None; never a fraction."""
    bare = re.sub(r"(?i)\s*(vnđ|vnd|đồng|dong|đ|₫)\.?$", "", text.strip())
    if not _AMOUNT.match(bare):
        return None
    return int(re.sub(r"\D", "", bare))


def vat_vnd(amount_vnd: int, rate: Decimal) -> int:
    """The tax on an amount, rounded half up to whole dong; `rate` 0.08 is eight in a hundred."""
    return int((Decimal(amount_vnd) * rate).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def in_words_vi(number: int) -> str:
    """A whole number in Vietnamese words: 24105 gives "hai mươi tư nghìn một trăm linh năm"."""
    if number < 0:
        return "âm " + in_words_vi(-number)
    if number < 1000:
        return _hundreds(number, full=False)
    return " ".join(_large(number, full=False))


def amount_in_words_vi(amount_vnd: int) -> str:
    """An amount as contracts and receipts print it: "Một trăm linh năm nghìn tám trăm bốn mươi đồng"."""
    words = in_words_vi(amount_vnd)
    return f"{words[0].upper()}{words[1:]} đồng"


def _large(number: int, *, full: bool) -> list[str]:
    billions, rest = divmod(number, _BILLION)
    words: list[str] = []
    if billions:
        words += [*_large(billions, full=full), "tỷ"]
    for size, name in ((1_000_000, "triệu"), (1000, "nghìn"), (1, "")):
        group, rest = divmod(rest, size)
        if group:
            words.append(_hundreds(group, full=full or bool(words)))
            if name:
                words.append(name)
    return words


def _hundreds(number: int, *, full: bool) -> str:
    """Three digits; `full` says the hundreds even when there are none, as after a larger group."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words: list[str] = []
    if hundreds or full:
        words += [_DIGITS[hundreds], "trăm"]
    if tens == 0:
        if ones == 0:
            return " ".join(words) or _DIGITS[0]
        return " ".join([*words, "linh", _DIGITS[ones]] if words else [_DIGITS[ones]])
    words += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if ones == 1 and tens > 1:
        words.append("mốt")
    elif ones == 4 and tens > 1:
        words.append("tư")
    elif ones == 5:
        words.append("lăm")
    elif ones:
        words.append(_DIGITS[ones])
    return " ".join(words)
