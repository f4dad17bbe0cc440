"""Calls that take money or set it aside: each is answered once, in its company, in a form that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ninja import Schema

from motcua.api.banks import answers, places
from motcua.api.banks.answers import BankAnswer
from motcua.api.banks.places import Place
from motcua.api.banks.signed import Caller
from motcua.kernel.results import Refused
from motcua.ledger.operations import AmountInvalid
from motcua.payments import banking, partner_queries
from motcua.payments import operations as payment_ops
from motcua.payments.operations import Answer, Request, Taken

_CODES: dict[type[Refused], answers.Code] = {
    AmountInvalid: answers.AMOUNT_WRONG,
    payment_ops.AmountDiffers: answers.AMOUNT_WRONG,
    payment_ops.BillUnknown: answers.NOT_FOUND,
    payment_ops.HoldUnknown: answers.NOT_FOUND,
    payment_ops.BillChanged: answers.BILL_CHANGED,
    payment_ops.BillPaid: answers.ALREADY_PAID,
    payment_ops.NothingOwed: answers.NOTHING_OWED,
    payment_ops.NotificationDiffers: answers.OTHER_BODY,
    payment_ops.RequestReused: answers.OTHER_BODY,
    payment_ops.DayClosed: answers.DAY_CLOSED,
    payment_ops.BillHeld: answers.HELD,
    payment_ops.NotFirst: answers.NOT_FIRST,
    payment_ops.HoldConfirmed: answers.CONFIRMED,
    payment_ops.TotalsDiffer: answers.TOTALS_DIFFER,
}
# What the inbox calls differently: the text of a payment made here is its charge's code.
_FIELDS = {"text": "charge_id"}


@dataclass(frozen=True)
class Taking:
    """A call that takes money, in its company: the request, and how what became of it is told."""

    request: Request
    told: Callable[[Taken], tuple[int, Mapping[str, object]]]


def once(
    caller: Caller, place: Place, told: Schema, take: Callable[[Taking], Answer], *, txn_id: str, at: datetime
) -> BankAnswer:
    """Take once and answer, now and whenever the same call comes again."""
    if field := places.claim(caller, place, txn_id=txn_id, at=at):
        return answers.answer(answers.OTHER_BODY, {"fields": [field]})
    name = caller.call.path.rsplit("/", 1)[-1]
    request = Request(
        partner_code=place.partner.code, id=caller.call.request_id, body=caller.call.body,
        asked={"call": name, **told.model_dump(exclude={"company"})}, at=at,
    )  # fmt: skip
    day = banking.day_of(at, partner_queries.list_cut_offs(place.partner.code))

    def answered(taken: Taken) -> tuple[int, Mapping[str, object]]:
        facts = facts_of(taken, place, txn_id=txn_id, request_id=caller.call.request_id, day=day)
        return 200, {"code": "00", **facts}

    try:
        answer = take(Taking(request, answered))
    except Refused as refused:
        return refusal(refused)
    return answers.respond(answer.body, answer.status)


def by(act: Callable[[], Taken]) -> Callable[[Taking], Answer]:
    """To take by an operation that is done alone."""
    return lambda taking: payment_ops.answer_once(request=taking.request, act=lambda: taking.told(act()))


def refusal(refused: Refused) -> BankAnswer:
    """A refusal as the interface tells it. Raises it again when it is none that a bank knows."""
    code = _CODES.get(type(refused), answers.NOT_FOUND if refused.code == "NOT_FOUND" else None)
    if code is None:
        raise refused
    field = _FIELDS.get(refused.field or "", refused.field)
    facts: dict[str, object] = {"fields": [field] if field else []}
    if "until" in refused.facts:
        facts["until"] = refused.facts["until"]
    if isinstance(refused, payment_ops.AmountDiffers):
        facts["amount_vnd"] = refused.facts["amount_vnd"]
    if isinstance(refused, payment_ops.NotFirst):
        facts["bill_id"] = str(refused.facts["first"].id)  # type: ignore[attr-defined]
    return answers.answer(code, facts)


def facts_of(taken: Taken, place: Place, *, txn_id: str, request_id: str, day: date) -> dict[str, object]:
    """How a bank's transaction stands, as every call of this kind answers it."""
    status, charge = taken.status, taken.charge
    return {
        "state": status.state,
        "is_duplicate": taken.is_duplicate,
        "was_late": taken.was_late,
        "company": place.company_code,
        "request_id": request_id,
        "txn_id": txn_id,
        "charge_id": str(charge.id) if charge else "",
        "payment_code": charge.payment_code if charge else "",
        "amount_vnd": status.amount_vnd,
        "remaining_vnd": charge.remaining_vnd if charge else 0,
        "receipt_no": status.receipt_no,
        "ledger_txn_id": status.ledger_transaction_id,
        "business_date": day,
        "until": status.until,
    }
