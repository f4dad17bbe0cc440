"""`motcua bill-run --company HANOI --unit PD0100 --day 2026-11-05 [--dry-run]`: the bills of a unit and a reading day.

It can be stopped or killed at any instant and started again; two of them at once share the work.
"""

from __future__ import annotations

import argparse
import os
import signal
import time
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble

if TYPE_CHECKING:
    from motcua.billing.models import BillRun
    from motcua.billing.operations import Came


def run(told: argparse.Namespace) -> int:
    """Exit code 1 when somebody could not be billed: see the list of exceptions. What could be billed is."""
    from motcua.ops import database

    try:
        day = date.fromisoformat(told.day)
    except ValueError:
        raise Trouble(f"{told.day} is no day; write YYYY-MM-DD.", Exit.USAGE) from None
    if told.chunk < 1:
        raise Trouble("A chunk has at least one account.", Exit.USAGE)
    home = Home(told.home or os.environ.get("MOTCUA_HOME") or "var")
    with database.entered(home):
        from motcua.companies import queries as company_queries
        from motcua.companies.context import using_company
        from motcua.kernel.results import Refused

        known = [company.code for company in company_queries.list_companies()]
        if told.company.upper() not in known:
            raise Trouble(f"There is no company {told.company}; known are {', '.join(known)}.", Exit.USAGE)
        with using_company(told.company.upper()):
            try:
                act = _try if told.dry_run else _bill
                return act(told.unit.upper(), day, told.chunk)
            except Refused as refusal:
                raise Trouble(str(refusal), Exit.USAGE) from None


def _try(unit: str, day: date, chunk: int) -> int:
    from motcua.billing import operations
    from motcua.config import clock

    begun = time.monotonic()
    came: Came = operations.dry_run(unit_code=unit, reading_date=day, at=clock.now(), size=chunk)
    print("Dry run: nothing was written.")
    print(_sums(came.accounts, came.bills, came.kwh, came.total_vnd, time.monotonic() - begun))
    return _exceptions(came.codes)


def _bill(unit: str, day: date, chunk: int) -> int:
    from motcua.billing import operations, run_queries
    from motcua.config import clock
    from motcua.kernel.actors import Actor

    actor = Actor.system("bill-run")
    begun = time.monotonic()
    asked_to_stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: asked_to_stop.append(number))
    started = operations.start_run(unit_code=unit, reading_date=day, actor=actor, at=clock.now())
    print(f"Run {started.id}: {started.gathered:,} accounts to look at (pass {started.passes}).", flush=True)

    def tell(run: BillRun) -> None:
        spent = time.monotonic() - begun
        print(f"{run.done:>12,} of {run.gathered:,}  {run.bills:,} bills  {spent:.0f} s", flush=True)

    while True:
        run = operations.go_on(
            run_id=started.id,
            actor=actor,
            clock=clock.now,
            size=chunk,
            told=tell,
            stop=lambda: bool(asked_to_stop),
        )
        if asked_to_stop or run.state == "DONE":
            break
        time.sleep(0.5)  # another process has the last chunk in its hands: it comes in, or comes back
    if asked_to_stop:
        print("Stopped between two chunks; the same command goes on from here.")
        return 128 + asked_to_stop[0]
    print(_sums(run.done, run.bills, run.kwh, run.total_vnd, time.monotonic() - begun))
    counted = run_queries.count_exceptions(run.id)
    return _exceptions({code: n for (state, code), n in counted.items() if state in run_queries.WAITING})


def _sums(accounts: int, bills: int, kwh: int, total_vnd: int, seconds: float) -> str:
    pace = f" ({accounts / seconds:,.0f} accounts/s)" if seconds > 0 else ""
    return f"{accounts:,} accounts, {bills:,} bills, {kwh:,} kWh, {total_vnd:,} VND with VAT, {seconds:.1f} s{pace}."


def _exceptions(codes: Mapping[str, Any]) -> int:
    for code, count in sorted(codes.items(), key=lambda item: -item[1]):
        print(f"{count:>12,}  {code}")
    if not codes:
        return int(Exit.OK)
    print("These wait for a person: see /tien/phien-tinh/.")
    return int(Exit.FAILED)
