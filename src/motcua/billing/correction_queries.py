"""Reads of corrections: what waits for a second person, what was done to a bill."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Case, When

from motcua.billing.models import BillCorrection, CorrectionState, Rebilling


def list_waiting(unit_codes: Collection[str], *, limit: int) -> list[BillCorrection]:
    """Proposals of these units that another person approves or refuses, the oldest first, each with its bill."""
    rows = BillCorrection.objects.filter(
        unit_code__in=unit_codes, state=CorrectionState.PROPOSED, series__isnull=True
    )
    return list(rows.select_related("bill").order_by("proposed_at", "id")[:limit])


def list_of_bill(bill_id: UUID) -> list[BillCorrection]:
    """Everything that was proposed for a bill, newest first."""
    return list(BillCorrection.objects.filter(bill_id=bill_id).order_by("-proposed_at", "-id"))


def find_rebilling(rebilling_id: UUID) -> Rebilling | None:
    return Rebilling.objects.filter(id=rebilling_id).first()


def list_rebillings(unit_codes: Collection[str], *, limit: int) -> list[Rebilling]:
    """Series of these units, those that wait first, then the newest."""
    rows = Rebilling.objects.filter(unit_code__in=unit_codes)
    return list(
        rows.order_by(Case(When(state=CorrectionState.PROPOSED, then=0), default=1), "-proposed_at")[:limit]
    )


def list_of_series(rebilling_id: UUID) -> list[BillCorrection]:
    """The corrections of a series, each with its bill, the oldest bill first."""
    rows = BillCorrection.objects.filter(series_id=rebilling_id).select_related("bill")
    return list(rows.order_by("bill__to_day", "id"))
