"""What runs by itself: reminders go out when their moment has come, requests without words get them."""

from __future__ import annotations

from datetime import datetime

from motcua.config import jobs
from motcua.requests.operations import finding, reminding


@jobs.periodic(reminding.JOB, every_seconds=30)
def send_reminders(at: datetime) -> int:
    return reminding.send_due(at=at)


@jobs.periodic("request-finding", every_seconds=60)
def make_findable(at: datetime) -> int:
    return finding.catch_up(limit=500)
