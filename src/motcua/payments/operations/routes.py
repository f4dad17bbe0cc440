"""At the group's host: an id of a bank belongs to the company that its first call was for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

REQUEST, TXN = "REQUEST", "TXN"

# A route is never changed: what another call claims meanwhile is not seen by this statement, and asked for by the next one.
_CLAIM = """
WITH told (kind, ref) AS (SELECT * FROM unnest(%(kinds)s::text[], %(refs)s::text[])),
claimed AS (
    INSERT INTO payments_bankroute (bank, kind, ref, company_code, at)
    SELECT %(bank)s, kind, ref, %(company)s, %(at)s FROM told
    WHERE NOT EXISTS (SELECT FROM payments_bankroute r JOIN told t USING (kind, ref)
                      WHERE r.bank = %(bank)s AND r.company_code <> %(company)s)
    ORDER BY kind, ref
    ON CONFLICT (bank, kind, ref) DO NOTHING RETURNING kind, company_code)
SELECT kind, company_code FROM claimed
UNION ALL
SELECT r.kind, r.company_code FROM payments_bankroute r JOIN told USING (kind, ref) WHERE r.bank = %(bank)s
"""


def claim_routes(*, bank: str, refs: Mapping[str, str], company_code: str, at: datetime) -> dict[str, str]:
    """Claim these ids, one of a kind, for the company: all, or none when an earlier call claimed one for another company.

    Returns those of the ids that belong to another company, by their kinds. Never undone. Runs in the group's schema and commits
    before the company is called, so that a call that is repeated after a kill finds its way again.
    """
    told: dict[str, Any] = {
        "bank": bank,
        "kinds": list(refs),
        "refs": list(refs.values()),
        "company": company_code,
        "at": at,
    }
    bound: dict[str, str] = {}
    with connection.cursor() as cursor:
        while len(bound) < len(refs) and set(bound.values()) <= {company_code}:
            cursor.execute(_CLAIM, told)
            bound = dict(cursor.fetchall())
    return {kind: company for kind, company in bound.items() if company != company_code}
