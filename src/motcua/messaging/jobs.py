"""What runs by itself: the inbox and the outbox drained, old words forgotten. The worker runs these per
company.
"""

from __future__ import annotations

from datetime import datetime

from motcua.config import jobs
from motcua.messaging import inbox, outbox


@jobs.periodic("messaging-inbox", every_seconds=5)
def drain_inbox(at: datetime) -> int:
    return inbox.drain_inbox(at=at, limit=200)


@jobs.periodic("messaging-outbox", every_seconds=5)
def drain_outbox(at: datetime) -> int:
    return outbox.send_due(at=at, limit=50)


@jobs.periodic("messaging-sweep", every_seconds=3600)
def sweep(at: datetime) -> int:
    return inbox.sweep_inbox(at=at) + outbox.erase_params(at=at)


PERIODIC = [
    ("messaging-inbox", 5.0, drain_inbox),
    ("messaging-outbox", 5.0, drain_outbox),
    ("messaging-sweep", 3600.0, sweep),
]
