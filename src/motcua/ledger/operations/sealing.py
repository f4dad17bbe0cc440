"""The chain over what was booked: every few minutes a link, so that a booking that is gone or altered shows.

A seal goes by the bookings' numbers. A transaction still under way leaves its numbers missing; when it has come, the next
seal takes them as late. Why not a chain from booking to booking: docs/decisions/0015.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from motcua.ledger import sealed
from motcua.ledger.models import Seal
from motcua.ledger.sealed import SealView

MOST = 20_000  # bookings under one seal
LATE_SEALS = 600  # how many seals back a late booking is looked for: two days of them

_LAST = "SELECT number, up_to_number, hash FROM ledger_seal ORDER BY number DESC LIMIT 1"
_UP_TO = """
SELECT max(number) FROM (
    SELECT number FROM ledger_ledgertransaction WHERE number > %s ORDER BY number LIMIT %s) ahead
"""
_MISSING = """
SELECT COALESCE(array_agg(n ORDER BY n), '{}') FROM (
    SELECT n FROM generate_series(%s::bigint + 1, %s::bigint) n
    EXCEPT SELECT number FROM ledger_ledgertransaction WHERE number > %s AND number <= %s) gone
"""
_LATE = """
SELECT COALESCE(array_agg(t.number ORDER BY t.number), '{}') FROM ledger_ledgertransaction t
WHERE t.number IN (SELECT unnest(missing) FROM ledger_seal WHERE number > %s)
  AND t.number NOT IN (SELECT unnest(late) FROM ledger_seal WHERE number > %s)
"""


def seal_all(*, at: datetime) -> int:
    """Seal everything that is booked by now; how many bookings that was."""
    sealed_now = 0
    while made := seal(at=at):
        sealed_now += made.bookings
    return sealed_now


@transaction.atomic
def seal(*, at: datetime) -> SealView | None:
    """The next link of the chain; None when nothing was booked since the last. One at a time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':ledger-seal', 0))"
        )
        cursor.execute(_LAST)
        number, after, previous = cursor.fetchone() or (0, 0, sealed.BEGINNING)
        cursor.execute(_UP_TO, [after, MOST])
        up_to = cursor.fetchone()[0] or after
        cursor.execute(_LATE, [number - LATE_SEALS, number - LATE_SEALS])
        late = list(cursor.fetchone()[0])
        if up_to == after and not late:
            return None
        cursor.execute(_MISSING, [after, up_to, after, up_to])
        missing = list(cursor.fetchone()[0])
        bookings, digest = sealed.digest_of(after, up_to, missing, late)
    link = sealed.SealView(
        number=number + 1, after_number=after, up_to_number=up_to, missing=tuple(missing), late=tuple(late),
        bookings=bookings, digest=digest, previous=previous, hash="", at=at,
    )  # fmt: skip
    made = Seal.objects.create(
        number=link.number, after_number=after, up_to_number=up_to, missing=missing, late=late, bookings=bookings,
        digest=digest, previous=previous, hash=sealed.hash_of(link), at=at,
    )  # fmt: skip
    return sealed.view_of(made)
