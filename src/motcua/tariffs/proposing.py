"""Writes: the next price decision, entered by one person and let hold by another. Lock: the proposal's row. Run in `public`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from motcua.kernel import ids
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.tariffs import operations, queries, structures
from motcua.tariffs.models import PriceProposal, PriceTrial, ProposalKind, ProposalState
from motcua.tariffs.new_prices import NewPrice, check_structure, check_trial, entered


class KnownNumber(Refused):
    """The decision was entered before."""

    code = "KNOWN_NUMBER"
    message = gettext_noop("Quyết định số %(number)s đã được nhập.")


class NotOpen(Refused):
    """Its state does not allow the act."""

    code = "PROPOSAL_NOT_OPEN"
    message = gettext_noop("Quyết định này đã gửi duyệt hoặc đã được xử lý. Hãy tải lại trang.")


class PriceUnknown(Refused):
    """A price for something the table does not have."""

    code = "PRICE_UNKNOWN"
    message = gettext_noop("Bảng giá không có dòng này. Hãy tải lại trang.")


class NothingOnTrial(Refused):
    """No price is tried on that day, or there is no decision beside which it could be."""

    code = "NOTHING_ON_TRIAL"
    message = gettext_noop("Ngày đó không có giá nào đang thí điểm.")


class ReasonMissing(Refused):
    code = "REASON_MISSING"
    message = gettext_noop("Hãy ghi lý do.")


def begin(
    *, number: str, issued_on: date, average_vnd: Decimal, valid_from: date, source: str, confidence: str,
    new_structure: bool, actor: Actor, at: datetime,
) -> UUID:  # fmt: skip
    """Enter a decision; its table begins as `structures.begun_from` makes it. Refuses KnownNumber, SourceMissing, InThePast,
    BadAmount.
    """
    operations.check_row(average_vnd - 1, source, valid_from, None, at)
    book = queries.price_book()
    prices = structures.begun_from(book, local_date(at), average_vnd, new_structure=new_structure)
    return _enter(
        number=number, issued_on=issued_on, average_vnd=average_vnd, valid_from=valid_from, source=source,
        confidence=confidence, prices=prices, kind=ProposalKind.DECISION, actor=actor, at=at,
    )  # fmt: skip


def begin_trial(
    *, number: str, issued_on: date, valid_from: date, source: str, confidence: str, actor: Actor, at: datetime
) -> UUID:  # fmt: skip
    """Enter prices that are tried on paper; their table begins as `structures.trial_begun_from` makes it. Refuses KnownNumber,
    SourceMissing, InThePast, NothingOnTrial.
    """
    operations.check_row(0, source, valid_from, None, at)
    book = queries.price_book()
    decision, prices = book.find_decision(valid_from), structures.trial_begun_from(book, valid_from)
    if decision is None or not prices:
        raise NothingOnTrial(field="valid_from")
    return _enter(
        number=number, issued_on=issued_on, average_vnd=decision.average_vnd, valid_from=valid_from, source=source,
        confidence=confidence, prices=prices, kind=ProposalKind.TRIAL, actor=actor, at=at,
    )  # fmt: skip


def _enter(
    *, number: str, source: str, confidence: str, prices: Iterable[NewPrice], actor: Actor, at: datetime, **told: Any
) -> UUID:  # fmt: skip
    row = PriceProposal(
        id=ids.new_id(at), number=number.strip(), source=source.strip(), confidence=confidence.strip(),
        prices=[price.told() for price in prices], entered_by=actor.ref, entered_at=at, **told,
    )  # fmt: skip
    if book_knows(number.strip()):
        raise KnownNumber(field="number", number=number)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise KnownNumber(field="number", number=number) from None
    return row.id


def book_knows(number: str) -> bool:
    """Whether a decision with this number holds, held or will hold."""
    book = queries.price_book()
    return number in {row.number for row in book.decisions} | {row.decision for row in book.prices}


@transaction.atomic
def set_prices(*, proposal_id: UUID, prices: Iterable[tuple[tuple[str, str, str, int], int]]) -> None:
    """Put prices in by their keys (`NewPrice.key`), whole dong; in a trial nought is a price not entered. Refuses NotFound,
    NotOpen, PriceUnknown, BadAmount.
    """
    row = _hold(proposal_id, ProposalState.DRAFT)
    least = 0 if row.kind == ProposalKind.TRIAL else 1
    found = {price.key: price for price in map(NewPrice.read, row.prices)}
    for key, price_vnd in prices:
        if key not in found:
            raise PriceUnknown(field="prices")
        if price_vnd < least:
            raise operations.BadAmount(field="prices")
        found[key] = found[key].at(price_vnd)
    row.prices = [price.told() for price in found.values()]
    row.save(update_fields=["prices"])


@transaction.atomic
def submit(*, proposal_id: UUID, actor: Actor, at: datetime) -> None:
    """Ask somebody else to let it hold; companies rate their last month's bills again with it. Refuses NotFound, NotOpen,
    BadStructure, InThePast.
    """
    row = _hold(proposal_id, ProposalState.DRAFT)
    operations.check_row(row.average_vnd, row.source, row.valid_from, None, at)
    prices = map(NewPrice.read, row.prices)
    if row.kind == ProposalKind.TRIAL:
        check_trial(entered(prices))
    else:
        check_structure(prices)
    row.state, row.entered_by, row.entered_at = ProposalState.SUBMITTED, actor.ref, at
    row.save(update_fields=["state", "entered_by", "entered_at"])


@transaction.atomic
def take_back(*, proposal_id: UUID) -> None:
    """Go on entering it; what it would change is forgotten. Refuses NotFound, NotOpen."""
    row = _hold(proposal_id, ProposalState.SUBMITTED)
    PriceTrial.objects.filter(proposal=row).delete()
    row.state = ProposalState.DRAFT
    row.save(update_fields=["state"])


@transaction.atomic
def approve(*, proposal_id: UUID, actor: Actor, at: datetime) -> int:
    """Let it hold from its day on: how many prices. Refuses NotFound, NotOpen, and what `set_decision` refuses (SameEyes ...)."""
    row = _hold(proposal_id, ProposalState.SUBMITTED)
    prices = [NewPrice.read(told) for told in row.prices]
    told: dict[str, Any] = {
        "number": row.number, "valid_from": row.valid_from, "source": row.source, "confidence": row.confidence,
        "actor": Actor.from_ref(row.entered_by), "approved_by": actor, "at": at,
    }  # fmt: skip
    if row.kind == ProposalKind.TRIAL:
        made = operations.set_trial_prices(prices=entered(prices), **told)
    else:
        made = operations.set_decision(
            issued_on=row.issued_on, average_vnd=row.average_vnd, prices=prices, **told
        )
    _decide(row, ProposalState.APPROVED, actor, at)
    return made


@transaction.atomic
def reject(*, proposal_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """It will not hold; whoever entered it may take this way too. Refuses NotFound, NotOpen, ReasonMissing."""
    row = _hold(proposal_id, ProposalState.DRAFT, ProposalState.SUBMITTED)
    row.reason = " ".join(reason.split())[:300]
    if not row.reason:
        raise ReasonMissing(field="reason")
    _decide(row, ProposalState.REJECTED, actor, at)


def _decide(row: PriceProposal, state: ProposalState, actor: Actor, at: datetime) -> None:
    row.state, row.decided_by, row.decided_at = state, actor.ref, at
    row.save(update_fields=["state", "decided_by", "decided_at", "reason"])


def _hold(proposal_id: UUID, *states: ProposalState) -> PriceProposal:
    row = PriceProposal.objects.select_for_update().filter(id=proposal_id).first()
    if row is None:
        raise NotFound(field="proposal_id")
    if row.state not in states:
        raise NotOpen(field="state")
    return row
