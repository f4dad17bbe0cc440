"""What runs by itself: sensitive documents go on time, files nobody names too; what waits for the scanner is asked again;
copies with signatures that are still to be made are made.
"""

from __future__ import annotations

from datetime import datetime

from motcua.config import jobs
from motcua.documents import operations, signing_many


@jobs.periodic("documents-purge", every_seconds=3600)
def purge(at: datetime) -> int:
    return operations.purge_due(at=at, limit=200)


@jobs.periodic(operations.SCAN_JOB, every_seconds=60)
def scan(at: datetime) -> int:
    return operations.scan_waiting(at=at, limit=20)


@jobs.periodic(signing_many.COPY_JOB, every_seconds=300)
def copy_signed(at: datetime) -> int:
    return signing_many.make_copies(limit=20)


@jobs.periodic("documents-sweep", every_seconds=86400)
def sweep(at: datetime) -> int:
    return operations.sweep_orphans()
