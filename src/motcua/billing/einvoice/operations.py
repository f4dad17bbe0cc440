"""What people do with invoices: mend and try again, tell of errors, cancel; and the cancelling of what nobody heard of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.billing import registry
from motcua.billing.einvoice import certificates, issuing, messages, reporting
from motcua.billing.einvoice.answering import CANCEL
from motcua.billing.einvoice.issuing import REPORT_JOB, SIGN_JOB
from motcua.billing.einvoice.numbering import CODED
from motcua.billing.models import (
    Invoice,
    InvoiceNotice,
    InvoiceSeller,
    InvoiceState,
    MessageState,
    NoticeState,
    TaxMessage,
)
from motcua.companies import operations as company_ops
from motcua.config import jobs
from motcua.kernel import ids
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound, Refused, gettext_noop

LONGEST_REASON = 255
KNOWN_THERE = frozenset({InvoiceState.REPORTED, InvoiceState.ACCEPTED, InvoiceState.REFUSED})


class InvoiceNotSo(Refused):
    code = "INVOICE_STATE"
    message = gettext_noop("Hóa đơn điện tử này không ở trạng thái làm được việc đó.")


class MessageNotSo(Refused):
    code = "TAX_MESSAGE_STATE"
    message = gettext_noop("Thông điệp này đang được gửi hoặc đã có kết quả.")


class NoSeller(Refused):
    code = "INVOICE_NO_SELLER"
    message = gettext_noop("Chưa khai thông tin người bán cho ngày này, hoặc chưa có chứng thư ký dùng được.")


class ReasonMissing(Refused):
    code = "REASON_MISSING"
    message = gettext_noop("Hãy ghi lý do.")


class NoticeOpen(Refused):
    code = "INVOICE_NOTICE_OPEN"
    message = gettext_noop("Hóa đơn này đã có một thông báo sai sót chờ cơ quan thuế trả lời.")


@transaction.atomic
def try_again(*, invoice_id: UUID, actor: Actor, at: datetime) -> None:
    """Sign anew what could not be drafted; report anew what was refused. Refuses InvoiceNotSo."""
    invoice = _locked(invoice_id)
    if invoice.state == InvoiceState.BLOCKED:
        invoice.state, job = InvoiceState.NUMBERED, SIGN_JOB
    elif invoice.state == InvoiceState.REFUSED:
        invoice.state, job = InvoiceState.SIGNED, REPORT_JOB
    else:
        raise InvoiceNotSo
    invoice.reason = ""
    invoice.save(update_fields=["state", "reason"])
    issuing.note(invoice.id, "AGAIN", at=at, actor=actor)
    _audit("invoice.again", invoice, actor, at)
    jobs.wake(job)


@transaction.atomic
def report_refused_again(*, message_id: UUID, actor: Actor, at: datetime) -> int:
    """Report anew all invoices that were refused with a message; how many."""
    refused = Invoice.objects.filter(message_id=message_id, state=InvoiceState.REFUSED)
    count = refused.update(state=InvoiceState.SIGNED, reason="")
    if not count:
        raise MessageNotSo
    company_ops.record_audit(
        actor=actor, verb="tax-message.again", subject_type="tax_message", subject_id=str(message_id), at=at,
        facts={"invoices": count},
    )  # fmt: skip
    jobs.wake(REPORT_JOB)
    return count


@transaction.atomic
def send_again(*, message_id: UUID, actor: Actor, at: datetime) -> None:
    """Send a message at once that waits for its turn or was given up: the same bytes, the same MTDiep.

    One that asked for a code may go again while no code came: what was lost comes back. Refuses MessageNotSo.
    """
    row = TaxMessage.objects.select_for_update().filter(id=message_id).first()
    if row is None:
        raise NotFound(field="message_id")
    may_go = {MessageState.READY, MessageState.SENT, MessageState.DEAD}
    if row.kind == messages.CODE:
        may_go.add(MessageState.RECEIVED)
    if row.state not in may_go or row.claim is not None:
        raise MessageNotSo
    if row.state == MessageState.RECEIVED:
        row.state = MessageState.SENT
    if row.state == MessageState.DEAD:
        row.state, row.attempts = MessageState.SENT if row.sent_at else MessageState.READY, 0
    row.next_at = at
    row.save(update_fields=["state", "attempts", "next_at"])
    company_ops.record_audit(
        actor=actor, verb="tax-message.sent-again", subject_type="tax_message", subject_id=str(row.id), at=at, facts={}
    )  # fmt: skip
    jobs.wake(reporting.SEND_JOB)


@transaction.atomic
def notify_error(*, invoice_id: UUID, act: int, reason: str, actor: Actor, at: datetime) -> UUID:
    """Tell the authority of an error in an invoice it knows (300): cancel 1, adjust 2, replace 3, explain 4.

    Refuses ReasonMissing, InvoiceNotSo, NoticeOpen, NoSeller.
    """
    reason = reason.strip()[:LONGEST_REASON]
    if not reason:
        raise ReasonMissing(field="reason")
    invoice = _locked(invoice_id)
    if not is_known_there(invoice.state, invoice.series.symbol) or act not in (1, 2, 3, 4):
        raise InvoiceNotSo
    if InvoiceNotice.objects.filter(invoice=invoice, state=NoticeState.OPEN).exists():
        raise NoticeOpen
    seller = issuing.find_seller(local_date(at))
    held = certificates.find_signer(seller.tax_code, at) if seller else None
    if seller is None or held is None:
        raise NoSeller
    message = reporting.add_notice_message(
        seller=seller, held=held, invoice=invoice, act=act, reason=reason, at=at
    )
    notice = InvoiceNotice.objects.create(
        id=ids.new_id(at), invoice=invoice, act=act, reason=reason, message=message, created_at=at, created_by=actor.ref
    )  # fmt: skip
    issuing.note(invoice.id, "NOTICE", at=at, actor=actor, act=act, why=reason)
    _audit("invoice.notice", invoice, actor, at, act=act)
    return notice.id


@transaction.atomic
def cancel_bill_invoice(*, bill_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """The bill of an invoice was cancelled: what the authority never heard of ends here, of the rest it is told.

    Nothing happens to a bill without an invoice, or one that is cancelled or about to be.
    """
    invoice = Invoice.objects.filter(bill_id=bill_id).first()
    if invoice is None or invoice.state == InvoiceState.CANCELLED:
        return
    invoice = _locked(invoice.id)
    if is_known_there(invoice.state, invoice.series.symbol):
        if not InvoiceNotice.objects.filter(invoice=invoice, state=NoticeState.OPEN).exists():
            notify_error(invoice_id=invoice.id, act=CANCEL, reason=reason, actor=actor, at=at)
        return
    cancel_unreported(invoice_id=invoice.id, reason=reason, actor=actor, at=at)


@registry.on_bill_cancelled
def hear_of_cancelling(*, bill_id: UUID, reason: str, at: datetime, actor: Actor) -> None:
    """A cancelled bill stands cancelled whatever becomes of its invoice: what cannot be told now is left to a person."""
    try:
        with transaction.atomic():
            cancel_bill_invoice(bill_id=bill_id, reason=reason, actor=actor, at=at)
    except Refused as refusal:
        invoice = Invoice.objects.get(bill_id=bill_id)
        issuing.note(invoice.id, "NOT_TOLD", at=at, actor=actor, why=refusal.code)


@transaction.atomic
def cancel_unreported(*, invoice_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Cancel an invoice that nobody outside has heard of. Its number stays used. Refuses InvoiceNotSo, ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(field="reason")
    invoice = _locked(invoice_id)
    is_open = invoice.state in (InvoiceState.NUMBERED, InvoiceState.BLOCKED, InvoiceState.SIGNED)
    if not is_open and (
        invoice.state != InvoiceState.REFUSED or is_known_there(invoice.state, invoice.series.symbol)
    ):
        raise InvoiceNotSo
    invoice.state, invoice.reason, invoice.decided_at = InvoiceState.CANCELLED, reason.strip()[:300], at
    invoice.save(update_fields=["state", "reason", "decided_at"])
    issuing.note(invoice.id, "CANCELLED", at=at, actor=actor, why=invoice.reason)
    _audit("invoice.cancelled", invoice, actor, at)


def is_known_there(state: str, symbol: str) -> bool:
    """Whether the authority knows an invoice in this state and series: one that was refused a code does not exist there."""
    return state in KNOWN_THERE and not (state == InvoiceState.REFUSED and symbol.startswith(CODED))


@transaction.atomic
def set_seller(*, seller: InvoiceSeller, actor: Actor, at: datetime) -> InvoiceSeller:
    """Let a seller's data hold from its day on; the ones before end there. The same day again replaces what was said."""
    InvoiceSeller.objects.filter(valid_from=seller.valid_from).delete()
    InvoiceSeller.objects.filter(valid_from__lt=seller.valid_from).exclude(
        valid_to__lte=seller.valid_from
    ).update(valid_to=seller.valid_from)
    later = InvoiceSeller.objects.filter(valid_from__gt=seller.valid_from).order_by("valid_from").first()
    seller.valid_to = later.valid_from if later else None
    seller.save(force_insert=True)
    company_ops.record_audit(
        actor=actor, verb="invoice.seller.set", subject_type="invoice_seller", subject_id=str(seller.valid_from), at=at,
        facts={"tax_code": seller.tax_code, "letters": seller.letters, "coded": seller.coded, "way": seller.way},
    )  # fmt: skip
    return seller


def _locked(invoice_id: UUID) -> Invoice:
    invoice = (
        Invoice.objects.select_for_update(of=("self",)).select_related("series").filter(id=invoice_id).first()
    )
    if invoice is None:
        raise NotFound(field="invoice_id")
    return invoice


def _audit(verb: str, invoice: Invoice, actor: Actor, at: datetime, **facts: object) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="invoice", subject_id=str(invoice.id), at=at, facts=facts
    )
