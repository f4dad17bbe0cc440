"""Reads of who should be billed by three prices and is not."""

from __future__ import annotations

from collections.abc import Collection

from motcua.billing.models import ThreePriceCase


def list_cases(unit_codes: Collection[str], *, after: str = "", limit: int) -> list[ThreePriceCase]:
    """By account code, beginning behind one."""
    rows = ThreePriceCase.objects.filter(unit_code__in=unit_codes, account_code__gt=after)
    return list(rows.order_by("account_code")[:limit])


def cases_of(account_codes: Collection[str]) -> dict[str, ThreePriceCase]:
    return {row.account_code: row for row in ThreePriceCase.objects.filter(account_code__in=account_codes)}
