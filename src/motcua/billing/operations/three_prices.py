"""Who should be billed by three prices and is not, found for a whole company in one statement; see `rules.three_prices`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from motcua.billing.rules.terms import GROUP_OF_PURPOSE
from motcua.kernel.local_time import local_date
from motcua.tariffs import queries as tariff_queries

# Adjustments change what was used and are no month of their own.
FOUND = """
CREATE TEMPORARY TABLE three_found ON COMMIT DROP AS
WITH rules AS (
    SELECT * FROM unnest(%(groups)s::text[], %(always)s::boolean[], %(kva)s::int[], %(kwh)s::int[], %(months)s::int[])
        AS r(price_group, is_always, from_kva, from_kwh, months)
), purposes AS (
    SELECT * FROM unnest(%(purposes)s::text[], %(purpose_groups)s::text[]) AS p(purpose, price_group)
), accounts AS (
    SELECT c.account_code, p.unit_code, coalesce(t.price_group, q.price_group) AS price_group,
           coalesce(t.transformer_kva, 0) AS transformer_kva
    FROM supply_contract c
    JOIN supply_servicepoint p ON p.id = c.service_point_id
    JOIN supply_installation i ON i.service_point_id = p.id AND i.removed_at IS NULL AND NOT i.is_reactive
    JOIN supply_meter m ON m.id = i.meter_id AND m.kind = 'ACTIVE'
    LEFT JOIN billing_accountterms t
      ON t.account_code = c.account_code AND t.valid_from <= %(on)s AND (t.valid_to IS NULL OR t.valid_to > %(on)s)
    LEFT JOIN purposes q ON q.purpose = c.purpose
    WHERE c.status = 'ACTIVE'
)
SELECT a.account_code, a.unit_code, a.price_group, a.transformer_kva, u.kwh / r.months AS average_kwh,
       CASE WHEN r.is_always THEN 'GROUP' WHEN a.transformer_kva >= r.from_kva THEN 'TRANSFORMER' ELSE 'USE' END AS why
FROM accounts a
JOIN rules r USING (price_group)
LEFT JOIN LATERAL (
    SELECT sum(b.kwh)::bigint AS kwh
    FROM billing_bill b
    CROSS JOIN LATERAL (
        SELECT max(n.billing_month) AS month FROM billing_bill n
        WHERE n.account_code = a.account_code AND n.state = 'ISSUED' AND n.kind <> 'ADJUSTMENT'
    ) newest
    WHERE b.account_code = a.account_code AND b.state = 'ISSUED' AND b.billing_month <= newest.month
      AND b.billing_month > newest.month - make_interval(months => r.months)
    HAVING count(DISTINCT b.billing_month) FILTER (WHERE b.kind <> 'ADJUSTMENT') = r.months
) u ON true
WHERE r.is_always OR a.transformer_kva >= r.from_kva OR u.kwh >= r.from_kwh::bigint * r.months
"""
GONE = "DELETE FROM billing_threepricecase c WHERE NOT EXISTS (SELECT FROM three_found f WHERE f.account_code = c.account_code)"
KEPT = """
INSERT INTO billing_threepricecase AS c (account_code, unit_code, price_group, why, transformer_kva, average_kwh, found_at)
SELECT account_code, unit_code, price_group, why, transformer_kva, average_kwh, %(at)s FROM three_found
ON CONFLICT (account_code) DO UPDATE SET unit_code = excluded.unit_code, price_group = excluded.price_group, why = excluded.why,
    transformer_kva = excluded.transformer_kva, average_kwh = excluded.average_kwh
WHERE (c.unit_code, c.price_group, c.why, c.transformer_kva, c.average_kwh)
    IS DISTINCT FROM (excluded.unit_code, excluded.price_group, excluded.why, excluded.transformer_kva, excluded.average_kwh)
"""


@transaction.atomic
def find_three_price_cases(*, at: datetime) -> int:
    """Bring the list up to date; how many came, went or changed. Since when one is on the list stays."""
    on = local_date(at)
    rules = tariff_queries.list_three_prices(on)
    told: dict[str, Any] = {
        "on": on, "at": at, "groups": [r.customer_group for r in rules], "always": [r.is_always for r in rules],
        "kva": [r.from_kva for r in rules], "kwh": [r.from_kwh for r in rules], "months": [r.months for r in rules],
        "purposes": list(GROUP_OF_PURPOSE), "purpose_groups": [group for group, _voltage in GROUP_OF_PURPOSE.values()],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(FOUND, told)
        cursor.execute(GONE)
        changed = int(cursor.rowcount)
        cursor.execute(KEPT, told)
        changed += int(cursor.rowcount)
        cursor.execute("DROP TABLE three_found")
    return changed
