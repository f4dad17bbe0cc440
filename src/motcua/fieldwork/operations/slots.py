"""Slots: how many visits of a unit's half day are taken, and which window a visit gets.

A slot's row is locked by its update; no place is given twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.db import connection

from motcua.companies import queries as company_queries
from motcua.fieldwork import queries, rules
from motcua.fieldwork.operations.refusals import WindowFull, WindowUnknown
from motcua.fieldwork.rules import Window
from motcua.fieldwork.states import Half
from motcua.kernel import local_time

BOOKED_DAYS = 10


def take_window(
    slot_unit: str,
    at: datetime,
    named: str | None,
    prefer: Half | None,
    earliest: date | None,
    urgent: bool,
    fits: Callable[[Window], bool] | None = None,
) -> Window:
    """The window a new visit gets, its place taken. Raises WindowUnknown, WindowFull for a named one alone."""
    calendar = company_queries.get_calendar()
    if named:
        window = read_window(named, at)
        take_or_refuse(slot_unit, window)
        return window
    if urgent:
        window = rules.urgent_window(calendar, at)
        _take(slot_unit, window, force=True)
        return window
    first_day = max(calendar.next_working_day(local_time.local_date(at)), earliest or date.min)
    windows = rules.list_windows(calendar, at, days=BOOKED_DAYS, earliest=first_day)
    windows = [window for window in windows if fits is None or fits(window)] or windows
    if prefer:  # the wished half of a day before the other half of the same day
        windows = sorted(windows, key=lambda window: (window.date, window.half is not prefer))
        wished = [window for window in windows if window.half is prefer]
        windows = [*wished[:2], *(window for window in windows if window not in wished[:2])]
    found = _take_first(slot_unit, windows)
    if found is None:
        found = windows[0]
        _take(slot_unit, found, force=True)
    return found


def read_window(code: str, at: datetime) -> Window:
    """The window a code names, when there is still time for it. Raises WindowUnknown."""
    calendar = company_queries.get_calendar()
    parsed = rules.parse_window(code)
    if parsed is None:
        raise WindowUnknown(field="window")
    day, half = parsed
    for window in rules.windows_of(calendar, day):
        if window.half is half and window.start >= at + rules.NOTICE:
            return window
    raise WindowUnknown(field="window")


def _take_first(slot_unit: str, windows: Sequence[Window]) -> Window | None:
    return next((window for window in windows if _take(slot_unit, window, force=False)), None)


def take_or_refuse(slot_unit: str, window: Window) -> None:
    """Book one place of the slot. Raises WindowFull."""
    if not _take(slot_unit, window, force=False):
        raise WindowFull(field="window")


def _take(slot_unit: str, window: Window, *, force: bool) -> bool:
    """Book one place of the slot. False when it is full; with `force` it is booked beyond what fits."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO fieldwork_slot (unit_code, date, half, capacity, booked) VALUES (%s, %s, %s, %s, 0)
            ON CONFLICT (unit_code, date, half) DO NOTHING
            """,
            [slot_unit, window.date, window.half.value, queries.capacity_of(slot_unit)],
        )
        cursor.execute(
            """
            UPDATE fieldwork_slot SET booked = booked + 1
            WHERE unit_code = %s AND date = %s AND half = %s AND (booked < capacity OR %s)
            """,
            [slot_unit, window.date, window.half.value, force],
        )
        return bool(cursor.rowcount == 1)


def give_back(slot_unit: str, day: date, half: str) -> None:
    """One place of the slot is free again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE fieldwork_slot SET booked = booked - 1 WHERE unit_code = %s AND date = %s AND half = %s AND booked > 0",
            [slot_unit, day, half],
        )
