"""Hearing the tax authority: every answer is stored once, then worked off; twice, late or in another order changes nothing."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

import structlog
from django.db import connection, transaction

from motcua.billing.einvoice import coding, issuing, messages, parsing, states
from motcua.billing.einvoice.messages import CodedInvoice, Envelope, NoticeResult, Result
from motcua.billing.models import (
    Invoice,
    InvoiceNotice,
    InvoiceState,
    MessageState,
    NoticeState,
    TaxAnswer,
    TaxMessage,
)
from motcua.config import jobs
from motcua.kernel import ids

log = structlog.get_logger(__name__)

APPLY_JOB = "tax-answers"
CANCEL = 1

_STORE = """
INSERT INTO billing_taxanswer (id, key, kind, answers, packed, came_at, times, outcome)
VALUES (%(id)s, %(key)s, %(kind)s, %(answers)s, %(packed)s, %(at)s, 1, '')
ON CONFLICT (key) DO UPDATE SET times = billing_taxanswer.times + 1
RETURNING times = 1
"""


def store(contents: Iterable[bytes], *, at: datetime) -> int:
    """Keep what came, each once by its own MTDiep (what has none by its hash); how many were new."""
    fresh = 0
    with transaction.atomic():
        for content in contents:
            fresh += _store(content, at)
    if fresh:
        jobs.wake(APPLY_JOB)
    return fresh


def _store(content: bytes, at: datetime) -> bool:
    try:
        found = messages.read(content)
        kind, answers = found.kind[:3], found.answers[:46]
        key = found.mtdiep if messages.MTDIEP.match(found.mtdiep) else sha256(content).hexdigest()
    except parsing.Unreadable:
        kind, answers, key = "", "", sha256(content).hexdigest()
    values: dict[str, Any] = {
        "id": ids.new_id(at), "key": key, "kind": kind, "answers": answers, "packed": zlib.compress(content), "at": at
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_STORE, values)
        return bool(cursor.fetchone()[0])


@transaction.atomic
def apply_next(*, at: datetime) -> int:
    """Work off the oldest answer; 1, or 0 when none waits."""
    waiting = TaxAnswer.objects.select_for_update(skip_locked=True).filter(applied_at__isnull=True)
    row = waiting.order_by("came_at", "id").first()
    if row is None:
        return 0
    row.outcome = _apply(zlib.decompress(row.packed), at)
    row.applied_at = at
    row.save(update_fields=["outcome", "applied_at"])
    if row.outcome != "APPLIED":
        log.warning("tax-answer.unused", answer_id=str(row.id), outcome=row.outcome)
    return 1


def _apply(content: bytes, at: datetime) -> str:
    try:
        found = messages.read(content)
        heard = _heard(found, content)
    except parsing.Unreadable:
        return "UNREADABLE"
    message = TaxMessage.objects.select_for_update().filter(mtdiep=_answered(found)).first()
    if message is None or heard is None or not _fits(message, heard):
        return "UNKNOWN"
    step = states.step(MessageState(message.state), heard)
    if step is None:
        return "STALE"
    if isinstance(heard, CodedInvoice) and not _keep_code(message, heard, at):
        return "UNVERIFIED"  # it waits on: what came is no coded invoice of ours, a person is shown it
    message.state, message.reason = step.state, step.reason
    message.next_at, message.claim, message.claimed_until = None, None, None
    message.sent_at = message.sent_at or at
    message.received_at = message.received_at or (None if step.state == MessageState.REFUSED else at)
    if step.state in states.DECIDED:
        message.answered_at = at
        if step.state == MessageState.REFUSED:
            message.supplement = None  # its place in the period is free for the next table
    message.save()
    jobs.wake(issuing.REPORT_JOB)  # the next table of the period waited for this one
    if step.state in states.DECIDED:
        _decide(message, heard, at)
    return "APPLIED"


def _fits(message: TaxMessage, heard: states.Heard) -> bool:
    """Whether this kind of verdict answers that kind of message."""
    if isinstance(heard, NoticeResult):
        return message.kind == messages.NOTICE
    if isinstance(heard, CodedInvoice):
        return message.kind == messages.CODE
    if isinstance(heard, Result) and message.kind == messages.CODE:
        return heard.verdict not in (messages.VALID, messages.SOME_INVALID)  # "valid" is no code
    return not isinstance(heard, Result) or message.kind in (messages.DATA, messages.SUMMARY)


def _keep_code(message: TaxMessage, heard: CodedInvoice, at: datetime) -> bool:
    """Take the code that the message asked for, if what came back holds."""
    invoice = Invoice.objects.filter(message=message, state=InvoiceState.REPORTED).first()
    if invoice is None:
        return False
    try:
        coding.keep(invoice, coding.check(invoice, heard.content), heard.content, at=at)
    except coding.NotOurs as error:
        log.error("tax-code.refused", invoice_id=str(invoice.id), why=str(error))
        issuing.note(invoice.id, "CODE_REFUSED", at=at, actor=issuing.SYSTEM, why=str(error)[:300])
        return False
    issuing.note(invoice.id, "CODED", at=at, actor=issuing.SYSTEM)
    return True


def _heard(found: Envelope, content: bytes) -> states.Heard | None:
    if found.kind == messages.CODED:
        return messages.read_coded(content)
    if found.kind == messages.RECEIPT:
        return messages.read_receipt(found)
    if found.kind == messages.RESULT:
        return messages.read_result(found)
    if found.kind == messages.NOTICE_RESULT:
        return messages.read_notice_result(found)
    return states.Unreadable() if found.kind == messages.UNREADABLE else None


def _answered(found: Envelope) -> str:
    """Which message it is about: by the head, else (a receipt) by what it says itself."""
    if found.answers:
        return found.answers
    return parsing.text_of(found.documents[0], "MTDiep") if found.documents else ""


def _decide(message: TaxMessage, heard: states.Heard, at: datetime) -> None:
    if message.kind == messages.NOTICE:
        _decide_notice(message, heard, at)
        return
    own = Invoice.objects.filter(message=message, state=InvoiceState.REPORTED)
    if message.state == MessageState.REFUSED:
        refused = list(own.values_list("id", flat=True)) if message.documents <= 100 else []
        own.update(state=InvoiceState.REFUSED, reason=message.reason, decided_at=at)
        for invoice_id in refused:
            issuing.note(invoice_id, "REFUSED", at=at, actor=issuing.SYSTEM, why=message.reason)
        return
    wrong = heard.wrong if isinstance(heard, Result) else {}
    for (form, symbol, number), faults in wrong.items():
        why = "; ".join(str(fault) for fault in faults)[:300] or message.reason
        one = own.filter(series__form=form, series__symbol=symbol, number=number).first()
        if one is not None:
            Invoice.objects.filter(id=one.id).update(state=InvoiceState.REFUSED, reason=why, decided_at=at)
            issuing.note(one.id, "REFUSED", at=at, actor=issuing.SYSTEM, why=why)
    own.update(state=InvoiceState.ACCEPTED, reason="", decided_at=at)


def _decide_notice(message: TaxMessage, heard: states.Heard, at: datetime) -> None:
    """An accepted notice of cancelling cancels its invoice."""
    accepted = heard.accepted if isinstance(heard, NoticeResult) else {}
    for notice in InvoiceNotice.objects.select_for_update().filter(message=message, state=NoticeState.OPEN):
        invoice = Invoice.objects.select_related("series").get(id=notice.invoice_id)
        is_good = accepted.get((invoice.series.form, invoice.series.symbol, invoice.number), False)
        notice.state = NoticeState.ACCEPTED if is_good else NoticeState.REFUSED
        notice.answer = "" if is_good else message.reason
        notice.save(update_fields=["state", "answer"])
        issuing.note(
            invoice.id,
            "ANSWERED",
            at=at,
            actor=issuing.SYSTEM,
            act=notice.act,
            accepted=is_good,
            why=notice.answer,
        )
        if is_good and notice.act == CANCEL:
            Invoice.objects.filter(id=invoice.id).update(state=InvoiceState.CANCELLED, decided_at=at)
