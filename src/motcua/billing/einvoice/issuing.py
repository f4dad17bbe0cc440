"""From issued bills to signed invoices: orders written with the bills, numbers in batches, signatures in batches."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

import structlog
from django.db import transaction
from lxml import etree

from motcua.billing import registry
from motcua.billing.einvoice import (
    certificates,
    document,
    drafting,
    formats,
    numbering,
    parsing,
    schema,
    signing,
)
from motcua.billing.einvoice.drafting import Numbered
from motcua.billing.models import (
    Bill,
    Invoice,
    InvoiceContent,
    InvoiceEvent,
    InvoiceOrder,
    InvoiceSeller,
    InvoiceState,
)
from motcua.config import jobs
from motcua.kernel import ids
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import instant, local_date

log = structlog.get_logger(__name__)

SYSTEM = Actor.system("einvoice")
NUMBER_JOB, SIGN_JOB, REPORT_JOB = "invoice-numbers", "invoice-signatures", "invoice-reports"
SIGN_BATCH = 200


@registry.on_bills_issued
def order(*, run_id: UUID | None, bill_ids: Sequence[UUID], at: datetime, actor: Actor) -> None:
    """Note that these bills are to be invoiced; a run that waits already is not noted twice."""
    if run_id is None and not bill_ids:
        return
    row = InvoiceOrder(id=ids.new_id(at), run_id=run_id, bill_ids=[str(one) for one in bill_ids], asked_at=at)
    InvoiceOrder.objects.bulk_create([row], ignore_conflicts=True)
    jobs.wake(NUMBER_JOB)


def find_seller(on: date) -> InvoiceSeller | None:
    """Who sells on a day."""
    rows = InvoiceSeller.objects.filter(valid_from__lte=on).exclude(valid_to__lte=on)
    return rows.order_by("-valid_from").first()


@transaction.atomic
def number_next(*, at: datetime, limit: int = numbering.BATCH) -> int:
    """Give numbers to one batch of the oldest order; how many. None are given while nobody is told to sell."""
    day = local_date(at)
    seller = find_seller(day)
    if seller is None:
        return 0
    waiting = InvoiceOrder.objects.select_for_update(skip_locked=True).filter(done_at__isnull=True)
    one = waiting.order_by("asked_at", "id").first()
    if one is None:
        return 0
    bill_ids = [UUID(text) for text in one.bill_ids]
    count, may_wait = numbering.allot(
        seller=seller, run_id=one.run_id, bill_ids=bill_ids, dated=day, at=at, limit=limit
    )
    one.invoices += count
    if not may_wait:
        one.done_at = at
    one.save(update_fields=["invoices", "done_at"])
    if count:
        jobs.wake(SIGN_JOB)
    return count or 1  # an order without bills to invoice was work as well


@dataclass(frozen=True)
class _Signed:
    invoice: Invoice
    content: bytes


@transaction.atomic
def sign_next(*, at: datetime, limit: int = SIGN_BATCH) -> int:
    """Sign a batch of numbered invoices, in the order of their numbers; how many were worked on.

    Several workers share the work; what cannot be drafted is put aside for a person and stops nothing.
    """
    seller = find_seller(local_date(at))
    held = certificates.find_signer(seller.tax_code, at) if seller else None
    if seller is None or held is None:
        return 0
    invoices = list(
        Invoice.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("series", "bill", "relates_to__series")
        .filter(state=InvoiceState.NUMBERED)
        .order_by("series_id", "number")[:limit]
    )
    buyers = drafting.buyers_of([invoice.bill for invoice in invoices])
    signed: list[_Signed] = []
    for invoice in invoices:
        try:
            content = make(invoice, seller=seller, buyer=buyers[invoice.bill_id], signer=held.signer, at=at)
        except (schema.Misshapen, document.SumsDiffer, KeyError) as problem:
            block(invoice, str(problem), at=at)
        else:
            signed.append(_Signed(invoice, content))
    _keep(signed, certificate_id=held.serial, at=at)
    if signed:
        jobs.wake(REPORT_JOB)
    return len(invoices)


def make(
    invoice: Invoice, *, seller: InvoiceSeller, buyer: document.Party, signer: signing.Signer, at: datetime
) -> bytes:
    """The signed bytes of an invoice, checked against the format. Raises Misshapen and SumsDiffer."""
    version = formats.format_on(invoice.dated).invoice
    draft = drafting.draft_of(
        invoice.bill,
        seller=drafting.seller_party(seller),
        buyer=buyer,
        numbered=_numbered(invoice),
        version=version,
    )
    return sign_draft(draft, signer, at)


def sign_draft(draft: document.Draft, signer: signing.Signer, at: datetime) -> bytes:
    """Write, sign, and read again what came out: it follows the format, and is canonical as it stands."""
    canonical = document.write(draft)
    content = signing.sign_invoice(signer, canonical, element_id=draft.element_id, at=at)
    root = parsing.parse(content)
    schema.check(root, version=draft.version)
    if etree.tostring(root[0], method="c14n") != canonical:
        raise schema.Misshapen(["not canonical as written"])
    return content


def _numbered(invoice: Invoice) -> Numbered:
    to = invoice.relates_to
    relation = None
    if to is not None and invoice.relation:
        relation = drafting.relation_of(
            invoice.relation, form=to.series.form, symbol=to.series.symbol, number=to.number, dated=to.dated,
            reason=invoice.bill.reason,
        )  # fmt: skip
    return Numbered(invoice.series.form, invoice.series.symbol, invoice.number, invoice.dated, relation)


def _keep(signed: Sequence[_Signed], *, certificate_id: str, at: datetime) -> None:
    InvoiceContent.objects.bulk_create(
        InvoiceContent(
            invoice=one.invoice, packed=zlib.compress(one.content, 6), sha256=sha256(one.content).hexdigest()
        )
        for one in signed
    )
    Invoice.objects.filter(id__in=[one.invoice.id for one in signed]).update(
        state=InvoiceState.SIGNED, signed_at=at, certificate_id=certificate_id, reason=""
    )


def block(invoice: Invoice, why: str, *, at: datetime) -> None:
    """Put an invoice aside that cannot be drafted. Its number stays."""
    Invoice.objects.filter(id=invoice.id).update(state=InvoiceState.BLOCKED, reason=why[:300])
    note(invoice.id, "BLOCKED", at=at, actor=SYSTEM, why=why[:300])
    log.warning("invoice.blocked", invoice_id=str(invoice.id))


def note(invoice_id: UUID, kind: str, *, at: datetime, actor: Actor, **data: object) -> None:
    InvoiceEvent.objects.create(
        id=ids.new_id(at), invoice_id=invoice_id, kind=kind, at=at, actor=actor.ref, data=data
    )


@transaction.atomic
def order_forgotten(*, since: datetime, at: datetime) -> int:
    """Order the bills issued since an instant that have no invoice and no order: a sweep for what was never told of.

    Ids of bills begin with their instant: only the newest are looked at, however many there are.
    """
    seller = find_seller(local_date(at))
    if seller is None or InvoiceOrder.objects.filter(done_at__isnull=True).exists():
        return 0
    first = UUID(int=(int(since.timestamp() * 1000) << 80))
    missing = Bill.objects.filter(
        id__gte=first, issued_at__gte=max(since, instant(seller.valid_from)), issued_at__lt=at, state="ISSUED",
        invoice__isnull=True,
    ).exclude(total_vnd=0)  # fmt: skip
    waits = missing.filter(kind="ADJUSTMENT", corrects__invoice__isnull=True).values("id")
    found = list(missing.exclude(id__in=waits).order_by("id").values_list("id", flat=True)[: numbering.BATCH])
    order(run_id=None, bill_ids=found, at=at, actor=SYSTEM)
    return len(found)
