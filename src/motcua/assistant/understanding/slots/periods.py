"""Billing periods: "tháng trước", "t9", "tháng 3/2026", "kỳ 2 tháng 5", "quý 3", "năm ngoái"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from motcua.assistant.understanding.slots.spans import Kind, Slot

_YEAR = r"(?:\s*(?:[/.\-]|nam)\s*(\d{4}|ngoai|nay|truoc))?"
_PART = r"(?:k[yi] (\d)\s+(?:cua )?)?"
_NUMBERED = re.compile(
    rf"\b{_PART}(?:thang|th|t)\s?(\d{{1,2}})\b(?!\s*(?:ngay|/\d{{1,2}}/|nua|lien|roi chua tra|thang)){_YEAR}"
)
_NAMED = re.compile(
    r"\b(?:k[yi] (\d)\s+(?:cua )?)?(?:thang|ky) (nay|truoc|roi|vua roi|vua qua|qua|sau|toi)\b"
)
_QUARTER = re.compile(rf"\bquy (\d|mot|hai|ba|bon)\b{_YEAR}")
_WHOLE_YEAR = re.compile(r"\b(?:ca )?nam (ngoai|nay|truoc|20\d\d)\b")
_QUARTERS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4}


def find(folded: str, today: date) -> Iterator[Slot]:
    """Periods; a month later than now without a year is one of last year."""
    for found in _NUMBERED.finditer(folded):
        month = int(found[2])
        if 1 <= month <= 12 and not re.search(r"\d\s+$|\bngay \d+\s*$", folded[: found.start()]):
            year = _year(found[3], today) or today.year - (1 if month > today.month else 0)
            yield _slot(f"{year}-{month:02}{_part(found[1])}", found)
    for found in _NAMED.finditer(folded):
        shift = {"nay": 0, "sau": 1, "toi": 1}.get(found[2], -1)
        index = today.year * 12 + today.month - 1 + shift
        yield _slot(f"{index // 12}-{index % 12 + 1:02}{_part(found[1])}", found)
    for found in _QUARTER.finditer(folded):
        quarter = _QUARTERS.get(found[1]) or int(found[1])
        if 1 <= quarter <= 4:
            year = _year(found[2], today) or today.year - (1 if quarter > (today.month + 2) // 3 else 0)
            yield _slot(f"{year}-Q{quarter}", found)
    for found in _WHOLE_YEAR.finditer(folded):
        yield _slot(str(_year(found[1], today)), found)


def _year(told: str | None, today: date) -> int:
    if not told:
        return 0
    return int(told) if told.isdigit() else today.year - (0 if told == "nay" else 1)


def _part(told: str | None) -> str:
    return f"/{told}" if told else ""


def _slot(value: str, found: re.Match[str]) -> Slot:
    return Slot(Kind.PERIOD, value, found.start(), found.end())
