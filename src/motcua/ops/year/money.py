"""`motcua year-2018 --money`: bills raised and paid by the operations; the board of money must then say what went in.

Every act has a key of its own, so that a run that was killed is begun again from its month and does nothing twice.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import connection, transaction

from motcua.companies.context import using_company
from motcua.kernel import codes
from motcua.kernel.actors import Actor
from motcua.ledger import chart
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ops.year import money_plan, play
from motcua.ops.year.money_plan import Bill
from motcua.payments import operations as payment_ops
from motcua.reports.money import counting
from motcua.reports.money import queries as money_queries
from motcua.reports.money.definitions import MEASURES
from motcua.reports.money.ways import CASHLESS, Way
from motcua.reports.rules import Window

STAFF = Actor.system("year-2018")
YEAR = Window(date(2018, 1, 1), date(2019, 1, 1))
BY = ("unit_code", "way", "channel", "month")
Progress = Callable[[str], None]
Sums = Counter[tuple[str, Any, str]]


def play_company(
    code: str, *, scale: float, done: int, note: Callable[[int], None], progress: Progress
) -> None:
    """Raise and pay the months from the one at place `done` on; `note` keeps how many are played."""
    customers = money_plan.size(code, scale)
    for place, month in list(enumerate(money_plan.MONTHS))[done:]:
        begun = time.monotonic()
        with using_company(code):
            where = play.places()
            bills = money_plan.bills(code, month, customers, [one.weight for one in where])
            _raise(bills, where)
            for bill in bills:
                _pay(bill)
        note(place + 1)
        took = time.monotonic() - begun
        progress(f"  {code} {month:%m/%Y}: {len(bills):,} bills in {took:.0f} s, {len(bills) / took:.0f}/s")


def charge_id(bill: Bill) -> UUID:
    return uuid5(NAMESPACE_URL, f"motcua:year:{bill.company}:{bill.customer}:{bill.month}")


def customer_id(bill: Bill) -> UUID:
    return uuid5(NAMESPACE_URL, f"motcua:year:{bill.company}:{bill.customer}")


def _raise(bills: Iterable[Bill], where: list[play.Place]) -> None:
    """Those issued on one day in one booking, as a bill run does it."""
    by_day: dict[date, list[Bill]] = {}
    for bill in bills:
        by_day.setdefault(bill.issued_at.date(), []).append(bill)
    for day, found in by_day.items():
        with transaction.atomic():
            ledger_ops.open_stage()
            with connection.cursor() as cursor, cursor.copy("COPY ledger_to_raise FROM STDIN") as copy:
                for bill in found:
                    unit = where[bill.unit].unit_code
                    copy.write_row(
                        (charge_id(bill), bill.net_vnd, "0.1000", bill.vat_vnd, customer_id(bill),
                         codes.make_account_code(unit, bill.customer + 1), unit, bill.due_at, f"{bill.month:%m/%Y}")
                    )  # fmt: skip
            ledger_ops.raise_staged(
                kind="TD", actor=STAFF, at=found[0].issued_at, key=f"year-money:{found[0].month}:{day}"
            )


def _pay(bill: Bill) -> None:
    if bill.paid_at is None:
        return
    charge = ledger_queries.get_charge(charge_id(bill))
    if bill.way is Way.CASH:
        ledger_ops.settle_charge(
            charge_id=charge.id, amount_vnd=bill.total_vnd, clearing_account=chart.CASH, reference="year-2018", actor=STAFF,
            at=bill.paid_at, key=f"year-money:cash:{charge.id}",
        )  # fmt: skip
        return
    stored = payment_ops.store_notification(
        bank=bill.bank, txn_id=f"Y{charge.id.hex}", amount_vnd=bill.total_vnd, text=charge.payment_code, paid_at=bill.paid_at,
        raw_sha256="0" * 64, channel=bill.channel, at=bill.paid_at,
    )  # fmt: skip
    payment_ops.process_notification(stored.id, at=bill.paid_at)


def compare(codes_: Iterable[str], *, scale: float, at: Any) -> tuple[list[str], int]:
    """Count the companies' money again, and lay the board beside what went in: lines to print, how many sums differ."""
    lines: list[str] = []
    differing = 0
    for code in codes_:
        with using_company(code):
            for window in (Window.month(date(2015, 12, 1)), YEAR):
                counting.recount(window=window, at=at)
            where = play.places()
            weights = [one.weight for one in where]
            windows = {
                "12/2015": Window.month(date(2015, 12, 1)), "12/2018": Window.month(date(2018, 12, 1)), "2018": YEAR,
            }  # fmt: skip
            for name, window in windows.items():
                bills = money_plan.all_bills(code, scale, weights)
                went_in, told = put_in(bills, where, window), on_board(code, window)
                wrong = [key for key in went_in.keys() | told.keys() if went_in[key] != told[key]]
                differing += len(wrong)
                lines += [
                    f"  {code} {name} {key}: went in {went_in[key]:,}, the board says {told[key]:,}" for key in sorted(wrong, key=str)[:20]
                ]  # fmt: skip
                lines.append(
                    _line(
                        code, name, money_queries.total(window=window, filters={"company_code": code}).figures
                    )
                )
    return lines, differing


def put_in(bills: Iterable[Bill], where: list[play.Place], window: Window) -> Sums:
    """What the bills add up to in a window, in all ("", "") and by each dimension."""
    sums: Sums = Counter()
    billed: set[int] = set()
    online: set[int] = set()
    for bill in bills:
        unit = where[bill.unit].unit_code
        issued, paid = bill.issued_at.date(), bill.paid_at.date() if bill.paid_at else None
        if window.start <= issued < window.end:
            billed.add(bill.customer)
            for dimension, key in (("", ""), ("unit_code", unit), ("month", issued.replace(day=1))):
                sums[dimension, key, "billed"] += 1
                sums[dimension, key, "billed_vnd"] += bill.total_vnd
        if paid is None or not window.start <= paid < window.end:
            continue
        if bill.way is Way.ONLINE:
            online.add(bill.customer)
        values = {
            "": "",
            "unit_code": unit,
            "way": bill.way.value,
            "channel": bill.bank,
            "month": paid.replace(day=1),
        }
        for dimension, key in values.items():
            for measure, value in _paid(bill, (paid - issued).days).items():
                sums[dimension, key, measure] += value
    sums["", "", "with_bill"], sums["", "", "payers_online"] = len(billed), len(billed & online)
    return +sums


def _paid(bill: Bill, days: int) -> Mapping[str, int]:
    found = {"paid": 1, "paid_vnd": bill.total_vnd, "days": days}
    if bill.way in CASHLESS:
        found |= {"cashless": 1, "cashless_vnd": bill.total_vnd}
    if bill.way is Way.ONLINE:
        found |= {"online": 1, "online_vnd": bill.total_vnd}
    return found


def on_board(code: str, window: Window) -> Sums:
    """What the board says, in all and by each dimension."""
    filters = {"company_code": code}
    sums: Sums = Counter()
    rows = [("", "", money_queries.total(window=window, filters=filters).sums)]
    for by in BY:
        rows += [
            (by, row.key, row.sums) for row in money_queries.board(by=by, window=window, filters=filters)
        ]
    for dimension, key, told in rows:
        for name in MEASURES:
            if dimension and name in ("with_bill", "payers_online"):
                continue  # of units they are counted apart: one customer may stand under several
            sums[dimension, key, name] += told.get(name, 0)
    return +sums


def _line(code: str, name: str, figures: Mapping[str, float | None]) -> str:
    def shown(figure: str) -> str:
        value = figures[figure]
        return "–" if value is None else f"{value:.2f} %"

    return (
        f"  {code:6} {name:8} cashless by bills {shown('CASHLESS_BILLS')}, by money {shown('CASHLESS_MONEY')}; "
        f"customers online {shown('ONLINE_PAYERS')}, bills online {shown('ONLINE_BILLS')}"
    )
