"""The search of conversations as they grow: `python -m bench.talks --sizes 100000 1000000`.

A durable embedded server of its own, one company. Conversations and the words they are found by are made by plain SQL: each
has 25 words of a hundred that everybody says and 15 of twenty thousand, seldom ones seldom. What is measured is the question
to the database as the desk's page puts it (newest first, only what the asker may see), p50 and p95 in milliseconds, for
somebody of one small unit and for somebody who sees the whole company. With `--explain` the plans are printed too.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from bench import installation, pages

ROUNDS, LIMIT = 30, 21
FILLED = ("messaging_conversation", "messaging_talkfinding")
FILL = """
WITH made AS (
    SELECT n, uuidv7() AS id, now() - random() * interval '365 days' AS at,
           (%(units)s::text[])[1 + floor(power(random(), 2) * %(many)s::int)::int] AS unit,
           '849' || lpad(floor(random() * 100000000)::text, 8, '0') AS phone
      FROM generate_series(%(first)s::int, %(last)s::int) n
), rows AS (
    INSERT INTO messaging_conversation (id, channel, address, unit_code, owner, staff_id, owned_at, is_urgent, status,
        language, last_seq, customer_read_seq, staff_read_seq, opened_at, closed_at)
    SELECT id, 'SMS', phone || '-' || n, unit, 'BOT', '', at, false, 'CLOSED', 'vi', 10, 10, 10, at, at FROM made
)
INSERT INTO messaging_talkfinding (conversation_id, last_at, words, phone_backwards)
SELECT id, at, array_to_tsvector((
           SELECT array_agg(DISTINCT w) || ARRAY['u_' || lower(unit), 's_'] FROM (
               SELECT 'c' || floor(power(random(), 2) * 100)::int AS w FROM generate_series(1, 25) WHERE n > 0
               UNION ALL
               SELECT 'r' || floor(power(random(), 3) * 20000)::int FROM generate_series(1, 15) WHERE n > 0) said)),
       reverse(phone)
  FROM made
"""
PLAN = (
    ("the commonest word", "c0"),
    ("two common words", "c1 c40"),
    ("a common and a seldom word", "c3 r15000"),
    ("a seldom word", "r19000"),
    ("three words, one begun", "c2 r120 r1500"),
    ("nothing like it", "zzyzx"),
    ("the end of a phone", "{tail}"),
)


def fill(owner: Any, units: list[str], first: int, last: int) -> None:
    begun = time.perf_counter()
    with pages.without_indexes(owner, FILLED):
        for start, end in pages.batches(first, last):
            owner.execute(FILL, {"units": units, "many": len(units), "first": start, "last": end})
            owner.commit()
    print(f"  {last - 1:,} conversations and their words in {time.perf_counter() - begun:.0f} s", flush=True)


def measure(text: str, units: list[str]) -> tuple[float, float, int]:
    from motcua.messaging.talk import finding

    took, found = [], 0
    for number in range(ROUNDS + 3):
        asked = text.format(tail=f"{number * 37 % 10000:04d}7")
        begun = time.perf_counter()
        found = len(finding.find_ids(asked, unit_codes=units, staff_id="nobody", limit=LIMIT))
        took.append((time.perf_counter() - begun) * 1000)
    took = sorted(took[3:])
    return took[len(took) // 2], took[int(len(took) * 0.95)], found


def explain(units: list[str]) -> None:
    """The plan of each question the search asked last, as the database ran it."""
    from django.db import connection

    from motcua.messaging.talk import finding

    with connection.execute_wrapper(_explaining):
        finding.find_ids("c3 r15000", unit_codes=units, staff_id="nobody", limit=LIMIT)


def _explaining(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    execute("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) " + sql, params, many, context)
    print("\n".join("      " + row[0] for row in context["cursor"].fetchall()), flush=True)
    return execute(sql, params, many, context)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--explain", action="store_true")
    given = parser.parse_args()
    with installation.made() as server:
        import psycopg

        from motcua.companies import queries as company_queries
        from motcua.companies.context import using_company

        with using_company("HANOI") as company, psycopg.connect(server.owner_url) as owner:
            owner.execute(f'SET search_path TO "{company.schema_name}", public')
            units = [unit.code for unit in company_queries.list_units()]
            done = 1
            for size in sorted(given.sizes):
                fill(owner, units, done, size + 1)
                done = size + 1
                for whose, seen in (("whole company", []), ("one unit", [units[-1]])):
                    for name, text in PLAN:
                        half, most, found = measure(text, seen)
                        print(
                            f"  {size:>9,}  {whose:<14} {name:<28} p50 {half:7.1f}  p95 {most:7.1f} ms  {found:>3} found",
                            flush=True,
                        )
                    if given.explain:
                        explain(seen)
    return 0


if __name__ == "__main__":
    sys.exit(main())
