"""The round of a reading day: whose meters of a unit are to be read, in the order of the poles, and how far it is."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from motcua.billing import run_queries
from motcua.companies import queries as company_queries
from motcua.kernel import local_time

# Whose turn it is, as a bill run finds them; a customer's own reading does not make the crew's one needless.
_DUE = """
FROM supply_contract c
JOIN supply_servicepoint p ON p.id = c.service_point_id
JOIN supply_place place ON place.id = p.place_id
LEFT JOIN billing_accountterms t ON t.account_code = c.account_code
 AND t.valid_from <= %(day)s AND (t.valid_to IS NULL OR t.valid_to > %(day)s)
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM supply_servicepoint q
        JOIN supply_installation i ON i.service_point_id = q.id AND i.removed_at IS NULL
        WHERE q.account_code = c.account_code AND NOT EXISTS (
            SELECT FROM supply_reading r WHERE r.meter_id = i.meter_id AND r.at >= %(from)s AND r.at < %(to)s AND r.source <> 'CUSTOMER')
    ) AS is_left
) open
WHERE p.unit_code = ANY(%(units)s) AND c.status = 'ACTIVE' AND (c.started_at IS NULL OR c.started_at < %(from)s)
  AND EXISTS (SELECT FROM unnest(CASE WHEN cardinality(t.reading_days) > 0 THEN t.reading_days ELSE ARRAY[%(usual)s]::smallint[] END) u(day)
              WHERE least(u.day, %(month_days)s) = %(day_number)s)
"""
_LIST = f"""
SELECT c.account_code, p.unit_code, place.text, p.station_code, p.pole_number {_DUE} AND open.is_left
   AND (p.station_code, p.pole_number, c.account_code) > (%(station)s, %(pole)s, %(account)s)
ORDER BY p.station_code, p.pole_number, c.account_code LIMIT %(limit)s
"""
_THESE = """
SELECT c.account_code, p.unit_code, place.text, p.station_code, p.pole_number
FROM supply_contract c
JOIN supply_servicepoint p ON p.id = c.service_point_id
JOIN supply_place place ON place.id = p.place_id
WHERE c.account_code = ANY(%s) AND c.status = 'ACTIVE' ORDER BY p.station_code, p.pole_number, c.account_code
"""
_COUNT = f"SELECT count(*), count(*) FILTER (WHERE NOT open.is_left) {_DUE}"


@dataclass(frozen=True)
class Stop:
    """A home of the round."""

    account_code: str
    unit_code: str
    place_text: str
    station_code: str
    pole_number: str


@dataclass(frozen=True)
class Progress:
    due: int
    read: int


def list_left(unit_code: str, day: date, *, after: Sequence[str] = ("", "", ""), limit: int) -> list[Stop]:
    """Who is still to be read, beginning behind (station, pole, account). Refuses NoPolicy."""
    station, pole, account = after
    told = _values(unit_code, day) | {"station": station, "pole": pole, "account": account, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_LIST, told)
        return [Stop(*row) for row in cursor.fetchall()]


def list_of(account_codes: Sequence[str]) -> list[Stop]:
    """These homes, in the order of the round."""
    with connection.cursor() as cursor:
        cursor.execute(_THESE, [list(account_codes)])
        return [Stop(*row) for row in cursor.fetchall()]


def measure(unit_code: str, day: date) -> Progress:
    """How many there are, how many were read. Refuses NoPolicy."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, _values(unit_code, day))
        return Progress(*cursor.fetchone())


def _values(unit_code: str, day: date) -> dict[str, Any]:
    policy = run_queries.policy_of(unit_code, day)
    around = timedelta(days=policy.days_around)
    return {
        "day": day, "day_number": day.day, "month_days": calendar.monthrange(day.year, day.month)[1], "usual": policy.reading_day,
        "from": local_time.instant(day - around), "to": local_time.instant(day + around + timedelta(days=1)),
        "units": sorted(company_queries.list_unit_codes_below(frozenset([unit_code]))),
    }  # fmt: skip
