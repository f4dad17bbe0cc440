"""What runs by itself: reminders go out when their moment has come."""

from __future__ import annotations

from datetime import datetime

from motcua.config import jobs
from motcua.requests.operations import reminding


@jobs.periodic(reminding.JOB, every_seconds=30)
def send_reminders(at: datetime) -> int:
    return reminding.send_due(at=at)
