"""Which head-end calls: the one whose secret signed the call, at its own address, within its limit."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from django.http import HttpRequest

from motcua.api.signed_http import NO_SECRET, call_of, refuse_large
from motcua.config import clock
from motcua.connectors.meters import head_ends
from motcua.connectors.meters.head_ends import HeadEndView
from motcua.connectors.signed_calls import SignatureRefused, check_form, check_signature

log = structlog.get_logger(__name__)

LARGEST_BATCH = 40 * 1024 * 1024


class HeadEndSuspended(Exception):
    pass


class TooManyCalls(Exception):
    pass


@dataclass(frozen=True)
class Caller:
    """The head-end, and the bytes it signed."""

    head_end: HeadEndView
    body: bytes


def head_end_of(request: HttpRequest) -> Caller:
    """The head-end that signed this call. Raises SignatureRefused, HeadEndSuspended, TooManyCalls."""
    at = clock.now()
    try:
        refuse_large(request, LARGEST_BATCH)
        body = _read(request)
        call = call_of(request, body)
        check_form(call, at=at)
        found = head_ends.find_head_end(call.partner_code)
        check_signature(call, secret=head_ends.get_secret(found.code) if found else NO_SECRET)
        if found is None:
            raise SignatureRefused("head-end-unknown")
        match = request.resolver_match
        if match is None or match.kwargs.get("head_end") != found.code:
            raise SignatureRefused("head-end-other")
    except SignatureRefused as refused:
        log.warning("head-end-call.refused", reason=refused.reason)
        raise
    if not found.is_active:
        raise HeadEndSuspended
    if head_ends.count_call(found.code, at) > found.calls_per_minute:
        raise TooManyCalls
    return Caller(found, body)


def _read(request: HttpRequest) -> bytes:
    """The body; a batch may be larger than what Django keeps in memory for forms, so it is read as it comes."""
    body: bytes = request.read(LARGEST_BATCH + 1)
    if len(body) > LARGEST_BATCH:
        raise SignatureRefused("body-too-large")
    return body
