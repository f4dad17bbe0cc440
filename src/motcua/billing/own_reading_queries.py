"""Reads of what customers read of their own meters."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from motcua.billing.access import Reach
from motcua.billing.models import OwnReading, OwnReadingState


def accounts_of(reach: Reach) -> list[str]:
    """Whose meter somebody may read: the accounts they hold, and those in which they have a part."""
    return list(dict.fromkeys([*reach.held, *(part.account_code for part in reach.parts)]))


def find_own_reading(reading_id: UUID) -> OwnReading | None:
    return OwnReading.objects.filter(id=reading_id).first()


def list_of_accounts(account_codes: Collection[str], *, limit: int) -> list[OwnReading]:
    """The newest of these accounts."""
    rows = OwnReading.objects.filter(account_code__in=account_codes)
    return list(rows.order_by("-read_at", "-id")[:limit])


def list_for_staff(
    unit_codes: Collection[str], states: Collection[str], *, limit: int, oldest_first: bool = False
) -> list[OwnReading]:
    rows = OwnReading.objects.filter(unit_code__in=unit_codes, state__in=states)
    return list(rows.order_by("read_at" if oldest_first else "-read_at", "id")[:limit])


def list_of_day(account_codes: Collection[str], reading_day: date) -> dict[str, list[OwnReading]]:
    """What these accounts' customers sent for a reading day, by account, the newest first; in one question."""
    rows = OwnReading.objects.filter(account_code__in=account_codes, reading_day=reading_day)
    found: dict[str, list[OwnReading]] = {}
    for row in rows.order_by("-read_at", "-id"):
        found.setdefault(row.account_code, []).append(row)
    return found


def count_waiting(unit_codes: Collection[str]) -> int:
    return OwnReading.objects.filter(unit_code__in=unit_codes, state=OwnReadingState.WAITING).count()


def figures_of(row: OwnReading) -> str:
    """`12345`, or `BT 120, CD 30, TD 40`; as they were typed, without zeros behind the comma."""
    plain = {name: value.rstrip("0").rstrip(".") if "." in value else value for name, value in row.shown.items()}  # fmt: skip
    if len(plain) == 1:
        return next(iter(plain.values())) or "0"
    return ", ".join(f"{name} {value or '0'}" for name, value in sorted(plain.items()))
