"""What runs by itself: in the evening tomorrow is planned, crew by crew."""

from __future__ import annotations

from datetime import datetime

from motcua.config import jobs
from motcua.fieldwork import operations
from motcua.kernel.local_time import to_local

PLANNING_HOUR = 20


@jobs.periodic("fieldwork-plan", every_seconds=1800)
def plan(at: datetime) -> int:
    """From 20:00 on: order of tomorrow's visits. Windows stay as promised."""
    if to_local(at).hour >= PLANNING_HOUR:
        operations.plan_tomorrow(at=at)
    return 0
