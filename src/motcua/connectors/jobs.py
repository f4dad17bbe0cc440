"""What runs by itself: portals are told what became of their dossiers, the tax authority of invoices; sign-ins that went
nowhere are forgotten.
"""

from __future__ import annotations

from datetime import datetime

from motcua.billing.einvoice import reporting
from motcua.config import jobs
from motcua.connectors.banks import credits, debits
from motcua.connectors.einvoice import revocation_lists, transport
from motcua.connectors.identity import sign_in, staff
from motcua.connectors.meters import pruning
from motcua.connectors.portals import callbacks
from motcua.connectors.wallets import paying, refunding
from motcua.payments.operations.online import POLL_JOB


@jobs.periodic(callbacks.JOB, every_seconds=10)
def tell_portals(at: datetime) -> int:
    return callbacks.send_due(at=at, limit=20)


@jobs.periodic(POLL_JOB, every_seconds=10)
def ask_wallets(at: datetime) -> int:
    """What became of attempts to pay that nobody told us of."""
    return paying.poll_due(at=at, limit=20)


@jobs.periodic("wallet-calls", every_seconds=10)
def work_on_wallet_calls(at: datetime) -> int:
    """Calls that were stored and not worked on, because a process died or something was not ready."""
    return paying.work_on_calls(at=at, limit=50) + credits.work_on_calls(at=at, limit=50)


@jobs.periodic(reporting.SEND_JOB, every_seconds=15)
def send_tax_messages(at: datetime) -> int:
    return transport.send_due(at=at)


@jobs.periodic("tax-fetch", every_seconds=15)
def fetch_tax_answers(at: datetime) -> int:
    return transport.fetch(at=at)


@jobs.periodic("revocation-lists", every_seconds=3600)
def renew_revocation_lists(at: datetime) -> int:
    """Read for each company, and kept once: whoever comes second finds the list it has."""
    return revocation_lists.refresh()


@jobs.periodic(refunding.JOB, every_seconds=30)
def refund_through_wallets(at: datetime) -> int:
    """What two people agreed to send back, sent back through the wallet it came by."""
    return refunding.run(at=at)


@jobs.periodic(debits.JOB, every_seconds=60)
def collect_debits(at: datetime) -> int:
    """Auto-debit: the day's files, and what became of those sent."""
    return debits.run(at=at)


@jobs.periodic("head-end-rows", every_seconds=3600)
def forget_handed_readings(at: datetime) -> int:
    """What head-ends handed in long ago, except what a bill stands on."""
    return pruning.prune(at=at)


@jobs.periodic("identity-sweep", every_seconds=3600)
def forget_sign_ins(at: datetime) -> int:
    return sign_in.forget_old(at=at)


@jobs.periodic("staff-recheck", every_seconds=60)
def recheck_staff(at: datetime) -> int:
    staff.forget_old(at=at)
    return staff.recheck_due(at=at, limit=50)


PERIODIC = [(callbacks.JOB, 10.0, tell_portals), ("identity-sweep", 3600.0, forget_sign_ins)]
