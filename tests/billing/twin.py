"""Cases rated by the pure rule and by its twin in SQL, in one shape."""

from django.db import connection, transaction

from motcua.billing import set_rating
from motcua.billing.rules import rating
from motcua.kernel.results import Refused


def by_rule(case, book):
    """(code, None) of a refusal, or (lines, bill) as the tables write them."""
    try:
        bill = rating.rate(case, book)
    except Refused as refusal:
        return refusal.code, None
    lines = sorted(
        (x.start, x.end, x.part.value, x.tier, x.kwh_parts, x.unit, x.price_vnd, x.amount_vnd, x.group, x.decision, x.relief,
         x.kw_hundredths or 0)
        for x in bill.lines
    )  # fmt: skip
    return lines, (
        bill.active_vnd, bill.capacity_vnd, int(bill.reactive_percent * 100), bill.reactive_vnd, bill.subtotal_vnd,
        int(bill.vat_rate * 1_000_000), bill.vat_vnd, bill.total_vnd,
    )  # fmt: skip


def by_table(staged, book):
    """The same for every case, from the database."""
    with transaction.atomic(), connection.cursor() as cursor:
        set_rating.open_stage()
        set_rating.stage(enumerate(staged))
        counted = set_rating.rate_staged(book)
        cursor.execute("SELECT case_id, code FROM rating_refused")
        refused = dict(cursor.fetchall())
        cursor.execute("SELECT * FROM rating_bill")
        bills = {row[0]: tuple(row[1:]) for row in cursor.fetchall()}
        cursor.execute("SELECT * FROM rating_line")
        lines = {}
        for case_id, *line in cursor.fetchall():
            lines.setdefault(case_id, []).append((*line[:-1], line[-1] or 0))
        transaction.set_rollback(True)
    assert (counted.bills, counted.refused) == (len(bills), len(refused))
    assert counted.lines == sum(map(len, lines.values()))
    assert not bills.keys() & refused.keys()
    return [
        (refused[i], None) if i in refused else (sorted(lines.get(i, [])), bills[i])
        for i in range(len(staged))
    ]
