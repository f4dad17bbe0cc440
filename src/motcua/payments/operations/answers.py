"""The answer each request of a bank gets once, whatever is repeated, raced or killed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from motcua.companies import context
from motcua.config import rows
from motcua.kernel import hashing
from motcua.ledger import rules as ledger_rules
from motcua.payments.models import PartnerAnswer
from motcua.payments.operations.refusals import RequestReused

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_FOUND = "SELECT body_sha256, asked::text, status, body FROM payments_partneranswer WHERE partner_id = %s AND request_id = %s"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    is_first: bool


@transaction.atomic
def answer_once(
    *,
    partner_code: str,
    request_id: str,
    body: bytes,
    asked: Mapping[str, object],
    at: datetime,
    act: Callable[[], tuple[int, Mapping[str, object]]],
) -> Answer:
    """Run `act` for a partner's request id once and keep its answer; the same request again gets the same bytes.

    `asked` is the call's name and its fields: by them a repetition is compared. What `act` refuses is not kept, and its
    writes are undone. Holds one advisory lock per partner and request id. Refuses RequestReused, naming the first field
    that differs.
    """
    told = {name: hashing.fingerprint(value)[:16] for name, value in asked.items()}
    lock = f"{context.current_company_code()}:{partner_code}:{request_id}"
    _, found = rows.ask((_LOCK, [lock]), (_FOUND, [partner_code, request_id]))
    if found:
        hash_before, asked_before, status, answered = found[0]
        if field := _difference(hash_before, asked_before, told, body):
            raise RequestReused(field=field)
        return Answer(status, bytes(answered), is_first=False)
    status, answer = act()
    written = hashing.canonical_json(dict(answer))
    rows.insert(
        PartnerAnswer(
            partner_id=partner_code,
            request_id=request_id,
            body_sha256=hashing.sha256_hex(body),
            asked=told,
            status=status,
            body=written,
            at=at,
        )
    )
    return Answer(status, written, is_first=True)


def _difference(
    hash_before: str, asked_before: str | None, told: Mapping[str, str], body: bytes
) -> str | None:
    if asked_before is None:  # answered before fields were kept: the bodies alone can be compared
        return None if hash_before == hashing.sha256_hex(body) else "request_id"
    before: dict[str, str] = json.loads(asked_before)
    if before.get("call") != told.get("call"):
        return "call"
    return ledger_rules.differing_field(before, told)
