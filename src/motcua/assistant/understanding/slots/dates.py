"""Days and months as people say them: written, relative, by weekday, by the lunar calendar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from motcua.assistant.understanding.slots import lunar
from motcua.assistant.understanding.slots.spans import Kind, Slot

_MONTHS = {
    "gieng": 1, "mot": 1, "hai": 2, "ba": 3, "tu": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10, "muoi mot": 11,
    "muoi hai": 12, "chap": 12,
}  # fmt: skip
_MONTH = r"(\d{1,2}|gieng|chap|muoi mot|muoi hai|muoi|mot|hai|ba|tu|sau|bay|tam|chin)"
_LUNAR = r"(?:\s*\(?\s*(am lich|am|al|nhuan)\b)"
_WRITTEN = re.compile(
    rf"(?<![\w/.,-])(?:(ngay|hom|mung|mong|ram)\s+)?(\d{{1,2}})\s*[/.\-]\s*(\d{{1,2}})(?:\s*[/.\-]\s*(\d{{4}}|\d{{2}}))?(?![\w/]|[.,]\d|\s*(?:kwh|kw|trieu|tr|pha)\b){_LUNAR}?"
)
_SPOKEN = re.compile(
    rf"(?<!ky )(?<!ki )\b(?:(ngay|mung|mong|hom)\s+)?(\d{{1,2}}|ram)\s+thang\s+{_MONTH}(?![\w])(?:\s*(?:nam|/|-)\s*(\d{{4}}))?{_LUNAR}?"
)
_TET = re.compile(r"\b(?:(mung|mong)\s+(\d{1,2})|(?:ngay\s+)?(30|29|28|27|26|25|24|23))\s+tet\b")
_DAY_ONLY = re.compile(
    r"\b(?:ngay|hom)\s+(\d{1,2})\b(?!\s*(?:[/.\-]\s*\d|thang|gio|h\b|ngay|nguoi|\d))|\b(?:mung|mong)\s+(\d{1,2})\b(?!\s*(?:[/.\-]\s*\d|thang|tet))|\b(\d{1,2})\s+tay\b"
)
_RELATIVE = (
    (r"(?:sang |trua |chieu |toi |dem )?(?:hom nay|bua nay|hnay)|(?:sang|trua|chieu|toi|dem) nay", 0),
    (r"(?:ngay|hom|bua) (?:kia|mot)(?! ngay)|\bmot(?= (?:tho|hen|den|toi|co|cat|cup|nha|nhe)\b)", 2),
    (r"(?:sang|trua|chieu|toi|dem) mai|ngay mai|hom sau|\bmai\b", 1),
    (r"(?:sang |trua |chieu |toi |dem )?(?:hom qua|bua qua|hqua)|(?:sang|trua|chieu|toi|dem) qua", -1),
    (r"hom kia(?= .*(?:roi|da|bi|mat|cup))|hom truoc nua|bua kia", -2),
)
_RELATIVES = [(re.compile(rf"\b(?:{pattern})\b"), days) for pattern, days in _RELATIVE]
_IN_DAYS = re.compile(r"(?<!thu )\b(\d{1,2}|hai|ba|bon|nam|vai) (ngay|tuan|hom) (nua|toi|sau|truoc)\b")
_SMALL = {"hai": 2, "ba": 3, "bon": 4, "nam": 5, "vai": 3}
_WEEKDAY = re.compile(
    r"\b(?:thu ?(hai|ba|tu|nam|sau|bay|[2-7])|(chu nhat|cn)|t([2-7]))\b(?:\s+(?:tuan )?(nay|sau|toi|truoc|vua roi|roi))?(?:\s+(?:nay|tuan nay))?"
)
_WEEKDAY_BEFORE = re.compile(r"(?:lich|sang|chieu|toi|ngay|hen|qua|vao|den|hom|tu|trua)\W+$")
_DAYS = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5}
_WEEKEND = re.compile(r"\bcuoi tuan(?: (nay|sau|toi|truoc))?\b")
_NAMED_MAI = re.compile(
    r"\b(?:chi|anh|co|ten|ba|em|chu|bac|be|ngoc|thi|hoang|truc|tuyet|xuan|cay|hoa|bach|minh|khai|troi|ap)\s+$"
)


def find(folded: str, today: date) -> Iterator[Slot]:
    """Days, nearest first in certainty; overlapping ones too."""
    yield from _written(folded, today)
    for found in _TET.finditer(folded):
        day = _tet(found, today)
        if day:
            yield _slot(day, found.start(), found.end())
    for found in _IN_DAYS.finditer(folded):
        count = int(found[1]) if found[1].isdigit() else _SMALL[found[1]]
        step = count * (7 if found[2] == "tuan" else 1)
        yield _slot(
            today + timedelta(days=-step if found[3] == "truoc" else step), found.start(), found.end()
        )
    yield from _weekdays(folded, today)
    for pattern, days in _RELATIVES:
        for found in pattern.finditer(folded):
            if found.group() == "mai" and _NAMED_MAI.search(folded[: found.start()]):
                continue
            yield _slot(today + timedelta(days=days), found.start(), found.end())
    for found in _DAY_ONLY.finditer(folded):
        day = _nearest_day(int(found[1] or found[2] or found[3]), today)
        if day:
            yield _slot(day, found.start(), found.end())


def _slot(day: date, start: int, end: int) -> Slot:
    return Slot(Kind.DATE, day.isoformat(), start, end)


def _written(folded: str, today: date) -> Iterator[Slot]:
    for found in _WRITTEN.finditer(folded):
        is_sure = found[1] or found[4] or found[5] or "/" in found.group() or "-" in found.group()
        day = _day(int(found[2]), int(found[3]), found[4], found[5], today) if is_sure else None
        if day:
            yield _slot(day, found.start(), found.end())
    for found in _SPOKEN.finditer(folded):
        month = int(found[3]) if found[3].isdigit() else _MONTHS[found[3]]
        number = 15 if found[2] == "ram" else int(found[2])
        is_lunar = found[5] or (
            "am"
            if found[2] == "ram"
            or found[3] in ("gieng", "chap")
            or (found[1] in ("mung", "mong") and month == 1)
            else ""
        )
        day = _day(number, month, found[4], is_lunar, today)
        if day:
            yield _slot(day, found.start(), found.end())


def _day(number: int, month: int, year: str | None, calendar: str | None, today: date) -> date | None:
    """The day meant; without a year the one nearest to today."""
    years = (
        [today.year - 1, today.year, today.year + 1]
        if not year
        else [int(year) if len(year) == 4 else 2000 + int(year)]
    )
    found = [day for y in years if (day := _in_year(number, month, y, calendar)) is not None]
    return min(found, key=lambda day: (abs((day - today).days), day < today)) if found else None


def _in_year(number: int, month: int, year: int, calendar: str | None) -> date | None:
    if not 1 <= month <= 12:
        return None
    if calendar:
        return lunar.to_solar(number, month, year, is_leap=calendar == "nhuan")
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _tet(found: re.Match[str], today: date) -> date | None:
    if found[1]:
        return _day(int(found[2]), 1, None, "am", today)
    day = _day(int(found[3]), 12, None, "am", today)
    return day if day or found[3] != "30" else _day(29, 12, None, "am", today)


def _weekdays(folded: str, today: date) -> Iterator[Slot]:
    for found in _WEEKDAY.finditer(folded):
        if found[3] and not _WEEKDAY_BEFORE.search(folded[: found.start()]):
            continue  # "t7" of a bill is July
        told = found[1] or found[3]
        weekday = 6 if found[2] else _DAYS[told] if told in _DAYS else int(told) - 2
        yield _slot(_weekday(weekday, found[4] or "", today), found.start(), found.end())
    for found in _WEEKEND.finditer(folded):
        yield _slot(_weekday(5, found[1] or "", today), found.start(), found.end())


def _weekday(weekday: int, which: str, today: date) -> date:
    """ "thứ 7": the next one; with "này", "sau", "trước" the one of that week, even if it is past."""
    monday = today - timedelta(days=today.weekday())
    if which in ("sau", "toi"):
        return monday + timedelta(days=7 + weekday)
    if which in ("truoc", "vua roi", "roi"):
        return monday + timedelta(days=weekday - 7)
    day = monday + timedelta(days=weekday)
    return day if which == "nay" or day >= today else day + timedelta(days=7)


def _nearest_day(number: int, today: date) -> date | None:
    """The next day of that number, this month or the following one."""
    for ahead in (0, 1):
        month = (today.month - 1 + ahead) % 12 + 1
        year = today.year + (today.month - 1 + ahead) // 12
        try:
            day = date(year, month, number)
        except ValueError:
            continue
        if day >= today or (not ahead and (today - day).days < 10):
            return day
    return None
