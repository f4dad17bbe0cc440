"""What runs by itself: portals are told what became of their dossiers; sign-ins that went nowhere are forgotten."""

from __future__ import annotations

from datetime import datetime

from motcua.config import jobs
from motcua.connectors.identity import sign_in
from motcua.connectors.portals import callbacks


@jobs.periodic(callbacks.JOB, every_seconds=10)
def tell_portals(at: datetime) -> int:
    return callbacks.send_due(at=at, limit=20)


@jobs.periodic("identity-sweep", every_seconds=3600)
def forget_sign_ins(at: datetime) -> int:
    return sign_in.forget_old(at=at)


PERIODIC = [(callbacks.JOB, 10.0, tell_portals), ("identity-sweep", 3600.0, forget_sign_ins)]
