"""Reads of those who oversee: who holds what, which promises are about to break, whom broken ones are charged to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Q

from motcua.requests.models import IS_OPEN, Mention, Request
from motcua.services.declaration import CUSTOMER


@dataclass(frozen=True)
class Held:
    """The open work of one person (empty reference: nobody's)."""

    ref: str
    open: int
    late: int
    soon: int


@dataclass(frozen=True)
class Breaking:
    """Promises of one unit that run: broken, broken within a day, within three."""

    unit_code: str
    broken: int
    day: int
    days: int
    unheld: int


@dataclass(frozen=True)
class Lateness:
    """What became of promises in a time: settled late, by the party it is charged to; without a reason yet."""

    unit_code: str
    late: int
    company: int
    customer: int
    third_party: int
    unexplained: int


def who_holds(*, unit_codes: Collection[str], at: datetime, soon: timedelta) -> list[Held]:
    """Open work that is ours to do, by holder, most late first; read from the index of open work alone."""
    rows = (
        Request.objects.filter(IS_OPEN, unit_code__in=list(unit_codes))
        .exclude(waiting_role__in=[CUSTOMER, ""])
        .values("assignee")
        .annotate(
            open=Count("unit_code"),
            late=Count("unit_code", filter=Q(step_due_at__lt=at)),
            soon=Count("unit_code", filter=Q(step_due_at__gte=at, step_due_at__lt=at + soon)),
        )
    )
    found = [Held(row["assignee"], row["open"], row["late"], row["soon"]) for row in rows]
    return sorted(found, key=lambda held: (held.ref != "", -held.late, -held.open, held.ref))


def list_held(*, ref: str, unit_codes: Collection[str], limit: int) -> list[Request]:
    """Open work of one person at these units, the soonest due first."""
    rows = Request.objects.filter(IS_OPEN, assignee=ref, unit_code__in=list(unit_codes)).exclude(assignee="")
    return list(rows.order_by("step_due_at", "id")[:limit])


def promises(*, unit_codes: Collection[str], at: datetime) -> list[Breaking]:
    """Promises whose clock runs and that are broken or will be within three days, by unit, worst first.

    Counts a column of the index, so that no row is read.
    """
    rows = (
        Request.objects.filter(
            IS_OPEN, unit_code__in=list(unit_codes), paused_at__isnull=True, due_at__lt=at + timedelta(days=3)
        )
        .values("unit_code")
        .annotate(
            broken=Count("unit_code", filter=Q(due_at__lt=at)),
            day=Count("unit_code", filter=Q(due_at__gte=at, due_at__lt=at + timedelta(days=1))),
            days=Count("unit_code", filter=Q(due_at__gte=at + timedelta(days=1))),
            unheld=Count("unit_code", filter=Q(assignee="")),
        )
    )
    found = [Breaking(**row) for row in rows]
    return sorted(found, key=lambda row: (-row.broken, -row.day, -row.days, row.unit_code))


_LATENESS = """
SELECT unit_code, count(*), count(*) FILTER (WHERE late_party = 'COMPANY'), count(*) FILTER (WHERE late_party = 'CUSTOMER'),
       count(*) FILTER (WHERE late_party = 'THIRD_PARTY'), count(*) FILTER (WHERE late_party = '')
  FROM requests_request
 WHERE state = 'SETTLED' AND NOT on_time AND unit_code = ANY(%s) AND closed_at >= %s AND closed_at < %s
 GROUP BY unit_code ORDER BY 2 DESC, 1
"""


def lateness(*, unit_codes: Collection[str], since: datetime, until: datetime) -> list[Lateness]:
    """Requests settled late in the time, by unit, with whom they are charged to."""
    with connection.cursor() as cursor:
        cursor.execute(_LATENESS, [sorted(unit_codes), since, until])
        return [Lateness(*row) for row in cursor.fetchall()]


def list_unexplained(*, unit_codes: Collection[str], since: datetime, limit: int) -> list[Request]:
    """Requests settled late since then whose lateness nobody has explained, the newest first."""
    rows = Request.objects.filter(
        state="SETTLED", on_time=False, unit_code__in=list(unit_codes), closed_at__gte=since, late_party=""
    )
    return list(rows.select_related("data").order_by("-closed_at", "id")[:limit])


# mentions


def count_unread(staff_id: str, *, most: int = 99) -> int:
    """How many notes name this person and are not read, up to a lid."""
    rows = Mention.objects.filter(staff_id=staff_id, read_at__isnull=True)
    return len(rows.values_list("id", flat=True)[:most])


def list_mentions(*, staff_id: str, unit_codes: Collection[str], limit: int = 100) -> list[Mention]:
    """Notes that name this person, of requests they may see, unread ones first, then the newest."""
    rows = Mention.objects.filter(staff_id=staff_id, request__unit_code__in=list(unit_codes))
    rows = rows.select_related("note", "request").order_by("-at", "-id")
    return sorted(rows[:limit], key=lambda mention: mention.read_at is not None)
