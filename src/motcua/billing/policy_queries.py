"""Reads of how bills are run: the dated rows, and what is proposed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Q

from motcua.billing.models import BillingPolicy, PolicyProposal, ProposalState


def find_held(unit_code: str, on: date) -> BillingPolicy | None:
    """The unit's own row of a day, else the company's."""
    held = BillingPolicy.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=on), unit_code__in=("", unit_code), valid_from__lte=on
    )
    return held.order_by("-unit_code").first()


def list_rows(unit_codes: Collection[str]) -> list[BillingPolicy]:
    """The company's (an empty code) first, then by unit; newest first."""
    return list(BillingPolicy.objects.filter(unit_code__in=unit_codes).order_by("unit_code", "-valid_from"))


def list_waiting(unit_codes: Collection[str]) -> list[PolicyProposal]:
    """What waits for a second person, the oldest first."""
    rows = PolicyProposal.objects.filter(unit_code__in=unit_codes, state=ProposalState.WAITING)
    return list(rows.order_by("proposed_at", "id"))
