"""A partner's signed call as it came over HTTP, and which partner's secret signed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol, TypeVar

import structlog
from django.http import HttpRequest

from motcua.connectors import signed_calls
from motcua.connectors.signed_calls import SignatureRefused, SignedCall, check_form, check_signature

log = structlog.get_logger(__name__)

# Checked in place of a secret that is not there, so that an unknown partner takes as long as a wrong
# signature.
NO_SECRET = "-" * 43


class Partner(Protocol):
    @property
    def code(self) -> str: ...


P = TypeVar("P", bound=Partner)


def refuse_large(request: HttpRequest, largest: int) -> None:
    """Refuse before a byte of the body is read. Raises SignatureRefused."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise SignatureRefused("length-header") from None
    if length > largest:
        raise SignatureRefused("body-too-large")


def read_large(request: HttpRequest, largest: int) -> bytes:
    """A body that may be larger than what Django keeps in memory for forms, read as it comes. Raises SignatureRefused."""
    refuse_large(request, largest)
    body: bytes = request.read(largest + 1)
    if len(body) > largest:
        raise SignatureRefused("body-too-large")
    return body


def call_of(request: HttpRequest, body: bytes) -> SignedCall:
    return SignedCall(
        method=request.method or "",
        path=request.path,
        partner_code=request.headers.get(signed_calls.PARTNER_HEADER, ""),
        request_id=request.headers.get(signed_calls.REQUEST_HEADER, ""),
        timestamp=request.headers.get(signed_calls.TIME_HEADER, ""),
        signature=request.headers.get(signed_calls.SIGNATURE_HEADER, ""),
        nonce=request.headers.get(signed_calls.NONCE_HEADER, ""),
        body=body,
    )


def is_own_address(request: HttpRequest, name: str, code: str) -> bool:
    """Whether the address called has `code` where its pattern says `name`."""
    match = request.resolver_match
    return match is not None and match.kwargs.get(name) == code


def signer_of(
    request: HttpRequest,
    body: bytes,
    *,
    name: str,
    find: Callable[[str], P | None],
    secret_of: Callable[[str], str],
    at: datetime,
) -> P:
    """The partner whose one secret signed the call, to its own address (`name` in the pattern). Raises SignatureRefused."""
    call = call_of(request, body)
    check_form(call, at=at)
    partner = find(call.partner_code)
    check_signature(call, secret=secret_of(partner.code) if partner else NO_SECRET)
    kind = name.replace("_", "-")
    if partner is None:
        raise SignatureRefused(f"{kind}-unknown")
    if not is_own_address(request, name, partner.code):
        raise SignatureRefused(f"{kind}-other")
    return partner


@contextmanager
def refusals_logged(event: str) -> Iterator[None]:
    """The caller is told only that the call was not taken; the reason stays in our log."""
    try:
        yield
    except SignatureRefused as refused:
        log.warning(event, reason=refused.reason)
        raise
