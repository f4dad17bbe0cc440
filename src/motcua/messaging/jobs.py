"""What runs by itself: the inbox and the outbox drained, notices to many handed on, old words forgotten. The worker runs
these per company.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from motcua.config import jobs
from motcua.messaging import inbox, outbox, queuing
from motcua.messaging.desk import jobs as desk_jobs  # noqa: F401 - the desk has its own
from motcua.messaging.mass import running
from motcua.messaging.talk import finding

A_TURN = timedelta(
    seconds=2
)  # of sending to many, before other jobs have the thread: single messages must not wait
A_CLAIM = 24  # three rounds of the calls that are made together
A_BATCH = 500  # conversations whose words are written at once


@jobs.periodic("messaging-inbox", every_seconds=5)
def drain_inbox(at: datetime) -> int:
    return inbox.drain_inbox(at=at, limit=200)


@jobs.periodic("messaging-outbox", every_seconds=5)
def drain_outbox(at: datetime) -> int:
    return outbox.send_due(at=at, limit=50)


@jobs.periodic("messaging-mass", every_seconds=5)
def hand_on(at: datetime) -> int:
    moved = running.work(at=at)
    if moved:
        jobs.wake("messaging-mass-send")
    return moved


@jobs.periodic("messaging-mass-send", every_seconds=5)
def send_to_many(at: datetime) -> int:
    """A short turn, then the thread is given back; while there is more it comes again behind the others."""
    begun = time.monotonic()
    while (left := A_TURN.total_seconds() - (time.monotonic() - begun)) > 0:
        if not outbox.send_due(at=at, limit=A_CLAIM, lane=queuing.MASS, within=timedelta(seconds=left)):
            return 0
    jobs.wake("messaging-mass-send")
    jobs.wake("messaging-mass")
    return 0


@jobs.periodic("messaging-finding", every_seconds=10)
def make_findable(at: datetime) -> int:
    """Words said lately are found; a great many that wait (after an upgrade) go a batch at a time."""
    done = finding.catch_up(limit=A_BATCH)
    if done == A_BATCH:
        jobs.wake("messaging-finding")
    return done


@jobs.periodic("messaging-sweep", every_seconds=3600)
def sweep(at: datetime) -> int:
    return inbox.sweep_inbox(at=at) + queuing.erase_params(at=at)


PERIODIC = [
    ("messaging-inbox", 5.0, drain_inbox),
    ("messaging-outbox", 5.0, drain_outbox),
    ("messaging-mass", 5.0, hand_on),
    ("messaging-mass-send", 5.0, send_to_many),
    ("messaging-finding", 10.0, make_findable),
    ("messaging-sweep", 3600.0, sweep),
]
