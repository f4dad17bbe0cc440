"""Answer codes of the bank interface, each with its HTTP status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse

from motcua.kernel import hashing


@dataclass(frozen=True)
class Code:
    code: str
    status: int
    message: str


OK = Code("00", 200, "ok")
NOT_FOUND = Code("01", 404, "no such customer, charge, payment code, hold or company")
NO_DEBT = Code("02", 200, "nothing is owed")
NOTHING_OWED = Code("02", 409, "nothing is owed")
BILL_CHANGED = Code("03", 409, "what is owed has changed: look it up again")
ALREADY_PAID = Code("04", 409, "already paid")
AMOUNT_WRONG = Code("05", 422, "not the amount that can be taken; whole dong above zero")
OTHER_BODY = Code("06", 409, "this id was used before with other content")
SUSPENDED = Code("07", 403, "the partner is suspended, or not let in by this company")
DAY_CLOSED = Code("08", 409, "the day of this payment is closed: it can only be refunded")
MANY_COMPANIES = Code("09", 409, "several companies know this code: say which")
HELD = Code("10", 409, "somebody else is paying this charge")
NOT_FIRST = Code("11", 409, "another charge of this account must be paid first")
CONFIRMED = Code("12", 409, "this hold is confirmed: reverse the payment")
TOTALS_DIFFER = Code("13", 409, "the totals are not those of the lines that came")
BUSY = Code("96", 429, "too many calls this minute: call again later")
NOT_SIGNED = Code("97", 401, "unknown partner, or the signature, its time or its nonce is not right")
MALFORMED = Code("98", 400, "the request cannot be read")
UNKNOWN = Code("99", 500, "unknown: ask pay-status before trying again")

ALL = (
    OK, NOT_FOUND, NO_DEBT, NOTHING_OWED, BILL_CHANGED, ALREADY_PAID, AMOUNT_WRONG, OTHER_BODY, SUSPENDED, DAY_CLOSED,
    MANY_COMPANIES, HELD, NOT_FIRST, CONFIRMED, TOTALS_DIFFER, BUSY, NOT_SIGNED, MALFORMED, UNKNOWN,
)  # fmt: skip


class BankAnswer(HttpResponse):
    """An answer that still knows its code, for the note of the call."""

    def __init__(self, body: bytes, status: int, code: str, content_type: str = "application/json") -> None:
        super().__init__(body, status=status, content_type=content_type)
        self.bank_code = code


def respond(body: bytes, status: int, code: str = "00") -> BankAnswer:
    return BankAnswer(body, status, code)


def answer(code: Code, facts: Mapping[str, object] | None = None) -> BankAnswer:
    """An answer with its code first in meaning; keys are sorted so that equal answers are equal bytes."""
    content: dict[str, object] = {"code": code.code}
    if code is not OK:
        content["message"] = code.message
    return respond(hashing.canonical_json({**content, **(facts or {})}), code.status, code.code)
