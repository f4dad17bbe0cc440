"""A bank's day as we count it: its lines, its file, and how it differs from what the bank counts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from motcua.companies import context
from motcua.kernel import hashing, local_time
from motcua.ledger import queries as ledger_queries
from motcua.payments import banking, partner_queries
from motcua.payments.models import BankDay, BankDayLine, BankNotification, Payment
from motcua.payments.partner_queries import PartnerView

COLUMNS = (
    "line", "txn_id", "kind", "original_txn_id", "charge_id", "payment_code", "amount_vnd", "channel", "paid_at",
    "received_at", "state", "receipt_no", "ledger_txn_id",
)  # fmt: skip
LINES_AT_ONCE = 2000


@dataclass(frozen=True)
class DayLine:
    """A transaction of a bank's day. `state`: paid, reversed, pending, waiting."""

    txn_id: str
    kind: str
    original_txn_id: str
    charge_id: str
    payment_code: str
    amount_vnd: int
    channel: str
    paid_at: datetime
    received_at: datetime
    state: str
    receipt_no: str
    ledger_txn_id: str


@dataclass(frozen=True)
class Difference:
    """A transaction on which the two counts do not agree: missing_here, missing_there, amount_differs, kind_differs."""

    txn_id: str
    what: str
    here_vnd: int | None
    there_vnd: int | None


@dataclass(frozen=True)
class DayFile:
    """The file of a bank's day. Not final while the day lasts: lines may still come."""

    name: str
    body: bytes
    is_final: bool
    count: int


def is_over(partner: PartnerView, day: date, *, at: datetime) -> bool:
    return at >= banking.day_ends(day, partner_queries.list_cut_offs(partner.code))


def list_lines(partner: PartnerView, day: date) -> Iterator[DayLine]:
    """What the bank told us on that day of its own, in the order it came."""
    begins, ends = banking.day_span(day, partner_queries.list_cut_offs(partner.code))
    rows = BankNotification.objects.filter(
        bank=partner.bank, received_at__gte=begins, received_at__lt=ends
    ).order_by("received_at", "id")
    batch: list[BankNotification] = []
    for row in rows.iterator(chunk_size=LINES_AT_ONCE):
        batch.append(row)
        if len(batch) == LINES_AT_ONCE:
            yield from _lines(batch)
            batch = []
    yield from _lines(batch)


def _lines(rows: list[BankNotification]) -> Iterator[DayLine]:
    payments = {
        payment.notification_id: payment
        for payment in Payment.objects.filter(notification__in=[row.id for row in rows])
    }
    charge_ids = [row.charge_id for row in rows if row.charge_id]
    charges = {charge.id: charge.payment_code for charge in ledger_queries.list_charges_by_id(charge_ids)}
    for row in rows:
        payment = payments.get(row.id)
        yield DayLine(
            txn_id=row.txn_id,
            kind=row.kind.lower(),
            original_txn_id=row.original_txn_id,
            charge_id=str(row.charge_id or ""),
            payment_code=charges.get(row.charge_id, "") if row.charge_id else "",
            amount_vnd=row.amount_vnd,
            channel=row.channel,
            paid_at=row.paid_at,
            received_at=row.received_at,
            state=_state(row, payment),
            receipt_no=str(row.id),
            ledger_txn_id=str(payment.ledger_transaction_id) if payment else "",
        )


def _state(row: BankNotification, payment: Payment | None) -> str:
    if payment is not None:
        return "reversed" if payment.status == "REVERSED" else "paid"
    return {"PROCESSED": "reversed", "WAITING": "waiting"}.get(row.state, "pending")


def file_name(partner: PartnerView, day: date) -> str:
    """MOTCUA_<company>_<bank>_<yyyymmdd>.csv"""
    return f"MOTCUA_{context.current_company_code()}_{partner.bank}_{day:%Y%m%d}.csv"


def make_file(partner: PartnerView, day: date, *, at: datetime) -> DayFile:
    """The day as CSV: a header, a line each transaction, and a last line with counts, sums and the hash of the rest."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count, sums = 0, {"receipt": 0, "reversal": 0}
    for count, line in enumerate(list_lines(partner, day), 1):
        sums[line.kind] += line.amount_vnd
        writer.writerow(
            [
                count, line.txn_id, line.kind, line.original_txn_id, line.charge_id, line.payment_code, line.amount_vnd,
                line.channel, _told(line.paid_at), _told(line.received_at), line.state, line.receipt_no, line.ledger_txn_id,
            ]
        )  # fmt: skip
    lines = out.getvalue()
    trailer = ["#", count, sums["receipt"], sums["reversal"], hashing.sha256_hex(lines)]
    writer.writerow(trailer)
    return DayFile(file_name(partner, day), out.getvalue().encode(), is_over(partner, day, at=at), count)


def _told(at: datetime) -> str:
    return local_time.to_local(at).isoformat(timespec="seconds")


def list_differences(partner: PartnerView, day: date) -> tuple[int, list[Difference]]:
    """How many transactions both sides count alike, and those they do not, by id."""
    here = {line.txn_id: line for line in list_lines(partner, day)}
    there = {line.txn_id: line for line in BankDayLine.objects.filter(partner_id=partner.code, day=day)}
    found: list[Difference] = []
    matched = 0
    for txn_id in sorted(here.keys() | there.keys()):
        ours, theirs = here.get(txn_id), there.get(txn_id)
        if ours is None or theirs is None:
            what = "missing_here" if ours is None else "missing_there"
        elif ours.kind != theirs.kind:
            what = "kind_differs"
        elif ours.amount_vnd != theirs.amount_vnd:
            what = "amount_differs"
        else:
            matched += 1
            continue
        found.append(
            Difference(txn_id, what, ours.amount_vnd if ours else None, theirs.amount_vnd if theirs else None)
        )
    return matched, found


def list_days(code: str, *, limit: int = 31) -> list[BankDay]:
    """The days a bank has told its own count of, the newest first."""
    return list(BankDay.objects.filter(partner_id=code).order_by("-day")[:limit])
