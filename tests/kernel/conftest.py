"""Calendars for the tests of the kernel, which itself holds no legal day."""

from __future__ import annotations

from datetime import date, time

import pytest

from motcua.kernel.worktime import Calendar, Day, office_week

OFFICE = ((time(7, 30), time(11, 30)), (time(13, 0), time(16, 30)))

DAYS = {
    date(2025, 4, 26): Day(True, "Làm bù cho 2/5"),
    date(2025, 4, 30): Day(False, "Ngày Chiến thắng"),
    date(2025, 5, 1): Day(False, "Quốc tế Lao động"),
    date(2025, 5, 2): Day(False, "Nghỉ hoán đổi"),
    date(2026, 8, 22): Day(True, "Làm bù cho 31/8"),
    date(2026, 8, 31): Day(False, "Nghỉ hoán đổi"),
    date(2026, 9, 1): Day(False, "Quốc khánh"),
    date(2026, 9, 2): Day(False, "Quốc khánh"),
    date(2026, 11, 24): Day(False, "Ngày Văn hóa Việt Nam"),
}


@pytest.fixture(scope="session")
def office() -> Calendar:
    return Calendar(office_week(OFFICE), DAYS)
