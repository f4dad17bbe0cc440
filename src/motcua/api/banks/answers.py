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
CUSTOMER_NOT_FOUND = Code("01", 404, "no such customer or payment code")
NO_DEBT = Code("02", 200, "nothing is owed")
ALREADY_PAID = Code("04", 409, "already paid")
AMOUNT_WRONG = Code("05", 422, "the amount is not a whole number of dong above zero")
OTHER_BODY = Code("06", 409, "this id was used before with other content")
SUSPENDED = Code("07", 403, "the partner is suspended")
NOT_SIGNED = Code("97", 401, "unknown partner, or the signature or its time is not right")
MALFORMED = Code("98", 400, "the request cannot be read")
UNKNOWN = Code("99", 500, "unknown: ask pay-status before trying again")

ALL = (
    OK,
    CUSTOMER_NOT_FOUND,
    NO_DEBT,
    ALREADY_PAID,
    AMOUNT_WRONG,
    OTHER_BODY,
    SUSPENDED,
    NOT_SIGNED,
    MALFORMED,
    UNKNOWN,
)


def respond(body: bytes, status: int) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json")


def answer(code: Code, facts: Mapping[str, object] | None = None) -> HttpResponse:
    """An answer with its code first in meaning; keys are sorted so that equal answers are equal bytes."""
    content: dict[str, object] = {"code": code.code}
    if code is not OK:
        content["message"] = code.message
    return respond(hashing.canonical_json({**content, **(facts or {})}), code.status)
