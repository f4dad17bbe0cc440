"""Who else is asked about a customer: before they are erased, to follow with their own values, and to say what they
hold when the customer wants a copy. Rooms above register.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

# Gives the reason (Vietnamese) why the customer may not be erased yet, or None. Runs inside the erasure's
# transaction.
ErasureCheck = Callable[[UUID, datetime], str | None]
# Blanks what the room itself holds of the customer. Runs inside the erasure's transaction.
ErasureFollower = Callable[[UUID, datetime], None]
# Gives what the room holds of a customer, under all ids that mean them, as values that JSON can say.
Exporter = Callable[[Sequence[UUID]], Mapping[str, Any]]

_checks: dict[str, ErasureCheck] = {}
_followers: dict[str, ErasureFollower] = {}
_exporters: dict[str, Exporter] = {}


def before_erasure(name: str, check: ErasureCheck) -> None:
    """Register a check under a name; the same name again replaces it."""
    _checks[name] = check


def on_erasure(name: str, follower: ErasureFollower) -> None:
    """Register what a room does when a customer is erased."""
    _followers[name] = follower


def on_export(name: str, exporter: Exporter) -> None:
    """Register what a room holds of a customer; the name is the section's in the copy."""
    _exporters[name] = exporter


def collect(customer_ids: Sequence[UUID]) -> dict[str, Mapping[str, Any]]:
    """What every room holds, by its name."""
    return {name: exporter(customer_ids) for name, exporter in sorted(_exporters.items())}


def reasons_to_keep(customer_id: UUID, at: datetime) -> list[str]:
    """Every reason against an erasure now."""
    return [reason for _, check in sorted(_checks.items()) if (reason := check(customer_id, at))]


def follow_erasure(customer_id: UUID, at: datetime) -> None:
    for _, follower in sorted(_followers.items()):
        follower(customer_id, at)
