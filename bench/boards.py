"""Boards beside the number of requests: the pages of a company and of the group, p50 and p95, and how they grow.

A durable embedded server of its own. Requests are written by plain SQL, half to each of two companies, spread over a year,
units, services and channels; roll-ups are the sums of them. Each size comes after the one before, ten times as many; at
the end the factor by which each page grew. `--sizes 1000000,10000000` takes its time (and some 8 GB).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from bench import installation

GROUP = """
import django; django.setup()
from datetime import UTC, datetime
from motcua.companies import seeds
from motcua.ops import embedded
at = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
seeds.open_companies(news=[seeds.group_company()], app_login=embedded.APP, at=at, progress=lambda _: None)
"""
HOSTS = {"HANOI": "hanoi.localhost", "NPC": "npc.localhost", "GROUP": "localhost"}
RUNS = 40
REQUESTS = """
INSERT INTO {schema}.requests_request (
    id, number, seq, service_code, service_version, state, step, waiting_role, unit_code, province_code, account_code, channel,
    reception, submitted_by, submitted_at, due_at, step_since, extension, assignee, portal, external_number, portal_status, trips,
    papers_online, fully_online, settled_at, on_time, closed_at, rating, reopened)
SELECT uuidv7(), 'XX18-' || n, 4, (ARRAY['INFO', 'FAULT', 'COMPLAINT', 'NEW-LV-RES', 'CHG-CAPACITY', 'CHG-INFO', 'EXTEND', 'METER-CHECK'])[1 + n * 7 %% 8],
       1, CASE WHEN n %% 50 = 0 THEN 'OPEN' ELSE 'SETTLED' END, 'RATE', '', (ARRAY[{units}])[1 + (n / 3) %% {unit_count}],
       '01', '', channel, CASE WHEN channel IN ('COUNTER', 'DESK') THEN 'DIRECT' ELSE 'INDIRECT' END, 'anonymous:b', at, at + interval '1 day',
       at, '', '', '', '', 10, CASE WHEN channel = 'COUNTER' THEN 1 ELSE 0 END, channel <> 'COUNTER', n %% 5 <> 0,
       closed, n %% 40 <> 0, closed, CASE WHEN n %% 3 = 0 AND closed IS NOT NULL THEN 1 + n %% 5 END, 0
FROM generate_series({first}::bigint, {last}::bigint) AS n
CROSS JOIN LATERAL (SELECT (ARRAY['WEB', 'ZALO', 'CALL', 'MESSENGER', 'PORTAL', 'COUNTER', 'WEBCHAT', 'EMAIL', 'APP', 'CALL', 'DESK'])[1 + n * 5 %% 11] AS channel,
    timestamptz '2018-01-01 00:00+07' + (n * 104729 %% 525600) * interval '1 minute' AS at) AS one
CROSS JOIN LATERAL (SELECT CASE WHEN n %% 50 <> 0 THEN at + (n %% 4000) * interval '1 minute' END AS closed) AS two
"""
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes i
 WHERE schemaname = %s AND tablename = 'requests_request'
   AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)
"""
KEY = "unit_code, province_code, service_code, channel, reception"
ROLL_UPS = """
INSERT INTO public.{table} (company_code, {day}, {key}, received, settled, rejected, cancelled, fully_online, on_time, trips,
    energised, energise_minutes, rated, rating_sum, late, late_company, late_customer, late_third_party, late_unexplained)
SELECT '{company}', {cut}, {key}, sum(received), sum(settled), 0, 0, sum(online), sum(timely), sum(came), 0, 0, sum(rated), sum(score),
       sum(settled - timely), 0, 0, 0, sum(settled - timely)
FROM (
    SELECT (submitted_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, {key}, 1 AS received, 0 AS settled, 0 AS online, 0 AS timely,
           0 AS came, 0 AS rated, 0 AS score FROM {schema}.requests_request
    UNION ALL
    SELECT (closed_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, {key}, 0, 1, fully_online::int, on_time::int, trips,
           (rating IS NOT NULL)::int, coalesce(rating, 0) FROM {schema}.requests_request WHERE closed_at IS NOT NULL
) AS parts GROUP BY {cut}, {key} ORDER BY {cut}
"""
PAGES: dict[str, tuple[str, str]] = {
    "company, a month": ("HANOI", "/bang/?thang=2018-11"),
    "company, the year by unit": ("HANOI", "/bang/?ky=nam&thang=2018-12&theo=unit_code"),
    "company, 17 days over a month's end": ("HANOI", "/bang/?ky=khoang&tu=2018-05-22&den=2018-06-07"),
    "company, one unit by channel": ("HANOI", "/bang/?ky=nam&thang=2018-12&unit_code={unit}&theo=channel"),
    "company, cases received in March": ("HANOI", "/bang/ho-so/?thang=2018-03&chi-tieu=RECEIVED"),
    "company, cases settled in March": ("HANOI", "/bang/ho-so/?thang=2018-03&chi-tieu=ON_TIME"),
    "company, the big screen": ("HANOI", "/bang/man-hinh-lon/?thang=2018-12"),
    "company, Excel": ("HANOI", "/bang/so-lieu.xlsx?ky=nam&thang=2018-12&theo=unit_code"),
    "group, the year side by side": ("GROUP", "/bang/?ky=nam&thang=2018-12"),
    "group, 45 days": ("GROUP", "/bang/?ky=khoang&tu=2018-05-10&den=2018-06-23"),
}


def fill(owner: Any, company: str, first: int, last: int) -> None:
    """Requests of these numbers, then the roll-ups of all."""
    schema = company.lower()
    units = [
        code
        for (code,) in owner.execute(
            f"SELECT code FROM {schema}.companies_unit ORDER BY code LIMIT 30"
        ).fetchall()
    ]
    named = ", ".join(f"'{code}'" for code in units)
    # Millions of rows go in before their indexes are made; those that hold a constraint stay.
    indexes = owner.execute(INDEXES, [schema]).fetchall()
    for name, _ in indexes:
        owner.execute(f'DROP INDEX {schema}."{name}"')
    owner.execute(
        REQUESTS.replace("%%", "%").format(
            schema=schema, units=named, unit_count=len(units), first=first, last=last
        )
    )
    owner.execute("SET maintenance_work_mem = '1GB'")
    for _, definition in indexes:
        owner.execute(definition)
    for table, day, cut in (
        ("reports_dayrollup", "day", "day"),
        ("reports_rollup", "month", "date_trunc('month', day)::date"),
    ):
        owner.execute(f"DELETE FROM public.{table} WHERE company_code = '{company}'")
        owner.execute(ROLL_UPS.format(table=table, day=day, cut=cut, key=KEY, company=company, schema=schema))
    owner.execute(f"ANALYZE {schema}.requests_request")


def browsers() -> dict[str, Any]:
    """A supervisor at the company, a director at the group, signed in."""
    from django.test import Client

    from motcua.companies import operations as company_ops
    from motcua.companies import queries as company_queries
    from motcua.companies.context import using_company
    from motcua.companies.roles import Role
    from motcua.config import clock
    from motcua.kernel.actors import Actor

    found = {}
    for code, role in (("HANOI", Role.SUPERVISOR), ("GROUP", Role.DIRECTOR)):
        with using_company(code):
            staff = company_ops.staff_add(
                username="bench", name="Bench", unit_code=company_queries.get_centre().code, roles=[role], password="x",
                actor=Actor.system("bench"), at=clock.now(),
            )  # fmt: skip
            client = Client(headers={"host": HOSTS[code]})
            client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
            found[code] = client
    return found


def measure(title: str, act: Callable[[], Any], runs: int) -> float:
    """p50 and p95 of so many runs after a first one; the p95 in milliseconds."""
    took = []
    for number in range(runs + 1):
        begun = time.perf_counter()
        assert act().status_code == 200, title
        if number:
            took.append(time.perf_counter() - begun)
    took.sort()
    p50, p95 = took[len(took) // 2] * 1000, took[int(len(took) * 0.95)] * 1000
    print(f"  {title:<40} p50 {p50:7.1f} ms   p95 {p95:7.1f} ms", flush=True)
    return p95


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.boards")
    parser.add_argument("--sizes", default="10000,100000", help="requests in all, one after the other")
    parser.add_argument("--runs", type=int, default=RUNS)
    told = parser.parse_args()
    sizes = [int(size) for size in told.sizes.split(",")]
    with installation.made() as server:
        open_the_group()
        return run(server, sizes, told.runs)


def open_the_group() -> None:
    """The directors' own schema, as the owner of the database makes it."""
    made = subprocess.run(
        [sys.executable, "-c", GROUP],
        env={**os.environ, "MOTCUA_DB_AS_OWNER": "1"},
        cwd=installation.ROOT,
        check=False,
    )
    if made.returncode:
        raise SystemExit("the group's schema could not be made")


def run(server: Any, sizes: list[int], runs: int) -> int:
    import psycopg

    clients = browsers()
    found: dict[int, dict[str, float]] = {}
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        unit = owner.execute(
            "SELECT code FROM hanoi.companies_unit WHERE kind = 'LOCAL' ORDER BY code LIMIT 1"
        ).fetchone()[0]
        done = 0
        for size in sizes:
            begun = time.perf_counter()
            for company in ("HANOI", "NPC"):
                fill(owner, company, done // 2 + 1, size // 2)
            done = size
            owner.execute("VACUUM ANALYZE public.reports_rollup")
            owner.execute("VACUUM ANALYZE public.reports_dayrollup")
            days, months = (
                owner.execute(f"SELECT count(*) FROM public.{t}").fetchone()[0]
                for t in ("reports_dayrollup", "reports_rollup")
            )
            print(
                f"{size:,} requests: {months:,} sums by month, {days:,} by day (filled in {time.perf_counter() - begun:.0f} s)"
            )
            found[size] = {
                title: measure(
                    title, lambda host=host, path=path: clients[host].get(path.format(unit=unit)), runs
                )
                for title, (host, path) in PAGES.items()
            }
    for earlier, later in zip(sizes, sizes[1:], strict=False):
        print(f"grown from {earlier:,} to {later:,} requests ({later / earlier:g} times the data), p95:")
        for title in PAGES:
            print(f"  {title:<40} x {found[later][title] / found[earlier][title]:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
