"""The answer each request of a bank gets once, whatever is repeated, raced or killed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from motcua.companies import context
from motcua.config import rows
from motcua.config.rows import Statement
from motcua.kernel import hashing
from motcua.ledger import rules as ledger_rules
from motcua.payments.operations.refusals import RequestReused

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_FOUND = "SELECT body_sha256, asked::text, status, body FROM payments_partneranswer WHERE partner_id = %s AND request_id = %s"
_TRY_LOCKS = """
SELECT pg_try_advisory_xact_lock(hashtextextended(g.key, 0)) FROM unnest(%s::text[]) WITH ORDINALITY g (key, place) ORDER BY place
"""
# Not EXISTS: that would be asked of the whole table at once, by a plan that was made while the table was small.
_KNOWN = """
SELECT (SELECT true FROM payments_partneranswer a WHERE a.partner_id = g.partner AND a.request_id = g.request) IS NOT NULL
FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY g (partner, request, place) ORDER BY place
"""
_KEEP = """
INSERT INTO payments_partneranswer (partner_id, request_id, body_sha256, asked, status, body, at)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::jsonb[], %s::int[], %s::bytea[], %s::timestamptz[])
"""


@dataclass(frozen=True)
class Request:
    """A partner's call under its own id. `asked` is the call's name and its fields: by them a repetition is compared."""

    partner_code: str
    id: str
    body: bytes
    asked: Mapping[str, object]
    at: datetime

    @property
    def lock(self) -> str:
        return f"{context.current_company_code()}:{self.partner_code}:{self.id}"

    def hashes(self) -> dict[str, str]:
        return {name: hashing.fingerprint(value)[:16] for name, value in self.asked.items()}


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    is_first: bool


@transaction.atomic
def answer_once(*, request: Request, act: Callable[[], tuple[int, Mapping[str, object]]]) -> Answer:
    """Run `act` for a partner's request and keep its answer; the same request again gets the same bytes.

    What `act` refuses is not kept, and its writes are undone. Holds one advisory lock per partner and request id. Refuses
    RequestReused, naming the first field that differs.
    """
    _, found = rows.ask((_LOCK, [request.lock]), (_FOUND, [request.partner_code, request.id]))
    if found:
        hash_before, asked_before, status, answered = found[0]
        if field := _difference(hash_before, asked_before, request):
            raise RequestReused(field=field)
        return Answer(status, bytes(answered), is_first=False)
    status, told = act()
    return keep([(request, status, told)])[0]


def claiming(requests: Sequence[Request]) -> tuple[Statement, Statement]:
    """Hold these request ids and look whether one was answered, as statements said together with others; `claimed` reads both.

    The look is a statement of its own: whoever held an id before has kept its answer by then.
    """
    partners, ids = [one.partner_code for one in requests], [one.id for one in requests]
    return (_TRY_LOCKS, [[one.lock for one in requests]]), (_KNOWN, [partners, ids])


def claimed(held: Sequence[tuple[Any, ...]], known: Sequence[tuple[Any, ...]]) -> list[bool]:
    """Of each request, in order, whether it is held now and was never answered. One that another call holds is not waited for."""
    return [is_held and not is_known for (is_held,), (is_known,) in zip(held, known, strict=True)]


def keep(told: Sequence[tuple[Request, int, Mapping[str, object]]]) -> list[Answer]:
    """Keep the first answers to requests that are held, each with its HTTP status."""
    answers = [
        Answer(status, hashing.canonical_json(dict(facts)), is_first=True) for _, status, facts in told
    ]
    requests = [request for request, *_ in told]
    values = [
        [one.partner_code for one in requests], [one.id for one in requests], [hashing.sha256_hex(one.body) for one in requests],
        [json.dumps(one.hashes()) for one in requests], [one.status for one in answers], [one.body for one in answers],
        [one.at for one in requests],
    ]  # fmt: skip
    rows.say((_KEEP, values))
    return answers


def _difference(hash_before: str, asked_before: str | None, request: Request) -> str | None:
    if asked_before is None:  # answered before fields were kept: the bodies alone can be compared
        return None if hash_before == hashing.sha256_hex(request.body) else "request_id"
    before: dict[str, str] = json.loads(asked_before)
    told = request.hashes()
    if before.get("call") != told.get("call"):
        return "call"
    return ledger_rules.differing_field(before, told)
