"""`motcua reports check | rebuild`: the boards' figures beside the journals they come from."""

from __future__ import annotations

import argparse
import os
import time

from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble


def run(told: argparse.Namespace) -> int:
    """Exit code 1 when `check` finds a figure that is not what the journals say."""
    from motcua.ops import database

    home = Home(told.home or os.environ.get("MOTCUA_HOME") or "var")
    with database.entered(home):
        from motcua.companies import queries as company_queries

        known = [company.code for company in company_queries.list_companies()]
        codes = [told.company.upper()] if told.company else known
        if set(codes) - set(known):
            raise Trouble(f"There is no company {codes[0]}; known are {', '.join(known)}.", Exit.USAGE)
        act = rebuild if told.act == "rebuild" else check
        results = [act(code) for code in codes]
    return int(Exit.OK if all(results) else Exit.FAILED)


def check(code: str) -> bool:
    """Compare every journal of the company with its figures, in one snapshot; whether all is right."""
    from django.db import connection, transaction

    from motcua.companies.context import using_company
    from motcua.reports import queries

    begun = time.monotonic()
    with using_company(code):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1"
            )  # sets the path and the role, which must not be a snapshot's first statement
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            found = queries.check()
    waiting = f", {found.waiting:,} wait to be counted" if found.waiting else ""
    state = "right" if found.is_right else "WRONG"
    print(
        f"{code:8} {state}: {found.requests:,} journals replayed{waiting} ({time.monotonic() - begun:.1f} s)",
        flush=True,
    )
    for request_id in found.differing[:20]:
        print(f"         request {request_id} is not counted as its journal says")
    if len(found.differing) > 20:
        print(f"         and {len(found.differing) - 20:,} more")
    if found.wrong_rows:
        print(f"         {found.wrong_rows:,} rows of the roll-ups are not the sum of the requests")
    if not found.is_right:
        print(f"         motcua reports rebuild --company {code} puts it right")
    return found.is_right


def rebuild(code: str) -> bool:
    """Work the company's figures out anew from its journals."""
    from motcua.companies.context import using_company
    from motcua.config import clock
    from motcua.reports import operations

    begun = time.monotonic()
    with using_company(code):
        done = operations.rebuild(at=clock.now())
    print(
        f"{code:8} {done.requests:,} journals replayed, {done.corrected:,} requests and {done.wrong_rows:,} rows corrected "
        f"({time.monotonic() - begun:.1f} s)", flush=True,
    )  # fmt: skip
    return True
