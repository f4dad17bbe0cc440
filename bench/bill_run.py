"""A bill run of many contracts: `python -m bench.bill_run --count 1000000 [--chunk 20000] [--connections 2]`.

A durable embedded server of its own, one company with a customer, a point, a meter and readings for each contract: most of them
homes, one in ten by time of use. The first month is billed to have last month's bills; the second one is measured, from
beginning the run (gathering its accounts) to its end, bills with their lines, charges, one booking a chunk, exceptions. Beside
it a bare INSERT ... SELECT of the very same bills and charges into tables with the same columns,
indexes and constraints, in the same run. With more connections several workers take chunks of the run side by side, as workers of
an installation do; the bare statement has one.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from datetime import date
from typing import Any

from bench import installation

UNIT = "PD0100"
BESIDE = """
import sys
import django; django.setup()
from uuid import UUID
from motcua.billing import operations
from motcua.companies.context import using_company
from motcua.config import clock
from motcua.kernel.actors import Actor
with using_company("HANOI"):
    operations.go_on(run_id=UUID(sys.argv[1]), actor=Actor.system("bench"), clock=clock.now, size=int(sys.argv[2]))
"""
FILL = """
INSERT INTO supply_place (id, text, given_on, province_code, district, commune, old_province_code, old_district, old_commune,
                          new_province_code, new_commune, hamlet, street, house, pole_number, neighbour_account_code, created_at, created_by)
VALUES ('00000000-0000-7000-8000-000000000001', 'Phố Tây Sơn', '2025-01-01', '01', '', '', '', '', '', '', '', '', 'Tây Sơn', '1', '', '', now(), 'system:bench');
INSERT INTO supply_servicepoint (code, place_id, account_code, unit_code, pole_number, station_code, phases, created_at)
SELECT '{unit}' || lpad(n::text, 7, '0') || '001', '00000000-0000-7000-8000-000000000001', '{unit}' || lpad(n::text, 7, '0'),
       '{unit}', '', '', 1, '2025-09-01' FROM generate_series(1, {n}) n;
INSERT INTO supply_contract (account_code, customer_id, service_point_id, number, purpose, quota, status, started_at, created_at)
SELECT account_code, uuidv7(make_interval(secs => id * 0.001)), id, '', CASE WHEN id % 10 = 0 THEN 'BUSINESS' ELSE 'RESIDENTIAL' END,
       1 + (id % 20 = 1)::int, 'ACTIVE', '2025-10-05 02:00Z', '2025-09-01' FROM supply_servicepoint;
INSERT INTO supply_meter (serial, kind, phases, digits, unit_code, status, received_at)
SELECT account_code, CASE WHEN id % 10 = 0 THEN 'TIME_OF_USE' ELSE 'ACTIVE' END, 1, 6, unit_code, 'INSTALLED', '2025-09-01'
FROM supply_servicepoint ORDER BY id;
INSERT INTO supply_installation (meter_id, service_point_id, is_reactive, installed_at, seals, installed_by)
SELECT m.id, p.id, false, '2025-10-05 02:00Z', '[]', 'system:bench'
FROM supply_servicepoint p JOIN supply_meter m ON m.serial = p.account_code ORDER BY p.id;
INSERT INTO supply_reading (meter_id, register, at, source, value_kwh)
SELECT m.id, r.register, told.at, told.source, 1000 + CASE r.register WHEN 'KT' THEN (40 + (m.id * 37) % 700) * told.month + (m.id * 7 + told.month) % 9
                   ELSE (500 + hashint8(m.id + ascii(r.register)) & 8191) * told.month END
FROM supply_meter m
JOIN (VALUES ('ACTIVE', 'KT'), ('TIME_OF_USE', 'BT'), ('TIME_OF_USE', 'CD'), ('TIME_OF_USE', 'TD')) r(kind, register) USING (kind)
CROSS JOIN (VALUES ('2025-10-05 02:00Z'::timestamptz, 'INSTALL', 0), ('2025-11-05 02:00Z', 'CREW', 1), ('2025-12-05 02:00Z', 'CREW', 2)) told(at, source, month)
ORDER BY told.month, m.id;
ANALYZE supply_place, supply_servicepoint, supply_contract, supply_meter, supply_installation, supply_reading;
"""


def timed(act: Any) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def run(server: Any, count: int, chunk: int, connections: int, *, profile: bool) -> None:
    import psycopg

    from motcua.billing import operations, run_queries
    from motcua.companies.context import using_company
    from motcua.config import clock
    from motcua.kernel.actors import Actor

    owner = psycopg.connect(server.owner_url, options="-c search_path=hanoi,public", autocommit=True)
    took = timed(lambda: owner.execute(FILL.format(n=count, unit=UNIT)))
    print(f"{count:,} contracts with {count * 12 // 10 * 3:,} readings made in {took:.0f} s", flush=True)
    actor = Actor.system("bench")

    def bill(day: date, connections: int = 1) -> Any:
        run = operations.start_run(unit_code=UNIT, reading_date=day, actor=actor, at=clock.now())
        told = [sys.executable, "-c", BESIDE, str(run.id), str(chunk)]
        beside = [subprocess.Popen(told) for _ in range(connections - 1)]
        operations.go_on(run_id=run.id, actor=actor, clock=clock.now, size=chunk)
        assert not any(process.wait() for process in beside)
        return run_queries.find_run(run.id)

    with using_company("HANOI"):
        first = timed(lambda: bill(date(2025, 11, 5)))
        print(f"first bills               {count / first:9.0f}/s", flush=True)
        owner.execute("VACUUM ANALYZE billing_bill, ledger_charge, billing_runaccount")
        owner.execute("CHECKPOINT")
        if profile:
            _profile()
        done: list[Any] = []
        took = timed(lambda: done.append(bill(date(2025, 12, 5), connections)))
    made = done[0].bills
    (left,) = owner.execute(
        "SELECT count(*) FROM billing_runexception WHERE run_id = %s", [done[0].id]
    ).fetchone() or (0,)
    assert made + left == count, f"{made} bills and {left} exceptions of {count}"
    # the first month's rows are there for the run; so they are for the bare rows
    for table, named in (("billing_bill", "bare_bill"), ("ledger_charge", "bare_charge")):
        owner.execute(f"CREATE TABLE {named} (LIKE {table} INCLUDING ALL)")
    owner.execute(
        "ALTER TABLE bare_charge ADD FOREIGN KEY (raised_in_id) REFERENCES ledger_ledgertransaction DEFERRABLE INITIALLY DEFERRED"
    )
    owner.execute("INSERT INTO bare_bill SELECT * FROM billing_bill WHERE run_id <> %s", [done[0].id])
    owner.execute(
        "INSERT INTO bare_charge SELECT c.* FROM ledger_charge c JOIN billing_bill b ON b.charge_id = c.id WHERE b.run_id <> %s",
        [done[0].id],
    )
    owner.execute("VACUUM ANALYZE bare_bill, bare_charge")
    owner.execute("CHECKPOINT")
    bare = timed(
        lambda: owner.execute(
            "INSERT INTO bare_bill SELECT * FROM billing_bill WHERE run_id = %s ORDER BY account_code",
            [done[0].id],
        )
    )
    bare += timed(
        lambda: owner.execute(
            "INSERT INTO bare_charge SELECT c.* FROM ledger_charge c JOIN billing_bill b ON b.charge_id = c.id WHERE b.run_id = %s ORDER BY b.account_code",
            [done[0].id],
        )
    )
    print(
        f"bills of a run            {made / took:9.0f}/s   bare INSERT ... SELECT of the same bills and charges {made / bare:9.0f}/s   "
        f"{took / bare:.2f} times as long (goal: 2 or better)   {left:,} exceptions, {took:.0f} s",
        flush=True,
    )
    print(
        f"30 million contracts at this pace: {30_000_000 / made * took / 3600:.1f} h on {connections} connection{'s' * (connections > 1)}",
        flush=True,
    )
    owner.close()


def _profile() -> None:
    """Print what each statement of a chunk took."""
    from django.db import connection

    spent: dict[str, float] = {}

    def timing(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            name = " ".join(str(sql).split())[:70]
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - begun

    connection.execute_wrappers.append(timing)
    import atexit

    def tell() -> None:
        for name, seconds in sorted(spent.items(), key=lambda item: -item[1])[:18]:
            print(f"{seconds:8.2f} s  {name}", flush=True)

    atexit.register(tell)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.bill_run")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--chunk", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=1, help="workers that share the run (1)")
    parser.add_argument("--profile", action="store_true", help="also print what each statement took")
    told = parser.parse_args()
    with installation.made() as server:
        run(server, told.count, told.chunk, told.connections, profile=told.profile)
    return 0


if __name__ == "__main__":
    sys.exit(main())
