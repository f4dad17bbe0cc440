"""What head-ends handed in goes when it is old. The readings that were taken from it stay where meters are; of the rows as
they came only those stay on which a bill stands.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from motcua.config.env import ENV

A_PIECE = 20_000
FEWEST_DAYS = 62  # a reading may wait for its bill
AROUND = 10  # how far from a bill's own days its reading may lie, at most

# A row is looked at once: it goes, or it is marked and never looked at again.
PRUNE = """
WITH old AS (
    SELECT id, serial, account_code, register, value_kwh, (read_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, read_at
    FROM connectors_handedreading WHERE NOT is_kept AND received_at < %(before)s
    ORDER BY received_at, id LIMIT %(piece)s FOR UPDATE SKIP LOCKED
), used AS (
    SELECT o.id FROM old o
    CROSS JOIN LATERAL (
        SELECT o.account_code WHERE o.account_code <> ''
        UNION ALL
        SELECT p.account_code FROM supply_meter m
        JOIN supply_installation i ON i.meter_id = m.id AND i.installed_at <= o.read_at
         AND (i.removed_at IS NULL OR i.removed_at >= o.read_at)
        JOIN supply_servicepoint p ON p.id = i.service_point_id
        WHERE o.account_code = '' AND m.serial = o.serial
    ) a
    WHERE EXISTS (
        SELECT FROM billing_bill b CROSS JOIN LATERAL jsonb_array_elements(b.readings) e
        WHERE b.account_code = a.account_code AND b.from_day <= o.day + %(around)s AND b.to_day >= o.day - %(around)s
          AND e ->> 'register' = o.register
          AND trunc(o.value_kwh) IN ((e ->> 'previous')::numeric, (e ->> 'current')::numeric)
    )
), kept AS (
    UPDATE connectors_handedreading k SET is_kept = true FROM used u WHERE k.id = u.id RETURNING k.id
), gone AS (
    DELETE FROM connectors_handedreading k USING old o
    WHERE k.id = o.id AND NOT EXISTS (SELECT FROM used u WHERE u.id = o.id) RETURNING k.id
)
SELECT (SELECT count(*) FROM kept) + (SELECT count(*) FROM gone)
"""
PRUNE_BATCHES = """
DELETE FROM connectors_readingbatch WHERE id IN (
    SELECT id FROM connectors_readingbatch WHERE received_at < %(before)s LIMIT %(piece)s
)
"""


@transaction.atomic
def prune(*, at: datetime, days: int | None = None, piece: int = A_PIECE) -> int:
    """A piece of what grew old; how many rows were looked at, none once nothing old is left. `days`: the setting's."""
    kept_days = ENV.head_end_days if days is None else days
    if not kept_days:
        return 0
    before = at - timedelta(days=max(kept_days, FEWEST_DAYS))
    told: dict[str, Any] = {"before": before, "piece": piece, "around": AROUND}
    with connection.cursor() as cursor:
        cursor.execute(PRUNE, told)
        looked_at = int(cursor.fetchone()[0])
        cursor.execute(PRUNE_BATCHES, told)
        return looked_at + int(cursor.rowcount)
