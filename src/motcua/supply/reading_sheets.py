"""Readings from a sheet: which column means what; every row read, or its faults told. See docs/reference/reading-file.md."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import BinaryIO

from motcua.kernel import codes, local_time, sheets, vietnamese
from motcua.kernel.results import Problem
from motcua.kernel.results import gettext_noop as _
from motcua.supply import rules
from motcua.supply.operations.readings import NewReading, ReadingFault

MOST = 200_000
NOON = time(12)  # a day without an hour
ANY_DIGITS = 9
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "serial": ("so cong to", "cong to", "so che tao", "serial", "meter"),
    "account": ("ma khach hang", "ma kh", "account", "account code"),
    "read_at": ("ngay ghi", "ngay gio ghi", "thoi diem", "ngay doc", "read at"),
    "KT": ("kt", "chi so", "chi so moi", "chi so kt"),
    "BT": ("bt", "chi so bt", "binh thuong"),
    "CD": ("cd", "chi so cd", "cao diem"),
    "TD": ("td", "chi so td", "thap diem"),
    "VC": ("vc", "chi so vc", "vo cong"),
}
REGISTERS = ("KT", "BT", "CD", "TD", "VC")
TEMPLATE = ("Số công tơ", "Mã khách hàng", "Ngày ghi", "KT", "BT", "CD", "TD", "VC")
EXAMPLE = ("HN20001234", "", "05/11/2026 08:30", "12345", "", "", "", "")
_MEANT = {name: column for column, names in COLUMNS.items() for name in names}
_DMY = re.compile(
    r"^(\d{1,2})[/\-.](\d{1,2})[/\-.](\d{4})(?:[ T]+(\d{1,2})[:h](\d{2})(?::\d{2})?)?$", re.ASCII
)
_YMD = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::\d{2})?)?$", re.ASCII)
WHY = {
    "NOT_A_NUMBER": _("Chỉ số không phải là số."),
    "NEGATIVE": _("Chỉ số nhỏ hơn 0."),
    "TOO_MANY_DIGITS": _("Chỉ số nhiều chữ số hơn mặt công tơ."),
}


@dataclass(frozen=True)
class Sheet:
    """Readings that could be read, and everything that could not; `rows` without the header."""

    readings: tuple[NewReading, ...]
    faults: tuple[ReadingFault, ...]
    rows: int


def read(file: BinaryIO) -> Sheet:
    """The readings of a CSV or XLSX file; a row may tell several registers. Raises sheets.SheetUnreadable."""
    rows = sheets.read_rows(file, lambda cells: len(_positions(cells)))
    _number, header, _broken = next(rows)
    positions = _positions(header)
    missing = [
        title
        for title, names in (
            ("Số công tơ", ("serial", "account")), ("Ngày ghi", ("read_at",)), ("KT", REGISTERS),
        )
        if not positions.keys() & set(names)
    ]  # fmt: skip
    if missing:
        problem = _("Thiếu cột “%(column)s”.")
        return Sheet(
            (), tuple(_fault(1, "", "COLUMN_MISSING", problem, column=title) for title in missing), 0
        )
    return _read_rows(rows, positions)


def _read_rows(rows: Iterator[sheets.Row], positions: Mapping[str, int]) -> Sheet:
    found: list[NewReading] = []
    faults: list[ReadingFault] = []
    count = 0
    for number, cells, broken in rows:
        count += 1
        if count > MOST:
            faults.append(_fault(number, "", "TOO_MANY_ROWS", _("Chỉ đọc %(most)s dòng một lần."), most=MOST))
            break
        if broken:
            faults.append(_fault(number, "", broken, _("Dòng này hỏng dấu ngoặc kép.")))
            continue
        told = {name: cells[at].strip() if at < len(cells) else "" for name, at in positions.items()}
        good, wrong = _row(number, told)
        found += good
        faults += wrong
    return Sheet(tuple(found), tuple(faults), count)


def _row(number: int, told: Mapping[str, str]) -> tuple[list[NewReading], list[ReadingFault]]:
    serial = "".join(told.get("serial", "").split()).upper()
    account = codes.clean_account_code(told.get("account", ""))
    read_at = instant(told.get("read_at", ""))
    wrong: list[ReadingFault] = []
    if not (serial or account):
        wrong.append(_fault(number, "", "METER_MISSING", _("Thiếu số công tơ hoặc mã khách hàng.")))
    if read_at is None:
        wrong.append(
            _fault(number, "", "DAY_WRONG", _("Ngày ghi phải như 05/11/2026 hoặc 05/11/2026 08:30."))
        )
    shown = [(register, told.get(register, "")) for register in REGISTERS if told.get(register, "")]
    if not shown:
        wrong.append(_fault(number, "", "READING_MISSING", _("Dòng này không có chỉ số nào.")))
    good: list[NewReading] = []
    for register, text in shown:
        value, reason = rules.reading_value(text, ANY_DIGITS)
        if value is None:
            wrong.append(_fault(number, register, reason, WHY[reason]))
        elif read_at is not None and (serial or account):
            good.append(NewReading(number, register, read_at, value, serial, account))
    return good, wrong


def instant(text: str) -> datetime | None:
    """A day, or a day and an hour, of Vietnam; a day alone is its noon."""
    if match := _DMY.match(text):
        day, month, year, hour, minute = match.groups()
    elif match := _YMD.match(text):
        year, month, day, hour, minute = match.groups()
    else:
        return None
    try:
        at = time(int(hour), int(minute)) if hour is not None else NOON
        return local_time.instant(date(int(year), int(month), int(day)), at)
    except ValueError:
        return None


def _positions(cells: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        meant = _MEANT.get(vietnamese.search_key(cell))
        if meant is not None:
            found.setdefault(meant, at)
    return found


def _fault(number: int, register: str, code: str, message: str, **facts: object) -> ReadingFault:
    return ReadingFault(number, register, Problem(code, message, facts))
