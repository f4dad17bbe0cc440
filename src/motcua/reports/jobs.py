"""The board's own work."""

from __future__ import annotations

from datetime import datetime

from motcua.config import jobs
from motcua.reports import operations


@jobs.periodic("rollups", every_seconds=5)
def roll_up(at: datetime) -> int:
    return operations.roll_up(at=at)
