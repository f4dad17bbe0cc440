"""The authority's code: an invoice that came back is ours, unchanged, and coded by the authority; then the buyer may have it."""

from __future__ import annotations

import zlib
from datetime import datetime
from hashlib import sha256

from motcua.billing.einvoice import certificates, parsing, verifying
from motcua.billing.models import Invoice, InvoiceCoded, InvoiceContent, InvoiceState

LONGEST_CODE = 34


class NotOurs(ValueError):
    """Why what came back is not taken, in codes."""


def check(invoice: Invoice, came: bytes) -> str:
    """The authority's code on what came back. Raises NotOurs: a message of the same name brings it again when that is mended."""
    try:
        anchors, revoked = certificates.read_trust()
    except ValueError:
        raise NotOurs("TRUST_UNREADABLE") from None
    verdict = verifying.verify(came, anchors, revoked)
    if not verdict.is_good:
        raise NotOurs(", ".join(code for code in verdict.codes if code not in verifying.NOTES))
    kept = zlib.decompress(InvoiceContent.objects.get(invoice=invoice).packed)
    ours, theirs = parsing.parse(kept).find("DLHDon"), parsing.parse(came).find("DLHDon")
    assert ours is not None and theirs is not None  # both were read as invoices
    if verifying.canonical(ours) != verifying.canonical(theirs):
        raise NotOurs("CONTENT_DIFFERS")
    code = verdict.facts["authority_code"]
    if len(code) > LONGEST_CODE:
        raise NotOurs("CODE_TOO_LONG")
    if Invoice.objects.filter(authority_code=code).exists():
        raise NotOurs("CODE_TAKEN")
    return code


def keep(invoice: Invoice, code: str, came: bytes, *, at: datetime) -> None:
    """The invoice holds from now on, with its code. Inside a transaction; a code stands on one invoice alone (unique)."""
    InvoiceCoded.objects.create(
        invoice=invoice, packed=zlib.compress(came, 6), sha256=sha256(came).hexdigest(), coded_at=at
    )
    Invoice.objects.filter(id=invoice.id).update(
        state=InvoiceState.ACCEPTED, authority_code=code, reason="", decided_at=at
    )
