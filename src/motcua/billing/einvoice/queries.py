"""Reads: the invoice of a bill, its bytes and story, lists by state, messages and answers, what waits and for how long."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from cryptography import x509
from django.db.models import Min, Q

from motcua.billing.einvoice import certificates, issuing, revocation
from motcua.billing.einvoice.numbering import CODED
from motcua.billing.models import (
    Invoice,
    InvoiceCertificate,
    InvoiceCoded,
    InvoiceContent,
    InvoiceEvent,
    InvoiceNotice,
    InvoiceOrder,
    InvoiceState,
    MessageState,
    TaxAnswer,
    TaxMessage,
)
from motcua.billing.models.invoices import LARGEST_NUMBER, InvoiceSeller, InvoiceSeries
from motcua.kernel.local_time import local_date

COUNTED = 10_000  # a longer queue is told as "10,000 or more"
OPEN_STATES = (InvoiceState.NUMBERED, InvoiceState.BLOCKED, InvoiceState.SIGNED, InvoiceState.REPORTED, InvoiceState.REFUSED)  # fmt: skip
VERDICT_LATE = timedelta(hours=24)
FULL_SOON = 0.95


@dataclass(frozen=True)
class InvoiceView:
    """An e-invoice as others may see it. `label` is what people print: 1K26TTD."""

    id: UUID
    bill_id: UUID
    label: str
    number: int
    dated: date
    account_code: str
    unit_code: str
    total_vnd: int
    state: str
    reason: str
    relation: int | None
    relates_to_id: UUID | None
    message_id: UUID | None
    numbered_at: datetime
    signed_at: datetime | None
    decided_at: datetime | None
    authority_code: str = ""

    @property
    def is_coded(self) -> bool:
        """Whether its series is one of those that wait for the authority's code."""
        return self.label[1:2] == CODED

    @property
    def may_be_given(self) -> bool:
        """Whether the customer may have it: signed, not taken back, and of a coded series with its code."""
        holds = self.is_signed and self.state not in ("BLOCKED", "REFUSED", "CANCELLED")
        return holds and (not self.is_coded or bool(self.authority_code))

    @property
    def is_signed(self) -> bool:
        """Whether there is a file to download."""
        return self.signed_at is not None

    @property
    def file_name(self) -> str:
        return f"{self.label}-{self.number}.xml"


@dataclass(frozen=True)
class MessageView:
    id: UUID
    mtdiep: str
    kind: str
    documents: int
    table: int | None
    period: str
    supplement: int | None
    state: str
    reason: str
    attempts: int
    next_at: datetime | None
    created_at: datetime
    sent_at: datetime | None
    received_at: datetime | None
    answered_at: datetime | None


@dataclass(frozen=True)
class AnswerView:
    id: UUID
    kind: str
    came_at: datetime
    times: int
    outcome: str


@dataclass(frozen=True)
class Story:
    """All that is known of an invoice: what happened beside its way, its notices, its messages, others related to it."""

    events: list[InvoiceEvent]
    notices: list[InvoiceNotice]
    messages: list[MessageView]
    corrects: InvoiceView | None
    corrected_by: list[InvoiceView]


ALARMS = {
    "NO_SELLER": "bills wait for e-invoices, but no seller is set for today",
    "NO_CERTIFICATE": "no certificate signs e-invoices today",
    "CERTIFICATE_ENDS": "the certificate that signs e-invoices ends on",
    "CERTIFICATE_REVOKED": "the certificate that signs e-invoices was revoked on",
    "CRL_STALE": "the list of revoked certificates should have been renewed by",
    "VERDICTS_LATE": "messages wait for the tax authority's verdict for more than a day:",
    "SERIES_NEARLY_FULL": "the series of e-invoices is nearly full:",
}


@dataclass(frozen=True)
class Alarm:
    """A code, and what it is about: a day, a number, a series."""

    code: str
    fact: str = ""

    def __str__(self) -> str:
        """For operators."""
        return f"{ALARMS[self.code]} {self.fact}".strip()


@dataclass(frozen=True)
class Health:
    """What waits: how many and since when; what was given up; what an operator must do."""

    waiting: int
    oldest: timedelta
    failed: int
    alarms: list[Alarm] = field(default_factory=list)


def view_of(row: Invoice) -> InvoiceView:
    return InvoiceView(
        id=row.id, bill_id=row.bill_id, label=f"{row.series.form}{row.series.symbol}", number=row.number, dated=row.dated,
        account_code=row.account_code, unit_code=row.unit_code, total_vnd=row.total_vnd, state=row.state, reason=row.reason,
        relation=row.relation, relates_to_id=row.relates_to_id, message_id=row.message_id, numbered_at=row.numbered_at,
        signed_at=row.signed_at, decided_at=row.decided_at, authority_code=row.authority_code,
    )  # fmt: skip


def list_sellers() -> list[InvoiceSeller]:
    """Who sells, as dated rows, the newest first."""
    return list(InvoiceSeller.objects.order_by("-valid_from"))


def find_invoice(invoice_id: UUID) -> InvoiceView | None:
    row = Invoice.objects.select_related("series").filter(id=invoice_id).first()
    return view_of(row) if row else None


def find_invoice_of_bill(bill_id: UUID) -> InvoiceView | None:
    """The e-invoice of a bill; None while it has none (or needs none)."""
    row = Invoice.objects.select_related("series").filter(bill_id=bill_id).first()
    return view_of(row) if row else None


def read_content(invoice_id: UUID) -> bytes | None:
    """The signed file, byte for byte; of a coded series with the authority's code once it has one. None before it was signed."""
    coded = InvoiceCoded.objects.filter(invoice_id=invoice_id).first()
    if coded is not None:
        return zlib.decompress(coded.packed)
    row = InvoiceContent.objects.filter(invoice_id=invoice_id).first()
    return zlib.decompress(row.packed) if row else None


def list_page(
    *, units: Collection[str], states: Collection[str] = (), text: str = "", limit: int,
    before: tuple[date, UUID] | None = None,
) -> list[InvoiceView]:  # fmt: skip
    """Invoices of these units, newest day first, beginning behind the one with this day and id.

    `text`: an account code, or a number, or label and number ("1K26TTD 15").
    """
    rows = Invoice.objects.select_related("series").filter(unit_code__in=list(units))
    rows = rows.filter(state__in=list(states)) if states else rows
    rows = rows.filter(_meant(text)) if text.strip() else rows
    if before:
        rows = rows.filter(Q(dated__lt=before[0]) | Q(dated=before[0], id__lt=before[1]))
    return [view_of(row) for row in rows.order_by("-dated", "-id")[:limit]]


def _meant(text: str) -> Q:
    words = text.upper().split()
    if words[-1].isdigit() and len(words[-1]) <= len(str(LARGEST_NUMBER)):
        found = Q(number=int(words[-1]))
        return found & Q(series__symbol=words[0][1:], series__form=words[0][:1]) if len(words) > 1 else found
    return Q(account_code="".join(words))


def count_states(units: Collection[str]) -> dict[str, int]:
    """How many invoices of these units are not through yet, by state; counted up to 10,000."""
    return {
        state.value: Invoice.objects.filter(unit_code__in=list(units), state=state)[:COUNTED].count()
        for state in OPEN_STATES
    }


def tell_story(invoice: InvoiceView) -> Story:
    events = list(InvoiceEvent.objects.filter(invoice_id=invoice.id).order_by("at", "id"))
    notices = list(InvoiceNotice.objects.filter(invoice_id=invoice.id).order_by("created_at", "id"))
    ids = {notice.message_id for notice in notices} | ({invoice.message_id} if invoice.message_id else set())
    related = Invoice.objects.select_related("series").filter(relates_to_id=invoice.id).order_by("number")
    return Story(
        events, notices,
        [view_message(row) for row in TaxMessage.objects.filter(id__in=ids).order_by("created_at", "id")],
        find_invoice(invoice.relates_to_id) if invoice.relates_to_id else None, [view_of(row) for row in related],
    )  # fmt: skip


# ---- messages


def view_message(row: TaxMessage) -> MessageView:
    return MessageView(**{name: getattr(row, name) for name in MessageView.__dataclass_fields__})


def find_message(message_id: UUID) -> MessageView | None:
    row = TaxMessage.objects.filter(id=message_id).first()
    return view_message(row) if row else None


def list_messages(
    *, states: Collection[str] = (), limit: int, before: tuple[datetime, UUID] | None = None
) -> list[MessageView]:
    """Messages, the newest first."""
    rows = TaxMessage.objects.filter(state__in=list(states)) if states else TaxMessage.objects.all()
    if before:
        rows = rows.filter(Q(created_at__lt=before[0]) | Q(created_at=before[0], id__lt=before[1]))
    return [view_message(row) for row in rows.order_by("-created_at", "-id")[:limit]]


def count_messages() -> dict[str, int]:
    """How many messages are in each state that somebody may look into; counted up to 10,000."""
    looked = ("READY", "SENDING", "SENT", "RECEIVED", "PARTLY", "REFUSED", "DEAD")
    return {state: TaxMessage.objects.filter(state=state)[:COUNTED].count() for state in looked}


def list_answers(mtdiep: str) -> list[AnswerView]:
    """What was heard of a message, in the order in which it came."""
    rows = TaxAnswer.objects.filter(answers=mtdiep).order_by("came_at", "id")
    return [AnswerView(row.id, row.kind, row.came_at, row.times, row.outcome) for row in rows]


def list_unused_answers(limit: int = 20) -> list[AnswerView]:
    """Answers that fitted nothing or could not be read, the newest first."""
    rows = TaxAnswer.objects.filter(outcome__in=("UNKNOWN", "UNREADABLE", "UNVERIFIED")).order_by(
        "-came_at", "-id"
    )[:limit]
    return [AnswerView(row.id, row.kind, row.came_at, row.times, row.outcome) for row in rows]


def count_invoices_of_message(message_id: UUID) -> dict[str, int]:
    """How many invoices went with a message, by their state now."""
    states = Invoice.objects.filter(message_id=message_id).order_by().values_list("state", flat=True)
    return {state: states.filter(state=state).count() for state in states.distinct()}


# ---- health


def measure_health(at: datetime) -> Health:
    """By age: the oldest order, unsigned invoice, unsent message or unused answer; verdicts that are late are an alarm."""
    stands = [
        InvoiceOrder.objects.filter(done_at__isnull=True).aggregate(since=Min("asked_at"))["since"],
        Invoice.objects.filter(state=InvoiceState.NUMBERED).aggregate(since=Min("numbered_at"))["since"],
        TaxMessage.objects.filter(state__in=("READY", "SENDING", "SENT")).aggregate(since=Min("created_at"))["since"],
        TaxAnswer.objects.filter(applied_at__isnull=True).aggregate(since=Min("came_at"))["since"],
    ]  # fmt: skip
    waiting = (
        InvoiceOrder.objects.filter(done_at__isnull=True)[:COUNTED].count()
        + Invoice.objects.filter(state=InvoiceState.NUMBERED)[:COUNTED].count()
        + TaxMessage.objects.filter(state__in=("READY", "SENDING", "SENT"))[:COUNTED].count()
    )
    failed = (
        Invoice.objects.filter(state__in=(InvoiceState.BLOCKED, InvoiceState.REFUSED))[:COUNTED].count()
        + TaxMessage.objects.filter(state=MessageState.DEAD)[:COUNTED].count()
    )
    oldest = max((at - since for since in stands if since), default=timedelta(0))
    return Health(waiting, max(oldest, timedelta(0)), failed, list_alarms(at))


def list_alarms(at: datetime) -> list[Alarm]:
    """What will stop invoices unless somebody does something."""
    seller = issuing.find_seller(local_date(at))
    if seller is None:
        return [Alarm("NO_SELLER")] if InvoiceOrder.objects.filter(done_at__isnull=True).exists() else []
    alarms = []
    row = certificates.find_current(seller.tax_code, at)
    if row is None:
        alarms.append(Alarm("NO_CERTIFICATE"))
    elif row.valid_to < at + certificates.WARN_BEFORE:
        alarms.append(Alarm("CERTIFICATE_ENDS", f"{row.valid_to:%d/%m/%Y}"))
    alarms += _revocation_alarms(row, at)
    late = TaxMessage.objects.filter(state=MessageState.RECEIVED, received_at__lt=at - VERDICT_LATE)
    if count := late[:COUNTED].count():
        alarms.append(Alarm("VERDICTS_LATE", str(count)))
    for series in InvoiceSeries.objects.filter(next_number__gt=LARGEST_NUMBER * FULL_SOON, year__gte=at.year):
        alarms.append(Alarm("SERIES_NEARLY_FULL", f"{series.form}{series.symbol}"))
    return alarms


def _revocation_alarms(row: InvoiceCertificate | None, at: datetime) -> list[Alarm]:
    """The certificate that signs was taken back, or nobody would know: its authority's list is not renewed."""
    try:
        _anchors, lists = certificates.read_trust()
    except ValueError:  # an unreadable file in the folder of authorities: verifying says which
        return []
    alarms = [Alarm("CRL_STALE", f"{one.next_at:%d/%m/%Y}") for one in lists if one.is_stale(at)]
    if row is not None:
        leaf = x509.load_pem_x509_certificate(row.pem.encode())
        if found := revocation.find_revoked([leaf], lists):
            alarms.append(Alarm("CERTIFICATE_REVOKED", f"{local_date(found[1]):%d/%m/%Y}"))
    return alarms
