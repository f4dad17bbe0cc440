"""What the desk does by itself: deal what waits, bring back what was put off, end the duty of who is gone, close what is idle."""

from __future__ import annotations

from datetime import datetime

from motcua.config import jobs
from motcua.messaging.desk import assigning, idle, routing
from motcua.messaging.desk.episodes import ASSIGN_JOB


@jobs.periodic(ASSIGN_JOB, every_seconds=10)
def assign(at: datetime) -> int:
    return assigning.assign_waiting(at=at)


@jobs.periodic("desk-wake", every_seconds=30)
def wake(at: datetime) -> int:
    return routing.wake_due(at=at)


@jobs.periodic("desk-duty", every_seconds=60)
def end_duty(at: datetime) -> int:
    return assigning.sweep_duty(at=at) + assigning.free_the_forgotten(at=at)


@jobs.periodic("desk-idle", every_seconds=3600)
def close_idle(at: datetime) -> int:
    return idle.close_idle(at=at)
