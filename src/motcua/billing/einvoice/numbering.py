"""Numbers: a series for each company and year, without gaps, in the order of days.

Whoever gives numbers holds the series' row, writes the invoices, and moves the row on, all in one transaction: a kill
takes back the numbers together with their invoices, and two who give at the same time wait for one another.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction

from motcua.billing.models import InvoiceSeller, InvoiceSeries
from motcua.billing.models.invoices import LARGEST_NUMBER
from motcua.kernel.results import Refused, gettext_noop

BATCH = 20_000
CODED, UNCODED = "C", "K"

# Bills of nothing need no invoice; one that adjusts waits for the invoice that it adjusts.
_ALLOT = """
WITH wanted AS (
    SELECT b.id, b.unit_code, b.account_code, b.total_vnd, b.kind, o.id AS original
      FROM billing_bill b LEFT JOIN billing_invoice o ON o.bill_id = b.corrects_id AND o.state <> 'CANCELLED'
     WHERE {which} AND b.state = 'ISSUED' AND b.total_vnd <> 0
       AND NOT EXISTS (SELECT FROM billing_invoice i WHERE i.bill_id = b.id)
       AND (b.kind <> 'ADJUSTMENT' OR o.id IS NOT NULL)
     ORDER BY b.id LIMIT %(limit)s
), numbered AS (
    INSERT INTO billing_invoice (id, bill_id, series_id, number, dated, unit_code, account_code, total_vnd, relation,
                                 relates_to_id, state, reason, numbered_at)
    SELECT uuidv7(), w.id, %(series)s, %(first)s - 1 + row_number() OVER (ORDER BY w.id), %(dated)s, w.unit_code,
           w.account_code, w.total_vnd,
           CASE WHEN w.original IS NULL THEN NULL WHEN w.kind = 'ADJUSTMENT' THEN 2 ELSE 1 END, w.original,
           'NUMBERED', '', %(at)s
      FROM wanted w
    RETURNING bill_id, number
), told AS (
    INSERT INTO billing_billevent (id, bill_id, kind, at, actor, data, key)
    SELECT uuidv7(), bill_id, 'INVOICED', %(at)s, 'system:einvoice',
           jsonb_build_object('form', %(form)s::text, 'symbol', %(symbol)s::text, 'number', number), 'invoiced:' || bill_id
      FROM numbered
)
SELECT count(*) FROM numbered
"""
_OF_RUN = "b.run_id = %(run)s"
_OF_IDS = "b.id = ANY(%(ids)s)"


class SeriesFull(Refused):
    code = "INVOICE_SERIES_FULL"
    message = gettext_noop("Ký hiệu %(symbol)s đã hết số; hãy đặt ký hiệu mới cho người bán.")


class DayBefore(Refused):
    code = "INVOICE_DAY_BEFORE"
    message = gettext_noop(
        "Ký hiệu %(symbol)s đã có hóa đơn ngày %(last)s, không lập thêm được ngày %(day)s."
    )


@transaction.atomic
def allot(
    *,
    seller: InvoiceSeller,
    run_id: UUID | None,
    bill_ids: Collection[UUID],
    dated: date,
    at: datetime,
    limit: int = BATCH,
) -> tuple[int, bool]:
    """Give the next numbers to these bills that have none, at most `limit`: how many, and whether more may wait.

    Refuses SeriesFull and DayBefore.
    """
    series = lock_series(seller, dated)
    if series.last_dated and dated < series.last_dated:
        raise DayBefore(symbol=series.symbol, last=f"{series.last_dated:%d/%m/%Y}", day=f"{dated:%d/%m/%Y}")
    most = min(limit, LARGEST_NUMBER + 1 - series.next_number)
    if not most:
        raise SeriesFull(symbol=series.symbol)
    values = {
        "run": run_id, "ids": list(bill_ids), "limit": most, "series": series.pk, "first": series.next_number,
        "dated": dated, "at": at, "form": series.form, "symbol": series.symbol,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_ALLOT.format(which=_OF_RUN if run_id else _OF_IDS), values)
        count = int(cursor.fetchone()[0])
    if count:
        series.next_number += count
        series.last_dated = dated
        series.save(update_fields=["next_number", "last_dated"])
    return count, count == most


def lock_series(seller: InvoiceSeller, dated: date) -> InvoiceSeries:
    """The series of a seller and a year, made when its first invoice comes, held until the transaction ends."""
    symbol = symbol_of(dated, seller.letters, coded=seller.coded)
    fresh = InvoiceSeries(form=seller.form, symbol=symbol, year=dated.year)
    InvoiceSeries.objects.bulk_create([fresh], ignore_conflicts=True)
    return InvoiceSeries.objects.select_for_update().get(form=seller.form, symbol=symbol)


def symbol_of(day: date, letters: str, *, coded: bool = False) -> str:
    """A series of a year: with the authority's code or without, of an enterprise, with two letters of its own. K26TTD."""
    return f"{CODED if coded else UNCODED}{day:%y}T{letters}"


_GAPS = """
SELECT s.form || s.symbol, count(i.id), coalesce(max(i.number), 0), s.next_number - 1,
       coalesce(bool_or(i.dated < i.before), false)
  FROM billing_invoiceseries s
  LEFT JOIN (SELECT id, series_id, number, dated, lag(dated) OVER (PARTITION BY series_id ORDER BY number) AS before
               FROM billing_invoice) i ON i.series_id = s.id
 GROUP BY s.id ORDER BY 1
"""


def list_faults() -> list[str]:
    """What is wrong with the numbers of the company: gaps, a series that is ahead, days out of order; hopefully nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_GAPS)
        rows = cursor.fetchall()
    faults = []
    for symbol, count, last, given, is_disordered in rows:
        if not count == last == given:
            faults.append(f"{symbol}: {count} invoices, last number {last}, {given} given")
        if is_disordered:
            faults.append(f"{symbol}: a later number has an earlier day")
    return faults
