"""What runs by itself: seals over what was booked."""

from __future__ import annotations

from datetime import datetime

from motcua.config import jobs
from motcua.ledger import operations


@jobs.periodic("ledger-seals", every_seconds=300)
def seal(at: datetime) -> int:
    operations.seal_all(at=at)
    return 0
