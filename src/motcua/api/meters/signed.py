"""Which head-end calls: the one whose secret signed the call, at its own address, within its limit."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from motcua.api.signed_http import read_large, refusals_logged, signer_of
from motcua.config import clock
from motcua.connectors.meters import head_ends
from motcua.connectors.meters.head_ends import HeadEndView

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
    with refusals_logged("head-end-call.refused"):
        body = read_large(request, LARGEST_BATCH)
        head_end = signer_of(
            request,
            body,
            name="head_end",
            find=head_ends.find_head_end,
            secret_of=head_ends.get_secret,
            at=at,
        )
    if not head_end.is_active:
        raise HeadEndSuspended
    if head_ends.count_call(head_end.code, at) > head_end.calls_per_minute:
        raise TooManyCalls
    return Caller(head_end, body)
