"""What runs by itself."""

from __future__ import annotations

from datetime import datetime

from motcua.billing import operations, repricing, telling
from motcua.billing.einvoice import jobs as _of_invoices  # noqa: F401  declared there
from motcua.config import jobs
from motcua.kernel.local_time import local_date, to_local

REMINDS_FROM = 8  # o'clock


@jobs.periodic("price-trials", every_seconds=20)
def try_proposals(at: datetime) -> int:
    """A part of last month's bills with the prices of a decision that waits to be let hold."""
    return repricing.try_next(at)


@jobs.periodic("three-prices", every_seconds=21_600)
def find_three_prices(at: datetime) -> int:
    """Who should be billed by three prices and hangs on a meter of one register."""
    return operations.find_three_price_cases(at=at)


@jobs.periodic("bill-reminders", every_seconds=900)
def remind(at: datetime) -> int:
    """Once a day, in the morning: who still owes what falls due soon."""
    if to_local(at).hour < REMINDS_FROM:
        return 0
    return int(telling.remind(today=local_date(at), at=at))


@jobs.periodic(operations.JOB, every_seconds=30)
def go_on_with_runs(at: datetime) -> int:
    """The next chunk of the bill run that was begun first."""
    return operations.continue_one(at=at)
