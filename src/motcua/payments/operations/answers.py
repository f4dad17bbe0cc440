"""The answer each request of a bank gets once, whatever is repeated, raced or killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from motcua.companies import context
from motcua.config import rows
from motcua.kernel import hashing
from motcua.ledger import rules as ledger_rules
from motcua.payments.models import PartnerAnswer
from motcua.payments.operations.refusals import RequestReused


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
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{context.current_company_code()}:{partner_code}:{request_id}"],
        )
    before = PartnerAnswer.objects.filter(partner_id=partner_code, request_id=request_id).first()
    if before is not None:
        if field := _difference(before, told, body):
            raise RequestReused(field=field)
        return Answer(before.status, bytes(before.body), is_first=False)
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


def _difference(before: PartnerAnswer, told: Mapping[str, str], body: bytes) -> str | None:
    if before.asked is None:  # answered before fields were kept: the bodies alone can be compared
        return None if before.body_sha256 == hashing.sha256_hex(body) else "request_id"
    if before.asked.get("call") != told.get("call"):
        return "call"
    return ledger_rules.differing_field(before.asked, told)
