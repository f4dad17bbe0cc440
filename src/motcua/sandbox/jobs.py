"""What the outside world does by itself: the stand-in bank calls again when nobody answered."""

from __future__ import annotations

from datetime import datetime

from motcua.config import jobs
from motcua.sandbox import bank, gate, portal


@jobs.periodic("sandbox-bank", every_seconds=5)
def deliver_bank_calls(at: datetime) -> int:
    return bank.deliver_due(limit=100) if gate.is_open() else 0


@jobs.periodic("sandbox-portal", every_seconds=5)
def deliver_portal_calls(at: datetime) -> int:
    return portal.deliver_due(limit=100) if gate.is_open() else 0


PERIODIC = [("sandbox-bank", 5.0, deliver_bank_calls), ("sandbox-portal", 5.0, deliver_portal_calls)]
