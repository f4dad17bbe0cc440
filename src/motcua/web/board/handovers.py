"""A director's way from a group figure to its cases at a company: a signed pass of one minute, read-only, used once seen.

The pass names the director, the company and the question; the company's host answers it and remembers nothing but a
cookie of its own kind, so that no account of one company ever works at another.
"""

from __future__ import annotations

from typing import Any

from django.core import signing

PASS_SECONDS = 60
VISIT_SECONDS = 15 * 60
PASS_SALT = "motcua.board.pass"  # noqa: S105 - a name, no secret
VISIT_SALT = "motcua.board.visit"
COOKIE = "mc_board"


def make_pass(*, director: str, company_code: str, question: str) -> str:
    return signing.dumps({"who": director, "to": company_code, "q": question}, salt=PASS_SALT)


def read_pass(token: str, *, company_code: str) -> dict[str, Any] | None:
    """What the pass says, when it is fresh and for this company."""
    return _read(token, PASS_SALT, PASS_SECONDS, company_code)


def make_visit(*, director: str, company_code: str) -> str:
    return signing.dumps({"who": director, "to": company_code}, salt=VISIT_SALT)


def read_visit(token: str, *, company_code: str) -> dict[str, Any] | None:
    return _read(token, VISIT_SALT, VISIT_SECONDS, company_code)


def _read(token: str, salt: str, seconds: int, company_code: str) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = signing.loads(token, salt=salt, max_age=seconds)
    except signing.BadSignature:
        return None
    return told if told.get("to") == company_code else None
