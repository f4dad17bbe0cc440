"""Who else is asked before a customer is erased: rooms above register a check, and follow with their own
values.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

# Gives the reason (Vietnamese) why the customer may not be erased yet, or None. Runs inside the erasure's
# transaction.
ErasureCheck = Callable[[UUID, datetime], str | None]
# Blanks what the room itself holds of the customer. Runs inside the erasure's transaction.
ErasureFollower = Callable[[UUID, datetime], None]

_checks: dict[str, ErasureCheck] = {}
_followers: dict[str, ErasureFollower] = {}


def before_erasure(name: str, check: ErasureCheck) -> None:
    """Register a check under a name; the same name again replaces it."""
    _checks[name] = check


def on_erasure(name: str, follower: ErasureFollower) -> None:
    """Register what a room does when a customer is erased."""
    _followers[name] = follower


def reasons_to_keep(customer_id: UUID, at: datetime) -> list[str]:
    """Every reason against an erasure now."""
    return [reason for _, check in sorted(_checks.items()) if (reason := check(customer_id, at))]


def follow_erasure(customer_id: UUID, at: datetime) -> None:
    for _, follower in sorted(_followers.items()):
        follower(customer_id, at)
