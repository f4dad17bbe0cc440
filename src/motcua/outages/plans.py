"""Plans of interruptions from a sheet: which column means what, each row read or its faults told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import BinaryIO

from motcua.kernel import local_time, sheets, vietnamese
from motcua.kernel.results import Problem
from motcua.kernel.results import gettext_noop as _
from motcua.outages.operations import Place, Plan
from motcua.outages.states import Cause

MOST = 20_000
# Folded headers by the column they mean; the first is the one of the template.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("ma lich", "ma", "so lich", "code"),
    "unit": ("don vi", "dien luc", "ma don vi", "unit"),
    "place": ("khu vuc", "pham vi", "khu vuc mat dien", "noi mat dien", "area"),
    "communes": ("phuong xa", "phuong", "xa", "communes"),
    "stations": ("tram", "tram bien ap", "ma tram", "stations"),
    "streets": ("duong pho", "duong", "pho", "streets"),
    "begins": ("bat dau", "tu", "thoi gian bat dau", "begins"),
    "ends": ("ket thuc", "den", "thoi gian ket thuc", "du kien co dien", "ends"),
    "cause": ("ly do", "nguyen nhan", "noi dung", "cause"),
}
TEMPLATE = ("Mã lịch", "Đơn vị", "Khu vực", "Phường xã", "Trạm", "Đường phố", "Bắt đầu", "Kết thúc", "Lý do")
EXAMPLE = (
    "L-2026-11-001", "PD0400", "Phố Tây Sơn, từ số 1 đến số 120", "Đống Đa", "", "Tây Sơn",
    "27/11/2026 07:30", "27/11/2026 16:00", "Thay dây",
)  # fmt: skip
_MEANT = {name: column for column, names in COLUMNS.items() for name in names}
_DMY = re.compile(r"^(\d{1,2})[/\-.](\d{1,2})[/\-.](\d{4})[ T]+(\d{1,2})[:hg](\d{2})?(?::\d{2})?$")
_YMD = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})[ T]+(\d{1,2}):(\d{2})(?::\d{2})?$")
_HOUR_FIRST = re.compile(r"^(\d{1,2})[:hg](\d{2})?\s+(?:ngay\s+)?(\d{1,2})[/\-.](\d{1,2})[/\-.](\d{4})$")
_SEVERAL = re.compile(r"[;\n|]")


@dataclass(frozen=True)
class Fault:
    """What is wrong in one row; `column` is empty when it is the row as a whole."""

    row: int
    column: str
    problem: Problem


@dataclass(frozen=True)
class Sheet:
    """Plans that could be read, and everything that could not."""

    plans: tuple[Plan, ...]
    faults: tuple[Fault, ...]
    rows: int


def read(file: BinaryIO, *, units: Mapping[str, str]) -> Sheet:
    """The plans of a CSV or XLSX file. `units`: names by code, of the units that may be named.

    Raises sheets.SheetUnreadable. A code that stands twice is a fault of its second row.
    """
    rows = sheets.read_rows(file, lambda cells: len(_positions(cells)))
    _number, header, _broken = next(rows)
    positions = _positions(header)
    missing = [name for name in ("code", "unit", "place", "begins", "ends") if name not in positions]
    if missing:
        problem = Problem("COLUMN_MISSING", _("Thiếu cột “%(column)s”."))
        faults = [
            Fault(1, name, Problem(problem.code, problem.message, {"column": title(name)}))
            for name in missing
        ]
        return Sheet((), tuple(faults), 0)
    return _read_rows(rows, positions, _unit_keys(units))


def _read_rows(rows: Iterator[sheets.Row], positions: Mapping[str, int], units: Mapping[str, str]) -> Sheet:
    plans: dict[str, Plan] = {}
    faults: list[Fault] = []
    count = 0
    for number, cells, broken in rows:
        count += 1
        if count > MOST:
            faults.append(
                Fault(
                    number, "", Problem("TOO_MANY_ROWS", _("Chỉ đọc %(most)s dòng một lần."), {"most": MOST})
                )
            )
            break
        if broken:
            faults.append(Fault(number, "", Problem(broken, _("Dòng này hỏng dấu ngoặc kép."))))
            continue
        told = {name: cells[at].strip() if at < len(cells) else "" for name, at in positions.items()}
        plan, wrong = _plan(told, units)
        faults += [Fault(number, name, problem) for name, problem in wrong.items()]
        if plan is None:
            continue
        if plan.external_code in plans:
            faults.append(Fault(number, "code", Problem("CODE_TWICE", _("Mã lịch này đã có ở dòng trên."))))
            continue
        plans[plan.external_code] = plan
    return Sheet(tuple(plans.values()), tuple(faults), count)


def _positions(cells: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        meant = _MEANT.get(vietnamese.search_key(cell))
        if meant is not None:
            found.setdefault(meant, at)
    return found


def title(column: str) -> str:
    """The header of a column; empty for a row as a whole."""
    if not column:
        return ""
    return TEMPLATE[list(COLUMNS).index(column)]


def _unit_keys(units: Mapping[str, str]) -> dict[str, str]:
    """Codes by what a cell may say: the code itself, the name, the name without its first words."""
    keys = {vietnamese.search_key(name): code for code, name in units.items()}
    keys |= {key.removeprefix("dien luc ").strip(): code for key, code in list(keys.items())}
    return keys | {vietnamese.search_key(code): code for code in units}


def _plan(told: Mapping[str, str], units: Mapping[str, str]) -> tuple[Plan | None, dict[str, Problem]]:
    wrong: dict[str, Problem] = {}
    code, place = told["code"], told["place"]
    if not code or len(code) > 40:
        wrong["code"] = Problem("CODE_WRONG", _("Mã lịch phải có, dài nhất 40 chữ."))
    if not place or len(place) > 400:
        wrong["place"] = Problem("PLACE_WRONG", _("Khu vực phải có, dài nhất 400 chữ."))
    unit = units.get(vietnamese.search_key(told["unit"]), "")
    if not unit:
        wrong["unit"] = Problem("UNIT_UNKNOWN", _("Không có đơn vị “%(unit)s” trong phạm vi của anh/chị."), {"unit": told["unit"]})  # fmt: skip
    begins_at, ends_at = _instant(told["begins"]), _instant(told["ends"])
    for name, at in (("begins", begins_at), ("ends", ends_at)):
        if at is None:
            wrong[name] = Problem("TIME_WRONG", _("Ghi giờ như 25/11/2026 07:30."))
    if begins_at and ends_at and ends_at <= begins_at:
        wrong["ends"] = Problem("ENDS_BEFORE", _("Giờ kết thúc phải sau giờ bắt đầu."))
    if wrong or begins_at is None or ends_at is None:
        return None, wrong
    parts = {name: told.get(name, "") for name in ("communes", "streets", "stations")}
    return Plan(code, unit, place, areas(unit, **parts), Cause.WORKS.value, begins_at, ends_at), {}


def areas(unit: str, *, communes: str = "", streets: str = "", stations: str = "") -> tuple[Place, ...]:
    """Stations by themselves; each street in each commune; what names none of them means the whole unit.

    Several of a kind are parted by semicolons.
    """
    places = [Place(unit, station_code=station) for station in _several(stations)]
    if streets_told := _several(streets):
        places += [
            Place(unit, commune, street=street)
            for commune in _several(communes) or [""]
            for street in streets_told
        ]
    else:
        places += [Place(unit, commune) for commune in _several(communes)]
    return tuple(places) or (Place(unit),)


def _several(cell: str) -> list[str]:
    return [part for text in _SEVERAL.split(cell) if (part := vietnamese.clean(text)[:80])]


def _instant(text: str) -> datetime | None:
    """An instant of Vietnam's clock: 25/11/2026 07:30, 7h30 25/11/2026, 2026-11-25 07:30."""
    told = vietnamese.fold(text.strip())
    if found := _DMY.match(told):
        day, month, year, hour, minute = found.groups()
    elif found := _YMD.match(told):
        year, month, day, hour, minute = found.groups()
    elif found := _HOUR_FIRST.match(told):
        hour, minute, day, month, year = found.groups()
    else:
        return None
    try:
        at = datetime(int(year), int(month), int(day))  # noqa: DTZ001  a day alone
        return local_time.instant(at.date(), time(int(hour), int(minute or 0)))
    except ValueError:
        return None
