"""Keeping the money figures equal to the ledger: whole days are counted again, which may be done as often as one likes.

A day is touched by what was booked since the last count; today and yesterday are counted every time. Bookings that commit
late are caught by reading a margin of numbers again. Lock: the company's `MoneyReach` row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from django.db import connection, transaction

from motcua.companies.context import current_company_code
from motcua.kernel.local_time import day_bounds, local_date
from motcua.reports.money import ways
from motcua.reports.money.models import MoneyDay, MoneyReach
from motcua.reports.rules import Window, next_month

MARGIN = 5_000
EVERY = timedelta(hours=1)

# Days that bookings touch: of the booking itself, and of what it undoes (a reversal takes a bill from the day it was paid on,
# a cancelled charge from the day it was raised).
TOUCHED = """
SELECT DISTINCT d.day FROM ledger_ledgertransaction t
LEFT JOIN ledger_ledgertransaction o ON o.id = t.reverses_id
LEFT JOIN ledger_charge c ON c.id = t.charge_id AND t.kind = 'CANCEL'
CROSS JOIN LATERAL (VALUES (t.business_date), (o.business_date),
                           ((c.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)) d(day)
WHERE t.number > %s AND d.day IS NOT NULL
"""
# The booking that made the charge whole is its last standing SETTLE; how the payer paid is said by the bank's notice that the
# booking's money came from.
PAID = """
FROM ledger_charge c
JOIN LATERAL (
    SELECT t.id, p.account_id FROM ledger_ledgertransaction t
    JOIN ledger_posting p ON p.transaction_id = t.id AND p.side = 'D'
    WHERE t.charge_id = c.id AND t.kind = 'SETTLE'
      AND NOT EXISTS (SELECT FROM ledger_ledgertransaction r WHERE r.reverses_id = t.id)
    ORDER BY t.number DESC LIMIT 1
) s ON true
LEFT JOIN LATERAL (
    SELECT m.bank, n.channel,
           EXISTS (SELECT FROM payments_gateway g WHERE g.code = m.bank) AS is_gateway
    FROM payments_allocation a
    JOIN payments_payment m ON m.id = a.payment_id
    JOIN payments_banknotification n ON n.id = m.notification_id
    WHERE a.ledger_transaction_id = s.id AND a.target = 'CHARGE' LIMIT 1
) b ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN s.account_id LIKE '111%%' THEN 'CASH' WHEN s.account_id = '3387' THEN 'CREDIT'
                WHEN b.is_gateway THEN 'ONLINE'
                ELSE coalesce(%(of_channel)s::jsonb ->> coalesce(b.channel, ''), 'UNSAID') END AS way,
           coalesce(b.bank, CASE WHEN s.account_id LIKE '138-%%' THEN substr(s.account_id, 5) ELSE '' END) AS channel
) w
WHERE c.kind = 'TD' AND c.status = 'PAID' AND c.paid_at >= %(starts)s AND c.paid_at < %(ends)s
"""
DAYS = f"""
INSERT INTO public.reports_moneyday (company_code, day, unit_code, way, channel, billed, billed_vnd, paid, paid_vnd, days)
SELECT %(company)s, day, unit_code, way, channel, sum(billed), sum(billed_vnd), sum(paid), sum(paid_vnd), sum(days)
FROM (
    SELECT (created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, unit_code, '' AS way, '' AS channel, count(*) AS billed,
           sum(total_vnd) AS billed_vnd, 0 AS paid, 0 AS paid_vnd, 0 AS days
    FROM ledger_charge
    WHERE kind = 'TD' AND status <> 'CANCELLED' AND created_at >= %(starts)s AND created_at < %(ends)s
    GROUP BY 1, 2
    UNION ALL
    SELECT (c.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, c.unit_code, w.way, w.channel, 0, 0, count(*), sum(c.total_vnd),
           sum((c.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date - (c.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)
    {PAID}
    GROUP BY 1, 2, 3, 4
) found
GROUP BY day, unit_code, way, channel
"""  # noqa: S608 - the parts are ours
# Customers with a bill of the window, and those of them who paid one online in it.
PAYERS = f"""
WITH billed AS (
    SELECT DISTINCT unit_code, customer_id FROM ledger_charge
    WHERE kind = 'TD' AND status <> 'CANCELLED' AND customer_id IS NOT NULL
      AND created_at >= %(starts)s AND created_at < %(ends)s
), online AS (
    SELECT DISTINCT c.unit_code, c.customer_id {PAID} AND w.way = 'ONLINE' AND c.customer_id IS NOT NULL
)
INSERT INTO public.reports_moneypayers (company_code, month, of_year, unit_code, with_bill, online)
SELECT %(company)s, %(month)s, %(of_year)s, coalesce(b.unit_code, ''), count(DISTINCT b.customer_id),
       count(DISTINCT o.customer_id)
FROM billed b LEFT JOIN online o ON o.customer_id = b.customer_id AND o.unit_code = b.unit_code
GROUP BY GROUPING SETS ((b.unit_code), ())
HAVING count(*) > 0
"""  # noqa: S608 - the parts are ours
DEBT = """
INSERT INTO public.reports_moneydebt (company_code, unit_code, age, bills, owed_vnd, as_of)
SELECT %(company)s, unit_code, CASE {cases} ELSE 'NOT_DUE' END, count(*), sum(total_vnd - paid_vnd), %(at)s
FROM ledger_charge
WHERE kind = 'TD' AND status = 'OPEN'
GROUP BY 1, 2, 3
"""


def count(*, at: datetime) -> int:
    """Count the days that bookings touched since the last time; payers and debt once an hour. How many days."""
    with transaction.atomic():
        MoneyReach.objects.get_or_create(id=1)
        reach = MoneyReach.objects.select_for_update().get(id=1)
        touched, last = _touched(reach.number)
        today = local_date(at)
        days = sorted({*touched, today, today - timedelta(days=1)})
        for window in _windows(days):
            count_days(window)
        if reach.payers_at is None or at - reach.payers_at >= EVERY:
            for month in sorted({day.replace(day=1) for day in days}):
                count_payers(month)
            _count_debt(at)
            reach.payers_at = at
        reach.number, reach.counted_at = max(reach.number, last - MARGIN), at
        reach.save()
    return len(touched)


def recount(*, window: Window, at: datetime) -> None:
    """Count every day and month of a window again, from the ledger alone; and today's debt."""
    with transaction.atomic():
        MoneyReach.objects.get_or_create(id=1)
        MoneyReach.objects.select_for_update().get(id=1)
        count_days(window)
        month = window.start.replace(day=1)
        while month < window.end:
            count_payers(month)
            month = next_month(month)
        _count_debt(at)


def count_days(window: Window) -> None:
    """Count each day of a window again; run it under the lock of `count`."""
    company = current_company_code()
    MoneyDay.objects.filter(company_code=company, day__gte=window.start, day__lt=window.end).delete()
    with connection.cursor() as cursor:
        cursor.execute(DAYS, _values(window))


def count_payers(month: date) -> None:
    """Distinct customers of a month, and of the year up to it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM public.reports_moneypayers WHERE company_code = %s AND month = %s",
            [current_company_code(), month],
        )
        for of_year in (False, True):
            window = Window.year_to_date(month) if of_year else Window.month(month)
            cursor.execute(PAYERS, {**_values(window), "month": month, "of_year": of_year})


def _count_debt(at: datetime) -> None:
    today = local_date(at)
    later = [(name, days) for name, days in reversed(ways.AGES) if days is not None]
    cases = " ".join(
        f"WHEN due_at < ((%(today)s::date - {days - 1})::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh') THEN '{name}'"
        for name, days in later
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM public.reports_moneydebt WHERE company_code = %s", [current_company_code()]
        )
        cursor.execute(
            DEBT.format(cases=cases), {"company": current_company_code(), "at": at, "today": today}
        )


def _touched(after: int) -> tuple[set[date], int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(number), 0) FROM ledger_ledgertransaction")
        (last,) = cursor.fetchone()
        cursor.execute(TOUCHED, [after])
        return {row[0] for row in cursor.fetchall()}, int(last)


def _values(window: Window) -> dict[str, Any]:
    return {
        "company": current_company_code(), "starts": day_bounds(window.start)[0], "ends": day_bounds(window.end)[0],
        "of_channel": orjson.dumps(ways.OF_CHANNEL).decode(),
    }  # fmt: skip


def _windows(days: Collection[date]) -> Iterable[Window]:
    """The days as few windows: those that follow each other together."""
    start = last = None
    for day in sorted(days):
        if start is None or last is None:
            start = day
        elif (day - last).days > 1:
            yield Window(start, last + timedelta(days=1))
            start = day
        last = day
    if start is not None and last is not None:
        yield Window(start, last + timedelta(days=1))
