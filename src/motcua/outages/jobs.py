"""What runs by itself: who reported hears when the power is back."""

from __future__ import annotations

from datetime import datetime

from motcua.config import jobs
from motcua.outages import operations


@jobs.periodic("outages-tell", every_seconds=30)
def tell(at: datetime) -> int:
    """Reports of outages that ended, a batch at a time."""
    return operations.tell_restored(at=at)
