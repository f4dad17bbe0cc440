"""What anybody is told of an invoice that they hold: genuine, changed, somebody else's, replaced, adjusted, cancelled.

From a file all that can be checked is checked; from what is typed only that it is so. Nothing is told of the buyer, and of
what is typed nothing that was not typed, but for the numbers of invoices that came in its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from motcua.billing.einvoice import certificates, parsing, queries, verifying
from motcua.billing.einvoice.document import ADJUSTS, REPLACES
from motcua.billing.einvoice.numbering import CODED
from motcua.billing.einvoice.verifying import Problem, Verdict
from motcua.billing.models import Invoice, InvoiceCertificate, InvoiceSeller, InvoiceState

_LABEL = re.compile(r"^([1-6])([CK]\d{2}[A-Z]{3})$")
UNREAD = frozenset({"TOO_LARGE", "HOSTILE", "NOT_XML", "NOT_INVOICE", "COMMENT_INSIDE"})


class Outcome(StrEnum):
    """What an invoice turns out to be."""

    GENUINE = "GENUINE"
    REPLACED = "REPLACED"
    ADJUSTED = "ADJUSTED"
    CANCELLED = "CANCELLED"
    TAMPERED = "TAMPERED"
    NOT_OURS = "NOT_OURS"  # the company's tax code, and no such invoice was issued
    FOREIGN = "FOREIGN"  # another seller's, well signed
    FOREIGN_BAD = "FOREIGN_BAD"
    UNREADABLE = "UNREADABLE"
    NO_MATCH = "NO_MATCH"  # what was typed fits no invoice


@dataclass(frozen=True)
class Judged:
    """The outcome, what is wrong, what the file itself says, and the invoices that came after it (label and number)."""

    outcome: Outcome
    problems: list[Problem] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    after: list[tuple[str, int]] = field(default_factory=list)
    tax_state: str = ""  # our invoice's state towards the tax authority


def judge_file(content: bytes) -> Judged:
    """What a file is. Raises ValueError when the installation's own list of authorities cannot be read."""
    anchors, revoked = certificates.read_trust()
    verdict = verifying.verify(content, anchors, revoked)
    problems = [one for one in verdict.problems if one.code not in verifying.NOTES]
    if UNREAD & {one.code for one in problems}:
        return Judged(Outcome.UNREADABLE, problems)
    if not is_ours(verdict.facts.get("seller_tax_code", "")):
        outcome = Outcome.FOREIGN if verdict.is_good else Outcome.FOREIGN_BAD
        return Judged(outcome, problems, verdict.facts)
    if problems:
        return Judged(Outcome.TAMPERED, problems, verdict.facts)
    return _judge_ours(content, verdict)


def _judge_ours(content: bytes, verdict: Verdict) -> Judged:
    """A well-signed file under our tax code: it must say what we keep under its number."""
    facts = verdict.facts
    found = _find(facts.get("form", "") + facts.get("symbol", ""), facts.get("number", ""))
    kept = queries.read_content(found.id) if found else None
    if found is None or kept is None:
        return Judged(Outcome.NOT_OURS, facts=facts)
    ours, theirs = parsing.parse(kept).find("DLHDon"), parsing.parse(content).find("DLHDon")
    assert ours is not None and theirs is not None  # both were read as invoices
    if verifying.canonical(ours) != verifying.canonical(theirs):
        return Judged(Outcome.TAMPERED, [Problem("CONTENT_DIFFERS")], facts)
    return _standing(found, facts)


def judge_words(*, label: str, number: str, tax_code: str, total: str) -> Judged:
    """What an invoice is of which only label, number, seller's tax code and total are known: all must fit, or NO_MATCH."""
    clean_label, clean_code = "".join(label.upper().split()), "".join(tax_code.split())
    found = _find(clean_label, "".join(number.split()))
    is_out = found is not None and _is_out(found)
    if found is None or not is_out or not is_ours(clean_code) or _amount(total) != found.total_vnd:
        return Judged(Outcome.NO_MATCH)
    told = {
        "form": clean_label[:1],
        "symbol": clean_label[1:],
        "number": str(found.number),
        "seller_tax_code": clean_code,
    }
    return _standing(found, told | {"total": str(found.total_vnd)})


def is_ours(tax_code: str) -> bool:
    """Whether the company sells or sold under a tax code."""
    return bool(tax_code) and (
        InvoiceSeller.objects.filter(tax_code=tax_code).exists()
        or InvoiceCertificate.objects.filter(tax_code=tax_code).exists()
    )


def _find(label: str, number: str) -> Invoice | None:
    fits = _LABEL.match(label)
    if fits is None or not number.isascii() or not number.isdigit() or len(number) > 8:
        return None
    rows = Invoice.objects.select_related("series").filter(
        series__form=fits[1], series__symbol=fits[2], number=int(number)
    )
    return rows.first()


def _is_out(found: Invoice) -> bool:
    """Whether anybody can hold it: signed, and of a coded series with its code."""
    is_coded = found.series.symbol.startswith(CODED)
    return found.signed_at is not None and (not is_coded or bool(found.authority_code))


def _amount(text: str) -> int | None:
    plain = re.sub(r"[\s.,đĐ₫]", "", text)
    try:
        return int(Decimal(plain)) if plain.lstrip("-").isdigit() else None
    except InvalidOperation:
        return None


def _standing(found: Invoice, facts: dict[str, str]) -> Judged:
    """A genuine invoice: does it still hold?"""
    related = Invoice.objects.select_related("series").filter(relates_to=found, signed_at__isnull=False)
    after = list(related.exclude(state=InvoiceState.CANCELLED).order_by("number"))
    outcome = Outcome.GENUINE
    if found.state == InvoiceState.CANCELLED:
        outcome, after = Outcome.CANCELLED, []
    elif replacing := [one for one in after if one.relation == REPLACES]:
        outcome, after = Outcome.REPLACED, replacing
    elif adjusting := [one for one in after if one.relation == ADJUSTS]:
        outcome, after = Outcome.ADJUSTED, adjusting
    told = [(f"{one.series.form}{one.series.symbol}", one.number) for one in after]
    return Judged(outcome, facts=facts, after=told, tax_state=found.state)
