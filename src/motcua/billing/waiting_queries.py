"""What of bills waits for a person: counted up to a thousand, each list opens to the cases."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from motcua.billing.models import (
    BillCorrection,
    BillRun,
    CorrectionState,
    ExceptionState,
    Invoice,
    InvoiceState,
    ProposalState,
    RunException,
    TermsProposal,
    ThreePriceCase,
)
from motcua.kernel.waiting import COUNTED, Waiting

LOOKED_BACK = timedelta(days=62)  # an older run's exceptions stand in its own list


def exceptions_waiting(units: Collection[str], today: date) -> Waiting:
    """Accounts that runs of the last two months could not bill and nobody has decided about."""
    runs = list(
        BillRun.objects.filter(unit_code__in=units, reading_date__gte=today - LOOKED_BACK).values_list(
            "id", flat=True
        )
    )
    found = RunException.objects.filter(run_id__in=runs, state=ExceptionState.OPEN)
    return _waiting(list(found.values_list("found_at", flat=True)[:COUNTED]))


def corrections_waiting(units: Collection[str]) -> Waiting:
    """Corrections that a second person has to allow."""
    found = BillCorrection.objects.filter(unit_code__in=units, state=CorrectionState.PROPOSED)
    return _waiting(list(found.values_list("proposed_at", flat=True)[:COUNTED]))


def terms_waiting(units: Collection[str]) -> Waiting:
    """Terms of accounts that a second person has to let hold."""
    found = TermsProposal.objects.filter(unit_code__in=units, state=ProposalState.WAITING)
    return _waiting(list(found.values_list("proposed_at", flat=True)[:COUNTED]))


def three_prices_waiting(units: Collection[str]) -> Waiting:
    """Accounts that need a meter of three registers."""
    found = ThreePriceCase.objects.filter(unit_code__in=units)
    return _waiting(list(found.values_list("found_at", flat=True)[:COUNTED]))


def invoices_waiting(units: Collection[str]) -> Waiting:
    """E-invoices that cannot go on by themselves: not to be drafted, or refused by the tax authority."""
    found = Invoice.objects.filter(
        unit_code__in=units, state__in=(InvoiceState.BLOCKED, InvoiceState.REFUSED)
    )
    return _waiting(list(found.values_list("numbered_at", flat=True)[:COUNTED]))


def _waiting(instants: list[datetime]) -> Waiting:
    return Waiting(len(instants), min(instants, default=None))
