"""What runs by itself: notices that were stored and not booked, because a process died or something was not
ready.
"""

from __future__ import annotations

import time
from datetime import datetime

from motcua.companies.context import current_company_code
from motcua.config import jobs
from motcua.config.env import ENV
from motcua.kernel.actors import Actor
from motcua.payments import operations
from motcua.payments.dunning import cases, orders
from motcua.payments.dunning import operations as dunning_ops
from motcua.payments.operations import matching, statements
from motcua.payments.statement_folder import Folder

_FOLDERS: dict[str, Folder] = {}  # a company's folder remembers between sweeps which files still grow


@jobs.periodic("payments-notifications", every_seconds=10)
def process_waiting(at: datetime) -> int:
    return operations.process_due(at=at, limit=100)


@jobs.periodic("payments-bank-calls", every_seconds=600)
def forget_old_calls(at: datetime) -> int:
    operations.forget_old(at=at)
    return 0


@jobs.periodic("payments-statements", every_seconds=60)
def read_statements(at: datetime) -> int:
    """Files that were kept and not read."""
    return statements.read_stored(actor=Actor.system("statements"), at=at)


@jobs.periodic("payments-statement-folder", every_seconds=15)
def take_dropped_files(at: datetime) -> int:
    """Files that banks and wallets dropped into this company's folder."""
    folder = _FOLDERS.setdefault(current_company_code(), Folder(ENV.statement_inbox / current_company_code()))
    return len(folder.sweep(actor=Actor.system("statement-folder"), at=at, now=time.monotonic()))


@jobs.periodic("payments-matching", every_seconds=300)
def match_statements(at: datetime) -> int:
    """The days that statements closed since the last comparison."""
    return matching.match_due(at=at)


@jobs.periodic("payments-dunning", every_seconds=900)
def pursue_debt(at: datetime) -> int:
    """Steps that are due; more than none is no reason to run again, for a run takes all."""
    dunning_ops.run(at=at)
    return 0


@jobs.periodic(cases.ORDERS_JOB, every_seconds=60)
def send_orders(at: datetime) -> int:
    """Requests of stops and reconnections that were ordered, or are off."""
    return orders.send_due(at=at, limit=100)


PERIODIC = [
    ("payments-notifications", 10.0, process_waiting),
    ("payments-bank-calls", 600.0, forget_old_calls),
    ("payments-statements", 60.0, read_statements),
    ("payments-statement-folder", 15.0, take_dropped_files),
    ("payments-matching", 300.0, match_statements),
    ("payments-dunning", 900.0, pursue_debt),
    (cases.ORDERS_JOB, 60.0, send_orders),
]
