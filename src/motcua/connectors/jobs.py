"""What runs by itself: portals are told what became of their dossiers; sign-ins that went nowhere are forgotten."""

from __future__ import annotations

from datetime import datetime

from motcua.config import jobs
from motcua.connectors.identity import sign_in, staff
from motcua.connectors.portals import callbacks


@jobs.periodic(callbacks.JOB, every_seconds=10)
def tell_portals(at: datetime) -> int:
    return callbacks.send_due(at=at, limit=20)


@jobs.periodic("identity-sweep", every_seconds=3600)
def forget_sign_ins(at: datetime) -> int:
    return sign_in.forget_old(at=at)


@jobs.periodic("staff-recheck", every_seconds=60)
def recheck_staff(at: datetime) -> int:
    staff.forget_old(at=at)
    return staff.recheck_due(at=at, limit=50)


PERIODIC = [(callbacks.JOB, 10.0, tell_portals), ("identity-sweep", 3600.0, forget_sign_ins)]
