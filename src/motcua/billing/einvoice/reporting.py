"""Telling the tax authority: messages made from signed invoices, sent at least once, decided by what is heard.

A message is a row with its exact bytes before it is sent. What comes back is a row under its own key before it is
worked off. `connectors.einvoice` carries both over the wire.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import structlog
from django.db import connection, transaction
from django.db.models import Max

from motcua.billing.einvoice import certificates, drafting, formats, issuing, messages
from motcua.billing.einvoice.certificates import Held
from motcua.billing.einvoice.messages import NoticeItem, SummaryHead, SummaryRow
from motcua.billing.einvoice.numbering import CODED, UNCODED
from motcua.billing.models import (
    Invoice,
    InvoiceContent,
    InvoiceSeller,
    InvoiceState,
    MessageState,
    ReportWay,
    TaxMessage,
)
from motcua.config import jobs
from motcua.kernel import ids
from motcua.kernel.hashing import sha256_hex
from motcua.kernel.local_time import local_date

log = structlog.get_logger(__name__)

SEND_JOB = "tax-messages"
CLAIM_FOR = timedelta(seconds=90)
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=30), timedelta(hours=1)
MAX_ATTEMPTS = 40  # the last ones an hour apart: more than a day
CODE_BATCH, DATA_BATCH, SUMMARY_BATCH = 100, 100, 10_000
LAST_SUPPLEMENT = 999
LOOKED_DAYS = 62
UNRECEIVED = (MessageState.READY, MessageState.SENDING, MessageState.SENT, MessageState.DEAD)


@transaction.atomic
def report_next(*, at: datetime) -> int:
    """Put the signed invoices that wait into one message, ready to be sent; how many invoices."""
    seller = issuing.find_seller(local_date(at))
    held = certificates.find_signer(seller.tax_code, at) if seller else None
    if seller is None or held is None:
        return 0
    _hold_reports()
    if count := _ask_for_codes(seller, at):
        return count
    if seller.way == ReportWay.DATA:
        return _report_data(seller, at)
    return _report_summary(seller, held, at)


def _hold_reports() -> None:
    """One maker of messages at a time: tables are numbered one after the other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':tax-reports', 0))"
        )


def _ask_for_codes(seller: InvoiceSeller, at: datetime) -> int:
    """Each signed invoice of a coded series in a message of its own: it comes back with its code, or with why not."""
    invoices = _signed_ones(CODE_BATCH, coded=True)
    contents = _contents_of(invoices)
    version = formats.format_on(local_date(at)).message
    for invoice in invoices:
        message = add_message(
            kind=messages.CODE,
            version=version,
            seller=seller,
            documents=[contents[invoice.id]],
            at=at,
            count=1,
        )
        _reported([invoice], message)
    return len(invoices)


def _contents_of(invoices: Sequence[Invoice]) -> dict[UUID, bytes]:
    """Their signed files, in one query."""
    rows = InvoiceContent.objects.filter(invoice__in=invoices)
    return {row.invoice_id: zlib.decompress(row.packed) for row in rows}


def _report_data(seller: InvoiceSeller, at: datetime) -> int:
    invoices = _signed_ones(DATA_BATCH)
    if not invoices:
        return 0
    contents = _contents_of(invoices)
    version = formats.format_on(local_date(at)).message
    message = add_message(
        kind=messages.DATA, version=version, seller=seller, documents=[contents[one.id] for one in invoices], at=at,
        count=len(invoices),
    )  # fmt: skip
    _reported(invoices, message)
    return len(invoices)


def _report_summary(seller: InvoiceSeller, held: Held, at: datetime) -> int:
    """A table of the oldest day (or month) that may have one now."""
    signed = Invoice.objects.filter(state=InvoiceState.SIGNED).exclude(series__symbol__startswith=CODED)
    signed = signed.order_by("dated")
    seen = set()
    for day in signed.values_list("dated", flat=True).distinct()[:LOOKED_DAYS]:
        start, end, period = period_of(day, seller.period_kind)
        key = f"{seller.period_kind} {period}"
        if key in seen or TaxMessage.objects.filter(period=key, state__in=UNRECEIVED).exists():
            continue  # tables of a period are told in their order: the next when the one before was received
        seen.add(key)
        if count := _report_period(seller, held, (start, end), period, at):
            return count
    return 0


def _report_period(
    seller: InvoiceSeller, held: Held, days: tuple[date, date], period: str, at: datetime
) -> int:
    """A table of a period's signed invoices; not too soon after the one before, unless it is full."""
    key = f"{seller.period_kind} {period}"
    invoices = _signed_ones(SUMMARY_BATCH, start=days[0], end=days[1])
    told = TaxMessage.objects.filter(period=key).aggregate(at=Max("created_at"), last=Max("supplement"))
    is_soon = told["at"] is not None and at < told["at"] + timedelta(minutes=seller.report_minutes)
    if not invoices or (is_soon and len(invoices) < SUMMARY_BATCH):
        return 0
    supplement = 0 if told["last"] is None else told["last"] + 1
    if supplement > LAST_SUPPLEMENT:
        log.error("tax-summary.full", period=key)
        return 0
    table = (TaxMessage.objects.aggregate(last=Max("table"))["last"] or 0) + 1
    version = formats.format_on(local_date(at)).message
    head = SummaryHead(
        version, table, seller.period_kind, period, supplement, local_date(at), seller.name, seller.tax_code
    )
    document = messages.write_summary(head, _rows(invoices), signer=held.signer, at=at)
    message = add_message(
        kind=messages.SUMMARY, version=version, seller=seller, documents=[document], at=at, count=len(invoices),
        table=table, period=key, supplement=supplement,
    )  # fmt: skip
    _reported(invoices, message)
    return len(invoices)


def period_of(day: date, kind: str) -> tuple[date, date, str]:
    """The period around a day: its first day, the day after its last, and how a table writes it (KDLieu)."""
    if kind == "T":
        start = day.replace(day=1)
        end = (start + timedelta(days=32)).replace(day=1)
        return start, end, f"{day:%m/%Y}"
    return day, day + timedelta(days=1), f"{day:%d/%m/%Y}"


def _signed_ones(
    limit: int, *, start: date | None = None, end: date | None = None, coded: bool = False
) -> list[Invoice]:
    rows = Invoice.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=InvoiceState.SIGNED, series__symbol__startswith=CODED if coded else UNCODED
    )
    if start and end:
        rows = rows.filter(dated__gte=start, dated__lt=end)
    rows = rows.select_related("series", "bill", "relates_to__series")
    return list(rows.order_by("dated", "series_id", "number")[:limit])


def _rows(invoices: Sequence[Invoice]) -> list[SummaryRow]:
    buyers = drafting.buyers_of([invoice.bill for invoice in invoices])
    return [
        _row(invoice, buyers[invoice.bill_id].name, buyers[invoice.bill_id].tax_code) for invoice in invoices
    ]


def _row(invoice: Invoice, buyer: str, buyer_tax_code: str) -> SummaryRow:
    bill, to = invoice.bill, invoice.relates_to
    return SummaryRow(
        form=invoice.series.form, symbol=invoice.series.symbol, number=invoice.number, dated=invoice.dated, buyer=buyer,
        buyer_tax_code=buyer_tax_code, customer_code=invoice.account_code, kwh=bill.kwh, subtotal_vnd=bill.subtotal_vnd,
        vat_rate=bill.vat_rate, vat_vnd=bill.vat_vnd, total_vnd=bill.total_vnd, state={None: 0, 1: 3, 2: 2}[invoice.relation],
        related=(to.series.form, to.series.symbol, to.number) if to else None, note=bill.reason,
    )  # fmt: skip


def _reported(invoices: Sequence[Invoice], message: TaxMessage) -> None:
    Invoice.objects.filter(id__in=[one.id for one in invoices]).update(
        state=InvoiceState.REPORTED, message=message, reason="", decided_at=None
    )


def add_message(
    *, kind: str, version: str, seller: InvoiceSeller, documents: Sequence[bytes], count: int, at: datetime,
    table: int | None = None, period: str = "", supplement: int | None = None,
) -> TaxMessage:  # fmt: skip
    """A message checked against the format and ready to be sent. Raises schema.Misshapen."""
    mtdiep = messages.new_mtdiep(seller.tax_code)
    content = messages.envelope(
        version=version, kind=kind, mtdiep=mtdiep, tax_code=seller.tax_code, documents=documents
    )
    messages.check(content, version=version, kind=kind)
    row = TaxMessage.objects.create(
        id=ids.new_id(at), mtdiep=mtdiep, kind=kind, documents=count, packed=zlib.compress(content, 6), table=table,
        period=period, supplement=supplement, next_at=at, created_at=at,
    )  # fmt: skip
    jobs.wake(SEND_JOB)
    return row


# ---- sending: the connector claims, sends, records


@dataclass(frozen=True)
class Outgoing:
    """A message on its way: who claimed it, its bytes."""

    id: UUID
    claim: UUID
    mtdiep: str
    content: bytes


_CLAIM = """
UPDATE billing_taxmessage SET state = CASE WHEN state = 'READY' THEN 'SENDING' ELSE state END, claim = %(claim)s,
       claimed_until = %(until)s, attempts = attempts + 1
 WHERE id = (SELECT id FROM billing_taxmessage
              WHERE state IN ('READY', 'SENDING', 'SENT') AND next_at <= %(at)s
                AND (claimed_until IS NULL OR claimed_until <= %(at)s)
              ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, mtdiep, packed
"""


def claim_next(at: datetime) -> Outgoing | None:
    """The next message that is due, ours until its lease ends: new ones, and sent ones whose receipt did not come."""
    claim = uuid4()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"claim": claim, "until": at + CLAIM_FOR, "at": at})
        row = cursor.fetchone()
    return Outgoing(row[0], claim, row[1], zlib.decompress(row[2])) if row else None


@transaction.atomic
def record_sent(outgoing: Outgoing, *, is_taken: bool, reason: str, at: datetime) -> None:
    """What came of one sending. Without a receipt the same bytes go again later, under the same MTDiep."""
    row = TaxMessage.objects.select_for_update().filter(id=outgoing.id, claim=outgoing.claim).first()
    if row is None:  # our lease ran out and another sent it
        return
    row.claim, row.claimed_until = None, None
    if row.state in (MessageState.SENDING, MessageState.SENT, MessageState.READY):
        row.reason = reason[:300]
        row.next_at = at + retry_delay(row.attempts, row.mtdiep)
        if is_taken:
            row.state, row.sent_at = MessageState.SENT, row.sent_at or at
        elif row.state == MessageState.SENDING:
            row.state = MessageState.READY
        if row.attempts >= MAX_ATTEMPTS:
            row.state = MessageState.DEAD
            log.error("tax-message.dead", message_id=str(row.id), reason=row.reason)
    row.save()


def retry_delay(attempts: int, seed: str) -> timedelta:
    """Doubling up to an hour, with jitter of up to half that the seed decides."""
    base: timedelta = min(FIRST_DELAY * 2 ** min(max(attempts - 1, 0), 20), LONGEST_DELAY)
    return base * (1 + int(sha256_hex(f"{seed}:{attempts}")[:2], 16) / 510)


# ---- error notices


def add_notice_message(
    *, seller: InvoiceSeller, held: Held, invoice: Invoice, act: int, reason: str, at: datetime
) -> TaxMessage:
    """The message that tells of an invoice's error (300)."""
    version = formats.format_on(local_date(at)).message
    number = sha256(f"{invoice.id}{at.isoformat()}".encode()).hexdigest()[:16].upper()
    item = NoticeItem(
        invoice.series.form,
        invoice.series.symbol,
        invoice.number,
        invoice.dated,
        act,
        reason,
        invoice.authority_code,
    )
    document = messages.write_notice(
        version=version, items=[item], number=number, name=seller.name, tax_code=seller.tax_code,
        office=(seller.office_code, seller.office_name), place=seller.place, signer=held.signer, at=at,
    )  # fmt: skip
    return add_message(
        kind=messages.NOTICE, version=version, seller=seller, documents=[document], count=1, at=at
    )
