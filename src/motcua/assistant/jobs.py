"""What runs by itself: bursts of short messages are answered, conversations nobody touched for a month are closed."""

from __future__ import annotations

from datetime import datetime

from motcua.assistant import operations
from motcua.config import jobs


@jobs.periodic("assistant-bursts", every_seconds=1)
def answer_bursts(at: datetime) -> int:
    return operations.answer_bursts(at=at)


@jobs.periodic("assistant-close-idle", every_seconds=3600)
def close_idle(at: datetime) -> int:
    return operations.close_idle(at=at)
