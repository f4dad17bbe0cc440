"""Cases rated a second by the pure rule, and by its set-based twin in SQL: `python -m bench.rating [--count 200000]`.

The same cases by both, in the same run: nine homes in ten, the rest by time of use, every twentieth across a change of price.
The twin's time is from the staged cases to the bills with all their lines; putting cases in by COPY stands beside it. The
bare limit is a plain INSERT ... SELECT of the very same lines and bills. Sums must be equal to the dong.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from bench import installation

BY_RULE = 20_000  # of the cases; more tell nothing new
BARE = """
CREATE TEMPORARY TABLE bare_line ON COMMIT DROP AS SELECT * FROM rating_line;
CREATE TEMPORARY TABLE bare_bill ON COMMIT DROP AS SELECT * FROM rating_bill
"""


def cases(count: int) -> Iterator[Any]:
    """As a month of a company has them; no two neighbours used the same."""
    from motcua.billing.rules.case import Case
    from motcua.tariffs.book import Part

    for n in range(count):
        start, end = (
            (date(2025, 4, 25), date(2025, 5, 25)) if n % 20 == 19 else (date(2026, 3, 15), date(2026, 4, 15))
        )
        told = {
            "start": start,
            "end": end,
            "billing_month": end.replace(day=1),
            "norm_days": (end - start).days,
        }
        if n % 10:
            yield Case("HOME", use={Part.ONE: 40 + n * 37 % 700}, quota_hundredths=100 + n % 3 * 100, **told)
        else:
            use = {Part.NORMAL: 500 + n % 997, Part.OFF_PEAK: 200 + n % 499, Part.PEAK: 300 + n % 701}
            yield Case("BUSINESS", use=use, voltage="LT_6KV", cosphi_hundredths=80 + n % 20, **told)


def timed(act: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    made = act()
    return made, time.perf_counter() - begun


def run(count: int) -> int:
    from django.db import connection, transaction

    from motcua.billing import set_rating
    from motcua.billing.rules import rating
    from motcua.companies.context import using_company
    from motcua.tariffs import queries

    with using_company("HANOI"):
        book = queries.price_book()
        few = list(itertools.islice(cases(count), BY_RULE))
        rating.rate(few[0], book)
        bills, by_rule = timed(lambda: [rating.rate(case, book) for case in few])
        with transaction.atomic(), connection.cursor() as cursor:
            set_rating.open_stage()
            _, staged = timed(lambda: set_rating.stage(enumerate(cases(count))))
            rated, by_table = timed(lambda: set_rating.rate_staged(book))
            cursor.execute("SELECT sum(total_vnd)::bigint FROM rating_bill WHERE case_id < %s", [len(few)])
            (sum_vnd,) = cursor.fetchone()
            _, bare = timed(lambda: cursor.execute(BARE))
    assert (rated.bills, rated.refused) == (count, 0), rated
    assert sum_vnd == sum(bill.total_vnd for bill in bills), "the twin and the rule differ"
    rule, twin, limit = len(few) / by_rule, count / by_table, count / bare
    print(f"{count:,} cases with {rated.lines:,} lines; load {os.getloadavg()[0]:.1f}")
    print(f"  by the pure rule      {rule:10,.0f}/s")
    print(f"  by the twin in SQL    {twin:10,.0f}/s   {twin / rule:.1f} times the rule; {limit / twin:.1f} times as long as the bare rows, {limit:,.0f}/s")  # fmt: skip
    print(f"  put in by COPY        {count / staged:10,.0f}/s", flush=True)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.rating")
    parser.add_argument("--count", type=int, default=200_000)
    told = parser.parse_args()
    with installation.made():
        return run(told.count)


if __name__ == "__main__":
    sys.exit(main())
