"""How long a sensitive document is kept, and what a set of signatures is worth."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from motcua.kernel.local_time import local_date

# House rules, not law: the law says "no longer than the purpose needs".
KEEP_SENSITIVE = timedelta(days=180)  # when nobody ever ends its subject
KEEP_AFTER_END = timedelta(days=30)  # so that an objection can still be answered
CUSTOMER, STAFF = "CUSTOMER", "STAFF"
STAFF_SIGNATURES = 2


def delete_after(*, sensitive: bool, wished: date | None, at: datetime) -> date | None:
    """The last day a document may be kept: a sensitive one always has one."""
    latest = local_date(at) + KEEP_SENSITIVE
    if not sensitive:
        return wished
    return min(wished, latest) if wished else latest


def after_end(ended_on: date) -> date:
    """The last day for the sensitive documents of a subject that ended."""
    return ended_on + KEEP_AFTER_END


def is_complete(signers: Iterable[tuple[str, str]], *, staff_needed: int = STAFF_SIGNATURES) -> bool:
    """Whether the customer and enough different staff have signed: pairs of kind and name."""
    known = set(signers)
    staff = {name for kind, name in known if kind == STAFF}
    return any(kind == CUSTOMER for kind, _ in known) and len(staff) >= staff_needed
