"""A message to try the way with: an invoice of nothing, drafted, signed and checked as any other, and kept nowhere."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from motcua.billing.einvoice import (
    certificates,
    drafting,
    formats,
    issuing,
    messages,
    numbering,
    schema,
    verifying,
)
from motcua.billing.einvoice.document import Draft, Line, Party
from motcua.kernel.local_time import local_date

LETTERS = "ZZ"  # a series that no seller has: what is signed here can stand for no invoice
BUYER = "Thử kết nối, không có giá trị"


class CannotSign(ValueError):
    """Why no message can be made: NO_SELLER, NO_CERTIFICATE, MISSHAPEN, or NOT_GOOD with what verifying says."""

    def __init__(self, code: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code, self.details = code, details


def make(*, at: datetime) -> bytes:
    """The whole message. Raises CannotSign."""
    day = local_date(at)
    seller = issuing.find_seller(day)
    if seller is None:
        raise CannotSign("NO_SELLER")
    held = certificates.find_signer(seller.tax_code, at)
    if held is None:
        raise CannotSign("NO_CERTIFICATE")
    version = formats.format_on(day)
    draft = Draft(
        version=version.invoice, form=seller.form, symbol=numbering.symbol_of(day, LETTERS), number=1, dated=day,
        seller=drafting.seller_party(seller), buyer=Party(BUYER, customer_code="THU"), lines=[Line(BUYER, 0)], subtotal_vnd=0,
        vat_rate=Decimal("0.08"), vat_vnd=0, total_vnd=0,
    )  # fmt: skip
    try:
        content = issuing.sign_draft(draft, held.signer, at)
    except schema.Misshapen as error:
        raise CannotSign("MISSHAPEN", tuple(error.problems)) from None
    verdict = verifying.verify(content, *certificates.read_trust())
    if not verdict.is_good:
        raise CannotSign("NOT_GOOD", tuple(verdict.codes))
    return messages.envelope(
        version=version.message, kind=messages.DATA, mtdiep=messages.new_mtdiep(seller.tax_code), tax_code=seller.tax_code,
        documents=[content],
    )  # fmt: skip
