"""The board's own work."""

from __future__ import annotations

from datetime import datetime

from motcua.config import jobs
from motcua.reports import operations
from motcua.reports.money import counting


@jobs.periodic("rollups", every_seconds=5)
def roll_up(at: datetime) -> int:
    return operations.roll_up(at=at)


@jobs.periodic("money-figures", every_seconds=60)
def count_money(at: datetime) -> int:
    """The days that bookings touched; once, since the next sweep finds what is booked meanwhile."""
    counting.count(at=at)
    return 0
