"""`motcua shadow-bills FILE --company HANOI`: the highest demands measured, and what bills would be by prices on trial.

The file is CSV with a head: `account_code,month,kw` and, where an account is billed more often than monthly, `period`. Every row is
a transaction of its own; told again it changes nothing. What is owed never changes.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TextIO

from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble

if TYPE_CHECKING:
    from motcua.billing.models import ShadowBill

COLUMNS = ("account_code", "month", "kw")
_KW = re.compile(r"\d{1,7}(\.\d{1,2})?")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def run(told: argparse.Namespace) -> int:
    """Exit code 1 when a row was refused; the others count all the same."""
    from motcua.ops import database

    home = Home(told.home or os.environ.get("MOTCUA_HOME") or "var")
    with _opened(told.file) as file, database.entered(home):
        from motcua.companies import queries as company_queries
        from motcua.companies.context import using_company

        known = [company.code for company in company_queries.list_companies()]
        if told.company.upper() not in known:
            raise Trouble(f"There is no company {told.company}; known are {', '.join(known)}.", Exit.USAGE)
        with using_company(told.company.upper()):
            return take(file, source=os.path.basename(told.file))


def take(file: TextIO, *, source: str) -> int:
    """Every row of an open file in the company at hand; prints each and the sums."""
    from motcua.kernel.results import Refused

    made = refused = 0
    for number, row in _rows(file):
        try:
            shadows = _tell(row, source)
        except (Refused, ValueError) as problem:
            refused += 1
            print(f"row {number}: {problem}", file=sys.stderr)
            continue
        made += 1
        for shadow in shadows:
            difference = shadow.total_vnd - shadow.bill.total_vnd
            print(f"row {number}: {shadow.trial} {shadow.total_vnd:,} VND, {difference:+,} against the bill")
    print(f"{made:,} rows taken, {refused:,} refused")
    return int(Exit.FAILED if refused else Exit.OK)


def _tell(row: Mapping[str, str], source: str) -> list[ShadowBill]:
    from motcua.billing import operations, queries
    from motcua.config import clock
    from motcua.kernel.actors import Actor

    month, kw, period = _MONTH.fullmatch(row["month"]), row["kw"], row.get("period") or "1"
    if month is None:
        raise ValueError(f"month: {row['month']!r} is none, write YYYY-MM")
    if not _KW.fullmatch(kw):
        raise ValueError(f"kw: {kw!r} is no demand, write kilowatts with at most two decimals after a point")
    if period not in ("1", "2", "3"):
        raise ValueError(f"period: {period!r} is none of 1, 2, 3")
    bill = queries.find_standing(row["account_code"], date(int(month[1]), int(month[2]), 1), int(period))
    if bill is None:
        raise ValueError(f"account_code: {row['account_code']} has no bill of that month and period")
    return operations.tell_demand(
        bill_id=bill.id, kw_hundredths=int(Decimal(kw) * 100), source=source, actor=Actor.system("shadow-bills"), at=clock.now()
    )  # fmt: skip


def _rows(file: TextIO) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(file)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise Trouble(f"The file's first line lacks {', '.join(missing)}.", Exit.USAGE)
    for number, row in enumerate(reader, start=2):
        yield number, {name: (row.get(name) or "").strip() for name in (*COLUMNS, "period")}


@contextmanager
def _opened(name: str) -> Iterator[TextIO]:
    """The file, or the input for `-`."""
    if name == "-":
        yield sys.stdin
        return
    try:
        with open(name, encoding="utf-8-sig", newline="") as file:
            yield file
    except OSError as error:
        raise Trouble(f"{name} cannot be read: {error.strerror}.", Exit.USAGE) from None
