"""What runs by itself: conversations nobody touched for a month are closed."""

from __future__ import annotations

from datetime import datetime

from motcua.assistant import operations
from motcua.config import jobs


@jobs.periodic("assistant-close-idle", every_seconds=3600)
def close_idle(at: datetime) -> int:
    return operations.close_idle(at=at)


PERIODIC = [("assistant-close-idle", 3600.0, close_idle)]
