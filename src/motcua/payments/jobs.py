"""What runs by itself: notices that were stored and not booked, because a process died or something was not
ready.
"""

from __future__ import annotations

from datetime import datetime

from motcua.config import jobs
from motcua.payments import operations


@jobs.periodic("payments-notifications", every_seconds=10)
def process_waiting(at: datetime) -> int:
    return operations.process_due(at=at, limit=100)


PERIODIC = [("payments-notifications", 10.0, process_waiting)]
