"""What runs by itself for e-invoices: numbers, signatures, messages made, answers worked off, the sweep."""

from __future__ import annotations

from datetime import datetime, timedelta

from motcua.billing.einvoice import answering, issuing, reporting
from motcua.billing.einvoice.numbering import DayBefore, SeriesFull
from motcua.config import jobs

SWEPT = timedelta(days=3)


@jobs.periodic(issuing.NUMBER_JOB, every_seconds=20)
def give_numbers(at: datetime) -> int:
    """Nothing is given while the series does not allow it: health says so by the order's age."""
    try:
        return issuing.number_next(at=at)
    except (DayBefore, SeriesFull) as refused:
        issuing.log.error("invoice.numbers-refused", code=refused.code)
        return 0


@jobs.periodic(issuing.SIGN_JOB, every_seconds=20)
def sign(at: datetime) -> int:
    return issuing.sign_next(at=at)


@jobs.periodic(issuing.REPORT_JOB, every_seconds=30)
def report(at: datetime) -> int:
    return reporting.report_next(at=at)


@jobs.periodic(answering.APPLY_JOB, every_seconds=15)
def apply_answers(at: datetime) -> int:
    return answering.apply_next(at=at)


@jobs.periodic("invoice-sweep", every_seconds=1800)
def sweep(at: datetime) -> None:
    issuing.order_forgotten(since=at - SWEPT, at=at - timedelta(minutes=15))
